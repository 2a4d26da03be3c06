/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Batteries of sessions: what is kept, what is refused and where. */
#include "handler/reports.h"
#include "handler/battery.h"
#include "store/session.h"

static struct battery battery[4];

static struct battery battery_of(const char *session)
{
	return (struct battery){ .session_id = desk_text(session), .soc_ratio = { 350000 }, .capacity_wh = { 60000 },
		.max_charge_w = { 7000 }, .max_discharge_w = { VALUE_NONE }, .least_soc_ratio = { VALUE_NONE },
		.target_soc_ratio = { VALUE_NONE }, .health_ratio = { VALUE_NONE } };
}

/* Sessions s1 and s2 of agg-a from 12:00 to 18:00, s1 of agg-b from 12:00 to 13:00. */
static int with_sessions(void **state)
{
	struct session_row row[3];
	struct ledger l;

	reports_fresh(state);
	assert_int_equal(ledger_load(desk.arena, desk.db, &l), 0);
	for (int i = 0; i < 3; i++)
		row[i] = (struct session_row){ .aggregator_no = i < 2 ? reports_a : reports_b,
			.pile_no = l.pile[ledger_pile(&l, i == 0 ? "agg-a-1" : i == 1 ? "agg-a-2" : "agg-b-1")].no,
			.id = i == 1 ? "s2" : "s1", .arrival_ms = desk_at("06-10T12:00"),
			.departure_ms = desk_at(i < 2 ? "06-10T18:00" : "06-10T13:00"), .need_wh = 1000, .max_w = 7000,
			.wish_wh = VALUE_NONE, .wish_departure_ms = VALUE_NONE, .seq = 1 };
	assert_int_equal(session_put(desk.arena, desk.db, row, 3), 0);
	return 0;
}

static int charge(const char *who, const char *now, int32_t revision, const char *at, int n)
{
	struct call *c = words_begin(who, now, revision);
	struct agg_report_battery m = { &desk.header, { desk_at(at) }, n, battery };

	return desk_end(battery_report(c, &m));
}

static const char *batteries(void)
{
	return words_rows("SELECT CONCAT_WS(' ', a.aggregator_id, s.session_id, (b.at_ms - 1781020800000) DIV 60000, b.revision,"
		" (b.known_ms - 1781020800000) DIV 60000, soc_ppm, capacity_wh, charge_w, COALESCE(discharge_w, '-'),"
		" COALESCE(least_soc_ppm, '-'), COALESCE(target_soc_ppm, '-'), COALESCE(health_ppm, '-')) FROM battery b"
		" JOIN session s ON s.session_no = b.session_no JOIN aggregator a ON a.aggregator_no = s.aggregator_no"
		" ORDER BY a.aggregator_id, s.session_id, b.at_ms, b.revision");
}

static void batteries_are_kept_by_session(void **state)
{
	(void)state;
	battery[0] = battery_of("s2");
	battery[1] = battery_of("s1");
	battery[1].max_discharge_w.v = 0;
	battery[1].least_soc_ratio.v = battery[1].target_soc_ratio.v = 800000;
	battery[1].health_ratio.v = 990000;
	assert_items(charge("agg-a", "06-10T12:32", 1, "06-10T12:31", 2), 2, 2);
	assert_int_equal(desk.call.diag.n, 0);
	/* another's session of the same name is another session */
	battery[0] = battery_of("s1");
	battery[0].soc_ratio.v = 1000000;
	assert_items(charge("agg-b", "06-10T12:32", 1, "06-10T12:31", 1), 1, 1);
	assert_string_equal(batteries(),
		"agg-a s1 751 1 752 350000 60000 7000 0 800000 800000 990000\n"
		"agg-a s2 751 1 752 350000 60000 7000 - - - -\n"
		"agg-b s1 751 1 752 1000000 60000 7000 - - - -\n");
}

static void batteries_refused_whole(void **state)
{
	(void)state;
	battery[0] = battery_of("s1");
	assert_refused(charge("agg-a", "06-10T12:30", 1, "06-10T12:32", 1), E_TIME_FUTURE, "at");
	assert_refused(charge("agg-a", "06-10T14:31", 1, "06-10T12:30", 1), E_TIME_ANCIENT, "at");
	assert_string_equal(batteries(), "");
}

static void batteries_refused(void **state)
{
	(void)state;
	battery[0] = battery_of("s1");
	battery[1] = battery_of("s1");
	battery[2] = battery_of("s3");
	battery[3] = battery_of("s2");
	battery[3].capacity_wh.v = 0;
	assert_items(charge("agg-a", "06-10T12:30", 1, "06-10T12:30", 4), 4, 1);
	assert_int_equal(desk.call.diag.n, 3);
	assert_diag(0, E_DUPLICATE_ITEM, "battery[2]/sessionId");
	assert_diag(1, E_UNKNOWN_SESSION, "battery[3]/sessionId");
	assert_diag(2, E_RANGE, "battery[4]/capacityKwh");
	battery[0] = battery_of("s2");
	battery[0].capacity_wh.v = BATTERY_CAPACITY_MAX_WH + 1;
	assert_items(charge("agg-a", "06-10T12:30", 1, "06-10T12:30", 1), 1, 0);
	assert_diag(0, E_RANGE, "battery[1]/capacityKwh");
	battery[0] = battery_of("s2");
	battery[0].least_soc_ratio.v = 800001;
	battery[0].target_soc_ratio.v = 800000;
	assert_items(charge("agg-a", "06-10T12:30", 1, "06-10T12:30", 1), 1, 0);
	assert_diag(0, E_RANGE, "battery[1]/leastSocPercent");
	battery[0].capacity_wh.v = BATTERY_CAPACITY_MAX_WH;
	battery[0].target_soc_ratio.v = VALUE_NONE;             /* nothing wanted: nothing to be above of */
	assert_items(charge("agg-a", "06-10T12:30", 1, "06-10T12:30", 1), 1, 1);
	/* another's session is none: s2 is agg-a's; and a session is one while it stays */
	battery[0] = battery_of("s2");
	assert_items(charge("agg-b", "06-10T12:30", 1, "06-10T12:30", 1), 1, 0);
	assert_diag(0, E_UNKNOWN_SESSION, "battery[1]/sessionId");
	assert_null(desk.call.diag.item[0].detail);
	battery[0] = battery_of("s1");
	assert_items(charge("agg-b", "06-10T13:01", 1, "06-10T13:00", 1), 1, 0);
	assert_diag(0, E_UNKNOWN_SESSION, "battery[1]/sessionId");
	assert_items(charge("agg-b", "06-10T12:00", 1, "06-10T11:59", 1), 1, 0);
	assert_diag(0, E_UNKNOWN_SESSION, "battery[1]/sessionId");
	assert_items(charge("agg-b", "06-10T12:00", 1, "06-10T12:00", 1), 1, 1);
	assert_items(charge("agg-c", "06-10T12:30", 1, "06-10T12:30", 1), 1, 0);        /* without a ledger */
	assert_diag(0, E_UNKNOWN_SESSION, "battery[1]/sessionId");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM battery"), 3);
}

static void battery_revisions_are_kept(void **state)
{
	(void)state;
	battery[0] = battery_of("s1");
	assert_items(charge("agg-a", "06-10T12:30", 2, "06-10T12:30", 1), 1, 1);
	battery[0].soc_ratio.v = 400000;
	assert_items(charge("agg-a", "06-10T12:31", 2, "06-10T12:30", 1), 1, 0);
	assert_diag(0, E_REVISION, "battery[1]");
	assert_string_equal(desk.call.diag.item[0].detail, "stored: 2");
	assert_items(charge("agg-a", "06-10T12:31", 1, "06-10T12:30", 1), 1, 0);
	assert_items(charge("agg-a", "06-10T12:31", 11, "06-10T12:30", 1), 1, 1);
	assert_items(charge("agg-a", "06-10T12:31", 10, "06-10T12:30", 1), 1, 0);
	assert_items(charge("agg-a", "06-10T12:31", 1, "06-10T12:31", 1), 1, 1);
	assert_string_equal(words_rows("SELECT CONCAT_WS(' ', (at_ms - 1781020800000) DIV 60000, revision, soc_ppm) FROM battery"
		" ORDER BY at_ms, revision"), "750 2 350000\n750 11 400000\n751 1 400000\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(batteries_are_kept_by_session, with_sessions),
		cmocka_unit_test_setup(batteries_refused_whole, with_sessions),
		cmocka_unit_test_setup(batteries_refused, with_sessions),
		cmocka_unit_test_setup(battery_revisions_are_kept, with_sessions),
	};

	return cmocka_run_group_tests(tests, reports_set_up, desk_tear_down);
}
