/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "sim/trial.h"
#include <sys/stat.h>
#include "sim/sources.h"
#include "sim/table.h"

static struct arena *arena;
static const char *folder;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	folder = make_folder(arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rmdir(folder);
	arena_free(arena);
	return 0;
}

static void home_rows_are_read_and_bad_ones_counted(void **state)
{
	struct source_set home = { 0 };
	const char *path = write_file(arena, folder, "home.csv",
		"charger_kw,session_id,plugin_local,plugout_local,energy_kwh\n"
		"3.61,a,2019-12-11 17:00:05,2019-12-12 07:00:05,12.345\n"
		",b,2019-12-12 01:00:00,2019-12-12 03:00:00,10\n"               /* 1.05 × 10 kWh / 2 h */
		",c,2019-12-12 12:00:00,2019-12-13 12:00:00,10\n"               /* at least 3.6 kW */
		"3.6,d,2019-12-12 13:00:00,2019-12-12 13:14:00,1\n"             /* too short */
		"3.6,e,2019-12-12 13:00:00,2019-12-12 23:14:00,0.499\n"         /* too little */
		"3.6,f,2019-12-12 13:00:00,2019-12-12 12:00:00,5\n"             /* bad: leaves before it comes */
		"3.6,g,2019-12-32 13:00:00,2019-12-12 12:00:00,5\n"             /* bad date */
		"3.6,h,2019-12-12 13:00:00,2019-12-12 15:00:00,nan\n"           /* bad number */
		"0,i,2019-12-12 13:00:00,2019-12-12 15:00:00,5\n"               /* bad charger */
		"3.6,j,2019-12-12 13:00:00,2019-12-12 15:00:00\n"               /* a field short */
		"3.6,\"k,\",2019-12-12 13:00:00,2019-12-12 15:00:00,5\n");

	(void)state;
	assert_int_equal(source_home(arena, path, &home), 0);
	assert_int_equal(home.n, 4);
	assert_int_equal(home.short_rows, 2);
	assert_int_equal(home.skipped, 5);
	assert_int_equal(home.rows, 6);
	assert_int_equal(home.row[0].day, date_from_civil(2019, 12, 11));
	assert_int_equal(home.row[0].arrival_s, 5 * 3600 + 5);
	assert_int_equal(home.row[0].stay_s, 14 * 3600);
	assert_int_equal(home.row[0].energy_wh, 12345);
	assert_int_equal(home.row[0].vehicle_w, 3610);
	assert_int_equal(home.row[1].day, date_from_civil(2019, 12, 11));
	assert_int_equal(home.row[1].arrival_s, 13 * 3600);
	assert_int_equal(home.row[1].vehicle_w, 5250);
	assert_int_equal(home.row[2].day, date_from_civil(2019, 12, 12));
	assert_int_equal(home.row[2].vehicle_w, 3600);
	assert_int_equal(unlink(path), 0);
}

static void acn_rows_get_the_clock_of_los_angeles_and_keep_wishes(void **state)
{
	struct source_set work = { 0 }, fast = { 0 };
	const char *path = write_file(arena, folder, "acn.csv",
		"station_id,connection_utc,disconnect_utc,kwh_delivered,kwh_requested,requested_departure_utc\n"
		/* 14:30 standard time */
		"2-39-1-1,2020-12-01T22:30:00Z,2020-12-02T02:00:00Z,8.1234567890123456,20.5,2020-12-02T01:30:00Z\n"
		"2-39-81-4550,2021-07-01T20:00:00Z,2021-07-01T21:00:00Z,30,,\n"                 /* 13:00 summer time */
		/* 01:59:59, wish before arrival */
		"2-39-1-1,2021-03-14T09:59:59Z,2021-03-14T12:00:00Z,5,5,2021-03-14T09:00:00Z\n"
		"2-39-1-1,2021-03-14T10:00:00Z,2021-03-14T12:00:00Z,5,,\n"                      /* 03:00 */
		/* 01:59:59 summer time */
		"2-39-1-1,2021-11-07T08:59:59Z,2021-11-07T12:00:00Z,5,,\n"
		/* 01:00 standard time */
		"2-39-1-1,2021-11-07T09:00:00Z,2021-11-07T12:00:00Z,5,,\n");

	(void)state;
	assert_int_equal(source_acn(arena, path, &work, &fast), 0);
	assert_int_equal(work.n, 5);
	assert_int_equal(fast.n, 1);
	assert_int_equal(work.row[0].arrival_s, 9000);
	assert_int_equal(work.row[0].energy_wh, 8123);
	assert_int_equal(work.row[0].wish_wh, 20500);
	assert_int_equal(work.row[0].wish_stay_s, 3 * 3600);
	assert_int_equal(work.row[0].vehicle_w, 7000);
	assert_int_equal(fast.row[0].arrival_s, 3600);
	assert_int_equal(fast.row[0].vehicle_w, 50000);
	assert_true(fast.row[0].wish_wh == VALUE_NONE && fast.row[0].wish_stay_s == 0);
	assert_int_equal(work.row[1].arrival_s, 14 * 3600 - 1);
	assert_int_equal(work.row[1].wish_stay_s, 0);
	assert_int_equal(work.row[2].arrival_s, 15 * 3600);
	assert_int_equal(work.row[3].arrival_s, 14 * 3600 - 1);
	assert_int_equal(work.row[4].arrival_s, 13 * 3600);
	assert_int_equal(unlink(path), 0);
}

static int refuse_two(void *context, const char *const *field)
{
	(void)context;
	return strcmp(field[0], "2") == 0 ? E_RANGE : 0;
}

static void tables_are_bounded(void **state)
{
	static const char *const names[] = { "a" }, *const absent[] = { "z" };
	char *big = arena_alloc(arena, 200000);
	size_t rows, skipped;
	const char *path;

	(void)state;
	path = write_file(arena, folder, "table.csv", "a,b\n1,x\n2,x\n3,x,y\n\n4,x");
	assert_int_equal(table_read(path, names, 1, refuse_two, NULL, &rows, &skipped), 0);
	assert_int_equal(rows, 2);
	assert_int_equal(skipped, 2);
	assert_int_equal(table_read(path, absent, 1, refuse_two, NULL, &rows, &skipped), E_FORMAT);
	assert_int_equal(table_read("/nonexistent", names, 1, refuse_two, NULL, &rows, &skipped), E_IO);
	memset(big, 'x', 100);
	path = write_file(arena, folder, "table.csv", arena_printf(arena, "a,b\n%s,x\n1,%s\n", big, big));
	assert_int_equal(table_read(path, names, 1, refuse_two, NULL, &rows, &skipped), 0);
	assert_true(rows == 1 && skipped == 1);         /* a long field matters only where it is wanted */
	memset(big, 'x', 199999);
	path = write_file(arena, folder, "table.csv", arena_printf(arena, "a,b\n1,\"%s\n", big));
	assert_int_equal(table_read(path, names, 1, refuse_two, NULL, &rows, &skipped), E_TOO_LARGE);
	for (size_t i = 0; i < 199; i++)
		big[i] = i % 2 ? ',' : 'a';
	big[199] = 0;
	path = write_file(arena, folder, "table.csv", big);
	assert_int_equal(table_read(path, names, 1, refuse_two, NULL, &rows, &skipped), E_TOO_MANY);
	path = write_file(arena, folder, "table.csv", "");
	assert_int_equal(table_read(path, names, 1, refuse_two, NULL, &rows, &skipped), E_FORMAT);
	assert_int_equal(unlink(path), 0);
}

static void a_world_names_the_file_it_cannot_use(void **state)
{
	struct world_options options = { folder, NULL };
	const struct world *w;
	const char *problem, *path;

	(void)state;
	assert_int_equal(world_new(arena, 1, &options, &w, &problem), E_IO);
	assert_null(w);
	assert_string_equal(problem, arena_printf(arena, "%s/stations.csv", folder));
	path = write_file(arena, folder, "stations.csv",
		"station_id,longitude,latitude,charge_count,TAZID\n1,113.9,22.5,40,7\n2,113.9,22.5,3,7\n");
	assert_int_equal(world_new(arena, 1, &options, &w, &problem), E_NOTHING);
	assert_int_equal(unlink(path), 0);
	options = (struct world_options){ trial_dir(arena), folder };
	assert_int_equal(world_new(arena, 1, &options, &w, &problem), E_IO);
	assert_string_equal(problem, arena_printf(arena, "%s/residential-sessions/sessions.csv", folder));
}

/* Any rows will do: a folder with home sessions only, of another year, gives a home day. */
static void other_rows_make_a_day_too(void **state)
{
	const char *sub = arena_printf(arena, "%s/residential-sessions", folder), *path;
	char *text = arena_strdup(arena, "plugin_local,plugout_local,energy_kwh,charger_kw\n");
	struct world_options options = { trial_dir(arena), folder };
	const struct world *w;

	(void)state;
	for (int d = 1; d <= 28; d++)
		text = arena_printf(arena, "%s2017-02-%02d 18:00:00,2017-02-%02d 23:30:00,10.5,7.2\n", text, d, d);
	assert_int_equal(mkdir(sub, 0700), 0);
	path = write_file(arena, sub, "sessions.csv", text);
	assert_int_equal(world_new(arena, 1, &options, &w, NULL), 0);
	assert_false(w->mixed);
	for (size_t i = 0; i < w->n_sessions; i++)
		assert_true(w->session[i].need_wh == 10500 &&
			w->session[i].departure_ms - w->session[i].arrival_ms == 330 * MS_MINUTE);
	write_file(arena, sub, "sessions.csv", "plugin_local,plugout_local,energy_kwh,charger_kw\n");
	assert_int_equal(world_new(arena, 1, &options, &w, NULL), E_NOTHING);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(sub), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(home_rows_are_read_and_bad_ones_counted),
		cmocka_unit_test(acn_rows_get_the_clock_of_los_angeles_and_keep_wishes),
		cmocka_unit_test(tables_are_bounded),
		cmocka_unit_test(a_world_names_the_file_it_cannot_use),
		cmocka_unit_test(other_rows_make_a_day_too),
	};

	return cmocka_run_group_tests_name("sim/sources", tests, set_up, tear_down);
}
