/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* migrate and status. */
#include <sysexits.h>
#include "base/error.h"
#include "base/timegrid.h"
#include "cli/actions.h"
#include "cli/language.h"
#include "cli/output.h"
#include "store/migrate.h"
#include "store/outbox.h"
#include "store/overview.h"
#include "store/parked.h"
#include "store/spool.h"

static int fail_migrate(const struct cli *c, int rc)
{
	if (rc != E_CONFIG || !*db_denied(c->db))
		return cli_fail(rc, "migrate");
	return cli_refuse(EX_CONFIG, language_say("migrate: the account in [database] user lacks a right: %s",
		"migrate: [database] user 账户缺少权限：%s"), db_denied(c->db));
}

int action_migrate(struct cli *c)
{
	int applied = 0, version = 0, code = cli_database(c);
	if (!code)
		code = fail_migrate(c, migrate_run(c->db, c->in.contracts.sql_dir, &applied));
	if (!code)
		code = cli_fail(overview_schema_version(c->db, &version), "migrate");
	if (code)
		return code;
	cli_note(c, "%d migration%s applied, schema version %d", applied, applied == 1 ? "" : "s", version);
	return c->json ? output_document(c, json_pack("{s:i, s:i}", "applied", applied, "schema_version", version)) : 0;
}

static json_t *document(const struct cli *c, int version, int64_t now_ms, const struct overview *o, int64_t waiting)
{
	char day[16];
	date_format(rules_day_of(&c->rules, now_ms), day);
	return json_pack("{s:s, s:i, s:b, s:o, s:s, s:{s:I, s:I}, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}, s:I, s:{s:I, s:I, s:I, s:I}}",
		"database", "ok", "schema_version", version, "trial", c->in.trial.enabled, "business_time",
		output_time_ms(now_ms, c->rules.calendar.offset_min), "business_day", day,
		"principals", "active", o->principals_active, "revoked", o->principals_revoked,
		"aggregators", o->aggregators, "stations", o->stations, "piles", o->piles, "sessions", o->sessions,
		"messages_today", "accepted", o->messages_accepted, "partly", o->messages_partly, "rejected", o->messages_rejected,
		"outbox_waiting", waiting,
		"tasks", "accepted", o->tasks[1], "started", o->tasks[2], "ended", o->tasks[3], "settled", o->tasks[4]);
}

static json_t *parked_rows(const struct parked_list *list)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < list->n; i++) {
		const struct parked *p = &list->item[i];
		json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:I, s:o, s:o}", "job", p->name, "task", p->due_key,
			"reason", p->code, "attempts", p->tries, "since", output_time_us(p->first_us), "next_try", output_time_us(p->next_try_us)));
	}
	return rows;
}

/* What the daemon set aside of its file journal; null where this account may not look. */
static json_t *set_aside(const struct cli *c)
{
	size_t n = 0;
	int rc = *c->in.spool.dir ? spool_aside_count(c->in.spool.dir, &n) : 0;
	return rc ? json_null() : json_integer((json_int_t)n);
}

int action_status(struct cli *c)
{
	struct overview o = { 0 };
	struct parked_list parked = { NULL, 0 };
	int64_t now_ms = 0, waiting = 0;
	int version = 0, code = cli_rules(c);
	if (!code)
		code = cli_schema(c);
	if (!code)
		code = cli_now(c, &now_ms);
	if (code)
		return code;
	int64_t start_ms = rules_grid(&c->rules, rules_day_of(&c->rules, now_ms)).start_ms;
	int rc = overview_schema_version(c->db, &version);
	if (!rc)
		rc = overview_load(c->db, start_ms, start_ms + MS_DAY, &o);
	if (!rc)
		rc = outbox_waiting(c->db, &waiting);
	if (!rc)
		rc = parked_list(c->arena, c->db, &parked);
	if (rc)
		return cli_fail(rc, "status");
	json_t *d = document(c, version, now_ms, &o, waiting);
	json_object_set_new(d, "spool_aside", set_aside(c));
	json_object_set_new(d, "parked", parked_rows(&parked));
	return output_document(c, d);
}
