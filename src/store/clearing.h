/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Clearing results of the market for the hub as one unit, the newest revision of each clearing id. What is read lives
 * in the arena. Errors besides those named: db.h. */
#ifndef VGI_STORE_CLEARING_H
#define VGI_STORE_CLEARING_H
#include "base/arena.h"
#include "model/types.h"
#include "store/db.h"

/* period: by start; window shave or fill, cleared_w ≥ 0 in the window's direction. */
struct clearing_row {
	const char *clearing_id, *notice_id;
	int32_t revision;
	int64_t received_ms, seq;
	struct cleared_period *period; size_t n_period;
};
struct clearing_rows { struct clearing_row *item; size_t n; };

/* In a transaction: takes the place of whatever stands under the same id, periods included. */
int clearing_save(struct db *db, const struct clearing_row *row);
/* 0 or E_NOTHING. */
int clearing_find(struct arena *a, struct db *db, const char *clearing_id, struct clearing_row *row);
/* What binds tasks of a trade date: for each of its notices the clearing received last (of those received at one
 * instant the greater revision, then the greater id), by notice id. n = 0: nothing was cleared. */
int clearing_in_force(struct arena *a, struct db *db, int32_t trade_date, struct clearing_rows *rows);
/* The cleared period that covers [begin_ms, end_ms) whole, NULL if none does. In no clearing of one notice there are
 * two. Pure. */
const struct cleared_period *clearing_period_at(const struct clearing_row *row, int64_t begin_ms, int64_t end_ms);
#endif
