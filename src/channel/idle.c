/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "channel/idle.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "base/clock.h"

struct idle {
	pthread_mutex_t lock;           /* guards what follows; never held while something is done */
	pthread_cond_t changed;
	int64_t least_ms, most_ms, next_ms;
	bool rung, ended;
};

struct idle *idle_new(int64_t least_ms, int64_t most_ms)
{
	struct idle *i = calloc(1, sizeof *i);
	pthread_condattr_t monotonic;
	if (!i)
		return NULL;
	i->least_ms = i->next_ms = least_ms;
	i->most_ms = most_ms > least_ms ? most_ms : least_ms;
	pthread_mutex_init(&i->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);         /* a wall clock set back must not make it sleep for hours */
	pthread_cond_init(&i->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return i;
}

void idle_free(struct idle *i)
{
	if (!i)
		return;
	pthread_cond_destroy(&i->changed);
	pthread_mutex_destroy(&i->lock);
	free(i);
}

static void sleep_until(struct idle *i, int64_t until_us)
{
	struct timespec until = { until_us / 1000000, until_us % 1000000 * 1000 };
	pthread_cond_timedwait(&i->changed, &i->lock, &until);
}

void idle_wait(struct idle *i)
{
	int64_t began_us = clock_monotonic_us();
	pthread_mutex_lock(&i->lock);
	while (!i->ended) {
		int64_t until_us = began_us + (i->rung ? i->least_ms : i->next_ms) * 1000;
		if (clock_monotonic_us() >= until_us)
			break;
		sleep_until(i, until_us);
	}
	i->next_ms = i->rung ? i->least_ms : 2 * i->next_ms < i->most_ms ? 2 * i->next_ms : i->most_ms;
	i->rung = false;
	pthread_mutex_unlock(&i->lock);
}

void idle_reset(struct idle *i)
{
	pthread_mutex_lock(&i->lock);
	i->next_ms = i->least_ms;
	pthread_mutex_unlock(&i->lock);
}

/* Signals only the first time: whoever is rung need not be woken again. */
void idle_ring(struct idle *i)
{
	pthread_mutex_lock(&i->lock);
	if (!i->rung)
		pthread_cond_broadcast(&i->changed);
	i->rung = true;
	pthread_mutex_unlock(&i->lock);
}

void idle_end(struct idle *i)
{
	pthread_mutex_lock(&i->lock);
	i->ended = true;
	pthread_cond_broadcast(&i->changed);
	pthread_mutex_unlock(&i->lock);
}

bool idle_ended(struct idle *i)
{
	pthread_mutex_lock(&i->lock);
	bool ended = i->ended;
	pthread_mutex_unlock(&i->lock);
	return ended;
}
