/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include "base/error.h"
#include "sim/crew.h"

struct member { struct crew *crew; pthread_t thread; size_t number; int result; };

struct crew {
	pthread_mutex_t lock;
	pthread_cond_t begin, done;
	crew_fn *fn;
	void *context;
	unsigned round;                 /* rises with each start */
	size_t busy;
	bool stop;
	size_t n;
	struct member member[];
};

/* The next round after `seen`; false: the crew is dismissed. */
static bool await(struct crew *c, unsigned *seen)
{
	bool go;

	pthread_mutex_lock(&c->lock);
	while (!c->stop && c->round == *seen)
		pthread_cond_wait(&c->begin, &c->lock);
	*seen = c->round;
	go = !c->stop;
	pthread_mutex_unlock(&c->lock);
	return go;
}

static void *work(void *arg)
{
	struct member *m = arg;
	struct crew *c = m->crew;
	unsigned seen = 0;

	while (await(c, &seen)) {
		m->result = c->fn(c->context, m->number);
		pthread_mutex_lock(&c->lock);
		if (--c->busy == 0)
			pthread_cond_signal(&c->done);
		pthread_mutex_unlock(&c->lock);
	}
	return NULL;
}

int crew_new(size_t n, struct crew **crew)
{
	struct crew *c = calloc(1, sizeof(*c) + n * sizeof(c->member[0]));

	if (!c)
		return E_MEMORY;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->begin, NULL);
	pthread_cond_init(&c->done, NULL);
	for (; c->n < n; c->n++) {
		struct member *m = &c->member[c->n];

		m->crew = c;
		m->number = c->n;
		if (pthread_create(&m->thread, NULL, work, m)) {
			crew_free(c);
			return E_MEMORY;
		}
	}
	*crew = c;
	return 0;
}

void crew_free(struct crew *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_broadcast(&c->begin);
	pthread_mutex_unlock(&c->lock);
	for (size_t i = 0; i < c->n; i++)
		pthread_join(c->member[i].thread, NULL);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->begin);
	pthread_cond_destroy(&c->done);
	free(c);
}

void crew_start(struct crew *c, crew_fn *fn, void *context)
{
	pthread_mutex_lock(&c->lock);
	c->fn = fn;
	c->context = context;
	c->busy = c->n;
	c->round++;
	pthread_cond_broadcast(&c->begin);
	pthread_mutex_unlock(&c->lock);
}

int crew_wait(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	while (c->busy > 0)
		pthread_cond_wait(&c->done, &c->lock);
	pthread_mutex_unlock(&c->lock);
	for (size_t i = 0; i < c->n; i++)
		if (c->member[i].result)
			return c->member[i].result;
	return 0;
}
