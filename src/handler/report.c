/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/report.h"
#include <stdio.h>
#include "base/error.h"
#include "handler/report_parts.h"
#include "handler/telemetry.h"
#include "store/exchange.h"
#include "store/job.h"
#include "store/outbox.h"

int report_load(struct work *w, int32_t date, const char *peers_folder, struct day_report *report, const char **problem)
{
	struct day *day = ARENA_NEW(w->arena, struct day);
	const struct rules *rules = w->hub->rules;
	*problem = "";
	int rc = day_load(w, date, day);
	if (rc)
		return rc;
	*report = (struct day_report){ .hub = w->hub->name, .date = date, .offset_min = rules->calendar.offset_min,
		.step_min = (int)rules->calendar.step_min, .day_class = calendar_class_name(calendar_class(&rules->calendar, date)),
		.rule_set = day->settled ? day->settlement.rule_set : NULL, .made_ms = w->now_ms, .chain_limit_us = REPORT_CHAIN_LIMIT_US };
	report_curves(w, day, report);
	report_tasks(w, day, report);
	report_money(w, day, report);
	report_needs(w, day, report);
	return report_messages(w, date, peers_folder, report, problem);
}

char *report_name(int32_t date, const char *suffix, char *buf)
{
	int year, month, day;
	date_to_civil(date, &year, &month, &day);
	snprintf(buf, REPORT_NAME, "VGI_DAY_%04d%02d%02d%s", year, month, day, suffix);
	return buf;
}

/* ---- scheduled */

/* Whether the totals of the day's last minute are queued, or will not be any more. */
static int day_is_told(struct work *w, int32_t date, bool *told)
{
	struct timegrid g = rules_grid(w->hub->rules, date);
	int64_t end_ms = timegrid_end(&g, g.n - 1);
	char key[24];
	*told = w->now_ms >= end_ms + MS_HOUR + w->hub->settle_ms;
	if (*told || !w->hub->dispatch_peer || !*w->hub->dispatch_peer) {
		*told = true;
		return 0;
	}
	snprintf(key, sizeof key, "%013lld", (long long)end_ms);
	return job_is_done(w->db, TELEMETRY_PUSH_JOB, key, told);
}

static int queue(struct work *w, const struct day_report *report, enum outgoing kind, const char *suffix)
{
	struct bytes body = BYTES_INIT;
	char name[REPORT_NAME];
	report_name(report->date, suffix, name);
	int rc = w->encode(w->codec, kind, report, &body);
	if (!rc)
		rc = outbox_put(w->db, &(struct outbox_message){ .peer = REPORT_PEER, .operation = REPORT_OPERATION, .message_id = name,
			.trace_id = w->trace_id, .caused_by_seq = w->seq, .channel = OUTBOX_FILE, .body = body.p, .body_n = body.n,
			.items = 1, .created_ms = w->now_ms, .expires_ms = VALUE_NONE }, NULL);
	bytes_done(&body);
	return rc;
}

static int queue_documents(struct work *w, int32_t date, const char *key)
{
	struct day_report report;
	const char *problem;
	int rc = job_begin(w->db, REPORT_JOB, key);
	if (rc == E_DUPLICATE_KEY)
		return E_STORE_CONFLICT;
	if (!rc)
		rc = report_load(w, date, NULL, &report, &problem);
	if (!rc)
		rc = queue(w, &report, OUTGOING_DAY_REPORT_EFILE, ".E");
	if (!rc)
		rc = queue(w, &report, OUTGOING_DAY_REPORT_XML, ".xml");
	if (!rc)
		rc = job_finish(w->db, REPORT_JOB, key);
	return rc;
}

int report_due(struct work *w)
{
	int32_t date = 0;
	bool told = false;
	char key[16];
	int rc = exchange_day_without(w->db, REPORT_JOB, &date);
	if (rc == E_NOTHING)
		return 0;
	if (!rc)
		rc = day_is_told(w, date, &told);
	if (rc || !told)
		return rc;
	rc = queue_documents(w, date, date_format(date, key));
	return rc ? rc : 1;
}
