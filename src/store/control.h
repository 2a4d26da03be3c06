/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Which revision of a schedule each control message in the outbox hands to which aggregator (A5), and what is to be done
 * about its outcome: a curve that is refused or not acknowledged in time is given again under a new id, some times. The
 * outcome itself is the state of the message in the outbox. Errors besides those named: db.h. */
#ifndef VGI_STORE_CONTROL_H
#define VGI_STORE_CONTROL_H
#include "base/arena.h"
#include "store/db.h"
#include "store/outbox.h"

#define CONTROL_OPERATION "Control"     /* outbox.operation of control messages */

struct control_row {
	const char *control_id;         /* message id in the outbox */
	const char *task_id;
	int32_t revision;
	uint32_t aggregator_no;
	int64_t piles;                  /* in its ledger when it was made: so many are to be heard of */
	int32_t attempt;                /* from 1 */
	int32_t first_no;               /* point of the task from which on the curve says something new */
	int64_t latest_ms;              /* business time by which it must be acknowledged, whatever the attempt */
	/* read only; business time, VALUE_NONE: not yet, none */
	int64_t concluded_ms;           /* its outcome was seen to */
	int64_t again_ms;               /* when the next attempt is due */
	const char *reason;             /* code it was refused with; NULL: none */
	enum outbox_state state;        /* of its message */
	int64_t items;                  /* schedule values in it */
	const char *aggregator_id;      /* whom it goes to */
};
struct control_rows { struct control_row *item; size_t n; };

int control_put(struct db *db, const struct control_row *row);
/* 0 or E_NOTHING. What is read lives in the arena. */
int control_find(struct arena *a, struct db *db, const char *control_id, struct control_row *row);
/* All of a task, by aggregator_no, revision and attempt. */
int control_load(struct arena *a, struct db *db, const char *task_id, struct control_rows *list);
/* The last one of an aggregator in a list of control_load whose curve it acknowledged; NULL: none. */
const struct control_row *control_last_accepted(const struct control_rows *list, uint32_t aggregator_no);

/* The earliest whose message has an outcome (accepted, rejected, expired, parked) that was not seen to yet; whose next
 * attempt is due. Locked until the end of the transaction. 0 or E_NOTHING. */
int control_lock_decided(struct arena *a, struct db *db, struct control_row *row);
int control_lock_again(struct arena *a, struct db *db, int64_t now_ms, struct control_row *row);
/* Seen to at now_ms; again_ms: when the next attempt is due, VALUE_NONE: there is none. E_NOTHING: no such control. */
int control_conclude(struct db *db, const char *control_id, int64_t now_ms, int64_t again_ms);
int control_set_reason(struct db *db, const char *control_id, const char *code);
/* What an aggregator has not accepted of a task is not asked of it any more: open messages become withdrawn, no next
 * attempt is due, and outcomes that nobody saw to yet have none. aggregator_no 0: of all. */
int control_withdraw(struct db *db, const char *task_id, uint32_t aggregator_no, int64_t now_ms);
#endif
