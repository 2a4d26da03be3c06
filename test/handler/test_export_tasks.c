/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The export of days that format vgihub-day/1 has no words for: a task that was cancelled in its middle, a second task. Nothing
 * is refused and nothing is left out; what the format can hold, the independent checker finds to hold. */
#include "played_day.h"
#include <stdio.h>
#include <unistd.h>
#include "handler/dispatch.h"
#include "handler/export.h"
#include "handler/export_folder.h"
#include "lib/skip.h"

enum { LEFT = 36, SECOND = 40, SECOND_POINTS = 4 };     /* points of the first task: cancelled from 03:00; the second from 04:00 to 05:00 */

static struct export_error error;

/* ---- the day */

/* Each test has the day anew. */
static int fresh(void **state)
{
	static const char *const tables[] = { "aggregator", "station", "pile", "session", "session_result", "interval_state", "pile_interval",
		"baseline", "baseline_day", "task", "task_point", "schedule", "control", "task_revision", "share_return", "assessment",
		"settlement", "settlement_line", "outbox", "message", "job" };

	(void)state;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		char text[80];
		int n = snprintf(text, sizeof text, "DELETE FROM %s", tables[i]);

		OK(db_begin(desk.db));
		OK(db_run(desk.db, text, (size_t)n));
		OK(db_commit(desk.db));
	}
	played_make();
	return 0;
}

static void cancel(void)
{
	struct call *c = desk_begin("dispatch", "06-11T02:50", 1);
	struct dsp_cancel_dispatch_task m = { &desk.header, (char *)PLAYED_TASK, { desk_at("06-11T03:00") }, (char *)"not needed" };
	struct dsp_cancel_dispatch_task_response answer = { 0 };

	OK(desk_end(dispatch_cancel_task(c, &m, &answer)));
	assert_int_equal(answer.cancelled_from.v, desk_at("06-11T03:00"));
	OK(db_exec(desk.db, "UPDATE outbox SET state = 'accepted' WHERE message_id = 'CT-2-T-1/A'", DB_NO_ARGS));
}

/* 1 kW for each of the two vehicles that are there then. */
static void second_task(void)
{
	static const int64_t power[SECOND_POINTS] = { 1000, 1000, 1000, 1000 };
	struct task_point_row point[SECOND_POINTS];
	struct schedule_row row[PLAYED_SESSIONS];
	int64_t planned[SECOND_POINTS];
	struct task_row t = { .task_id = "T-2", .state = TASK_STATE_ACCEPTED, .business_date = played.date, .sender = "dispatch",
		.grid = { timegrid_begin(&played.control, SECOND), played.grid.step_ms, SECOND_POINTS }, .told_revision = 1,
		.accepted_ms = desk_at("06-11T02:55"), .seq = 1, .measured_deviation_w = VALUE_NONE, .point = point,
		.plan = { VALUE_NONE, VALUE_NONE, VALUE_NONE, VALUE_NONE, VALUE_NONE } };

	for (int i = 0; i < SECOND_POINTS; i++) {
		point[i] = (struct task_point_row){ WINDOW_FILL, 9876, 1000000, 40000, VALUE_NONE };
		planned[i] = 2000;
	}
	for (int i = 0; i < PLAYED_SESSIONS; i++) {
		bool there = i == 0 || i == 4;

		row[i] = (struct schedule_row){ .session_no = played.sessions.item[i].no, .n = there ? SECOND_POINTS : 0, .power_w = power,
			.before_wh = 111, .reachable_wh = 2222, .planned_wh = there ? 1111 : 111 };
	}
	OK(db_begin(desk.db));
	OK(task_save(desk.arena, desk.db, &t));
	OK(schedule_save(desk.arena, desk.db, "T-2", 1, row, PLAYED_SESSIONS));
	OK(task_start(desk.arena, desk.db, "T-2", &(struct task_plan){ 7876, 7000, 8000, 0, 0 }, planned, SECOND_POINTS));
	OK(db_commit(desk.db));
}

static void settle(int tasks)
{
	struct work w = played_work("06-11T12:01");

	for (int i = 0; i <= tasks; i++) {
		OK(db_begin(desk.db));
		assert_int_equal(settlement_due(&w), i < tasks);
		OK(db_commit(desk.db));
	}
}

static void make(struct export_documents *d)
{
	struct work w = played_work("06-11T12:05");

	OK(export_day(&w, played.date, NULL, d, &error));
}

/* ---- looking at it */

static const char *text_of(const struct export_documents *d, const char *name)
{
	for (size_t i = 0; i < EXPORT_FILES; i++)
		if (!strcmp(d->item[i].name, name))
			return d->item[i].text.p;
	fail_msg("no %s", name);
	return NULL;
}

/* Lines that begin with what is given. */
static int lines(const char *text, const char *begin)
{
	int n = 0;

	for (; text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL)
		n += *text && !strncmp(text, begin, strlen(begin));
	return n;
}

static void assert_line(const char *text, const char *line)
{
	if (!strstr(text, arena_printf(desk.arena, "\n%s\n", line)))
		fail_msg("no line %s in\n%.3000s", line, text);
}

static const char *kw(int64_t w)
{
	char *text = arena_alloc(desk.arena, 24);

	decimal_format(w, 3, text);
	return text;
}

/* What the schedule the first task started with had for the i-th session (by id) at a point. */
static int64_t first_w(const char *session, int point)
{
	struct schedule s;

	OK(schedule_load(desk.arena, desk.db, PLAYED_TASK, 1, &s));
	for (size_t i = 0; i < s.n; i++)
		if (!strcmp(s.item[i].session_id, session))
			return s.item[i].power_w[point - s.item[i].first];
	fail_msg("no session %s", session);
	return 0;
}

/* ---- cancelled */

static void test_cancelled_task_is_exported_as_told(void **state)
{
	struct export_documents d;
	struct task_row task;
	const char *at = "2026-06-11T03:15:00+08:00";

	(void)state;
	cancel();
	settle(1);
	make(&d);
	assert_int_equal(d.beyond, EXPORT_BEYOND_CANCELLED);
	OK(task_find(desk.arena, desk.db, PLAYED_TASK, &task));
	assert_line(text_of(&d, "tasks.csv"), arena_printf(desk.arena, "T-1,settled,2026-06-10T18:00:00+08:00,2026-06-11T12:00:00+08:00,"
		"2026-06-11T03:00:00+08:00,2,%s,%s,%s", kw(task.plan.planned_deviation_w), kw(task.plan.least_deviation_w),
		kw(task.measured_deviation_w)));
	/* the target and the curves as told, whole */
	assert_int_equal(lines(text_of(&d, "target.csv"), "2026"), PLAYED_POINTS);
	assert_int_equal(lines(text_of(&d, "targets.csv"), "T-1,"), PLAYED_POINTS);
	assert_int_equal(lines(text_of(&d, "split.csv"), "task,T-1,"), PLAYED_POINTS);
	assert_line(text_of(&d, "schedule.csv"), arena_printf(desk.arena, "s1,%s,%s", at, kw(first_w("s1", LEFT))));
	assert_line(text_of(&d, "target.csv"), arena_printf(desk.arena, "%s,fill,%s,1.000000,0.4000", at, kw(played.task.point[LEFT].target_w)));
	assert_line(text_of(&d, "targets.csv"), arena_printf(desk.arena, "T-1,%s,fill,%s,1.000000,0.4000,1", at, kw(played.task.point[LEFT].target_w)));
	assert_line(text_of(&d, "targets.csv"), arena_printf(desk.arena, "T-1,2026-06-11T03:00:00+08:00,fill,%s,1.000000,0.4000,0",
		kw(played.task.point[LEFT - 1].target_w)));
	export_done(&d);
}

static void test_cancellation_is_a_revision(void **state)
{
	struct export_documents d;
	const char *revisions;

	(void)state;
	cancel();
	settle(1);
	make(&d);
	revisions = text_of(&d, "revisions.csv");
	assert_int_equal(lines(revisions, "T-1,2,task,T-1,"), PLAYED_POINTS - LEFT);
	assert_int_equal(lines(revisions, "T-1,"), 3 * (PLAYED_POINTS - LEFT));
	assert_line(revisions, "T-1,2,task,T-1,2026-06-11T03:15:00+08:00,,,");
	assert_line(revisions, "T-1,2,aggregator,A,2026-06-11T03:15:00+08:00,,1,1");
	assert_line(revisions, "T-1,2,aggregator,B,2026-06-11T12:00:00+08:00,,1,0");
	assert_null(strstr(revisions, "T03:00:00"));
	/* nothing was asked and nothing is owed behind it */
	assert_int_equal(lines(text_of(&d, "assessment.csv"), "A,"), 8 + LEFT - 24);
	assert_line(text_of(&d, "plans.csv"), arena_printf(desk.arena, "T-1,2,s4,3.500,10.500,10.500"));
	assert_int_equal(lines(text_of(&d, "plans.csv"), "T-1,"), 2 * PLAYED_SESSIONS);
	export_done(&d);
}

/* Whether the checker's complaints are all about what the contract takes from the whole target: what was delivered and owed
 * behind the cancellation, the measured deviation, and how many schedule values were handed over. */
static void test_checker_of_a_cancelled_day(void **state)
{
	static const char *const allowed[] = { "FAIL deviation: measured_deviation_kw", "FAIL assessment:", "FAIL settlement:", "FAIL messages:" };
	const char *checker = getenv("DAY_CHECK"), *folder = arena_printf(desk.arena, "%s/cancelled", mariadb_folder());
	struct export_documents d;
	char line[1024];
	int seen = 0;
	FILE *said;

	(void)state;
	if (!checker || access(checker, R_OK))
		SKIP_TEST("the day checker is not there");
	cancel();
	settle(1);
	make(&d);
	OK(export_write(folder, &d, &error));
	export_done(&d);
	said = popen(arena_printf(desk.arena, "/usr/bin/python3 '%s' '%s'", checker, folder), "r");
	assert_non_null(said);
	while (fgets(line, sizeof line, said)) {
		bool fine = strncmp(line, "FAIL", 4) != 0;

		for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
			fine = fine || !strncmp(line, allowed[i], strlen(allowed[i]));
		if (!fine)
			fail_msg("%s", line);
		seen += strstr(line, " checks, ") != NULL;
	}
	pclose(said);
	assert_int_equal(seen, 1);
}

/* ---- two tasks */

static void test_a_second_task_has_the_cancelled_intervals(void **state)
{
	struct export_documents d;
	const char *at = "2026-06-11T04:15:00+08:00";

	(void)state;
	cancel();
	second_task();
	settle(2);
	make(&d);
	assert_int_equal(d.beyond, EXPORT_BEYOND_CANCELLED | EXPORT_BEYOND_TASKS);
	assert_int_equal(lines(text_of(&d, "tasks.csv"), "T-"), 2);
	assert_non_null(strstr(text_of(&d, "tasks.csv"), "\nT-2,settled,2026-06-11T04:00:00+08:00,2026-06-11T05:00:00+08:00,,1,7.876,7.000,"));
	/* each interval is of one task: of that which was in force */
	assert_int_equal(lines(text_of(&d, "target.csv"), "2026"), PLAYED_POINTS);
	assert_line(text_of(&d, "target.csv"), arena_printf(desk.arena, "%s,fill,9.876,1.000000,0.4000", at));
	assert_line(text_of(&d, "schedule.csv"), arena_printf(desk.arena, "s1,%s,1.000", at));
	assert_line(text_of(&d, "split.csv"), arena_printf(desk.arena, "task,T-2,%s,2.000", at));
	assert_line(text_of(&d, "split.csv"), arena_printf(desk.arena, "station,B-s,%s,1.000", at));
	assert_int_equal(lines(text_of(&d, "split.csv"), "task,T-1,"), PLAYED_POINTS - SECOND_POINTS);
	/* what the first had there is not lost */
	assert_line(text_of(&d, "targets.csv"), arena_printf(desk.arena, "T-1,%s,fill,%s,1.000000,0.4000,1", at, kw(played.task.point[SECOND].target_w)));
	assert_line(text_of(&d, "revisions.csv"), arena_printf(desk.arena, "T-1,1,session,s1,%s,%s,,", at, kw(first_w("s1", SECOND))));
	assert_int_equal(lines(text_of(&d, "revisions.csv"), "T-1,1,task,"), SECOND_POINTS);
	assert_int_equal(lines(text_of(&d, "revisions.csv"), "T-2,"), 0);
	/* a vehicle has one row, its plans are apart */
	assert_int_equal(lines(text_of(&d, "sessions.csv"), "s"), 1 + PLAYED_SESSIONS);
	assert_line(text_of(&d, "plans.csv"), "T-2,1,s1,0.111,2.222,1.111");
	assert_int_equal(lines(text_of(&d, "assessment.csv"), "A,"), 8 + LEFT - 24 + SECOND_POINTS);
	assert_non_null(strstr(text_of(&d, "assessment.csv"), arena_printf(desk.arena, "\nB,fill,%s,", at)));
	export_done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_cancelled_task_is_exported_as_told, fresh),
		cmocka_unit_test_setup(test_cancellation_is_a_revision, fresh),
		cmocka_unit_test_setup(test_checker_of_a_cancelled_day, fresh),
		cmocka_unit_test_setup(test_a_second_task_has_the_cancelled_intervals, fresh) };

	return cmocka_run_group_tests_name("export_tasks", tests, desk_set_up, desk_tear_down);
}
