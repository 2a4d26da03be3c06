/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Dispatch tasks: what is taken and what is refused and where. */
#include "handler/mini_task.h"
#include "store/outbox.h"
#include "store/task.h"

static int day(void **state)
{
	(void)state;
	mini_day(false);
	return 0;
}

static const char *stored(void)
{
	return mini_rows("SELECT CONCAT_WS(' ', (SELECT COUNT(*) FROM task), (SELECT COUNT(*) FROM task_point),"
			 " (SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM schedule), (SELECT COUNT(*) FROM job"
			 " WHERE name = 'start-task'))");
}

/* -- taking tasks */

static void test_taken(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);
	struct outbox_message progress;
	struct task_row task;

	(void)state;
	assert_items(mini_submit(&m, 3), MINI_POINTS, MINI_POINTS);
	assert_int_equal(mini_answer.n_feasible, 0);
	assert_int_equal(task_find(desk.arena, desk.db, "task-1", &task), 0);
	assert_int_equal(task.state, TASK_STATE_ACCEPTED);
	assert_int_equal(task.business_date, MINI_DATE);
	assert_int_equal(task.told_revision, 3);
	assert_int_equal(task.revision, 0);
	assert_int_equal(task.accepted_ms, desk_at("06-10T17:40"));
	assert_int_equal(task.grid.start_ms, desk_at("06-10T18:00"));
	assert_int_equal(task.grid.n, MINI_POINTS);
	assert_string_equal(task.clearing_id, "clearing-1");
	assert_int_equal(task.point[0].target_w, 22000);
	assert_int_equal(task.point[0].price_e5, MINI_SHAVE_E5);
	assert_int_equal(task.point[MINI_FILL].target_w, 29000);
	assert_true(is_none(task.point[MINI_SHAVE_END].price_e5));
	assert_int_equal(task.point[MINI_SHAVE_END].weight_ppm, 50000);
	assert_true(is_none(task.plan.planned_deviation_w) && is_none(task.measured_deviation_w));
	assert_int_equal(outbox_find(desk.arena, desk.db, "TP-3-accepted-task-1", &progress), 0);
	assert_string_equal(progress.peer, "dispatch");
	assert_int_equal(progress.channel, OUTBOX_PUSH);
	assert_string_equal(progress.body,
		arena_printf(desk.arena,
			"TP-3-accepted-task-1 task-1 state=%d at=%lld planned=%lld"
			" least=%lld measured=%lld",
			(int)TASK_STATE_ACCEPTED, (long long)desk_at("06-10T17:40"), (long long)VALUE_NONE,
			(long long)VALUE_NONE, (long long)VALUE_NONE));
}

/* Each spoils one thing of a good task; nothing is stored of it. */
static void spoil_value(struct dsp_submit_dispatch_task *m) { m->grid->value = CURVE_VALUE_INSTANT; }
static void spoil_reference(struct dsp_submit_dispatch_task *m) { m->grid->reference = CURVE_REFERENCE_DEVIATION; }
static void spoil_polarity(struct dsp_submit_dispatch_task *m) { m->grid->polarity = POLARITY_GEN; }
static void spoil_step(struct dsp_submit_dispatch_task *m) { m->grid->step_min.v = 5; }
static void spoil_count(struct dsp_submit_dispatch_task *m) { m->n_point--; }
static void spoil_empty(struct dsp_submit_dispatch_task *m) { m->grid->count.v = m->n_point = 0; }
static void spoil_start(struct dsp_submit_dispatch_task *m) { m->grid->start.v += MS_MINUTE; }
static void spoil_past(struct dsp_submit_dispatch_task *m) { m->grid->start.v -= 2 * MS_HOUR; }
static void spoil_future(struct dsp_submit_dispatch_task *m) { m->grid->start.v += 60 * (int64_t)MS_DAY; }
static void spoil_day(struct dsp_submit_dispatch_task *m) { m->grid->start.v += 15 * MS_MINUTE; }
static void spoil_header(struct dsp_submit_dispatch_task *m) { m->header->business_date.v = MINI_DATE + 1; }
static void spoil_no(struct dsp_submit_dispatch_task *m) { m->point[6].no.v = 8; }
static void spoil_end(struct dsp_submit_dispatch_task *m) { m->point[6].end.v += 1; }
static void spoil_weight(struct dsp_submit_dispatch_task *m) { m->point[6].weight.v = 0; }
static void spoil_heavy(struct dsp_submit_dispatch_task *m) { m->point[6].weight.v = INT64_MAX; }
static void spoil_negative(struct dsp_submit_dispatch_task *m) { m->point[6].target_w.v = -1; }
static void spoil_huge(struct dsp_submit_dispatch_task *m) { m->point[6].target_w.v = INT64_MAX; }
static void spoil_unpriced(struct dsp_submit_dispatch_task *m) { m->point[6].price_e5.v = VALUE_NONE; }
static void spoil_priced(struct dsp_submit_dispatch_task *m) { m->point[8].price_e5.v = 1; }
static void spoil_price(struct dsp_submit_dispatch_task *m) { m->point[6].price_e5.v = MINI_SHAVE_E5 + 1; }
static void spoil_free(struct dsp_submit_dispatch_task *m) { m->point[6].price_e5.v = -1; }
static void spoil_clearing(struct dsp_submit_dispatch_task *m)
{
	m->clearing_id = arena_strdup(desk.arena, "clearing-9");
}
static void spoil_amount(struct dsp_submit_dispatch_task *m) { m->point[6].target_w.v -= 1; }
static void spoil_fill(struct dsp_submit_dispatch_task *m) { m->point[MINI_FILL].target_w.v += 1; }
static void spoil_against(struct dsp_submit_dispatch_task *m) { m->point[6].target_w.v = 26002; }
static void spoil_hold(struct dsp_submit_dispatch_task *m) { m->point[8].target_w.v += 2; }
static void spoil_uncleared(struct dsp_submit_dispatch_task *m)
{
	m->point[8].window = WINDOW_SHAVE;
	m->point[8].price_e5.v = MINI_SHAVE_E5;
}

static void test_refused(void **state)
{
	static const struct {
		void (*spoil)(struct dsp_submit_dispatch_task *m);
		int error;
		const char *path;
		bool amount;
	} all[] = {
		{ spoil_value, E_RANGE, "grid/value", false },
		{ spoil_reference, E_RANGE, "grid/reference", false },
		{ spoil_polarity, E_RANGE, "grid/polarity", false },
		{ spoil_step, E_TIME_GRID, "grid/stepMin", false },
		{ spoil_count, E_CURVE_LENGTH, "point", false },
		{ spoil_empty, E_RANGE, "grid/count", false },
		{ spoil_start, E_TIME_GRID, "grid/start", false },
		{ spoil_past, E_TIME_ANCIENT, "grid/start", false },
		{ spoil_future, E_TIME_FUTURE, "grid/start", false },
		{ spoil_day, E_BUSINESS_DATE, "grid/count", false },
		{ spoil_header, E_BUSINESS_DATE, "header/businessDate", false },
		{ spoil_no, E_CURVE_UNLABELLED, "point[7]/no", false },
		{ spoil_end, E_CURVE_UNLABELLED, "point[7]/end", false },
		{ spoil_weight, E_RANGE, "point[7]/weight", false },
		{ spoil_heavy, E_RANGE, "point[7]/weight", false },
		{ spoil_negative, E_NEGATIVE, "point[7]/targetMw", false },
		{ spoil_huge, E_RANGE, "point[7]/targetMw", false },
		{ spoil_unpriced, E_RANGE, "point[7]/priceCnyMwh", false },
		{ spoil_priced, E_RANGE, "point[9]/priceCnyMwh", false },
		{ spoil_price, E_PRICE_LIMIT, "point[7]/priceCnyMwh", false },
		{ spoil_free, E_NEGATIVE, "point[7]/priceCnyMwh", false },
		{ spoil_clearing, E_UNKNOWN_NOTICE, "clearingId", false },
		{ spoil_amount, E_ABOVE_CLEARED, "point[7]/targetMw", true },
		{ spoil_fill, E_ABOVE_CLEARED, "point[25]/targetMw", true },
		{ spoil_against, E_ABOVE_CLEARED, "point[7]/targetMw", true },
		{ spoil_hold, E_ABOVE_CLEARED, "point[9]/targetMw", true },
		{ spoil_uncleared, E_ABOVE_CLEARED, "point[9]/targetMw", true },
	};
	const char *before = stored();

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct dsp_submit_dispatch_task m = mini_task("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);
		struct call *c = mini_begin("dispatch", "06-10T17:40", 1);

		memset(&mini_answer, 0, sizeof mini_answer);
		m.header = &desk.header;
		all[i].spoil(&m);
		assert_refused(desk_end(dispatch_submit_task(c, &m, &mini_answer)), all[i].error, all[i].path);
		assert_int_equal(c->items_in, m.n_point);
		assert_int_equal(mini_answer.n_feasible, all[i].amount ? MINI_POINTS : 0);
		assert_string_equal(stored(), before);
	}
}

/* The price of a point where another one stands in the same settlement period. */
static void test_two_prices(void **state)
{
	struct dsp_submit_dispatch_task m;

	(void)state;
	mini_begin("test", "06-10T15:00", 1);
	assert_int_equal(db_exec(desk.db, "UPDATE clearing_period SET end_ms = ? WHERE window = 1",
		DB_ARGS(DB_INT(desk_at("06-10T18:30")))), 0);
	assert_int_equal(
		db_exec(desk.db,
			"INSERT INTO clearing_period (clearing_id, start_ms, end_ms, window, cleared_w, price_e5)"
			" VALUES ('clearing-1', ?, ?, 1, 4000, 300000)",
			DB_ARGS(DB_INT(desk_at("06-10T18:30")), DB_INT(desk_at("06-10T20:00")))),
		0);
	desk_end(0);
	m = mini_task("task-1", 1000, 1000);
	for (int i = 2; i < MINI_SHAVE_END; i++)
		m.point[i].price_e5.v = 300000;
	assert_refused(mini_submit(&m, 1), E_PRICE_LIMIT, "point[3]/priceCnyMwh");
}

/* One fifth above what was cleared, as an over-eager dispatcher asks: told what would have been taken, point by point.
 */
static void test_feasible(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", MINI_CLEARED_SHAVE * 6 / 5, MINI_CLEARED_FILL);
	struct potential_told told = mini_told();

	(void)state;
	assert_int_equal(mini_submit(&m, 1), E_ABOVE_CLEARED);
	assert_int_equal(desk.call.diag.n, MINI_SHAVE_END);
	assert_diag(7, E_ABOVE_CLEARED, "point[8]/targetMw");
	assert_string_equal(desk.call.diag.item[0].detail, "a change of 0.004800 MW, at most 0.004000 MW");
	assert_int_equal(mini_answer.n_feasible, MINI_POINTS);
	for (int i = 0; i < MINI_POINTS; i++) {
		const struct feasible_point *f = &mini_answer.feasible[i];
		int t = MINI_FIRST + i;
		int64_t down_w = told.down_w[t] < MINI_CLEARED_SHAVE ? told.down_w[t] : MINI_CLEARED_SHAVE;
		int64_t up_w = told.up_w[t] < MINI_CLEARED_FILL ? told.up_w[t] : MINI_CLEARED_FILL;

		assert_int_equal(f->no.v, i + 1);
		assert_int_equal(f->end.v, m.point[i].end.v);
		assert_int_equal(f->least_w.v, told.baseline_w[t] - (mini_window(i) == WINDOW_SHAVE ? down_w : 0));
		assert_int_equal(f->most_w.v, told.baseline_w[t] + (mini_window(i) == WINDOW_FILL ? up_w : 0));
	}
	/* and what was told is taken */
	for (int i = 0; i < MINI_POINTS; i++)
		m.point[i].target_w.v = mini_window(i) == WINDOW_SHAVE ? mini_answer.feasible[i].least_w.v
								       : mini_answer.feasible[i].most_w.v;
	assert_items(mini_submit(&m, 1), MINI_POINTS, MINI_POINTS);
}

/* Halving what was cleared halves what may be asked. */
static void test_halved(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);

	(void)state;
	mini_clear("clearing-2", "06-10T15:10", MINI_CLEARED_SHAVE / 2, MINI_CLEARED_FILL / 2);
	assert_refused(mini_submit(&m, 1), E_UNKNOWN_NOTICE, "clearingId");  /* no longer in force */
	m.clearing_id = NULL;
	assert_int_equal(mini_submit(&m, 1), E_ABOVE_CLEARED);
	assert_int_equal(desk.call.diag.n, MINI_SHAVE_END + MINI_FILL_END - MINI_FILL);
	m = mini_task("task-1", MINI_CLEARED_SHAVE / 2, MINI_CLEARED_FILL / 2);
	m.clearing_id = NULL;
	assert_items(mini_submit(&m, 1), MINI_POINTS, MINI_POINTS);
}

static void tell_potential(int64_t up_w, int64_t down_w)
{
	struct potential_told told = mini_told();
	int64_t *up = ARENA_ARRAY(desk.arena, MINI_N, int64_t), *down = ARENA_ARRAY(desk.arena, MINI_N, int64_t);

	for (int t = 0; t < MINI_N; t++) {
		up[t] = up_w;
		down[t] = down_w;
	}
	told.told_ms = desk_at("06-10T17:38");
	told.up_w = up;
	told.down_w = down;
	assert_int_equal(potential_tell(desk.arena, desk.db, &told), 0);
}

/* Only asked whether it could be done: nothing is stored either way, and the ranges are told. */
static void test_check(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);
	enum task_mode mode = TASK_MODE_CHECK;
	const char *before = stored();

	(void)state;
	m.mode = &mode;
	assert_items(mini_submit(&m, 1), MINI_POINTS, 0);
	assert_int_equal(mini_answer.n_feasible, MINI_POINTS);
	assert_int_equal(mini_answer.feasible[0].least_w.v, 22000);
	assert_int_equal(mini_answer.feasible[0].most_w.v, 26000);
	assert_string_equal(stored(), before);
	m.point[6].target_w.v -= 1;
	assert_refused(mini_submit(&m, 1), E_ABOVE_CLEARED, "point[7]/targetMw");
	assert_int_equal(mini_answer.n_feasible, MINI_POINTS);
	assert_string_equal(stored(), before);
	mode = TASK_MODE_SUBMIT;
	m.point[6].target_w.v += 1;
	assert_items(mini_submit(&m, 1), MINI_POINTS, MINI_POINTS);
}

static void test_potential(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", 3001, 2000);

	(void)state;
	tell_potential(2000, 3000);
	assert_int_equal(mini_submit(&m, 1), E_ABOVE_POTENTIAL);
	assert_int_equal(desk.call.diag.n, MINI_SHAVE_END);
	assert_diag(0, E_ABOVE_POTENTIAL, "point[1]/targetMw");
	assert_int_equal(mini_answer.feasible[0].least_w.v, 23000);
	assert_int_equal(mini_answer.feasible[0].most_w.v, 26000);
	m = mini_task("task-1", 3000, 2001);
	assert_int_equal(mini_submit(&m, 1), E_ABOVE_POTENTIAL);
	assert_int_equal(desk.call.diag.n, MINI_FILL_END - MINI_FILL);
	m = mini_task("task-1", 3000, 2000);
	assert_items(mini_submit(&m, 1), MINI_POINTS, MINI_POINTS);
}

static void test_nothing_told(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", 1000, 1000);

	(void)state;
	assert_int_equal(db_exec(desk.db, "DELETE FROM potential", DB_NO_ARGS), 0);
	assert_refused(mini_submit(&m, 1), E_ABOVE_POTENTIAL, "grid/start");
	assert_int_equal(mini_answer.n_feasible, 0);
}

static void test_conflicts(void **state)
{
	struct dsp_submit_dispatch_task evening = mini_task_part("task-1", 1000, 1000, 0, MINI_FILL);
	struct dsp_submit_dispatch_task night = mini_task_part("task-2", 1000, 1000, MINI_FILL, MINI_POINTS);
	struct dsp_submit_dispatch_task late = mini_task_part("task-3", 1000, 1000, MINI_FILL - 1, MINI_FILL);
	struct task_row task;

	(void)state;
	assert_items(mini_submit(&evening, 2), MINI_FILL, MINI_FILL);
	assert_items(mini_submit(&night, 1), MINI_POINTS - MINI_FILL, MINI_POINTS - MINI_FILL);
	assert_refused(mini_submit(&late, 1), E_TASK_CONFLICT, "grid/start");
	/* the same task again: newer replaces whole, until it starts */
	assert_refused(mini_submit(&evening, 2), E_REVISION, "header/revision");
	evening = mini_task_part("task-1", 500, 500, 4, MINI_FILL - 1);
	assert_items(mini_submit(&evening, 3), MINI_FILL - 5, MINI_FILL - 5);
	assert_int_equal(task_find(desk.arena, desk.db, "task-1", &task), 0);
	assert_int_equal(task.grid.n, MINI_FILL - 5);
	assert_int_equal(task.point[0].target_w, 25500);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM task_point WHERE task_id = 'task-1'"), MINI_FILL - 5);
	assert_items(mini_submit(&late, 1), 1, 1);
	assert_refused(mini_submit_at(&night, "06-11T00:00", 2), E_TASK_CONFLICT, "taskId");
	assert_string_equal(mini_rows("SELECT message_id FROM outbox WHERE operation = 'PushTaskProgress' ORDER BY seq"),
		"TP-2-accepted-task-1\nTP-1-accepted-task-2\nTP-3-accepted-task-1\nTP-1-accepted-task-3\n");
}

static void test_foreign_id(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", 1000, 1000);
	struct call *c;

	(void)state;
	assert_items(mini_submit(&m, 1), MINI_POINTS, MINI_POINTS);
	c = mini_begin("dispatch-2", "06-10T17:41", 2);
	assert_refused(desk_end(dispatch_submit_task(c, &m, &mini_answer)), E_RESOURCE_TAKEN, "taskId");
}

static void test_no_sink(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", 1000, 1000);

	(void)state;
	desk.hub.dispatch_peer = "";
	assert_items(mini_submit(&m, 1), MINI_POINTS, MINI_POINTS);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE operation <> 'PushStatic'"), 0);
	desk.hub.dispatch_peer = "dispatch";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_taken, day),
		cmocka_unit_test_setup(test_refused, day),
		cmocka_unit_test_setup(test_two_prices, day),
		cmocka_unit_test_setup(test_feasible, day),
		cmocka_unit_test_setup(test_halved, day),
		cmocka_unit_test_setup(test_check, day),
		cmocka_unit_test_setup(test_potential, day),
		cmocka_unit_test_setup(test_nothing_told, day),
		cmocka_unit_test_setup(test_conflicts, day),
		cmocka_unit_test_setup(test_foreign_id, day),
		cmocka_unit_test_setup(test_no_sink, day),
	};

	return cmocka_run_group_tests_name("dispatch", tests, mini_set_up, desk_tear_down);
}
