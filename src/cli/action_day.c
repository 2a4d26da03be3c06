/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* export day, report day, settlement compute. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "base/error.h"
#include "cli/actions.h"
#include "cli/language.h"
#include "cli/output.h"
#include "cli/report_view.h"
#include "codec/efile/day_report.h"
#include "codec/xml/day_report.h"
#include "handler/export.h"
#include "handler/export_folder.h"
#include "handler/report.h"
#include "store/ledger.h"

/* The day of the first argument, and a work as a handler expects it, outside of a transaction: these commands read. */
static int make_work(struct cli *c, int32_t *date, struct hub *hub, struct work *w)
{
	int64_t now_ms = 0;
	int code = cli_date(c->argument[0], date);
	if (!code)
		code = cli_rules(c);
	if (!code)
		code = cli_schema(c);
	if (!code)
		code = cli_now(c, &now_ms);
	if (code)
		return code;
	*hub = (struct hub){ .name = c->in.hub.name, .rules = &c->rules, .dispatch_peer = c->in.peer[PEER_DISPATCH_SINK].name,
		.trading_peer = c->in.peer[PEER_TRADING_PLATFORM].name,
		.settle_ms = c->in.telemetry.settle_s * MS_SECOND, .most_diagnostics = c->in.messages.most_diagnostics,
		.drop_dir = c->in.hub.drop_dir };
	*w = (struct work){ .arena = c->arena, .db = c->db, .hub = hub, .now_ms = now_ms, .trace_id = "vgihub", .seq = VALUE_NONE };
	return 0;
}

/* ---- export day DATE FOLDER [--peers FOLDER] */

/* The data are all there; what the format's twelve files cannot express is said. */
static void note_beyond(struct cli *c, unsigned beyond)
{
	static const struct { unsigned bit; const char *en, *zh; } notes[] = {
		{ EXPORT_BEYOND_CANCELLED, "a task was cancelled in part: target.csv and schedule.csv are as first told, and nothing was assessed "
			"of the cancelled intervals (tasks.csv, targets.csv, revisions.csv)",
		  "任务被部分取消：target.csv 和 schedule.csv 为最初下达的内容，取消的时段不参与评估（见 tasks.csv、targets.csv、revisions.csv）" },
		{ EXPORT_BEYOND_TASKS, "several tasks: day.csv tells of the first, and planned_kwh of sessions.csv of the first that has the session "
			"(tasks.csv, plans.csv)",
		  "当日有多个任务：day.csv 只说明第一个，sessions.csv 的 planned_kwh 属于包含该会话的第一个任务（见 tasks.csv、plans.csv）" },
		{ EXPORT_BEYOND_SPAN, "the first task does not run to the end of the day: intervals that no task has are missing in target.csv, "
			"schedule.csv and split.csv", "第一个任务未持续到当日结束：target.csv、schedule.csv 和 split.csv 中没有任务之外的时段" },
		{ EXPORT_BEYOND_REVISED, "the schedule was revised: what was asked follows from revisions.csv", "调度计划有修订：考核依据见 revisions.csv" },
		{ EXPORT_BEYOND_UNHEARD, "no interval was heard from all aggregators: measured_deviation_kw is empty",
		  "没有任何时段收到全部聚合商的数据：measured_deviation_kw 为空" } };

	for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
		if (beyond & notes[i].bit)
			cli_note(c, language_say("beyond vgihub-day/1: %s", "超出 vgihub-day/1：%s"), language_say(notes[i].en, notes[i].zh));
}

int action_export_day(struct cli *c)
{
	struct export_documents documents;
	struct export_error error;
	struct work w;
	struct hub hub;
	int32_t date;
	int code = make_work(c, &date, &hub, &w);
	if (code)
		return code;
	int rc = export_day(&w, date, c->option[OPTION_PEERS], &documents, &error);
	if (!rc)
		rc = export_write(c->argument[1], &documents, &error);
	export_done(&documents);
	if (rc)
		return cli_refuse(rc == E_IO ? EX_CANTCREAT : cli_exit_code(rc), "%s", error.text);
	cli_note(c, language_say("%s exported to %s", "%s 已导出到 %s"), c->argument[0], c->argument[1]);
	note_beyond(c, documents.beyond);
	return 0;
}

/* ---- report day DATE [--peers FOLDER] [--drop FOLDER] */

static int drop(struct cli *c, const struct day_report *r, const char *suffix, int (*write)(const struct day_report *, struct bytes *))
{
	struct bytes b = BYTES_INIT;
	char name[REPORT_NAME];
	const char *path = arena_printf(c->arena, "%s/%s", c->option[OPTION_DROP], report_name(r->date, suffix, name));
	int rc = write(r, &b);
	if (!rc)
		rc = bytes_write_file(&b, path);
	bytes_done(&b);
	if (rc == E_IO)
		return cli_refuse(EX_CANTCREAT, "%s: %s", path, strerror(errno));
	if (!rc)
		cli_note(c, "%s", path);
	return cli_fail(rc, path);
}

static void show(const struct day_report *r)
{
	const char *no_colour = getenv("NO_COLOR");
	bool terminal = isatty(STDOUT_FILENO);
	report_print(stdout, r, &(struct report_style){ .blocks = language_utf8(), .colour = terminal && !(no_colour && *no_colour) });
}

int action_report_day(struct cli *c)
{
	struct day_report report;
	const char *problem = "";
	struct work w;
	struct hub hub;
	int32_t date;
	int code = make_work(c, &date, &hub, &w);
	if (code)
		return code;
	int rc = report_load(&w, date, c->option[OPTION_PEERS], &report, &problem);
	if (rc)
		return *problem ? cli_refuse(EX_DATAERR, "%s", problem) : cli_fail(rc, c->argument[0]);
	if (c->json)
		code = output_document(c, report_document(&report));
	else
		show(&report);
	if (!code && (fflush(stdout) || ferror(stdout)))
		code = cli_refuse(EX_IOERR, "standard output could not be written");
	if (!code && c->option[OPTION_DROP])
		code = drop(c, &report, ".E", efile_day_report);
	if (!code && c->option[OPTION_DROP])
		code = drop(c, &report, ".xml", xml_day_report);
	return code;
}

/* ---- settlement compute DATE --rules FILE [--out FILE] */

static int settle(struct cli *c, struct work *w, int32_t date, struct bytes *text)
{
	struct settlement_day day;
	struct settings_error why = { "" };
	struct ledger ledger;
	struct rules rules;
	if (rules_load(c->option[OPTION_RULES], &rules, &why))
		return cli_refuse(EX_DATAERR, "%s", why.text);
	int rc = settlement_compute(w, &rules, date, &day);
	if (!rc)
		rc = ledger_load(c->arena, c->db, &ledger);
	if (!rc) {
		const char **account = ARENA_ARRAY(c->arena, ledger.n_aggregators, const char *);
		for (size_t i = 0; i < ledger.n_aggregators; i++)
			account[i] = ledger.aggregator[i].id;
		rc = export_settlement(&rules, day.entry, day.n, account, ledger.n_aggregators, text);
	}
	rules_done(&rules);
	return cli_fail(rc, c->argument[0]);
}

int action_settlement_compute(struct cli *c)
{
	struct bytes text = BYTES_INIT;
	struct work w;
	struct hub hub;
	int32_t date;
	int code = make_work(c, &date, &hub, &w);
	if (!code)
		code = settle(c, &w, date, &text);
	if (!code && c->option[OPTION_OUT] && bytes_write_file(&text, c->option[OPTION_OUT]))
		code = cli_refuse(EX_CANTCREAT, "%s: %s", c->option[OPTION_OUT], strerror(errno));
	else if (!code && !c->option[OPTION_OUT] && (fwrite(text.p, 1, text.n, stdout) != text.n || fflush(stdout)))
		code = cli_refuse(EX_IOERR, "standard output could not be written");
	bytes_done(&text);
	return code;
}
