/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Market notices with their periods, the newest revision of each. Times UTC ms; what is read lives in the arena. Errors
 * of all functions besides those named: db.h. */
#ifndef VGI_STORE_NOTICE_H
#define VGI_STORE_NOTICE_H
#include "base/arena.h"
#include "model/types.h"
#include "store/db.h"

/* notice.period: by start. */
struct notice_row {
	struct notice notice;
	int64_t published_ms;           /* business time at which this revision was stored */
	int32_t revision;
	int64_t seq;                    /* journal row */
};
struct notice_rows { struct notice_row *item; size_t n; };

/* In a transaction: takes the place of whatever stands under the same id, periods included. */
int notice_save(struct db *db, const struct notice_row *row);
/* 0 or E_NOTHING. */
int notice_find(struct arena *a, struct db *db, const char *notice_id, struct notice_row *row);
/* The same, and nobody else changes or locks it until this transaction ends: whoever stores what hangs on a notice (a
 * newer revision, a bid, a clearing) takes it first, so that revisions are compared one after the other. */
int notice_lock(struct arena *a, struct db *db, const char *notice_id, struct notice_row *row);
/* All published at since_ms or later (VALUE_NONE: all), by (published, id), at most `most`. The instant itself counts: more may
 * have been published at it after it was last asked about. */
int notice_list(struct arena *a, struct db *db, int64_t since_ms, size_t most, struct notice_rows *rows);
#endif
