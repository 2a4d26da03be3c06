/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "cli/output.h"
#include "cli/report_view.h"

/* Microseconds as seconds with three decimals. */
static json_t *seconds(const struct report_operation *o, int64_t us)
{
	return o->timed ? output_decimal(decimal_div(us, 1000), 3) : json_null();
}

json_t *report_aggregator_rows(const struct day_report *r)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < r->n_aggregators; i++) {
		const struct report_aggregator *a = &r->aggregator[i];
		json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "aggregator", a->id,
			"asked_kwh", output_decimal(a->asked_wh, 3), "delivered_kwh", output_decimal(a->delivered_wh, 3),
			"response_cny", output_decimal(a->response_fen, 2), "shortfall_cny", output_decimal(a->shortfall_fen, 2),
			"total_cny", output_decimal(a->total_fen, 2), "valid_intervals", a->valid_intervals, "sessions", a->sessions,
			"met", a->met));
	}
	return rows;
}

json_t *report_operation_rows(const struct day_report *r)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < r->n_operations; i++) {
		const struct report_operation *o = &r->operation[i];
		json_array_append_new(rows, json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "operation", o->operation,
			"direction", o->inward ? "in" : "out", "count", o->messages, "rejected", o->rejected, "waiting", o->waiting,
			"lost", output_integer(o->lost), "median_s", seconds(o, o->median_us), "p99_s", seconds(o, o->p99_us),
			"longest_s", seconds(o, o->longest_us)));
	}
	return rows;
}

json_t *report_unmet_rows(const struct day_report *r, size_t most, bool unreachable_only)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < r->n_unmet && json_array_size(rows) < most; i++) {
		const struct report_unmet *u = &r->unmet[i];
		if (unreachable_only && u->reason != REPORT_STAY_TOO_SHORT && u->reason != REPORT_STATION_LIMIT)
			continue;
		json_array_append_new(rows, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:s}", "session", u->session_id,
			"aggregator", u->aggregator_id, "station", output_text(u->station_id), "need_kwh", output_decimal(u->need_wh, 3),
			"reachable_kwh", output_decimal(u->reachable_wh, 3), "delivered_kwh", output_decimal(u->delivered_wh, 3),
			"reason", report_reason_name(u->reason)));
	}
	return rows;
}

static json_t *task_rows(const struct day_report *r)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < r->n_tasks; i++) {
		const struct report_task *t = &r->task[i];
		json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "task", t->task_id,
			"start", output_time_ms(t->start_ms, r->offset_min), "planned_deviation_kw", output_decimal(t->planned_deviation_w, 3),
			"least_deviation_kw", output_decimal(t->least_deviation_w, 3),
			"measured_deviation_kw", output_decimal(t->measured_deviation_w, 3),
			"proportional_deviation_kw", output_decimal(t->proportional_deviation_w, 3),
			"proportional_missed_kwh", output_decimal(t->proportional_missed_wh, 3),
			"proportional_short", output_integer(t->proportional_short)));
	}
	return rows;
}

static json_t *curve_rows(const struct day_report *r)
{
	static const char *const windows[] = { [WINDOW_HOLD] = "hold", [WINDOW_SHAVE] = "shave", [WINDOW_FILL] = "fill" };
	json_t *rows = json_array();
	for (size_t i = 0; i < r->n_points; i++) {
		const struct report_point *p = &r->point[i];
		json_array_append_new(rows, json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:b}", "end", output_time_ms(p->end_ms, r->offset_min),
			"window", windows[p->window], "target_kw", output_decimal(p->target_w, 3), "planned_kw", output_decimal(p->planned_w, 3),
			"baseline_kw", output_decimal(p->baseline_w, 3), "measured_kw", output_decimal(p->measured_w, 3),
			"complete", p->complete));
	}
	return rows;
}

static json_t *needs(const struct day_report *r)
{
	json_t *o = json_pack("{s:I}", "sessions", r->sessions);
	for (int i = 0; i < REPORT_REASONS; i++)
		json_object_set_new(o, report_reason_name((enum report_reason)i), json_integer(r->outcome[i]));
	return o;
}

json_t *report_document(const struct day_report *r)
{
	char date[16];
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:{s:I, s:o, s:o}}", "hub", r->hub,
		"business_date", date_format(r->date, date), "day_class", r->day_class, "rule_set", output_text(r->rule_set),
		"made", output_time_ms(r->made_ms, r->offset_min), "tasks", task_rows(r), "curve", curve_rows(r),
		"aggregators", report_aggregator_rows(r), "platform_cny", output_decimal(r->platform_fen, 2), "needs", needs(r),
		"unmet", report_unmet_rows(r, r->n_unmet, false), "messages", report_operation_rows(r), "lost", r->lost,
		"chain", "frames", r->chain_frames, "longest_s", output_decimal(r->chain_longest_us, 6),
		"limit_s", output_decimal(r->chain_limit_us, 6));
}
