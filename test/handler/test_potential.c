/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Potential: small cases reckoned by hand, and the trial day, whose task must lie within what is told. vgisim's own estimate of
 * the baseline is the independent oracle. */
#include "handler/meters.h"
#include <unistd.h>
#include "sim/estimate.h"
#include "sim/physics.h"
#include "sim/world.h"
#include "store/session.h"
#include "lib/skip.h"

/* -- potential */

static int ask(const char *now, int32_t date, struct dsp_query_potential_response *answer)
{
	struct call *c = desk_begin("dispatch", now, 1);
	struct dsp_query_potential m = { &desk.header };

	desk.header.business_date.v = date;
	*answer = (struct dsp_query_potential_response){ 0 };
	return desk_end(forecast_query_potential(c, &m, answer));
}

static void assert_told(const struct dsp_query_potential_response *answer, const char *now, bool needs_known)
{
	struct potential_told told;

	assert_int_equal(potential_last_told(desk.arena, desk.db, METERS_DATE, &told), 0);
	assert_int_equal(told.told_ms, desk_at(now));
	assert_string_equal(told.told_to, "dispatch");
	assert_int_equal(told.needs_known, needs_known);
	assert_int_equal(told.grid.n, answer->n_point);
	for (int t = 0; t < told.grid.n; t++) {
		assert_int_equal(answer->point[t].no.v, t + 1);
		assert_int_equal(answer->point[t].end.v, timegrid_end(&told.grid, t));
		assert_int_equal(answer->point[t].baseline_w.v, told.baseline_w[t]);
		assert_int_equal(answer->point[t].up_w.v, told.up_w[t]);
		assert_int_equal(answer->point[t].down_w.v, told.down_w[t]);
	}
}

static void potential_is_told_from_history_at_first(void **state)
{
	struct dsp_query_potential_response answer;

	(void)state;
	meters_settle_history();
	assert_int_equal(ask("06-10T13:01", DATE_NONE, &answer), 0);
	assert_int_equal(answer.grid->start.v, desk_at("06-10T12:00"));
	assert_int_equal(answer.grid->step_min.v, 15);
	assert_int_equal(answer.grid->count.v, METERS_N);
	assert_int_equal(answer.grid->value, CURVE_VALUE_MEAN);
	assert_int_equal(answer.grid->reference, CURVE_REFERENCE_ABSOLUTE);
	assert_int_equal(answer.grid->polarity, POLARITY_LOAD);
	assert_told(&answer, "06-10T13:01", false);
	assert_int_equal(answer.point[4].baseline_w.v, 1667);
	assert_int_equal(answer.point[4].down_w.v, 0);          /* 13:00 … 13:15 has begun */
	assert_int_equal(answer.point[5].down_w.v, 875 + 375);  /* three quarters of 1167 and of 500 */
	assert_int_equal(answer.point[4].up_w.v, 0);
	assert_true(answer.point[5].up_w.v > 0);
	assert_true(answer.point[METERS_N - 1].up_w.v > answer.point[5].up_w.v);
}

/* Sums beyond 32 bits of W are told as they are. */
static void a_province_has_more_than_two_gigawatts(void **state)
{
	struct dsp_query_potential_response answer;

	(void)state;
	meters_settle_history();
	for (int day = 1; day <= 9; day++) {
		meters_read("agg-a", day, 2000000000, 0);
		meters_read("agg-b", day, 1900000000, 0);
	}
	assert_int_equal(ask("06-10T13:01", DATE_NONE, &answer), 0);
	assert_told(&answer, "06-10T13:01", false);
	assert_int_equal(answer.point[5].baseline_w.v, INT64_C(3900000000));
	assert_int_equal(answer.point[5].down_w.v, INT64_C(2925000000));
}

static void potential_cannot_be_told_without_baseline_or_too_far_ahead(void **state)
{
	struct dsp_query_potential_response answer;
	const char *before = desk_content();

	(void)state;
	assert_refused(ask("06-10T13:00", METERS_DATE, &answer), E_NO_BASELINE, "header/businessDate");
	assert_refused(ask("06-10T13:00", METERS_DATE + 41, &answer), E_TIME_FUTURE, "header/businessDate");
	assert_int_equal(answer.n_point, 0);
	assert_string_equal(desk_content(), before);
}

static void report_session(const char *id, uint32_t aggregator_no, const char *pile, const char *from, const char *to,
			   int64_t need_wh, int64_t max_w)
{
	struct ledger ledger;
	struct session_row row = { .aggregator_no = aggregator_no, .id = id, .arrival_ms = desk_at(from),
		.departure_ms = desk_at(to),
		.need_wh = need_wh, .max_w = max_w, .wish_wh = VALUE_NONE, .wish_departure_ms = VALUE_NONE, .seq = 1 };

	assert_int_equal(ledger_load(desk.arena, desk.db, &ledger), 0);
	row.pile_no = ledger.pile[ledger_pile(&ledger, pile)].no;
	assert_int_equal(session_put(desk.arena, desk.db, &row, 1), 0);
}

/* agg-b: one vehicle from 17:00 to 21:00, 7 kW, needs 14 kWh and was measured to have 3.5 kWh by 17:30; agg-a tells
 * nothing. */
static void needs_replace_history_once_they_are_known(void **state)
{
	struct dsp_query_potential_response only_a, answer;

	(void)state;
	meters_settle_history();
	report_session("s-1", meters_b, "agg-b-1", "06-10T17:00", "06-10T21:00", 0, 7000);
	/* agg-b needs nothing: all its baseline can go, nothing comes */
	assert_int_equal(ask("06-10T17:40", METERS_DATE, &only_a), 0);
	report_session("s-1", meters_b, "agg-b-1", "06-10T17:00", "06-10T21:00", 14000, 7000);
	meters_measure("agg-b", "06-10T17:00", 7000, 15);
	meters_measure("agg-b", "06-10T17:15", 7000, 15);
	meters_measure("agg-b", "06-10T16:45", 7000, 15);              /* nobody's: before it came */
	assert_int_equal(ask("06-10T17:40", METERS_DATE, &answer), 0);
	assert_told(&answer, "06-10T17:40", true);
	assert_int_equal(answer.point[22].down_w.v, 0);
	for (int t = 23; t < 36; t++) {         /* 17:45 … 21:00: 10.5 kWh left, 13 × 1.75 = 22.75 kWh possible */
		assert_int_equal(answer.point[t].down_w.v, 875 + 500);
		assert_int_equal(answer.point[t].up_w.v, only_a.point[t].up_w.v + 6500);
	}
	assert_int_equal(answer.point[36].up_w.v, only_a.point[36].up_w.v);
	/* gone: what history calls load will not come */
	assert_int_equal(answer.point[40].down_w.v, 875 + 500);
	/* now it must charge throughout */
	report_session("s-1", meters_b, "agg-b-1", "06-10T17:00", "06-10T21:00", 26250, 7000);
	assert_int_equal(ask("06-10T17:41", METERS_DATE, &answer), 0);
	assert_int_equal(answer.point[30].down_w.v, 875);
}

static void a_session_of_the_day_before_does_not_tell_todays_needs(void **state)
{
	struct dsp_query_potential_response answer;

	(void)state;
	meters_settle_history();
	report_session("s-0", meters_b, "agg-b-1", "06-10T08:00", "06-10T13:00", 1000, 7000);
	assert_int_equal(ask("06-10T12:00", METERS_DATE, &answer), 0);
	assert_told(&answer, "06-10T12:00", false);
	report_session("s-1", meters_b, "agg-b-1", "06-10T14:00", "06-10T18:00", 1000, 7000);
	assert_int_equal(ask("06-10T12:00", METERS_DATE, &answer), 0);         /* the clock stands: the last one told counts */
	assert_told(&answer, "06-10T12:00", true);
}

/* -- the trial day */

static void put_ledger(const struct world *w)
{
	for (size_t k = 0; k < WORLD_AGGREGATORS; k++) {
		const struct world_aggregator *a = &w->aggregator[k];
		struct party party = { .id = arena_strdup(desk.arena, a->id), .name = arena_strdup(desk.arena, a->name),
			.address = arena_strdup(desk.arena, "-") };
		const struct station **station = ARENA_ARRAY(desk.arena, a->n_stations, const struct station *);
		const struct pile **pile = ARENA_ARRAY(desk.arena, a->n_piles, const struct pile *);
		uint32_t no, *station_no = ARENA_ARRAY(desk.arena, a->n_piles, uint32_t);
		struct ledger ledger;

		for (size_t i = 0; i < a->n_stations; i++) {
			const struct world_station *s = &w->station[a->first_station + i];
			struct station *row = ARENA_NEW(desk.arena, struct station);

			*row = (struct station){ .id = arena_strdup(desk.arena, s->id),
				.name = arena_strdup(desk.arena, s->id),
				.limit_w = { s->limit_w }, .meter_no = arena_strdup(desk.arena, s->meter_id) };
			station[i] = row;
		}
		assert_int_equal(ledger_put_aggregator(desk.db, &party, &(struct ledger_contact){ 0 }, 1, 1, &no), 0);
		assert_int_equal(ledger_add_stations(desk.arena, desk.db, no, station, a->n_stations, 1), 0);
		assert_int_equal(ledger_load_of(desk.arena, desk.db, a->id, &ledger), 0);
		for (size_t i = 0; i < a->n_piles; i++) {
			const struct world_pile *p = &w->pile[a->first_pile + i];
			struct pile *row = ARENA_NEW(desk.arena, struct pile);

			*row = (struct pile){ .id = arena_strdup(desk.arena, p->id), .kind = PILE_KIND_AC,
				.rated_w = { p->rated_w }, .connectors = { 1 }, .state = RESOURCE_STATE_IN_SERVICE };
			pile[i] = row;
			station_no[i] = ledger.station[ledger_station(&ledger, w->station[p->station].id)].no;
		}
		assert_int_equal(ledger_add_piles(desk.arena, desk.db, pile, station_no, a->n_piles, 1), 0);
	}
}

/* Runs of readings of one history day of all stations, as vgisim sends them: a gap begins a new series. */
static void send_history_day(const struct world *w, int back)
{
	struct meter_series *series = ARENA_ARRAY(desk.arena, 4 * w->n_stations, struct meter_series);
	struct trd_submit_meter_data m = { &desk.header, 0, series };
	struct call *c = desk_begin("trading", "06-10T12:00", 1);

	for (size_t s = 0; s < w->n_stations; s++) {
		const int64_t *mean_w = world_history(w, back, s);
		struct watt *copy = ARENA_ARRAY(desk.arena, WORLD_STEPS, struct watt);
		struct meter_series *open = NULL;

		for (int t = 0; t < WORLD_STEPS; t++) {
			copy[t].v = mean_w[t];
			if (is_none(mean_w[t])) {
				open = NULL;
				continue;
			}
			if (open == NULL) {
				open = &series[m.n_series++];
				*open = (struct meter_series){ arena_strdup(desk.arena, w->station[s].meter_id),
					{ timegrid_begin(&w->grid, t) - (int64_t)back * MS_DAY }, { 15 },
					{ 0, &copy[t] } };
			}
			open->mean_w.n++;
		}
	}
	assert_int_equal(desk_end(meter_submit(c, &m)), 0);
	assert_int_equal(c->items_stored, c->items_in);
}

static void put_sessions(const struct world *w)
{
	struct session_row *row = ARENA_ARRAY(desk.arena, w->n_sessions, struct session_row);
	struct ledger ledger;

	assert_int_equal(ledger_load(desk.arena, desk.db, &ledger), 0);
	for (size_t i = 0; i < w->n_sessions; i++) {
		const struct world_session *s = &w->session[i];
		const struct ledger_pile *p = &ledger.pile[ledger_pile(&ledger, w->pile[s->pile].id)];

		row[i] = (struct session_row){ .aggregator_no = ledger.aggregator[p->aggregator].no, .pile_no = p->no,
			.id = s->id, .arrival_ms = s->arrival_ms, .departure_ms = s->departure_ms,
			.need_wh = s->need_wh, .max_w = s->max_w, .wish_wh = VALUE_NONE,
			.wish_departure_ms = VALUE_NONE, .seq = 1 };
	}
	assert_int_equal(session_put(desk.arena, desk.db, row, w->n_sessions), 0);
}

/* Telemetry of the day's first `intervals`, charged at once. */
static void live(const struct world *w, int intervals)
{
	struct physics *p = physics_new(desk.arena, w, w->session, w->n_sessions);
	struct telemetry_interval *row = ARENA_ARRAY(desk.arena, w->n_piles, struct telemetry_interval);
	int64_t *power_w = ARENA_ARRAY(desk.arena, w->n_piles, int64_t);
	struct ledger ledger;

	assert_int_equal(ledger_load(desk.arena, desk.db, &ledger), 0);
	for (int t = 0; t < intervals; t++) {
		for (size_t i = 0; i < w->n_piles; i++)
			row[i] = (struct telemetry_interval){ timegrid_begin(&w->grid, t),
				ledger.pile[ledger_pile(&ledger, w->pile[i].id)].no, 15, 0 };
		for (size_t minute = 0; minute < 15; minute++) {
			assert_int_equal(physics_minute(p, (size_t)t * 15 + minute, power_w), 0);
			for (size_t i = 0; i < w->n_piles; i++)
				row[i].sum_w += power_w[i];
		}
		assert_int_equal(telemetry_put_intervals(desk.arena, desk.db, row, w->n_piles), 0);
	}
}

static void assert_baseline_as_estimated(const struct world *w)
{
	struct forecast_baselines b = meters_baselines();

	assert_int_equal(b.set.n_items, WORLD_AGGREGATORS);
	for (size_t k = 0; k < WORLD_AGGREGATORS; k++) {
		int64_t estimate_w[WORLD_STEPS];
		size_t at = 0;

		while (strcmp(b.set.item[at].aggregator_id, w->aggregator[k].id) != 0)
			at++;
		assert_int_equal(estimate_baseline(w, k, estimate_w), 0);
		assert_memory_equal(b.set.item[at].baseline_w, estimate_w, sizeof estimate_w);
	}
}

/* The trial's target: 40 % of baseline 18:00 … 20:00, a third of the mean shaved power on top of it 00:00 … 06:00. */
static void assert_task_within(const struct dsp_query_potential_response *answer)
{
	int64_t shaved_w = 0, down_ppm = INT64_MAX, up_ppm = INT64_MAX;

	for (int t = SIX_PM; t < EIGHT_PM; t++) {
		int64_t asked_w = answer->point[t].baseline_w.v * 6 / 10;

		assert_true(answer->point[t].down_w.v >= asked_w);
		down_ppm = answer->point[t].down_w.v * RULES_PPM / asked_w < down_ppm ?
			answer->point[t].down_w.v * RULES_PPM / asked_w : down_ppm;
		shaved_w += asked_w;
	}
	shaved_w /= EIGHT_PM - SIX_PM;
	for (int t = MIDNIGHT; t < SIX_AM; t++) {
		assert_true(answer->point[t].up_w.v >= shaved_w / 3);
		up_ppm = answer->point[t].up_w.v * RULES_PPM / (shaved_w / 3) < up_ppm ?
			answer->point[t].up_w.v * RULES_PPM / (shaved_w / 3) : up_ppm;
	}
	fprintf(stderr, "evening: %lld kW asked, down told at least %.2f times; night: %lld kW asked, up told at least"
		" %.2f times\n",
		(long long)shaved_w / 1000, (double)down_ppm / 1e6, (long long)shaved_w / 3000, (double)up_ppm / 1e6);
}

static void play(uint64_t seed, const char *data_dir)
{
	struct world_options options = { arena_printf(desk.arena, "%s/etc/trial/data", mariadb_source()), data_dir };
	struct dsp_query_potential_response answer;
	const struct world *w;

	assert_int_equal(world_new(desk.arena, seed, &options, &w, NULL), 0);
	meters_empty();
	put_ledger(w);
	for (int back = 1; back <= WORLD_HISTORY_DAYS; back++)
		send_history_day(w, back);
	assert_int_equal(ask("06-10T13:30", METERS_DATE, &answer), 0);
	assert_told(&answer, "06-10T13:30", false);
	assert_baseline_as_estimated(w);
	put_sessions(w);
	live(w, 22);
	assert_int_equal(ask("06-10T17:40", METERS_DATE, &answer), 0);
	assert_told(&answer, "06-10T17:40", true);
	assert_baseline_as_estimated(w);
	assert_task_within(&answer);
}

static void the_home_days_task_lies_within_the_potential(void **state)
{
	(void)state;
	play(1, NULL);
	play(2, NULL);
}

/* Home, work and fast sessions, where their data is. */
static void the_mixed_days_task_lies_within_the_potential(void **state)
{
	const char *dir = getenv("TRIAL_DATA");

	(void)state;
	if (dir == NULL || access(arena_printf(desk.arena, "%s/acn-sessions/sessions.csv", dir), R_OK) != 0 ||
	    access(arena_printf(desk.arena, "%s/workplace-sessions/sessions.csv", dir), R_OK) != 0)
		SKIP_TEST("the session sets of the mixed day are not there");
	play(1, dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_province_has_more_than_two_gigawatts, meters_small),
		cmocka_unit_test_setup(potential_is_told_from_history_at_first, meters_small),
		cmocka_unit_test_setup(potential_cannot_be_told_without_baseline_or_too_far_ahead, meters_small),
		cmocka_unit_test_setup(needs_replace_history_once_they_are_known, meters_small),
		cmocka_unit_test_setup(a_session_of_the_day_before_does_not_tell_todays_needs, meters_small),
		cmocka_unit_test(the_home_days_task_lies_within_the_potential),
		cmocka_unit_test(the_mixed_days_task_lies_within_the_potential),
	};

	return cmocka_run_group_tests(tests, desk_set_up, desk_tear_down);
}
