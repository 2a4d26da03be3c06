/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/decimal.h"
#include "base/rng.h"
#include "compute/statistics.h"

static void test_ratio(void **state)
{
	(void)state;
	assert_int_equal(statistics_ratio_ppm(96, 96), 1000000);
	assert_int_equal(statistics_ratio_ppm(2, 3), 666667);
	assert_int_equal(statistics_ratio_ppm(1, 2000000), 1);
	assert_int_equal(statistics_ratio_ppm(1, 2000001), 0);
	assert_int_equal(statistics_ratio_ppm(0, 0), 0);
}

static void test_quantiles(void **state)
{
	int64_t v[100];
	struct statistics_summary s;

	(void)state;
	for (int i = 0; i < 100; i++)
		v[i] = (i * 37) % 100 + 1;              /* 1..100 in disorder */
	s = statistics_summarise(v, 100);
	assert_int_equal(s.n, 100);
	assert_int_equal(s.median, 50);
	assert_int_equal(s.p99, 99);
	assert_int_equal(s.most, 100);
	assert_int_equal(statistics_quantile(v, 100, 0), 1);
	assert_int_equal(statistics_quantile(v, 100, 1), 1);
	assert_int_equal(statistics_quantile(v, 100, 10001), 2);
	assert_int_equal(statistics_quantile(v, 5, 100000), 1);
	assert_int_equal(statistics_quantile(v, 5, 500000), 3);
	assert_int_equal(statistics_quantile(v, 5, 1000000), 5);
	s = statistics_summarise(v, 0);
	assert_int_equal(s.most, 0);
}

/* (r − ½)² < x ≤ … < (r + ½)², that is r² − r < x ≤ r² + r. */
static void check_root(__int128 x)
{
	__int128 r = statistics_root(x);

	assert_true(x == 0 ? r == 0 : r * r - r < x && x <= r * r + r);
}

static void test_root(void **state)
{
	struct rng rng;

	(void)state;
	assert_int_equal(statistics_root(2), 1);
	assert_int_equal(statistics_root(3), 2);
	assert_int_equal(statistics_root((__int128)1000000007 * 1000000007), 1000000007);
	for (int i = 0; i < 2000; i++)
		check_root(i);
	rng_seed(&rng, 1);
	for (int i = 0; i < 2000; i++)
		check_root(((__int128)(rng_next(&rng) >> 2) << (i % 62)) >> (i % 17));
}

static void test_deviation(void **state)
{
	const int64_t a[] = { 3, 0, 100 }, b[] = { 0, 4, 0 }, w[] = { 1000000, 1000000, 50000 }, none[3] = { 0 };
	const bool first_two[] = { true, true, false };

	(void)state;
	assert_int_equal(statistics_deviation(3, a, b, w, first_two), 4);       /* √12.5, the mean rounded to 13 */
	assert_int_equal(statistics_deviation(1, a, b, w, NULL), 3);
	assert_int_equal(statistics_deviation(3, a, b, w, NULL), 16);           /* √(525 / 2.05) = 16.003 */
	assert_int_equal(statistics_deviation(3, a, b, none, NULL), VALUE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ratio), cmocka_unit_test(test_quantiles), cmocka_unit_test(test_root),
		cmocka_unit_test(test_deviation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
