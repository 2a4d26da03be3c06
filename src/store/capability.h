/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* By how much resources can raise or lower their load, as declared (A4). Every revision is kept, the greatest is in force.
 * Errors besides those named: db.h. */
#ifndef VGI_STORE_CAPABILITY_H
#define VGI_STORE_CAPABILITY_H
#include "base/arena.h"
#include "store/db.h"
#include "store/standing.h"

/* One resource, n intervals of step_min minutes from start_ms on. */
struct capability_row {
	uint32_t aggregator_no;
	const char *resource_id;        /* the aggregator, a station or a pile */
	int64_t start_ms;
	int32_t step_min;
	size_t n;
	const int64_t *up_w, *down_w;   /* ≥ 0, within int32 */
	int64_t up_rate_w_min, down_rate_w_min;         /* VALUE_NONE: not told */
	int64_t up_minutes, down_minutes;
	int64_t known_ms;               /* business time the hub learned it */
	int64_t revision, seq;
};
struct capability_list { struct capability_row *item; size_t n; };

/* E_DUPLICATE_KEY: this resource, start and revision stands. */
int capability_put(struct arena *a, struct db *db, const struct capability_row *row, size_t n);
/* In force of an aggregator, what starts in [from_ms, to_ms), by resource and start. The _standing form tells the revisions
 * alone. */
int capability_load(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms,
		    struct capability_list *list);
int capability_standing(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms, struct standing *stands);
#endif
