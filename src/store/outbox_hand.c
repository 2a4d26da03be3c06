/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What is done out of turn about a message that does not get through: by an operator, or because of who is called. */
#include "base/error.h"
#include "store/outbox.h"

/* Assignments are done from left to right. A control curve that is parked is as good as refused: the next attempt, or the others, are to do it. */
int outbox_try_now(struct db *db, const char *message_id, int64_t now_us)
{
	return db_matched_one(db, db_exec(db, "UPDATE outbox SET releases = releases + (state = 'parked'),"
		" state = 'queued', misses = 0, next_try_us = ?"
		" WHERE message_id = ? AND state IN ('parked', 'queued') AND last_error IS NOT NULL AND NOT EXISTS"
		" (SELECT 1 FROM control c WHERE c.control_id = outbox.message_id AND c.concluded_ms IS NOT NULL)",
		DB_ARGS(DB_INT(now_us), DB_TEXT(message_id))));
}

int outbox_give_up(struct db *db, const char *message_id)
{
	return db_matched_one(db, db_exec(db, "UPDATE outbox SET state = 'expired' WHERE message_id = ? AND state IN ('parked', 'queued')",
		DB_ARGS(DB_TEXT(message_id))));
}

/* One that never missed and is parked is a stranded one. */
int outbox_strand(struct db *db, const struct outbox_message *m, const char *why)
{
	return db_matched_one(db, db_exec(db, "UPDATE outbox SET state = 'parked', misses = 0, last_error = ?,"
		" first_sent_us = IF(attempts > 1, first_sent_us, NULL), attempts = attempts - 1"
		" WHERE seq = ? AND state = 'queued' AND attempts > 0 AND next_try_us = ?",
		DB_ARGS(DB_TEXT(why), DB_INT(m->seq), DB_INT(m->next_try_us))));
}

int outbox_return(struct db *db, const char *peer, int64_t now_us)
{
	return db_exec(db, "UPDATE outbox SET state = 'queued', releases = releases + 1, next_try_us = ?"
		       " WHERE peer = ? AND state = 'parked' AND misses = 0",
		       DB_ARGS(DB_INT(now_us), DB_TEXT(peer)));
}

/* A leased one has no error: outbox_take cleared it. */
int outbox_hurry(struct db *db, const char *peer, int64_t now_us)
{
	return db_exec(db, "UPDATE outbox SET next_try_us = ? WHERE peer = ? AND state = 'queued' AND channel = 'push'"
		       " AND last_error IS NOT NULL AND next_try_us > ?",
		       DB_ARGS(DB_INT(now_us), DB_TEXT(peer), DB_INT(now_us)));
}
