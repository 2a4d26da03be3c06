/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Decomposition: known answers, the order of service, certificates, bad input. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/error.h"
#include "base/rng.h"
#include "compute/decompose.h"

enum { HOUR = MS_HOUR };
static const int64_t even[DECOMPOSE_INTERVALS] = { [0 ... DECOMPOSE_INTERVALS - 1] = 1000000 };

static int setup(void **state) { *state = arena_new(0); return 0; }
static int teardown(void **state) { arena_free(*state); return 0; }

/* A problem of n hours, all weights 1; one hour makes Wh and W·intervals the same number. */
static struct decompose_problem hours(int n, const int64_t *target, const struct decompose_station *s, size_t n_s,
				      const struct decompose_vehicle *v, size_t n_v)
{
	return (struct decompose_problem){ { 0, HOUR, n }, target, even, s, n_s, v, n_v };
}

static const int32_t *powers(const struct decompose_schedule *s, size_t i) { return s->power_w + s->plan[i].offset; }

static void assert_powers(const struct decompose_schedule *s, size_t i, const int32_t *want, int n)
{
	assert_int_equal(s->plan[i].count, n);
	for (int d = 0; d < n; d++)
		assert_int_equal(powers(s, i)[d], want[d]);
}

static void assert_certified(const struct decompose_problem *p, const struct decompose_schedule *s)
{
	struct decompose_certificate c;

	assert_int_equal(decompose_certify(p, s, s->bound_w, &c), 0);
	assert_true(c.feasible);
	assert_int_equal(c.n_violations, 0);
	assert_true(fabs(c.deviation_w - s->deviation_w) <= 1e-9 * (1 + s->deviation_w));
/* whole watts can be off the bound by about one; far from the target by much less, as only the square of that counts */

	assert_true(c.gap_w >= 0 && c.gap_w < (c.deviation_w < 1000 ? 1 : 0.01) + 1e-9 * c.deviation_w);
}

static void follows_a_target_within_reach(void **state)
{
	const int64_t target[] = { 100, 700, 200, 0 };
	const struct decompose_station st[] = { { "S", 10000 } };
	const struct decompose_vehicle v[] = {
		{ "a", 0, 0, 4 * HOUR, 600, 600, 0 },
		{ "b", 0, HOUR, 3 * HOUR, 500, 900, 500 },
	};
	struct decompose_problem p = hours(4, target, st, 1, v, 2);
	struct decompose_schedule s;

	assert_int_equal(decompose_run(*state, &p, &s), 0);
	assert_memory_equal(s.total_w, target, sizeof target);
	assert_true(s.deviation_w == 0 && s.bound_w == 0);
	assert_int_equal(s.plan[0].reachable_wh, 600);
	assert_int_equal(s.plan[1].reachable_wh, 900);
	assert_int_equal(s.plan[1].energy, 400);
	assert_int_equal(s.plan[1].first, 1);
	assert_int_equal(s.plan[1].count, 2);
	assert_certified(&p, &s);
}

static void odd_watt_goes_to_the_earlier_interval(void **state)
{
	const int64_t target[] = { 50, 50, 50 };
	const struct decompose_station st[] = { { "S", 10000 } };
	const struct decompose_vehicle v[] = { { "a", 0, 0, 3 * HOUR, 600, 100, 0 } };
	const int32_t want[] = { 34, 33, 33 };
	struct decompose_problem p = hours(3, target, st, 1, v, 1);
	struct decompose_schedule s;

	assert_int_equal(decompose_run(*state, &p, &s), 0);
	assert_powers(&s, 0, want, 3);
	assert_certified(&p, &s);
}

static void weights_draw_the_deviation_to_where_it_is_cheap(void **state)
{
	const int64_t target[] = { 0, 0 }, weight[] = { 3000000, 1000000 };
	const struct decompose_station st[] = { { "S", 10000 } };
	const struct decompose_vehicle v[] = { { "a", 0, 0, 2 * HOUR, 600, 400, 0 } };
	const int32_t want[] = { 100, 300 };
	struct decompose_problem p = hours(2, target, st, 1, v, 1);
	struct decompose_schedule s;

	p.weight_ppm = weight;
	assert_int_equal(decompose_run(*state, &p, &s), 0);
	assert_powers(&s, 0, want, 2);
	assert_true(fabs(s.deviation_w - sqrt((3 * 100. * 100 + 300. * 300) / 4)) < 1e-9);
	assert_true(fabs(s.bound_w - s.deviation_w) < 1e-6);
	assert_certified(&p, &s);
}

static void caps_follow_the_connected_share(void **state)
{
	const int64_t target[] = { 0, 0, 0 };
	const struct decompose_station st[] = { { "S", 10000 } };
	const struct decompose_vehicle v[] = { { "a", 0, HOUR / 4, 2 * HOUR + HOUR / 2 + 1, 1001, 5000, 0 } };
	const int32_t want[] = { 751, 1001, 501 };      /* 750.75 and 500.50028 rounded */
	struct decompose_problem p = hours(3, target, st, 1, v, 1);
	struct decompose_schedule s;

	assert_int_equal(decompose_run(*state, &p, &s), 0);
	assert_powers(&s, 0, want, 3);
	assert_int_equal(s.plan[0].energy, 2253);
	assert_int_equal(s.plan[0].planned_wh, 2253);
	assert_certified(&p, &s);
}

static void early_departure_is_served_first_where_a_limit_binds(void **state)
{
	const int64_t target[] = { 0, 0 };
	const struct decompose_station st[] = { { "S", 100 } };
	const struct decompose_vehicle v[] = {
		{ "late", 0, 0, 2 * HOUR, 100, 150, 10 },
		{ "z", 0, 0, HOUR, 80, 70, 0 },
		{ "y", 0, 0, HOUR, 80, 70, 0 },
	};
	struct decompose_problem p = hours(2, target, st, 1, v, 3);
	struct decompose_schedule s;
	struct decompose_certificate c;

	assert_int_equal(decompose_run(*state, &p, &s), 0);
	assert_int_equal(s.plan[2].reachable_wh, 70);           /* y before z by id, both before late */
	assert_int_equal(s.plan[1].reachable_wh, 30);
	assert_int_equal(s.plan[0].reachable_wh, 110);          /* 10 before, the second hour whole */
	assert_certified(&p, &s);
	s.plan[0].energy = 90;                                  /* claiming less than can be had */
	assert_int_equal(decompose_certify(&p, &s, s.bound_w, &c), 0);
	assert_false(c.feasible);
	assert_int_equal(c.violation[c.n_violations - 1].fault, DECOMPOSE_FAULT_SHORT);
	assert_int_equal(c.violation[c.n_violations - 1].allowed, 200);
}

/* The vehicle served second can only be served if the first one moves to the second hour. */
static void service_moves_charging_but_takes_no_energy(void **state)
{
	const int64_t target[] = { 0, 0 };
	const struct decompose_station st[] = { { "S", 100 } };
	const struct decompose_vehicle v[] = {
		{ "a", 0, 0, 2 * HOUR - 1, 100, 100, 0 },
		{ "b", 0, 0, 2 * HOUR, 100, 90, 0 },
		{ "c", 0, 0, 2 * HOUR, 10, 10, 0 },
	};
	struct decompose_problem p = hours(2, target, st, 1, v, 3);
	struct decompose_schedule s;

	assert_int_equal(decompose_run(*state, &p, &s), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(s.plan[i].reachable_wh, v[i].need_wh);
	assert_int_equal(s.total_w[0], 100);
	assert_int_equal(s.total_w[1], 100);
	assert_certified(&p, &s);
}

/* The second vehicle closes the third hour; the third one still gets all, by pushing the first into the second hour. */
static void one_short_vehicle_does_not_shorten_others(void **state)
{
	const int64_t target[] = { 0, 0, 0 }, energy[] = { 100, 100, 100 };
	const struct decompose_station st[] = { { "S", 100 } };
	const struct decompose_vehicle v[] = {
		{ "a", 0, 0, 3 * HOUR - 2, 100, 100, 0 },
		{ "b", 0, 2 * HOUR, 3 * HOUR - 1, 200, 150, 0 },
		{ "c", 0, 0, 3 * HOUR, 50, 100, 0 },
	};
	struct decompose_problem p = hours(3, target, st, 1, v, 3);
	struct decompose_schedule s;

	assert_int_equal(decompose_run(*state, &p, &s), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(s.plan[i].energy, energy[i]);
	assert_certified(&p, &s);
}

static void who_departs_earlier_charges_earlier(void **state)
{
	const int64_t target[] = { 100, 100, 100, 100 };
	const struct decompose_station st[] = { { "S", 1000 } };
	const struct decompose_vehicle v[] = {
		{ "a", 0, 0, 4 * HOUR, 100, 200, 0 },
		{ "b", 0, 0, 4 * HOUR - 1, 100, 200, 0 },
	};
	const int32_t first[] = { 100, 100, 0, 0 }, second[] = { 0, 0, 100, 100 };
	struct decompose_problem p = hours(4, target, st, 1, v, 2);
	struct decompose_schedule s;

	assert_int_equal(decompose_run(*state, &p, &s), 0);
	assert_powers(&s, 1, first, 4);
	assert_powers(&s, 0, second, 4);
	assert_certified(&p, &s);
}

static void impossible_target_gets_the_best_effort(void **state)
{
	const int64_t high[] = { 5000, 5000, 5000, 5000 }, negative[] = { -5000, 0, -100, -100 };
	const struct decompose_station st[] = { { "S", 10000 } };
	const struct decompose_vehicle v[] = {
		{ "a", 0, 0, 4 * HOUR, 600, 1200, 0 },
		{ "b", 0, 2 * HOUR, 4 * HOUR, 600, 400, 0 },
	};
	const int64_t flat[] = { 400, 400, 400, 400 }, away[] = { 0, 600, 500, 500 };
	struct decompose_problem p = hours(4, high, st, 1, v, 2);
	struct decompose_schedule s;

	assert_int_equal(decompose_run(*state, &p, &s), 0);
	assert_memory_equal(s.total_w, flat, sizeof flat);
	assert_true(fabs(s.bound_w - 4600) < 1e-6);
	assert_certified(&p, &s);
	p.target_w = negative;
	assert_int_equal(decompose_run(*state, &p, &s), 0);
	assert_memory_equal(s.total_w, away, sizeof away);
	assert_certified(&p, &s);
}

static void nothing_to_do(void **state)
{
	const int64_t target[] = { 10, 20 };
	const struct decompose_station st[] = { { "S", 100 }, { "T", 0 } };
	const struct decompose_vehicle v[] = {
		{ "met", 0, 0, 2 * HOUR, 50, 80, 90 },
		{ "none", 0, HOUR / 2, HOUR / 2, 50, 80, 0 },
		{ "gone", 0, -2 * HOUR, 0, 50, 80, 20 },
		{ "after", 0, 2 * HOUR, 3 * HOUR, 50, 80, 0 },
		{ "weak", 0, 0, HOUR, 0, 80, 0 },
		{ "dead", 1, 0, 2 * HOUR, 50, 80, 0 },
		{ "brief", 0, HOUR - 1, HOUR, 50, 80, 0 },
	};
	const int64_t reachable[] = { 90, 0, 20, 0, 0, 0, 0 };
	const int counts[] = { 2, 0, 0, 0, 1, 2, 1 };
	struct decompose_problem p = hours(2, target, st, 2, v, 7);
	struct decompose_schedule s;

	assert_int_equal(decompose_run(*state, &p, &s), 0);
	for (int i = 0; i < 7; i++) {
		assert_int_equal(s.plan[i].reachable_wh, reachable[i]);
		assert_int_equal(s.plan[i].count, counts[i]);
	}
	assert_true(fabs(s.bound_w - s.deviation_w) < 1e-6);
	assert_certified(&p, &s);
	p.n_vehicles = 0;
	assert_int_equal(decompose_run(*state, &p, &s), 0);
	assert_true(s.total_w[0] == 0 && s.total_w[1] == 0);
	p.n_stations = 0;
	assert_int_equal(decompose_run(*state, &p, &s), 0);
	assert_true(fabs(s.deviation_w - sqrt((100 + 400) / 2.)) < 1e-9);
	assert_certified(&p, &s);
}

static void bad_input_is_refused(void **state)
{
	const int64_t target[DECOMPOSE_INTERVALS + 1] = { 10, 20 };
	const int64_t wild[] = { 0, DECOMPOSE_POWER + 1 }, zero[] = { 1, 0 };
	const struct decompose_station st[] = { { "S", 100 }, { "T", 100 } };
	const struct decompose_station twice[] = { { "S", 100 }, { "S", 100 } }, below[] = { { "S", -1 }, { "T", 1 } };
	struct decompose_vehicle v[] = { { "a", 0, 0, HOUR, 50, 80, 0 }, { "a", 1, 0, HOUR, 50, 80, 0 } };
	struct decompose_problem good = hours(2, target, st, 2, v, 2), p = good;
	struct decompose_schedule s;

	assert_int_equal(decompose_run(*state, &p, &s), 0);
	p.grid.n = DECOMPOSE_INTERVALS + 1;
	assert_int_equal(decompose_run(*state, &p, &s), E_TOO_MANY);
	p = good; p.grid.n = 0;
	assert_int_equal(decompose_run(*state, &p, &s), E_TOO_MANY);
	p = good; p.grid.step_ms = 7 * MS_MINUTE;
	assert_int_equal(decompose_run(*state, &p, &s), E_TIME_GRID);
	p = good; p.target_w = wild;
	assert_int_equal(decompose_run(*state, &p, &s), E_RANGE);
	p = good; p.weight_ppm = zero;
	assert_int_equal(decompose_run(*state, &p, &s), E_RANGE);
	p = good; p.station = twice;
	assert_int_equal(decompose_run(*state, &p, &s), E_DUPLICATE_ITEM);
	p = good; p.station = below;
	assert_int_equal(decompose_run(*state, &p, &s), E_NEGATIVE);
	v[1].station = 0;
	assert_int_equal(decompose_run(*state, &good, &s), E_DUPLICATE_ITEM);
	v[1].station = 2;
	assert_int_equal(decompose_run(*state, &good, &s), E_UNKNOWN_RESOURCE);
	v[1].station = 1; v[1].departure_ms = -1;
	assert_int_equal(decompose_run(*state, &good, &s), E_TIME_ORDER);
	v[1].departure_ms = HOUR; v[1].need_wh = -1;
	assert_int_equal(decompose_run(*state, &good, &s), E_NEGATIVE);
	v[1].need_wh = 1; v[1].max_w = DECOMPOSE_POWER;
	assert_int_equal(decompose_run(*state, &good, &s), E_RANGE);
}

static void extremes_do_not_overflow(void **state)
{
	int64_t target[DECOMPOSE_INTERVALS], weight[DECOMPOSE_INTERVALS];
	const struct decompose_station st[] = { { "S", DECOMPOSE_POWER } };
	static struct decompose_vehicle v[1000];
	struct decompose_problem p = { { 0, 5 * MS_MINUTE, DECOMPOSE_INTERVALS }, target, weight, st, 1, v, 1000 };
	struct decompose_schedule s;

	for (int t = 0; t < DECOMPOSE_INTERVALS; t++) {
		target[t] = t % 3 == 0 ? DECOMPOSE_POWER : t % 3 == 1 ? -DECOMPOSE_POWER : 0;
		weight[t] = t % 2 ? DECOMPOSE_WEIGHT : 1;
	}
	for (int i = 0; i < 1000; i++) {
		v[i] = (struct decompose_vehicle){
			arena_printf(*state, "v%03d", i), 0, i % 2 ? INT64_MIN : 1, INT64_MAX,
			DECOMPOSE_POWER / 1000, DECOMPOSE_ENERGY, DECOMPOSE_ENERGY / 1000 * i };
	}
	assert_int_equal(decompose_run(*state, &p, &s), 0);
	assert_certified(&p, &s);
}

/* ---- a random fleet: limits bind, needs go short, targets are out of reach here and there */

enum { N = 24, STATIONS = 9, VEHICLES = 80 };

struct fleet {
	struct decompose_problem p;
	int64_t target[N], weight[N];
	struct decompose_station station[STATIONS];
	struct decompose_vehicle vehicle[VEHICLES];
};

static struct fleet *draw_fleet(struct arena *a, uint64_t seed)
{
	struct fleet *f = ARENA_NEW(a, struct fleet);
	struct rng r;

	rng_seed(&r, seed);
	for (int t = 0; t < N; t++) {
		f->target[t] = rng_between(&r, -20000, 200000);
		f->weight[t] = rng_between(&r, 0, 3) ? 1000000 : rng_between(&r, 1, 3000000);
	}
	for (int k = 0; k < STATIONS; k++) {
		f->station[k].id = arena_printf(a, "S%02d", k);
		f->station[k].limit_w = rng_between(&r, 5000, k % 3 ? 40000 : 400000);
	}
	for (int i = 0; i < VEHICLES; i++) {
		int64_t stay = rng_between(&r, 0, 5 * HOUR);
		struct decompose_vehicle *v = &f->vehicle[i];
		v->id = arena_printf(a, "V%03d", i);
		v->station = rng_below(&r, STATIONS);
		v->arrival_ms = rng_between(&r, -2 * HOUR, 5 * HOUR);
		v->departure_ms = v->arrival_ms + stay;
		v->max_w = rng_between(&r, 2000, 11000);
		v->need_wh = (int64_t)((double)(v->max_w * stay / HOUR) * (rng_unit(&r) * 1.2));
		v->before_wh = rng_between(&r, 0, 4) ? 0 : 3000;
	}
	f->p = (struct decompose_problem){ { 0, 15 * MS_MINUTE, N }, f->target, f->weight, f->station, STATIONS,
					   f->vehicle, VEHICLES };
	return f;
}

static void shuffled_rows_give_the_same_schedule(void **state)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct fleet *f = draw_fleet(*state, seed), *g = draw_fleet(*state, seed);
		struct decompose_schedule s, z;
		size_t station_at[STATIONS], vehicle_at[VEHICLES];
		struct rng r;

		rng_seed(&r, seed + 1000);
		for (size_t k = 0; k < STATIONS; k++)
			station_at[k] = k;
		for (size_t k = STATIONS; k > 1; k--) {
			size_t j = rng_below(&r, k), h = station_at[j];
			station_at[j] = station_at[k - 1];
			station_at[k - 1] = h;
		}
		for (size_t i = 0; i < VEHICLES; i++)
			vehicle_at[i] = i;
		for (size_t i = VEHICLES; i > 1; i--) {
			size_t j = rng_below(&r, i), h = vehicle_at[j];
			vehicle_at[j] = vehicle_at[i - 1];
			vehicle_at[i - 1] = h;
		}
		for (size_t k = 0; k < STATIONS; k++)
			g->station[station_at[k]] = f->station[k];
		for (size_t i = 0; i < VEHICLES; i++) {
			g->vehicle[vehicle_at[i]] = f->vehicle[i];
			g->vehicle[vehicle_at[i]].station = station_at[f->vehicle[i].station];
		}
		assert_int_equal(decompose_run(*state, &f->p, &s), 0);
		assert_int_equal(decompose_run(*state, &g->p, &z), 0);
		assert_memory_equal(s.total_w, z.total_w, sizeof f->target);
		assert_true(s.deviation_w == z.deviation_w && s.bound_w == z.bound_w);
		for (size_t i = 0; i < VEHICLES; i++) {
			assert_int_equal(s.plan[i].energy, z.plan[vehicle_at[i]].energy);
			assert_powers(&z, vehicle_at[i], powers(&s, i), s.plan[i].count);
		}
	}
}

static void random_fleets_are_feasible_and_optimal(void **state)
{
	for (uint64_t seed = 1; seed <= 100; seed++) {
		struct fleet *f = draw_fleet(*state, seed);
		struct decompose_schedule s;
		int64_t load[STATIONS * N], all[N] = { 0 };
		size_t key[VEHICLES];

		assert_int_equal(decompose_run(*state, &f->p, &s), 0);
		assert_certified(&f->p, &s);
		for (size_t i = 0; i < VEHICLES; i++)
			key[i] = f->vehicle[i].station;
		decompose_sum(&f->p, &s, key, STATIONS, load);
		for (int k = 0; k < STATIONS; k++)
			for (int t = 0; t < N; t++) {
				assert_in_range(load[k * N + t], 0, (uintmax_t)f->station[k].limit_w);
				all[t] += load[k * N + t];
			}
		assert_memory_equal(all, s.total_w, sizeof all);
		arena_reset(*state);
	}
}

/* A target without any pattern, short stays and narrow limits: the curve falls into dozens of parts. */
static void rough_targets_fall_into_many_parts(void **state)
{
	enum { ROUGH_N = DECOMPOSE_INTERVALS, FLEET = 2000, EACH = 11, PLACES = (FLEET + EACH - 1) / EACH };
	struct decompose_station *st = ARENA_ARRAY(*state, PLACES, struct decompose_station);
	struct decompose_vehicle *v = ARENA_ARRAY(*state, FLEET, struct decompose_vehicle);
	int64_t target[ROUGH_N], weight[ROUGH_N];
	struct decompose_problem p = { { 0, 5 * MS_MINUTE, ROUGH_N }, target, weight, st, PLACES, v, FLEET };
	struct decompose_schedule s;
	struct rng r;

	rng_seed_named(&r, 1, "rough");
	for (int t = 0; t < ROUGH_N; t++) {
		target[t] = rng_between(&r, 0, 2 * FLEET * 1500);
		weight[t] = rng_between(&r, 1000, 3000000);
	}
	for (int k = 0; k < PLACES; k++)
		st[k] = (struct decompose_station){ arena_printf(*state, "S%03d", k), EACH * 2500 };
	for (int i = 0; i < FLEET; i++) {
		int64_t stay = rng_between(&r, HOUR, 5 * HOUR);
		v[i].id = arena_printf(*state, "V%04d", i);
		v[i].station = (size_t)(i % PLACES);
		v[i].arrival_ms = rng_between(&r, -2 * HOUR, 22 * HOUR);
		v[i].departure_ms = v[i].arrival_ms + stay;
		v[i].max_w = rng_between(&r, 3600, 11000);
		v[i].need_wh = rng_between(&r, 0, v[i].max_w * stay / HOUR);
	}
	assert_int_equal(decompose_run(*state, &p, &s), 0);
	assert_true(s.parts > 24);
	assert_certified(&p, &s);
}

/* Moves power of one vehicle from one interval to another where caps and limits allow, away from the optimum. */
static bool spoil(const struct decompose_problem *p, struct decompose_schedule *s, size_t i)
{
	int32_t *x = s->power_w + s->plan[i].offset;
	size_t key[VEHICLES];
	int64_t load[STATIONS * N];

	for (size_t k = 0; k < p->n_vehicles; k++)
		key[k] = p->vehicle[k].station;
	decompose_sum(p, s, key, p->n_stations, load);
	for (int d = 0; d < s->plan[i].count; d++)
		for (int e = 0; e < s->plan[i].count; e++) {
			int64_t room = decompose_cap(&p->grid, &p->vehicle[i], s->plan[i].first + e) - x[e];
			int64_t free = p->station[key[i]].limit_w - load[key[i] * N + (size_t)(s->plan[i].first + e)];
			if (d == e || x[d] < 500 || room < 500 || free < 500)
				continue;
			x[d] -= 500;
			x[e] += 500;
			s->total_w[s->plan[i].first + d] -= 500;
			s->total_w[s->plan[i].first + e] += 500;
			return true;
		}
	return false;
}

static void spoiled_schedule_shows_a_gap(void **state)
{
	int spoiled = 0;

	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct fleet *f = draw_fleet(*state, seed);
		struct decompose_schedule s;
		struct decompose_certificate c;
		double best, bound, again;
		int64_t reference[N];

		assert_int_equal(decompose_run(*state, &f->p, &s), 0);
		best = s.deviation_w;
		bound = s.bound_w;
		memcpy(reference, s.total_w, sizeof reference);
		for (size_t i = 0; i < VEHICLES; i++)
			if (spoil(&f->p, &s, i)) {
				spoiled++;
				break;
			}
		assert_int_equal(decompose_bound(&f->p, s.plan, reference, &again), 0);
		assert_true(again == bound);
		assert_int_equal(decompose_certify(&f->p, &s, again, &c), 0);
		assert_true(c.feasible);
		assert_true(c.bound_w == bound);
		assert_true(c.gap_w > 0 && c.deviation_w > best);
		/* and the spoiled curve itself, as a reference, proves no more than the best one */
		assert_int_equal(decompose_bound(&f->p, s.plan, s.total_w, &again), 0);
		assert_true(again <= best);
	}
	assert_int_equal(spoiled, 20);
}

static void certificate_names_what_is_broken(void **state)
{
	struct fleet *f = draw_fleet(*state, 7);
	struct decompose_schedule s;
	struct decompose_certificate c;
	size_t i = 0;

	assert_int_equal(decompose_run(*state, &f->p, &s), 0);
	while (s.plan[i].count < 2 || powers(&s, i)[0] == 0)
		i++;
	s.power_w[s.plan[i].offset] -= 1;                       /* a watt less: energy, printed energy perhaps, total */
	assert_int_equal(decompose_certify(&f->p, &s, s.bound_w, &c), 0);
	assert_false(c.feasible);
	assert_int_equal(c.violation[0].fault, DECOMPOSE_FAULT_ENERGY);
	assert_int_equal(c.violation[0].item, i);
	assert_int_equal(c.violation[c.n_violations - 1].fault, DECOMPOSE_FAULT_TOTAL);
	assert_int_equal(c.violation[c.n_violations - 1].interval, s.plan[i].first);
	s.power_w[s.plan[i].offset] += 1;
	assert_certified(&f->p, &s);

	s.power_w[s.plan[i].offset] -= 1000000;
	assert_int_equal(decompose_certify(&f->p, &s, s.bound_w, &c), 0);
	assert_int_equal(c.violation[0].fault, DECOMPOSE_FAULT_CAP);
	s.power_w[s.plan[i].offset] += 2000000;
	assert_int_equal(decompose_certify(&f->p, &s, s.bound_w, &c), 0);
	assert_int_equal(c.violation[0].fault, DECOMPOSE_FAULT_CAP);
	assert_true(c.n_violations >= 4);                       /* cap, energy, printed, station, total */
	s.power_w[s.plan[i].offset] -= 1000000;
	s.plan[i].planned_wh++;
	assert_int_equal(decompose_certify(&f->p, &s, s.bound_w, &c), 0);
	assert_int_equal(c.violation[0].fault, DECOMPOSE_FAULT_PRINTED);
	s.plan[i].planned_wh--;
	s.plan[i].count--;
	assert_int_equal(decompose_certify(&f->p, &s, s.bound_w, &c), 0);
	assert_int_equal(c.violation[0].fault, DECOMPOSE_FAULT_STAY);
}

static void limits_that_broke_are_found(void **state)
{
	const int64_t target[] = { 200, 0 };
	const struct decompose_station st[] = { { "S", 200 } };
	struct decompose_station less[] = { { "S", 150 } };
	const struct decompose_vehicle v[] = {
		{ "a", 0, 0, 2 * HOUR, 100, 100, 0 },
		{ "b", 0, 0, 2 * HOUR, 100, 100, 0 },
	};
	struct decompose_problem p = hours(2, target, st, 1, v, 2);
	struct decompose_schedule s;
	struct decompose_certificate c;
	double bound;

	assert_int_equal(decompose_run(*state, &p, &s), 0);
	p.station = less;
	assert_int_equal(decompose_certify(&p, &s, s.bound_w, &c), 0);
	assert_int_equal(c.n_violations, 1);
	assert_int_equal(c.violation[0].fault, DECOMPOSE_FAULT_STATION);
	assert_int_equal(c.violation[0].have, 200);
	assert_int_equal(c.violation[0].allowed, 150);
	less[0].limit_w = 90;                                   /* now the energies themselves do not fit */
	assert_int_equal(decompose_bound(&p, s.plan, s.total_w, &bound), E_RANGE);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(follows_a_target_within_reach),
		CASE(odd_watt_goes_to_the_earlier_interval),
		CASE(weights_draw_the_deviation_to_where_it_is_cheap),
		CASE(caps_follow_the_connected_share),
		CASE(early_departure_is_served_first_where_a_limit_binds),
		CASE(service_moves_charging_but_takes_no_energy),
		CASE(one_short_vehicle_does_not_shorten_others),
		CASE(who_departs_earlier_charges_earlier),
		CASE(impossible_target_gets_the_best_effort),
		CASE(nothing_to_do),
		CASE(bad_input_is_refused),
		CASE(extremes_do_not_overflow),
		CASE(shuffled_rows_give_the_same_schedule),
		CASE(random_fleets_are_feasible_and_optimal),
		CASE(rough_targets_fall_into_many_parts),
		CASE(spoiled_schedule_shows_a_gap),
		CASE(certificate_names_what_is_broken),
		CASE(limits_that_broke_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
