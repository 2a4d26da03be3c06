/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Who said what of a resource for a moment, and when it was known: every value that was reported, in force or not, with the
 * message that brought it (D2). Errors: db.h. */
#ifndef VGI_STORE_SAID_H
#define VGI_STORE_SAID_H
#include <stdbool.h>
#include "base/arena.h"
#include "store/db.h"

enum said_unit { SAID_W, SAID_WH, SAID_PPM };

struct said {
	const char *kind;               /* "power", "operation", "plan-day-ahead", "plan-real-time", "capability-up", "capability-down";
					 * "battery-": "soc", "capacity", "charge", "discharge", "least-soc", "target-soc", "health" */
	const char *session_id;         /* of "battery-": whose vehicle; NULL: of anything else */
	int64_t of_ms;                  /* instant or begin of the interval the value is of; of "power" the end of the minute */
	int64_t value;                  /* as it was told, consumption positive; the most a battery takes and gives ≥ 0 */
	enum said_unit unit;
	int64_t filtered_w, quality;    /* of "power" (compute/quality.h); VALUE_NONE: of anything else */
	int64_t revision;
	bool in_force;                  /* no newer one of its kind and time, of a battery no newer report of its time, stands */
	int64_t known_ms;               /* business time; VALUE_NONE: not noted then */
	int64_t seq;                    /* journal row of the message, and what stands there */
	const char *sender, *message_id, *trace_id;
	int64_t received_us;            /* machine time */
};
struct said_list { struct said *item; size_t n; };

/* Everything of a pile, station or aggregator at ts_ms: the sample of the minute that ends there or next, the operating state
 * reported last before within an hour, and each plan and declared capability that holds ts_ms, by kind, time, revision and arrival;
 * then, of a pile, the battery of each session there at ts_ms as reported last before within an hour, by session and revision. */
int said_of(struct arena *a, struct db *db, const char *resource_id, int64_t ts_ms, struct said_list *list);
#endif
