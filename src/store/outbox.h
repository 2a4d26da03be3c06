/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Outgoing messages, written in the transaction that causes them, sent afterwards by channel/ or fetched by the peer.
 *
 *   push, file:  queued ─ outbox_take ─ send ─┬ answer ──────── outbox_answered → accepted | rejected
 *                   ▲                         ├ delivered, no answer yet: outbox_delivered → delivered
 *                   └── outbox_failed ────────┘ (back-off; the same message id again, the peer is idempotent)
 *   fetch:       queued ─ outbox_fetch + outbox_delivered → delivered ─ acknowledgement: outbox_answered
 *   push, of an operation that is fetched too: whichever comes first delivers it, and nobody pushes it from then on
 *   queued or delivered past expires_ms (business time): outbox_expire → expired
 *   queued or delivered and no longer wanted: withdrawn (store/control.h)
 *   queued, and the peer was reached again and again and gave no answer: outbox_missed → parked; the next one may go
 *   queued, and nobody of its peer's name is called any more: outbox_strand → parked; when its peer is called again: outbox_return → queued
 *   parked, by hand: outbox_try_now → queued, outbox_give_up → expired
 *
 * Order: a peer's queued messages go out by seq, one behind the other: while its oldest one is leased or waits for its
 * next try, none of the later ones is due. Several senders may run: a lease is taken by moving next_try_us.
 * Times in µs are machine time, in ms business time. */
#ifndef VGI_STORE_OUTBOX_H
#define VGI_STORE_OUTBOX_H
#include <stdbool.h>
#include "base/arena.h"
#include "store/db.h"

enum outbox_channel { OUTBOX_PUSH, OUTBOX_FETCH, OUTBOX_FILE };
enum outbox_state { OUTBOX_QUEUED, OUTBOX_DELIVERED, OUTBOX_ACCEPTED, OUTBOX_REJECTED, OUTBOX_EXPIRED, OUTBOX_WITHDRAWN,
	OUTBOX_PARKED };

/* Strings at most 64 bytes. In outbox_put the fields from `seq` on are ignored. What is read lives in the arena. */
struct outbox_message {
	const char *peer, *operation, *message_id;
	const char *conversation_id, *correlation_id;   /* NULL: none */
	const char *trace_id;
	int64_t caused_by_seq;                          /* journal seq, VALUE_NONE: none (scheduled work) */
	enum outbox_channel channel;
	const void *body; size_t body_n;                /* encoded envelope or document, ≤ 16 MiB − 1; NULL in lists */
	int64_t items;
	int64_t created_ms;                             /* business time */
	int64_t expires_ms;                             /* business time, VALUE_NONE: never */
	int64_t seq;
	enum outbox_state state;
	int64_t attempts;
	int64_t next_try_us, created_us, first_sent_us, delivered_us, answered_us;      /* VALUE_NONE: not yet */
	int64_t answer_items_stored;
	const void *answer; size_t answer_n;
	const char *last_error;
	int64_t releases;                               /* how often it was tried again after it was parked */
};
struct outbox_list { struct outbox_message *item; size_t n; };

const char *outbox_channel_name(enum outbox_channel channel);   /* "push", "fetch", "file" */
const char *outbox_state_name(enum outbox_state state);         /* "queued" … */
enum outbox_state outbox_state_of(const char *name);            /* queued if it is none */

/* What a peer that fetches waits for: db_note's key of its messages. */
uint64_t outbox_key(const char *peer);
/* In the causing transaction. E_DUPLICATE_KEY: the message id stands already. One that may be fetched is noted under
 * outbox_key(peer). */
int outbox_put(struct db *db, const struct outbox_message *m, int64_t *seq);

/* Peers with a message due at now_us on a channel (push or file), each once, oldest message first. A hint: what may go
 * out is for outbox_take to say. */
struct outbox_peers { const char **peer; size_t n; };
int outbox_due_peers(struct arena *a, struct db *db, enum outbox_channel channel, int64_t now_us,
		     struct outbox_peers *peers);
/* Leases at most `most` due messages of a peer until now_us + lease_us, oldest first, bodies of together at most
 * most_bytes (the first always). Counts the attempt. Runs a transaction of its own: none may be open. list->n = 0:
 * nothing due. */
int outbox_take(struct arena *a, struct db *db, const char *peer, enum outbox_channel channel, int64_t now_us,
		int64_t lease_us, size_t most, size_t most_bytes, struct outbox_list *list);
/* What a peer fetches: its messages of this operation, those that are to be pushed too (NULL: all of channel fetch), that
 * are not yet answered, expired, withdrawn nor parked, behind after_seq (0: from the start), oldest first, at most `most`
 * and most_bytes (the first always). Changes nothing. */
int outbox_fetch(struct arena *a, struct db *db, const char *peer, const char *operation, int64_t after_seq,
		 size_t most, size_t most_bytes, struct outbox_list *list);
/* One message with body and answer, by seq or by id. 0 or E_NOTHING. */
int outbox_load(struct arena *a, struct db *db, int64_t seq, struct outbox_message *m);
int outbox_find(struct arena *a, struct db *db, const char *message_id, struct outbox_message *m);
/* n (≤ OUTBOX_FIND_MOST) by id at once, without body and answer; m[i].seq VALUE_NONE: there is none of id[i]. */
enum { OUTBOX_FIND_MOST = 32 };
int outbox_find_each(struct arena *a, struct db *db, const char *const *id, size_t n, struct outbox_message *m);

/* The peer has it (first time counts); queued or delivered ones only, else E_NOTHING. Counts an attempt if none was. */
int outbox_delivered(struct db *db, int64_t seq, int64_t now_us);
/* The peer's answer. Again with the same verdict: 0 and nothing changes; E_NOTHING: no such message, expired or
 * answered otherwise. answer NULL: none kept. */
int outbox_answered(struct db *db, int64_t seq, bool accepted, int64_t items_stored, const void *answer,
		    size_t answer_n, int64_t now_us);
/* Not delivered: next try after the back-off for its number of attempts. E_NOTHING if it is no longer queued. */
struct outbox_backoff { int64_t first_us, most_us; };   /* 0: 1 s, 5 min */
int outbox_failed(struct db *db, int64_t seq, const char *error, const struct outbox_backoff *backoff, int64_t now_us);
/* The peer was reached, and what it said was no answer. As outbox_failed, but after park_after such tries (0: never) the
 * message is parked: *parked. */
int outbox_missed(struct db *db, int64_t seq, const char *error, const struct outbox_backoff *backoff, int64_t park_after,
		  int64_t now_us, bool *parked);
/* A message of outbox_take that was not tried after all: undoes its lease and the attempt counted for it. E_NOTHING if the
 * lease is no longer this one. */
int outbox_release(struct db *db, const struct outbox_message *m, int64_t now_us);
/* first_us doubled for each attempt after the first, at most most_us; attempts ≥ 1. Pure. */
int64_t outbox_backoff_us(const struct outbox_backoff *backoff, int64_t attempts);
/* Everything open whose expires_ms ≤ now_ms. *n: how many. */
int outbox_expire(struct db *db, int64_t now_ms, int64_t *n);

/* -- out of turn (outbox_hand.c)
 * A message whose last try failed, parked or not, is tried at once, as if none had missed. E_NOTHING: there is none such, or
 * it is a control curve whose parking has been seen to, in whose place another attempt stands. */
int outbox_try_now(struct db *db, const char *message_id, int64_t now_us);
/* One that is parked or queued is given up: expired. 0 or E_NOTHING. */
int outbox_give_up(struct db *db, const char *message_id);
/* A message of outbox_take whose peer is not called any more: parked, its lease and the attempt counted for it undone. E_NOTHING if the
 * lease is no longer this one. */
int outbox_strand(struct db *db, const struct outbox_message *m, const char *why);
/* The peer is called (again): what outbox_strand parked of it is due. */
int outbox_return(struct db *db, const char *peer, int64_t now_us);
/* What waits for a peer's next try is due now: the peer is there again. */
int outbox_hurry(struct db *db, const char *peer, int64_t now_us);

/* -- reading, for trace, report and export; bodies and answers left out */
int outbox_by_trace(struct arena *a, struct db *db, const char *trace_id, struct outbox_list *list);
/* By (peer, operation), created in [from_ms, to_ms): sent = the peer was given it at least once, answered = accepted +
 * rejected; items: of those sent; items_stored: as the peers' answers said. */
struct outbox_count {
	const char *peer, *operation;
	int64_t messages, sent, accepted, rejected, expired, items, items_stored;
};
struct outbox_counts { struct outbox_count *item; size_t n; };
int outbox_count_by_peer(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, struct outbox_counts *counts);
/* Those that are parked (again) and not told of by an event of this kind with their message id; oldest first, at most `most`. */
int outbox_parked_untold(struct arena *a, struct db *db, const char *kind, size_t most, struct outbox_list *list);
/* Those whose last try failed: parked, or waiting for the next one; oldest first, at most `most`. */
int outbox_failing(struct arena *a, struct db *db, size_t most, struct outbox_list *list);
int outbox_waiting(struct db *db, int64_t *n);  /* queued or delivered, not yet answered: must fall to 0 */
#endif
