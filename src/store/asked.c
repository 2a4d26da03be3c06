/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/asked.h"
#include "base/error.h"

int asked_last(struct db *db, const char *peer, const char *operation, int64_t *at_us)
{
	return db_query_int(db, "SELECT MAX(created_us) FROM outbox WHERE peer = ? AND operation = ?",
			    DB_ARGS(DB_TEXT(peer), DB_TEXT(operation)), at_us);
}

int asked_stated(struct db *db, const char *aggregator_id, int64_t *at_us)
{
	return db_query_int(db, "SELECT MAX(m.received_us) FROM aggregator a JOIN message m ON m.seq = a.seq WHERE a.aggregator_id = ?",
			    DB_ARGS(DB_TEXT(aggregator_id)), at_us);
}
