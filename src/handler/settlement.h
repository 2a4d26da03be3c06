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
	uint32_t aggregator_no;
};
struct settlement_day {
	int32_t date;
	const char *task_id, *rule_set;
	int64_t revision;               /* 0: computed, not stored */
	struct settlement_entry *entry; size_t n;       /* by aggregator id, period, window (shave before fill), item */
};
/* Settles an assessed business day, all tasks of it, by any rules' settlement section, without storing: for what-if and
 * for the second rule set. A response and a shortfall line for every aggregator, period and window, also when 0.
 * E_NOTHING; E_PERIOD: the rules' settlement period holds several prices or is no multiple of the step. */
int settlement_compute(struct work *w, const struct rules *rules, int32_t date, struct settlement_day *day);
/* The statement in force, with all lines. E_NOTHING. */
int settlement_load(struct work *w, int32_t date, struct settlement_day *day);
/* Scheduled: assesses and settles one started task whose business day is over (settle_ms ago, so that charging of all
 * its sessions has ended, and every interval of it added up). Stores the day's next revision, with the lines of all its
 * tasks: 1 for the first. Queues the progress messages "ended" and "settled", and the results to aggregators that can be called.
 * 1 done, 0 nothing due. */
int settlement_due(struct work *w);
/* One aggregator's statement in force. E_NOTHING: none, or it has no line in it. */
int settlement_statement(struct work *w, int32_t date, const char *aggregator_id, struct statement *statement);
/* QuerySettlement of an aggregator (own) and of the trading platform (all, the platform's own account last), of the
 * header's business date (absent: today's). E_NOTHING at path "header/businessDate". */
int settlement_query(
	struct call *call, const struct agg_query_settlement *in, struct agg_query_settlement_response *answer);
int settlement_query_all(
	struct call *call, const struct trd_query_settlement *in, struct trd_query_settlement_response *answer);
/* QuerySettlement of dispatch: all accounts, or one aggregator's; E_UNKNOWN_RESOURCE at "aggregatorId": it has no
 * statement of that day. */
int settlement_query_dispatch(
	struct call *call, const struct dsp_query_settlement *in, struct dsp_query_settlement_response *answer);
#endif
