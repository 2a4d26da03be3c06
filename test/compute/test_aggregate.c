/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/decimal.h"
#include "base/error.h"
#include "base/rng.h"
#include "compute/aggregate.h"
#include "compute/quality.h"

enum { PILES = 3, N = 4, START = 36000000 };
static const struct timegrid GRID = { START, 15 * MS_MINUTE, N };

static int64_t add(struct aggregate_cell *cell, int64_t ts_ms, uint32_t pile, int64_t raw_w, uint16_t quality)
{
	const struct aggregate_frame frame = { ts_ms, 1, &pile, &raw_w, &quality };

	return aggregate_add(cell, PILES, &GRID, &frame);
}

/* A stamp is the end of its sample: 15:00 minutes after the start still belongs to the first interval. */
static void test_stamp(void **state)
{
	struct aggregate_cell cell[PILES * N] = { { 0, 0 } };

	(void)state;
	assert_int_equal(add(cell, START, 0, 1, 0), 0);
	assert_int_equal(add(cell, START + 1, 0, 10, 0), 1);
	assert_int_equal(add(cell, START + 15 * MS_MINUTE, 0, 20, 0), 1);
	assert_int_equal(add(cell, START + 15 * MS_MINUTE + 1, 0, 40, 0), 1);
	assert_int_equal(add(cell, START + 60 * MS_MINUTE, 2, 80, 0), 1);
	assert_int_equal(add(cell, START + 60 * MS_MINUTE + 1, 2, 160, 0), 0);
	assert_int_equal(cell[0].sum_w, 30);
	assert_int_equal(cell[0].stored, 2);
	assert_int_equal(cell[1].sum_w, 40);
	assert_int_equal(cell[2 * N + 3].sum_w, 80);
}

static void test_refused_and_unknown(void **state)
{
	struct aggregate_cell cell[PILES * N] = { { 0, 0 } };
	const uint32_t pile[] = { 0, 1, PILES };
	const int64_t raw[] = { 5, 6, 7 };
	const uint16_t quality[] = { QUALITY_IV | QUALITY_JUMP, QUALITY_REFUSED, 0 };
	struct aggregate_frame frame = { START + 1, 3, pile, raw, quality };

	(void)state;
	assert_int_equal(aggregate_add(cell, PILES, &GRID, &frame), E_RANGE);
	assert_int_equal(cell[0].stored, 0);
	frame.samples = 2;
	assert_int_equal(aggregate_add(cell, PILES, &GRID, &frame), 1);        /* of any quality but refused */
	assert_int_equal(aggregate_mean_w(&cell[0]), 5);
	assert_int_equal(aggregate_mean_w(&cell[N]), VALUE_NONE);
	frame.quality = NULL;
	assert_int_equal(aggregate_add(cell, PILES, &GRID, &frame), 2);
}

static void test_mean(void **state)
{
	(void)state;
	assert_int_equal(aggregate_mean_w(&(struct aggregate_cell){ 15, 2 }), 8);
	assert_int_equal(aggregate_mean_w(&(struct aggregate_cell){ -15, 2 }), -8);
	assert_int_equal(aggregate_mean_w(&(struct aggregate_cell){ 10, 3 }), 3);
	assert_int_equal(aggregate_mean_w(&(struct aggregate_cell){ 0, 3 }), 0);
	assert_int_equal(aggregate_mean_w(&(struct aggregate_cell){ 0, 0 }), VALUE_NONE);
}

/* Means are rounded a pile, then summed: 2.5 and 2.5 make 6. */
static void test_group(void **state)
{
	const struct aggregate_cell cell[PILES * 2] = { { 5, 2 }, { 0, 0 }, { 5, 2 }, { 9, 1 }, { 100, 1 }, { 100, 1 } };
	const uint32_t member[] = { 1, 0 };
	int64_t load[2], stored[2];

	(void)state;
	aggregate_group(cell, 2, member, 2, load, stored);
	assert_int_equal(load[0], 6);
	assert_int_equal(stored[0], 4);
	assert_int_equal(load[1], 9);
	assert_int_equal(stored[1], 1);
	aggregate_group(cell, 2, member, 0, load, NULL);
	assert_int_equal(load[0], 0);
}

static void test_energy(void **state)
{
	const int64_t load[] = { 1, 1, VALUE_NONE, 4000 }, down[] = { -2 };

	(void)state;
	assert_int_equal(aggregate_energy_wh(load, 2, 15), 1);          /* 0.5 Wh */
	assert_int_equal(aggregate_energy_wh(load, 4, 15), 1001);       /* 1000.5 */
	assert_int_equal(aggregate_energy_wh(load, 1, 5), 0);
	assert_int_equal(aggregate_energy_wh(down, 1, 15), -1);
}

/* The order of frames does not matter, and what is counted is what is stored. */
static void test_order(void **state)
{
	struct aggregate_cell one[PILES * N] = { { 0, 0 } }, two[PILES * N] = { { 0, 0 } };
	int64_t ts[300], raw[300], counted = 0, stored = 0;
	uint32_t pile[300];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 3);
	for (int i = 0; i < 300; i++) {
		ts[i] = START + rng_between(&rng, -MS_MINUTE, 61 * MS_MINUTE);
		raw[i] = rng_between(&rng, 0, 60000);
		pile[i] = (uint32_t)rng_below(&rng, PILES);
	}
	for (int i = 0; i < 300; i++)
		counted += add(one, ts[i], pile[i], raw[i], 0);
	for (int i = 300; i-- > 0;)
		add(two, ts[i], pile[i], raw[i], 0);
	assert_memory_equal(one, two, sizeof one);
	for (int i = 0; i < PILES * N; i++)
		stored += one[i].stored;
	assert_int_equal(stored, counted);
	assert_true(counted > 250 && counted < 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stamp), cmocka_unit_test(test_refused_and_unknown), cmocka_unit_test(test_mean),
		cmocka_unit_test(test_group), cmocka_unit_test(test_energy), cmocka_unit_test(test_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
