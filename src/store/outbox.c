/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "store/outbox.h"
#include "store/text.h"

enum { BODY_MOST = (1 << 24) - 1, ERROR_SIZE = 256,     /* MEDIUMBLOB; VARCHAR(255) and a NUL */
       CONFLICT_TRIES = 8 };

/* The server may undo a statement in favour of another transaction; it is said again, as a message whose outcome is not
 * stored would stay leased, and be sent twice. Within a transaction every try fails at once. */
static int update_one(struct db *db, const char *sql, struct db_args args)
{
	int rc = E_STORE_CONFLICT;

	for (int i = 0; i < CONFLICT_TRIES && rc == E_STORE_CONFLICT; i++)
		rc = db_exec_at(db, sql, args);
	return db_matched_one(db, rc);
}

/* FNV-1a */
uint64_t outbox_key(const char *peer)
{
	uint64_t key = UINT64_C(0xCBF29CE484222325);

	for (; *peer != '\0'; peer++)
		key = (key ^ (unsigned char)*peer) * UINT64_C(0x100000001B3);
	return key;
}

int outbox_put(struct db *db, const struct outbox_message *m, int64_t *seq)
{
	int64_t now_us = clock_machine_us();
	int rc;

	if (m->body_n > BODY_MOST)
		return E_TOO_LARGE;
	rc = db_exec(db,
		"INSERT INTO outbox (peer, operation, message_id, conversation_id, correlation_id, trace_id,"
		" caused_by_seq, channel, body, items, state, next_try_us, created_us, created_ms, expires_ms)"
		" VALUES (?,?,?,?,?,?,?,?,?,?,'queued',?,?,?,?)",
		DB_ARGS(DB_TEXT(m->peer), DB_TEXT(m->operation), DB_TEXT(m->message_id), DB_TEXT(m->conversation_id),
			DB_TEXT(m->correlation_id), DB_TEXT(m->trace_id), DB_INT(m->caused_by_seq),
			DB_TEXT(outbox_channel_name(m->channel)), DB_BYTES(m->body, m->body_n), DB_INT(m->items),
			DB_INT(now_us), DB_INT(now_us), DB_INT(m->created_ms), DB_INT(m->expires_ms)));
	if (rc == 0 && seq != NULL)
		*seq = db_insert_id(db);
	return rc == 0 && m->channel != OUTBOX_FILE ? db_note(db, outbox_key(m->peer)) : rc;
}

/* -- what is due */
int outbox_due_peers(struct arena *a, struct db *db, enum outbox_channel channel, int64_t now_us,
		     struct outbox_peers *peers)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT peer, MIN(seq) AS oldest FROM outbox"
			  " WHERE state = 'queued' AND next_try_us <= ? AND channel = ?"
			  " GROUP BY peer ORDER BY oldest",
			  DB_ARGS(DB_INT(now_us), DB_TEXT(outbox_channel_name(channel))), &rows);

	*peers = (struct outbox_peers){ NULL, 0 };
	if (rc < 0)
		return rc;
	peers->peer = ARENA_ARRAY(a, (size_t)db_rows_count(rows), const char *);
	while ((rc = db_next(rows)) > 0)
		peers->peer[peers->n++] = arena_strdup(a, db_text(rows, 0));
	db_rows_done(rows);
	return rc;
}

/* Candidates: which rows, without their bodies, so that never more is read than most_bytes allows. */
struct pick { int64_t seq, next_try_us; };
struct picks { struct pick *item; size_t n; };

/* rows: seq, next_try_us, LENGTH(body), by seq. Ends before the first one that is not due or does not fit. */
static int pick(struct arena *a, struct db_rows *rows, int64_t now_us, size_t most_bytes, struct picks *picks)
{
	uint64_t total = 0;
	int rc;

	*picks = (struct picks){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct pick), 0 };
	while ((rc = db_next(rows)) > 0) {
		total += (uint64_t)db_int(rows, 2);
		if (db_int(rows, 1) > now_us || (picks->n > 0 && total > most_bytes))
			return 0;
		picks->item[picks->n++] = (struct pick){ db_int(rows, 0), db_int(rows, 1) };
	}
	return rc;
}

/* 1 leased, 0 another sender has it. */
static int lease(struct db *db, const struct pick *p, int64_t now_us, int64_t until_us)
{
	int rc = db_exec(db, "UPDATE outbox SET next_try_us = ?, attempts = attempts + 1, last_error = NULL,"
			 " first_sent_us = COALESCE(first_sent_us, ?)"
			 " WHERE seq = ? AND state = 'queued' AND next_try_us = ?",
			 DB_ARGS(DB_INT(until_us), DB_INT(now_us), DB_INT(p->seq), DB_INT(p->next_try_us)));

	return rc < 0 ? rc : db_affected(db) == 1;
}

static int lease_all(struct arena *a, struct db *db, const struct picks *picks, int64_t now_us, int64_t until_us,
		     struct outbox_list *list)
{
	int rc = db_begin(db);

	if (rc < 0)
		return rc;
	list->item = ARENA_ARRAY(a, picks->n, struct outbox_message);
	for (size_t i = 0; i < picks->n; i++) {
		rc = lease(db, &picks->item[i], now_us, until_us);
		if (rc > 0)
			rc = outbox_load(a, db, picks->item[i].seq, &list->item[list->n]);
		else if (rc == 0)
			break;          /* whoever has this one sends the later ones too */
		if (rc < 0)
			break;
		list->n++;
	}
	return db_end(db, rc);
}

int outbox_take(struct arena *a, struct db *db, const char *peer, enum outbox_channel channel, int64_t now_us,
		int64_t lease_us, size_t most, size_t most_bytes, struct outbox_list *list)
{
	struct db_rows *rows = NULL;
	struct picks picks = { NULL, 0 };
	int rc = db_query(db, "SELECT seq, next_try_us, LENGTH(body) FROM outbox"
			  " WHERE peer = ? AND state = 'queued' AND channel = ? ORDER BY seq LIMIT ?",
			  DB_ARGS(DB_TEXT(peer), DB_TEXT(outbox_channel_name(channel)), DB_INT((int64_t)most)), &rows);

	*list = (struct outbox_list){ NULL, 0 };
	if (rc == 0)
		rc = pick(a, rows, now_us, most_bytes, &picks);
	db_rows_done(rows);
	if (rc == 0 && picks.n > 0)
		rc = lease_all(a, db, &picks, now_us, now_us + lease_us, list);
	if (rc < 0)
		list->n = 0;
	return rc;
}

int outbox_fetch(struct arena *a, struct db *db, const char *peer, const char *operation, int64_t after_seq,
		 size_t most, size_t most_bytes, struct outbox_list *list)
{
	struct db_rows *rows = NULL;
	struct picks picks = { NULL, 0 };
	int rc = db_query(db, "SELECT seq, next_try_us, LENGTH(body) FROM outbox"
			  " WHERE peer = ? AND state IN ('queued', 'delivered')"
			  " AND IF(? IS NULL, channel = 'fetch', channel <> 'file' AND operation = ?) AND seq > ?"
			  " ORDER BY seq LIMIT ?",
			  DB_ARGS(DB_TEXT(peer), DB_TEXT(operation), DB_TEXT(operation), DB_INT(after_seq),
				  DB_INT((int64_t)most)), &rows);

	*list = (struct outbox_list){ NULL, 0 };
	if (rc == 0)
		rc = pick(a, rows, INT64_MAX, most_bytes, &picks);
	db_rows_done(rows);
	if (rc == 0)
		list->item = ARENA_ARRAY(a, picks.n, struct outbox_message);
	for (size_t i = 0; rc == 0 && i < picks.n; i++) {
		rc = outbox_load(a, db, picks.item[i].seq, &list->item[i]);
		list->n += rc == 0;
	}
	return rc;
}

/* -- what became of it */
int outbox_delivered(struct db *db, int64_t seq, int64_t now_us)
{
	return update_one(db,
		"UPDATE outbox SET state = 'delivered', delivered_us = COALESCE(delivered_us, ?), last_error = NULL,"
		" attempts = GREATEST(attempts, 1), first_sent_us = COALESCE(first_sent_us, ?)"
		" WHERE seq = ? AND state IN ('queued', 'delivered')",
		DB_ARGS(DB_INT(now_us), DB_INT(now_us), DB_INT(seq)));
}

int outbox_answered(struct db *db, int64_t seq, bool accepted, int64_t items_stored, const void *answer,
		    size_t answer_n, int64_t now_us)
{
	const char *state = accepted ? "accepted" : "rejected";
	int64_t same = 0;
	int rc;

	if (answer_n > BODY_MOST)
		return E_TOO_LARGE;
	rc = update_one(db,
		"UPDATE outbox SET state = ?, answered_us = ?, delivered_us = COALESCE(delivered_us, ?),"
		" first_sent_us = COALESCE(first_sent_us, ?), attempts = GREATEST(attempts, 1), last_error = NULL,"
		" answer_items_stored = ?, answer = ? WHERE seq = ? AND state IN ('queued', 'delivered')",
		DB_ARGS(DB_TEXT(state), DB_INT(now_us), DB_INT(now_us), DB_INT(now_us), DB_INT(items_stored),
			DB_BYTES(answer, answer_n), DB_INT(seq)));
	if (rc == E_NOTHING)
		rc = db_query_int(db, "SELECT 1 FROM outbox WHERE seq = ? AND state = ?",
				  DB_ARGS(DB_INT(seq), DB_TEXT(state)), &same);
	return rc;
}

int64_t outbox_backoff_us(const struct outbox_backoff *backoff, int64_t attempts)
{
	int64_t wait = backoff->first_us > 0 ? backoff->first_us : 1000000;
	int64_t most = backoff->most_us > 0 ? backoff->most_us : INT64_C(300000000);

	for (; attempts > 1 && wait < most; attempts--)
		wait = wait > most / 2 ? most : 2 * wait;
	return wait < most ? wait : most;
}

int outbox_failed(struct db *db, int64_t seq, const char *error, const struct outbox_backoff *backoff, int64_t now_us)
{
	char text[ERROR_SIZE];
	int64_t attempts = 0;
	int rc = db_query_int(db, "SELECT attempts FROM outbox WHERE seq = ?", DB_ARGS(DB_INT(seq)), &attempts);

	if (rc < 0)
		return rc;
	return update_one(db,
		"UPDATE outbox SET next_try_us = ?, last_error = ? WHERE seq = ? AND state = 'queued'",
		DB_ARGS(DB_INT(now_us + outbox_backoff_us(backoff, attempts)),
			DB_TEXT(text_printable(text, sizeof text, error)), DB_INT(seq)));
}

int outbox_missed(struct db *db, int64_t seq, const char *error, const struct outbox_backoff *backoff, int64_t park_after,
		  int64_t now_us, bool *parked)
{
	char text[ERROR_SIZE];
	int64_t misses = 0;
	int rc;

	*parked = false;
	rc = update_one(db, "UPDATE outbox SET misses = misses + 1 WHERE seq = ? AND state = 'queued'", DB_ARGS(DB_INT(seq)));
	if (rc == 0)
		rc = db_query_int(db, "SELECT misses FROM outbox WHERE seq = ?", DB_ARGS(DB_INT(seq)), &misses);
	if (rc < 0)
		return rc;
	if (park_after == 0 || misses < park_after)
		return outbox_failed(db, seq, error, backoff, now_us);
	rc = update_one(db, "UPDATE outbox SET state = 'parked', last_error = ? WHERE seq = ? AND state = 'queued'",
			DB_ARGS(DB_TEXT(text_printable(text, sizeof text, error)), DB_INT(seq)));
	*parked = rc == 0;
	return rc;
}

int outbox_release(struct db *db, const struct outbox_message *m, int64_t now_us)
{
	return update_one(db,
		"UPDATE outbox SET next_try_us = ?, first_sent_us = IF(attempts > 1, first_sent_us, NULL),"
		" attempts = attempts - 1 WHERE seq = ? AND state = 'queued' AND attempts > 0 AND next_try_us = ?",
		DB_ARGS(DB_INT(now_us), DB_INT(m->seq), DB_INT(m->next_try_us)));
}

int outbox_expire(struct db *db, int64_t now_ms, int64_t *n)
{
	int rc = db_exec(db, "UPDATE outbox SET state = 'expired'"
			 " WHERE state IN ('queued', 'delivered') AND expires_ms <= ?",
			 DB_ARGS(DB_INT(now_ms)));

	if (rc == 0 && n != NULL)
		*n = db_affected(db);
	return rc;
}
