/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/rng.h"

/* First outputs of the authors' reference code from the state 1, 2, 3, 4. */
static void known_numbers_of_xoshiro256(void **state)
{
	static const uint64_t expected[] = {
		11520U, 0U, 1509978240U, 1215971899390074240U, 1216172134540287360U, 607988272756665600U,
		16172922978634559625U, 8476171486693032832U, 10595114339597558777U, 2904607092377533576U,
	};
	struct rng r = { { 1, 2, 3, 4 } };

	(void)state;
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		assert_true(rng_next(&r) == expected[i]);
}

/* First outputs of the authors' SplitMix64 from the seed 1234567. */
static void known_numbers_of_splitmix64(void **state)
{
	static const uint64_t expected[4] = {
		6457827717110365317U, 3203168211198807973U, 9817491932198370423U, 4593380528125082431U,
	};
	struct rng r;

	(void)state;
	rng_seed(&r, 1234567);
	assert_memory_equal(r.s, expected, sizeof expected);
}

static void named_generators_are_repeatable_and_apart(void **state)
{
	struct rng a, again, other, seed;

	(void)state;
	rng_seed_named(&a, 7, "sessions");
	rng_seed_named(&again, 7, "sessions");
	rng_seed_named(&other, 7, "jitter");
	rng_seed_named(&seed, 8, "sessions");
	assert_memory_equal(&a, &again, sizeof a);
	assert_memory_not_equal(&a, &other, sizeof a);
	assert_memory_not_equal(&a, &seed, sizeof a);
	for (int i = 0; i < 1000; i++)
		rng_next(&other);
	for (int i = 0; i < 100; i++)
		assert_true(rng_next(&a) == rng_next(&again));
}

/* Pearson's χ² over n equal cells; 40 is beyond the 99.99 % point for up to 12 degrees of freedom (39.1). */
static void small_ranges_are_uniform(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, 5);
	for (uint64_t n = 2; n <= 13; n++) {
		double count[13] = { 0 }, chi = 0, mean = 10000;

		for (uint64_t i = 0; i < n * 10000; i++) {
			uint64_t x = rng_below(&r, n);

			assert_true(x < n);
			count[x]++;
		}
		for (uint64_t i = 0; i < n; i++)
			chi += (count[i] - mean) * (count[i] - mean) / mean;
		assert_true(chi < 40);
	}
}

/* With n = 3·2^62, plain x % n would give the lowest third twice as often as each of the others: 1/2 instead of 1/3. */
static void large_ranges_have_no_modulo_bias(void **state)
{
	uint64_t n = 3ULL << 62;
	int low = 0, draws = 30000;
	struct rng r;

	(void)state;
	rng_seed(&r, 6);
	for (int i = 0; i < draws; i++)
		low += rng_below(&r, n) < 1ULL << 62;
	assert_in_range(low, 9500, 10500);
	assert_true(rng_below(&r, 1) == 0);
}

static void between_includes_both_ends(void **state)
{
	int seen[5] = { 0 };
	struct rng r;
	int negative = 0;

	(void)state;
	rng_seed(&r, 7);
	for (int i = 0; i < 1000; i++) {
		int64_t x = rng_between(&r, -2, 2);

		assert_true(x >= -2 && x <= 2);
		seen[x + 2]++;
		negative += rng_between(&r, INT64_MIN, INT64_MAX) < 0;
	}
	for (int i = 0; i < 5; i++)
		assert_true(seen[i] > 0);
	assert_in_range(negative, 400, 600);
	assert_true(rng_between(&r, 9, 9) == 9);
	assert_true(rng_between(&r, INT64_MIN, INT64_MIN) == INT64_MIN);
}

static void units_lie_in_their_interval(void **state)
{
	double sum = 0, most = 0;
	struct rng r;

	(void)state;
	rng_seed(&r, 8);
	for (int i = 0; i < 100000; i++) {
		double x = rng_unit(&r);

		assert_true(x >= 0 && x < 1);
		sum += x;
		most = x > most ? x : most;
	}
	assert_true(sum > 49000 && sum < 51000);
	assert_true(most > 0.999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_numbers_of_xoshiro256),
		cmocka_unit_test(known_numbers_of_splitmix64),
		cmocka_unit_test(named_generators_are_repeatable_and_apart),
		cmocka_unit_test(small_ranges_are_uniform),
		cmocka_unit_test(large_ranges_have_no_modulo_bias),
		cmocka_unit_test(between_includes_both_ends),
		cmocka_unit_test(units_lie_in_their_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
