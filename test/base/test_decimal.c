/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/decimal.h"
#include "base/error.h"
#include "base/rng.h"

static void known_texts(void **state)
{
	static const struct { const char *text; int digits; int64_t value; } good[] = {
		{ "0", 0, 0 }, { "0", 6, 0 }, { "-0.0", 3, 0 }, { "+7", 2, 700 }, { "12.5", 3, 12500 },
		{ "12.500", 1, 125 }, { ".5", 2, 50 }, { "5.", 2, 500 }, { "-.25", 2, -25 },
		{ "12.50000000000000000000000000", 1, 125 }, { "-0.001", 3, -1 }, { "007.10", 2, 710 },
		{ "0.123456", 6, 123456 },
		{ "9223372036854775807", 0, INT64_MAX }, { "-9223372036854775807", 0, -INT64_MAX },
		{ "9.223372036854775807", 18, INT64_MAX }, { "92233720368547758.07", 2, INT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		int64_t value = 99;

		assert_int_equal(decimal_parse(good[i].text, good[i].digits, &value), 0);
		assert_int_equal(value, good[i].value);
	}
}

static void refused_texts(void **state)
{
	static const struct { const char *text; int digits, error; } bad[] = {
		{ "", 2, E_FORMAT }, { "-", 2, E_FORMAT }, { "+", 0, E_FORMAT }, { ".", 2, E_FORMAT }, { "-.", 2, E_FORMAT },
		{ "1.2.3", 2, E_FORMAT }, { "..5", 2, E_FORMAT }, { " 5", 2, E_FORMAT }, { "5 ", 2, E_FORMAT }, { "1e3", 2, E_FORMAT },
		{ "NaN", 2, E_FORMAT },
		{ "INF", 2, E_FORMAT }, { "-INF", 2, E_FORMAT }, { "0x10", 2, E_FORMAT }, { "1,5", 2, E_FORMAT },
		{ "1.2.3", 2, E_FORMAT }, { "--1", 2, E_FORMAT }, { "+-1", 2, E_FORMAT }, { "1.005", 2, E_FORMAT },
		{ "1.5", 0, E_FORMAT }, { "1.00a", 2, E_FORMAT }, { "1\t", 0, E_FORMAT }, { NULL, 0, E_FORMAT },
		{ "9223372036854775808", 0, E_OVERFLOW }, { "-9223372036854775808", 0, E_OVERFLOW },
		{ "92233720368547758.08", 2, E_OVERFLOW }, { "10", 18, E_OVERFLOW },
		{ "99999999999999999999999999", 0, E_OVERFLOW },
		{ "99999999999999999999999999x", 0, E_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int64_t value = 99;

		assert_int_equal(decimal_parse(bad[i].text, bad[i].digits, &value), bad[i].error);
		assert_int_equal(value, 99);
	}
}

static void parsing_stops_at_the_length_given(void **state)
{
	int64_t value;

	(void)state;
	assert_int_equal(decimal_parse_n("12.345", 4, 3, &value), 0);
	assert_int_equal(value, 12300);
	assert_int_equal(decimal_parse_n("12.345", 3, 3, &value), 0);
	assert_int_equal(value, 12000);
	assert_int_equal(decimal_parse_n("12.345", 2, 3, &value), 0);
	assert_int_equal(value, 12000);
	assert_int_equal(decimal_parse_n("1", 0, 3, &value), E_FORMAT);
	assert_int_equal(decimal_parse_n("1\0" "2", 3, 3, &value), E_FORMAT);
}

static void known_formats(void **state)
{
	static const struct { int64_t value; int digits; const char *text; } row[] = {
		{ 0, 0, "0" }, { 0, 2, "0.00" }, { -1, 2, "-0.01" }, { 100, 2, "1.00" }, { -12345, 3, "-12.345" },
		{ 7, 0, "7" },
		{ INT64_MAX, 18, "9.223372036854775807" }, { INT64_MIN, 0, "-9223372036854775808" },
		{ INT64_MIN, 18, "-9.223372036854775808" }, { 5, 18, "0.000000000000000005" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char buf[24];

		assert_int_equal(decimal_format(row[i].value, row[i].digits, buf), strlen(row[i].text));
		assert_string_equal(buf, row[i].text);
	}
}

static void text_and_value_round_trip(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, 2);
	for (int i = 0; i < 20000; i++) {
		int digits = (int)rng_below(&r, 19);
		int64_t value = (int64_t)(rng_next(&r) >> rng_below(&r, 64)), back;
		char buf[24];

		if (value == VALUE_NONE)
			continue;
		decimal_format(value, digits, buf);
		assert_int_equal(decimal_parse(buf, digits, &back), 0);
		assert_int_equal(back, value);
	}
}

static void halves_go_away_from_zero(void **state)
{
	static const struct { int64_t a, b, q; } row[] = {
		{ 1, 2, 1 }, { -1, 2, -1 }, { 3, 2, 2 }, { -3, 2, -2 }, { 1, 3, 0 }, { 2, 3, 1 }, { -2, 3, -1 },
		{ -1, 3, 0 },
		{ 0, 7, 0 }, { 14, 7, 2 }, { 149, 100, 1 }, { 150, 100, 2 }, { -150, 100, -2 }, { -149, 100, -1 },
		{ INT64_MAX, 1, INT64_MAX }, { INT64_MAX, INT64_MAX, 1 }, { INT64_MAX / 2, INT64_MAX, 0 },
		{ INT64_MAX / 2 + 1, INT64_MAX, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		assert_int_equal(decimal_div(row[i].a, row[i].b), row[i].q);
}

/* |a − q·b| ≤ b/2, and where it is b/2 exactly, |q| is the larger choice; odd in a. */
static void the_quotient_is_the_nearest(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, 3);
	for (int i = 0; i < 50000; i++) {
		int64_t b = (int64_t)(rng_next(&r) >> (1 + rng_below(&r, 62))) + 1;
		__int128 a = (__int128)(int64_t)rng_next(&r) * (b >> rng_below(&r, 64) | 1) / (i % 3 + 1), rest;
		int64_t q = decimal_div(a, b);

		if (q == INT64_MAX || q == -INT64_MAX)
			continue;
		rest = 2 * (a - (__int128)q * b);
		assert_true(rest <= b && rest >= -(__int128)b);
		if (rest == b || rest == -(__int128)b)
			assert_true(a > 0 ? rest < 0 : rest > 0);
		assert_int_equal(decimal_div(-a, b), -q);
	}
}

static void quotients_beyond_the_range_stay_at_its_ends(void **state)
{
	__int128 huge = (__int128)INT64_MAX * INT64_MAX;

	(void)state;
	assert_int_equal(decimal_div(huge, INT64_MAX), INT64_MAX);
	assert_int_equal(decimal_div(huge, 1), INT64_MAX);
	assert_int_equal(decimal_div(-huge, 1), -INT64_MAX);
	assert_int_equal(decimal_div(INT64_MIN, 1), -INT64_MAX);
}

static void powers_of_ten(void **state)
{
	int64_t p = 1;

	(void)state;
	for (int n = 0; n < 18; n++, p *= 10)
		assert_int_equal(decimal_pow10(n), p);
	assert_int_equal(decimal_pow10(18), 1000000000000000000);
}

static void known_splits(void **state)
{
	static const struct { int64_t total, weight[4]; size_t n; int64_t share[4]; } row[] = {
		{ 10000, { 1, 1, 1 }, 3, { 3334, 3333, 3333 } },                /* 100.00 in three */
		{ -10000, { 1, 1, 1 }, 3, { -3333, -3333, -3334 } },
		{ 10, { 0, 0, 0 }, 3, { 10, 0, 0 } },
		{ 5, { 0, 1, 0, 1 }, 4, { 0, 3, 0, 2 } },
		{ 7, { 2, 3, 5 }, 3, { 1, 2, 4 } },                             /* 1.4 2.1 3.5 */
		{ 0, { 3, 4 }, 2, { 0, 0 } },
		{ 1, { INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX }, 4, { 1, 0, 0, 0 } },
		{ INT64_MAX, { INT64_MAX, INT64_MAX }, 2, { INT64_MAX / 2 + 1, INT64_MAX / 2 } },
		{ INT64_MAX, { 9 }, 1, { INT64_MAX } },
		{ -INT64_MAX, { 0, INT64_MAX }, 2, { 0, -INT64_MAX } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		int64_t share[4];

		decimal_split(row[i].total, row[i].weight, row[i].n, share);
		for (size_t k = 0; k < row[i].n; k++)
			assert_int_equal(share[k], row[i].share[k]);
	}
	decimal_split(5, NULL, 0, NULL);
}

/* Every share is the floor of its exact part or one more, the sum is exact, and nobody with a larger rest (or the
 * same rest and a smaller index) goes without while another gets the extra unit: checked against every pair. */
static void check_split(int64_t total, const int64_t *weight, size_t n, const int64_t *share)
{
	__int128 sum = 0, given = 0;

	for (size_t i = 0; i < n; i++) {
		sum += weight[i];
		given += share[i];
	}
	assert_true(given == total);
	for (size_t i = 0; i < n && sum > 0; i++) {
		/* rest, less one whole if favoured */
		__int128 over_i = (__int128)total * weight[i] - share[i] * sum;

		assert_true(over_i > -sum && over_i < sum);
		for (size_t k = 0; k < n; k++) {
			__int128 over_k = (__int128)total * weight[k] - share[k] * sum;
			__int128 rest_i = over_i + sum;

			if (over_i < 0 && over_k > 0)
				assert_true(rest_i > over_k || (rest_i == over_k && i < k));
		}
	}
}

static void random_splits(void **state)
{
	enum { MOST = 150 };
	struct rng r;

	(void)state;
	rng_seed(&r, 4);
	for (int i = 0; i < 1500; i++) {
		int64_t weight[MOST], share[MOST], total = rng_between(&r, -1000000, 1000000);
		size_t n = (size_t)rng_below(&r, MOST) + 1;
		int64_t most = i % 3 ? 10 : INT64_MAX >> 20;

		for (size_t k = 0; k < n; k++)
			weight[k] = rng_between(&r, 0, most);
		weight[rng_below(&r, n)]++;
		decimal_split(total, weight, n, share);
		check_split(total, weight, n, share);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_texts),
		cmocka_unit_test(refused_texts),
		cmocka_unit_test(parsing_stops_at_the_length_given),
		cmocka_unit_test(known_formats),
		cmocka_unit_test(text_and_value_round_trip),
		cmocka_unit_test(halves_go_away_from_zero),
		cmocka_unit_test(the_quotient_is_the_nearest),
		cmocka_unit_test(quotients_beyond_the_range_stay_at_its_ends),
		cmocka_unit_test(powers_of_ten),
		cmocka_unit_test(known_splits),
		cmocka_unit_test(random_splits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
