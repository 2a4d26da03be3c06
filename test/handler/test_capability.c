/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Capability: curves that come back with every revision, and what is refused and where. */
#include "handler/small_ledger.h"
#include "store/capability.h"

static struct grid grids[2];
static struct watt up[96], down[96];
static struct capability capabilities[2];
static struct agg_report_capability capability_message;

static int setup_capability(void **state)
{
	small_two(state);
	for (int i = 0; i < 96; i++) {
		up[i].v = 1000 + i;
		down[i].v = 2000 + i;
	}
	for (int i = 0; i < 2; i++) {
		grids[i] = (struct grid){ { desk_at("06-10T12:00") }, { 15 }, { 96 }, CURVE_VALUE_MEAN,
				CURVE_REFERENCE_DEVIATION, POLARITY_LOAD };
		capabilities[i] = (struct capability){ small_name("a", i == 0 ? "" : "-s1"), &grids[i], { 96, up }, { 96,
				down }, { 60000 },
			{ VALUE_NONE }, { 120 }, { COUNT_NONE } };
	}
	capability_message = (struct agg_report_capability){ &desk.header, 2, capabilities };
	return 0;
}

static int report_capability_at(const char *now, int32_t revision)
{
	return desk_end(registry_report_capability(desk_begin("a", now, revision), &capability_message));
}

static int report_capability(int32_t revision)
{
	return report_capability_at("06-10T11:30", revision);
}

static void capability_comes_back(void **state)
{
	struct capability_list list;
	struct ledger l = small_loaded(false);

	(void)state;
	assert_items(report_capability(1), 2, 2);
	assert_int_equal(capability_load(desk.arena, desk.db, l.aggregator[0].no, 0, INT64_MAX, &list), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.item[0].resource_id, "a");
	assert_string_equal(list.item[1].resource_id, "a-s1");
	assert_int_equal(list.item[1].n, 96);
	for (int i = 0; i < 96; i++) {
		assert_int_equal(list.item[1].up_w[i], 1000 + i);
		assert_int_equal(list.item[1].down_w[i], 2000 + i);
	}
	assert_int_equal(list.item[0].up_rate_w_min, 60000);
	assert_int_equal(list.item[0].down_rate_w_min, VALUE_NONE);
	assert_int_equal(list.item[0].up_minutes, 120);
	assert_int_equal(list.item[0].down_minutes, VALUE_NONE);
}

/* One line a row: resource, revision, minutes of the morning at which it was known, up[5], whether the message is the one given. */
static const char *capability_rows(int64_t seq)
{
	struct db_rows *rows = NULL;
	const char *text = "";

	assert_int_equal(db_query(desk.db, "SELECT resource_id, revision, (known_ms - ?) DIV 60000, HEX(SUBSTR(up_w, 21, 4)), seq = ?"
		" FROM capability ORDER BY resource_id, revision", DB_ARGS(DB_INT(desk_at("06-10T11:00")), DB_INT(seq)), &rows), 0);
	while (db_next(rows) > 0)
		text = arena_printf(desk.arena, "%s%s %lld %lld %s %lld\n", text, db_text(rows, 0), (long long)db_int(rows, 1),
			(long long)db_int(rows, 2), db_text(rows, 3), (long long)db_int(rows, 4));
	db_rows_done(rows);
	return text;
}

static void capability_revisions_are_kept(void **state)
{
	struct capability_list list;
	struct ledger l = small_loaded(false);
	int64_t first;

	(void)state;
	assert_items(report_capability(2), 2, 2);
	first = desk.call.w.seq;
	up[5].v = 7;
	assert_items(report_capability_at("06-10T11:40", 3), 2, 2);
	for (int32_t older = 1; older <= 3; older++) {          /* an equal one too: it is another message */
		assert_items(report_capability_at("06-10T11:50", older), 2, 0);
		assert_diag(0, E_REVISION, "capability[1]");
		assert_diag(1, E_REVISION, "capability[2]");
		assert_string_equal(desk.call.diag.item[1].detail, "stored: 3");
	}
	assert_string_equal(capability_rows(first), "a 2 30 ED030000 1\na 3 40 07000000 0\na-s1 2 30 ED030000 1\na-s1 3 40 07000000 0\n");
	assert_int_equal(capability_load(desk.arena, desk.db, l.aggregator[0].no, 0, INT64_MAX, &list), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.item[0].up_w[5], 7);
	assert_int_equal(list.item[0].revision, 3);
	assert_int_equal(list.item[0].known_ms, desk_at("06-10T11:40"));
	assert_int_equal(list.item[0].seq, first + 1);
	grids[1].start.v += 900000;                             /* another matter */
	assert_items(report_capability_at("06-10T11:50", 1), 2, 1);
	assert_int_equal(capability_load(desk.arena, desk.db, l.aggregator[0].no, 0, INT64_MAX, &list), 0);
	assert_int_equal(list.n, 3);
}

static void short_curve_refuses_the_message(void **state)
{
	const char *before = small_content();

	(void)state;
	capabilities[1].up_w.n = 95;
	assert_refused(report_capability(1), E_CURVE_LENGTH, "capability[2]/upKw");
	capabilities[1].up_w.n = 96;
	capabilities[0].down_w.n = 95;
	assert_refused(report_capability(1), E_CURVE_LENGTH, "capability[1]/downKw");
	capabilities[0].down_w.n = capabilities[0].up_w.n = grids[0].count.v = 0;
	assert_refused(report_capability(1), E_CURVE_LENGTH, "capability[1]/grid/count");
	grids[0].count.v = REGISTRY_POINTS_MAX + 1;
	assert_refused(report_capability(1), E_CURVE_LENGTH, "capability[1]/grid/count");
	assert_string_equal(small_content(), before);
}

static void expect_capability_spoiled(void **state, int error, const char *path)
{
	assert_items(report_capability(1), 2, 1);
	assert_int_equal(desk.call.diag.n, 1);
	assert_diag(0, error, path);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM capability WHERE resource_id = 'a'"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM capability"), 1);
	setup_capability(state);
}

static void capability_items_refused(void **state)
{
	static struct watt spoiled[96];

	capabilities[1].resource_id = small_name("b-s1", "");
	expect_capability_spoiled(state, E_UNKNOWN_RESOURCE, "capability[2]/resourceId");
	capabilities[1].resource_id = small_name("b", "");
	expect_capability_spoiled(state, E_UNKNOWN_RESOURCE, "capability[2]/resourceId");
	memcpy(spoiled, up, sizeof spoiled);
	spoiled[94].v = -1;
	capabilities[1].up_w.item = spoiled;
	expect_capability_spoiled(state, E_NEGATIVE, "capability[2]/upKw[95]");
	spoiled[94].v = INT64_C(1) << 31;
	capabilities[1].down_w.item = spoiled;
	expect_capability_spoiled(state, E_RANGE, "capability[2]/downKw[95]");
	capabilities[1].down_rate_w_min.v = -1;
	expect_capability_spoiled(state, E_NEGATIVE, "capability[2]/downRateKwMin");
	capabilities[1].resource_id = small_name("a", "");
	expect_capability_spoiled(state, E_DUPLICATE_ITEM, "capability[2]");
	grids[1].start.v += MS_MINUTE;
	expect_capability_spoiled(state, E_TIME_GRID, "capability[2]/grid/start");
	grids[1].step_min.v = 0;
	expect_capability_spoiled(state, E_RANGE, "capability[2]/grid/stepMin");
	grids[1].start.v += 41 * (int64_t)MS_DAY;
	expect_capability_spoiled(state, E_TIME_FUTURE, "capability[2]/grid/start");
	grids[1].start.v -= 402 * (int64_t)MS_DAY;
	expect_capability_spoiled(state, E_TIME_ANCIENT, "capability[2]/grid/start");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(capability_comes_back, setup_capability),
		cmocka_unit_test_setup(capability_revisions_are_kept, setup_capability),
		cmocka_unit_test_setup(short_curve_refuses_the_message, setup_capability),
		cmocka_unit_test_setup(capability_items_refused, setup_capability),
	};

	return cmocka_run_group_tests(tests, desk_set_up, desk_tear_down);
}
