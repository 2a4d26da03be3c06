/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* History and the baseline by rule B, small cases reckoned by hand. */
#include "handler/meters.h"
#include "sim/world.h"

/* -- the small world: aggregators agg-a with three piles of 7 kW and agg-b with one */

static int make(const char *now)
{
	struct call *c = desk_begin("dispatch", now, 1);

	return desk_end(forecast_baseline_diag(&c->w, METERS_DATE, &c->diag));
}

static void history_has_no_gap_and_counts_what_is_missing(void **state)
{
	struct ledger ledger;
	struct forecast_days days;
	struct call *c = desk_begin("dispatch", "06-10T13:00", 1);
	const struct baseline_day *d;

	(void)state;
	assert_int_equal(ledger_load(desk.arena, desk.db, &ledger), 0);
	assert_int_equal(desk_end(forecast_history(&c->w, &ledger, METERS_DATE, &days)), 0);
	assert_int_equal(days.n, METERS_N);
	assert_int_equal(days.n_days, 9);
	assert_int_equal(days.n_aggregators, 2);
	assert_string_equal(ledger.aggregator[days.aggregator[0]].id, "agg-a");
	d = days.day;
	for (int i = 0; i < 9; i++) {
		assert_int_equal(d[i].date, date_from_civil(2026, 6, 1 + i));
		assert_int_equal(d[i].due, METERS_N);
		assert_int_equal(d[i].event, i == 3);
		assert_int_equal(d[i].day_class, i < 4 || i >= 7 ? DAY_CLASS_WORKDAY : DAY_CLASS_OTHER);
	}
	assert_int_equal(d[0].stored, METERS_N);
	assert_int_equal(d[0].load_w[METERS_N - 1], 1000);
	assert_int_equal(d[5].stored, 0);
	assert_int_equal(d[5].load_w[0], 0);
	assert_int_equal(d[8].stored, METERS_N - 4);
	assert_int_equal(d[8].load_w[METERS_N - 5], 1301);
	assert_int_equal(d[8].load_w[METERS_N - 4], 0);
	assert_int_equal(d[9].load_w[0], 500);
}

/* Of the six workdays of agg-a the 2nd is incomplete, the 4th an event, the 8th too high once the mean of the eligible
 * (1st, 3rd, 8th, 9th) is taken; of the 9th 92 of 96 values are there, so it counts. Their mean is 3.1 kW, so all are
 * outside 75 … 125 %: nothing is left. Without the 8th the others stay. */
static void an_aggregator_without_a_day_has_no_baseline(void **state)
{
	const char *before = desk_content();

	(void)state;
	assert_refused(make("06-10T13:00"), E_NO_BASELINE, "header/businessDate");
	assert_string_equal(desk.call.diag.item[0].detail, "agg-a");
	assert_string_equal(desk_content(), before);
}

static void the_baseline_is_the_mean_of_like_days(void **state)
{
	struct forecast_baselines b;
	struct baseline_days days;

	(void)state;
	meters_settle_history();
	assert_int_equal(make("06-10T13:00"), 0);
	b = meters_baselines();
	assert_int_equal(b.set.n_items, 2);
	assert_string_equal(b.set.item[0].aggregator_id, "agg-a");
	assert_string_equal(b.set.item[0].rule_set, "sichuan-2023");
	assert_int_equal(b.set.item[0].factor_ppm, 1000000);
	assert_int_equal(b.set.item[0].day_class, DAY_CLASS_WORKDAY);
	assert_int_equal(b.set.item[0].mean_w[0], 1167);        /* (1000 + 1200 + 1301) / 3 */
	assert_int_equal(b.set.item[0].baseline_w[METERS_N - 1], 733); /* (1000 + 1200 + 0) / 3 */
	assert_int_equal(b.set.item[1].baseline_w[0], 500);
	assert_int_equal(b.total_w[0], 1667);
	assert_int_equal(b.total_w[METERS_N - 1], 1233);
	assert_int_equal(baseline_load_days(desk.arena, desk.db, METERS_DATE, &days), 0);
	assert_int_equal(days.n_items, 18);
	for (size_t i = 0; i < 9; i++) {
		assert_string_equal(days.item[i].aggregator_id, "agg-a");
		assert_int_equal(days.item[i].day, date_from_civil(2026, 6, 1 + (int)i));
		assert_int_equal(days.item[i].used, i == 0 || i == 2 || i == 8);
		assert_int_equal(days.item[i].event, i == 3);
	}
	assert_int_equal(days.item[1].stored, METERS_N - 5);
	assert_int_equal(days.item[7].stored, 0);
	assert_int_equal(days.item[16].used, 1);
	assert_int_equal(days.item[15].load_w[95], 500);
}

static void making_it_again_changes_nothing_new_readings_do(void **state)
{
	const char *before;

	(void)state;
	meters_settle_history();
	assert_int_equal(make("06-10T13:00"), 0);
	before = desk_content();
	assert_int_equal(make("06-10T14:00"), 0);
	assert_string_equal(desk_content(), before);
	meters_read("agg-b", 9, 600, 0);
	assert_int_equal(make("06-10T14:00"), 0);
	assert_int_equal(meters_baselines().set.item[1].baseline_w[0], 520);        /* 4 × 500 and 600 */
}

static void accept_task(void)
{
	assert_int_equal(db_exec(desk.db, "INSERT INTO task (task_id, state, business_date, sender, start_ms, step_min,"
		" n, revision,"
		" accepted_ms, seq) VALUES ('T', 1, ?, 'dispatch', 0, 15, 72, 0, 0, 1)", DB_ARGS(DB_DATE(METERS_DATE))), 0);
}

static const char *baseline_days_content(void)
{
	struct db_rows *rows = NULL;
	const char *text = "";

	assert_int_equal(db_query(desk.db, "SELECT CONCAT_WS(' ', aggregator_no, day, stored, used, HEX(load_w)) FROM"
		" baseline_day ORDER BY aggregator_no, day", DB_NO_ARGS, &rows), 0);
	while (db_next(rows) > 0)
		text = arena_printf(desk.arena, "%s%s\n", text, db_text(rows, 0));
	db_rows_done(rows);
	return text;
}

static void it_is_final_once_a_task_is_accepted(void **state)
{
	(void)state;
	meters_settle_history();
	assert_int_equal(make("06-10T13:00"), 0);
	accept_task();
	meters_read("agg-b", 9, 600, 0);
	assert_int_equal(make("06-10T14:00"), 0);
	assert_int_equal(meters_baselines().set.item[1].baseline_w[0], 500);
}

static void an_aggregator_without_stations_is_passed_over(void **state)
{
	char id[] = "agg-0";
	struct party party = { .id = id, .name = id, .address = id };
	uint32_t no;

	(void)state;
	meters_settle_history();
	assert_int_equal(ledger_put_aggregator(desk.db, &party, &(struct ledger_contact){ 0 }, 1, 1, &no), 0);
	assert_int_equal(make("06-10T13:00"), 0);
	assert_int_equal(meters_baselines().set.n_items, 2);
}

static void without_a_ledger_there_is_no_baseline(void **state)
{
	struct forecast_baselines b;
	struct call *c;

	(void)state;
	meters_empty();
	assert_refused(make("06-10T13:00"), E_NO_BASELINE, "header/businessDate");
	c = desk_begin("dispatch", "06-10T13:00", 1);
	assert_int_equal(desk_end(forecast_baseline_load(&c->w, METERS_DATE, &b)), E_NO_BASELINE);
	c = desk_begin("dispatch", "06-10T13:00", 1);
	assert_int_equal(desk_end(forecast_baseline(&c->w, METERS_DATE)), E_NO_BASELINE);
}

/* -- the same-day factor */

static void the_same_day_factor_comes_from_valid_intervals(void **state)
{
	struct forecast_baselines b;

	(void)state;
	meters_settle_history();
	desk.rules.baseline.adjust_min_ppm = 800000;
	desk.rules.baseline.adjust_max_ppm = 1200000;
	meters_measure("agg-b", "06-10T14:45", 7000, 15);      /* before the window 15:00 … 17:00 */
	meters_measure("agg-b", "06-10T15:00", 550, 15);
	meters_measure("agg-b", "06-10T15:15", 500, 15);
	meters_measure("agg-b", "06-10T15:30", 9000, 14);      /* 14 of 15 samples: not valid */
	meters_measure("agg-b", "06-10T17:00", 7000, 15);      /* behind it */
	meters_measure("agg-a", "06-10T15:00", 3000, 15);      /* three piles: 9 kW, far above the cap */
	assert_int_equal(make("06-10T17:00"), 0);       /* samples of 17:00 are still waited for */
	assert_int_equal(meters_baselines().set.item[1].factor_ppm, 1000000);
	assert_int_equal(make("06-10T17:01"), 0);
	b = meters_baselines();
	assert_int_equal(b.set.item[0].factor_ppm, 1200000);
	assert_int_equal(b.set.item[0].baseline_w[0], 1400);    /* 1167 × 1.2 = 1400.4 */
	assert_int_equal(b.set.item[1].factor_ppm, 1050000);
	assert_int_equal(b.set.item[1].mean_w[0], 500);
	assert_int_equal(b.set.item[1].baseline_w[0], 525);
	desk.rules.baseline.adjust_min_ppm = desk.rules.baseline.adjust_max_ppm = 1000000;
	assert_int_equal(make("06-10T17:01"), 0);
	assert_int_equal(meters_baselines().set.item[1].factor_ppm, 1000000);
}

/* Told to dispatch at 13:00 and a task accepted by that: the factor of the afternoon counts in the assessment. The days
 * stay, and so does what was told. */
static void a_task_accepted_before_the_window_does_not_lose_the_factor(void **state)
{
	struct forecast_baselines b;
	const char *days;
	struct call *c;

	(void)state;
	meters_settle_history();
	desk.rules.baseline.adjust_min_ppm = 800000;
	desk.rules.baseline.adjust_max_ppm = 1200000;
	assert_int_equal(make("06-10T13:00"), 0);
	days = baseline_days_content();
	accept_task();
	meters_read("agg-b", 9, 600, 0);
	meters_measure("agg-b", "06-10T15:00", 550, 15);
	meters_measure("agg-b", "06-10T15:15", 500, 15);
	meters_measure("agg-a", "06-10T15:00", 100, 15);       /* 300 W, far below the floor */
	c = desk_begin("scheduler", "06-10T17:00", 1);
	assert_int_equal(desk_end(forecast_baseline_finish(&c->w, METERS_DATE, &b)), 0);
	assert_int_equal(b.set.item[1].factor_ppm, 1000000);    /* samples of 17:00 are still waited for */
	c = desk_begin("scheduler", "06-11T12:01", 1);
	assert_int_equal(desk_end(forecast_baseline_finish(&c->w, METERS_DATE, &b)), 0);
	assert_int_equal(b.set.item[0].factor_ppm, 800000);
	assert_int_equal(b.set.item[0].mean_w[0], 1167);
	assert_int_equal(b.set.item[0].baseline_w[0], 934);     /* 933.6 */
	assert_int_equal(b.set.item[1].factor_ppm, 1050000);
	assert_int_equal(b.set.item[1].baseline_w[0], 525);
	assert_int_equal(b.total_w[0], 934 + 525);
	assert_int_equal(meters_baselines().total_w[0], 934 + 525);
	assert_string_equal(baseline_days_content(), days);
	c = desk_begin("scheduler", "06-11T12:02", 1);
	assert_int_equal(desk_end(forecast_baseline_finish(&c->w, METERS_DATE, &b)), 0);       /* again */
	assert_int_equal(b.total_w[0], 934 + 525);
	desk.rules.baseline.adjust_min_ppm = desk.rules.baseline.adjust_max_ppm = 1000000;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(history_has_no_gap_and_counts_what_is_missing, meters_small),
		cmocka_unit_test_setup(an_aggregator_without_a_day_has_no_baseline, meters_small),
		cmocka_unit_test_setup(the_baseline_is_the_mean_of_like_days, meters_small),
		cmocka_unit_test_setup(making_it_again_changes_nothing_new_readings_do, meters_small),
		cmocka_unit_test_setup(it_is_final_once_a_task_is_accepted, meters_small),
		cmocka_unit_test_setup(an_aggregator_without_stations_is_passed_over, meters_small),
		cmocka_unit_test_setup(without_a_ledger_there_is_no_baseline, meters_small),
		cmocka_unit_test_setup(the_same_day_factor_comes_from_valid_intervals, meters_small),
		cmocka_unit_test_setup(a_task_accepted_before_the_window_does_not_lose_the_factor, meters_small),
	};

	return cmocka_run_group_tests(tests, desk_set_up, desk_tear_down);
}
