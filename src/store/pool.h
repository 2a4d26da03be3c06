/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A bounded set of connections for threads that need one now and then. Thread-safe. */
#ifndef VGI_STORE_POOL_H
#define VGI_STORE_POOL_H
#include "store/db.h"

struct db_pool;

/* Opens nothing yet. target is copied, its strings must outlive the pool. most: 1..1000 connections. */
struct db_pool *db_pool_new(const struct db_target *target, unsigned most);
void db_pool_free(struct db_pool *pool);        /* all must be given back; NULL allowed */
/* A connection nobody else has, waiting at most timeout_ms (machine time) for one. 0; E_BUSY (none in time);
 * E_STORE_AWAY, E_CONFIG (a new one cannot be opened). */
int db_pool_take(struct db_pool *pool, int64_t timeout_ms, struct db **db);
/* Rolls back what is still open, with a log line. NULL allowed. */
void db_pool_give(struct db_pool *pool, struct db *db);
#endif
