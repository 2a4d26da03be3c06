/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Decomposition against enumeration: on tiny problems every schedule in whole watts is tried. Also the water level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/rng.h"
#include "compute/decompose.h"
#include "compute/level.h"

enum { HOUR = MS_HOUR, MAX_N = 4, MAX_V = 4, MAX_S = 2, CASES = 3000 };

/* Vehicles are drawn in the order of service: departures rise, and ids. */
struct tiny {
	struct decompose_problem p;
	int64_t target[MAX_N], weight[MAX_N];
	struct decompose_station station[MAX_S];
	struct decompose_vehicle vehicle[MAX_V];
};

static void draw(struct rng *r, struct tiny *z)
{
	static const char *const station[MAX_S] = { "p", "q" }, *const vehicle[MAX_V] = { "a", "b", "c", "d" };
	int n = rng_below(r, 9) ? (int)rng_between(r, 3, MAX_N) : (int)rng_between(r, 1, 2);
	int n_s = (int)rng_between(r, 1, MAX_S), n_v = (int)rng_between(r, 1, n == MAX_N ? 3 : MAX_V);

	*z = (struct tiny){ .p = { { 0, HOUR, n }, z->target, z->weight, z->station, (size_t)n_s, z->vehicle,
				   (size_t)n_v } };
	for (int t = 0; t < n; t++) {
		z->target[t] = rng_between(r, -2, 7);
		z->weight[t] = rng_between(r, 0, 1) ? 1000000 : rng_between(r, 1, 4) * 250000;
	}
	for (int k = 0; k < n_s; k++)
		z->station[k] = (struct decompose_station){ station[k], rng_between(r, 2, 9) };
	for (int i = 0; i < n_v; i++) {
		int64_t leaves = n * HOUR - (n_v - i) * 1000 - (i == 0 && rng_below(r, 2) ? (n - 1) / 2 * HOUR : 0);
		z->vehicle[i].id = vehicle[i];
		z->vehicle[i].station = rng_below(r, (uint64_t)n_s);
		z->vehicle[i].arrival_ms = rng_between(r, -HOUR, leaves);
		z->vehicle[i].departure_ms = leaves;
		z->vehicle[i].max_w = rng_between(r, 1, 3);
		z->vehicle[i].need_wh = rng_between(r, 1, 7);
		z->vehicle[i].before_wh = rng_between(r, 0, 2) / 2;
	}
}

struct search {
	const struct tiny *z;
	bool fixed;                             /* energies are given in best; else they are sought */
	int64_t x[MAX_V][MAX_N], got[MAX_V];
	int64_t best[MAX_V];                    /* lexicographically greatest energies by station */
	int64_t station[MAX_S][MAX_N];
	bool any;
	int64_t cost, late, curve[MAX_N];       /* least cost; of equal ones the least Σ t·load */
};

/* Greater energies in some station, none smaller there before the first difference. Stations are independent, so
 * comparing all in row order, station by station, finds the greatest of each. */
static bool greater(const struct search *s)
{
	for (size_t k = 0; k < s->z->p.n_stations; k++)
		for (size_t i = 0; i < s->z->p.n_vehicles; i++)
			if (s->z->vehicle[i].station == k && s->got[i] != s->best[i])
				return s->got[i] > s->best[i];
	return false;
}

static void judge(struct search *s)
{
	int64_t cost = 0, late = 0, curve[MAX_N] = { 0 };

	for (int t = 0; t < s->z->p.grid.n; t++) {
		for (size_t i = 0; i < s->z->p.n_vehicles; i++)
			curve[t] += s->x[i][t];
		cost += s->z->weight[t] * (curve[t] - s->z->target[t]) * (curve[t] - s->z->target[t]);
		late += t * curve[t];
	}
	if (s->any && (cost > s->cost || (cost == s->cost && late >= s->late)))
		return;
	s->any = true;
	s->cost = cost;
	s->late = late;
	memcpy(s->curve, curve, sizeof curve);
}

static int64_t wanted(const struct decompose_vehicle *v)
{
	return v->need_wh > v->before_wh ? v->need_wh - v->before_wh : 0;
}

/* Tries all powers of vehicle i from interval t on, then the next vehicle's. */
static void enumerate(struct search *s, size_t i, int t)
{
	const struct decompose_problem *p = &s->z->p;

	if (i == p->n_vehicles) {
		if (s->fixed)
			judge(s);
		else if (greater(s))
			memcpy(s->best, s->got, sizeof s->best);
		return;
	}
	if (t == p->grid.n) {
		if (!s->fixed || s->got[i] == s->best[i])
			enumerate(s, i + 1, 0);
		return;
	}
	const struct decompose_vehicle *v = &p->vehicle[i];
	int64_t cap = decompose_cap(&p->grid, v, t), want = wanted(v);
	int64_t *load = &s->station[v->station][t];
	for (int64_t q = 0; q <= cap && s->got[i] + q <= want && *load + q <= p->station[v->station].limit_w; q++) {
		s->x[i][t] = q;
		s->got[i] += q;
		*load += q;
		enumerate(s, i, t + 1);
		*load -= q;
		s->got[i] -= q;
	}
	s->x[i][t] = 0;
}

static void tiny_problems_match_enumeration(void **state)
{
	int short_ones = 0, several_parts = 0;
	struct rng r;

	(void)state;
	rng_seed_named(&r, 1, "decompose-exact");
	for (int k = 0; k < CASES; k++) {
		struct arena *a = arena_new(0);
		struct tiny z;
		struct search e = { .z = &z };
		struct decompose_schedule s;
		struct decompose_certificate c;
		int64_t need = 0, got = 0;

		draw(&r, &z);
		enumerate(&e, 0, 0);
		e.fixed = true;
		enumerate(&e, 0, 0);
		assert_int_equal(decompose_run(a, &z.p, &s), 0);
		for (size_t i = 0; i < z.p.n_vehicles; i++) {
			assert_int_equal(s.plan[i].energy, e.best[i]);
			got += e.best[i];
			need += wanted(&z.vehicle[i]);
		}
		assert_memory_equal(s.total_w, e.curve, (size_t)z.p.grid.n * sizeof *e.curve);
		assert_int_equal(decompose_certify(&z.p, &s, s.bound_w, &c), 0);
		assert_true(c.feasible && c.gap_w >= 0);
		short_ones += got < need;
		several_parts += s.parts > 1;
		arena_free(a);
	}
	assert_true(short_ones > CASES / 4 && several_parts > CASES / 8);       /* the draw is not a soft one */
}

/* The level's choice, one watt at a time, always the cheapest, of equal ones the earlier. */
static void water_level_takes_the_cheapest_watts(void **state)
{
	enum { N = 6 };
	struct rng r;

	(void)state;
	rng_seed_named(&r, 1, "level");
	for (int k = 0; k < 1000; k++) {
		int64_t target[N], weight[N], most[N], y[N], want[N] = { 0 }, room = 0, sum;
		uint16_t at[N];
		uint32_t m = 0;

		for (uint16_t t = 0; t < N; t++) {
			target[t] = rng_between(&r, -9, 20);
			weight[t] = rng_between(&r, 0, 1) ? 1000 : rng_between(&r, 1, 5000);
			most[t] = rng_between(&r, 0, 15);
			y[t] = -7;
			if (rng_between(&r, 0, 3) == 0)
				continue;
			at[m++] = t;
			room += most[t];
		}
		sum = rng_between(&r, 0, room);
		for (int64_t left = sum; left > 0; left--) {
			int best = -1;
			for (uint32_t i = 0; i < m; i++) {
				int t = at[i];
				if (want[t] < most[t] && (best < 0 || weight[t] * (2 * (want[t] + 1 - target[t]) - 1) <
				    weight[best] * (2 * (want[best] + 1 - target[best]) - 1)))
					best = t;
			}
			want[best]++;
		}
		level_fill(at, m, target, weight, most, sum, y);
		for (uint32_t i = 0, t = 0; t < N; t++) {
			bool chosen = i < m && at[i] == t;
			assert_int_equal(y[t], chosen ? want[t] : -7);  /* others' goals are left alone */
			i += chosen;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tiny_problems_match_enumeration),
		cmocka_unit_test(water_level_takes_the_cheapest_watts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
