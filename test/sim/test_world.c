/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "sim/trial.h"
#include "sim/estimate.h"
#include "lib/skip.h"

static struct arena *arena;
static const struct world *world;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	world = trial_world(arena, 1, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static void assert_ids(const char **id, size_t n)
{
	qsort(id, n, sizeof(*id), by_text);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(strspn(id[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-"),
			strlen(id[i]));
		assert_true(*id[i] != 0);
		if (i)
			assert_string_not_equal(id[i - 1], id[i]);
	}
}

static void piles_are_as_many_and_as_strong_as_said(void **state)
{
	size_t fast = 0, quick = 0, slow = 0;

	(void)state;
	assert_int_equal(world->n_piles, 2000);
	for (size_t i = 0; i < world->n_piles; i++) {
		const struct world_pile *p = &world->pile[i];

		fast += p->rated_w == 60000;
		quick += p->rated_w == 11000;
		slow += p->rated_w == 7000;
		assert_int_equal(p->kind == WORLD_PILE_DC, p->rated_w == 60000);
	}
	assert_int_equal(fast, 220);
	assert_int_equal(quick, 445);
	assert_int_equal(slow, 1335);
}

static void stations_keep_the_rule_of_their_limit(void **state)
{
	size_t pile = 0, cut = 0;

	(void)state;
	assert_int_equal(world->n_stations, 184);
	for (size_t i = 0; i < world->n_stations; i++) {
		const struct world_station *s = &world->station[i];
		int64_t sum = 0, most = 0;

		assert_int_equal(s->first_pile, pile);
		for (; pile < s->first_pile + s->n_piles; pile++) {
			assert_int_equal(world->pile[pile].station, i);
			sum += world->pile[pile].rated_w;
			most = world->pile[pile].rated_w > most ? world->pile[pile].rated_w : most;
		}
		assert_int_equal(s->rated_sum_w, sum);
		assert_int_equal(s->limit_w, sum * 35 / 100 > most ? sum * 35 / 100 : most);
		assert_int_equal(world->operator[s->operator].aggregator, s->aggregator);
		assert_in_range(s->longitude_e6, 113700000, 114700000);
		assert_in_range(s->latitude_e6, 22400000, 22900000);
		cut += s->n_piles < 4;
		assert_true(s->n_piles <= 40);
	}
	assert_true(cut <= 1);
}

static void every_aggregator_has_about_its_share(void **state)
{
	static const int share[] = { 28, 20, 15, 12, 10, 7, 5, 3 };
	size_t station = 0, pile = 0;

	(void)state;
	for (size_t a = 0; a < WORLD_AGGREGATORS; a++) {
		const struct world_aggregator *g = &world->aggregator[a];

		assert_int_equal(g->first_station, station);
		assert_int_equal(g->first_pile, pile);
		for (; station < g->first_station + g->n_stations; station++)
			assert_int_equal(world->station[station].aggregator, a);
		pile += g->n_piles;
		assert_true(labs((long)g->n_piles - share[a] * 20) <= 20);
	}
	assert_int_equal(station, world->n_stations);
	assert_int_equal(pile, world->n_piles);
}

static void ids_are_legal_and_used_once(void **state)
{
	const char **id = ARENA_ARRAY(arena, 4000, const char *);
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < WORLD_AGGREGATORS; i++)
		id[n++] = world->aggregator[i].id;
	for (size_t i = 0; i < world->n_stations; i++) {
		id[n++] = world->station[i].id;
		id[n++] = world->station[i].meter_id;
		id[n++] = world->station[i].transformer_area_id;
	}
	for (size_t i = 0; i < world->n_piles; i++)
		id[n++] = world->pile[i].id;
	assert_ids(id, n);
	for (n = 0; n < world->n_sessions; n++)
		id[n] = world->session[n].id;
	assert_ids(id, n);
}

/* Sessions of one pile touch no interval in common; everything else of a session holds too. */
static void assert_sessions(const struct world *w)
{
	bool (*taken)[WORLD_STEPS] = arena_array(arena, w->n_piles, sizeof(*taken));

	assert_int_equal(w->n_sessions, 2000);
	for (size_t i = 0; i < w->n_sessions; i++) {
		const struct world_session *s = &w->session[i];
		const struct world_pile *p = &w->pile[s->pile];

		assert_true(s->arrival_ms >= w->grid.start_ms &&
			s->arrival_ms < w->grid.start_ms + 20 * (int64_t)MS_HOUR);
		assert_true(s->departure_ms <= w->grid.start_ms + MS_DAY &&
			s->departure_ms - s->arrival_ms >= 15 * MS_MINUTE);
		assert_int_equal(s->arrival_ms % MS_SECOND, 0);
		assert_int_equal(s->departure_ms % MS_SECOND, 0);
		assert_true(s->need_wh >= 500);
		assert_true(s->max_w > 0 && s->max_w <= p->rated_w);
		assert_true(i == 0 || s[-1].arrival_ms <= s->arrival_ms);
		for (int t = 0; t < WORLD_STEPS; t++) {
			if (timegrid_overlap(&w->grid, t, s->arrival_ms, s->departure_ms) == 0)
				continue;
			assert_false(taken[s->pile][t]);
			taken[s->pile][t] = true;
		}
	}
}

static void sessions_are_within_the_day_and_never_two_on_a_pile(void **state)
{
	(void)state;
	assert_sessions(world);
	assert_false(world->mixed);
	for (size_t i = 0; i < world->n_sessions; i++)
		assert_int_equal(world->session[i].group, WORLD_HOME);
}

struct real { int32_t day; int64_t after_noon_s, stay_s, energy_wh; double charger_kw; };

/* The shipped rows, read by other means than the simulator's. */
static size_t read_real(struct real *real, size_t most)
{
	FILE *f = fopen(arena_printf(arena, "%s/home-sessions.csv", trial_dir(arena)), "re");
	char line[256];
	size_t n = 0;

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	while (n < most && fgets(line, sizeof(line), f)) {
		int y[2], mo[2], d[2], h[2], mi[2], s[2];
		double energy, charger = 0;
		struct real *r = &real[n++];

		assert_true(sscanf(line, "%*[^,],%d-%d-%d %d:%d:%d,%d-%d-%d %d:%d:%d,%lf,%lf", &y[0], &mo[0], &d[0],
				   &h[0], &mi[0], &s[0], &y[1], &mo[1], &d[1], &h[1], &mi[1], &s[1], &energy,
				   &charger) >= 13);
		r->day = date_from_civil(y[0], mo[0], d[0]);
		r->after_noon_s = (h[0] * 60 + mi[0]) * 60 + s[0] - 43200;
		r->stay_s = (date_from_civil(y[1], mo[1], d[1]) - r->day) * INT64_C(86400) + (h[1] * 60 + mi[1]) * 60 +
			    s[1] - 43200 - r->after_noon_s;
		if (r->after_noon_s < 0) {
			r->after_noon_s += 86400;
			r->day--;
		}
		r->energy_wh = (int64_t)(energy * 1000 + 0.5);
		r->charger_kw = charger;
	}
	assert_int_equal(fclose(f), 0);
	return n;
}

static bool comes_from(const struct world_session *s, const struct real *r)
{
	int64_t from_s = (s->arrival_ms - world->grid.start_ms) / 1000,
		to_s = (s->departure_ms - world->grid.start_ms) / 1000;
	double power = r->charger_kw > 0 ?
		r->charger_kw * 1000 : 1.05 * (double)r->energy_wh * 3600 / (double)r->stay_s;

	if (!(r->charger_kw > 0) && power < 3600)
		power = 3600;
	if (power > (double)world->pile[s->pile].rated_w)
		power = (double)world->pile[s->pile].rated_w;
	return r->energy_wh == s->need_wh && llabs(r->after_noon_s - from_s) <= 420 &&
	       (to_s == from_s + r->stay_s || (to_s == 86400 && from_s + r->stay_s > 86400)) &&
	       power - (double)s->max_w < 1 && (double)s->max_w - power < 1;
}

static void every_session_is_a_whole_row_of_the_five_nearest_days(void **state)
{
	static const int days[] = { 9, 10, 11, 12, 16 };
	struct real *real = ARENA_ARRAY(arena, 10000, struct real);
	size_t n = read_real(real, 10000), seen[5] = { 0 };

	(void)state;
	assert_true(n > 3000);
	for (size_t i = 0; i < world->n_sessions; i++) {
		bool found = false;

		for (size_t k = 0; k < n && !found; k++)
			for (size_t d = 0; d < 5; d++)
				if (real[k].day == date_from_civil(2019, 12, days[d]) &&
				    comes_from(&world->session[i], &real[k])) {
					found = true;
					seen[d]++;
				}
		assert_true(found);
	}
	for (size_t d = 0; d < 5; d++)
		assert_in_range(seen[d], 200, 700);
}

static void vehicles_above_7400_w_stand_at_11_kw_piles_first(void **state)
{
	size_t quick = 0, slow = 0;

	(void)state;
	for (size_t i = 0; i < world->n_sessions; i++) {
		quick += world->session[i].max_w > 7400 && world->pile[world->session[i].pile].rated_w == 11000;
		slow += world->session[i].max_w > 7400 && world->pile[world->session[i].pile].rated_w != 11000;
	}
	assert_true(quick > 50);
	assert_true(slow < quick / 5);
}

static void the_seed_changes_sessions_but_not_the_ledger(void **state)
{
	const struct world *other = trial_world(arena, 2, NULL);
	size_t same = 0;

	(void)state;
	for (size_t i = 0; i < world->n_stations; i++) {
		assert_string_equal(world->station[i].id, other->station[i].id);
		assert_int_equal(world->station[i].aggregator, other->station[i].aggregator);
		assert_int_equal(world->station[i].limit_w, other->station[i].limit_w);
	}
	for (size_t i = 0; i < world->n_piles; i++) {
		assert_string_equal(world->pile[i].id, other->pile[i].id);
		assert_int_equal(world->pile[i].rated_w, other->pile[i].rated_w);
	}
	assert_sessions(other);
	for (size_t i = 0; i < world->n_sessions; i++)
		same += world->session[i].need_wh == other->session[i].need_wh &&
			world->session[i].pile == other->session[i].pile;
	assert_true(same < 20);
}

/* Of an aggregator's history day: energy in W over intervals from … to − 1, and how many values are missing of how
 * many. */
static int64_t past(size_t aggregator, int back, size_t from, size_t to, size_t *missing, size_t *due)
{
	const struct world_aggregator *g = &world->aggregator[aggregator];
	int64_t sum = 0;

	*missing = *due = 0;
	for (size_t i = g->first_station; i < g->first_station + g->n_stations; i++)
		for (size_t t = from; t < to; t++) {
			int64_t v = world_history(world, back, i)[t];

			++*due;
			if (v == VALUE_NONE) {
				++*missing;
				continue;
			}
			assert_true(v >= 0 && v <= world->station[i].rated_sum_w);
			assert_true(v <= world->station[i].limit_w + (int64_t)world->station[i].n_piles || back == 2 ||
				back == 6);
			sum += v;
		}
	return sum;
}

static void history_has_the_gaps_it_should(void **state)
{
	(void)state;
	assert_int_equal(world->date - world->event_date, 6);
	assert_int_equal(world->date - world->incomplete_date, 8);
	assert_int_equal(world->date - world->outlier_date, 2);
	for (size_t a = 0; a < WORLD_AGGREGATORS; a++) {
		for (int back = 1; back <= WORLD_HISTORY_DAYS; back++) {
			size_t missing, due;

			past(a, back, 0, WORLD_STEPS, &missing, &due);
			if (back == 8)
				assert_true(missing * 100 >= due * 6);
			else
				assert_true(missing * 100 <= due * 2);
		}
	}
}

static void outlier_and_event_day_differ_from_a_plain_one(void **state)
{
	(void)state;
	for (size_t a = 0; a < WORLD_AGGREGATORS; a++) {
		size_t missing, due;
		int64_t plain = past(a, 1, 0, WORLD_STEPS, &missing, &due);
		int64_t outlier = past(a, 2, 0, WORLD_STEPS, &missing, &due);

		assert_true(outlier * 100 > plain * 125);
	}
	for (size_t a = 0; a < 2; a++) {
		size_t missing, due;
		int64_t evening = past(a, 1, 24, 32, &missing, &due), event = past(a, 6, 24, 32, &missing, &due);

		assert_true(event * 100 < evening * 75);
	}
}

static void baseline_is_the_mean_of_the_last_five_good_days(void **state)
{
	static const int used[] = { 1, 7, 9, 13, 14 };   /* 06-09, 06-03, 06-01, 05-28, 05-27 */
	int64_t estimate[WORLD_STEPS];

	(void)state;
	for (size_t a = 0; a < 2; a++) {                /* large enough never to be an outlier by chance */
		assert_int_equal(estimate_baseline(world, a, estimate), 0);
		for (size_t t = 0; t < WORLD_STEPS; t++) {
			size_t missing, due;
			int64_t sum = 0;

			for (size_t d = 0; d < 5; d++)
				sum += past(a, used[d], t, t + 1, &missing, &due);
			assert_int_equal(estimate[t], (2 * sum + 5) / 10);
		}
	}
}

static void baseline_without_history_is_refused(void **state)
{
	struct world w = *world;
	int64_t estimate[WORLD_STEPS];

	(void)state;
	w.history = ARENA_ARRAY(arena, WORLD_HISTORY_DAYS * w.n_stations * WORLD_STEPS, int64_t);
	for (size_t i = 0; i < WORLD_HISTORY_DAYS * w.n_stations * WORLD_STEPS; i++)
		w.history[i] = VALUE_NONE;
	assert_int_equal(estimate_baseline(&w, 0, estimate), E_NO_BASELINE);
}

static void one_aggregator_is_silent_for_sixty_frames(void **state)
{
	size_t frames = 0, silent = 0;

	(void)state;
	for (size_t a = 0; a < WORLD_AGGREGATORS; a++)
		for (int64_t m = 1; m <= WORLD_MINUTES; m++) {
			bool no = world_is_silent(world, a, world->grid.start_ms + m * MS_MINUTE);

			silent += no;
			frames += !no;
			if (no)
				assert_true(a == 4 && m > 405 && m <= 465);
		}
	assert_int_equal(silent, 60);
	assert_int_equal(frames, 11460);
	assert_int_equal(world->aggregator[2].behaviour, WORLD_HALF_BACK);
	assert_int_equal(world->aggregator[5].behaviour, WORLD_OVER_FILLS);
}

static void mixed_day_has_three_groups_in_their_shares(void **state)
{
	const char *dir = mixed_dir(arena);
	size_t group[WORLD_GROUPS] = { 0 }, wishes = 0;
	const struct world *w;

	(void)state;
	if (!dir)
		SKIP_TEST("the three session sets are not there");
	w = trial_world(arena, 1, dir);
	assert_true(w->mixed);
	assert_sessions(w);
	for (size_t i = 0; i < w->n_sessions; i++) {
		const struct world_session *s = &w->session[i];

		group[s->group]++;
		wishes += s->wish_wh != VALUE_NONE && s->wish_departure_ms > s->arrival_ms;
		assert_int_equal(w->pile[s->pile].kind == WORLD_PILE_DC, s->group == WORLD_FAST);
		assert_true(s->group != WORLD_FAST || s->max_w == 50000);
		assert_true(s->group != WORLD_WORK || s->max_w == 7000);
		assert_true(s->group != WORLD_HOME || (s->wish_wh == VALUE_NONE && s->wish_departure_ms == TIME_NONE));
	}
	assert_int_equal(group[WORLD_HOME], 1600);
	assert_int_equal(group[WORLD_WORK], 260);
	assert_int_equal(group[WORLD_FAST], 140);
	assert_in_range(wishes, 140, 400);
	for (size_t i = 0; i < w->n_sources; i++)
		assert_true(w->source[i].rows > 20 * w->source[i].skipped);
	for (size_t i = 0; i < world->n_piles; i++)
		assert_string_equal(world->pile[i].id, w->pile[i].id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(piles_are_as_many_and_as_strong_as_said),
		cmocka_unit_test(stations_keep_the_rule_of_their_limit),
		cmocka_unit_test(every_aggregator_has_about_its_share),
		cmocka_unit_test(ids_are_legal_and_used_once),
		cmocka_unit_test(sessions_are_within_the_day_and_never_two_on_a_pile),
		cmocka_unit_test(every_session_is_a_whole_row_of_the_five_nearest_days),
		cmocka_unit_test(vehicles_above_7400_w_stand_at_11_kw_piles_first),
		cmocka_unit_test(the_seed_changes_sessions_but_not_the_ledger),
		cmocka_unit_test(history_has_the_gaps_it_should),
		cmocka_unit_test(outlier_and_event_day_differ_from_a_plain_one),
		cmocka_unit_test(baseline_is_the_mean_of_the_last_five_good_days),
		cmocka_unit_test(baseline_without_history_is_refused),
		cmocka_unit_test(one_aggregator_is_silent_for_sixty_frames),
		cmocka_unit_test(mixed_day_has_three_groups_in_their_shares),
	};

	return cmocka_run_group_tests_name("sim/world", tests, set_up, tear_down);
}
