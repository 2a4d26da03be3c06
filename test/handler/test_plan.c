/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Plans: what is kept, what is refused and where, and what is passed on to dispatch. */
#include "handler/reports.h"
#include "handler/plan.h"
#include "handler/registry.h"
#include "store/plan.h"

static struct plan plan[8];
static struct grid grid[8];
static struct watt watts[8][REGISTRY_POINTS_MAX + 1];
static enum plan_horizon horizon;

static void reset_plan(int i, const char *id, const char *start, int count, int64_t first_w)
{
	grid[i] = (struct grid){ { desk_at(start) }, { 15 }, { count }, CURVE_VALUE_MEAN, CURVE_REFERENCE_ABSOLUTE, POLARITY_LOAD };
	for (int t = 0; t < count; t++)
		watts[i][t].v = first_w + t;
	plan[i] = (struct plan){ desk_text(id), &grid[i], { count, watts[i] } };
}

static int schedule(const char *who, const char *now, int32_t revision, int n)
{
	struct call *c = words_begin(who, now, revision);
	struct agg_report_plan m = { &desk.header, horizon, n, plan };

	return desk_end(plan_report(c, &m));
}

static const char *plans(void)
{
	return words_rows("SELECT CONCAT_WS(' ', a.aggregator_id, resource_id, horizon, (start_ms - 1781020800000) DIV 60000,"
		" p.revision, (known_ms - 1781020800000) DIV 60000, step_min, n, HEX(power_w)) FROM plan p JOIN aggregator a"
		" ON a.aggregator_no = p.aggregator_no ORDER BY a.aggregator_id, resource_id, horizon, start_ms, p.revision");
}

static void plans_are_kept_and_passed_on(void **state)
{
	char id[64];

	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	reset_plan(0, "agg-a-s", "06-11T12:00", 2, 14000 - 1);
	reset_plan(1, "agg-a", "06-11T12:00", 2, 256);
	reset_plan(2, "agg-a-1", "06-11T12:15", 2, 0);
	assert_items(schedule("agg-a", "06-10T12:30", 4, 3), 3, 3);
	assert_int_equal(desk.call.diag.n, 0);
	assert_string_equal(plans(),
		"agg-a agg-a 0 2160 4 750 15 2 0001000001010000\n"
		"agg-a agg-a-1 0 2175 4 750 15 2 0000000001000000\n"
		"agg-a agg-a-s 0 2160 4 750 15 2 AF360000B0360000\n");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 2);
	snprintf(id, sizeof id, "PL-agg-a/m%lld-1", (long long)desk.seq);
	assert_string_equal(words_pushed(id, "dispatch", "PushPlan"), arena_printf(desk.arena,
		"%s of hub for - revision 1 day 2026-06-11\nhorizon 0 made 06-10T12:30 06-11T12:00 2 x 15 mean\n"
		"agg-a 256 257\nagg-a-s 13999 14000\n", id));
	snprintf(id, sizeof id, "PL-agg-a/m%lld-2", (long long)desk.seq);
	assert_string_equal(words_pushed(id, "dispatch", "PushPlan"), arena_printf(desk.arena,
		"%s of hub for - revision 1 day 2026-06-11\nhorizon 0 made 06-10T12:30 06-11T12:15 2 x 15 mean\nagg-a-1 0 1\n", id));
	assert_int_equal(desk_count("SELECT MIN(caused_by_seq) FROM outbox"), desk.seq);
	assert_int_equal(desk_count("SELECT SUM(items) FROM outbox"), 3);
}

static void generation_of_a_plan_is_turned_round(void **state)
{
	(void)state;
	horizon = PLAN_HORIZON_REAL_TIME;
	reset_plan(0, "agg-b", "06-10T12:45", 2, 7000);
	grid[0].polarity = POLARITY_GEN;
	assert_items(schedule("agg-b", "06-10T12:30", 1, 1), 1, 1);
	assert_string_equal(plans(), "agg-b agg-b 1 765 1 750 15 2 A8E4FFFFA7E4FFFF\n");
	assert_string_equal(words_pushed(arena_printf(desk.arena, "PL-agg-b/m%lld-1", (long long)desk.seq), "dispatch", "PushPlan"),
		arena_printf(desk.arena, "PL-agg-b/m%lld-1 of hub for - revision 1 day 2026-06-10\n"
			"horizon 1 made 06-10T12:30 06-10T12:45 2 x 15 mean\nagg-b -7000 -7001\n", (long long)desk.seq));
}

static void nothing_is_passed_on_without_a_peer(void **state)
{
	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	reset_plan(0, "agg-a", "06-11T12:00", 2, 0);
	desk.hub.dispatch_peer = "";
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 1);
	desk.hub.dispatch_peer = "dispatch";
	assert_int_equal(desk_count("SELECT COUNT(*) FROM plan"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 0);
}

static void plans_refused_whole(void **state)
{
	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	reset_plan(0, "agg-a", "06-11T12:00", 2, 0);
	reset_plan(1, "agg-a-s", "06-11T12:00", 2, 0);
	plan[1].power_w.n = 1;
	assert_refused(schedule("agg-a", "06-10T12:30", 1, 2), E_CURVE_LENGTH, "plan[2]/powerKw");
	grid[1].count.v = 0;
	assert_refused(schedule("agg-a", "06-10T12:30", 1, 2), E_CURVE_LENGTH, "plan[2]/grid/count");
	reset_plan(1, "agg-a-s", "06-11T12:00", REGISTRY_POINTS_MAX + 1, 0);
	assert_refused(schedule("agg-a", "06-10T12:30", 1, 2), E_CURVE_LENGTH, "plan[2]/grid/count");
	assert_string_equal(plans(), "");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 0);
	reset_plan(1, "agg-a-s", "06-11T12:00", REGISTRY_POINTS_MAX, 0);
	assert_items(schedule("agg-a", "06-10T12:30", 1, 2), 2, 2);
}

/* Eight plans at a time: [0] is good. */
static void plans_refused(void **state)
{
	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	for (int i = 0; i < 8; i++)
		reset_plan(i, i == 1 ? "nobody" : i == 2 ? "agg-b" : "agg-a", "06-11T12:00", 2, 0);
	reset_plan(4, "agg-a-s", "06-11T12:01", 2, 0);
	reset_plan(5, "agg-a-s", "06-11T12:15", 2, 0);
	grid[5].reference = CURVE_REFERENCE_DEVIATION;
	reset_plan(6, "agg-a-s", "06-11T12:30", 2, 13999 + 1);
	reset_plan(7, "agg-a-1", "06-11T12:30", 2, -1);
	assert_items(schedule("agg-a", "06-10T12:30", 1, 8), 8, 1);
	assert_int_equal(desk.call.diag.n, 7);
	assert_diag(0, E_UNKNOWN_RESOURCE, "plan[2]/resourceId");
	assert_diag(1, E_UNKNOWN_RESOURCE, "plan[3]/resourceId");
	assert_null(desk.call.diag.item[0].detail);
	assert_null(desk.call.diag.item[1].detail);
	assert_diag(2, E_DUPLICATE_ITEM, "plan[4]");
	assert_diag(3, E_TIME_GRID, "plan[5]/grid/start");
	assert_diag(4, E_RANGE, "plan[6]/grid");
	assert_diag(5, E_ABOVE_RATING, "plan[7]/powerKw[2]");
	assert_diag(6, E_NEGATIVE, "plan[8]/powerKw[1]");
	assert_string_equal(plans(), "agg-a agg-a 0 2160 1 750 15 2 0000000001000000\n");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 1);
}

static void grids_refused(void **state)
{
	static const int steps[] = { 0, -15, 7, 2880 };

	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	reset_plan(0, "agg-a", "06-11T12:00", 2, 0);
	grid[0].value = CURVE_VALUE_INSTANT;
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 0);
	assert_diag(0, E_RANGE, "plan[1]/grid");
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		reset_plan(0, "agg-a", "06-11T12:00", 2, 0);
		grid[0].step_min.v = steps[i];
		assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 0);
		assert_diag(0, E_TIME_GRID, "plan[1]/grid/stepMin");
	}
	reset_plan(0, "agg-a", "07-20T12:45", 2, 0);
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 0);
	assert_diag(0, E_TIME_FUTURE, "plan[1]/grid/start");
	grid[0].start.v = desk_at("06-10T12:00") - 401 * (int64_t)MS_DAY;
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 0);
	assert_diag(0, E_TIME_ANCIENT, "plan[1]/grid/start");
	assert_string_equal(plans(), "");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 0);
	/* the next hours: no more than four of them */
	horizon = PLAN_HORIZON_REAL_TIME;
	reset_plan(0, "agg-a", "06-10T12:45", 17, 0);
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 0);
	assert_diag(0, E_RANGE, "plan[1]/grid/count");
	reset_plan(0, "agg-a", "06-10T12:45", 16, 0);
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 1);
	/* steps of 5 minutes have starts of their own */
	reset_plan(0, "agg-a", "06-10T12:50", 12, 0);
	grid[0].step_min.v = 5;
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 1);
}

static void plan_revisions_are_kept(void **state)
{
	struct plan_rows rows;

	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	reset_plan(0, "agg-a", "06-11T12:00", 2, 100);
	assert_items(schedule("agg-a", "06-10T12:30", 2, 1), 1, 1);
	reset_plan(0, "agg-a", "06-11T12:00", 2, 200);
	assert_items(schedule("agg-a", "06-10T12:31", 2, 1), 1, 0);
	assert_diag(0, E_REVISION, "plan[1]");
	assert_string_equal(desk.call.diag.item[0].detail, "stored: 2");
	assert_items(schedule("agg-a", "06-10T12:31", 1, 1), 1, 0);
	assert_diag(0, E_REVISION, "plan[1]");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 1);
	assert_items(schedule("agg-a", "06-10T12:32", 10, 1), 1, 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 2);
	horizon = PLAN_HORIZON_REAL_TIME;                       /* another matter */
	assert_items(schedule("agg-a", "06-10T12:33", 1, 1), 1, 1);
	assert_string_equal(plans(),
		"agg-a agg-a 0 2160 2 750 15 2 6400000065000000\n"
		"agg-a agg-a 0 2160 10 752 15 2 C8000000C9000000\n"
		"agg-a agg-a 1 2160 1 753 15 2 C8000000C9000000\n");
	assert_int_equal(plan_load(desk.arena, desk.db, reports_a, PLAN_HORIZON_DAY_AHEAD, 0, INT64_MAX, &rows), 0);
	assert_int_equal(rows.n, 1);
	assert_int_equal(rows.item[0].revision, 10);
	assert_int_equal(rows.item[0].power_w[1], 201);
	assert_int_equal(plan_load(desk.arena, desk.db, reports_b, PLAN_HORIZON_DAY_AHEAD, 0, INT64_MAX, &rows), 0);
	assert_int_equal(rows.n, 0);
}

static void plan_without_a_ledger(void **state)
{
	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	reset_plan(0, "agg-a", "06-11T12:00", 2, 100);
	assert_items(schedule("agg-c", "06-10T12:30", 1, 1), 1, 0);
	assert_diag(0, E_UNKNOWN_RESOURCE, "plan[1]/resourceId");
	assert_string_equal(plans(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(plans_are_kept_and_passed_on, reports_fresh),
		cmocka_unit_test_setup(generation_of_a_plan_is_turned_round, reports_fresh),
		cmocka_unit_test_setup(nothing_is_passed_on_without_a_peer, reports_fresh),
		cmocka_unit_test_setup(plans_refused_whole, reports_fresh),
		cmocka_unit_test_setup(plans_refused, reports_fresh),
		cmocka_unit_test_setup(grids_refused, reports_fresh),
		cmocka_unit_test_setup(plan_revisions_are_kept, reports_fresh),
		cmocka_unit_test_setup(plan_without_a_ledger, reports_fresh),
	};

	return cmocka_run_group_tests(tests, reports_set_up, desk_tear_down);
}
