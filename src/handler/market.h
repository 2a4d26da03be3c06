/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The market as the hub sees it: notice → bids → clearing result (A6, D8). Results as in work.h; items are periods,
 * paths count from 1 and name the contracts' elements ("period[2]/segment[1]/priceCnyKwh"). A newer revision replaces
 * whole; if every period is refused nothing is stored and what stood before stays in force. */
#ifndef VGI_HANDLER_MARKET_H
#define VGI_HANDLER_MARKET_H
#include "handler/work.h"

/* Stores a notice. Whole: E_GATE_CLOSED (gate not ahead), E_REVISION (same or greater stored), E_TIME_FUTURE (trade
 * date further ahead than the rules allow). A period: E_TIME_ORDER (end not after start; begins before the gate
 * closes), E_TIME_GRID, E_BUSINESS_DATE (not within the trade date's business day), E_RANGE (window hold, demand 0),
 * E_NEGATIVE (demand, price cap), E_OVERLAP (with an earlier one of the message that was taken). */
int market_publish_notice(struct call *c, const struct trd_publish_market_notice *m);
/* Notices published after m->since (VALUE_NONE: all), oldest first. */
int market_fetch_notices(struct call *c, const struct agg_fetch_notices *m, struct agg_fetch_notices_response *answer);
/* Stores the principal's bid. Whole: E_UNKNOWN_NOTICE, E_GATE_CLOSED (now after it), E_REVISION, E_UNKNOWN_RESOURCE (no
 * ledger of this aggregator yet). A period: E_PERIOD (start, end and window are not one of the notice's),
 * E_DUPLICATE_ITEM, E_SEGMENT_ORDER (no segment; not numbered 1..n; price not above the one before), E_NEGATIVE
 * (price), E_PRICE_LIMIT (above the cap), E_RANGE (volume not above 0), E_ABOVE_RATING (volumes together above the
 * rated sum of the aggregator's piles). */
int market_submit_bid(struct call *c, const struct agg_submit_bid *m);
/* A bid entered at the trading platform for an aggregator, by the same rules; E_UNKNOWN_RESOURCE at "aggregatorId". Both
 * ways share one sequence of revisions. An aggregator's own bid is declared to the platform (DeclareBid), where the hub
 * has one to call; this one it knows. */
int market_submit_bid_for(struct call *c, const struct trd_submit_bid *m);
/* The bids in force for a notice (store/bid.h), by aggregator id. E_UNKNOWN_NOTICE. */
int market_query_bids(struct call *c, const struct trd_query_bids *m, struct trd_query_bids_response *answer);
/* Stores a clearing result. Whole: E_UNKNOWN_NOTICE, E_GATE_CLOSED (the gate is still open), E_REVISION,
 * E_RESOURCE_TAKEN (the clearing id belongs to another notice). A period: E_PERIOD, E_DUPLICATE_ITEM, E_NEGATIVE
 * (amount, price), E_PRICE_LIMIT, E_RANGE (more cleared than the bids in force offer). */
int market_submit_clearing(struct call *c, const struct trd_submit_clearing_result *m);
#endif
