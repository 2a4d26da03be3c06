/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Who said what of a resource for a moment, and when it was known: every value that was reported, in force or not, with the
 * message that brought it (D2). Errors: db.h. */
#ifndef VGI_STORE_SAID_H
#define VGI_STORE_SAID_H
#include <stdbool.h>
#include "base/arena.h"
#include "store/db.h"

struct said {
	const char *kind;               /* "power", "operation", "plan-day-ahead", "plan-real-time", "capability-up", "capability-down" */
	int64_t of_ms;                  /* instant or begin of the interval the value is of; of "power" the end of the minute */
	int64_t value_w;                /* as it was told, consumption positive */
	int64_t filtered_w, quality;    /* of "power" (compute/quality.h); VALUE_NONE: of anything else */
	int64_t revision;
	bool in_force;                  /* no newer one of its kind and time stands */
	int64_t known_ms;               /* business time; VALUE_NONE: not noted then */
	int64_t seq;                    /* journal row of the message, and what stands there */
	const char *sender, *message_id, *trace_id;
	int64_t received_us;            /* machine time */
};
struct said_list { struct said *item; size_t n; };

/* Everything of a pile, station or aggregator at ts_ms: the sample of the minute that ends there or next, the operating state
 * reported last before within an hour, and each plan and declared capability that holds ts_ms. By kind, time, revision and arrival. */
int said_of(struct arena *a, struct db *db, const char *resource_id, int64_t ts_ms, struct said_list *list);
#endif
