/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Tasks that dispatch cancels before they begin or while they run. */
#include "handler/parties.h"
#include "handler/assessment.h"
#include "store/assessment.h"
#include "store/task.h"

static struct dsp_cancel_dispatch_task_response cancelled;

static int cancel(const char *sender, const char *from, const char *now)
{
	struct dsp_cancel_dispatch_task m = { &desk.header, arena_strdup(desk.arena, "task-1"), { desk_at(from) }, NULL };
	struct call *c = mini_begin(sender, now, 1);

	memset(&cancelled, 0, sizeof cancelled);
	return desk_end(dispatch_cancel_task(c, &m, &cancelled));
}

static void test_not_cancelled(void **state)
{
	(void)state;
	assert_refused(cancel("dispatch-2", "06-10T20:00", "06-10T19:00"), E_UNKNOWN_TASK, "taskId");
	assert_refused(cancel("dispatch", "06-10T18:45", "06-10T19:00"), E_TIME_ANCIENT, "from");
	assert_refused(cancel("dispatch", "06-10T17:00", "06-10T19:00"), E_TIME_ANCIENT, "from");
	assert_refused(cancel("dispatch", "06-11T12:00", "06-10T19:00"), E_TIME_FUTURE, "from");
	assert_refused(cancel("dispatch", "06-10T20:10", "06-10T19:00"), E_TIME_GRID, "from");
	assert_int_equal(desk_count("SELECT MAX(revision) FROM schedule"), 1);
	assert_int_equal(desk_count("SELECT n FROM task"), MINI_POINTS);
}

/* From 20:00 on everybody is free: eight intervals are left, and these are assessed. */
static void test_cancelled(void **state)
{
	struct schedule first = mini_load(1), second;
	struct assessment_rows rows;
	const struct control *control;
	struct task_row task;

	(void)state;
	party_take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	party_refuse_all("agg-b");
	assert_items(cancel("dispatch", "06-10T20:00", "06-10T18:10"), 1, 1);
	assert_int_equal(*cancelled.state, TASK_STATE_STARTED);
	assert_int_equal(cancelled.cancelled_from.v, desk_at("06-10T20:00"));
	assert_int_equal(task_find(desk.arena, desk.db, "task-1", &task), 0);
	assert_int_equal(task.grid.n, MINI_SHAVE_END);
	assert_int_equal(task.revision, 2);
	second = mini_load(2);
	assert_int_equal(second.n, first.n);
	for (size_t i = 0; i < second.n; i++) {
		assert_true(second.item[i].n == 0 || second.item[i].first + second.item[i].n <= MINI_SHAVE_END);
		for (int t = 0; t < MINI_SHAVE_END; t++)
			assert_int_equal(party_power(&second.item[i], t), party_power(&first.item[i], t));
	}
	/* agg-a hears of it; agg-b is out, and its share is still taken over at 18:15 */
	control = party_fetch("agg-a", desk_at("06-10T18:10"));
	assert_string_equal(control->control_id, "CT-2-task-1/agg-a");
	assert_int_equal(control->grid->count.v, MINI_SHAVE_END);
	assert_int_equal(control->valid_until.v, desk_at("06-10T20:00"));
	assert_int_equal(party_answer("agg-a", control->control_id, DECISION_ACCEPTED, party_rows(control), desk_at("06-10T18:10")),
		0);
	assert_null(party_fetch("agg-b", desk_at("06-10T18:10")));
	party_frames("06-10T18:15");
	assert_int_equal(party_pass(desk_at("06-10T18:15")), 2);
	assert_int_equal(desk_count("SELECT MAX(revision) FROM schedule"), 3);
	assert_string_equal(mini_rows("SELECT message_id FROM outbox WHERE operation = 'PushTaskProgress' ORDER BY seq"),
		"TP-1-accepted-task-1\nTP-1-started-task-1\nTP-1-cancelled.8-task-1\n");
	mini_put_all(MINI_FIRST, MINI_N, 15, mini_before_w);
	mini_begin("scheduler", "06-11T12:01", 1);
	assert_int_equal(desk_end(assessment_run(&desk.call.w, "task-1")), 0);
	assert_int_equal(assessment_load(desk.arena, desk.db, "task-1", &rows), 0);
	assert_int_equal(rows.n, 2 * MINI_SHAVE_END);
	for (size_t k = 0; k < rows.n; k++)
		assert_int_equal(rows.item[k].window, WINDOW_SHAVE);
}

/* A refusal that nobody has seen to yet when the task is cut is answered by the shorter curve, not by the long one again. */
static void test_refused_just_before(void **state)
{
	(void)state;
	party_take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	party_take("agg-a", DECISION_REFUSED, party_instant("06-10T18:00", 10));
	assert_items(cancel("dispatch", "06-10T20:00", "06-10T18:01"), 1, 1);
	assert_int_equal(party_pass(desk_at("06-10T18:01")), 1);      /* what agg-b accepted is seen to */
	assert_int_equal(party_pass(party_instant("06-10T18:01", 30)), 0);
	party_take("agg-a", DECISION_REFUSED, party_instant("06-10T18:01", 30));
	assert_int_equal(party_pass(party_instant("06-10T18:01", 30)), 1);
	assert_int_equal(party_pass(desk_at("06-10T18:02")), 1);
	assert_string_equal(party_take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:02")), "CT-2.2-task-1/agg-a");
}

/* Who does not hear of it is told again, and then somebody is told of that. */
static void test_cancellation_unheard(void **state)
{
	(void)state;
	desk.hub.control.tries = 2;
	party_take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	party_take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	party_pass(desk_at("06-10T18:00"));
	assert_items(cancel("dispatch", "06-10T18:15", "06-10T18:15"), 1, 1);
	party_take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:15"));
	assert_int_equal(party_pass(desk_at("06-10T18:17")), 3);      /* expired; two seen to */
	assert_int_equal(party_pass(party_instant("06-10T18:17", 30)), 1);
	assert_int_equal(party_pass(desk_at("06-10T18:20")), 2);
	desk.hub.control.tries = 3;
	assert_string_equal(mini_rows("SELECT CONCAT_WS(' ', kind, subject) FROM event"), "cancellation-unheard agg-b\n");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM share_return"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM task_revision WHERE made_ms IS NULL"), 0);
}

static void test_cancelled_before_it_began(void **state)
{
	struct dsp_submit_dispatch_task_response answer = { 0 };
	struct dsp_submit_dispatch_task m;
	struct call *c;

	(void)state;
	mini_day(false);
	m = mini_task("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);
	c = mini_begin("dispatch", "06-10T17:40", 1);
	assert_items(desk_end(dispatch_submit_task(c, &m, &answer)), m.n_point, m.n_point);
	assert_items(cancel("dispatch", "06-10T17:45", "06-10T17:50"), 1, 1);
	assert_int_equal(*cancelled.state, TASK_STATE_CANCELLED);
	assert_int_equal(cancelled.cancelled_from.v, desk_at("06-10T18:00"));
	assert_refused(cancel("dispatch", "06-10T18:00", "06-10T17:51"), E_TASK_CONFLICT, "taskId");
	party_frames("06-10T18:00");
	assert_int_equal(party_pass(desk_at("06-10T18:00")), 0);
	/* its intervals are free for another one */
	m = mini_task("task-2", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);
	c = mini_begin("dispatch", "06-10T17:52", 1);
	assert_items(desk_end(dispatch_submit_task(c, &m, &answer)), m.n_point, m.n_point);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_not_cancelled, mini_started),
		cmocka_unit_test_setup(test_cancelled, mini_started),
		cmocka_unit_test_setup(test_refused_just_before, mini_started),
		cmocka_unit_test_setup(test_cancellation_unheard, mini_started),
		cmocka_unit_test(test_cancelled_before_it_began),
	};

	return cmocka_run_group_tests_name("delivery", tests, mini_set_up, desk_tear_down);
}
