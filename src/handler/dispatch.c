/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/dispatch.h"
#include <string.h>
#include "base/error.h"
#include "base/log.h"
#include "compute/decompose.h"
#include "handler/dispatch_feasible.h"
#include "handler/progress.h"
#include "store/task.h"
#include "store/telemetry.h"

#define PRICE_MOST_E5 INT64_C(100000000000)     /* a million CNY/kWh: above it amounts might not fit */

/* -- the form of a task */

static int check_meaning(struct call *c, const struct grid *g)
{
	if (g->value != CURVE_VALUE_MEAN)
		return refuse_item(c, E_RANGE, "a target is a mean", "grid/value");
	if (g->reference != CURVE_REFERENCE_ABSOLUTE)
		return refuse_item(c, E_RANGE, "a target is absolute", "grid/reference");
	if (g->polarity != POLARITY_LOAD)
		return refuse_item(c, E_RANGE, "consumption is positive in a target", "grid/polarity");
	return 0;
}

static int check_length(struct call *c, const struct dsp_submit_dispatch_task *m)
{
	if (m->grid->step_min.v != c->w.hub->rules->calendar.step_min)
		return refuse_item(c, E_TIME_GRID, "not the rules' step", "grid/stepMin");
	if (m->grid->count.v < 1 || m->grid->count.v > DECOMPOSE_INTERVALS)
		return refuse_item(c, E_RANGE, NULL, "grid/count");
	if (m->n_point != m->grid->count.v)
		return refuse_item(c, E_CURVE_LENGTH,
			arena_printf(c->w.arena, "%d points, count is %d", m->n_point, m->grid->count.v), "point");
	return 0;
}

/* The task's place in its business day. */
static int place(struct call *c, const struct dsp_submit_dispatch_task *m, struct task_row *task)
{
	const struct rules *rules = c->w.hub->rules;
	struct timegrid day;

	task->grid = (struct timegrid){ m->grid->start.v, m->grid->step_min.v * MS_MINUTE, m->grid->count.v };
	task->business_date = rules_day_of(rules, task->grid.start_ms);
	day = rules_grid(rules, task->business_date);
	if ((task->grid.start_ms - day.start_ms) % day.step_ms != 0)
		return refuse_item(c, E_TIME_GRID, NULL, "grid/start");
	if (task->grid.start_ms < c->w.now_ms)
		return refuse_item(c, E_TIME_ANCIENT, NULL, "grid/start");
	if (task->business_date - (int64_t)rules_day_of(rules, c->w.now_ms) > rules->telemetry.plan_ahead_days)
		return refuse_item(c, E_TIME_FUTURE, NULL, "grid/start");
	if (timegrid_begin(&task->grid, task->grid.n) > timegrid_begin(&day, day.n))
		return refuse_item(c, E_BUSINESS_DATE, "it reaches into the next business day", "grid/count");
	if (c->header->business_date.v != DATE_NONE && c->header->business_date.v != task->business_date)
		return refuse_item(c, E_BUSINESS_DATE, NULL, "header/businessDate");
	return 0;
}

static int check_point(struct call *c, const struct timegrid *grid, const struct target_point *p, int i)
{
	if (p->no.v != i + 1)
		return refuse_item(c, E_CURVE_UNLABELLED, NULL, "point[%d]/no", i + 1);
	if (p->end.v != timegrid_end(grid, i))
		return refuse_item(c, E_CURVE_UNLABELLED, NULL, "point[%d]/end", i + 1);
	if (p->weight.v <= 0 || p->weight.v > DECOMPOSE_WEIGHT)
		return refuse_item(c, E_RANGE, "above 0, at most 1000", "point[%d]/weight", i + 1);
	if (p->target_w.v < 0)
		return refuse_item(c, E_NEGATIVE, "vehicles only charge", "point[%d]/targetMw", i + 1);
	if (p->target_w.v > DECOMPOSE_POWER)
		return refuse_item(c, E_RANGE, NULL, "point[%d]/targetMw", i + 1);
	if ((p->window == WINDOW_HOLD) != is_none(p->price_e5.v))
		return refuse_item(c, E_RANGE, "a price stands with shave and fill, and only there",
			"point[%d]/priceCnyMwh", i + 1);
	if (!is_none(p->price_e5.v) && (p->price_e5.v < 0 || p->price_e5.v > PRICE_MOST_E5))
		return refuse_item(c, p->price_e5.v < 0 ? E_NEGATIVE : E_RANGE, NULL, "point[%d]/priceCnyMwh", i + 1);
	return 0;
}

static int take_points(struct call *c, const struct dsp_submit_dispatch_task *m, struct task_row *task)
{
	task->point = ARENA_ARRAY(c->w.arena, (size_t)m->n_point, struct task_point_row);
	for (int i = 0; i < m->n_point; i++) {
		const struct target_point *p = &m->point[i];
		int rc = check_point(c, &task->grid, p, i);

		if (rc < 0)
			return rc;
		task->point[i] = (struct task_point_row){ p->window, p->target_w.v, p->weight.v, p->price_e5.v,
			VALUE_NONE };
	}
	return 0;
}

static int read_task(struct call *c, const struct dsp_submit_dispatch_task *m, struct task_row *task)
{
	int rc;

	*task = (struct task_row){ .task_id = m->task_id,
		.state = TASK_STATE_ACCEPTED,
		.clearing_id = m->clearing_id,
		.sender = c->principal,
		.told_revision = c->header->revision.v,
		.accepted_ms = c->w.now_ms,
		.measured_deviation_w = VALUE_NONE,
		.plan = { VALUE_NONE, VALUE_NONE, VALUE_NONE, VALUE_NONE, VALUE_NONE },
		.seq = c->w.seq };
	if ((rc = check_meaning(c, m->grid)) < 0 || (rc = check_length(c, m)) < 0 || (rc = place(c, m, task)) < 0)
		return rc;
	return take_points(c, m, task);
}

/* -- beside other tasks */

/* What stands under the same id may be replaced until it starts. */
static int check_own(struct call *c, const struct task_row *task)
{
	struct task_row stored;
	int rc = task_lock(c->w.arena, c->w.db, task->task_id, &stored);

	if (rc < 0)
		return rc == E_NOTHING ? 0 : rc;
	if (strcmp(stored.sender, task->sender) != 0)
		return refuse_item(c, E_RESOURCE_TAKEN, NULL, "taskId");
	if (task->told_revision <= stored.told_revision)
		return refuse_item(
			c, E_REVISION, arena_printf(c->w.arena, "stored: %d", stored.told_revision), "header/revision");
	if (stored.state != TASK_STATE_ACCEPTED || stored.grid.start_ms <= c->w.now_ms)
		return refuse_item(c, E_TASK_CONFLICT, "it has started", "taskId");
	return 0;
}

static bool overlaps(const struct timegrid *a, const struct timegrid *b)
{
	return a->start_ms < timegrid_begin(b, b->n) && b->start_ms < timegrid_begin(a, a->n);
}

/* Prices of a business day by settlement period and window; 0: none yet, else the price + 1. */
struct day_prices { const struct timegrid *day; int64_t period_ms; int64_t (*price)[2]; };

/* Index of the first point whose price is another than that of its window and period; -1: none. */
static int odd_price(struct day_prices *d, const struct task_row *task)
{
	for (int i = 0; i < task->grid.n; i++) {
		const struct task_point_row *p = &task->point[i];
		int64_t *price;

		if (p->window == WINDOW_HOLD)
			continue;
		price = &d->price[(timegrid_begin(&task->grid, i) - d->day->start_ms) / d->period_ms]
				 [p->window == WINDOW_FILL];
		if (*price != 0 && *price != p->price_e5 + 1)
			return i;
		*price = p->price_e5 + 1;
	}
	return -1;
}

/* No other task for the same intervals, and one price a window and settlement period, or it could not be settled. */
static int check_others(struct call *c, const struct task_row *task)
{
	struct timegrid day = rules_grid(c->w.hub->rules, task->business_date);
	struct day_prices prices = { &day, c->w.hub->rules->settlement.settle_min * MS_MINUTE, NULL };
	struct task_rows tasks;
	int odd, rc = task_of_day(c->w.arena, c->w.db, task->business_date, &tasks);

	if (rc < 0)
		return rc;
	prices.price = arena_array(c->w.arena, (size_t)day.n, sizeof *prices.price);
	for (size_t i = 0; i < tasks.n; i++) {
		if (strcmp(tasks.item[i].task_id, task->task_id) == 0 || tasks.item[i].state == TASK_STATE_CANCELLED)
			continue;
		if (overlaps(&tasks.item[i].grid, &task->grid))
			return refuse_item(c, E_TASK_CONFLICT, NULL, "grid/start");
		odd_price(&prices, &tasks.item[i]);
	}
	odd = odd_price(&prices, task);
	return odd < 0 ? 0 : refuse_item(c, E_PRICE_LIMIT, "another price in the same window and settlement period",
					 "point[%d]/priceCnyMwh", odd + 1);
}

/* -- the operations */

static bool is_check(const struct dsp_submit_dispatch_task *m)
{
	return m->mode != NULL && *m->mode == TASK_MODE_CHECK;
}

static int check_feasible(struct call *c, const struct dsp_submit_dispatch_task *m, const struct task_row *task,
		struct dsp_submit_dispatch_task_response *answer)
{
	struct dispatch_bound *bound;
	int rc = dispatch_feasible_load(c, task, &bound);

	if (rc == 0)
		rc = dispatch_feasible_prices(c, task, bound);
	if (rc < 0)
		return rc;
	rc = dispatch_feasible_amounts(c, task, bound);
	if (rc < 0 || is_check(m))
		dispatch_feasible_tell(c->w.arena, task, bound, answer);
	return rc;
}

static int take(struct call *c, const struct dsp_submit_dispatch_task *m, const struct task_row *task)
{
	int rc = task_save(c->w.arena, c->w.db, task);

	if (rc == 0)
		rc = progress_tell(&c->w, task, TASK_STATE_ACCEPTED);
	if (rc < 0)
		return rc == E_DUPLICATE_KEY ? E_STORE_CONFLICT : rc;
	c->items_stored = m->n_point;
	log_notice("task-accepted", "task=%s revision=%d intervals=%d", task->task_id, task->told_revision, task->grid.n);
	return 0;
}

int dispatch_submit_task(
	struct call *c, const struct dsp_submit_dispatch_task *m, struct dsp_submit_dispatch_task_response *answer)
{
	struct task_row task;
	int rc;

	c->items_in = m->n_point;
	if ((rc = read_task(c, m, &task)) < 0 || (rc = task_lock_day(c->w.db, task.business_date)) < 0 ||
	    (rc = check_own(c, &task)) < 0 || (rc = check_others(c, &task)) < 0 ||
	    (rc = check_feasible(c, m, &task, answer)) < 0)
		return rc;
	return is_check(m) ? 0 : take(c, m, &task);
}

/* measured_w[i] of the task's intervals that are over and were heard of; VALUE_NONE of the others. */
static int measure(struct work *w, const struct task_row *task, int64_t *measured_w)
{
	struct telemetry_totals totals;
	int rc = telemetry_load_totals(
		w->arena, w->db, task->grid.start_ms, timegrid_begin(&task->grid, task->grid.n), &totals);

	if (rc < 0)
		return rc;
	for (int i = 0; i < task->grid.n; i++)
		measured_w[i] = VALUE_NONE;
	for (size_t k = 0; k < totals.n; k++) {
		int i = timegrid_index(&task->grid, totals.item[k].begin_ms);

		if (i < 0 || timegrid_end(&task->grid, i) > w->now_ms - w->hub->settle_ms)
			continue;
		measured_w[i] = (is_none(measured_w[i]) ? 0 : measured_w[i]) + totals.item[k].load_w;
	}
	return 0;
}

int dispatch_query_task(
	struct call *c, const struct dsp_query_dispatch_task *m, struct dsp_query_dispatch_task_response *answer)
{
	struct task_row task;
	int64_t *measured_w;
	int rc = task_find(c->w.arena, c->w.db, m->task_id, &task);

	if (rc == E_NOTHING)
		return refuse_item(c, E_UNKNOWN_TASK, NULL, "taskId");
	if (rc < 0)
		return rc;
	measured_w = ARENA_ARRAY(c->w.arena, (size_t)task.grid.n, int64_t);
	rc = measure(&c->w, &task, measured_w);
	answer->state = ARENA_NEW(c->w.arena, enum task_state);
	*answer->state = task.state;
	answer->planned_deviation_w.v = task.plan.planned_deviation_w;
	answer->least_deviation_w.v = task.plan.least_deviation_w;
	answer->measured_deviation_w.v = task.measured_deviation_w;
	answer->n_point = task.grid.n;
	answer->point = ARENA_ARRAY(c->w.arena, (size_t)task.grid.n, struct task_point);
	for (int i = 0; i < task.grid.n; i++)
		answer->point[i] = (struct task_point){ { i + 1 }, { timegrid_end(&task.grid, i) },
			{ task.point[i].target_w }, { task.point[i].planned_w }, { measured_w[i] } };
	return rc;
}
