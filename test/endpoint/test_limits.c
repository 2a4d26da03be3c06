/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Limits of principals: buckets, messages at once, whose limit counts, what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/error.h"
#include "endpoint/limits.h"

static struct principal somebody(int number)
{
	struct principal p = { .principal_no = number };
	for (int i = 0; i < PRINCIPAL_LIMITS; i++)
		p.limit[i] = VALUE_NONE;
	return p;
}

static int ask(struct limits *l, const struct principal *who, size_t n, int64_t now_us, int *retry_after_s)
{
	int ticket, rc = limits_enter(l, who, n, now_us, &ticket, retry_after_s);
	if (!rc)
		limits_leave(l, ticket);
	return rc;
}

/* At most burst + rate × time pass, and exactly as many where enough come; who waits as told is let in. */
static void test_rate(void **state)
{
	const struct { int64_t rate, burst; } rows[] = { { 1, 1 }, { 10, 1 }, { 10, 25 }, { 1000, 10 }, { 7, 0 } };
	struct principal a = somebody(1), b = somebody(2);
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct limits *l = limits_new();
		const int64_t value[PRINCIPAL_LIMITS] = { [LIMIT_RATE] = rows[i].rate, [LIMIT_BURST] = rows[i].burst };
		int64_t burst = rows[i].burst ? rows[i].burst : 1, count[PRINCIPAL_LIMITS], begin_us = 1000000000000, passed = 0, refused = 0;
		int retry_s;
		limits_set(l, value);
		for (int64_t us = 0; us <= 10000000; us += 500)
			if (ask(l, &a, 1, begin_us + us, &retry_s) == 0) {
				passed++;
			} else {
				refused++;
				assert_in_range(retry_s, 1, 2);
			}
		assert_in_range(passed, burst + 10 * rows[i].rate - 1, burst + 10 * rows[i].rate);
		assert_int_equal(ask(l, &b, 1, begin_us + 10000000, &retry_s), 0);      /* another's bucket is full */
		limits_counts(l, count);
		assert_int_equal(count[LIMIT_RATE], refused);
		while (ask(l, &a, 1, begin_us + 10000000, &retry_s) == 0)
			;
		assert_int_equal(ask(l, &a, 1, begin_us + 10000000 + (int64_t)retry_s * 1000000, &retry_s), 0);
		limits_free(l);
	}
}

static void test_own_limits(void **state)
{
	const int64_t value[PRINCIPAL_LIMITS] = { [LIMIT_RATE] = 1, [LIMIT_BURST] = 1, [LIMIT_BODY] = 100, [LIMIT_DEPTH] = 7 };
	struct principal a = somebody(1), free_one = somebody(2), small = somebody(3);
	struct limits *l = limits_new();
	int retry_s;
	(void)state;
	limits_set(l, value);
	free_one.limit[LIMIT_RATE] = free_one.limit[LIMIT_BODY] = 0;
	small.limit[LIMIT_BODY] = 10;
	for (int i = 0; i < 50; i++)
		assert_int_equal(ask(l, &free_one, 1000000, 1, &retry_s), 0);
	assert_int_equal(ask(l, &small, 10, 1, &retry_s), 0);
	assert_int_equal(ask(l, &small, 11, 10000000, &retry_s), E_TOO_LARGE);
	assert_int_equal(ask(l, &a, 101, 1, &retry_s), E_TOO_LARGE);
	assert_int_equal(ask(l, &a, 100, 1, &retry_s), 0);      /* what was too large took nothing out of the bucket */
	assert_int_equal(ask(l, &a, 100, 1, &retry_s), E_RATE);
	assert_int_equal(limits_of(l, &a, LIMIT_DEPTH), 7);
	assert_int_equal(limits_of(l, NULL, LIMIT_DEPTH), 7);
	small.limit[LIMIT_DEPTH] = 3;
	assert_int_equal(limits_of(l, &small, LIMIT_DEPTH), 3);
	limits_free(l);
}

static void test_concurrent(void **state)
{
	const int64_t value[PRINCIPAL_LIMITS] = { [LIMIT_CONCURRENT] = 3 };
	struct principal a = somebody(1), b = somebody(32767);
	struct limits *l = limits_new();
	int ticket[4], retry_s;
	int64_t count[PRINCIPAL_LIMITS];
	(void)state;
	limits_set(l, value);
	for (int i = 0; i < 3; i++)
		assert_int_equal(limits_enter(l, &a, 1, 1, &ticket[i], &retry_s), 0);
	assert_int_equal(limits_enter(l, &a, 1, 1, &ticket[3], &retry_s), E_CONCURRENT);
	assert_int_equal(retry_s, 1);
	assert_int_equal(ask(l, &b, 1, 1, &retry_s), 0);
	limits_leave(l, ticket[1]);
	assert_int_equal(limits_enter(l, &a, 1, 1, &ticket[1], &retry_s), 0);
	assert_int_equal(ask(l, &a, 1, 1, &retry_s), E_CONCURRENT);
	limits_counts(l, count);
	assert_int_equal(count[LIMIT_CONCURRENT], 2);
	for (int i = 0; i < 3; i++)
		limits_leave(l, ticket[i]);
	/* strangers share one account */
	for (int i = 0; i < 3; i++)
		assert_int_equal(limits_enter(l, NULL, 1, 1, &ticket[i], &retry_s), 0);
	assert_int_equal(ask(l, NULL, 1, 1, &retry_s), E_CONCURRENT);
	limits_free(l);
	limits_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rate), cmocka_unit_test(test_own_limits), cmocka_unit_test(test_concurrent) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
