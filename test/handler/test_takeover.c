/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the others take over of a share that went back. */
#include "handler/parties.h"
#include "handler/assessment.h"
#include "store/assessment.h"
#include "store/revision.h"
#include "store/task.h"

/* Charging at once from a point on, alone at a station that does not bind: by the definition. */
static int64_t at_once_w(const struct mini_session *s, int64_t before_wh, int from, int point)
{
	struct timegrid grid = mini_grid();
	int64_t lacks_w = (s->need_wh - before_wh) * 4, w = 0;

	for (int t = from; t <= point; t++) {
		int64_t cap = decimal_div((__int128)s->max_w * timegrid_overlap(&grid, MINI_FIRST + t, desk_at(s->arrival),
			desk_at(s->departure)), grid.step_ms);

		w = cap < lacks_w ? cap : lacks_w > 0 ? lacks_w : 0;
		lacks_w -= w;
	}
	return w;
}

static double deviation_from(const struct task_row *task, const struct schedule *schedule, int from)
{
	double sum = 0, weight = 0;

	for (int t = from; t < MINI_POINTS; t++) {
		double d = (double)-task->point[t].target_w;

		for (size_t i = 0; i < schedule->n; i++)
			d += (double)party_power(&schedule->item[i], t);
		sum += (double)task->point[t].weight_ppm * d * d;
		weight += (double)task->point[t].weight_ppm;
	}
	return sum / weight;
}

/* As if agg-b had refused and the others gone on as before: agg-a by revision 1, agg-b at once. */
static struct schedule as_if_nothing_was_done(const struct schedule *first, const struct schedule *second)
{
	struct schedule mix = { ARENA_ARRAY(desk.arena, first->n, struct schedule_row), first->n };

	for (size_t i = 0; i < first->n; i++)
		mix.item[i] = strcmp(first->item[i].aggregator_id, "agg-b") == 0 ? second->item[i] : first->item[i];
	return mix;
}

static void test_others_take_over(void **state)
{
	struct schedule first = mini_load(1), second, undone;
	struct revision_rows revisions;
	struct share_returns returns;
	struct task_row task;

	(void)state;
	party_take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	party_refuse_all("agg-b");
	assert_int_equal(desk_count("SELECT MAX(revision) FROM schedule"), 1);
	assert_int_equal(party_pass(party_instant("06-10T18:14", 59)), 0);
	assert_int_equal(party_pass(desk_at("06-10T18:15")), 0);      /* waits for the frames of that minute */
	party_frames("06-10T18:15");
	assert_int_equal(party_pass(desk_at("06-10T18:15")), 1);
	second = mini_load(2);
	assert_int_equal(task_find(desk.arena, desk.db, "task-1", &task), 0);
	assert_int_equal(task.revision, 2);
	assert_int_equal(second.n, first.n);
	party_assert_kept(&second, "agg-a", 1);
	for (size_t i = 0; i < second.n; i++) {
		const struct mini_session *s = mini_session_of(&second.item[i]);

		/* what has passed stays */
		assert_int_equal(second.item[i].session_no, first.item[i].session_no);
		assert_int_equal(party_power(&second.item[i], 0), party_power(&first.item[i], 0));
		/* agg-b's go on as they like: b-s1 can carry all of them */
		for (int t = 1; t < MINI_POINTS && strcmp(second.item[i].aggregator_id, "agg-b") == 0; t++)
			assert_int_equal(party_power(&second.item[i], t), at_once_w(s, second.item[i].before_wh, 1, t));
	}
	for (int t = 0; t < MINI_POINTS; t++) {
		int64_t sum_w = 0;

		for (size_t i = 0; i < second.n; i++)
			sum_w += party_power(&second.item[i], t);
		assert_int_equal(task.point[t].planned_w, sum_w);
	}
	undone = as_if_nothing_was_done(&first, &second);
	assert_true(deviation_from(&task, &second, 1) < deviation_from(&task, &undone, 1));
	assert_int_equal(revision_load(desk.arena, desk.db, "task-1", &revisions), 0);
	assert_int_equal(revisions.n, 1);
	assert_int_equal(revisions.item[0].first_no, 1);
	assert_int_equal(revisions.item[0].made_ms, desk_at("06-10T18:15"));
	assert_true(revisions.item[0].planned_deviation_w >= 0);
	assert_int_equal(share_return_load(desk.arena, desk.db, "task-1", &returns), 0);
	assert_int_equal(returns.n, 1);
	assert_int_equal(returns.item[0].kept_revision, 0);
	assert_string_equal(returns.item[0].reason, "grid-fault");
	/* agg-a is told, from its new revision on; agg-b is left alone */
	assert_null(party_fetch("agg-b", desk_at("06-10T18:15")));
	assert_string_equal(party_take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:15")), "CT-2-task-1/agg-a");
	assert_int_equal(party_fetched.control[0].revision.v, 2);
	assert_int_equal(party_pass(desk_at("06-10T18:20")), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE operation = 'Control' AND state IN ('queued',"
				    " 'delivered')"), 0);
}

/* Who acknowledged a curve and then refuses the revised one keeps to the first. */
static void test_keeps_the_acknowledged_one(void **state)
{
	struct schedule first = mini_load(1), third;

	(void)state;
	desk.hub.control.tries = 1;
	party_take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	party_take("agg-b", DECISION_REFUSED, desk_at("06-10T18:01"));
	party_pass(desk_at("06-10T18:01"));
	party_frames("06-10T18:15");
	party_pass(desk_at("06-10T18:15"));
	party_take("agg-a", DECISION_REFUSED, desk_at("06-10T18:16"));
	party_pass(desk_at("06-10T18:16"));
	party_frames("06-10T18:30");
	assert_int_equal(party_pass(desk_at("06-10T18:30")), 1);
	desk.hub.control.tries = 3;
	third = mini_load(3);
	for (size_t i = 0; i < third.n; i++)
		for (int t = 2; t < MINI_POINTS && strcmp(third.item[i].aggregator_id, "agg-a") == 0; t++)
			assert_int_equal(party_power(&third.item[i], t), party_power(&first.item[i], t));
	assert_string_equal(mini_rows("SELECT CONCAT_WS(' ', a.aggregator_id, r.revision, IFNULL(r.kept_revision, '-')) FROM"
				      " share_return r JOIN aggregator a ON a.aggregator_no = r.aggregator_no ORDER BY 1"),
		"agg-a 3 1\nagg-b 2 -\n");
	assert_null(party_fetch("agg-a", desk_at("06-10T18:31")));
	assert_null(party_fetch("agg-b", desk_at("06-10T18:31")));
}

/* Everything the delivery leaves, in terms of ids. */
static const char *outcome(void)
{
	return arena_printf(desk.arena, "%s%s%s%s%s", party_controls(),
		mini_rows("SELECT CONCAT_WS(' ', c.revision, a.aggregator_id, s.session_id, c.first_no, c.n, HEX(c.power_w),"
			  " c.before_wh, c.reachable_wh, c.planned_wh) FROM schedule c JOIN session s ON s.session_no ="
			  " c.session_no JOIN aggregator a ON a.aggregator_no = s.aggregator_no ORDER BY c.revision,"
			  " a.aggregator_id, s.session_id"),
		mini_rows("SELECT CONCAT_WS(' ', revision, first_no, due_ms, made_ms, planned_deviation_w, least_deviation_w)"
			  " FROM task_revision ORDER BY revision"),
		mini_rows("SELECT CONCAT_WS(' ', kind, subject, reference, detail, at_ms) FROM event ORDER BY seq"),
		mini_rows("SELECT CONCAT_WS(' ', message_id, items, created_ms, expires_ms) FROM outbox WHERE operation <> 'PushEvent'"
			  " ORDER BY message_id"));
}

/* Every job undone once and done again gives the same. */
static void undone_first(int (*due)(struct work *w), int64_t now_ms)
{
	struct call *c = mini_begin("scheduler", "06-10T18:00", 1);
	const char *before, *first;

	db_rollback(desk.db);
	before = outcome();
	c = mini_begin("scheduler", "06-10T18:00", 1);
	c->w.now_ms = now_ms;
	c->w.seq = VALUE_NONE;
	assert_int_equal(due(&c->w), 1);
	first = outcome();
	db_rollback(desk.db);
	assert_string_equal(outcome(), before);
	assert_int_equal(mini_job_at(due, now_ms), 1);
	assert_string_equal(outcome(), first);
}

static void test_undone(void **state)
{
	(void)state;
	desk.hub.control.tries = 2;
	party_take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	party_take("agg-b", DECISION_REFUSED, desk_at("06-10T18:01"));
	undone_first(control_follow_due, desk_at("06-10T18:01"));
	undone_first(control_follow_due, desk_at("06-10T18:01"));
	undone_first(control_follow_due, party_instant("06-10T18:01", 30));
	party_take("agg-b", DECISION_REFUSED, party_instant("06-10T18:01", 30));
	undone_first(control_follow_due, party_instant("06-10T18:01", 30));
	desk.hub.control.tries = 3;
	party_frames("06-10T18:15");
	undone_first(dispatch_revise_due, desk_at("06-10T18:15"));
	assert_int_equal(party_pass(desk_at("06-10T18:15")), 0);
}

/* A hub that was away when its interval began makes it for the next one; after the task it is none's business. */
static void test_too_late(void **state)
{
	(void)state;
	party_refuse_all("agg-b");
	party_take("agg-a", DECISION_ACCEPTED, party_instant("06-10T18:01", 10));
	assert_int_equal(party_pass(desk_at("06-10T18:31")), 2);      /* seen to; put off */
	assert_string_equal(mini_rows("SELECT CONCAT_WS(' ', revision, first_no, made_ms IS NULL) FROM task_revision"),
		"2 3 1\n");
	assert_int_equal(mini_job(dispatch_revise_due, "06-11T12:00"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM task_revision"), 0);
	assert_int_equal(desk_count("SELECT MAX(revision) FROM schedule"), 1);
}

/* A second one that gives up before the interval begins goes into the same revision. */
static void test_both_refuse(void **state)
{
	(void)state;
	desk.hub.control.tries = 1;
	party_take("agg-a", DECISION_REFUSED, desk_at("06-10T18:01"));
	party_pass(desk_at("06-10T18:01"));
	assert_int_equal(party_pass(desk_at("06-10T18:02")), 2);      /* agg-b's expires, its share goes back */
	party_frames("06-10T18:15");
	assert_int_equal(party_pass(desk_at("06-10T18:15")), 1);
	desk.hub.control.tries = 3;
	assert_int_equal(desk_count("SELECT MAX(revision) FROM schedule"), 2);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM share_return WHERE revision = 2"), 2);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM control WHERE revision = 2"), 0);
}

/* What has not been answered when a newer curve is there is withdrawn. */
static void test_superseded(void **state)
{
	const char *old;

	(void)state;
	desk.hub.control.tries = 1;
	desk.hub.control.acknowledge_ms = 900 * MS_SECOND;
	mini_started(state);
	old = party_fetch("agg-a", desk_at("06-10T18:00"))->control_id;
	party_take("agg-b", DECISION_REFUSED, desk_at("06-10T18:00"));
	assert_int_equal(party_pass(desk_at("06-10T18:00")), 2);      /* nothing has passed: revision 2 is for 18:00 too */
	desk.hub.control.tries = 3;
	desk.hub.control.acknowledge_ms = 120 * MS_SECOND;
	assert_refused(party_answer("agg-a", old, DECISION_ACCEPTED, 1, desk_at("06-10T18:00")), E_UNKNOWN_CONTROL,
		"controlId");
	assert_string_equal(party_take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00")), "CT-2-task-1/agg-a");
	assert_string_equal(party_controls(), "CT-1-task-1/agg-a 0 withdrawn 1 0\nCT-1-task-1/agg-b 0 rejected 1 0\n"
		"CT-2-task-1/agg-a 0 accepted 0 0\n");
}

/* Everybody answers for what it acknowledged last, who acknowledged nothing for what it was given first. */
static void test_assessed_by_what_is_in_force(void **state)
{
	struct assessment_rows rows;
	struct schedule first = mini_load(1), second;

	(void)state;
	party_take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	party_refuse_all("agg-b");
	party_frames("06-10T18:15");
	party_pass(desk_at("06-10T18:15"));
	party_take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:15"));
	second = mini_load(2);
	mini_put_all(MINI_FIRST, MINI_N, 15, mini_before_w);
	mini_begin("scheduler", "06-11T12:01", 1);
	assert_int_equal(desk_end(assessment_run(&desk.call.w, "task-1")), 0);
	assert_int_equal(assessment_load(desk.arena, desk.db, "task-1", &rows), 0);
	assert_int_equal(rows.n, 2 * (MINI_SHAVE_END + MINI_FILL_END - MINI_FILL));
	for (size_t k = 0; k < rows.n; k++) {
		const struct assessment_row *r = &rows.item[k];
		bool is_a = strcmp(r->aggregator_id, "agg-a") == 0;
		const struct schedule *schedule = is_a ? &second : &first;
		int64_t sign = r->window == WINDOW_SHAVE ? -1 : 1, sum_w = 0, baseline_w = is_a ? 16000 : 10000, asked_w;

		for (size_t i = 0; i < schedule->n; i++)
			if (strcmp(schedule->item[i].aggregator_id, r->aggregator_id) == 0)
				sum_w += party_power(&schedule->item[i], r->no);
		asked_w = sign * (sum_w - baseline_w);
		assert_int_equal(r->asked_w, asked_w > 0 ? asked_w : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_others_take_over, mini_started),
		cmocka_unit_test_setup(test_keeps_the_acknowledged_one, mini_started),
		cmocka_unit_test_setup(test_undone, mini_started),
		cmocka_unit_test_setup(test_too_late, mini_started),
		cmocka_unit_test_setup(test_both_refuse, mini_started),
		cmocka_unit_test(test_superseded),
		cmocka_unit_test_setup(test_assessed_by_what_is_in_force, mini_started),
	};

	return cmocka_run_group_tests_name("delivery", tests, mini_set_up, desk_tear_down);
}
