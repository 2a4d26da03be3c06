/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* day.csv, ledger.csv, sessions.csv, target.csv. */
#include "base/error.h"
#include "compute/calendar.h"
#include "handler/export_internal.h"

static void pair(struct csv *c, const char *key, const char *value)
{
	csv_text(c, key);
	csv_text(c, value);
	csv_end(c);
}

static void pair_decimal(struct csv *c, const char *key, int64_t value, int digits)
{
	csv_text(c, key);
	csv_decimal(c, value, digits);
	csv_end(c);
}

static void put_time(struct export *x, struct csv *c)
{
	const struct rules *r = x->w->hub->rules;
	const struct timegrid *g = &x->day.grid;
	char date[16];
	pair(c, "format", "vgihub-day/1");
	pair(c, "business_date", date_format(x->day.date, date));
	pair(c, "day_class", calendar_class_name(calendar_class(&r->calendar, x->day.date)));
	pair(c, "start", export_time(x, g->start_ms));
	pair(c, "control_start", export_time(x, x->first->is->row.grid.start_ms));
	pair_decimal(c, "step_min", g->step_ms / MS_MINUTE, 0);
	pair_decimal(c, "steps", g->n, 0);
	pair(c, "task_id", x->first->is->row.task_id);
	pair_decimal(c, "sample_s", r->telemetry.sample_s, 0);
	pair_decimal(c, "min_completeness", r->telemetry.min_completeness_ppm, 6);
}

static void put_baseline_rule(struct export *x, struct csv *c)
{
	const struct rules *r = x->w->hub->rules;
	const struct timegrid *g = &x->day.grid;
	const struct rules_baseline *b = &r->baseline;
	pair_decimal(c, "baseline_days", b->days, 0);
	pair_decimal(c, "baseline_min_completeness", b->min_completeness_ppm, 6);
	pair_decimal(c, "baseline_keep_low", b->keep_low_ppm, 6);
	pair_decimal(c, "baseline_keep_high", b->keep_high_ppm, 6);
	pair(c, "adjust_from", export_time(x, timegrid_begin(g, rules_boundary(r, b->adjust_from_min))));
	pair(c, "adjust_to", export_time(x, timegrid_begin(g, rules_boundary_end(r, b->adjust_to_min))));
	pair_decimal(c, "adjust_min", b->adjust_min_ppm, 6);
	pair_decimal(c, "adjust_max", b->adjust_max_ppm, 6);
}

int export_file_day(struct export *x, struct csv *c)
{
	const struct rules_settlement *s = &x->w->hub->rules->settlement;
	put_time(x, c);
	put_baseline_rule(x, c);
	pair_decimal(c, "settle_min", s->settle_min, 0);
	pair_decimal(c, "cap_ratio", x->cap_ratio_ppm, 6);
	pair_decimal(c, "above_share", x->above_share_ppm, 6);
	pair_decimal(c, "floor_ratio", s->floor_ratio_ppm, 6);
	pair_decimal(c, "penalty_factor", s->penalty_factor_ppm, 6);
	pair_decimal(c, "planned_deviation_kw", x->first->is->row.plan.planned_deviation_w, 3);
	pair_decimal(c, "measured_deviation_kw", x->first->is->row.measured_deviation_w, 3);
	return 0;
}

static void resource(struct csv *c, const char *kind, const char *id, const char *parent, int64_t limit_w)
{
	csv_text(c, kind);
	csv_text(c, id);
	csv_text(c, parent);
	csv_kw(c, limit_w);
	csv_end(c);
}

/* Aggregators without stations have no load and no baseline: they are no part of a day. */
int export_file_ledger(struct export *x, struct csv *c)
{
	const struct ledger *l = &x->day.ledger;
	for (size_t i = 0; i < l->n_aggregators; i++)
		if (l->aggregator[i].n_stations)
			resource(c, "aggregator", l->aggregator[i].id, NULL, VALUE_NONE);
	for (size_t i = 0; i < l->n_stations; i++)
		resource(c, "station", l->station[i].id, l->aggregator[l->station[i].aggregator].id, l->station[i].limit_w);
	for (size_t i = 0; i < l->n_piles; i++)
		resource(c, "pile", l->pile[i].id, l->station[l->pile[i].station].id, l->pile[i].rated_w);
	return 0;
}

static const char *outcome_name(enum session_outcome o)
{
	return o == SESSION_MET ? "met" : o == SESSION_SHORT ? "short" : "unknown";
}

/* A row of the schedule, with the session as reported and what it got. */
static void put_session(struct export *x, struct csv *c, const struct schedule_row *p, int64_t at)
{
	const struct session_row *s = &x->day.sessions.item[at];
	const struct session_result *r = &x->day.result[at];
	csv_text(c, s->id);
	csv_text(c, p->pile_id);
	csv_text(c, export_time(x, s->arrival_ms));
	csv_text(c, export_time(x, s->departure_ms));
	csv_kwh(c, s->need_wh);
	csv_kw(c, s->max_w);
	csv_kwh(c, r->before_wh);
	csv_kwh(c, p->reachable_wh);
	csv_kwh(c, p->planned_wh);
	csv_kwh(c, r->delivered_wh);
	csv_text(c, outcome_name(r->outcome));
	csv_end(c);
}

/* Those that no earlier task had. */
static int put_sessions(struct export *x, struct csv *c, const struct export_task *t, bool *seen)
{
	for (size_t i = 0; i < t->schedule.n; i++) {
		const struct schedule_row *p = &t->schedule.item[i];
		int64_t at = session_find(&x->day.sessions, p->aggregator_no, p->session_id);
		if (at < 0 || !x->day.result[at].session_no)
			return export_refuse(x, E_INTERNAL, "session %s has a schedule but no result of this day", p->session_id);
		if (!seen[at])
			put_session(x, c, p, at);
		seen[at] = true;
	}
	return 0;
}

int export_file_sessions(struct export *x, struct csv *c)
{
	bool *seen = ARENA_ARRAY(x->w->arena, x->day.sessions.n, bool);
	int rc = 0;
	for (size_t i = 0; i < x->day.n_tasks && !rc; i++)
		rc = put_sessions(x, c, &x->task[i], seen);
	return rc;
}

const char *export_window(int window)
{
	static const char *const names[] = { [WINDOW_HOLD] = "hold", [WINDOW_SHAVE] = "shave", [WINDOW_FILL] = "fill" };
	return names[window];
}

int export_file_target(struct export *x, struct csv *c)
{
	for (int i = 0; i < x->day.grid.n; i++) {
		if (!x->owner[i])
			continue;
		const struct task_point_row *p = &x->owner[i]->told[i - x->owner[i]->is->first];
		csv_text(c, x->end[i]);
		csv_text(c, export_window((int)p->window));
		csv_kw(c, p->target_w);
		csv_ratio(c, p->weight_ppm);
		csv_price(c, p->window == WINDOW_HOLD ? VALUE_NONE : p->price_e5);
		csv_end(c);
	}
	return 0;
}
