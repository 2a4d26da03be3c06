/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "base/rng.h"
#include "compute/proportional.h"

enum { HOUR = MS_HOUR };
static const int64_t even[4] = { 1000000, 1000000, 1000000, 1000000 };

static struct proportional run(const struct decompose_problem *p, int64_t *total)
{
	struct arena *a = arena_new(0);
	struct decompose_schedule s;
	struct proportional r;

	assert_int_equal(decompose_run(a, p, &s), 0);
	proportional_run(p, s.plan, total, &r);
	arena_free(a);
	return r;
}

/* Both draw 100 W at once and get half: the one that leaves after two hours lacks 50 Wh, which the look-ahead would
 * have found. */
static void early_leaver_goes_short(void **state)
{
	const int64_t target[] = { 100, 100, 200, 200 };
	const struct decompose_station st[] = { { "S", 1000 } };
	const struct decompose_vehicle v[] = {
		{ "a", 0, 0, 2 * HOUR, 100, 150, 0 },
		{ "b", 0, 0, 4 * HOUR, 100, 250, 0 },
	};
	const struct decompose_problem p = { { 0, HOUR, 4 }, target, even, st, 1, v, 2 };
	const int64_t want[] = { 100, 100, 100, 50 };
	int64_t total[4];
	struct proportional r = run(&p, total);

	(void)state;
	assert_memory_equal(total, want, sizeof want);
	assert_int_equal(r.undelivered_wh, 50);
	assert_int_equal(r.n_short, 1);
	assert_true(fabs(r.deviation_w - sqrt((100. * 100 + 150. * 150) / 4)) < 1e-9);
}

/* Share of 1 where the target is above what vehicles would draw, of 0 where it is negative; a last remainder below the
 * cap. */
static void share_is_kept_between_none_and_all(void **state)
{
	const int64_t target[] = { -50, 1000, 1000, 0 };
	const struct decompose_station st[] = { { "S", 1000 } };
	const struct decompose_vehicle v[] = { { "a", 0, 0, 4 * HOUR, 100, 130, 0 } };
	const struct decompose_problem p = { { 0, HOUR, 4 }, target, even, st, 1, v, 1 };
	const int64_t want[] = { 0, 100, 30, 0 };
	int64_t total[4];
	struct proportional r = run(&p, total);

	(void)state;
	assert_memory_equal(total, want, sizeof want);
	assert_int_equal(r.undelivered_wh, 0);
	assert_int_equal(r.n_short, 0);
}

/* A station's limit holds for at-once power too and is shared in proportion, rounded down. */
static void station_limit_is_shared(void **state)
{
	const int64_t target[] = { 500, 500 };
	const struct decompose_station st[] = { { "S", 100 }, { "T", 1000 } };
	const struct decompose_vehicle v[] = {
		{ "a", 0, 0, 2 * HOUR, 200, 100, 0 },
		{ "b", 0, 0, 2 * HOUR, 50, 50, 0 },
		{ "c", 1, 0, 2 * HOUR, 40, 80, 0 },
	};
	const struct decompose_problem p = { { 0, HOUR, 2 }, target, even, st, 2, v, 3 };
	const int64_t want[] = { 66 + 33 + 40, 34 + 17 + 40 };
	int64_t total[2];
	struct proportional r = run(&p, total);

	(void)state;
	assert_memory_equal(total, want, sizeof want);
	assert_int_equal(r.undelivered_wh, 0);
}

/* One percent of everything due, before included: 10 of 1000 is not short, 11 is. */
static void short_means_more_than_one_percent(void **state)
{
	const struct decompose_station st[] = { { "S", 1000 } };
	const struct decompose_vehicle v[] = { { "a", 0, 0, HOUR, 100, 1000, 900 } };
	int64_t target[] = { 90 }, total[1];
	const struct decompose_problem p = { { 0, HOUR, 1 }, target, even, st, 1, v, 1 };
	struct proportional r = run(&p, total);

	(void)state;
	assert_int_equal(r.undelivered_wh, 10);
	assert_int_equal(r.n_short, 0);
	target[0] = 89;
	r = run(&p, total);
	assert_int_equal(r.undelivered_wh, 11);
	assert_int_equal(r.n_short, 1);
}

/* Whatever is drawn: delivered + undelivered = energies, and the load stays below target and limits. */
static void energy_is_conserved(void **state)
{
	enum { N = 16, V = 30, S = 5 };
	struct rng g;

	(void)state;
	rng_seed_named(&g, 1, "proportional");
	for (int k = 0; k < 100; k++) {
		struct arena *a = arena_new(0);
		int64_t target[N], weight[N], total[N], sum = 0, energy = 0, limits = 0;
		struct decompose_station st[S];
		struct decompose_vehicle v[V] = { 0 };
		const struct decompose_problem p = { { 0, 15 * MS_MINUTE, N }, target, weight, st, S, v, V };
		struct decompose_schedule s;
		struct proportional r;

		for (int i = 0; i < S; i++) {
			st[i].id = arena_printf(a, "s%d", i);
			st[i].limit_w = rng_between(&g, 0, 20000);
			limits += st[i].limit_w;
		}
		for (int i = 0; i < V; i++) {
			v[i].id = arena_printf(a, "v%d", i);
			v[i].station = rng_below(&g, S);
			v[i].arrival_ms = rng_between(&g, -HOUR, 3 * HOUR);
			v[i].departure_ms = v[i].arrival_ms + rng_between(&g, 0, 4 * HOUR);
			v[i].max_w = rng_between(&g, 1000, 9000);
			v[i].need_wh = rng_between(&g, 0, 12000);
		}
		for (int t = 0; t < N; t++) {
			target[t] = rng_between(&g, -1000, 60000);
			weight[t] = rng_between(&g, 1, 1000000);
		}
		assert_int_equal(decompose_run(a, &p, &s), 0);
		proportional_run(&p, s.plan, total, &r);
		for (int i = 0; i < V; i++)
			energy += s.plan[i].energy;
		for (int t = 0; t < N; t++) {
			sum += total[t];
			assert_true(total[t] >= 0 && total[t] <= limits);
			/* each rounds by half a watt at most */
			assert_true(total[t] <= (target[t] > 0 ? target[t] : 0) + V / 2);
		}
		assert_true(llabs(energy - sum - r.undelivered_wh * 4) <= 2);
		assert_true(r.deviation_w == decompose_deviation(&p, total));
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early_leaver_goes_short), cmocka_unit_test(share_is_kept_between_none_and_all),
		cmocka_unit_test(station_limit_is_shared), cmocka_unit_test(short_means_more_than_one_percent),
		cmocka_unit_test(energy_is_conserved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
