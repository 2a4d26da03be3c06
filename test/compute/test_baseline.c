/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/error.h"
#include "base/rng.h"
#include "compute/baseline.h"

enum { DAYS = 12, N = 2 };

static const struct rules_baseline RULES = { .days = 5, .min_completeness_ppm = 950000, .keep_low_ppm = 750000,
	.keep_high_ppm = 1250000, .adjust_min_ppm = 800000, .adjust_max_ppm = 1200000 };

struct history { struct baseline_day day[DAYS]; int64_t load[DAYS][N]; bool used[DAYS]; };

/* Days 100, 101, …, complete workdays with load[i] and twice that. */
static void fill(struct history *h, const int64_t *load, size_t n)
{
	memset(h, 0, sizeof *h);
	for (size_t i = 0; i < n; i++) {
		h->load[i][0] = load[i];
		h->load[i][1] = 2 * load[i];
		h->day[i] = (struct baseline_day){ .date = 100 + (int32_t)i, .day_class = DAY_CLASS_WORKDAY, .stored = 96, .due = 96,
			.load_w = h->load[i] };
	}
}

static int choose(struct history *h, size_t n)
{
	return baseline_choose(&RULES, DAY_CLASS_WORKDAY, h->day, n, N, h->used);
}

static void expect_used(struct history *h, size_t n, const char *want)
{
	assert_int_equal(choose(h, n), 0);
	for (size_t i = 0; i < n; i++)
		if (h->used[i] != (want[i] == '1'))
			fail_msg("day %zu: used %d, want %s", i, h->used[i], want);
}

/* 900, 940, 880, 1000, 930 kW: mean 930; the same day at 1020 instead of 1000 before: factor 1.02, baseline 948.6. */
static void test_worked_example(void **state)
{
	static const int64_t at[] = { 900000, 940000, 880000, 1000000, 930000 };
	const int64_t measured_w[N] = { 1020000, 640000 };
	const bool valid[N] = { true, true };
	const struct baseline_measured measured = { measured_w, valid, 0, 1 };
	int64_t mean[N], baseline[N];
	struct history h;
	struct baseline_result r = { h.used, mean, baseline, 0 };

	(void)state;
	fill(&h, at, 5);
	for (size_t i = 0; i < 5; i++) {
		h.load[i][0] = 1000000;
		h.load[i][1] = at[i];
	}
	assert_int_equal(baseline_run(&RULES, DAY_CLASS_WORKDAY, h.day, 5, N, &measured, &r), 0);
	assert_int_equal(mean[1], 930000);
	assert_int_equal(r.factor_ppm, 1020000);
	assert_int_equal(baseline[1], 948600);
	assert_int_equal(baseline[0], 1020000);
	assert_int_equal(baseline_run(&RULES, DAY_CLASS_WORKDAY, h.day, 5, N, NULL, &r), 0);
	assert_int_equal(r.factor_ppm, 1000000);
	assert_int_equal(baseline[1], 930000);
}

static void test_eligibility(void **state)
{
	static const int64_t same[] = { 100, 100, 100, 100, 100, 100 };
	struct history h;

	(void)state;
	fill(&h, same, 6);
	h.day[0].event = true;
	h.day[1].day_class = DAY_CLASS_OTHER;
	h.day[2].stored = 90;                                   /* 0.9375 */
	h.day[3].stored = 9499995, h.day[3].due = 10000000;     /* is printed as 0.950000 */
	h.day[4].stored = 9499994, h.day[4].due = 10000000;     /* 0.949999 */
	h.day[5].stored = 0, h.day[5].due = 0;
	expect_used(&h, 6, "000100");
}

/* Bounds are inclusive and taken of the mean of all eligible days, which need not be a whole number. */
static void test_outliers(void **state)
{
	static const int64_t on[] = { 75, 125, 100 }, off[] = { 74, 126, 100 }, third[] = { 100, 100, 101, 75, 127 };
	struct history h;

	(void)state;
	fill(&h, on, 3);
	expect_used(&h, 3, "111");
	fill(&h, off, 3);
	expect_used(&h, 3, "001");
	fill(&h, third, 5);                                     /* mean 100.6: 75.45 … 125.75 */
	expect_used(&h, 5, "11100");
}

static void test_latest(void **state)
{
	static const int64_t at[] = { 100, 100, 100, 190, 100, 100, 100, 100 };
	struct history h;

	(void)state;
	fill(&h, at, 8);                                        /* mean 111.25, the 190 is out */
	expect_used(&h, 8, "00101111");
	expect_used(&h, 3, "111");
}

static void test_order_does_not_matter(void **state)
{
	static const int64_t at[DAYS] = { 100, 130, 90, 180, 70, 105, 95, 99, 110, 60, 101, 98 };
	struct history h, shuffled;
	int64_t want[N], got[N];
	struct rng rng;

	(void)state;
	fill(&h, at, DAYS);
	assert_int_equal(choose(&h, DAYS), 0);
	baseline_mean(h.day, h.used, DAYS, N, want);
	rng_seed(&rng, 7);
	for (int round = 0; round < 200; round++) {
		fill(&shuffled, at, DAYS);
		for (size_t i = DAYS - 1; i > 0; i--) {
			size_t j = rng_below(&rng, i + 1);
			struct baseline_day day = shuffled.day[i];

			shuffled.day[i] = shuffled.day[j];
			shuffled.day[j] = day;
		}
		assert_int_equal(choose(&shuffled, DAYS), 0);
		for (size_t i = 0; i < DAYS; i++)
			assert_int_equal(shuffled.used[i], h.used[shuffled.day[i].date - 100]);
		baseline_mean(shuffled.day, shuffled.used, DAYS, N, got);
		assert_memory_equal(got, want, sizeof want);
	}
}

static void test_errors(void **state)
{
	static const int64_t apart[] = { 0, 100 };
	struct history h;

	(void)state;
	fill(&h, apart, 2);
	assert_int_equal(choose(&h, 0), E_NO_BASELINE);
	fill(&h, apart, 2);                                     /* both far from 50 */
	assert_int_equal(choose(&h, 2), E_NO_BASELINE);
	fill(&h, apart, 2);
	h.day[1].date = h.day[0].date;
	assert_int_equal(choose(&h, 2), E_DUPLICATE_ITEM);
}

static void test_mean_rounds_half_away(void **state)
{
	static const int64_t half[] = { 1, 2 }, third[] = { 1, 1, 2 };
	int64_t mean[N];
	struct history h;

	(void)state;
	fill(&h, half, 2);
	h.used[0] = h.used[1] = true;
	baseline_mean(h.day, h.used, 2, 1, mean);
	assert_int_equal(mean[0], 2);
	h.load[0][0] = -1, h.load[1][0] = -2;
	baseline_mean(h.day, h.used, 2, 1, mean);
	assert_int_equal(mean[0], -2);
	fill(&h, third, 3);
	h.used[0] = h.used[1] = h.used[2] = true;
	baseline_mean(h.day, h.used, 3, 1, mean);
	assert_int_equal(mean[0], 1);
}

static int64_t factor(const struct rules_baseline *rules, int64_t load, int64_t mean, bool valid)
{
	const int64_t mean_w[] = { 5, mean, 7 }, load_w[] = { 1, load, 2 };
	const bool is_valid[] = { true, valid, true };
	const struct baseline_measured measured = { load_w, is_valid, 1, 2 };

	return baseline_factor_ppm(rules, mean_w, &measured);
}

static void test_factor(void **state)
{
	struct rules_baseline wide = RULES, off = RULES;

	(void)state;
	wide.adjust_min_ppm = 0, wide.adjust_max_ppm = 9000000;
	off.adjust_min_ppm = off.adjust_max_ppm = 1000000;
	assert_int_equal(factor(&wide, 2, 3, true), 666667);
	assert_int_equal(factor(&wide, 1, 3, true), 333333);
	assert_int_equal(factor(&wide, 2000001, 4000000, true), 500000);    /* 0.50000025 */
	assert_int_equal(factor(&wide, 2000002, 4000000, true), 500001);        /* 0.5000005: half away */
	assert_int_equal(factor(&RULES, 2, 1, true), 1200000);
	assert_int_equal(factor(&RULES, 1, 2, true), 800000);
	assert_int_equal(factor(&off, 1, 2, true), 1000000);
	assert_int_equal(factor(&RULES, 2, 1, false), 1000000);
	assert_int_equal(factor(&RULES, 2, 0, true), 1000000);
	assert_int_equal(baseline_factor_ppm(&RULES, NULL, NULL), 1000000);
}

static void test_apply(void **state)
{
	int64_t w[] = { 1, 3, 1000001 };

	(void)state;
	baseline_apply(w, 1500000, 3, w);
	assert_int_equal(w[0], 2);
	assert_int_equal(w[1], 5);
	assert_int_equal(w[2], 1500002);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worked_example), cmocka_unit_test(test_eligibility), cmocka_unit_test(test_outliers),
		cmocka_unit_test(test_latest), cmocka_unit_test(test_order_does_not_matter), cmocka_unit_test(test_errors),
		cmocka_unit_test(test_mean_rounds_half_away), cmocka_unit_test(test_factor), cmocka_unit_test(test_apply),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
