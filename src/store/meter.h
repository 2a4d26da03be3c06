/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Readings of the stations' revenue meters, as gapless runs of interval means. No two runs of a station overlap. Errors
 * besides those named: db.h. */
#ifndef VGI_STORE_METER_H
#define VGI_STORE_METER_H
#include "base/arena.h"
#include "store/db.h"

enum { METER_RUN_MAX = 5000 };          /* most readings in a run */

struct meter_run {
	uint32_t station_no;
	int64_t start_ms;               /* begin of the first interval */
	int32_t step_min;
	size_t n;                       /* 1..METER_RUN_MAX */
	const int64_t *mean_w;          /* within int32; NULL where a function says so */
	int64_t seq;                    /* journal row */
};
struct meter_runs { struct meter_run *item; size_t n; };

/* In a transaction: the station's runs that touch [from_ms, to_ms), by start, values left out. The station is locked
 * until the transaction ends, so that what is found here still holds when runs are stored. Take several stations by
 * rising number. */
int meter_lock(struct arena *a, struct db *db, uint32_t station_no, int64_t from_ms, int64_t to_ms,
	       struct meter_runs *runs);
/* Deletes the runs with these station_no and start_ms; then meter_save. */
int meter_delete(struct arena *a, struct db *db, const struct meter_run *run, size_t n);
int meter_save(struct arena *a, struct db *db, const struct meter_run *run, size_t n);

/* Begin of the earliest interval, at or after from_ms, for which any meter has a reading of this step; VALUE_NONE:
 * none. */
int meter_earliest(struct db *db, int64_t from_ms, int32_t step_min, int64_t *start_ms);
/* Hands all runs of this step that touch [from_ms, to_ms) to use(), in no particular order; mean_w is valid during the
 * call. */
typedef void meter_use_fn(void *context, const struct meter_run *run);
int meter_read(struct db *db, int64_t from_ms, int64_t to_ms, int32_t step_min, meter_use_fn *use, void *context);
#endif
