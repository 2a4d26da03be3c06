/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/error.h"
#include "base/rng.h"
#include "compute/assess.h"
#include "compute/settle.h"

enum { YUAN_3 = 300000, N = 96, LINES = 48 };

static const struct rules_settlement SICHUAN = { .settle_min = 60, .segments = 2,
	.segment = { { 0, 1000000 }, { 1100000, 500000 } },
	.floor_ratio_ppm = 900000, .penalty_factor_ppm = 1100000 };
static const struct rules_settlement THRESHOLD = { .settle_min = 60, .min_ratio_ppm = 800000, .segments = 2,
	.segment = { { 0, 1000000 }, { 1200000, 0 } }, .floor_ratio_ppm = 800000 };

/* One hour of four equal intervals. */
static struct settle_line one_line(const struct rules_settlement *rules, int64_t asked_w, int64_t delivered_w,
		int64_t price)
{
	const int8_t sign[] = { ASSESS_SHAVE, ASSESS_SHAVE, ASSESS_SHAVE, ASSESS_SHAVE };
	const int64_t prices[] = { price, price, price, price }, asked[] = { asked_w, asked_w, asked_w, asked_w };
	const int64_t delivered[] = { delivered_w, delivered_w, delivered_w, delivered_w };
	const struct settle_input in = { 4, 15, sign, prices, asked, delivered };
	struct settle_line line[2];
	int64_t total;
	size_t n;

	assert_int_equal(settle_run(rules, &in, line, &n, &total), 0);
	assert_int_equal(n, 1);
	assert_int_equal(total, line[0].response_fen + line[0].shortfall_fen);
	return line[0];
}

struct known { int64_t asked_w, delivered_w, response_wh, response_fen, shortfall_wh, shortfall_fen; };

static void check_table(const struct rules_settlement *rules, const struct known *k, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct settle_line l = one_line(rules, k[i].asked_w, k[i].delivered_w, YUAN_3);

		if (l.response_wh != k[i].response_wh || l.response_fen != k[i].response_fen || l.shortfall_wh != k[i].shortfall_wh ||
				l.shortfall_fen != k[i].shortfall_fen)
			fail_msg("row %zu: %lld Wh %lld fen, %lld Wh %lld fen", i, (long long)l.response_wh, (long long)l.response_fen,
				 (long long)l.shortfall_wh, (long long)l.shortfall_fen);
	}
}

/* By hand, at 3.0000 CNY/kWh; the first two rows are the day format's, the fourth and fifth the same at 10 MW. */
static void test_sichuan(void **state)
{
	static const struct known known[] = {
		{ 10000, 13000, 12000, 3600, 0, 0 },
		{ 10000, 8000, 8000, 2400, 1000, -330 },
		{ 10000, 11000, 11000, 3300, 0, 0 },
		{ 10000000, 13000000, 12000000, 3600000, 0, 0 },
		{ 10000000, 8000000, 8000000, 2400000, 1000000, -330000 },
		{ 10000, 9000, 9000, 2700, 0, 0 },
		{ 10000, 0, 0, 0, 9000, -2970 },
		{ 10000, -5000, 0, 0, 9000, -2970 },
		{ 0, 5000, 0, 0, 0, 0 },
		{ 5, 6, 6, 2, 0, 0 },                           /* 5.5 + 0.5 × 0.5 = 5.75 Wh; 1.8 fen */
		{ 1, 0, 0, 0, 1, 0 },                           /* 0.9 Wh → 1; 0.33 fen */
		{ 5, 4, 4, 1, 1, 0 },                           /* 0.5 Wh → 1 */
	};

	(void)state;
	check_table(&SICHUAN, known, sizeof known / sizeof *known);
}

static void test_threshold(void **state)
{
	static const struct known known[] = {
		{ 10000, 0, 0, 0, 8000, 0 },
		{ 10000, 7999, 0, 0, 8000, 0 },
		{ 10000, 8000, 8000, 2400, 0, 0 },
		{ 10000, 10000, 10000, 3000, 0, 0 },
		{ 10000, 12000, 12000, 3600, 0, 0 },
		{ 10000, 13000, 12000, 3600, 0, 0 },
		{ 10000, -1, 0, 0, 8000, 0 },
		{ 0, 1, 0, 0, 0, 0 },
	};

	(void)state;
	check_table(&THRESHOLD, known, sizeof known / sizeof *known);
}

/* Three rising segments: 0–0.5 nothing, 0.5–1 all, above 1 a tenth. */
static void test_three_segments(void **state)
{
	struct rules_settlement r = SICHUAN;

	(void)state;
	r.segments = 3;
	r.segment[0] = (struct rules_segment){ 0, 0 };
	r.segment[1] = (struct rules_segment){ 500000, 1000000 };
	r.segment[2] = (struct rules_segment){ 1000000, 100000 };
	assert_int_equal(settle_response_wh(&r, 1000, 500), 0);
	assert_int_equal(settle_response_wh(&r, 1000, 700), 200);
	assert_int_equal(settle_response_wh(&r, 1000, 2000), 600);
}

static void test_energy_rounds_half_away(void **state)
{
	const int8_t sign[] = { ASSESS_FILL, ASSESS_HOLD, ASSESS_HOLD, ASSESS_HOLD };
	const int64_t price[] = { YUAN_3, 0, 0, 0 }, asked[] = { 2, 9, 9, 9 };
	int64_t delivered[] = { -2, 9, 9, 9 }, total;
	const struct settle_input in = { 4, 15, sign, price, asked, delivered };
	struct settle_line line[2];
	size_t n;

	(void)state;
	assert_int_equal(settle_run(&SICHUAN, &in, line, &n, &total), 0);
	assert_int_equal(n, 1);
	assert_int_equal(line[0].asked_wh, 1);          /* 2 W for a quarter of an hour */
	assert_int_equal(line[0].delivered_wh, -1);
	delivered[0] = 1;
	assert_int_equal(settle_run(&SICHUAN, &in, line, &n, &total), 0);
	assert_int_equal(line[0].delivered_wh, 0);
}

static void test_amounts(void **state)
{
	int64_t fen = 7;

	(void)state;
	assert_int_equal(settle_amount_fen(1000, 500, 1000000, &fen), 0);
	assert_int_equal(fen, 1);                               /* 0.5 fen */
	assert_int_equal(settle_amount_fen(-1000, 500, 1000000, &fen), 0);
	assert_int_equal(fen, -1);
	assert_int_equal(settle_amount_fen(1000, 499, 1000000, &fen), 0);
	assert_int_equal(fen, 0);
	assert_int_equal(settle_amount_fen(-1000, YUAN_3, 1100000, &fen), 0);
	assert_int_equal(fen, -330);
	assert_int_equal(settle_amount_fen(INT64_MAX, INT64_MAX, 1000000, &fen), E_OVERFLOW);
	assert_int_equal(settle_amount_fen(INT64_MAX, 10000000, 1000000, &fen), E_OVERFLOW);
}

/* A random day: shave and fill windows that meet within an hour, prices by window. */
struct day { int8_t sign[N]; int64_t price[N], asked[N], delivered[N]; };

static void draw(struct rng *rng, struct day *d)
{
	for (int i = 0; i < N; i++) {
		d->sign[i] = ASSESS_HOLD;
		if (i >= 48 && i < 70)
			d->sign[i] = ASSESS_FILL;
		else if (i >= 70 || (i >= 24 && i < 34))
			d->sign[i] = ASSESS_SHAVE;
		d->price[i] = d->sign[i] == ASSESS_FILL ? 40000 : 350000;
		d->asked[i] = rng_between(rng, 0, 3000000);
		d->delivered[i] = rng_between(rng, -500000, 4000000);
	}
}

static struct settle_input input(const struct day *d)
{
	return (struct settle_input){ N, 15, d->sign, d->price, d->asked, d->delivered };
}

static void test_lines_and_totals(void **state)
{
	struct settle_line line[LINES];
	struct day d;
	struct rng rng;
	int64_t total, totals[3], sum = 0;
	size_t n;

	(void)state;
	assert_int_equal(settle_most_lines(N, 15, 60), LINES);
	rng_seed(&rng, 11);
	for (int account = 0; account < 3; account++) {
		struct settle_input in = input(&d);
		int64_t fen = 0;

		draw(&rng, &d);
		assert_int_equal(settle_run(&SICHUAN, &in, line, &n, &total), 0);
		assert_int_equal(n, 3 + 6 + 7);                 /* 18:00–20:30, 00:00–05:30, 05:30–12:00 */
		for (size_t i = 0; i < n; i++) {
			assert_true(line[i].response_fen >= 0 && line[i].shortfall_fen <= 0);
			assert_true(i == 0 || line[i].period > line[i - 1].period ||
				    (line[i].period == line[i - 1].period && line[i].sign > line[i - 1].sign));
			fen += line[i].response_fen + line[i].shortfall_fen;
		}
		assert_int_equal(fen, total);
		totals[account] = total;
		sum += total;
	}
	assert_int_equal(settle_platform_fen(totals, 3) + sum, 0);
}

/* Within an hour only sums count. */
static void test_order_within_a_period(void **state)
{
	struct settle_line line[LINES], other[LINES];
	struct day d;
	struct rng rng;
	int64_t total, again;
	size_t n, m;

	(void)state;
	rng_seed(&rng, 12);
	draw(&rng, &d);
	struct settle_input in = input(&d);
	assert_int_equal(settle_run(&SICHUAN, &in, line, &n, &total), 0);
	for (int from = 0; from < N; from += 4) {
		for (int i = 0; i < 2; i++) {
			struct { int8_t sign; int64_t price, asked, delivered; } keep = { d.sign[from + i], d.price[from + i],
				d.asked[from + i], d.delivered[from + i] };
			int j = from + 3 - i;

			d.sign[from + i] = d.sign[j], d.price[from + i] = d.price[j];
			d.asked[from + i] = d.asked[j], d.delivered[from + i] = d.delivered[j];
			d.sign[j] = keep.sign, d.price[j] = keep.price, d.asked[j] = keep.asked, d.delivered[j] = keep.delivered;
		}
	}
	assert_int_equal(settle_run(&SICHUAN, &in, other, &m, &again), 0);
	assert_int_equal(m, n);
	assert_int_equal(again, total);
	for (size_t i = 0; i < n; i++)
		assert_true(line[i].period == other[i].period && line[i].sign == other[i].sign &&
			    line[i].response_fen == other[i].response_fen && line[i].shortfall_fen == other[i].shortfall_fen);
}

static void test_errors(void **state)
{
	struct settle_line line[LINES];
	struct day d;
	struct rng rng;
	struct settle_input in = input(&d);
	int64_t total;
	size_t n;

	(void)state;
	rng_seed(&rng, 13);
	draw(&rng, &d);
	d.price[25]++;
	assert_int_equal(settle_run(&SICHUAN, &in, line, &n, &total), E_PERIOD);
	d.price[25]--;
	assert_int_equal(settle_run(&SICHUAN, &in, line, &n, &total), 0);
	in.step_min = 25;
	assert_int_equal(settle_run(&SICHUAN, &in, line, &n, &total), E_PERIOD);
	in.step_min = 0;
	assert_int_equal(settle_run(&SICHUAN, &in, line, &n, &total), E_PERIOD);
	assert_int_equal(settle_most_lines(3, 15, 15), 3);
	assert_int_equal(settle_most_lines(0, 15, 60), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sichuan), cmocka_unit_test(test_threshold), cmocka_unit_test(test_three_segments),
		cmocka_unit_test(test_energy_rounds_half_away), cmocka_unit_test(test_amounts),
		cmocka_unit_test(test_lines_and_totals), cmocka_unit_test(test_order_within_a_period), cmocka_unit_test(test_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
