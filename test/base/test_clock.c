/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include "base/clock.h"
#include "base/error.h"

/* The first test: everything after it runs in trial mode, which cannot be left. */
static void business_time_is_machine_time_outside_of_trial_mode(void **state)
{
	int64_t before = clock_machine_ms(), business = clock_business_ms(), after = clock_machine_ms();

	(void)state;
	assert_false(clock_is_trial());
	assert_true(before <= business && business <= after);
	assert_int_equal(clock_business_set(after + 1000), E_CONFIG);
	assert_true(clock_business_ms() >= business);
}

static void business_time_stands_until_set(void **state)
{
	const int64_t start = 1781049600000;    /* 2026-06-10T00:00:00Z */

	(void)state;
	clock_trial(start);
	assert_true(clock_is_trial());
	assert_int_equal(clock_business_ms(), start);
	clock_sleep_ms(5);
	assert_int_equal(clock_business_ms(), start);
	assert_int_equal(clock_business_set(start + 900000), 0);
	assert_int_equal(clock_business_ms(), start + 900000);
	assert_int_equal(clock_business_set(start + 900000), 0);
	assert_int_equal(clock_business_set(start + 899999), E_TIME_ORDER);
	assert_int_equal(clock_business_set(INT64_MAX), E_RANGE);
	assert_int_equal(clock_business_ms(), start + 900000);
}

static void machine_time_goes_on_in_trial_mode(void **state)
{
	int64_t machine, us, monotonic;

	(void)state;
	clock_trial(0);
	machine = clock_machine_ms();
	us = clock_machine_us();
	monotonic = clock_monotonic_us();
	assert_true(machine > 1600000000000);   /* 2020: not the trial's instant */
	assert_true(us / 1000 >= machine);
	clock_sleep_ms(20);
	assert_true(clock_monotonic_us() - monotonic >= 20000);
}

static void cpu_time_is_spent_by_work_only(void **state)
{
	int64_t process = clock_process_cpu_us(), thread = clock_thread_cpu_us();
	volatile unsigned x = 1;

	(void)state;            /* the process is measured from before the thread to after it */
	for (int i = 0; i < 20000000; i++)
		x = x * 1664525U + 1013904223U;
	thread = clock_thread_cpu_us() - thread;
	process = clock_process_cpu_us() - process;
	assert_true(thread > 0);
	assert_true(process >= thread - 1);             /* each rounded down */
}

enum { SETTERS = 4, STEPS = 20000 };

/* Each thread tries rising instants; what it sees must never fall. */
static void *set_rising(void *failed)
{
	int64_t last = 0;

	for (int64_t i = 0; i < STEPS; i++) {
		int64_t now;
		int r = clock_business_set(i);

		now = clock_business_ms();
		if ((r != 0 && r != E_TIME_ORDER) || now < last || now < i)
			return failed;
		last = now;
	}
	return NULL;
}

static void business_time_never_falls_between_threads(void **state)
{
	pthread_t thread[SETTERS];
	void *failed;

	(void)state;
	clock_trial(0);
	for (int i = 0; i < SETTERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, set_rising, thread), 0);
	for (int i = 0; i < SETTERS; i++) {
		assert_int_equal(pthread_join(thread[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(clock_business_ms(), STEPS - 1);
}

static void sleeping_for_nothing_returns(void **state)
{
	(void)state;
	clock_sleep_ms(0);
	clock_sleep_ms(-5);
	assert_true(clock_is_trial());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(business_time_is_machine_time_outside_of_trial_mode),
		cmocka_unit_test(business_time_stands_until_set),
		cmocka_unit_test(machine_time_goes_on_in_trial_mode),
		cmocka_unit_test(cpu_time_is_spent_by_work_only),
		cmocka_unit_test(business_time_never_falls_between_threads),
		cmocka_unit_test(sleeping_for_nothing_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
