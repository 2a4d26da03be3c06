/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Which revision of a schedule each control message in the outbox hands to which aggregator (A5). Errors besides those
 * named: db.h. */
#ifndef VGI_STORE_CONTROL_H
#define VGI_STORE_CONTROL_H
#include "base/arena.h"
#include "store/db.h"

#define CONTROL_OPERATION "Control"     /* outbox.operation of control messages; their channel is fetch */

struct control_row {
	const char *control_id;         /* message id in the outbox */
	const char *task_id;
	int32_t revision;
	uint32_t aggregator_no;
	int64_t piles;                  /* in its ledger when it was made: so many are to be heard of */
};
struct control_rows { struct control_row *item; size_t n; };

int control_put(struct db *db, const struct control_row *row);
/* 0 or E_NOTHING. What is read lives in the arena. */
int control_find(struct arena *a, struct db *db, const char *control_id, struct control_row *row);
/* Those of a task's revision, by aggregator_no. */
int control_load(struct arena *a, struct db *db, const char *task_id, int32_t revision, struct control_rows *list);
#endif
