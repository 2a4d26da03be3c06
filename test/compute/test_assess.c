/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "compute/assess.h"

static void test_valid(void **state)
{
	(void)state;
	assert_true(assess_valid(95, 100, 950000));
	assert_false(assess_valid(94, 100, 950000));
	assert_true(assess_valid(8550, 9000, 950000));
	assert_false(assess_valid(8549, 9000, 950000));
	assert_false(assess_valid(0, 15, 950000));
	assert_true(assess_valid(0, 0, 950000));
	assert_true(assess_valid(0, 15, 0));
}

/* Every direction of asking and answering, in kW for legibility. */
static void test_signs(void **state)
{
	static const struct { int sign; int64_t split, baseline, measured; bool valid; int64_t asked, delivered; } row[] = {
		{ ASSESS_SHAVE, 640, 948, 640, true, 308, 308 },
		{ ASSESS_SHAVE, 640, 948, 1000, true, 308, -52 },
		{ ASSESS_SHAVE, 1000, 948, 900, true, 0, 48 },
		{ ASSESS_SHAVE, 640, 948, 0, false, 308, 0 },
		{ ASSESS_FILL, 500, 300, 450, true, 200, 150 },
		{ ASSESS_FILL, 500, 300, 250, true, 200, -50 },
		{ ASSESS_FILL, 250, 300, 350, true, 0, 50 },
		{ ASSESS_FILL, 500, 300, 700, false, 200, 0 },
		{ ASSESS_HOLD, 500, 300, 700, true, 0, 0 },
	};
	enum { N = sizeof row / sizeof *row };
	int8_t sign[N];
	int64_t split[N], baseline[N], measured[N], asked[N], delivered[N];
	bool valid[N];
	const struct assess_input in = { N, sign, split, baseline, measured, valid };

	(void)state;
	for (size_t i = 0; i < N; i++) {
		sign[i] = (int8_t)row[i].sign;
		split[i] = row[i].split;
		baseline[i] = row[i].baseline;
		measured[i] = row[i].measured;
		valid[i] = row[i].valid;
	}
	assess_run(&in, asked, delivered);
	for (size_t i = 0; i < N; i++)
		if (asked[i] != row[i].asked || delivered[i] != row[i].delivered)
			fail_msg("row %zu: %lld %lld", i, (long long)asked[i], (long long)delivered[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_valid), cmocka_unit_test(test_signs) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
