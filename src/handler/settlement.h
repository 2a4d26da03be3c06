/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* From assessment to money (F7), by a rule set. */
#ifndef VGI_HANDLER_SETTLEMENT_H
#define VGI_HANDLER_SETTLEMENT_H
#include "handler/work.h"

/* One line of a statement. */
struct settlement_entry {
	const char *aggregator_id;
	int window, item;               /* enum window, enum settlement_item */
	int64_t period_end_ms, asked_wh, delivered_wh, energy_wh, price_e5, amount_fen;
};
struct settlement_day {
	int32_t date;
	const char *task_id, *rule_set;
	int64_t revision;
	struct settlement_entry *entry; size_t n;       /* by aggregator id, period, item */
};
/* Settles an assessed business day by any rules, without storing: for what-if and for the second rule set. E_NOTHING. */
int settlement_compute(struct work *w, const struct rules *rules, int32_t date, struct settlement_day *day);
/* The statement in force, with all lines. E_NOTHING. */
int settlement_load(struct work *w, int32_t date, struct settlement_day *day);
/* Scheduled: assesses and settles one task whose end has come (interval means of its last interval included, settle_ms after
 * it), stores revision 1, queues the progress message. 1 done, 0 nothing due. */
int settlement_due(struct work *w);
/* QuerySettlement of an aggregator (own) and of the trading platform (all, the platform's own account last). E_NOTHING. */
int settlement_query(struct call *call, const struct agg_query_settlement *in, struct agg_query_settlement_response *answer);
int settlement_query_all(struct call *call, const struct trd_query_settlement *in, struct trd_query_settlement_response *answer);
#endif
