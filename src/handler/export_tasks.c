/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The tasks of the day: which interval is whose in the contract's files; tasks.csv, targets.csv, plans.csv. */
#include <string.h>
#include "base/error.h"
#include "handler/export_internal.h"

/* ---- loading */

static int check_prices(struct export *x, const struct export_task *t)
{
	for (int i = 0; i < t->n_told; i++) {
		int64_t price = t->told[i].price_e5;

		if (!is_none(price) && price % 10)
			return export_refuse(x, E_RANGE, "a price of task %s has more than four decimals", t->is->row.task_id);
	}
	return 0;
}

/* Session ids are an aggregator's own; in the files they must be the day's. */
static int place_sessions(struct export *x, struct export_task *t)
{
	const struct schedule *s = &t->schedule;

	t->station = ARENA_ARRAY(x->w->arena, s->n, size_t);
	t->aggregator = ARENA_ARRAY(x->w->arena, s->n, size_t);
	for (size_t i = 0; i < s->n; i++) {
		int64_t pile = ledger_pile(&x->day.ledger, s->item[i].pile_id);

		if (i && !strcmp(s->item[i].session_id, s->item[i - 1].session_id))
			return export_refuse(x, E_DUPLICATE_ITEM, "session %s is reported by two aggregators", s->item[i].session_id);
		if (pile < 0)
			return export_refuse(x, E_UNKNOWN_RESOURCE, "pile %s of session %s is no longer in the ledger", s->item[i].pile_id,
				s->item[i].session_id);
		t->station[i] = x->day.ledger.pile[pile].station;
		t->aggregator[i] = x->day.ledger.pile[pile].aggregator;
	}
	return 0;
}

static int load_task(struct export *x, const struct day_task *is, struct export_task *t)
{
	struct work *w = x->w;
	int rc = task_told(w->arena, w->db, is->row.task_id, &t->told, &t->n_told);

	t->is = is;
	t->settled = is->row.state == TASK_STATE_SETTLED;
	for (int i = 0; rc == 0 && i < t->n_told; i++)
		t->n_planned += !is_none(t->told[i].planned_w);
	if (rc == 0)
		rc = check_prices(x, t);
	if (rc < 0 || !t->settled)
		return rc;
	if (is->first < 0 || is->first + t->n_told > x->day.grid.n)
		return export_refuse(x, E_TIME_GRID, "task %s is not on the rules' grid of the business day", is->row.task_id);
	rc = schedule_load(w->arena, w->db, is->row.task_id, 1, &t->schedule);
	return rc < 0 ? rc : place_sessions(x, t);
}

/* ---- whose an interval is */

/* A cancelled interval that another task was then set for is that task's. */
static void own(struct export *x, const struct export_task *t)
{
	for (int i = 0; i < t->n_told; i++) {
		const struct export_task **owner = &x->owner[t->is->first + i];

		if (i < t->is->row.grid.n || *owner == NULL)
			*owner = t;
	}
}

/* What the contract cannot say of these tasks. */
static unsigned beyond_of(const struct export *x)
{
	unsigned beyond = is_none(x->first->is->row.measured_deviation_w) ? EXPORT_BEYOND_UNHEARD : 0;

	for (size_t i = 0; i < x->day.n_tasks; i++) {
		const struct export_task *t = &x->task[i];

		if (t->settled && t != x->first)
			beyond |= EXPORT_BEYOND_TASKS;
		if (t->settled && t->is->row.grid.n < t->n_told)
			beyond |= EXPORT_BEYOND_CANCELLED;
	}
	if (x->first->is->first + x->first->n_planned < x->day.grid.n)
		beyond |= EXPORT_BEYOND_SPAN;
	return beyond;
}

int export_tasks(struct export *x)
{
	char date[16];
	int rc = 0;

	x->task = ARENA_ARRAY(x->w->arena, x->day.n_tasks, struct export_task);
	x->owner = ARENA_ARRAY(x->w->arena, (size_t)x->day.grid.n, const struct export_task *);
	for (size_t i = 0; i < x->day.n_tasks && rc == 0; i++) {
		struct export_task *t = &x->task[i];

		rc = load_task(x, &x->day.task[i], t);
		if (rc < 0 || !t->settled)
			continue;
		if (x->first == NULL)
			x->first = t;
		own(x, t);
	}
	if (rc < 0)
		return *x->error->text ? rc : export_refuse(x, rc, "%s", error_text_en(rc));
	if (x->first == NULL || !x->day.settled)
		return export_refuse(x, E_NOTHING, "%s has no settled task", date_format(x->day.date, date));
	x->beyond = beyond_of(x);
	return 0;
}

/* ---- tasks.csv, targets.csv */

static const char *state_name(enum task_state state)
{
	static const char *const names[] = { [TASK_STATE_REFUSED] = "refused", [TASK_STATE_ACCEPTED] = "accepted",
		[TASK_STATE_STARTED] = "started", [TASK_STATE_ENDED] = "ended", [TASK_STATE_SETTLED] = "settled",
		[TASK_STATE_CANCELLED] = "cancelled" };

	return names[state];
}

/* Points that were not cancelled. */
static int left(const struct export_task *t)
{
	return t->is->row.state == TASK_STATE_CANCELLED ? 0 : t->is->row.grid.n;
}

int export_file_tasks(struct export *x, struct csv *c)
{
	for (size_t i = 0; i < x->day.n_tasks; i++) {
		const struct export_task *t = &x->task[i];
		const struct task_row *row = &t->is->row;

		csv_text(c, row->task_id);
		csv_text(c, state_name(row->state));
		csv_text(c, export_time(x, row->grid.start_ms));
		csv_text(c, export_time(x, timegrid_begin(&row->grid, t->n_told)));
		csv_text(c, left(t) < t->n_told ? export_time(x, timegrid_begin(&row->grid, left(t))) : NULL);
		csv_int(c, row->revision);
		csv_kw(c, row->plan.planned_deviation_w);
		csv_kw(c, row->plan.least_deviation_w);
		csv_kw(c, row->measured_deviation_w);
		csv_end(c);
	}
	return 0;
}

int export_file_targets(struct export *x, struct csv *c)
{
	for (size_t i = 0; i < x->day.n_tasks; i++) {
		const struct export_task *t = &x->task[i];

		for (int k = 0; k < t->n_told; k++) {
			csv_text(c, t->is->row.task_id);
			csv_text(c, export_time(x, timegrid_end(&t->is->row.grid, k)));
			csv_text(c, export_window((int)t->told[k].window));
			csv_kw(c, t->told[k].target_w);
			csv_ratio(c, t->told[k].weight_ppm);
			csv_price(c, t->told[k].window == WINDOW_HOLD ? VALUE_NONE : t->told[k].price_e5);
			csv_int(c, k >= left(t));
			csv_end(c);
		}
	}
	return 0;
}

/* ---- plans.csv: what each revision meant for each vehicle's energy */

static void put_plan(struct csv *c, const char *task_id, int32_t revision, const struct schedule *schedule)
{
	for (size_t i = 0; i < schedule->n; i++) {
		csv_text(c, task_id);
		csv_int(c, revision);
		csv_text(c, schedule->item[i].session_id);
		csv_kwh(c, schedule->item[i].before_wh);
		csv_kwh(c, schedule->item[i].reachable_wh);
		csv_kwh(c, schedule->item[i].planned_wh);
		csv_end(c);
	}
}

int export_file_plans(struct export *x, struct csv *c)
{
	int rc = 0;

	for (size_t i = 0; i < x->day.n_tasks; i++) {
		const struct task_row *row = &x->task[i].is->row;

		if (!x->task[i].settled)
			continue;
		put_plan(c, row->task_id, 1, &x->task[i].schedule);
		for (int32_t revision = 2; revision <= row->revision && rc == 0; revision++) {
			struct schedule schedule;

			rc = schedule_load(x->w->arena, x->w->db, row->task_id, revision, &schedule);
			if (rc == 0)
				put_plan(c, row->task_id, revision, &schedule);
		}
	}
	return rc;
}
