/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* How a task is started; a start that is undone or whose inputs came in another order gives the same. */
#include "handler/mini_task.h"
#include "handler/control.h"
#include "store/outbox.h"
#include "store/task.h"

/* -- starting */

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

/* Energies, limits and sums of what was stored, checked from the stays and limits put in. */
static void test_schedule(void **state)
{
	struct schedule schedule = mini_load(1);
	struct timegrid grid = mini_grid();
	int64_t station_w[MINI_STATIONS][MINI_POINTS] = { { 0 } };
	struct task_row task;

	(void)state;
	assert_int_equal(schedule.n, MINI_SESSIONS);
	for (int i = 0; i < MINI_SESSIONS; i++) {
		const struct mini_session *s = &mini_session[i];
		const struct schedule_row *row = mini_row_of(&schedule, s);
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
	struct schedule schedule = mini_load(1);
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

	assert_int_equal(mini_accepted(state), 0);
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

	mini_started(state);
	first = outcome();
	mini_day(true);
	m = mini_task("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);
	assert_items(mini_submit(&m, 1), MINI_POINTS, MINI_POINTS);
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

	assert_int_equal(mini_accepted(state), 0);
	c = mini_begin("agg-a", "06-10T17:45", 1);
	assert_items(desk_end(registry_report_sessions(c, &m)), 1, 1);
	mini_put(6, -2, 15, 15 * 3001);
	mini_put(6, -1, 15, 15 * 3000);
	mini_put(6, 0, 15, 15 * 2000);
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:01"), 1);
	schedule = mini_load(1);
	assert_string_equal(schedule.item[0].session_id, "long");
	assert_int_equal(schedule.item[0].before_wh, 2000);     /* 8001 W of a quarter, to the Wh */
	assert_int_equal(schedule.item[0].planned_wh, 9000);    /* 8250 could still be had */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_not_due, mini_accepted),
		cmocka_unit_test_setup(test_silent, mini_accepted),
		cmocka_unit_test_setup(test_schedule, mini_started),
		cmocka_unit_test_setup(test_told, mini_started),
		cmocka_unit_test_setup(test_scheduled_need_stands, mini_started),
		cmocka_unit_test(test_bystander),
		cmocka_unit_test_setup(test_undone, mini_accepted),
		cmocka_unit_test(test_shuffled),
		cmocka_unit_test(test_long_stay),
	};

	return cmocka_run_group_tests_name("dispatch", tests, mini_set_up, desk_tear_down);
}
