/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The rest of a task with some vehicles fixed: known answers, and what must hold whatever is drawn. */
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
#include "compute/proportional.h"
#include "compute/remainder.h"

enum { HOUR = MS_HOUR };
static const int64_t even[4] = { 1000000, 1000000, 1000000, 1000000 };

static int setup(void **state) { *state = arena_new(0); return 0; }
static int teardown(void **state) { arena_free(*state); return 0; }

static const int32_t *powers(const struct decompose_schedule *s, size_t i) { return s->power_w + s->plan[i].offset; }

/* One charges where it is not wanted; the other makes up for it. */
static void others_share_the_rest(void **state)
{
	const int64_t target[] = { 100, 100, 100, 100 }, goes[] = { 150, 0, 50 };
	const struct decompose_station st[] = { { "S", 1000 }, { "T", 1000 } };
	const struct decompose_vehicle v[] = {
		{ "gone", 0, 0, 3 * HOUR, 150, 600, 0 },
		{ "free", 1, 0, 4 * HOUR, 100, 200, 0 },
	};
	const struct decompose_problem p = { { 0, HOUR, 4 }, target, even, st, 2, v, 2 };
	const int64_t *fixed[] = { goes, NULL };
	const int32_t want[] = { 0, 84, 33, 83 };
	const int64_t total[] = { 150, 84, 83, 83 };
	struct decompose_schedule s;

	assert_int_equal(remainder_run(*state, &p, fixed, &s), 0);
	assert_memory_equal(powers(&s, 1), want, sizeof want);
	assert_memory_equal(s.total_w, total, sizeof total);
	assert_int_equal(s.plan[0].count, 3);
	assert_int_equal(powers(&s, 0)[2], 50);
	assert_int_equal(s.plan[0].planned_wh, 200);    /* what it takes, not what it asked for */
	assert_int_equal(s.plan[1].reachable_wh, 200);
	assert_true(fabs(s.deviation_w - sqrt((2500. + 256 + 2 * 289) / 4)) < 1e-9);
	assert_true(s.bound_w <= s.deviation_w && s.bound_w > s.deviation_w - 1);
}

/* At one station, who is free has what the others leave at their greatest. */
static void shared_station_is_not_overloaded(void **state)
{
	const int64_t target[] = { 500, 500, 500, 500 }, goes[] = { 60, 0, 20, 0 };
	const struct decompose_station st[] = { { "S", 100 } };
	const struct decompose_vehicle v[] = {
		{ "gone", 0, 0, 4 * HOUR, 150, 600, 0 },
		{ "free", 0, 0, 4 * HOUR, 100, 200, 0 },
	};
	const struct decompose_problem p = { { 0, HOUR, 4 }, target, even, st, 1, v, 2 };
	const int64_t *fixed[] = { goes, NULL };
	struct decompose_schedule s;

	assert_int_equal(remainder_run(*state, &p, fixed, &s), 0);
	assert_int_equal(s.plan[1].energy, 160);
	for (int t = 0; t < 4; t++)
		assert_true(s.total_w[t] <= 100);
}

static void nobody_steers(void **state)
{
	const int64_t target[] = { 0, 0, 0, 0 };
	const struct decompose_station st[] = { { "S", 100 } };
	const struct decompose_vehicle v[] = {
		{ "a", 0, 0, 4 * HOUR, 200, 150, 0 },
		{ "b", 0, HOUR, 3 * HOUR + HOUR / 2, 50, 100, 20 },
		{ "c", 0, 0, 4 * HOUR, 500, 500, 0 },
		{ "full", 0, 0, HOUR, 50, 10, 30 },
	};
	const struct decompose_problem p = { { 0, HOUR, 4 }, target, even, st, 1, v, 4 };
	const bool chosen[] = { true, true, false, true };
	int64_t a[4] = { 0 }, b[3] = { 0 }, full[1] = { -1 };
	int64_t *const power[] = { a, b, NULL, full };
	const int64_t want_a[] = { 100, 50, 0, 0 }, want_b[] = { 50, 30, 0 };

	(void)state;
	remainder_at_once(&p, chosen, power);
	assert_memory_equal(a, want_a, sizeof a);       /* 150 lacking, limit 100; then the rest beside b */
	assert_memory_equal(b, want_b, sizeof b);
	assert_int_equal(full[0], 0);
}

static void bad_fixed_powers(void **state)
{
	const int64_t target[] = { 0 }, negative[] = { -1 }, huge[] = { DECOMPOSE_POWER };
	const struct decompose_station st[] = { { "S", 100 } };
	const struct decompose_vehicle v[] = { { "a", 0, 0, HOUR, 100, 100, 0 } };
	struct decompose_vehicle lost = v[0];
	struct decompose_problem p = { { 0, HOUR, 1 }, target, even, st, 1, v, 1 };
	const int64_t *fixed[] = { negative };
	struct decompose_schedule s;

	assert_int_equal(remainder_run(*state, &p, fixed, &s), E_NEGATIVE);
	fixed[0] = huge;
	assert_int_equal(remainder_run(*state, &p, fixed, &s), E_RANGE);
	lost.station = 1;
	p.vehicle = &lost;
	assert_int_equal(remainder_run(*state, &p, fixed, &s), E_UNKNOWN_RESOURCE);
	p.vehicle = v;
	p.grid.n = 0;
	assert_int_equal(remainder_run(*state, &p, fixed, &s), E_TOO_MANY);
}

/* -- whatever is drawn */

enum { N = 16, V = 24, S = 5 };
struct drawn {
	int64_t target[N], weight[N];
	struct decompose_station st[S];
	struct decompose_vehicle v[V];
	bool chosen[V];
	const int64_t *fixed[V];
	struct decompose_problem p;
};

/* Stations are whole: the vehicles of the first `gone` ones are steered no more and charge at once. */
static void draw(struct arena *a, struct rng *g, uint32_t gone, struct drawn *d)
{
	int64_t *power[V] = { NULL };

	memset(d, 0, sizeof *d);
	for (int i = 0; i < S; i++)
		d->st[i] = (struct decompose_station){ arena_printf(a, "s%d", i), rng_between(g, 0, 20000) };
	for (int i = 0; i < V; i++) {
		struct decompose_vehicle *v = &d->v[i];

		v->id = arena_printf(a, "v%d", i);
		v->station = rng_below(g, S);
		v->arrival_ms = rng_between(g, -HOUR, 3 * HOUR);
		v->departure_ms = v->arrival_ms + rng_between(g, 0, 4 * HOUR);
		v->max_w = rng_between(g, 1000, 9000);
		v->need_wh = rng_between(g, 0, 12000);
		v->before_wh = rng_between(g, 0, 4000);
		d->chosen[i] = v->station < gone;
	}
	for (int t = 0; t < N; t++) {
		d->target[t] = rng_between(g, -1000, 60000);
		d->weight[t] = rng_between(g, 1, 1000000);
	}
	d->p = (struct decompose_problem){ { 0, 15 * MS_MINUTE, N }, d->target, d->weight, d->st, S, d->v, V };
	for (int i = 0; i < V; i++)
		if (d->chosen[i])
			d->fixed[i] = power[i] = ARENA_ARRAY(a, N, int64_t);
	remainder_at_once(&d->p, d->chosen, power);
}

/* The free ones as a problem of their own, set up anew from the definition, and their part of the answer. */
static void apart(struct arena *a, const struct drawn *d, const struct decompose_schedule *s, struct decompose_problem *q,
		  struct decompose_schedule *part)
{
	int64_t *target = ARENA_ARRAY(a, N, int64_t);
	struct decompose_vehicle *v = ARENA_ARRAY(a, V, struct decompose_vehicle);

	*q = d->p;
	*part = *s;
	memcpy(target, d->target, sizeof d->target);
	part->plan = ARENA_ARRAY(a, V, struct decompose_plan);
	part->power_w = ARENA_ARRAY(a, s->n_powers, int32_t);
	part->n_powers = 0;
	part->total_w = ARENA_ARRAY(a, N, int64_t);
	memcpy(part->total_w, s->total_w, N * sizeof *s->total_w);
	q->n_vehicles = 0;
	for (int i = 0; i < V; i++) {
		if (!d->chosen[i]) {
			part->plan[q->n_vehicles] = s->plan[i];
			part->plan[q->n_vehicles].offset = part->n_powers;
			memcpy(part->power_w + part->n_powers, powers(s, (size_t)i),
			       (size_t)s->plan[i].count * sizeof *s->power_w);
			part->n_powers += (size_t)s->plan[i].count;
			v[q->n_vehicles++] = d->v[i];
			continue;
		}
		for (int k = 0; k < s->plan[i].count; k++) {
			assert_int_equal(powers(s, (size_t)i)[k], d->fixed[i][k]);
			target[s->plan[i].first + k] -= d->fixed[i][k];
			part->total_w[s->plan[i].first + k] -= d->fixed[i][k];
		}
	}
	q->target_w = target;
	q->vehicle = v;
}

static void what_must_hold(struct arena *a, const struct drawn *d)
{
	struct decompose_schedule s, part;
	struct decompose_problem q;
	struct decompose_certificate c;
	struct proportional split;
	int64_t total[N];

	assert_int_equal(remainder_run(a, &d->p, d->fixed, &s), 0);
	apart(a, d, &s, &q, &part);
	/* needs, stays, caps, limits, sums, and that no vehicle could have had more */
	assert_int_equal(decompose_certify(&q, &part, s.bound_w, &c), 0);
	assert_true(c.feasible);
	assert_int_equal(c.n_violations, 0);
	/* no other schedule of the free ones is nearer, the one that knows no future either where it serves everybody */
	assert_true(s.deviation_w + 1e-6 >= s.bound_w);
	assert_true(s.deviation_w - s.bound_w < (s.deviation_w < 1000 ? 1 : 0.01) + 1e-9 * s.deviation_w);
	assert_true(fabs(s.deviation_w - decompose_deviation(&d->p, s.total_w)) < 1e-9);
	proportional_run(&q, part.plan, total, &split);
	if (split.undelivered_wh == 0)
		assert_true(s.deviation_w <= split.deviation_w + 1);
}

static void drawn_fleets(void **state)
{
	struct rng g;

	rng_seed_named(&g, 1, "remainder");
	for (int k = 0; k < 100; k++) {
		struct drawn d;

		draw(*state, &g, (uint32_t)k % S, &d);
		what_must_hold(*state, &d);
	}
}

/* Nobody fixed: the decomposition itself. All fixed: their sum. */
static void the_two_ends(void **state)
{
	struct rng g;

	rng_seed_named(&g, 2, "remainder");
	for (int k = 0; k < 20; k++) {
		struct drawn d;
		struct decompose_schedule s, whole;
		int64_t sum[N] = { 0 };

		draw(*state, &g, 0, &d);
		assert_int_equal(remainder_run(*state, &d.p, d.fixed, &s), 0);
		assert_int_equal(decompose_run(*state, &d.p, &whole), 0);
		assert_memory_equal(s.total_w, whole.total_w, N * sizeof *s.total_w);
		for (size_t i = 0; i < V; i++)
			assert_memory_equal(powers(&s, i), powers(&whole, i),
					    (size_t)s.plan[i].count * sizeof *s.power_w);
		assert_true(s.bound_w == whole.bound_w && s.deviation_w == whole.deviation_w);
		draw(*state, &g, S, &d);
		assert_int_equal(remainder_run(*state, &d.p, d.fixed, &s), 0);
		for (size_t i = 0; i < V; i++)
			for (int t = 0; t < s.plan[i].count; t++)
				sum[s.plan[i].first + t] += d.fixed[i][t];
		assert_memory_equal(s.total_w, sum, sizeof sum);
		assert_true(fabs(s.deviation_w - s.bound_w) < 1e-3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(others_share_the_rest, setup, teardown),
		cmocka_unit_test_setup_teardown(shared_station_is_not_overloaded, setup, teardown),
		cmocka_unit_test(nobody_steers),
		cmocka_unit_test_setup_teardown(bad_fixed_powers, setup, teardown),
		cmocka_unit_test_setup_teardown(drawn_fleets, setup, teardown),
		cmocka_unit_test_setup_teardown(the_two_ends, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
