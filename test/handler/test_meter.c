/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Meter readings: what is stored, what replaces what, what is refused and where. */
#include "handler/desk.h"
#include "handler/meter.h"
#include "store/meter.h"

#define NOW "06-10T13:00"

static struct watt reading[3][METER_RUN_MAX + 1];
static struct meter_series series[3];
static struct trd_submit_meter_data message;

static struct meter_series series_of(int i, const char *meter, const char *start, int n)
{
	for (int k = 0; k < n; k++)
		reading[i][k].v = 1000 * (i + 1) + k;
	return (struct meter_series){ .meter_no = arena_strdup(desk.arena, meter), .start = { desk_at(start) },
		.step_min = { 15 },
		.mean_w = { n, reading[i] } };
}

static int submit(void)
{
	struct call *c = desk_begin("trading", NOW, 1);

	return desk_end(meter_submit(c, &message));
}

/* -- what is stored, as "start+n:first reading", by start */

struct list { const char *text[16]; int64_t start[16]; size_t n; };

static void note(void *context, const struct meter_run *run)
{
	struct list *list = context;
	size_t k = list->n++;

	assert_true(list->n <= 16);
	for (; k > 0 && list->start[k - 1] > run->start_ms; k--) {
		list->start[k] = list->start[k - 1];
		list->text[k] = list->text[k - 1];
	}
	list->start[k] = run->start_ms;
	list->text[k] = arena_printf(desk.arena, "%lld+%zu:%lld ",
		(long long)(run->start_ms - desk_at("06-09T00:00")) / MS_MINUTE,
				     run->n, (long long)run->mean_w[0]);
}

static const char *stored(void)
{
	struct list list = { .n = 0 };
	const char *text = "";

	assert_int_equal(meter_read(desk.db, desk_at("01-01T00:00"), desk_at("12-01T00:00"), 15, note, &list), 0);
	for (size_t i = 0; i < list.n; i++)
		text = arena_printf(desk.arena, "%s%s", text, list.text[i]);
	return text;
}

static int set_up(void **state)
{
	(void)state;
	desk_open("sichuan-2023");
	desk_aggregator("agg-a", 3, PILE_KIND_AC, 14000);
	desk_aggregator("agg-b", 1, PILE_KIND_V2G, 7000);
	return 0;
}

static int fresh(void **state)
{
	(void)state;
	assert_int_equal(db_exec(desk.db, "DELETE FROM meter_series", DB_NO_ARGS), 0);
	series[0] = series_of(0, "agg-a-m", "06-09T00:00", 4);
	series[1] = series_of(1, "agg-b-m", "06-09T02:00", 4);
	message = (struct trd_submit_meter_data){ &desk.header, 2, series };
	return 0;
}

static void readings_are_stored_and_read_by_span(void **state)
{
	struct list list = { .n = 0 };
	int64_t start_ms;

	(void)state;
	assert_items(submit(), 8, 8);
	assert_string_equal(stored(), "0+4:1000 120+4:2000 ");
	assert_int_equal(meter_read(desk.db, desk_at("06-09T00:45"), desk_at("06-09T02:00"), 15, note, &list), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(meter_read(desk.db, desk_at("06-09T01:00"), desk_at("06-09T02:00"), 15, note, &list), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(meter_read(desk.db, desk_at("06-09T01:00"), desk_at("06-09T03:00"), 5, note, &list), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(meter_earliest(desk.db, desk_at("06-01T00:00"), 15, &start_ms), 0);
	assert_int_equal(start_ms, desk_at("06-09T00:00"));
	assert_int_equal(meter_earliest(desk.db, desk_at("06-09T00:30"), 15, &start_ms), 0);
	assert_int_equal(start_ms, desk_at("06-09T00:30"));
	assert_int_equal(meter_earliest(desk.db, desk_at("06-09T03:00"), 15, &start_ms), 0);
	assert_int_equal(start_ms, VALUE_NONE);
}

static void the_same_span_again_is_replaced(void **state)
{
	(void)state;
	assert_items(submit(), 8, 8);
	reading[0][0].v = 77;
	assert_items(submit(), 8, 8);
	assert_string_equal(stored(), "0+4:77 120+4:2000 ");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM meter_series"), 2);
}

static void what_lies_wholly_within_is_replaced(void **state)
{
	(void)state;
	series[1] = series_of(1, "agg-a-m", "06-09T02:00", 4);
	assert_items(submit(), 8, 8);
	series[0] = series_of(0, "agg-a-m", "06-09T00:00", 13);
	message.n_series = 1;
	assert_items(submit(), 13, 13);
	assert_string_equal(stored(), "0+13:1000 ");
}

static void partial_overlap_is_refused(void **state)
{
	static const struct { const char *start; int n; } cases[] = {
		{ "06-08T23:45", 2 }, { "06-09T00:45", 2 }, { "06-09T00:15", 2 }, { "06-09T00:00", 3 },
	};
	const char *before;

	(void)state;
	assert_items(submit(), 8, 8);
	before = desk_content();
	message.n_series = 1;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		series[0] = series_of(0, "agg-a-m", cases[i].start, cases[i].n);
		assert_items(submit(), cases[i].n, 0);
		assert_diag(0, E_OVERLAP, "series[1]");
		assert_string_equal(desk_content(), before);
	}
	series[0] = series_of(0, "agg-a-m", "06-08T23:00", 4);
	assert_items(submit(), 4, 4);
	series[0] = series_of(0, "agg-a-m", "06-09T01:00", 4);
	assert_items(submit(), 4, 4);
}

static void of_two_series_that_overlap_the_first_is_stored(void **state)
{
	(void)state;
	series[1] = series_of(1, "agg-a-m", "06-09T00:45", 4);
	series[2] = series_of(2, "agg-a-m", "06-09T01:00", 2);
	message.n_series = 3;
	assert_items(submit(), 10, 6);
	assert_int_equal(desk.call.diag.n, 1);
	assert_diag(0, E_OVERLAP, "series[2]");
	assert_string_equal(stored(), "0+4:1000 60+2:3000 ");
}

static void one_bad_series(int error, const char *path)
{
	assert_items(submit(), series[0].mean_w.n + 4, 4);
	assert_int_equal(desk.call.diag.n, 1);
	assert_diag(0, error, path);
	assert_string_equal(stored(), "120+4:2000 ");
	fresh(NULL);
}

static void bad_series_are_refused_the_others_stored(void **state)
{
	(void)state;
	series[0].meter_no = "agg-x-m";
	one_bad_series(E_UNKNOWN_METER, "series[1]/meterNo");
	series[0].mean_w.n = 0;
	one_bad_series(E_CURVE_LENGTH, "series[1]/meanMw");
	series[0] = series_of(0, "agg-a-m", "01-09T00:00", METER_RUN_MAX + 1);
	one_bad_series(E_CURVE_LENGTH, "series[1]/meanMw");
	series[0].step_min.v = 5;
	one_bad_series(E_TIME_GRID, "series[1]/stepMin");
	series[0].start.v += 1;
	one_bad_series(E_TIME_GRID, "series[1]/start");
	series[0] = series_of(0, "agg-a-m", "06-10T12:15", 4);
	one_bad_series(E_TIME_FUTURE, "series[1]/start");
	series[0].start.v = desk_at(NOW) - 400 * (int64_t)MS_DAY - 15 * MS_MINUTE;
	one_bad_series(E_TIME_ANCIENT, "series[1]/start");
}

static void the_present_and_the_oldest_are_taken(void **state)
{
	(void)state;
	series[0] = series_of(0, "agg-a-m", "06-10T12:00", 4);
	series[1] = series_of(1, "agg-b-m", "06-09T00:00", 1);
	series[1].start.v = desk_at(NOW) - 400 * (int64_t)MS_DAY;
	assert_items(submit(), 5, 5);
}

static void bad_readings_are_refused_the_runs_around_them_stored(void **state)
{
	(void)state;
	series[0] = series_of(0, "agg-a-m", "06-09T00:00", 8);
	reading[0][0].v = -1;
	reading[0][3].v = INT64_C(1) << 31;
	reading[0][4].v = -5;
	message.n_series = 1;
	assert_items(submit(), 8, 5);
	assert_int_equal(desk.call.diag.n, 3);
	assert_diag(0, E_NEGATIVE, "series[1]/meanMw[1]");
	assert_diag(1, E_RANGE, "series[1]/meanMw[4]");
	assert_diag(2, E_NEGATIVE, "series[1]/meanMw[5]");
	assert_string_equal(stored(), "15+2:1001 75+3:1005 ");
	reading[0][0].v = reading[0][3].v = reading[0][4].v = 9;        /* the correction fits over what was stored */
	assert_items(submit(), 8, 8);
	assert_string_equal(stored(), "0+8:9 ");
}

static void a_station_with_v2g_may_export(void **state)
{
	(void)state;
	reading[1][0].v = -2000;
	assert_items(submit(), 8, 8);
	assert_string_equal(stored(), "0+4:1000 120+4:-2000 ");
}

static void a_series_of_bad_readings_replaces_nothing(void **state)
{
	const char *before;

	(void)state;
	assert_items(submit(), 8, 8);
	before = desk_content();
	for (int k = 0; k < 4; k++)
		reading[0][k].v = -1;
	message.n_series = 1;
	assert_items(submit(), 4, 0);
	assert_string_equal(desk_content(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(readings_are_stored_and_read_by_span, fresh),
		cmocka_unit_test_setup(the_same_span_again_is_replaced, fresh),
		cmocka_unit_test_setup(what_lies_wholly_within_is_replaced, fresh),
		cmocka_unit_test_setup(partial_overlap_is_refused, fresh),
		cmocka_unit_test_setup(of_two_series_that_overlap_the_first_is_stored, fresh),
		cmocka_unit_test_setup(bad_series_are_refused_the_others_stored, fresh),
		cmocka_unit_test_setup(the_present_and_the_oldest_are_taken, fresh),
		cmocka_unit_test_setup(bad_readings_are_refused_the_runs_around_them_stored, fresh),
		cmocka_unit_test_setup(a_station_with_v2g_may_export, fresh),
		cmocka_unit_test_setup(a_series_of_bad_readings_replaces_nothing, fresh),
	};

	return cmocka_run_group_tests(tests, set_up, desk_tear_down);
}
