/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The journal of incoming messages: one row a (sender, message id), written in the transaction that holds the message's
 * effect, its answer and the outbox rows it caused. What makes every operation idempotent:
 *
 *     db_begin; journal_begin → new: handler … journal_finish; db_commit; send the answer
 *                             → repeated: db_rollback; send the stored answer
 *                             → E_DUPLICATE_ID: db_rollback; refuse
 *
 * A handler that refuses the whole message rolls back to a savepoint set after journal_begin and finishes as
 * rejected. */
#ifndef VGI_STORE_JOURNAL_H
#define VGI_STORE_JOURNAL_H
#include "base/arena.h"
#include "store/db.h"

enum { JOURNAL_DIGEST = 32 };

enum journal_status { JOURNAL_REJECTED, JOURNAL_PARTLY, JOURNAL_ACCEPTED };

const char *journal_status_name(enum journal_status status);    /* "accepted", "partly", "rejected" */

/* What came in. Strings: at most 64 bytes; NULL where allowed. */
struct journal_message {
	const char *sender, *message_id;                /* the idempotency key */
	const char *service, *operation;
	int64_t revision;
	const unsigned char *digest;                    /* JOURNAL_DIGEST bytes: SHA-256 of the content */
	const char *conversation_id, *correlation_id;   /* NULL: none */
	const char *trace_id;
	int32_t business_date;                          /* DATE_NONE: none */
	int64_t created_ms;                             /* sender's, business time */
	int64_t received_us, checked_us;                /* machine time: last byte in; schema, identity, header good */
	int64_t bytes_in;
};

/* How it ended. */
struct journal_result {
	enum journal_status status;
	int64_t items_in, items_stored;
	const void *answer; size_t answer_n;            /* encoded, to be sent again when repeated; ≤ 16 MiB − 1 */
};

/* A journal row. Strings and answer live in the arena. */
struct journal_entry {
	int64_t seq;
	bool repeated;                                  /* journal_begin: it stood already, the rest is as stored */
	const char *sender, *message_id, *operation, *trace_id;
	unsigned char digest[JOURNAL_DIGEST];
	enum journal_status status;
	int64_t revision, created_ms, received_us, checked_us, stored_us, answered_us;  /* VALUE_NONE: not noted */
	int64_t bytes_in, items_in, items_stored;
	const void *answer; size_t answer_n;            /* NULL in lists */
};

/* The stored row of (sender, message_id). 0, E_NOTHING, or an error of db.h. */
int journal_find(struct arena *a, struct db *db, const char *sender, const char *message_id,
		 struct journal_entry *entry);
/* In a transaction, first: takes the key. Waits while another transaction holds it. 0: entry->repeated tells a new
 * message (only seq is set) from a known one with the same digest. E_DUPLICATE_ID: known with another digest. */
int journal_begin(struct arena *a, struct db *db, const struct journal_message *m, struct journal_entry *entry);
/* In the same transaction, last: notes the result and stored_us (machine time now). */
int journal_finish(struct db *db, int64_t seq, const struct journal_result *r);
/* After the commit, at leisure and for many at once: when each answer was handed to the socket (machine µs). */
int journal_note_answered(struct db *db, size_t n, const int64_t *seq, const int64_t *answered_us);

/* -- reading, for trace, report and export */
struct journal_list { struct journal_entry *item; size_t n; };
/* All messages of one trace, by seq, answers left out. */
int journal_by_trace(struct arena *a, struct db *db, const char *trace_id, struct journal_list *list);
/* All messages of an operation created in [from_ms, to_ms), by seq, answers left out: times of stages, latencies. */
int journal_by_operation(struct arena *a, struct db *db, const char *operation, int64_t from_ms, int64_t to_ms,
			 struct journal_list *list);
/* Distinct messages by (sender, operation), created in [from_ms, to_ms). accepted counts partly accepted ones too. */
struct journal_count { const char *sender, *operation; int64_t accepted, partly, rejected, items_in, items_stored; };
struct journal_counts { struct journal_count *item; size_t n; };
int journal_count_by_sender(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms,
			    struct journal_counts *counts);
#endif
