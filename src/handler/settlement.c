/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/settlement.h"
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/log.h"
#include "compute/assess.h"
#include "compute/settle.h"
#include "handler/assessment.h"
#include "handler/callback.h"
#include "handler/parking.h"
#include "handler/progress.h"
#include "handler/response.h"
#include "handler/settlement_statement.h"
#include "store/assessment.h"
#include "store/job.h"
#include "store/settlement.h"
#include "store/task.h"
#include "store/telemetry.h"

enum { RULE_SET_MOST = 64 };

/* -- from assessment to lines */

/* An assessed interval of one aggregator, by its place in the business day. */
struct cell {
	const char *aggregator_id;
	uint32_t aggregator_no;
	int interval;
	int8_t sign;
	int64_t price_e5, asked_w, delivered_w;
};
struct cells { struct cell *item; size_t n; };

/* The business day as settle_run takes it. */
struct day { struct timegrid grid; int8_t *sign; int64_t *price, *asked_w, *delivered_w; };

static int by_aggregator_and_interval(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;
	int order = strcmp(x->aggregator_id, y->aggregator_id);

	return order != 0 ? order : (x->interval > y->interval) - (x->interval < y->interval);
}

static struct cell cell_of(const struct timegrid *day, const struct task_row *task, const struct assessment_row *r)
{
	return (struct cell){
		.aggregator_id = r->aggregator_id, .aggregator_no = r->aggregator_no,
		.interval = timegrid_index(day, timegrid_begin(&task->grid, r->no)),
		.sign = r->window == WINDOW_SHAVE ? ASSESS_SHAVE : ASSESS_FILL, .price_e5 = task->point[r->no].price_e5,
		.asked_w = r->asked_w, .delivered_w = r->delivered_w
	};
}

static int add_task(struct work *w, const struct timegrid *day, const struct task_row *task, struct cells *cells)
{
	struct assessment_rows rows;
	struct cell *item;
	int rc = assessment_load(w->arena, w->db, task->task_id, &rows);

	if (rc < 0)
		return rc;
	item = ARENA_ARRAY(w->arena, cells->n + rows.n, struct cell);
	for (size_t i = 0; i < cells->n; i++)
		item[i] = cells->item[i];
	cells->item = item;
	for (size_t i = 0; i < rows.n; i++) {
		struct cell cell = cell_of(day, task, &rows.item[i]);

		if (cell.interval >= 0)
			item[cells->n++] = cell;
	}
	return 0;
}

static void add_line(struct settlement_day *day, const struct cell *who, const struct settle_line *l, int64_t end_ms)
{
	struct settlement_entry entry = { .aggregator_id = who->aggregator_id,
		.aggregator_no = who->aggregator_no,
		.window = l->sign == ASSESS_SHAVE ? WINDOW_SHAVE : WINDOW_FILL,
		.period_end_ms = end_ms,
		.asked_wh = l->asked_wh,
		.delivered_wh = l->delivered_wh,
		.price_e5 = l->price };

	entry.item = SETTLEMENT_ITEM_RESPONSE;
	entry.energy_wh = l->response_wh;
	entry.amount_fen = l->response_fen;
	day->entry[day->n++] = entry;
	entry.item = SETTLEMENT_ITEM_SHORTFALL;
	entry.energy_wh = l->shortfall_wh;
	entry.amount_fen = l->shortfall_fen;
	day->entry[day->n++] = entry;
}

/* The cells of one aggregator. lines: workspace. */
static int settle_one(const struct rules_settlement *rules, struct day *d, const struct cell *cell, size_t n,
		struct settle_line *lines, struct settlement_day *day)
{
	struct settle_input in = { (size_t)d->grid.n, d->grid.step_ms / MS_MINUTE, d->sign, d->price, d->asked_w,
		d->delivered_w };
	size_t n_lines;
	int64_t total_fen;
	int rc;

	memset(d->sign, ASSESS_HOLD, (size_t)d->grid.n);
	for (size_t i = 0; i < n; i++) {
		d->sign[cell[i].interval] = cell[i].sign;
		d->price[cell[i].interval] = cell[i].price_e5;
		d->asked_w[cell[i].interval] = cell[i].asked_w;
		d->delivered_w[cell[i].interval] = cell[i].delivered_w;
	}
	rc = settle_run(rules, &in, lines, &n_lines, &total_fen);
	for (size_t i = 0; rc == 0 && i < n_lines; i++)
		add_line(day, cell, &lines[i],
			d->grid.start_ms + (int64_t)(lines[i].period + 1) * rules->settle_min * MS_MINUTE);
	return rc;
}

static int settle_all(struct work *w, const struct rules_settlement *rules, const struct timegrid *grid,
	const struct cells *cells, struct settlement_day *day)
{
	struct arena *a = w->arena;
	size_t most, n = (size_t)grid->n;
	struct day d = { *grid, ARENA_ARRAY(a, n, int8_t), ARENA_ARRAY(a, n, int64_t), ARENA_ARRAY(a, n, int64_t),
		ARENA_ARRAY(a, n, int64_t) };
	struct settle_line *lines;
	int rc = 0;

	most = settle_most_lines(n, grid->step_ms / MS_MINUTE, rules->settle_min);
	lines = ARENA_ARRAY(a, most, struct settle_line);
	/* never more lines than cells: each has one at least */
	day->entry = ARENA_ARRAY(a, 2 * cells->n, struct settlement_entry);
	for (size_t from = 0, to; from < cells->n && rc == 0; from = to) {
		to = from + 1;
		while (to < cells->n && strcmp(cells->item[to].aggregator_id, cells->item[from].aggregator_id) == 0)
			to++;
		rc = settle_one(rules, &d, cells->item + from, to - from, lines, day);
	}
	return rc;
}

/* As statements carry it. */
static const char *rule_set_name(struct arena *a, const struct rules *rules)
{
	return arena_strndup(a, arena_printf(a, "%s-%s", rules->name, rules->version), RULE_SET_MOST);
}

int settlement_compute(struct work *w, const struct rules *rules, int32_t date, struct settlement_day *day)
{
	struct timegrid grid = rules_grid(w->hub->rules, date);
	struct task_rows tasks;
	struct cells cells = { NULL, 0 };
	int rc = task_of_day(w->arena, w->db, date, &tasks);

	*day = (struct settlement_day){ .date = date, .rule_set = rule_set_name(w->arena, rules) };
	for (size_t i = 0; rc == 0 && i < tasks.n; i++) {
		size_t before = cells.n;

		rc = add_task(w, &grid, &tasks.item[i], &cells);
		if (cells.n > before)
			day->task_id = tasks.item[i].task_id;
	}
	if (rc == 0 && cells.n == 0)
		return E_NOTHING;
	if (rc < 0)
		return rc;
	qsort(cells.item, cells.n, sizeof *cells.item, by_aggregator_and_interval);
	return settle_all(w, &rules->settlement, &grid, &cells, day);
}

/* -- stored */

int settlement_load(struct work *w, int32_t date, struct settlement_day *day)
{
	struct settlement_row row;
	int rc = settlement_find(w->arena, w->db, date, &row);

	if (rc < 0)
		return rc;
	*day = (struct settlement_day){ date, row.task_id, row.rule_set, row.revision,
		ARENA_ARRAY(w->arena, row.n_lines, struct settlement_entry), row.n_lines };
	for (size_t i = 0; i < row.n_lines; i++) {
		const struct settlement_line_row *l = &row.line[i];

		day->entry[i] = (struct settlement_entry){ .aggregator_id = l->aggregator_id,
			.window = l->window,
			.item = l->item,
			.period_end_ms = l->period_end_ms,
			.asked_wh = l->asked_wh,
			.delivered_wh = l->delivered_wh,
			.energy_wh = l->energy_wh,
			.price_e5 = l->price_e5,
			.amount_fen = l->amount_fen,
			.aggregator_no = l->aggregator_no };
	}
	return 0;
}

static int store(struct work *w, const char *task_id, struct settlement_day *day)
{
	struct settlement_row row = {
		.business_date = day->date, .task_id = task_id, .rule_set = day->rule_set, .settled_ms = w->now_ms,
		.line = ARENA_ARRAY(w->arena, day->n, struct settlement_line_row), .n_lines = day->n
	};
	int rc = settlement_revision(w->db, day->date, &row.revision);

	if (rc < 0)
		return rc;
	day->revision = ++row.revision;
	for (size_t i = 0; i < day->n; i++) {
		const struct settlement_entry *e = &day->entry[i];

		row.line[i] = (struct settlement_line_row){ .aggregator_no = e->aggregator_no,
			.window = (enum window)e->window,
			.period_end_ms = e->period_end_ms,
			.item = (enum settlement_item)e->item,
			.asked_wh = e->asked_wh,
			.delivered_wh = e->delivered_wh,
			.energy_wh = e->energy_wh,
			.price_e5 = e->price_e5,
			.amount_fen = e->amount_fen };
	}
	return settlement_save(w->arena, w->db, &row);
}

/* -- scheduled */

static int tell(struct work *w, const char *task_id)
{
	struct task_row task;
	int rc = task_find(w->arena, w->db, task_id, &task);

	if (rc == 0)
		rc = progress_tell(w, &task, TASK_STATE_ENDED);
	return rc == 0 ? progress_tell(w, &task, TASK_STATE_SETTLED) : rc;
}

/* A day of which nothing was asked in shave or fill has a settlement without lines. */
static int compute_or_nothing(struct work *w, int32_t date, struct settlement_day *day)
{
	int rc = settlement_compute(w, w->hub->rules, date, day);

	return rc == E_NOTHING ? 0 : rc;
}

static int settle(struct work *w, const struct task_row *task)
{
	struct settlement_day day;
	int32_t revision = 0;
	int rc = job_begin(w->db, TASK_SETTLE_JOB, task->task_id);

	if (rc == 0)
		rc = assessment_run(w, task->task_id);
	if (rc == 0)
		rc = compute_or_nothing(w, task->business_date, &day);
	if (rc == 0)
		rc = store(w, task->task_id, &day);
	if (rc == 0)
		rc = task_set_state(w->db, task->task_id, TASK_STATE_SETTLED);
	if (rc == 0)
		rc = tell(w, task->task_id);
	if (rc == 0)
		rc = settlement_push(w, task->task_id, &day);
	if (rc == 0)
		rc = response_report(w, task->task_id);
	if (rc == 0)
		rc = settlement_revision(w->db, task->business_date, &revision);
	if (rc == 0)
		rc = callback_results(w, task->business_date, revision);
	if (rc == 0)
		rc = job_finish(w->db, TASK_SETTLE_JOB, task->task_id);
	if (rc < 0)
		return rc;
	log_notice("task-settled", "task=%s lines=%zu", task->task_id, day.n);
	return 1;
}

struct due { struct work *w; struct task_row task; };

/* Once everything that came of its day is added up. */
static int settle_if_ready(void *arg)
{
	struct due *d = arg;
	struct timegrid day = rules_grid(d->w->hub->rules, d->task.business_date);
	int64_t marked;
	int rc = telemetry_count_marks(d->w->db, day.start_ms, timegrid_begin(&day, day.n), &marked);

	return rc < 0 || marked > 0 ? rc : settle(d->w, &d->task);
}

int settlement_due(struct work *w)
{
	struct due d = { .w = w };
	int rc = task_lock_to_settle(w->arena, w->db, rules_day_of(w->hub->rules, w->now_ms - w->hub->settle_ms), &d.task);

	if (rc < 0)
		return rc == E_NOTHING ? 0 : rc;
	return parking_run(w, TASK_SETTLE_JOB, d.task.task_id, settle_if_ready, &d);
}
