/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Control curves that are refused, late or never acknowledged: given again, given up, and what the others take over. */
#include "handler/mini_day.h"
#include "handler/alarm.h"
#include "handler/assessment.h"
#include "handler/control.h"
#include "handler/dispatch.h"
#include "store/assessment.h"
#include "store/control.h"
#include "store/event.h"
#include "store/outbox.h"
#include "store/revision.h"
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

static int started(void **state)
{
	struct dsp_submit_dispatch_task_response answer = { 0 };
	struct dsp_submit_dispatch_task m;
	struct call *c;

	(void)state;
	mini_day(false);
	m = mini_task("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);
	c = mini_begin("dispatch", "06-10T17:40", 1);
	assert_items(desk_end(dispatch_submit_task(c, &m, &answer)), m.n_point, m.n_point);
	mini_frame("agg-a", desk_at("06-10T18:00"));
	mini_frame("agg-b", desk_at("06-10T18:00"));
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:00"), 1);
	return 0;
}

/* -- what the parties do */

static int64_t instant(const char *clock, int seconds)
{
	return desk_at(clock) + seconds * (int64_t)MS_SECOND;
}

/* Everything that is due at an instant, as the scheduler does it. */
static int pass(int64_t now_ms)
{
	static int (*const jobs[])(struct work *w) = { dispatch_start_due, control_expire_due, control_follow_due,
		dispatch_revise_due };
	int done = 0, rc;

	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++)
		while ((rc = mini_job_at(jobs[i], now_ms)) != 0) {
			assert_true(rc > 0);
			done++;
		}
	return done;
}

static struct agg_fetch_control_response fetched;

static const struct control *fetch(const char *aggregator, int64_t now_ms)
{
	struct call *c = mini_begin(aggregator, "06-10T18:00", 1);

	c->w.now_ms = now_ms;
	memset(&fetched, 0, sizeof fetched);
	assert_int_equal(desk_end(control_fetch(c, &(struct agg_fetch_control){ .header = &desk.header,
		.wait_s = { COUNT_NONE } }, &fetched)), 0);
	return fetched.n_control > 0 ? &fetched.control[0] : NULL;
}

static int32_t rows_of(const struct control *control)
{
	int32_t n = 0;

	for (int i = 0; i < control->n_session; i++)
		n += control->session[i].power_w.n;
	return n;
}

static int answer_with(const char *aggregator, const char *id, enum decision decision, int32_t rows, int64_t now_ms)
{
	struct diagnostic reason = { .code = arena_strdup(desk.arena, "grid-fault") };
	struct agg_acknowledge_control m = { &desk.header, arena_strdup(desk.arena, id), decision, { rows },
		decision == DECISION_REFUSED, &reason };
	struct call *c = mini_begin(aggregator, "06-10T18:00", 1);

	c->w.now_ms = now_ms;
	return desk_end(control_acknowledge(c, &m));
}

/* Fetches, and answers what came; its id. */
static const char *take(const char *aggregator, enum decision decision, int64_t now_ms)
{
	const struct control *control = fetch(aggregator, now_ms);

	assert_non_null(control);
	assert_int_equal(fetched.n_control, 1);
	assert_int_equal(answer_with(aggregator, control->control_id, decision, rows_of(control), now_ms), 0);
	return control->control_id;
}

/* What a fetch with waitS would rather wait for, and for how long. */
static int64_t fetch_waiting(const char *aggregator, int32_t wait_s, int64_t waited_ms)
{
	struct call *c = mini_begin(aggregator, "06-10T18:00", 1);

	c->waited_ms = waited_ms;
	memset(&fetched, 0, sizeof fetched);
	assert_int_equal(desk_end(control_fetch(c, &(struct agg_fetch_control){ &desk.header, { wait_s } }, &fetched)), 0);
	assert_true(c->wait_ms == 0 || c->wait_key == outbox_key(aggregator));
	return c->wait_ms;
}

static void test_waits(void **state)
{
	(void)state;
	assert_int_equal(fetch_waiting("agg-a", 30, 0), 0);     /* there is one */
	assert_int_equal(fetched.n_control, 1);
	take("agg-a", DECISION_ACCEPTED, instant("06-10T18:00", 10));
	assert_int_equal(fetch_waiting("agg-a", 30, 0), 30000);
	assert_int_equal(fetched.n_control, 0);
	assert_int_equal(fetch_waiting("agg-a", 30, 29999), 1);
	assert_int_equal(fetch_waiting("agg-a", 30, 30000), 0);
	assert_int_equal(fetch_waiting("agg-a", 30, 90000), 0);
	assert_int_equal(fetch_waiting("agg-a", 0, 0), 0);
}

/* An aggregator refuses whatever it is given until its share goes back. */
static void refuse_all(const char *aggregator)
{
	take(aggregator, DECISION_REFUSED, instant("06-10T18:00", 10));
	pass(instant("06-10T18:00", 10));
	pass(instant("06-10T18:00", 40));
	take(aggregator, DECISION_REFUSED, instant("06-10T18:00", 40));
	pass(instant("06-10T18:00", 40));
	pass(instant("06-10T18:01", 10));
	take(aggregator, DECISION_REFUSED, instant("06-10T18:01", 10));
	pass(instant("06-10T18:01", 10));
}

static void frames_at(const char *clock)
{
	mini_frame("agg-a", desk_at(clock));
	mini_frame("agg-b", desk_at(clock));
}

static const char *controls(void)
{
	return mini_rows("SELECT CONCAT_WS(' ', c.control_id, c.first_no, o.state, c.concluded_ms IS NOT NULL, c.again_ms IS"
			 " NOT NULL) FROM control c JOIN outbox o ON o.message_id = c.control_id ORDER BY o.seq");
}

static struct schedule load(int32_t revision)
{
	struct schedule schedule;

	assert_int_equal(schedule_load(desk.arena, desk.db, "task-1", revision, &schedule), 0);
	return schedule;
}

static int64_t power_at(const struct schedule_row *row, int point)
{
	return point >= row->first && point < row->first + row->n ? row->power_w[point - row->first] : 0;
}

/* -- given again */

static void test_refused_once(void **state)
{
	const struct control *again;
	const char *id;

	(void)state;
	assert_string_equal(take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00")), "CT-1-task-1/agg-b");
	id = take("agg-a", DECISION_REFUSED, instant("06-10T18:00", 10));
	assert_string_equal(id, "CT-1-task-1/agg-a");
	assert_int_equal(pass(instant("06-10T18:00", 10)), 2);
	assert_int_equal(pass(instant("06-10T18:00", 39)), 0);  /* 30 s later */
	assert_null(fetch("agg-a", instant("06-10T18:00", 39)));
	assert_int_equal(pass(instant("06-10T18:00", 40)), 1);
	again = fetch("agg-a", instant("06-10T18:00", 41));
	assert_string_equal(again->control_id, "CT-1.2-task-1/agg-a");
	assert_int_equal(again->revision.v, 1);
	assert_int_equal(answer_with("agg-a", again->control_id, DECISION_ACCEPTED, rows_of(again),
		instant("06-10T18:00", 42)), 0);
	assert_int_equal(pass(instant("06-10T18:00", 42)), 1);
	assert_int_equal(pass(desk_at("06-10T20:00")), 0);
	assert_string_equal(controls(), "CT-1-task-1/agg-a 0 rejected 1 0\nCT-1-task-1/agg-b 0 accepted 1 0\n"
		"CT-1.2-task-1/agg-a 0 accepted 1 0\n");
	assert_string_equal(mini_rows("SELECT reason FROM control WHERE reason IS NOT NULL"), "grid-fault\n");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event"), 0);
	assert_int_equal(desk_count("SELECT MAX(revision) FROM schedule"), 1);
}

/* Three deadlines pass; what was given up can not be acknowledged any more, what was given again can. */
static void test_silent(void **state)
{
	const char *late;

	(void)state;
	take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	late = fetch("agg-a", desk_at("06-10T18:00"))->control_id;
	assert_int_equal(pass(instant("06-10T18:01", 59)), 1);
	assert_int_equal(pass(desk_at("06-10T18:02")), 2);
	assert_null(fetch("agg-a", desk_at("06-10T18:02")));
	assert_refused(answer_with("agg-a", late, DECISION_ACCEPTED, 1, desk_at("06-10T18:02")), E_UNKNOWN_CONTROL,
		"controlId");
	assert_int_equal(pass(instant("06-10T18:02", 30)), 1);
	assert_int_equal(pass(instant("06-10T18:04", 30)), 2);
	assert_int_equal(pass(desk_at("06-10T18:05")), 1);
	assert_string_equal(fetch("agg-a", desk_at("06-10T18:05"))->control_id, "CT-1.3-task-1/agg-a");
	assert_int_equal(pass(desk_at("06-10T18:07")), 2);
	assert_string_equal(mini_rows("SELECT CONCAT_WS(' ', kind, subject, reference, at_ms, detail) FROM event"),
		arena_printf(desk.arena, "share-returned agg-a task-1 %lld control CT-1.3-task-1/agg-a expired, attempt 3:"
			     " not-acknowledged\n", (long long)desk_at("06-10T18:07")));
	assert_string_equal(mini_rows("SELECT CONCAT_WS(' ', revision, first_no, due_ms, made_ms IS NULL) FROM"
				      " task_revision"),
		arena_printf(desk.arena, "2 1 %lld 1\n", (long long)desk_at("06-10T18:15")));
}

/* A late one is taken as long as the deadline was not seen to have passed. */
static void test_in_time_for_the_last(void **state)
{
	const struct control *control;

	(void)state;
	desk.hub.control.latest_ms = 150 * MS_SECOND;
	started(state);
	take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	pass(desk_at("06-10T18:02"));
	assert_int_equal(pass(desk_at("06-10T18:05")), 0);      /* no attempt begins behind 18:02:30 */
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event"), 1);
	started(state);
	take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	take("agg-a", DECISION_REFUSED, desk_at("06-10T18:01"));
	pass(desk_at("06-10T18:01"));
	pass(instant("06-10T18:01", 30));
	control = fetch("agg-a", instant("06-10T18:01", 30));
	assert_string_equal(control->control_id, "CT-1.2-task-1/agg-a");
	assert_string_equal(mini_rows("SELECT CONCAT(expires_ms) FROM outbox WHERE message_id = 'CT-1.2-task-1/agg-a'"),
		arena_printf(desk.arena, "%lld\n", (long long)instant("06-10T18:02", 30)));
	desk.hub.control.latest_ms = 900 * MS_SECOND;
}

/* -- what the others take over */

static const struct mini_session *session_of(const struct schedule_row *row)
{
	for (int i = 0; i < MINI_SESSIONS; i++)
		if (strcmp(mini_session[i].id, row->session_id) == 0 &&
		    strcmp(mini_pile[mini_session[i].pile].id, row->pile_id) == 0)
			return &mini_session[i];
	fail_msg("no session %s at %s", row->session_id, row->pile_id);
	return NULL;
}

/* Stays, caps, needs and sums of what an aggregator is newly told from a point on, from the figures put in. */
static void assert_kept(const struct schedule *schedule, const char *aggregator, int from)
{
	struct timegrid grid = mini_grid();
	int64_t station_w[MINI_STATIONS][MINI_POINTS] = { { 0 } };

	for (size_t i = 0; i < schedule->n; i++) {
		const struct schedule_row *row = &schedule->item[i];
		const struct mini_session *s = session_of(row);
		int64_t sum_w = 0;

		if (strcmp(row->aggregator_id, aggregator) != 0)
			continue;
		for (int t = from; t < MINI_POINTS; t++) {
			int64_t share_ms = timegrid_overlap(&grid, MINI_FIRST + t, desk_at(s->arrival), desk_at(s->departure));
			int64_t w = power_at(row, t);

			assert_in_range(w, 0, s->max_w * share_ms / grid.step_ms + 1);
			station_w[mini_pile[s->pile].station][t] += w;
			sum_w += w;
		}
		assert_true(llabs(row->before_wh + decimal_div(sum_w, 4) - row->planned_wh) <= 1);
		assert_int_equal(row->planned_wh, row->reachable_wh);
		if (timegrid_begin(&grid, MINI_FIRST + from) < desk_at(s->departure) && strcmp(s->id, "s07") != 0)
			assert_int_equal(row->reachable_wh, row->before_wh > s->need_wh ? row->before_wh : s->need_wh);
	}
	for (int i = 0; i < MINI_STATIONS; i++)
		for (int t = from; t < MINI_POINTS; t++)
			assert_true(station_w[i][t] <= mini_station[i].limit_w);
}

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
			d += (double)power_at(&schedule->item[i], t);
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
	struct schedule first = load(1), second, undone;
	struct revision_rows revisions;
	struct share_returns returns;
	struct task_row task;

	(void)state;
	take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	refuse_all("agg-b");
	assert_int_equal(desk_count("SELECT MAX(revision) FROM schedule"), 1);
	assert_int_equal(pass(instant("06-10T18:14", 59)), 0);
	assert_int_equal(pass(desk_at("06-10T18:15")), 0);      /* waits for the frames of that minute */
	frames_at("06-10T18:15");
	assert_int_equal(pass(desk_at("06-10T18:15")), 1);
	second = load(2);
	assert_int_equal(task_find(desk.arena, desk.db, "task-1", &task), 0);
	assert_int_equal(task.revision, 2);
	assert_int_equal(second.n, first.n);
	assert_kept(&second, "agg-a", 1);
	for (size_t i = 0; i < second.n; i++) {
		const struct mini_session *s = session_of(&second.item[i]);

		/* what has passed stays */
		assert_int_equal(second.item[i].session_no, first.item[i].session_no);
		assert_int_equal(power_at(&second.item[i], 0), power_at(&first.item[i], 0));
		/* agg-b's go on as they like: b-s1 can carry all of them */
		for (int t = 1; t < MINI_POINTS && strcmp(second.item[i].aggregator_id, "agg-b") == 0; t++)
			assert_int_equal(power_at(&second.item[i], t), at_once_w(s, second.item[i].before_wh, 1, t));
	}
	for (int t = 0; t < MINI_POINTS; t++) {
		int64_t sum_w = 0;

		for (size_t i = 0; i < second.n; i++)
			sum_w += power_at(&second.item[i], t);
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
	assert_null(fetch("agg-b", desk_at("06-10T18:15")));
	assert_string_equal(take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:15")), "CT-2-task-1/agg-a");
	assert_int_equal(fetched.control[0].revision.v, 2);
	assert_int_equal(pass(desk_at("06-10T18:20")), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE operation = 'Control' AND state IN ('queued',"
				    " 'delivered')"), 0);
}

/* Who acknowledged a curve and then refuses the revised one keeps to the first. */
static void test_keeps_the_acknowledged_one(void **state)
{
	struct schedule first = load(1), third;

	(void)state;
	desk.hub.control.tries = 1;
	take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	take("agg-b", DECISION_REFUSED, desk_at("06-10T18:01"));
	pass(desk_at("06-10T18:01"));
	frames_at("06-10T18:15");
	pass(desk_at("06-10T18:15"));
	take("agg-a", DECISION_REFUSED, desk_at("06-10T18:16"));
	pass(desk_at("06-10T18:16"));
	frames_at("06-10T18:30");
	assert_int_equal(pass(desk_at("06-10T18:30")), 1);
	desk.hub.control.tries = 3;
	third = load(3);
	for (size_t i = 0; i < third.n; i++)
		for (int t = 2; t < MINI_POINTS && strcmp(third.item[i].aggregator_id, "agg-a") == 0; t++)
			assert_int_equal(power_at(&third.item[i], t), power_at(&first.item[i], t));
	assert_string_equal(mini_rows("SELECT CONCAT_WS(' ', a.aggregator_id, r.revision, IFNULL(r.kept_revision, '-')) FROM"
				      " share_return r JOIN aggregator a ON a.aggregator_no = r.aggregator_no ORDER BY 1"),
		"agg-a 3 1\nagg-b 2 -\n");
	assert_null(fetch("agg-a", desk_at("06-10T18:31")));
	assert_null(fetch("agg-b", desk_at("06-10T18:31")));
}

/* Everything the delivery leaves, in terms of ids. */
static const char *outcome(void)
{
	return arena_printf(desk.arena, "%s%s%s%s%s", controls(),
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
	take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	take("agg-b", DECISION_REFUSED, desk_at("06-10T18:01"));
	undone_first(control_follow_due, desk_at("06-10T18:01"));
	undone_first(control_follow_due, desk_at("06-10T18:01"));
	undone_first(control_follow_due, instant("06-10T18:01", 30));
	take("agg-b", DECISION_REFUSED, instant("06-10T18:01", 30));
	undone_first(control_follow_due, instant("06-10T18:01", 30));
	desk.hub.control.tries = 3;
	frames_at("06-10T18:15");
	undone_first(dispatch_revise_due, desk_at("06-10T18:15"));
	assert_int_equal(pass(desk_at("06-10T18:15")), 0);
}

/* A hub that was away when its interval began makes it for the next one; after the task it is none's business. */
static void test_too_late(void **state)
{
	(void)state;
	refuse_all("agg-b");
	take("agg-a", DECISION_ACCEPTED, instant("06-10T18:01", 10));
	assert_int_equal(pass(desk_at("06-10T18:31")), 2);      /* seen to; put off */
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
	take("agg-a", DECISION_REFUSED, desk_at("06-10T18:01"));
	pass(desk_at("06-10T18:01"));
	assert_int_equal(pass(desk_at("06-10T18:02")), 2);      /* agg-b's expires, its share goes back */
	frames_at("06-10T18:15");
	assert_int_equal(pass(desk_at("06-10T18:15")), 1);
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
	started(state);
	old = fetch("agg-a", desk_at("06-10T18:00"))->control_id;
	take("agg-b", DECISION_REFUSED, desk_at("06-10T18:00"));
	assert_int_equal(pass(desk_at("06-10T18:00")), 2);      /* nothing has passed: revision 2 is for 18:00 too */
	desk.hub.control.tries = 3;
	desk.hub.control.acknowledge_ms = 120 * MS_SECOND;
	assert_refused(answer_with("agg-a", old, DECISION_ACCEPTED, 1, desk_at("06-10T18:00")), E_UNKNOWN_CONTROL,
		"controlId");
	assert_string_equal(take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00")), "CT-2-task-1/agg-a");
	assert_string_equal(controls(), "CT-1-task-1/agg-a 0 withdrawn 1 0\nCT-1-task-1/agg-b 0 rejected 1 0\n"
		"CT-2-task-1/agg-a 0 accepted 0 0\n");
}

/* Everybody answers for what it acknowledged last, who acknowledged nothing for what it was given first. */
static void test_assessed_by_what_is_in_force(void **state)
{
	struct assessment_rows rows;
	struct schedule first = load(1), second;

	(void)state;
	take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	refuse_all("agg-b");
	frames_at("06-10T18:15");
	pass(desk_at("06-10T18:15"));
	take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:15"));
	second = load(2);
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
				sum_w += power_at(&schedule->item[i], r->no);
		asked_w = sign * (sum_w - baseline_w);
		assert_int_equal(r->asked_w, asked_w > 0 ? asked_w : 0);
	}
}

/* A control curve that its peer cannot answer is given up like one that nobody acknowledged; the alarm comes once. */
static void test_parked(void **state)
{
	struct outbox_message m;
	bool parked;

	(void)state;
	take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	assert_int_equal(outbox_find(desk.arena, desk.db, "CT-1-task-1/agg-a", &m), 0);
	assert_int_equal(outbox_missed(desk.db, m.seq, "nonsense", &(struct outbox_backoff){ 0 }, 2, 1, &parked), 0);
	assert_false(parked);
	assert_int_equal(outbox_missed(desk.db, m.seq, "nonsense", &(struct outbox_backoff){ 0 }, 2, 1, &parked), 0);
	assert_true(parked);
	assert_int_equal(mini_job(alarm_parked_due, "06-10T18:01"), 1);
	assert_int_equal(mini_job(alarm_parked_due, "06-10T18:01"), 0);
	assert_string_equal(mini_rows("SELECT CONCAT_WS(' ', kind, subject, reference, detail) FROM event"),
		"outbox-parked agg-a CT-1-task-1/agg-a Control after 0 tries: nonsense\n");
	assert_int_equal(pass(desk_at("06-10T18:01")), 2);
	pass(instant("06-10T18:01", 30));
	assert_string_equal(fetch("agg-a", instant("06-10T18:01", 30))->control_id, "CT-1.2-task-1/agg-a");
}

/* -- pushed, and the fallback that was declared */

static void declare(const char *aggregator, enum fallback fallback)
{
	assert_int_equal(db_exec(desk.db, "UPDATE aggregator SET fallback = ? WHERE aggregator_id = ?",
		DB_ARGS(DB_INT((int64_t)fallback), DB_TEXT(aggregator))), 0);
}

/* Who can be called gets the message itself, all attempts; it answers like everybody. */
static void test_pushed(void **state)
{
	static const char *const called[] = { "agg-x", "agg-b" };
	struct outbox_message m;

	(void)state;
	desk.hub.callback = called;
	desk.hub.n_callbacks = 2;
	started(state);
	assert_int_equal(outbox_find(desk.arena, desk.db, "CT-1-task-1/agg-b", &m), 0);
	assert_int_equal(m.channel, OUTBOX_PUSH);
	assert_string_equal(m.operation, CONTROL_OPERATION);
	assert_string_equal(m.body, "CT-1-task-1/agg-b sessions=4 fallback=0");
	assert_int_equal(m.expires_ms, desk_at("06-10T18:02"));
	assert_int_equal(outbox_find(desk.arena, desk.db, "CT-1-task-1/agg-a", &m), 0);
	assert_int_equal(m.channel, OUTBOX_FETCH);
	assert_int_equal(answer_with("agg-b", "CT-1-task-1/agg-b", DECISION_REFUSED, 0, desk_at("06-10T18:01")), 0);
	pass(desk_at("06-10T18:01"));
	pass(instant("06-10T18:01", 30));
	assert_int_equal(outbox_find(desk.arena, desk.db, "CT-1.2-task-1/agg-b", &m), 0);
	assert_int_equal(m.channel, OUTBOX_PUSH);
	assert_string_equal(fetch("agg-b", instant("06-10T18:01", 30))->control_id, "CT-1.2-task-1/agg-b");     /* it may fetch too */
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE operation = 'Control' AND state = 'queued' AND peer = 'agg-b'"), 0);
	assert_int_equal(outbox_delivered(desk.db, m.seq, 1), 0);       /* the push that was under way arrives as well */
	for (int i = 0; i < 2; i++)                                     /* said of the one and of the other */
		assert_int_equal(answer_with("agg-b", "CT-1.2-task-1/agg-b", DECISION_ACCEPTED, (int32_t)m.items,
			instant("06-10T18:01", 30)), 0);
	assert_int_equal(outbox_delivered(desk.db, m.seq, 1), E_NOTHING);
	assert_null(fetch("agg-b", instant("06-10T18:01", 30)));
	desk.hub.n_callbacks = 0;
}

static void test_stops(void **state)
{
	struct schedule second;

	(void)state;
	declare("agg-b", FALLBACK_STOP);
	assert_int_equal(fetch("agg-b", desk_at("06-10T18:00"))->fallback, FALLBACK_STOP);
	assert_int_equal(fetched.control[0].valid_from.v, desk_at("06-10T18:00"));
	assert_int_equal(fetched.control[0].valid_until.v, desk_at("06-11T12:00"));
	take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	refuse_all("agg-b");
	frames_at("06-10T18:15");
	pass(desk_at("06-10T18:15"));
	second = load(2);
	for (size_t i = 0; i < second.n; i++)
		for (int t = 1; t < MINI_POINTS && strcmp(second.item[i].aggregator_id, "agg-b") == 0; t++)
			assert_int_equal(power_at(&second.item[i], t), 0);
	assert_kept(&second, "agg-a", 1);
	take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:15"));
	assert_int_equal(fetched.control[0].valid_from.v, desk_at("06-10T18:15"));
	assert_int_equal(fetched.control[0].fallback, FALLBACK_KEEP_SCHEDULE);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox o JOIN event e ON o.message_id = CONCAT('EV-', e.seq) WHERE"
				    " o.operation = 'PushEvent' AND e.kind = 'share-returned' AND e.subject = 'agg-b'"), 1);
}

/* -- cancelled */

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
	struct schedule first = load(1), second;
	struct assessment_rows rows;
	const struct control *control;
	struct task_row task;

	(void)state;
	take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	refuse_all("agg-b");
	assert_items(cancel("dispatch", "06-10T20:00", "06-10T18:10"), 1, 1);
	assert_int_equal(*cancelled.state, TASK_STATE_STARTED);
	assert_int_equal(cancelled.cancelled_from.v, desk_at("06-10T20:00"));
	assert_int_equal(task_find(desk.arena, desk.db, "task-1", &task), 0);
	assert_int_equal(task.grid.n, MINI_SHAVE_END);
	assert_int_equal(task.revision, 2);
	second = load(2);
	assert_int_equal(second.n, first.n);
	for (size_t i = 0; i < second.n; i++) {
		assert_true(second.item[i].n == 0 || second.item[i].first + second.item[i].n <= MINI_SHAVE_END);
		for (int t = 0; t < MINI_SHAVE_END; t++)
			assert_int_equal(power_at(&second.item[i], t), power_at(&first.item[i], t));
	}
	/* agg-a hears of it; agg-b is out, and its share is still taken over at 18:15 */
	control = fetch("agg-a", desk_at("06-10T18:10"));
	assert_string_equal(control->control_id, "CT-2-task-1/agg-a");
	assert_int_equal(control->grid->count.v, MINI_SHAVE_END);
	assert_int_equal(control->valid_until.v, desk_at("06-10T20:00"));
	assert_int_equal(answer_with("agg-a", control->control_id, DECISION_ACCEPTED, rows_of(control), desk_at("06-10T18:10")),
		0);
	assert_null(fetch("agg-b", desk_at("06-10T18:10")));
	frames_at("06-10T18:15");
	assert_int_equal(pass(desk_at("06-10T18:15")), 2);
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
	take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	take("agg-a", DECISION_REFUSED, instant("06-10T18:00", 10));
	assert_items(cancel("dispatch", "06-10T20:00", "06-10T18:01"), 1, 1);
	assert_int_equal(pass(desk_at("06-10T18:01")), 1);      /* what agg-b accepted is seen to */
	assert_int_equal(pass(instant("06-10T18:01", 30)), 0);
	take("agg-a", DECISION_REFUSED, instant("06-10T18:01", 30));
	assert_int_equal(pass(instant("06-10T18:01", 30)), 1);
	assert_int_equal(pass(desk_at("06-10T18:02")), 1);
	assert_string_equal(take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:02")), "CT-2.2-task-1/agg-a");
}

/* Who does not hear of it is told again, and then somebody is told of that. */
static void test_cancellation_unheard(void **state)
{
	(void)state;
	desk.hub.control.tries = 2;
	take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	pass(desk_at("06-10T18:00"));
	assert_items(cancel("dispatch", "06-10T18:15", "06-10T18:15"), 1, 1);
	take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:15"));
	assert_int_equal(pass(desk_at("06-10T18:17")), 3);      /* expired; two seen to */
	assert_int_equal(pass(instant("06-10T18:17", 30)), 1);
	assert_int_equal(pass(desk_at("06-10T18:20")), 2);
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
	frames_at("06-10T18:00");
	assert_int_equal(pass(desk_at("06-10T18:00")), 0);
	/* its intervals are free for another one */
	m = mini_task("task-2", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);
	c = mini_begin("dispatch", "06-10T17:52", 1);
	assert_items(desk_end(dispatch_submit_task(c, &m, &answer)), m.n_point, m.n_point);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_waits, started),
		cmocka_unit_test_setup(test_refused_once, started),
		cmocka_unit_test_setup(test_silent, started),
		cmocka_unit_test(test_in_time_for_the_last),
		cmocka_unit_test_setup(test_others_take_over, started),
		cmocka_unit_test_setup(test_keeps_the_acknowledged_one, started),
		cmocka_unit_test_setup(test_undone, started),
		cmocka_unit_test_setup(test_too_late, started),
		cmocka_unit_test_setup(test_both_refuse, started),
		cmocka_unit_test(test_superseded),
		cmocka_unit_test_setup(test_parked, started),
		cmocka_unit_test(test_pushed),
		cmocka_unit_test_setup(test_stops, started),
		cmocka_unit_test_setup(test_not_cancelled, started),
		cmocka_unit_test_setup(test_cancelled, started),
		cmocka_unit_test_setup(test_refused_just_before, started),
		cmocka_unit_test_setup(test_cancellation_unheard, started),
		cmocka_unit_test(test_cancelled_before_it_began),
		cmocka_unit_test_setup(test_assessed_by_what_is_in_force, started),
	};

	return cmocka_run_group_tests_name("delivery", tests, set_up, tear_down);
}
