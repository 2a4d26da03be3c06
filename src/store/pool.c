/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "store/pool.h"

enum { POOL_MOST = 1000 };

struct db_pool {
	struct db_target target;
	pthread_mutex_t lock;
	pthread_cond_t given;
	unsigned most, open;            /* open: idle and taken ones, and those being opened */
	unsigned n;                     /* idle */
	struct db *idle[];
};

struct db_pool *db_pool_new(const struct db_target *target, unsigned most)
{
	pthread_condattr_t monotonic;
	unsigned room = most < 1 ? 1 : most > POOL_MOST ? POOL_MOST : most;
	struct db_pool *pool = calloc(1, sizeof *pool + room * sizeof(struct db *));

	if (pool == NULL)
		return NULL;
	pool->target = *target;
	pool->most = room;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->given, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return pool;
}

void db_pool_free(struct db_pool *pool)
{
	if (pool == NULL)
		return;
	for (unsigned i = 0; i < pool->n; i++)
		db_close(pool->idle[i]);
	pthread_cond_destroy(&pool->given);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* Waits until one is idle or a new one may be opened. */
static int wait_for_one(struct db_pool *pool, int64_t timeout_ms)
{
	int64_t until_us = clock_monotonic_us() + timeout_ms * 1000;
	struct timespec until = { .tv_sec = (time_t)(until_us / 1000000),
		.tv_nsec = (long)(until_us % 1000000) * 1000 };

	while (pool->n == 0 && pool->open == pool->most) {
		if (pthread_cond_timedwait(&pool->given, &pool->lock, &until) == ETIMEDOUT)
			return pool->n == 0 && pool->open == pool->most ? E_BUSY : 0;
	}
	return 0;
}

static void count_closed(struct db_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->open--;
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->lock);
}

int db_pool_take(struct db_pool *pool, int64_t timeout_ms, struct db **db)
{
	struct db *taken = NULL;
	int rc;

	pthread_mutex_lock(&pool->lock);
	rc = wait_for_one(pool, timeout_ms);
	if (rc == 0 && pool->n > 0)
		taken = pool->idle[--pool->n];
	else if (rc == 0)
		pool->open++;
	pthread_mutex_unlock(&pool->lock);
	if (rc < 0)
		return rc;
	/* outside the lock: connecting may take as long as its time-out */
	rc = taken != NULL ? db_ensure(taken) : db_open(&pool->target, &taken);
	if (rc < 0) {
		db_close(taken);
		count_closed(pool);
		return rc;
	}
	*db = taken;
	return 0;
}

void db_pool_give(struct db_pool *pool, struct db *db)
{
	if (db == NULL)
		return;
	if (db_in_transaction(db)) {
		log_error("db-misuse", "given back with a transaction open, which is undone");
		db_rollback(db);
	}
	pthread_mutex_lock(&pool->lock);
	pool->idle[pool->n++] = db;
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->lock);
}
