/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/clock.h"
#include "base/error.h"
#include <stdatomic.h>
#include <time.h>

static atomic_bool trial;
static _Atomic int64_t trial_ms;

static int64_t microseconds(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);          /* cannot fail for the clocks used here */
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void clock_trial(int64_t ts_ms)
{
	atomic_store(&trial_ms, ts_ms);
	atomic_store(&trial, true);
}

bool clock_is_trial(void)
{
	return atomic_load(&trial);
}

int64_t clock_business_ms(void)
{
	return clock_is_trial() ? atomic_load(&trial_ms) : clock_machine_ms();
}

int clock_business_set(int64_t ts_ms)
{
	int64_t now;

	if (!clock_is_trial())
		return E_CONFIG;
	if (ts_ms > CLOCK_LATEST_MS)
		return E_RANGE;
	now = atomic_load(&trial_ms);
	do {
		if (ts_ms < now)
			return E_TIME_ORDER;
	} while (!atomic_compare_exchange_weak(&trial_ms, &now, ts_ms));
	return 0;
}

int64_t clock_machine_ms(void)
{
	return microseconds(CLOCK_REALTIME) / 1000;
}

int64_t clock_machine_us(void)
{
	return microseconds(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
	return microseconds(CLOCK_MONOTONIC);
}

int64_t clock_thread_cpu_us(void)
{
	return microseconds(CLOCK_THREAD_CPUTIME_ID);
}

int64_t clock_process_cpu_us(void)
{
	return microseconds(CLOCK_PROCESS_CPUTIME_ID);
}

void clock_sleep_ms(int64_t ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (ms > 0)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}
