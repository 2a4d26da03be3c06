/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/work.h"
#include <stdlib.h>
#include <time.h>
#include "base/clock.h"
#include "base/error.h"

enum { PATIENCE_US = 2000,              /* a request waits so long for a busy worker before an idle one begins */
       BATCH_BYTES = 256 * 1024 };      /* of the bodies taken together; more is worth a worker of its own */

struct start { struct work_pool *pool; int index; };

/* Tells work_pool_start how worker_init went. */
static void report_init(struct work_pool *p, int rc)
{
	pthread_mutex_lock(&p->lock);
	p->inits++;
	if (rc && !p->failed)
		p->failed = rc;
	pthread_cond_signal(&p->ready);
	pthread_mutex_unlock(&p->lock);
}

/* ---- taking */

/* Whether somebody may begin now with what waits; until: otherwise, when. */
static bool ripe(const struct work_pool *p, int64_t *until_us)
{
	if (STAILQ_EMPTY(&p->todo))
		return false;
	*until_us = STAILQ_FIRST(&p->todo)->since_us + PATIENCE_US;
	return p->busy < p->eager || p->stopping || clock_monotonic_us() >= *until_us;
}

static void watch(struct work_pool *p, int64_t until_us)
{
	struct timespec until = { until_us / 1000000, until_us % 1000000 * 1000 };

	p->watched = true;
	pthread_cond_timedwait(&p->late, &p->lock, &until);
	p->watched = false;
}

/* Waits until something may be taken; false when the pool has ended. */
static bool wait_for_some(struct work_pool *p)
{
	int64_t until_us = 0;

	while (!ripe(p, &until_us)) {
		if (STAILQ_EMPTY(&p->todo) && p->stopping)
			return false;
		if (STAILQ_EMPTY(&p->todo) || p->watched)
			pthread_cond_wait(&p->some, &p->lock);
		else
			watch(p, until_us);
	}
	return true;
}

/* With the lock held: somebody else for what is left. */
static void wake_one(struct work_pool *p)
{
	if (STAILQ_EMPTY(&p->todo))
		return;
	if (p->busy >= p->eager && p->watched)
		return;
	pthread_cond_signal(p->watched ? &p->late : &p->some);
}

static size_t take_some(struct work_pool *p, struct work_job **job)
{
	size_t n = 0, bytes = 0;
	struct work_job *next;

	while ((next = STAILQ_FIRST(&p->todo)) && n < (size_t)p->batch && (n == 0 || (!next->alone && bytes + next->request.n <= BATCH_BYTES))) {
		STAILQ_REMOVE_HEAD(&p->todo, link);
		p->waiting--;
		bytes += next->request.n;
		job[n++] = next;
		if (next->alone)
			break;
	}
	return n;
}

/* The next requests; 0 when the pool ends. *cut: hand them back unserved. */
static size_t take(struct work_pool *p, struct work_job **job, bool *cut)
{
	size_t n = 0;

	pthread_mutex_lock(&p->lock);
	if (wait_for_some(p)) {
		n = take_some(p, job);
		p->busy++;
		wake_one(p);
	}
	*cut = p->cut;
	pthread_mutex_unlock(&p->lock);
	return n;
}

static void put_down(struct work_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->busy--;
	pthread_mutex_unlock(&p->lock);
}

/* ---- serving */

/* Over the queue's bound if need be: it was in before. */
static void give_again(struct work_pool *p, struct work_job *job)
{
	job->alone = true;
	job->since_us = 0;
	pthread_mutex_lock(&p->lock);
	STAILQ_INSERT_HEAD(&p->todo, job, link);
	p->waiting++;
	pthread_cond_signal(p->watched ? &p->late : &p->some);
	pthread_mutex_unlock(&p->lock);
}

void net_exchange_done(struct net_exchange *x)
{
	struct work_job *job = x->job;

	x->job = NULL;
	job->finished(job);
}

static void serve_many(struct work_pool *p, void *state, struct work_job **job, size_t n)
{
	struct net_exchange x[NET_BATCH];

	for (size_t i = 0; i < n; i++)
		x[i] = (struct net_exchange){ .request = &job[i]->request, .answer = &job[i]->answer, .alone = job[i]->alone, .job = job[i] };
	p->hooks.serve_many(state, x, n);
	for (size_t i = n; i-- > 0;)
		if (x[i].job && x[i].alone && !job[i]->alone)
			give_again(p, job[i]);
		else if (x[i].job)
			net_exchange_done(&x[i]);
}

static void serve(struct work_pool *p, void *state, struct work_job **job, size_t n, bool cut)
{
	for (size_t i = 0; i < n; i++)
		job[i]->answer = (struct net_answer){ .status = cut ? 503 : 200 };
	if (!cut && p->hooks.serve_many) {
		serve_many(p, state, job, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (!cut)
			p->hooks.serve(state, &job[i]->request, &job[i]->answer);
		job[i]->finished(job[i]);
	}
}

static void *worker(void *arg)
{
	struct start *start = arg;
	struct work_pool *p = start->pool;
	struct work_job *job[NET_BATCH];
	void *state = p->arg;
	size_t n;
	bool cut;
	int rc = p->hooks.worker_init ? p->hooks.worker_init(p->arg, start->index, &state) : 0;

	free(start);
	report_init(p, rc);
	if (rc)
		return NULL;
	while ((n = take(p, job, &cut))) {
		serve(p, state, job, n, cut);
		put_down(p);
	}
	if (p->hooks.worker_done)
		p->hooks.worker_done(state);
	return NULL;
}

/* ---- life */

static int start_one(struct work_pool *p)
{
	struct start *start = malloc(sizeof *start);

	if (!start)
		return E_MEMORY;
	*start = (struct start){ p, p->n };
	if (pthread_create(&p->thread[p->n], NULL, worker, start)) {
		free(start);
		return E_MEMORY;
	}
	p->n++;
	return 0;
}

static void init_conditions(struct work_pool *p)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&p->some, NULL);
	pthread_cond_init(&p->late, &monotonic);
	pthread_cond_init(&p->ready, NULL);
	pthread_condattr_destroy(&monotonic);
}

int work_pool_start(struct work_pool *p, const struct net_config *c)
{
	int rc = 0;

	*p = (struct work_pool){ .hooks = c->hooks, .arg = c->arg, .most = c->queue, .batch = c->hooks.serve_many ? c->batch : 1,
		.eager = c->batch > 1 ? c->eager : c->workers };
	p->thread = calloc((size_t)c->workers, sizeof *p->thread);
	STAILQ_INIT(&p->todo);
	pthread_mutex_init(&p->lock, NULL);
	init_conditions(p);
	if (!p->thread)
		rc = E_MEMORY;
	for (int i = 0; i < c->workers && !rc; i++)
		rc = start_one(p);
	pthread_mutex_lock(&p->lock);
	while (p->inits < p->n)
		pthread_cond_wait(&p->ready, &p->lock);
	if (!rc)
		rc = p->failed;
	pthread_mutex_unlock(&p->lock);
	if (rc)
		work_pool_stop(p);
	return rc;
}

int work_pool_push(struct work_pool *p, struct work_job *job)
{
	int rc = E_BUSY;

	job->alone = false;
	job->since_us = clock_monotonic_us();
	pthread_mutex_lock(&p->lock);
	if (p->waiting < p->most) {
		STAILQ_INSERT_TAIL(&p->todo, job, link);
		p->waiting++;
		wake_one(p);
		rc = 0;
	}
	pthread_mutex_unlock(&p->lock);
	return rc;
}

void work_pool_cut(struct work_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->cut = true;
	pthread_mutex_unlock(&p->lock);
}

void work_pool_stop(struct work_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->some);
	pthread_cond_broadcast(&p->late);
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->n; i++)
		pthread_join(p->thread[i], NULL);
	free(p->thread);
	pthread_cond_destroy(&p->ready);
	pthread_cond_destroy(&p->late);
	pthread_cond_destroy(&p->some);
	pthread_mutex_destroy(&p->lock);
}
