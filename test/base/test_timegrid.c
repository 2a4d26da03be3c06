/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/error.h"
#include "base/rng.h"
#include "base/timegrid.h"

static void known_dates(void **state)
{
	(void)state;
	assert_int_equal(date_from_civil(1970, 1, 1), 0);
	assert_int_equal(date_from_civil(1969, 12, 31), -1);
	assert_int_equal(date_from_civil(2000, 3, 1), 11017);
	assert_int_equal(date_from_civil(2026, 6, 10), 20614);
	assert_int_equal(date_from_civil(1, 1, 1), -719162);
	assert_int_equal(date_weekday(0), 4);
	assert_int_equal(date_weekday(date_from_civil(2026, 6, 10)), 3);
	assert_int_equal(date_weekday(date_from_civil(2026, 6, 14)), 7);
	assert_int_equal(date_weekday(date_from_civil(1900, 1, 1)), 1);
}

/* Every day from year 1 to 9999 against a calendar that is counted on by hand, weekdays along with it. */
static void every_day_in_a_row(void **state)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int32_t date = date_from_civil(1, 1, 1);
	int weekday = 1;        /* 0001-01-01, proleptic, was a Monday */

	(void)state;
	for (int y = 1; y <= 9999; y++)
		for (int m = 1; m <= 12; m++) {
			int leap = m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);

			for (int d = 1; d <= length[m - 1] + leap; d++, date++, weekday = weekday % 7 + 1) {
				int year, month, day;

				date_to_civil(date, &year, &month, &day);
				if (year != y || month != m || day != d || date_from_civil(y, m, d) != date ||
				    date_weekday(date) != weekday)
					fail_msg("%04d-%02d-%02d", y, m, d);
			}
		}
	assert_int_equal(date, date_from_civil(10000, 1, 1));
}

static void dates_at_the_ends_of_their_type(void **state)
{
	static const int32_t ends[] = { INT32_MIN, INT32_MIN + 1, INT32_MAX };
	char buf[11];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		int y, m, d;

		date_to_civil(ends[i], &y, &m, &d);
		assert_in_range(m, 1, 12);
		assert_in_range(d, 1, 31);
		assert_in_range(date_weekday(ends[i]), 1, 7);
		assert_string_equal(date_format(ends[i], buf), "-");
	}
}

static void dates_as_text(void **state)
{
	static const char *const bad[] = {
		"", "2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01",
		"2026-6-10", "2026-06-1", "2026-06-10 ", " 2026-06-10", "20260610", "2026/06/10", "2026-06-32",
		"-026-06-10", "2026-06-10Z", "2026-06-10T",
	};
	int32_t date = 77;
	char buf[11];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(date_parse(bad[i], &date), E_FORMAT);
		assert_int_equal(date, 77);
	}
	assert_int_equal(date_parse("2024-02-29", &date), 0);
	assert_string_equal(date_format(date, buf), "2024-02-29");
	assert_int_equal(date_parse("2000-02-29", &date), 0);
	assert_int_equal(date_parse("9999-12-31", &date), 0);
	assert_string_equal(date_format(date, buf), "9999-12-31");
	assert_string_equal(date_format(date + 1, buf), "-");
	assert_int_equal(date_parse("0001-01-01", &date), 0);
	assert_string_equal(date_format(date, buf), "0001-01-01");
	assert_string_equal(date_format(date - 1, buf), "-");
}

static void known_times(void **state)
{
	static const struct { const char *text; int64_t ts_ms; } row[] = {
		{ "1970-01-01T00:00:00Z", 0 }, { "2026-06-10T18:15:00+08:00", 1781086500000 },
		{ "2026-06-10T10:15:00Z", 1781086500000 }, { "2026-06-10T10:15:00.5Z", 1781086500500 },
		{ "2026-06-10T10:15:00.007-00:00", 1781086500007 }, { "2026-06-10T10:15:00.123999999Z", 1781086500123 },
		{ "1969-12-31T23:59:59.999Z", -1 }, { "2026-06-10T06:45:00-03:30", 1781086500000 },
		{ "2026-06-11T00:15:00+14:00", 1781086500000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		int64_t ts_ms = 7;

		assert_int_equal(time_parse(row[i].text, &ts_ms), 0);
		assert_int_equal(ts_ms, row[i].ts_ms);
	}
}

static void refused_times(void **state)
{
	static const char *const bad[] = {
		"", "2026-06-10", "2026-06-10T18:15:00", "2026-06-10T18:15:00.5", "2026-06-10T24:00:00Z",
		"2026-06-10T23:60:00Z",
		"2026-06-10T23:59:60Z", "2026-06-10 18:15:00Z", "2026-06-10t18:15:00Z", "2026-06-10T18:15:00z",
		"2026-06-10T18:15Z", "2026-06-10T18:15:00Zx", "2026-06-10T18:15:00Z ", "2026-06-10T18:15:00.Z",
		"2026-06-10T18:15:00.1234567890Z", "2026-06-10T18:15:00+8:00", "2026-06-10T18:15:00+0800",
		"2026-06-10T18:15:00+08", "2026-06-10T18:15:00+14:01", "2026-06-10T18:15:00+08:60",
		"2026-06-10T18:15:00,5Z",
		"2026-02-30T00:00:00Z", "+2026-06-10T18:15:00Z",
	};
	int64_t ts_ms = 7;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(time_parse(bad[i], &ts_ms), E_FORMAT);
		assert_int_equal(ts_ms, 7);
	}
}

static void formats(void **state)
{
	char buf[30];

	(void)state;
	assert_string_equal(time_format(1781086500000, 480, buf), "2026-06-10T18:15:00+08:00");
	assert_string_equal(time_format(1781086500000, 0, buf), "2026-06-10T10:15:00+00:00");
	assert_string_equal(time_format(1781086500007, -210, buf), "2026-06-10T06:45:00.007-03:30");
	assert_string_equal(time_format(-1, 0, buf), "1969-12-31T23:59:59.999+00:00");
	assert_string_equal(time_format(TIME_NONE, 480, buf), "-");
	assert_string_equal(time_format(TIME_NONE, -480, buf), "-");
	assert_string_equal(time_format(INT64_MAX, 480, buf), "-");
	assert_string_equal(time_format_compact(1781086500000, 480, buf), "20260610 18:15:00");
	assert_string_equal(time_format_compact(1781107200000, 480, buf), "20260611 00:00:00");
	assert_string_equal(time_format_compact(TIME_NONE, 0, buf), "-");
}

/* Random instants of years 1 to 9999: text and back, and the C library's calendar as the oracle. */
static void times_round_trip(void **state)
{
	int64_t low = (int64_t)date_from_civil(1, 1, 2) * MS_DAY;
	int64_t high = (int64_t)date_from_civil(9999, 12, 30) * MS_DAY;
	struct rng r;

	(void)state;
	rng_seed(&r, 9);
	for (int i = 0; i < 50000; i++) {
		int64_t ts_ms = rng_between(&r, low, high), back;
		int offset_min = (int)rng_between(&r, -840, 840);
		time_t local_s;
		struct tm tm;
		char buf[30], expected[64];

		ts_ms -= i % 2 ? 0 : (ts_ms % 1000 + 1000) % 1000;
		assert_int_equal(time_parse(time_format(ts_ms, offset_min, buf), &back), 0);
		assert_int_equal(back, ts_ms);
		local_s = (time_t)((ts_ms - (ts_ms % 1000 + 1000) % 1000) / 1000 + offset_min * 60);
		assert_non_null(gmtime_r(&local_s, &tm));
		snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
				tm.tm_mday,
			 tm.tm_hour, tm.tm_min, tm.tm_sec);
		assert_memory_equal(buf, expected, 19);
	}
}

static void offsets_and_times_of_day(void **state)
{
	static const struct { const char *text; int minutes; } offset[] = {
		{ "Z", 0 }, { "+00:00", 0 }, { "-00:00", 0 }, { "+08:00", 480 }, { "-03:30", -210 }, { "+14:00", 840 },
		{ "-14:00", -840 },
	};
	static const char *const no_offset[] = { "", "08:00", "+8:00", "+08:0", "+08:00 ", "+15:00", "z", "Z0",
			"+-8:00", "+08:60" };
	static const struct { const char *text; int minutes; } day[] = {
		{ "00:00", 0 }, { "12:00", 720 }, { "17:05", 1025 }, { "23:59", 1439 }, { "24:00", 1440 },
	};
	static const char *const no_day[] = { "", "24:01", "25:00", "1:00", "12:60", "12:0", "12:00:00", " 12:00",
			"12.00", "-1:00" };
	int minutes;

	(void)state;
	for (size_t i = 0; i < sizeof offset / sizeof *offset; i++) {
		assert_int_equal(time_offset_parse(offset[i].text, &minutes), 0);
		assert_int_equal(minutes, offset[i].minutes);
	}
	for (size_t i = 0; i < sizeof day / sizeof *day; i++) {
		assert_int_equal(time_of_day_parse(day[i].text, &minutes), 0);
		assert_int_equal(minutes, day[i].minutes);
	}
	minutes = 7;
	for (size_t i = 0; i < sizeof no_offset / sizeof *no_offset; i++)
		assert_int_equal(time_offset_parse(no_offset[i], &minutes), E_FORMAT);
	for (size_t i = 0; i < sizeof no_day / sizeof *no_day; i++)
		assert_int_equal(time_of_day_parse(no_day[i], &minutes), E_FORMAT);
	assert_int_equal(minutes, 7);
}

/* The business day from noon to noon, China: 2026-06-10T12:00+08:00 on, 96 quarters. */
static void the_grid_of_a_day(void **state)
{
	int32_t date = date_from_civil(2026, 6, 10);
	struct timegrid g = timegrid_of_day(date, 720, 480, 15);
	char buf[30];

	(void)state;
	assert_int_equal(g.n, 96);
	assert_int_equal(g.step_ms, 900000);
	assert_string_equal(time_format(timegrid_begin(&g, 0), 480, buf), "2026-06-10T12:00:00+08:00");
	assert_string_equal(time_format(timegrid_end(&g, 0), 480, buf), "2026-06-10T12:15:00+08:00");
	assert_string_equal(time_format(timegrid_end(&g, 47), 480, buf), "2026-06-11T00:00:00+08:00");
	assert_string_equal(time_format(timegrid_end(&g, 95), 480, buf), "2026-06-11T12:00:00+08:00");
	assert_int_equal(timegrid_of_day(date, 0, 480, 5).n, 288);
	assert_int_equal(timegrid_day_of(g.start_ms, 720, 480), date);
	assert_int_equal(timegrid_day_of(g.start_ms - 1, 720, 480), date - 1);
	assert_int_equal(timegrid_day_of(timegrid_end(&g, 95) - 1, 720, 480), date);
	assert_int_equal(timegrid_day_of(timegrid_end(&g, 95), 720, 480), date + 1);
	assert_int_equal(timegrid_day_of(-1, 0, 0), -1);
	assert_int_equal(timegrid_day_of(0, 0, 0), 0);
}

/* The three ways to find an interval against their definitions, at and beside each border and far outside. */
static void indexes_follow_their_definitions(void **state)
{
	static const int64_t beside[] = { -1, 0, 1, 450000 };
	struct timegrid g = timegrid_of_day(date_from_civil(1969, 12, 31), 720, 480, 15);

	(void)state;
	for (int b = -2; b <= g.n + 2; b++)
		for (size_t k = 0; k < 4; k++) {
			int64_t ts = timegrid_begin(&g, b) + beside[k];
			int holds = -1, ends = -1, stamped = -1;

			for (int i = 0; i < g.n; i++) {
				if (timegrid_begin(&g, i) <= ts && ts < timegrid_end(&g, i))
					holds = i;
				if (timegrid_begin(&g, i) < ts && ts <= timegrid_end(&g, i))
					stamped = i;
				if (ts == timegrid_end(&g, i))
					ends = i;
			}
			assert_int_equal(timegrid_index(&g, ts), holds);
			assert_int_equal(timegrid_index_of_stamp(&g, ts), stamped);
			assert_int_equal(timegrid_index_of_end(&g, ts), ends);
		}
	assert_int_equal(timegrid_index(&g, INT64_MIN), -1);
	assert_int_equal(timegrid_index(&g, INT64_MAX), -1);
	assert_int_equal(timegrid_index_of_stamp(&g, INT64_MIN), -1);
	assert_int_equal(timegrid_index_of_stamp(&g, INT64_MAX), -1);
	assert_int_equal(timegrid_index_of_end(&g, INT64_MIN), -1);
	assert_int_equal(timegrid_index_of_end(&g, INT64_MAX), -1);
}

/* Over all intervals the common parts add up to the part of the span that lies in the grid. */
static void overlaps_add_up(void **state)
{
	struct timegrid g = timegrid_of_day(20614, 720, 480, 15);
	int64_t first = timegrid_begin(&g, 0), last = timegrid_begin(&g, g.n);
	struct rng r;

	(void)state;
	assert_int_equal(timegrid_overlap(&g, 3, timegrid_begin(&g, 3) + 60000, timegrid_end(&g, 3) + 5), 840000);
	assert_int_equal(timegrid_overlap(&g, 3, INT64_MIN, INT64_MAX), 900000);
	assert_int_equal(timegrid_overlap(&g, 3, INT64_MAX, INT64_MIN), 0);
	assert_int_equal(timegrid_overlap(&g, 3, timegrid_end(&g, 3), timegrid_end(&g, 4)), 0);
	rng_seed(&r, 10);
	for (int round = 0; round < 2000; round++) {
		int64_t from = rng_between(&r, first - MS_HOUR, last + MS_HOUR), to = rng_between(&r, from,
				last + MS_HOUR);
		int64_t inside = (to < last ? to : last) - (from > first ? from : first), sum = 0;

		for (int i = 0; i < g.n; i++) {
			int64_t part = timegrid_overlap(&g, i, from, to);

			assert_true(part >= 0 && part <= g.step_ms);
			sum += part;
		}
		assert_int_equal(sum, inside > 0 ? inside : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_dates),
		cmocka_unit_test(every_day_in_a_row),
		cmocka_unit_test(dates_at_the_ends_of_their_type),
		cmocka_unit_test(dates_as_text),
		cmocka_unit_test(known_times),
		cmocka_unit_test(refused_times),
		cmocka_unit_test(formats),
		cmocka_unit_test(times_round_trip),
		cmocka_unit_test(offsets_and_times_of_day),
		cmocka_unit_test(the_grid_of_a_day),
		cmocka_unit_test(indexes_follow_their_definitions),
		cmocka_unit_test(overlaps_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
