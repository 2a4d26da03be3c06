/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "channel/rounds.h"
#include <pthread.h>
#include <stdlib.h>
#include "base/error.h"
#include "base/log.h"
#include "channel/idle.h"
#include "store/db.h"

struct rounds {
	const char *name;
	rounds_fn *go;
	void *arg;
	struct idle *idle;
	pthread_t thread;
	bool over;                      /* it is joined */
};

static void *run(void *arg)
{
	struct rounds *r = arg;
	log_set_principal(r->name);
	while (!idle_ended(r->idle))
		if (r->go(r->arg))
			idle_reset(r->idle);
		else
			idle_wait(r->idle);
	db_thread_end();
	return NULL;
}

int rounds_start(const char *name, rounds_fn *go, void *arg, int64_t least_ms, int64_t most_ms, struct rounds **rounds)
{
	struct rounds *r = *rounds = calloc(1, sizeof *r);
	if (!r)
		return E_MEMORY;
	*r = (struct rounds){ .name = name, .go = go, .arg = arg, .idle = idle_new(least_ms, most_ms) };
	if (r->idle && !pthread_create(&r->thread, NULL, run, r))
		return 0;
	idle_free(r->idle);
	free(r);
	*rounds = NULL;
	return E_MEMORY;
}

void rounds_ring(struct rounds *r) { idle_ring(r->idle); }
void rounds_end(struct rounds *r) { idle_end(r->idle); }
bool rounds_ended(struct rounds *r) { return idle_ended(r->idle); }

bool rounds_over(struct rounds *r, int64_t until_us)
{
	struct timespec until = { .tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000 };
	if (!r->over)
		r->over = !pthread_timedjoin_np(r->thread, NULL, &until);
	return r->over;
}

void rounds_stop(struct rounds *r)
{
	if (!r)
		return;
	rounds_end(r);
	if (!r->over)
		pthread_join(r->thread, NULL);
	idle_free(r->idle);
	free(r);
}
