/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* By how much resources can raise or lower their load, as declared (A4). Errors besides those named: db.h. */
#ifndef VGI_STORE_CAPABILITY_H
#define VGI_STORE_CAPABILITY_H
#include "base/arena.h"
#include "store/db.h"

/* One resource, n intervals of step_min minutes from start_ms on. */
struct capability_row {
	const char *resource_id;        /* the aggregator, a station or a pile */
	int64_t start_ms;
	int32_t step_min;
	size_t n;
	const int64_t *up_w, *down_w;   /* ≥ 0, within int32; NULL where a function says so */
	int64_t up_rate_w_min, down_rate_w_min;         /* VALUE_NONE: not told */
	int64_t up_minutes, down_minutes;
	int64_t revision, seq;
};
struct capability_list { struct capability_row *item; size_t n; };

/* Stores rows; one of the same aggregator, resource and start is replaced. */
int capability_put(struct arena *a, struct db *db, uint32_t aggregator_no, const struct capability_row *row, size_t n);
/* An aggregator's rows that start in [from_ms, to_ms), by resource and start; those of _revisions without curves. */
int capability_load(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms,
		    struct capability_list *list);
int capability_revisions(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms,
			 struct capability_list *list);
/* Index of a resource and start in a list, -1 if it is not there. */
int64_t capability_find(const struct capability_list *list, const char *resource_id, int64_t start_ms);
#endif
