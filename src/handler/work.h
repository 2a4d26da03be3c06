/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What a handler is given. A handler loads from store, computes, saves and queues, in the transaction its caller has open; it
 * needs no socket and no SOAP, and is called alike for a SOAP operation, a file and a command.
 *
 * Result of a handler: 0 — done; items refused singly stand in call.diag (items_stored < items_in). A sender's or identity error
 * (error_kind) — the whole message is refused, whatever the handler did is rolled back, diag says why; so it is where every item
 * was refused (items_in > 0, items_stored = 0 and something in diag), whatever the result. Anything else
 * (E_STORE_*, E_MEMORY, E_INTERNAL …) — nothing is stored, nothing is answered but a fault. */
#ifndef VGI_HANDLER_WORK_H
#define VGI_HANDLER_WORK_H
#include "base/arena.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "model/messages.h"
#include "model/rules.h"
#include "security/role.h"
#include "store/db.h"

struct ledger_cache;
struct ledger_wants;
struct vault;

/* What all handlers share; constant while the daemon runs. */
struct hub {
	const char *name;               /* sender of the hub's own messages */
	const struct rules *rules;
	const char *dispatch_peer;      /* principal name of the dispatch system that is pushed to; "" or NULL: none */
	const char *trading_peer;       /* of the trading platform, likewise */
	int64_t potential_push_ms;      /* how often today's potential is pushed to dispatch; 0: only told when asked */
	int64_t settle_ms;              /* how long after a minute's or interval's end samples are waited for (business time) */
	int64_t correct_ms;             /* how old a minute may be to have its totals told again when frames come late */
	int64_t created_past_ms, created_future_ms;     /* how far a message's createdAt may lie from business time */
	int64_t sample_past_ms, sample_future_ms;       /* the same for the stamp of a frame */
	int64_t most_diagnostics;
	struct vault *vault;            /* keys for personal fields (security/seal.h); NULL: none, such fields are refused */
	const char *drop_dir;           /* where file documents go */
	struct spool *spool;            /* file journal for messages while the database is away (store/spool.h); NULL: none */
	const char *const *callback; size_t n_callbacks;        /* aggregators that can be called */
	struct ledger_wants *ledger_wants;              /* handler/ledger_request.h; NULL: nobody is asked by the hub itself */
	int64_t ledger_age_us, ledger_again_us;         /* machine time */
	/* Control curves: each is to be acknowledged within acknowledge_ms, and the last attempt by latest_ms behind the begin of
	 * its first interval; refused or not, it is given again after retry_ms, tries times in all. Business time. */
	struct { int64_t acknowledge_ms, latest_ms, retry_ms; int tries; } control;
	/* Stops at named points when a trial asks for it ("decompose", "commit"); NULL: never. */
	void (*checkpoint)(const char *name);
	/* The error that this message of an operation shall fail with after its handler, when a trial asks for it, else 0; NULL: never. */
	int (*fault)(const char *operation);
};

/* Encodes a message of the hub as an envelope, or a struct day_report as a document; given by whoever owns a codec. */
enum outgoing {
	OUTGOING_PUSH_OPERATION, OUTGOING_PUSH_TASK_PROGRESS, OUTGOING_PUSH_STATIC, OUTGOING_PUSH_POTENTIAL, OUTGOING_PUSH_PLAN,
	OUTGOING_PUSH_EVENT, OUTGOING_PUSH_SETTLEMENT, OUTGOING_DECLARE_BID, OUTGOING_REPORT_RESPONSE,
	OUTGOING_DELIVER_CONTROL, OUTGOING_DELIVER_ASSESSMENT, OUTGOING_DELIVER_SETTLEMENT, OUTGOING_DELIVER_NOTICE,
	OUTGOING_REQUEST_LEDGER,
	OUTGOING_MESSAGES,              /* how many kinds of messages; documents follow */
	OUTGOING_DAY_REPORT_EFILE = OUTGOING_MESSAGES, OUTGOING_DAY_REPORT_XML
};
typedef int encode_fn(void *codec, enum outgoing kind, const void *message, struct bytes *out);

/* Reads a stored answer to an operation of a role (journal.h) and copies what it told into the arena. By the same owner. 0;
 * E_FORMAT: it cannot be read. */
typedef int told_fn(void *codec, struct arena *a, enum role role, const char *operation, const void *answer, size_t n,
		    struct diagnostic **diagnostic, int *n_diagnostic);

/* One piece of work: a request or a scheduled job, in one transaction of one connection. */
struct work {
	struct arena *arena;
	struct db *db;
	const struct hub *hub;
	int64_t now_ms;                 /* business time, the same throughout */
	const char *trace_id;
	int64_t seq;                    /* journal row of the message that causes it; VALUE_NONE: none */
	encode_fn *encode; void *codec;
	const char *correlation_id;     /* of the messages it queues, NULL: none */
	told_fn *told;                  /* NULL in scheduled work */
	struct ledger_cache *ledger;    /* of this worker (store/ledger.h); NULL: loaded anew each time */
};

/* A request. */
struct call {
	struct work w;
	const char *principal;          /* name; for an aggregator its aggregator id */
	enum role role;
	const struct header *header;
	int64_t received_us;            /* machine time */
	struct diag diag;
	int64_t items_in, items_stored; /* set by the handler */
	int64_t waited_ms;              /* 0, or how long this request has waited since it was first handled */
	int64_t wait_ms;                /* set by the handler, > 0: nothing worth an answer yet; call again after so long, or */
	uint64_t wait_key;              /* when this key is noted (db_note) */
	const void *ahead;              /* what was looked up for it beside others of its operation; NULL: nothing was */
};

/* Refuses one item: adds to diag and returns the error, so that a check can return it. Same arguments as diag_add. */
#define refuse_item(call, error, detail, ...) diag_add(&(call)->diag, (error), (detail), __VA_ARGS__)
#endif
