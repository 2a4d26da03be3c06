/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Operating state of resources as their aggregators report it (A4, D2): every report is kept with who said it (seq) and
 * when the hub learned it; of several for one instant the greatest revision is in force, and "now" is the report of the
 * latest instant, whenever it came. Errors besides those named: db.h. */
#ifndef VGI_STORE_OPERATING_H
#define VGI_STORE_OPERATING_H
#include "base/arena.h"
#include "store/db.h"
#include "store/standing.h"

/* States are the enums of the contract (model/types.h); VALUE_NONE: not told. Powers consumption positive. */
struct operating_row {
	uint32_t aggregator_no;
	const char *resource_id;        /* the aggregator, a station or a pile */
	int64_t at_ms;                  /* instant the values are of */
	int64_t known_ms;               /* business time the hub learned them */
	int64_t revision, seq;
	int64_t service, control, location, mode;       /* resource, control, location and mode state */
	int64_t up_blocked, down_blocked;               /* 0, 1 */
	int64_t power_w;
	int64_t up_w, up_rate_w_min, up_minutes;
	int64_t down_w, down_rate_w_min, down_minutes;
	int64_t least_w, most_w;        /* limits in force */
};
struct operating_rows { struct operating_row *item; size_t n; };

/* E_DUPLICATE_KEY: a row of this resource, instant and revision stands. */
int operating_put(struct arena *a, struct db *db, const struct operating_row *row, size_t n);
/* What stands of an aggregator's resources with from_ms ≤ at_ms < to_ms. */
int operating_standing(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms, struct standing *stands);
/* What is in force now of every resource that was reported on since from_ms, by aggregator_no and resource. */
int operating_latest(struct arena *a, struct db *db, int64_t from_ms, struct operating_rows *rows);
#endif
