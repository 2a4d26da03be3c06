/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "codec/xml/day_report.h"

/* The first error stays and makes the rest do nothing. Everything is an attribute; what is absent is left out. */
struct xml { struct bytes *out; int rc; };

static void add(struct xml *x, const char *s)
{
	if (!x->rc)
		x->rc = bytes_adds(x->out, s);
}

static void text(struct xml *x, const char *name, const char *value)
{
	if (!value)
		return;
	add(x, " ");
	add(x, name);
	add(x, "=\"");
	if (!x->rc)
		x->rc = bytes_add_xml(x->out, value);
	add(x, "\"");
}

static void decimal(struct xml *x, const char *name, int64_t value, int digits)
{
	char buf[24];
	if (is_none(value))
		return;
	decimal_format(value, digits, buf);
	text(x, name, buf);
}

static void instant(struct xml *x, const char *name, int64_t ts_ms, int offset_min)
{
	char buf[32];
	text(x, name, time_format(ts_ms, offset_min, buf));
}

static const char *window_name(enum window w)
{
	return w == WINDOW_SHAVE ? "shave" : w == WINDOW_FILL ? "fill" : "hold";
}

static void put_head(struct xml *x, const struct day_report *r)
{
	char date[16];
	add(x, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DayReport xmlns=\"urn:vgi:report:1\"");
	text(x, "hub", r->hub);
	text(x, "businessDate", date_format(r->date, date));
	text(x, "dayClass", r->day_class);
	text(x, "ruleSet", r->rule_set);
	decimal(x, "stepMin", r->step_min, 0);
	instant(x, "madeAt", r->made_ms, r->offset_min);
	add(x, ">\n");
}

static void put_tasks(struct xml *x, const struct day_report *r)
{
	for (size_t i = 0; i < r->n_tasks; i++) {
		const struct report_task *t = &r->task[i];
		add(x, " <Task");
		text(x, "id", t->task_id);
		instant(x, "start", t->start_ms, r->offset_min);
		decimal(x, "plannedDeviationKw", t->planned_deviation_w, 3);
		decimal(x, "leastDeviationKw", t->least_deviation_w, 3);
		decimal(x, "measuredDeviationKw", t->measured_deviation_w, 3);
		decimal(x, "proportionalDeviationKw", t->proportional_deviation_w, 3);
		decimal(x, "proportionalMissedKwh", t->proportional_missed_wh, 3);
		decimal(x, "proportionalShort", t->proportional_short, 0);
		add(x, "/>\n");
	}
}

static void put_curve(struct xml *x, const struct day_report *r)
{
	add(x, " <Curve>\n");
	for (size_t i = 0; i < r->n_points; i++) {
		const struct report_point *p = &r->point[i];
		add(x, "  <Point");
		instant(x, "end", p->end_ms, r->offset_min);
		text(x, "window", window_name(p->window));
		decimal(x, "targetKw", p->target_w, 3);
		decimal(x, "plannedKw", p->planned_w, 3);
		decimal(x, "baselineKw", p->baseline_w, 3);
		decimal(x, "measuredKw", p->measured_w, 3);
		text(x, "complete", p->complete ? "true" : "false");
		add(x, "/>\n");
	}
	add(x, " </Curve>\n");
}

static void put_aggregators(struct xml *x, const struct day_report *r)
{
	add(x, " <Accounts");
	decimal(x, "platformCny", r->platform_fen, 2);
	add(x, ">\n");
	for (size_t i = 0; i < r->n_aggregators; i++) {
		const struct report_aggregator *a = &r->aggregator[i];
		add(x, "  <Aggregator");
		text(x, "id", a->id);
		decimal(x, "askedKwh", a->asked_wh, 3);
		decimal(x, "deliveredKwh", a->delivered_wh, 3);
		decimal(x, "responseCny", a->response_fen, 2);
		decimal(x, "shortfallCny", a->shortfall_fen, 2);
		decimal(x, "totalCny", a->total_fen, 2);
		decimal(x, "validIntervals", a->valid_intervals, 0);
		decimal(x, "intervals", a->intervals, 0);
		decimal(x, "sessions", a->sessions, 0);
		decimal(x, "met", a->met, 0);
		add(x, "/>\n");
	}
	add(x, " </Accounts>\n");
}

static void put_needs(struct xml *x, const struct day_report *r)
{
	add(x, " <Needs");
	decimal(x, "sessions", r->sessions, 0);
	add(x, ">\n");
	for (int i = 0; i < REPORT_REASONS; i++) {
		add(x, "  <Outcome");
		text(x, "name", report_reason_name((enum report_reason)i));
		decimal(x, "sessions", r->outcome[i], 0);
		add(x, "/>\n");
	}
	for (size_t i = 0; i < r->n_unmet; i++) {
		const struct report_unmet *u = &r->unmet[i];
		add(x, "  <Unmet");
		text(x, "session", u->session_id);
		text(x, "aggregator", u->aggregator_id);
		text(x, "station", u->station_id);
		decimal(x, "needKwh", u->need_wh, 3);
		decimal(x, "reachableKwh", u->reachable_wh, 3);
		decimal(x, "deliveredKwh", u->delivered_wh, 3);
		text(x, "reason", report_reason_name(u->reason));
		add(x, "/>\n");
	}
	add(x, " </Needs>\n");
}

static void put_messages(struct xml *x, const struct day_report *r)
{
	add(x, " <Messages");
	decimal(x, "lost", r->lost, 0);
	decimal(x, "chainFrames", r->chain_frames, 0);
	decimal(x, "chainLongestS", r->chain_longest_us, 6);
	decimal(x, "chainLimitS", r->chain_limit_us, 6);
	add(x, ">\n");
	for (size_t i = 0; i < r->n_operations; i++) {
		const struct report_operation *o = &r->operation[i];
		add(x, "  <Operation");
		text(x, "name", o->operation);
		text(x, "direction", o->inward ? "in" : "out");
		decimal(x, "messages", o->messages, 0);
		decimal(x, "rejected", o->rejected, 0);
		decimal(x, "waiting", o->waiting, 0);
		decimal(x, "lost", o->lost, 0);
		decimal(x, "timed", o->timed, 0);
		decimal(x, "medianS", o->timed ? o->median_us : VALUE_NONE, 6);
		decimal(x, "p99S", o->timed ? o->p99_us : VALUE_NONE, 6);
		decimal(x, "longestS", o->timed ? o->longest_us : VALUE_NONE, 6);
		add(x, "/>\n");
	}
	add(x, " </Messages>\n");
}

int xml_day_report(const struct day_report *r, struct bytes *out)
{
	struct xml x = { .out = out };
	put_head(&x, r);
	put_tasks(&x, r);
	put_curve(&x, r);
	put_aggregators(&x, r);
	put_needs(&x, r);
	put_messages(&x, r);
	add(&x, "</DayReport>\n");
	return x.rc;
}
