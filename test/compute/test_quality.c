/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/error.h"
#include "base/timegrid.h"
#include "compute/quality.h"

static const struct rules RULES = {
	.telemetry = { .sample_s = 60, .oldest_s = 86400, .ahead_s = 60, .late_s = 180 },
	.quality = { .refuse_above_ppm = 1200000, .zero_drift_ppm = 2000, .ramp_s = 60, .jump_margin_ppm = 1200000,
		.jump_accept = 3, .jump_band_ppm = 50000 },
};
static const struct quality_point PILE = { 7000, false }, BIDIRECTIONAL = { 10000, true };
enum { T0 = 1000000 };

/* A fresh pile, one sample, at once. */
static struct quality_result alone(const struct quality_point *point, int64_t raw_w, int want)
{
	struct quality_state state = { 0 };
	const struct quality_sample sample = { raw_w, T0, 0 };
	struct quality_result result;

	assert_int_equal(quality_check(&RULES, point, &state, &sample, T0, &result), want);
	assert_int_equal(state.known, want == 0);
	return result;
}

static void test_range(void **state)
{
	(void)state;
	assert_int_equal(alone(&PILE, 7000, 0).code, 0);
	assert_int_equal(alone(&PILE, 7001, 0).code, QUALITY_ABOVE_RATING);
	assert_int_equal(alone(&PILE, 8400, 0).code, QUALITY_ABOVE_RATING);
	assert_int_equal(alone(&PILE, 8400, 0).filtered_w, 8400);
	assert_int_equal(alone(&PILE, 8401, E_ABOVE_RATING).code, QUALITY_REFUSED);
	assert_int_equal(alone(&PILE, -1, E_NEGATIVE).code, QUALITY_REFUSED);
	assert_int_equal(alone(&PILE, INT64_MAX, E_ABOVE_RATING).code, QUALITY_REFUSED);
	assert_int_equal(alone(&BIDIRECTIONAL, -10000, 0).code, 0);
	assert_int_equal(alone(&BIDIRECTIONAL, -12000, 0).code, QUALITY_ABOVE_RATING);
	assert_int_equal(alone(&BIDIRECTIONAL, -12001, E_ABOVE_RATING).code, QUALITY_REFUSED);
}

static void test_zero_drift(void **state)
{
	(void)state;
	assert_int_equal(alone(&PILE, 13, 0).code, QUALITY_ZEROED);
	assert_int_equal(alone(&PILE, 13, 0).filtered_w, 0);
	assert_int_equal(alone(&PILE, 14, 0).code, 0);                  /* 0.002 × 7000 is not below itself */
	assert_int_equal(alone(&PILE, 0, 0).code, 0);
	assert_int_equal(alone(&BIDIRECTIONAL, -19, 0).code, QUALITY_ZEROED);
}

/* One sample of a run on the same pile. */
static struct quality_result next(const struct quality_point *point, struct quality_state *pile, int64_t ts_ms,
		int64_t raw_w)
{
	const struct quality_sample sample = { raw_w, ts_ms, 0 };
	struct quality_result result;

	assert_int_equal(quality_check(&RULES, point, pile, &sample, ts_ms, &result), 0);
	return result;
}

static void test_switching_is_no_jump(void **state)
{
	struct quality_state pile = { 0 };

	(void)state;
	for (int i = 0; i < 20; i++)
		assert_int_equal(next(&PILE, &pile, T0 + i, i % 2 ? 7000 : 0).code, 0);       /* every millisecond */
	assert_int_equal(next(&PILE, &pile, T0 + 60000, 8400).code, QUALITY_ABOVE_RATING);      /* within rated ramp */
}

/* A second after 1000 W the ramp allows 140 W; 8000 W leaves the span between 0 and the rating. */
static void test_jump_is_held_then_believed(void **state)
{
	struct quality_state pile = { 0 };
	struct quality_result r;

	(void)state;
	next(&PILE, &pile, T0, 1000);
	r = next(&PILE, &pile, T0 + 1000, 8000);
	assert_int_equal(r.code, QUALITY_JUMP | QUALITY_ABOVE_RATING);
	assert_int_equal(r.filtered_w, 1000);
	r = next(&PILE, &pile, T0 + 2000, 8300);
	assert_int_equal(r.filtered_w, 1000);
	r = next(&PILE, &pile, T0 + 3000, 8100);                        /* third in a row within 350 W of the one before */
	assert_int_equal(r.code, QUALITY_ABOVE_RATING);
	assert_int_equal(r.filtered_w, 8100);
	assert_int_equal(next(&PILE, &pile, T0 + 4000, 8100).code, QUALITY_ABOVE_RATING);
}

static void test_jump_that_returns_is_forgotten(void **state)
{
	struct quality_state pile = { 0 };

	(void)state;
	next(&PILE, &pile, T0, 1000);
	assert_true(next(&PILE, &pile, T0 + 1000, 8000).code & QUALITY_JUMP);
	assert_int_equal(next(&PILE, &pile, T0 + 2000, 1000).code, 0);
	assert_true(next(&PILE, &pile, T0 + 3000, 8000).code & QUALITY_JUMP);
	assert_true(next(&PILE, &pile, T0 + 4000, 7400).code & QUALITY_JUMP);   /* does not agree: counting begins again */
	assert_true(next(&PILE, &pile, T0 + 5000, 7400).code & QUALITY_JUMP);
	assert_false(next(&PILE, &pile, T0 + 6000, 7400).code & QUALITY_JUMP);
}

static void test_bidirectional_swing(void **state)
{
	struct quality_state pile = { 0 };
	struct quality_result r;

	(void)state;
	next(&BIDIRECTIONAL, &pile, T0, 10000);
	r = next(&BIDIRECTIONAL, &pile, T0 + 10000, -10000);            /* 20 kW in 10 s, allowed 2 kW */
	assert_int_equal(r.code, QUALITY_JUMP);
	assert_int_equal(r.filtered_w, 10000);
	assert_int_equal(next(&BIDIRECTIONAL, &pile, T0 + 110000, -10000).code, 0);     /* 22 kW allowed after 110 s */
}

static void test_old_sample_changes_nothing(void **state)
{
	struct quality_state pile = { 0 };

	(void)state;
	next(&PILE, &pile, T0, 1000);
	assert_int_equal(next(&PILE, &pile, T0 - 1000, 8000).code, QUALITY_ABOVE_RATING);
	assert_int_equal(pile.last_w, 1000);
	assert_int_equal(pile.last_ms, T0);
}

static void test_refused_changes_nothing(void **state)
{
	struct quality_state pile = { 0 };
	const struct quality_sample wrong = { -1, T0 + 1000, 0 };
	struct quality_result r;

	(void)state;
	next(&PILE, &pile, T0, 1000);
	assert_int_equal(quality_check(&RULES, &PILE, &pile, &wrong, T0 + 1000, &r), E_NEGATIVE);
	assert_int_equal(pile.last_ms, T0);
	assert_int_equal(r.filtered_w, -1);
}

static void test_told_and_late(void **state)
{
	struct quality_state pile = { 0 };
	const struct quality_sample sample = { 1000, T0, 0xffff };
	struct quality_result r;

	(void)state;
	assert_int_equal(quality_check(&RULES, &PILE, &pile, &sample, T0 + 180000, &r), 0);
	assert_int_equal(r.code, QUALITY_QDS);
	assert_int_equal(quality_check(&RULES, &PILE, &pile, &sample, T0 + 180001, &r), 0);
	assert_int_equal(r.code, QUALITY_QDS | QUALITY_LATE);
}

static void test_time(void **state)
{
	const int64_t now = INT64_C(1781000000000);

	(void)state;
	assert_int_equal(quality_time(&RULES.telemetry, now, now), 0);
	assert_int_equal(quality_time(&RULES.telemetry, now + 60000, now), 0);
	assert_int_equal(quality_time(&RULES.telemetry, now + 60001, now), E_TIME_FUTURE);
	assert_int_equal(quality_time(&RULES.telemetry, now - MS_DAY, now), 0);
	assert_int_equal(quality_time(&RULES.telemetry, now - MS_DAY - 1, now), E_TIME_ANCIENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_range), cmocka_unit_test(test_zero_drift), cmocka_unit_test(test_switching_is_no_jump),
		cmocka_unit_test(test_jump_is_held_then_believed), cmocka_unit_test(test_jump_that_returns_is_forgotten),
		cmocka_unit_test(test_bidirectional_swing), cmocka_unit_test(test_old_sample_changes_nothing),
		cmocka_unit_test(test_refused_changes_nothing), cmocka_unit_test(test_told_and_late), cmocka_unit_test(test_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
