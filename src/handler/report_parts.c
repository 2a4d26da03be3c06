/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Curves, tasks, money and needs of a report. */
#include "handler/report_parts.h"
#include <stdlib.h>
#include <string.h>
#include "compute/decompose.h"

/* A need counts as met from this share on, as in the outcome of the day format. */
enum { MET_PERCENT = 99 };

/* ---- curves */

static void put_tasks(const struct day *day, struct report_point *point)
{
	for (size_t k = 0; k < day->n_tasks; k++) {
		const struct day_task *t = &day->task[k];
		for (int i = 0; t->first >= 0 && i < t->row.grid.n; i++) {
			struct report_point *p = &point[t->first + i];
			p->window = t->row.point[i].window;
			p->target_w = t->row.point[i].target_w;
			p->planned_w = t->row.point[i].planned_w;
		}
	}
}

static void put_measured(const struct work *w, const struct day *day, int i, struct report_point *p)
{
	bool heard = false;
	int64_t sum = 0;
	p->complete = true;
	for (size_t a = 0; a < day->ledger.n_aggregators; a++) {
		size_t cell = a * (size_t)day->grid.n + (size_t)i;
		heard = heard || day->total.stored[cell] > 0;
		sum += day->total.load_w[cell];
		p->complete = p->complete && day_valid(w, day, a, i);
	}
	p->measured_w = heard ? sum : VALUE_NONE;
}

void report_curves(struct work *w, const struct day *day, struct day_report *r)
{
	r->n_points = (size_t)day->grid.n;
	r->point = ARENA_ARRAY(w->arena, r->n_points, struct report_point);
	for (int i = 0; i < day->grid.n; i++) {
		struct report_point *p = &r->point[i];
		*p = (struct report_point){ .end_ms = timegrid_end(&day->grid, i), .target_w = VALUE_NONE, .planned_w = VALUE_NONE,
			.baseline_w = day->baseline.n == r->n_points && day->baseline.n_items ? 0 : VALUE_NONE };
		for (size_t k = 0; !is_none(p->baseline_w) && k < day->baseline.n_items; k++)
			p->baseline_w += day->baseline.item[k].baseline_w[i];
		put_measured(w, day, i, p);
	}
	put_tasks(day, r->point);
}

void report_tasks(struct work *w, const struct day *day, struct day_report *r)
{
	r->n_tasks = day->n_tasks;
	r->task = ARENA_ARRAY(w->arena, r->n_tasks, struct report_task);
	for (size_t i = 0; i < r->n_tasks; i++) {
		const struct task_row *t = &day->task[i].row;
		r->task[i] = (struct report_task){ t->task_id, t->grid.start_ms, t->plan.planned_deviation_w, t->plan.least_deviation_w,
			t->measured_deviation_w, t->plan.proportional_deviation_w, t->plan.proportional_missed_wh, t->plan.proportional_short };
	}
}

/* ---- money */

static struct report_aggregator *find(struct day_report *r, const char *id)
{
	for (size_t i = 0; i < r->n_aggregators; i++)
		if (!strcmp(r->aggregator[i].id, id))
			return &r->aggregator[i];
	return NULL;
}

static void put_line(struct report_aggregator *a, const struct settlement_line_row *line)
{
	bool response = line->item == SETTLEMENT_ITEM_RESPONSE;
	*(response ? &a->response_fen : &a->shortfall_fen) += line->amount_fen;
	a->total_fen += line->amount_fen;
	if (response) {                 /* both lines of a period tell the same energies */
		a->asked_wh += line->asked_wh;
		a->delivered_wh += line->delivered_wh;
	}
}

void report_money(struct work *w, const struct day *day, struct day_report *r)
{
	r->aggregator = ARENA_ARRAY(w->arena, day->ledger.n_aggregators, struct report_aggregator);
	for (size_t i = 0; i < day->ledger.n_aggregators; i++) {
		if (!day->ledger.aggregator[i].n_stations)
			continue;
		struct report_aggregator *a = &r->aggregator[r->n_aggregators++];
		*a = (struct report_aggregator){ .id = day->ledger.aggregator[i].id, .intervals = day->grid.n };
		for (int t = 0; t < day->grid.n; t++)
			a->valid_intervals += day_valid(w, day, i, t);
	}
	for (size_t i = 0; day->settled && i < day->settlement.n_lines; i++) {
		struct report_aggregator *a = find(r, day->settlement.line[i].aggregator_id);
		if (a)
			put_line(a, &day->settlement.line[i]);
	}
	for (size_t i = 0; i < r->n_aggregators; i++)
		r->platform_fen -= r->aggregator[i].total_fen;
}

/* ---- needs */

static bool is_met(int64_t had_wh, int64_t need_wh)
{
	return (__int128)had_wh * 100 >= (__int128)need_wh * MET_PERCENT;
}

/* What the vehicle could have had alone from the start of control on. */
static int64_t alone_wh(const struct timegrid *control, const struct session_row *s)
{
	struct decompose_vehicle v = { .arrival_ms = s->arrival_ms, .departure_ms = s->departure_ms, .max_w = s->max_w };
	int64_t energy = 0;
	for (int t = 0; t < control->n; t++)
		energy += decompose_cap(control, &v, t);
	return decimal_div(energy, decompose_per_hour(control));
}

static enum report_reason reason(const struct timegrid *control, const struct session_row *s, const struct session_result *got,
		const struct schedule_row *plan)
{
	if (!got->session_no || got->outcome == SESSION_UNKNOWN)
		return REPORT_UNKNOWN;
	if (got->outcome == SESSION_MET)
		return REPORT_MET;
	if (is_met(plan->reachable_wh, s->need_wh))
		return REPORT_NOT_FOLLOWED;
	return is_met(plan->before_wh + alone_wh(control, s), s->need_wh) ? REPORT_STATION_LIMIT : REPORT_STAY_TOO_SHORT;
}

static void put_need(const struct day *day, const struct day_task *task, const struct schedule_row *plan, struct day_report *r)
{
	int64_t at = session_find(&day->sessions, plan->aggregator_no, plan->session_id), pile = ledger_pile(&day->ledger, plan->pile_id);
	if (at < 0)
		return;
	const struct session_row *s = &day->sessions.item[at];
	const struct session_result *got = &day->result[at];
	enum report_reason why = reason(&task->row.grid, s, got, plan);
	struct report_aggregator *a = find(r, plan->aggregator_id);
	r->sessions++;
	r->outcome[why]++;
	if (a) {
		a->sessions++;
		a->met += why == REPORT_MET;
	}
	if (why != REPORT_MET)
		r->unmet[r->n_unmet++] = (struct report_unmet){ s->id, plan->aggregator_id,
			pile < 0 ? NULL : day->ledger.station[day->ledger.pile[pile].station].id, s->need_wh, plan->reachable_wh,
			got->session_no ? got->delivered_wh : VALUE_NONE, why };
}

/* Of the last task that has a schedule: it tells of every session of the day. */
void report_needs(struct work *w, const struct day *day, struct day_report *r)
{
	const struct day_task *task = NULL;
	for (size_t i = 0; i < day->n_tasks; i++)
		if (day->task[i].schedule.n)
			task = &day->task[i];
	if (!task)
		return;
	r->unmet = ARENA_ARRAY(w->arena, task->schedule.n, struct report_unmet);
	for (size_t i = 0; i < task->schedule.n; i++)
		put_need(day, task, &task->schedule.item[i], r);
}
