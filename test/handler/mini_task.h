/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The small day's task: handed in, accepted, started, followed. */
#ifndef TEST_HANDLER_MINI_TASK_H
#define TEST_HANDLER_MINI_TASK_H
#include "handler/mini_day.h"
#include "handler/dispatch.h"
#include "store/schedule.h"

static inline enum window mini_window(int i)
{
	return i < MINI_SHAVE_END ? WINDOW_SHAVE : i >= MINI_FILL && i < MINI_FILL_END ? WINDOW_FILL : WINDOW_HOLD;
}

/* A task with these changes from the baseline last told, from point `from` of the day under control to `to`. */
static inline struct dsp_submit_dispatch_task mini_task_part(
	const char *id, int64_t shave_w, int64_t fill_w, int from, int to)
{
	struct potential_told told = mini_told();
	struct timegrid day = mini_grid();
	int n = to - from;
	struct grid *grid = ARENA_NEW(desk.arena, struct grid);
	struct target_point *point = ARENA_ARRAY(desk.arena, (size_t)n, struct target_point);

	*grid = (struct grid){ { timegrid_begin(&day, MINI_FIRST + from) }, { 15 }, { n }, CURVE_VALUE_MEAN,
		CURVE_REFERENCE_ABSOLUTE, POLARITY_LOAD };
	for (int i = 0; i < n; i++) {
		int t = MINI_FIRST + from + i;
		enum window window = mini_window(from + i);
		int64_t change_w = window == WINDOW_SHAVE ? -shave_w : window == WINDOW_FILL ? fill_w : 0;

		point[i] = (struct target_point){ { i + 1 }, { timegrid_end(&day, t) }, window,
			{ told.baseline_w[t] + change_w }, { window == WINDOW_HOLD ? 50000 : 1000000 },
			{ window == WINDOW_SHAVE		? MINI_SHAVE_E5
					: window == WINDOW_FILL ? MINI_FILL_E5
								: VALUE_NONE } };
	}
	return (struct dsp_submit_dispatch_task){ .header = &desk.header, .task_id = arena_strdup(desk.arena, id),
		.clearing_id = arena_strdup(desk.arena, "clearing-1"), .grid = grid, .n_point = n, .point = point };
}

static inline struct dsp_submit_dispatch_task mini_task(const char *id, int64_t shave_w, int64_t fill_w)
{
	return mini_task_part(id, shave_w, fill_w, 0, MINI_POINTS);
}

static struct dsp_submit_dispatch_task_response mini_answer;

/* Handed in by dispatch; the handler's result, its answer in mini_answer. */
static inline int mini_submit_at(const struct dsp_submit_dispatch_task *m, const char *now, int32_t revision)
{
	struct call *c = mini_begin("dispatch", now, revision);

	memset(&mini_answer, 0, sizeof mini_answer);
	return desk_end(dispatch_submit_task(c, m, &mini_answer));
}

static inline int mini_submit(const struct dsp_submit_dispatch_task *m, int32_t revision)
{
	return mini_submit_at(m, "06-10T17:40", revision);
}

/* The day with task-1 accepted. */
static inline int mini_accepted(void **state)
{
	struct dsp_submit_dispatch_task m;

	(void)state;
	mini_day(false);
	m = mini_task("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);
	assert_items(mini_submit(&m, 1), m.n_point, m.n_point);
	return 0;
}

/* The same with task-1 started at 18:00. */
static inline int mini_started(void **state)
{
	mini_accepted(state);
	mini_frame("agg-a", desk_at("06-10T18:00"));
	mini_frame("agg-b", desk_at("06-10T18:00"));
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:00"), 1);
	return 0;
}

/* A revision of task-1's schedule. */
static inline struct schedule mini_load(int32_t revision)
{
	struct schedule schedule;

	assert_int_equal(schedule_load(desk.arena, desk.db, "task-1", revision, &schedule), 0);
	return schedule;
}

static inline const struct schedule_row *mini_row_of(const struct schedule *schedule, const struct mini_session *s)
{
	for (size_t i = 0; i < schedule->n; i++)
		if (strcmp(schedule->item[i].session_id, s->id) == 0 &&
		    strcmp(schedule->item[i].pile_id, mini_pile[s->pile].id) == 0)
			return &schedule->item[i];
	fail_msg("no schedule of %s at %s", s->id, mini_pile[s->pile].id);
	return NULL;
}

static inline const struct mini_session *mini_session_of(const struct schedule_row *row)
{
	for (int i = 0; i < MINI_SESSIONS; i++)
		if (strcmp(mini_session[i].id, row->session_id) == 0 &&
		    strcmp(mini_pile[mini_session[i].pile].id, row->pile_id) == 0)
			return &mini_session[i];
	fail_msg("no session %s at %s", row->session_id, row->pile_id);
	return NULL;
}

/* What mini_follow_w follows: task-1 as it was started. */
static struct schedule mini_schedule;

/* Mean over interval t: agg-a does as told, agg-b charges 1 kW less where it can. */
static inline int64_t mini_follow_w(int pile, int t)
{
	int64_t w = 0;

	for (size_t i = 0; i < mini_schedule.n; i++) {
		const struct schedule_row *r = &mini_schedule.item[i];
		int k = t - MINI_FIRST - r->first;

		if (strcmp(r->pile_id, mini_pile[pile].id) == 0 && k >= 0 && k < r->n)
			w = r->power_w[k];
	}
	return strcmp(mini_owner(pile), "agg-b") == 0 && w > 1000 ? w - 1000 : w;
}

/* All intervals of the day under control, as mini_follow_w has them. */
static inline void mini_follow(void)
{
	mini_schedule = mini_load(1);
	mini_put_all(MINI_FIRST, MINI_N, 15, mini_follow_w);
}
#endif
