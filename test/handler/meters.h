/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* For the tests of baseline and potential: aggregators agg-a with three piles of 7 kW and agg-b with one, and their meters. */
#ifndef TEST_HANDLER_METERS_H
#define TEST_HANDLER_METERS_H
#include "handler/desk.h"
#include "handler/forecast.h"
#include "handler/meter.h"
#include "store/telemetry.h"

#define METERS_DATE (date_from_civil(2026, 6, 10))
enum { METERS_N = 96, SIX_PM = 24, EIGHT_PM = 32, MIDNIGHT = 48, SIX_AM = 72 };

static uint32_t meters_a, meters_b;

static inline void meters_empty(void)
{
	static const char *const sql[] = { "DELETE FROM meter_series", "DELETE FROM baseline",
		"DELETE FROM baseline_day", "DELETE FROM potential", "DELETE FROM session", "DELETE FROM pile_interval",
		"DELETE FROM task",
		"DELETE FROM pile", "DELETE FROM station", "DELETE FROM aggregator" };

	for (size_t i = 0; i < sizeof sql / sizeof *sql; i++)
		assert_int_equal(db_exec_at(desk.db, sql[i], DB_NO_ARGS), 0);
}

/* The meter of an aggregator shows `mean_w` throughout the business day June `day`, but for the last `missing` ones. */
static inline void meters_read(const char *id, int day, int64_t mean_w, int missing)
{
	struct timegrid grid = rules_grid(&desk.rules, date_from_civil(2026, 6, day));
	struct call *c = desk_begin("trading", "06-10T12:00", 1);
	struct meter_series series = { arena_printf(desk.arena, "%s-m", id), { grid.start_ms }, { 15 },
		{ METERS_N - missing, ARENA_ARRAY(desk.arena, METERS_N, struct watt) } };
	struct trd_submit_meter_data m = { &desk.header, 1, &series };

	for (int i = 0; i < METERS_N; i++)
		series.mean_w.item[i].v = mean_w;
	assert_int_equal(desk_end(meter_submit(c, &m)), 0);
	assert_int_equal(c->items_stored, METERS_N - missing);
}

/* Workdays 1, 2, 3, 4 (event), 8 and 9 June, the days between of class other, of agg-a; agg-b likewise but flat. */
static inline int meters_small(void **state)
{
	static const struct { int day, missing; int64_t mean_w; } a[] = {
		{ 1, 0, 1000 }, { 2, 5, 1100 }, { 3, 0, 1200 }, { 4, 0, 1000 }, { 5, 0, 5000 }, { 7, 0, 100 },
		{ 8, 0, 9000 }, { 9, 4, 1301 },
	};

	(void)state;
	meters_empty();
	meters_b = desk_aggregator("agg-b", 1, PILE_KIND_AC, 7000);
	meters_a = desk_aggregator("agg-a", 3, PILE_KIND_AC, 14000);
	for (size_t i = 0; i < sizeof a / sizeof *a; i++)
		meters_read("agg-a", a[i].day, a[i].mean_w, a[i].missing);
	for (int day = 1; day <= 9; day++)
		meters_read("agg-b", day, 500, 0);
	return 0;
}

static inline struct forecast_baselines meters_baselines(void)
{
	struct forecast_baselines b;
	struct call *c = desk_begin("dispatch", "06-10T13:00", 1);

	assert_int_equal(desk_end(forecast_baseline_load(&c->w, METERS_DATE, &b)), 0);
	return b;
}

static inline void meters_settle_history(void)
{
	assert_int_equal(db_exec(desk.db, "DELETE FROM meter_series WHERE start_ms = ? AND station_no = (SELECT"
		" station_no FROM station"
		" WHERE station_id = 'agg-a-s')", DB_ARGS(DB_INT(desk_at("06-08T12:00")))), 0);
}

/* Every pile of an aggregator means mean_w over an interval, from `stored` samples. */
static inline void meters_measure(const char *id, const char *begin, int64_t mean_w, int64_t stored)
{
	struct telemetry_interval row[8];
	struct ledger ledger;

	assert_int_equal(ledger_load_of(desk.arena, desk.db, id, &ledger), 0);
	for (size_t i = 0; i < ledger.n_piles; i++)
		row[i] = (struct telemetry_interval){ desk_at(begin), ledger.pile[i].no, stored, mean_w * stored };
	assert_int_equal(telemetry_put_intervals(desk.arena, desk.db, row, ledger.n_piles), 0);
}
#endif
