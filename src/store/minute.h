/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Minutes whose totals dispatch was told, and those of which frames came since (P5). A frame marks its minute in the statement
 * that marks its interval (telemetry_mark); who tells the totals takes the marks off first and reads the frames afterwards, so
 * a frame that comes meanwhile marks it again. Errors: db.h. */
#ifndef VGI_STORE_MINUTE_H
#define VGI_STORE_MINUTE_H
#include "base/arena.h"
#include "store/db.h"

enum { MINUTE_DIGEST = 32 };      /* bytes */

/* The totals told last. */
struct minute_told {
	int32_t revision;               /* 0: never told */
	bool known;                     /* whether digest is theirs */
	unsigned char digest[MINUTE_DIGEST];
};

/* Locked until the end of the transaction; revision 0 where nothing was told. */
int minute_lock(struct db *db, int64_t ts_ms, struct minute_told *told);
/* Of revision 1 a new row; E_STORE_CONFLICT: another transaction told it meanwhile. */
int minute_put(struct db *db, int64_t ts_ms, const struct minute_told *told);

/* The bit of the minute that ends at ts_ms (begin_ms < ts_ms ≤ begin_ms + 32 min) among those of the interval: bit k ends at
 * begin_ms + (k + 1) min. */
uint32_t minute_bit(int64_t begin_ms, int64_t ts_ms);
/* Intervals with marks on minutes of any aggregator, by minute_bit. */
struct minute_mark { int64_t begin_ms; uint32_t minutes; };
struct minute_marks { struct minute_mark *item; size_t n; };
/* Those that begin before until_ms, earliest first, at most `most`. */
int minute_marks(struct arena *a, struct db *db, int64_t until_ms, size_t most, struct minute_marks *marks);
/* Takes these marks off, of all aggregators. Waits for whoever is marking. */
int minute_take(struct db *db, const struct minute_mark *mark);
#endif
