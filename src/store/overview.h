/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Counts of what the hub holds, for its operators. */
#ifndef VGI_STORE_OVERVIEW_H
#define VGI_STORE_OVERVIEW_H
#include "store/db.h"

enum { OVERVIEW_TASK_STATES = 5 };

struct overview {
	int64_t principals_active, principals_revoked;
	int64_t aggregators, stations, piles, sessions;         /* stations and piles that are not retired */
	int64_t messages_accepted, messages_partly, messages_rejected;  /* created in the span asked for */
	int64_t tasks[OVERVIEW_TASK_STATES];                    /* by enum task_state */
};

/* Messages of business time [from_ms, to_ms). Errors: db.h. */
int overview_load(struct db *db, int64_t from_ms, int64_t to_ms, struct overview *o);
/* The greatest migration applied, 0 for none. */
int overview_schema_version(struct db *db, int *version);
#endif
