/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Bids of aggregators to notices: every revision is kept, the greatest of an aggregator and notice is in force. Errors
 * besides those named: db.h. */
#ifndef VGI_STORE_BID_H
#define VGI_STORE_BID_H
#include "base/arena.h"
#include "model/types.h"
#include "store/db.h"

struct bid_row {
	uint32_t aggregator_no;
	const char *notice_id, *bid_id;
	int32_t revision;
	int64_t submitted_ms, seq;
	const struct bid_period *period; size_t n_period;       /* no start twice */
};

/* In a transaction. E_DUPLICATE_KEY: this aggregator's revision for the notice stands already. */
int bid_save(struct arena *a, struct db *db, const struct bid_row *bid);
/* The revision in force of an aggregator for a notice. 0 or E_NOTHING. */
int bid_revision(struct db *db, uint32_t aggregator_no, const char *notice_id, int32_t *revision);

/* The bids in force for a notice, by aggregator id, their periods by start, segments by number. What no longer fits the
 * notice after a newer revision of it (another period or window, a price above the cap) is not in force and left out,
 * and so is a bid of which nothing is left. */
struct bid_offers { struct offer *item; size_t n; };
int bid_in_force(struct arena *a, struct db *db, const char *notice_id, struct bid_offers *offers);
/* Σ volume_w over the offers' segments for the period that begins at start_ms; INT64_MAX if it does not fit. Pure. */
int64_t bid_volume_w(const struct bid_offers *offers, int64_t start_ms);
#endif
