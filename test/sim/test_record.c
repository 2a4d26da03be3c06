/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "sim/trial.h"
#include "base/bytes.h"
#include "sim/record.h"

static struct arena *arena;
static const struct world *world;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	world = trial_world(arena, 7, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const char *read_back(const char *folder, const char *name)
{
	struct bytes b = BYTES_INIT;
	const char *path = arena_printf(arena, "%s/%s", folder, name), *text;

	assert_int_equal(bytes_read_file(&b, path), 0);
	text = arena_strndup(arena, b.p, b.n);
	bytes_done(&b);
	assert_int_equal(unlink(path), 0);
	return text;
}

static size_t lines_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void targets_are_written_as_the_format_says(void **state)
{
	const char *folder = make_folder(arena);
	const struct record_target target[] = {
		{ world->grid.start_ms + 6 * MS_HOUR + 15 * MS_MINUTE, "shave", 1234567, 1000000, 350000 },
		{ world->grid.start_ms + 8 * MS_HOUR + 15 * MS_MINUTE, "hold", 7, 50000, VALUE_NONE },
	};

	(void)state;
	assert_int_equal(record_target(folder, target, 2), 0);
	assert_string_equal(read_back(folder, "target.csv"),
		"interval_end,window,target_kw,weight,price_cny_kwh\n"
		"2026-06-10T18:15:00+08:00,shave,1234.567,1.000000,3.5000\n"
		"2026-06-10T20:15:00+08:00,hold,0.007,0.050000,\n");
	assert_int_equal(rmdir(folder), 0);
}

static void messages_leave_the_other_sides_columns_empty(void **state)
{
	const char *folder = make_folder(arena);
	const struct record_message message[] = {
		{ .peer = "A1", .operation = "ReportFrame", .inward = true, .sent = 1440, .acked = 1440,
			.items_sent = 809280 },
		{ .peer = "A1", .operation = "Control", .accepted = 1, .items_stored = 40000 },
	};

	(void)state;
	assert_int_equal(record_messages(folder, message, 2), 0);
	assert_string_equal(read_back(folder, "messages.csv"),
		"peer,direction,operation,sent,accepted,rejected,acked,items_sent,items_stored\n"
		"A1,in,ReportFrame,1440,,,1440,809280,\n"
		"A1,out,Control,,1,0,,,40000\n");
	assert_int_equal(rmdir(folder), 0);
}

static void ledger_has_every_member_once(void **state)
{
	const char *folder = make_folder(arena), *text, *first;

	(void)state;
	assert_int_equal(record_ledger(folder, world), 0);
	text = read_back(folder, "ledger.csv");
	assert_int_equal(lines_of(text), 1 + WORLD_AGGREGATORS + world->n_stations + world->n_piles);
	first = "kind,id,parent,limit_kw\naggregator,A1,,\naggregator,A2,,\n";
	assert_memory_equal(text, first, strlen(first));
	assert_non_null(strstr(text, arena_printf(arena, "\nstation,%s,A8,%lld.%03lld\n",
		world->station[world->n_stations - 1].id,
		(long long)world->station[world->n_stations - 1].limit_w / 1000,
		(long long)world->station[world->n_stations - 1].limit_w % 1000)));
	assert_non_null(strstr(text, arena_printf(arena, "\npile,%s,%s,", world->pile[0].id, world->station[0].id)));
	assert_int_equal(rmdir(folder), 0);
}

static void sessions_read_back_as_they_are(void **state)
{
	const char *folder = make_folder(arena), *text, *line;
	size_t i = 0;

	(void)state;
	assert_int_equal(record_sessions(folder, world), 0);
	text = read_back(folder, "sessions.csv");
	assert_int_equal(lines_of(text), 2001);
	for (line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1, i++) {
		const struct world_session *s = &world->session[i];
		char id[32], pile[32], arrival[32], departure[32];
		int64_t from_ms, to_ms;
		double need, max;

		assert_int_equal(sscanf(line, "%31[^,],%31[^,],%31[^,],%31[^,],%lf,%lf", id, pile, arrival, departure,
			&need, &max), 6);
		assert_string_equal(id, s->id);
		assert_string_equal(pile, world->pile[s->pile].id);
		assert_int_equal(time_parse(arrival, &from_ms), 0);
		assert_int_equal(time_parse(departure, &to_ms), 0);
		assert_true(from_ms == s->arrival_ms && to_ms == s->departure_ms);
		assert_int_equal((int64_t)(need * 1000 + 0.5), s->need_wh);
		assert_int_equal((int64_t)(max * 1000 + 0.5), s->max_w);
	}
	assert_int_equal(i, 2000);
	assert_int_equal(rmdir(folder), 0);
}

static void history_sums_stations_and_counts_missing_as_nothing(void **state)
{
	const char *folder = make_folder(arena), *text, *line;
	size_t n = 0;

	(void)state;
	assert_int_equal(record_history(folder, world), 0);
	text = read_back(folder, "history.csv");
	for (line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1, n++) {
		char day[16];
		unsigned a, step;
		int64_t want = 0;
		int32_t date;
		double kw;

		assert_int_equal(sscanf(line, "A%u,%15[^,],%u,%lf", &a, day, &step, &kw), 4);
		assert_int_equal(date_parse(day, &date), 0);
		assert_true(a >= 1 && a <= 8 && step >= 1 && step <= 96 && world->date - date >= 1 &&
			world->date - date <= 20);
		for (size_t i = 0; i < world->n_stations; i++) {
			int64_t v = world_history(world, world->date - date, i)[step - 1];

			if (world->station[i].aggregator == a - 1 && v != VALUE_NONE)
				want += v;
		}
		assert_int_equal((int64_t)(kw * 1000 + 0.5), want);
	}
	assert_int_equal(n, 8 * 20 * 96);
	assert_int_equal(rmdir(folder), 0);
}

static void batteries_tell_what_they_took(void **state)
{
	const char *folder = make_folder(arena), *text;
	struct physics *p = physics_new(arena, world, world->session, world->n_sessions);
	int64_t *power_w = ARENA_ARRAY(arena, world->n_piles, int64_t);

	(void)state;
	for (size_t m = 0; m < WORLD_MINUTES; m++)
		assert_int_equal(physics_minute(p, m, power_w), 0);
	assert_int_equal(record_batteries(folder, world, p), 0);
	text = read_back(folder, "batteries.csv");
	assert_int_equal(lines_of(text), 2001);
	for (size_t i = 0; i < world->n_sessions; i += 97)
		assert_non_null(strstr(text, arena_printf(arena, "\n%s,%lld.%03lld\n", world->session[i].id,
			(long long)physics_energy_wh(p, i) / 1000, (long long)physics_energy_wh(p, i) % 1000)));
	assert_int_equal(rmdir(folder), 0);
}

static const char *whole_record(const struct world *w)
{
	const char *folder = make_folder(arena), *text;

	assert_int_equal(record_ledger(folder, w), 0);
	assert_int_equal(record_sessions(folder, w), 0);
	assert_int_equal(record_history(folder, w), 0);
	text = read_back(folder, "ledger.csv");
	text = arena_printf(arena, "%s%s", text, read_back(folder, "sessions.csv"));
	text = arena_printf(arena, "%s%s", text, read_back(folder, "history.csv"));
	assert_int_equal(rmdir(folder), 0);
	return text;
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
	const char *once = whole_record(world);

	(void)state;
	assert_string_equal(once, whole_record(trial_world(arena, 7, NULL)));
	assert_string_not_equal(once, whole_record(trial_world(arena, 8, NULL)));
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(record_ledger("/nonexistent/folder", world), E_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_are_written_as_the_format_says),
		cmocka_unit_test(messages_leave_the_other_sides_columns_empty),
		cmocka_unit_test(ledger_has_every_member_once),
		cmocka_unit_test(sessions_read_back_as_they_are),
		cmocka_unit_test(history_sums_stations_and_counts_missing_as_nothing),
		cmocka_unit_test(batteries_tell_what_they_took),
		cmocka_unit_test(the_same_seed_gives_the_same_bytes),
		cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests_name("sim/record", tests, set_up, tear_down);
}
