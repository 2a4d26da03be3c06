/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/dispatch_feasible.h"
#include <string.h>
#include "base/error.h"
#include "store/clearing.h"
#include "store/potential.h"

enum { TOLERANCE_W = 1 };               /* of what is to stay as it was: a baseline is a rounded figure */

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* -- the two sources */

static int load_clearings(struct call *c, const struct task_row *task, struct clearing_rows *clearings)
{
	int rc = clearing_in_force(c->w.arena, c->w.db, task->business_date, clearings);

	if (rc < 0 || task->clearing_id == NULL)
		return rc;
	for (size_t i = 0; i < clearings->n; i++)
		if (strcmp(clearings->item[i].clearing_id, task->clearing_id) == 0) {
			*clearings = (struct clearing_rows){ &clearings->item[i], 1 };
			return 0;
		}
	return refuse_item(
		c, E_UNKNOWN_NOTICE, "no clearing of this id is in force for the business date", "clearingId");
}

static void bind_cleared(
	const struct clearing_rows *clearings, const struct task_row *task, int i, struct dispatch_bound *b)
{
	for (size_t k = 0; k < clearings->n; k++) {
		const struct cleared_period *p = clearing_period_at(&clearings->item[k], timegrid_begin(&task->grid, i),
								    timegrid_end(&task->grid, i));

		if (p == NULL || p->window != task->point[i].window)
			continue;
		b->cleared_w = p->cleared_w.v;
		b->price_e5 = p->price_e5.v;
		return;
	}
}

/* Index of the task's first interval in what was told; a negative error if that does not hold them all. */
static int load_told(struct call *c, const struct task_row *task, struct potential_told *told)
{
	int first, rc = potential_last_told(c->w.arena, c->w.db, task->business_date, told);

	if (rc < 0 && rc != E_NOTHING)
		return rc;
	if (rc == 0 && told->grid.step_ms == task->grid.step_ms) {
		first = timegrid_index(&told->grid, task->grid.start_ms);
		if (first >= 0 && timegrid_begin(&told->grid, first) == task->grid.start_ms &&
		    told->grid.n - first >= task->grid.n)
			return first;
	}
	return refuse_item(c, E_ABOVE_POTENTIAL, "no potential was told for these intervals: ask QueryPotential first",
		"grid/start");
}

int dispatch_feasible_load(struct call *c, const struct task_row *task, struct dispatch_bound **bound)
{
	struct clearing_rows clearings;
	struct potential_told told;
	int first, rc = load_clearings(c, task, &clearings);

	if (rc < 0)
		return rc;
	first = load_told(c, task, &told);
	if (first < 0)
		return first;
	*bound = ARENA_ARRAY(c->w.arena, (size_t)task->grid.n, struct dispatch_bound);
	for (int i = 0; i < task->grid.n; i++) {
		struct dispatch_bound *b = &(*bound)[i];
		enum window window = task->point[i].window;

		*b = (struct dispatch_bound){ .baseline_w = told.baseline_w[first + i], .price_e5 = VALUE_NONE };
		if (window == WINDOW_HOLD)
			continue;
		b->potential_w = window == WINDOW_SHAVE ? told.down_w[first + i] : told.up_w[first + i];
		bind_cleared(&clearings, task, i, b);
	}
	return 0;
}

/* -- checks */

int dispatch_feasible_prices(struct call *c, const struct task_row *task, const struct dispatch_bound *bound)
{
	int error = 0;

	for (int i = 0; i < task->grid.n; i++) {
		if (is_none(bound[i].price_e5) || task->point[i].price_e5 == bound[i].price_e5)
			continue;
		error = refuse_item(c, E_PRICE_LIMIT, "not the cleared price", "point[%d]/priceCnyMwh", i + 1);
	}
	return error;
}

static int64_t change_of(const struct task_point_row *p, const struct dispatch_bound *b)
{
	return p->window == WINDOW_SHAVE ? b->baseline_w - p->target_w : p->target_w - b->baseline_w;
}

/* detail: what would have been taken. */
static int refuse_amount(struct call *c, int error, int64_t change_w, int64_t most_w, int i)
{
	char change[24], most[24];

	decimal_format(change_w, 6, change);
	decimal_format(most_w, 6, most);
	return refuse_item(c, error, arena_printf(c->w.arena, "a change of %s MW, at most %s MW", change, most),
			   "point[%d]/targetMw", i + 1);
}

static int check_amount(struct call *c, const struct task_point_row *p, const struct dispatch_bound *b, int i)
{
	int64_t change_w = change_of(p, b);

	if (p->window == WINDOW_HOLD) {
		if (change_w > TOLERANCE_W || change_w < -TOLERANCE_W)
			return refuse_amount(c, E_ABOVE_CLEARED, change_w, 0, i);
		return 0;
	}
	if (is_none(b->price_e5))
		return refuse_item(c, E_ABOVE_CLEARED, "nothing was cleared for this window and interval",
			"point[%d]/targetMw", i + 1);
	if (change_w < -TOLERANCE_W || change_w > b->cleared_w)
		return refuse_amount(c, E_ABOVE_CLEARED, change_w, b->cleared_w, i);
	if (change_w > b->potential_w)
		return refuse_amount(c, E_ABOVE_POTENTIAL, change_w, b->potential_w, i);
	return 0;
}

int dispatch_feasible_amounts(struct call *c, const struct task_row *task, const struct dispatch_bound *bound)
{
	int first = 0;

	for (int i = 0; i < task->grid.n; i++) {
		int error = check_amount(c, &task->point[i], &bound[i], i);

		if (first == 0)
			first = error;
	}
	return first;
}

/* -- what would have been taken */

void dispatch_feasible_tell(struct arena *a, const struct task_row *task, const struct dispatch_bound *bound,
		struct dsp_submit_dispatch_task_response *answer)
{
	answer->n_feasible = task->grid.n;
	answer->feasible = ARENA_ARRAY(a, (size_t)task->grid.n, struct feasible_point);
	for (int i = 0; i < task->grid.n; i++) {
		const struct dispatch_bound *b = &bound[i];
		enum window window = task->point[i].window;
		int64_t room_w = least(b->cleared_w, b->potential_w);

		answer->feasible[i] = (struct feasible_point){
			.no = { i + 1 }, .end = { timegrid_end(&task->grid, i) },
			.least_w = { b->baseline_w - (window == WINDOW_SHAVE ? room_w : 0) },
			.most_w = { b->baseline_w + (window == WINDOW_FILL ? room_w : 0) }
		};
	}
}
