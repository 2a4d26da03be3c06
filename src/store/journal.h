/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The journal of incoming messages: one row a (sender, message id), written in the transaction that holds the message's
 * effect, its answer and the outbox rows it caused. What makes every operation idempotent; for one message or for several that
 * share a transaction:
 *
 *     journal_numbers_take; db_begin
 *     journal_find_each → known, same digest: send the stored answer; other digest: refuse as E_DUPLICATE_ID
 *                       → unknown: handler, encode the answer
 *     journal_write; db_commit; send the answers
 *
 * The unique key of (sender, message id) decides between two connections with the same message: whoever writes second gets
 * E_STORE_CONFLICT, undoes all it did, and finds the first one's row when it tries again. */
#ifndef VGI_STORE_JOURNAL_H
#define VGI_STORE_JOURNAL_H
#include "base/arena.h"
#include "store/db.h"

enum { JOURNAL_DIGEST = 32, JOURNAL_BATCH = 64 };

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
	int64_t seq;                                    /* VALUE_NONE: there is no such row */
	const char *sender, *message_id, *operation, *trace_id;
	unsigned char digest[JOURNAL_DIGEST];
	enum journal_status status;
	int64_t revision, created_ms, received_us, checked_us, stored_us, answered_us;  /* VALUE_NONE: not noted */
	int64_t bytes_in, items_in, items_stored;
	const void *answer; size_t answer_n;            /* NULL in lists */
};

/* Row numbers, taken from the database in blocks: the number is known before the row is written. They grow with every take of
 * this process; what is taken and not used leaves a gap. Thread-safe. */
struct journal_numbers;
struct journal_numbers *journal_numbers_new(void);      /* NULL when memory is out */
void journal_numbers_free(struct journal_numbers *numbers);     /* NULL allowed */
/* n (1..JOURNAL_BATCH) numbers in a row from *first on. Outside a transaction. Now and then a statement of its own. */
int journal_numbers_take(struct journal_numbers *numbers, struct db *db, int64_t n, int64_t *first);

/* The stored row of (sender, message_id). 0, E_NOTHING, or an error of db.h. */
int journal_find(struct arena *a, struct db *db, const char *sender, const char *message_id,
		 struct journal_entry *entry);
/* The same for n (≤ JOURNAL_BATCH) keys at once: entry[i] is that of key[i], its seq VALUE_NONE if there is none. */
struct journal_key { const char *sender, *message_id; };
int journal_find_each(struct arena *a, struct db *db, const struct journal_key *key, size_t n, struct journal_entry *entry);

/* In a transaction, last: the rows of n (≤ JOURNAL_BATCH) messages, with stored_us (machine time now). E_STORE_CONFLICT: one of
 * them stands by now. */
struct journal_row { int64_t seq; struct journal_message message; struct journal_result result; };
int journal_write(struct arena *a, struct db *db, const struct journal_row *row, size_t n);
/* After the commit, at leisure and for many at once: by when (machine µs) the answers to the messages from first[i] to last[i] were
 * handed to the socket. */
int journal_note_answered(struct db *db, size_t n, const int64_t *first, const int64_t *last, const int64_t *answered_us);

/* -- reading, for trace, report and export */
struct journal_list { struct journal_entry *item; size_t n; };
/* All messages of one trace, by seq, answers left out. */
int journal_by_trace(struct arena *a, struct db *db, const char *trace_id, struct journal_list *list);
/* What was taken, at least in part, of the same operation, sender and business day as message_id: its revisions, and where the day has
 * several matters those of the others; the last `most`, newest first, answers left out. */
int journal_alike(struct arena *a, struct db *db, const char *sender, const char *message_id, size_t most, struct journal_list *list);
/* All messages of an operation created in [from_ms, to_ms), by seq, answers left out: times of stages, latencies. */
int journal_by_operation(struct arena *a, struct db *db, const char *operation, int64_t from_ms, int64_t to_ms,
			 struct journal_list *list);
/* Distinct messages by (sender, operation), created in [from_ms, to_ms). accepted counts partly accepted ones too. */
struct journal_count { const char *sender, *operation; int64_t accepted, partly, rejected, items_in, items_stored; };
struct journal_counts { struct journal_count *item; size_t n; };
int journal_count_by_sender(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms,
			    struct journal_counts *counts);
#endif
