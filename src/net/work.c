/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/work.h"
#include <stdlib.h>
#include "base/error.h"

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

/* The next job; NULL when the pool ends. *cut: hand it back unserved. */
static struct work_job *take(struct work_pool *p, bool *cut)
{
	struct work_job *job;

	pthread_mutex_lock(&p->lock);
	while (STAILQ_EMPTY(&p->todo) && !p->stopping)
		pthread_cond_wait(&p->some, &p->lock);
	job = STAILQ_FIRST(&p->todo);
	if (job) {
		STAILQ_REMOVE_HEAD(&p->todo, link);
		p->waiting--;
	}
	*cut = p->cut;
	pthread_mutex_unlock(&p->lock);
	return job;
}

static void *worker(void *arg)
{
	struct start *start = arg;
	struct work_pool *p = start->pool;
	struct work_job *job;
	void *state = p->arg;
	bool cut;
	int rc = p->hooks.worker_init ? p->hooks.worker_init(p->arg, start->index, &state) : 0;

	free(start);
	report_init(p, rc);
	if (rc)
		return NULL;
	while ((job = take(p, &cut))) {
		job->answer = (struct net_answer){ .status = cut ? 503 : 200 };
		if (!cut)
			p->hooks.serve(state, &job->request, &job->answer);
		job->finished(job);
	}
	if (p->hooks.worker_done)
		p->hooks.worker_done(state);
	return NULL;
}

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

int work_pool_start(struct work_pool *p, const struct net_hooks *hooks, void *arg, int n, int most)
{
	int rc = 0;

	*p = (struct work_pool){ .hooks = *hooks, .arg = arg, .most = most };
	p->thread = calloc((size_t)n, sizeof *p->thread);
	STAILQ_INIT(&p->todo);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->some, NULL);
	pthread_cond_init(&p->ready, NULL);
	if (!p->thread)
		rc = E_MEMORY;
	for (int i = 0; i < n && !rc; i++)
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

	pthread_mutex_lock(&p->lock);
	if (p->waiting < p->most) {
		STAILQ_INSERT_TAIL(&p->todo, job, link);
		p->waiting++;
		pthread_cond_signal(&p->some);
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
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->n; i++)
		pthread_join(p->thread[i], NULL);
	free(p->thread);
	pthread_cond_destroy(&p->ready);
	pthread_cond_destroy(&p->some);
	pthread_mutex_destroy(&p->lock);
}
