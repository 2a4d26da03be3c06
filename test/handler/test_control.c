/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What aggregators are handed and acknowledge, and what dispatch is told when it asks. */
#include "handler/mini_task.h"
#include "handler/control.h"
#include "handler/message_id.h"
#include "store/control.h"
#include "store/outbox.h"
#include "store/task.h"

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
	schedule = mini_load(1);
	r = mini_row_of(&schedule, &mini_session[1]);        /* a/s02 */
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
	struct schedule schedule = mini_load(1);
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
		cmocka_unit_test_setup(test_gave_back, mini_accepted),
		cmocka_unit_test_setup(test_fetch, mini_started),
		cmocka_unit_test_setup(test_expired, mini_started),
		cmocka_unit_test_setup(test_acknowledge, mini_started),
		cmocka_unit_test_setup(test_query, mini_started),
	};

	return cmocka_run_group_tests_name("dispatch", tests, mini_set_up, desk_tear_down);
}
