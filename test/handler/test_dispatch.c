/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Dispatch tasks: what is taken and refused, how they start, what aggregators are handed; a start that is undone or
 * whose inputs came in another order gives the same. */
#include "handler/mini_day.h"
#include "base/clock.h"
#include "handler/control.h"
#include "handler/dispatch.h"
#include "handler/message_id.h"
#include "store/control.h"
#include "store/outbox.h"
#include "store/schedule.h"
#include "store/task.h"

static int set_up(void **state)
{
	(void)state;
	mini_open();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	desk_close();
	return 0;
}

static int day(void **state)
{
	(void)state;
	mini_day(false);
	return 0;
}

static struct dsp_submit_dispatch_task_response answer;

static int submit_at(const struct dsp_submit_dispatch_task *m, const char *now, int32_t revision)
{
	struct call *c = mini_begin("dispatch", now, revision);

	memset(&answer, 0, sizeof answer);
	return desk_end(dispatch_submit_task(c, m, &answer));
}

static int submit(const struct dsp_submit_dispatch_task *m, int32_t revision)
{
	return submit_at(m, "06-10T17:40", revision);
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
	assert_items(submit(&m, 3), MINI_POINTS, MINI_POINTS);
	assert_int_equal(answer.n_feasible, 0);
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

		memset(&answer, 0, sizeof answer);
		m.header = &desk.header;
		all[i].spoil(&m);
		assert_refused(desk_end(dispatch_submit_task(c, &m, &answer)), all[i].error, all[i].path);
		assert_int_equal(c->items_in, m.n_point);
		assert_int_equal(answer.n_feasible, all[i].amount ? MINI_POINTS : 0);
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
	assert_refused(submit(&m, 1), E_PRICE_LIMIT, "point[3]/priceCnyMwh");
}

/* One fifth above what was cleared, as an over-eager dispatcher asks: told what would have been taken, point by point.
 */
static void test_feasible(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", MINI_CLEARED_SHAVE * 6 / 5, MINI_CLEARED_FILL);
	struct potential_told told = mini_told();

	(void)state;
	assert_int_equal(submit(&m, 1), E_ABOVE_CLEARED);
	assert_int_equal(desk.call.diag.n, MINI_SHAVE_END);
	assert_diag(7, E_ABOVE_CLEARED, "point[8]/targetMw");
	assert_string_equal(desk.call.diag.item[0].detail, "a change of 0.004800 MW, at most 0.004000 MW");
	assert_int_equal(answer.n_feasible, MINI_POINTS);
	for (int i = 0; i < MINI_POINTS; i++) {
		const struct feasible_point *f = &answer.feasible[i];
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
		m.point[i].target_w.v = mini_window(i) == WINDOW_SHAVE ? answer.feasible[i].least_w.v
								       : answer.feasible[i].most_w.v;
	assert_items(submit(&m, 1), MINI_POINTS, MINI_POINTS);
}

/* Halving what was cleared halves what may be asked. */
static void test_halved(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);

	(void)state;
	mini_clear("clearing-2", "06-10T15:10", MINI_CLEARED_SHAVE / 2, MINI_CLEARED_FILL / 2);
	assert_refused(submit(&m, 1), E_UNKNOWN_NOTICE, "clearingId");  /* no longer in force */
	m.clearing_id = NULL;
	assert_int_equal(submit(&m, 1), E_ABOVE_CLEARED);
	assert_int_equal(desk.call.diag.n, MINI_SHAVE_END + MINI_FILL_END - MINI_FILL);
	m = mini_task("task-1", MINI_CLEARED_SHAVE / 2, MINI_CLEARED_FILL / 2);
	m.clearing_id = NULL;
	assert_items(submit(&m, 1), MINI_POINTS, MINI_POINTS);
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
	assert_items(submit(&m, 1), MINI_POINTS, 0);
	assert_int_equal(answer.n_feasible, MINI_POINTS);
	assert_int_equal(answer.feasible[0].least_w.v, 22000);
	assert_int_equal(answer.feasible[0].most_w.v, 26000);
	assert_string_equal(stored(), before);
	m.point[6].target_w.v -= 1;
	assert_refused(submit(&m, 1), E_ABOVE_CLEARED, "point[7]/targetMw");
	assert_int_equal(answer.n_feasible, MINI_POINTS);
	assert_string_equal(stored(), before);
	mode = TASK_MODE_SUBMIT;
	m.point[6].target_w.v += 1;
	assert_items(submit(&m, 1), MINI_POINTS, MINI_POINTS);
}

static void test_potential(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", 3001, 2000);

	(void)state;
	tell_potential(2000, 3000);
	assert_int_equal(submit(&m, 1), E_ABOVE_POTENTIAL);
	assert_int_equal(desk.call.diag.n, MINI_SHAVE_END);
	assert_diag(0, E_ABOVE_POTENTIAL, "point[1]/targetMw");
	assert_int_equal(answer.feasible[0].least_w.v, 23000);
	assert_int_equal(answer.feasible[0].most_w.v, 26000);
	m = mini_task("task-1", 3000, 2001);
	assert_int_equal(submit(&m, 1), E_ABOVE_POTENTIAL);
	assert_int_equal(desk.call.diag.n, MINI_FILL_END - MINI_FILL);
	m = mini_task("task-1", 3000, 2000);
	assert_items(submit(&m, 1), MINI_POINTS, MINI_POINTS);
}

static void test_nothing_told(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", 1000, 1000);

	(void)state;
	assert_int_equal(db_exec(desk.db, "DELETE FROM potential", DB_NO_ARGS), 0);
	assert_refused(submit(&m, 1), E_ABOVE_POTENTIAL, "grid/start");
	assert_int_equal(answer.n_feasible, 0);
}

static void test_conflicts(void **state)
{
	struct dsp_submit_dispatch_task evening = mini_task_part("task-1", 1000, 1000, 0, MINI_FILL);
	struct dsp_submit_dispatch_task night = mini_task_part("task-2", 1000, 1000, MINI_FILL, MINI_POINTS);
	struct dsp_submit_dispatch_task late = mini_task_part("task-3", 1000, 1000, MINI_FILL - 1, MINI_FILL);
	struct task_row task;

	(void)state;
	assert_items(submit(&evening, 2), MINI_FILL, MINI_FILL);
	assert_items(submit(&night, 1), MINI_POINTS - MINI_FILL, MINI_POINTS - MINI_FILL);
	assert_refused(submit(&late, 1), E_TASK_CONFLICT, "grid/start");
	/* the same task again: newer replaces whole, until it starts */
	assert_refused(submit(&evening, 2), E_REVISION, "header/revision");
	evening = mini_task_part("task-1", 500, 500, 4, MINI_FILL - 1);
	assert_items(submit(&evening, 3), MINI_FILL - 5, MINI_FILL - 5);
	assert_int_equal(task_find(desk.arena, desk.db, "task-1", &task), 0);
	assert_int_equal(task.grid.n, MINI_FILL - 5);
	assert_int_equal(task.point[0].target_w, 25500);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM task_point WHERE task_id = 'task-1'"), MINI_FILL - 5);
	assert_items(submit(&late, 1), 1, 1);
	assert_refused(submit_at(&night, "06-11T00:00", 2), E_TASK_CONFLICT, "taskId");
	assert_string_equal(mini_rows("SELECT message_id FROM outbox WHERE operation = 'PushTaskProgress' ORDER BY seq"),
		"TP-2-accepted-task-1\nTP-1-accepted-task-2\nTP-3-accepted-task-1\nTP-1-accepted-task-3\n");
}

static void test_foreign_id(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", 1000, 1000);
	struct call *c;

	(void)state;
	assert_items(submit(&m, 1), MINI_POINTS, MINI_POINTS);
	c = mini_begin("dispatch-2", "06-10T17:41", 2);
	assert_refused(desk_end(dispatch_submit_task(c, &m, &answer)), E_RESOURCE_TAKEN, "taskId");
}

static void test_no_sink(void **state)
{
	struct dsp_submit_dispatch_task m = mini_task("task-1", 1000, 1000);

	(void)state;
	desk.hub.dispatch_peer = "";
	assert_items(submit(&m, 1), MINI_POINTS, MINI_POINTS);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE operation <> 'PushStatic'"), 0);
	desk.hub.dispatch_peer = "dispatch";
}

/* -- starting */

static int accepted(void **state)
{
	struct dsp_submit_dispatch_task m;

	day(state);
	m = mini_task("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);
	return submit(&m, 1);
}

static int started(void **state)
{
	assert_int_equal(accepted(state), 0);
	mini_frame("agg-a", desk_at("06-10T18:00"));
	mini_frame("agg-b", desk_at("06-10T18:00"));
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:00"), 1);
	return 0;
}

/* What a start leaves, in terms of ids. */
static const char *outcome(void)
{
	return arena_printf(desk.arena, "%s%s%s%s%s%s",
		mini_rows(
			"SELECT CONCAT_WS(' ', task_id, state, revision, planned_deviation_w, least_deviation_w,"
			" proportional_deviation_w, proportional_missed_wh, proportional_short) FROM task ORDER"
			" BY task_id"),
		mini_rows("SELECT CONCAT_WS(' ', task_id, no, planned_w) FROM task_point ORDER BY task_id, no"),
		mini_rows(
			"SELECT CONCAT_WS(' ', a.aggregator_id, s.session_id, c.first_no, c.n, HEX(c.power_w),"
			" c.before_wh,"
			" c.reachable_wh, c.planned_wh) FROM schedule c JOIN session s ON s.session_no = c.session_no"
			" JOIN aggregator a ON a.aggregator_no = s.aggregator_no ORDER BY a.aggregator_id,"
			" s.session_id"),
		mini_rows("SELECT CONCAT_WS(' ', c.control_id, c.task_id, c.revision, c.attempt, c.first_no, c.latest_ms,"
			  " a.aggregator_id) FROM control c"
			  " JOIN aggregator a ON a.aggregator_no = c.aggregator_no ORDER BY c.control_id"),
		mini_rows(
			"SELECT CONCAT_WS(' ', peer, operation, message_id, channel, items, state, body,"
			" created_ms, expires_ms)"
			" FROM outbox ORDER BY message_id"),
		mini_rows("SELECT CONCAT_WS(' ', name, due_key, state) FROM job ORDER BY name, due_key"));
}

static void test_not_due(void **state)
{
	(void)state;
	assert_int_equal(mini_job_at(dispatch_start_due, desk_at("06-10T18:00") - 1), 0);
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:00"), 0);       /* no frame of 18:00 yet */
	mini_frame("agg-b", desk_at("06-10T18:00"));
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:00"), 0);       /* one aggregator's only */
	mini_frame("agg-a", desk_at("06-10T18:00"));
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:00"), 1);
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:00"), 0);       /* once */
}

/* A silent aggregator is waited for, but not for ever. */
static void test_silent(void **state)
{
	(void)state;
	mini_frame("agg-a", desk_at("06-10T18:00"));
	assert_int_equal(mini_job_at(dispatch_start_due, desk_at("06-10T18:00") + desk.hub.settle_ms - 1), 0);
	assert_int_equal(mini_job_at(dispatch_start_due, desk_at("06-10T18:00") + desk.hub.settle_ms), 1);
}

static struct schedule load_schedule(void)
{
	struct schedule schedule;

	assert_int_equal(schedule_load(desk.arena, desk.db, "task-1", 1, &schedule), 0);
	return schedule;
}

/* A pile's energy before control by the figures put in, whole Wh. */
static int64_t before_wh(const struct mini_session *s)
{
	struct timegrid grid = mini_grid();
	int64_t sum_w = 0;

	for (int t = 0; t < MINI_FIRST; t++)
		if (timegrid_overlap(&grid, t, desk_at(s->arrival), desk_at(s->departure)) > 0)
			sum_w += mini_before_w(s->pile, t);
	return decimal_div(sum_w, 4);
}

static const struct schedule_row *row_of(const struct schedule *schedule, const struct mini_session *s)
{
	for (size_t i = 0; i < schedule->n; i++)
		if (strcmp(schedule->item[i].session_id, s->id) == 0 &&
		    strcmp(schedule->item[i].pile_id, mini_pile[s->pile].id) == 0)
			return &schedule->item[i];
	fail_msg("no schedule of %s at %s", s->id, mini_pile[s->pile].id);
	return NULL;
}

/* Energies, limits and sums of what was stored, checked from the stays and limits put in. */
static void test_schedule(void **state)
{
	struct schedule schedule = load_schedule();
	struct timegrid grid = mini_grid();
	int64_t station_w[MINI_STATIONS][MINI_POINTS] = { { 0 } };
	struct task_row task;

	(void)state;
	assert_int_equal(schedule.n, MINI_SESSIONS);
	for (int i = 0; i < MINI_SESSIONS; i++) {
		const struct mini_session *s = &mini_session[i];
		const struct schedule_row *row = row_of(&schedule, s);
		int64_t sum_w = 0;
		int touched = 0;

		assert_string_equal(row->aggregator_id, mini_owner(s->pile));
		assert_int_equal(row->before_wh, before_wh(s));
		for (int t = MINI_FIRST; t < MINI_N; t++) {
			int64_t share_ms = timegrid_overlap(&grid, t, desk_at(s->arrival), desk_at(s->departure));
			int k = t - MINI_FIRST - row->first;

			if (share_ms == 0)
				continue;
			touched++;
			assert_in_range(k, 0, row->n - 1);
			assert_in_range(row->power_w[k], 0, s->max_w * share_ms / grid.step_ms + 1);
			station_w[mini_pile[s->pile].station][t - MINI_FIRST] += row->power_w[k];
			sum_w += row->power_w[k];
		}
		assert_int_equal(row->n, touched);
		assert_true(llabs(row->before_wh + sum_w / 4 - row->planned_wh) <= 1);
		assert_true(llabs(row->planned_wh - row->reachable_wh) <= 1);
		assert_true(row->reachable_wh <= (s->need_wh > row->before_wh ? s->need_wh : row->before_wh));
		if (strcmp(s->id, "s07") != 0 && touched > 0)
			assert_int_equal(row->reachable_wh, s->need_wh > row->before_wh ? s->need_wh : row->before_wh);
	}
	assert_int_equal(task_find(desk.arena, desk.db, "task-1", &task), 0);
	for (int t = 0; t < MINI_POINTS; t++) {
		int64_t sum_w = 0;

		for (int i = 0; i < MINI_STATIONS; i++) {
			assert_true(station_w[i][t] <= mini_station[i].limit_w);
			sum_w += station_w[i][t];
		}
		assert_int_equal(task.point[t].planned_w, sum_w);
	}
	assert_int_equal(task.state, TASK_STATE_STARTED);
	assert_int_equal(task.revision, 1);
	assert_true(task.plan.least_deviation_w > 0 && task.plan.planned_deviation_w >= task.plan.least_deviation_w);
	assert_true(task.plan.proportional_deviation_w >= task.plan.planned_deviation_w);
}

static void test_told(void **state)
{
	struct schedule schedule = load_schedule();
	struct outbox_message progress, control;
	struct task_row task;
	int64_t values[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < schedule.n; i++)
		values[strcmp(schedule.item[i].aggregator_id, "agg-b") == 0] += schedule.item[i].n;
	for (int i = 0; i < 2; i++) {
		const char *id = i == 0 ? "CT-1-task-1/agg-a" : "CT-1-task-1/agg-b";

		assert_int_equal(outbox_find(desk.arena, desk.db, id, &control), 0);
		assert_string_equal(control.peer, i == 0 ? "agg-a" : "agg-b");
		assert_int_equal(control.channel, OUTBOX_FETCH);
		assert_int_equal(control.items, values[i]);
		assert_int_equal(control.expires_ms, desk_at("06-10T18:02"));
		assert_int_equal(control.body_n, 0);
	}
	assert_int_equal(task_find(desk.arena, desk.db, "task-1", &task), 0);
	assert_int_equal(outbox_find(desk.arena, desk.db, "TP-1-started-task-1", &progress), 0);
	assert_string_equal(progress.body,
		arena_printf(desk.arena,
			"TP-1-started-task-1 task-1 state=%d at=%lld planned=%lld"
			" least=%lld measured=%lld",
			(int)TASK_STATE_STARTED, (long long)desk_at("06-10T18:00"),
			(long long)task.plan.planned_deviation_w, (long long)task.plan.least_deviation_w,
			(long long)VALUE_NONE));
}

/* An aggregator without stations is handed a curve too: an empty one. */
/* What a schedule was made of is not changed behind it; another vehicle may still be told. */
static void test_scheduled_need_stands(void **state)
{
	struct call *c = mini_begin("agg-a", "06-10T18:30", 1);
	const struct mini_session *s = &mini_session[1];
	char id[] = "s02", fresh[] = "s99", pile[] = "a1", free_pile[] = "a7";
	struct session list[] = {
		{ .id = fresh, .pile_id = free_pile, .arrival = { desk_at("06-10T18:30") },
			.departure = { desk_at("06-10T19:30") }, .need_wh = { 5000 }, .max_w = { 7000 },
			.wish_wh = { VALUE_NONE }, .wish_departure = { VALUE_NONE } },
		{ .id = id, .pile_id = pile, .arrival = { desk_at(s->arrival) }, .departure = { desk_at(s->departure) },
			.need_wh = { s->need_wh / 2 }, .max_w = { s->max_w }, .wish_wh = { VALUE_NONE },
			.wish_departure = { VALUE_NONE } },
	};
	struct agg_report_sessions m = { &desk.header, 2, list };

	(void)state;
	assert_items(desk_end(registry_report_sessions(c, &m)), 2, 1);
	assert_int_equal(c->diag.n, 1);
	assert_diag(0, E_TASK_CONFLICT, "session[2]");
	assert_string_equal(mini_rows("SELECT CONCAT(s.need_wh) FROM session s JOIN aggregator a ON a.aggregator_no ="
				      " s.aggregator_no WHERE a.aggregator_id = 'agg-a' AND s.session_id = 's02'"),
		"30000\n");
}

static void test_bystander(void **state)
{
	struct party party = { .id = arena_strdup(desk.arena, "agg-z"), .name = arena_strdup(desk.arena, "n"),
		.address = arena_strdup(desk.arena, "a") };
	struct agg_fetch_control_response empty = { 0 };
	struct call *c;

	assert_int_equal(accepted(state), 0);
	c = mini_begin("agg-z", "06-10T17:50", 1);
	assert_int_equal(desk_end(registry_report_ledger(c, &(struct agg_report_ledger){ .header = &desk.header,
		.aggregator = &party })), 0);
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:01"), 1);
	c = mini_begin("agg-z", "06-10T18:01", 1);
	assert_int_equal(desk_end(control_fetch(c, &(struct agg_fetch_control){ .header = &desk.header }, &empty)), 0);
	assert_int_equal(empty.n_control, 1);
	assert_int_equal(empty.control[0].n_session, 0);
	assert_int_equal(empty.control[0].total_w.n, MINI_POINTS);
	for (int i = 0; i < MINI_POINTS; i++)
		assert_int_equal(empty.control[0].total_w.item[i].v, 0);
}

/* -- the same whatever happened on the way */

static const char *checkpoint_seen;
static void checkpoint(const char *name) { checkpoint_seen = name; }

static void test_undone(void **state)
{
	const char *first, *before;
	struct call *c;

	(void)state;
	mini_frame("agg-a", desk_at("06-10T18:00"));
	mini_frame("agg-b", desk_at("06-10T18:00"));
	before = outcome();
	desk.hub.checkpoint = checkpoint;
	c = mini_begin("scheduler", "06-10T18:00", 1);
	c->w.seq = VALUE_NONE;
	assert_int_equal(dispatch_start_due(&c->w), 1);
	assert_string_equal(checkpoint_seen, "decompose");
	desk.hub.checkpoint = NULL;
	first = outcome();
	db_rollback(desk.db);
	assert_string_not_equal(first, before);
	assert_string_equal(outcome(), before);
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:00"), 1);
	assert_string_equal(outcome(), first);
}

static void test_shuffled(void **state)
{
	const char *first;
	struct dsp_submit_dispatch_task m;

	started(state);
	first = outcome();
	mini_day(true);
	m = mini_task("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);
	assert_items(submit(&m, 1), MINI_POINTS, MINI_POINTS);
	mini_frame("agg-b", desk_at("06-10T18:00"));
	mini_frame("agg-a", desk_at("06-10T18:00"));
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:00"), 1);
	assert_string_equal(outcome(), first);
}

/* A stay that began on the day before has what it got by then, across the days' boundary. */
static void test_long_stay(void **state)
{
	struct schedule schedule;
	struct session s = { .id = arena_strdup(desk.arena, "long"), .pile_id = arena_strdup(desk.arena, "a7"),
		.arrival = { desk_at("06-10T11:40") }, .departure = { desk_at("06-10T21:00") }, .need_wh = { 9000 },
		.max_w = { 11000 }, .wish_wh = { VALUE_NONE }, .wish_departure = { VALUE_NONE } };
	struct agg_report_sessions m = { &desk.header, 1, &s };
	struct call *c;

	assert_int_equal(accepted(state), 0);
	c = mini_begin("agg-a", "06-10T17:45", 1);
	assert_items(desk_end(registry_report_sessions(c, &m)), 1, 1);
	mini_put(6, -2, 15, 15 * 3001);
	mini_put(6, -1, 15, 15 * 3000);
	mini_put(6, 0, 15, 15 * 2000);
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:01"), 1);
	schedule = load_schedule();
	assert_string_equal(schedule.item[0].session_id, "long");
	assert_int_equal(schedule.item[0].before_wh, 2000);     /* 8001 W of a quarter, to the Wh */
	assert_int_equal(schedule.item[0].planned_wh, 9000);    /* 8250 could still be had */
}

/* -- handing over */

static struct agg_fetch_control_response fetched;

static void fetch(const char *aggregator)
{
	struct call *c = mini_begin(aggregator, "06-10T18:00", 1);

	memset(&fetched, 0, sizeof fetched);
	assert_int_equal(desk_end(control_fetch(c, &(struct agg_fetch_control){ .header = &desk.header }, &fetched)), 0);
}

static int acknowledge(const char *aggregator, const char *id, enum decision decision, int32_t rows)
{
	struct diagnostic reason = { .code = arena_strdup(desk.arena, "busy") };
	struct agg_acknowledge_control m = { &desk.header, arena_strdup(desk.arena, id), decision, { rows },
		decision == DECISION_REFUSED, &reason };
	struct call *c = mini_begin(aggregator, "06-10T18:00", 1);

	return desk_end(control_acknowledge(c, &m));
}

/* A pile that feeds back leaves its vehicle with less than nothing: it is charged that too, and nobody's start waits. */
static void test_gave_back(void **state)
{
	struct schedule schedule;
	const struct schedule_row *r;
	int64_t before = decimal_div(-12000 + mini_before_w(0, MINI_FIRST - 1), 4), sum_w = 0;

	(void)state;
	mini_put(0, MINI_FIRST - 2, 15, 15 * -12000);
	mini_frame("agg-a", desk_at("06-10T18:00"));
	mini_frame("agg-b", desk_at("06-10T18:00"));
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:00"), 1);
	schedule = load_schedule();
	r = row_of(&schedule, &mini_session[1]);        /* a/s02 */
	for (int k = 0; k < r->n; k++)
		sum_w += r->power_w[k];
	assert_true(before < 0);
	assert_int_equal(r->before_wh, before);
	assert_int_equal(r->reachable_wh, mini_session[1].need_wh);
	assert_true(llabs(before + decimal_div(sum_w, 4) - r->planned_wh) <= 1);
	assert_true(llabs(r->planned_wh - r->reachable_wh) <= 5);
}

static void test_fetch(void **state)
{
	struct schedule schedule = load_schedule();
	const struct control *control;
	int64_t total_w[MINI_POINTS] = { 0 };
	const char *last = "";

	(void)state;
	fetch("agg-a");
	assert_int_equal(fetched.n_control, 1);
	control = &fetched.control[0];
	assert_string_equal(control->control_id, "CT-1-task-1/agg-a");
	assert_string_equal(control->task_id, "task-1");
	assert_int_equal(control->revision.v, 1);
	assert_int_equal(control->grid->start.v, desk_at("06-10T18:00"));
	assert_int_equal(control->grid->count.v, MINI_POINTS);
	assert_int_equal(control->grid->step_min.v, 15);
	assert_int_equal(control->fallback, FALLBACK_KEEP_SCHEDULE);
	assert_int_equal(control->n_session, 7);        /* of eight: s01 is gone */
	for (int i = 0; i < control->n_session; i++) {
		const struct control_session *s = &control->session[i];
		const struct schedule_row *row = NULL;

		assert_true(strcmp(last, s->session_id) < 0);
		last = s->session_id;
		for (size_t k = 0; k < schedule.n; k++)
			if (strcmp(schedule.item[k].session_id, s->session_id) == 0 &&
			    strcmp(schedule.item[k].aggregator_id, "agg-a") == 0)
				row = &schedule.item[k];
		assert_non_null(row);
		assert_string_equal(s->pile_id, row->pile_id);
		assert_int_equal(s->first.v, row->first + 1);
		assert_int_equal(s->power_w.n, row->n);
		for (int k = 0; k < row->n; k++) {
			assert_int_equal(s->power_w.item[k].v, row->power_w[k]);
			total_w[row->first + k] += row->power_w[k];
		}
	}
	assert_int_equal(control->total_w.n, MINI_POINTS);
	for (int i = 0; i < MINI_POINTS; i++)
		assert_int_equal(control->total_w.item[i].v, total_w[i]);
	assert_int_equal(
		desk_count("SELECT COUNT(*) FROM outbox WHERE operation = 'Control' AND state = 'delivered'"), 1);
	fetch("agg-a");
	assert_int_equal(fetched.n_control, 1);         /* until it is acknowledged */
	fetch("agg-x");
	assert_int_equal(fetched.n_control, 0);
}

/* A control message nobody asked for is given up at its deadline, and not handed out any more. */
static void test_expired(void **state)
{
	int64_t end_ms = desk_at("06-10T18:02");

	(void)state;
	assert_int_equal(mini_job_at(control_expire_due, end_ms - 1), 0);
	assert_int_equal(mini_job_at(control_expire_due, end_ms), 2);
	assert_int_equal(mini_job_at(control_expire_due, end_ms), 0);
	assert_string_equal(mini_rows("SELECT CONCAT_WS(' ', peer, state) FROM outbox WHERE operation = 'Control' ORDER"
				      " BY peer"), "agg-a expired\nagg-b expired\n");
	fetch("agg-a");
	assert_int_equal(fetched.n_control, 0);
}

static void test_acknowledge(void **state)
{
	struct outbox_message control;

	(void)state;
	fetch("agg-a");
	assert_int_equal(outbox_find(desk.arena, desk.db, "CT-1-task-1/agg-a", &control), 0);
	assert_refused(acknowledge("agg-a", "CT-1-task-1/agg-x", DECISION_ACCEPTED, 1), E_UNKNOWN_CONTROL, "controlId");
	assert_refused(acknowledge("agg-a", "CT-1-task-1/agg-b", DECISION_ACCEPTED, 1), E_UNKNOWN_CONTROL, "controlId");
	assert_null(desk.call.diag.item[0].detail);     /* like the unknown one */
	assert_refused(
		acknowledge("dispatch", "TP-1-started-task-1", DECISION_ACCEPTED, 1), E_UNKNOWN_CONTROL, "controlId");
	assert_refused(acknowledge("agg-a", "CT-1-task-1/agg-a", DECISION_ACCEPTED, (int32_t)control.items - 1),
		E_RANGE, "rows");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE answered_us IS NOT NULL"), 0);
	assert_items(acknowledge("agg-a", "CT-1-task-1/agg-a", DECISION_ACCEPTED, (int32_t)control.items), 1, 1);
	assert_items(acknowledge("agg-a", "CT-1-task-1/agg-a", DECISION_ACCEPTED, (int32_t)control.items), 1, 1);
	assert_refused(acknowledge("agg-a", "CT-1-task-1/agg-a", DECISION_REFUSED, 0), E_UNKNOWN_CONTROL, "controlId");
	assert_int_equal(outbox_find(desk.arena, desk.db, "CT-1-task-1/agg-a", &control), 0);
	assert_int_equal(control.state, OUTBOX_ACCEPTED);
	assert_int_equal(control.answer_items_stored, control.items);
	fetch("agg-a");
	assert_int_equal(fetched.n_control, 0);
	assert_items(acknowledge("agg-b", "CT-1-task-1/agg-b", DECISION_REFUSED, 7), 1, 1);
	assert_int_equal(outbox_find(desk.arena, desk.db, "CT-1-task-1/agg-b", &control), 0);
	assert_int_equal(control.state, OUTBOX_REJECTED);
	assert_int_equal(control.answer_items_stored, 0);
}

/* -- asking */

static void test_query(void **state)
{
	struct dsp_query_dispatch_task m = { &desk.header, arena_strdup(desk.arena, "task-1") };
	struct dsp_query_dispatch_task_response told = { 0 };
	struct call *c = mini_begin("dispatch", "06-10T18:50", 1);
	struct task_row task;

	(void)state;
	for (int pile = 0; pile < MINI_PILES; pile++)
		for (int t = MINI_FIRST; t < MINI_FIRST + 4; t++)
			if (t != MINI_FIRST + 1)
				mini_put(pile, t, 2, 2 * 100 + 1);      /* 100.5 W is 101 W */
	assert_int_equal(desk_end(dispatch_query_task(c, &m, &told)), 0);
	assert_int_equal(task_find(desk.arena, desk.db, "task-1", &task), 0);
	assert_int_equal(*told.state, TASK_STATE_STARTED);
	assert_int_equal(told.planned_deviation_w.v, task.plan.planned_deviation_w);
	assert_int_equal(told.least_deviation_w.v, task.plan.least_deviation_w);
	assert_true(is_none(told.measured_deviation_w.v));
	assert_int_equal(told.n_point, MINI_POINTS);
	for (int i = 0; i < MINI_POINTS; i++) {
		assert_int_equal(told.point[i].no.v, i + 1);
		assert_int_equal(told.point[i].target_w.v, task.point[i].target_w);
		assert_int_equal(told.point[i].planned_w.v, task.point[i].planned_w);
		/* over and heard of: the first and the third */
		assert_int_equal(told.point[i].measured_w.v, i == 0 || i == 2 ? 101 * MINI_PILES : VALUE_NONE);
	}
	c = mini_begin("dispatch", "06-10T18:50", 1);
	m.task_id = arena_strdup(desk.arena, "task-9");
	assert_refused(desk_end(dispatch_query_task(c, &m, &told)), E_UNKNOWN_TASK, "taskId");
}

static void test_message_ids(void **state)
{
	static const char *const long_id = "T123456789012345678901234567890123456789012345678901234567890123";
	const char *id, *other;

	(void)state;
	assert_int_equal(strlen(long_id), MESSAGE_ID_MOST);
	assert_int_equal(message_id_progress(desk.arena, "t", 2, TASK_STATE_ENDED, &id), 0);
	assert_string_equal(id, "TP-2-ended-t");
	assert_int_equal(message_id_progress(desk.arena, long_id, 2, TASK_STATE_ENDED, &id), 0);
	assert_int_equal(message_id_progress(desk.arena, long_id, 2, TASK_STATE_SETTLED, &other), 0);
	assert_int_equal(strlen(id), MESSAGE_ID_MOST);
	assert_string_not_equal(id, other);
	/* two pairs that would read alike */
	assert_int_equal(message_id_control(desk.arena, "t/a", 1, "b", 1, &id), 0);
	assert_int_equal(message_id_control(desk.arena, "t", 1, "a/b", 1, &other), 0);
	assert_string_equal(other, "CT-1-t/a/b");
	assert_string_not_equal(id, other);
	assert_int_equal(message_id_control(desk.arena, long_id, 1, long_id, 1, &id), 0);
	assert_int_equal(strlen(id), MESSAGE_ID_MOST);
	assert_int_equal(message_id_control(desk.arena, long_id, 1, long_id, 2, &other), 0);
	assert_string_not_equal(id, other);
	assert_int_equal(message_id_control(desk.arena, "t", 1, "a", 2, &id), 0);
	assert_string_equal(id, "CT-1.2-t/a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message_ids),
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
		cmocka_unit_test_setup(test_not_due, accepted),
		cmocka_unit_test_setup(test_silent, accepted),
		cmocka_unit_test_setup(test_schedule, started),
		cmocka_unit_test_setup(test_told, started),
		cmocka_unit_test_setup(test_scheduled_need_stands, started),
		cmocka_unit_test(test_bystander),
		cmocka_unit_test_setup(test_undone, accepted),
		cmocka_unit_test(test_shuffled),
		cmocka_unit_test(test_long_stay),
		cmocka_unit_test_setup(test_gave_back, accepted),
		cmocka_unit_test_setup(test_fetch, started),
		cmocka_unit_test_setup(test_expired, started),
		cmocka_unit_test_setup(test_acknowledge, started),
		cmocka_unit_test_setup(test_query, started),
	};

	return cmocka_run_group_tests_name("dispatch", tests, set_up, tear_down);
}
