/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the other sides say, as structs of model/messages.h made from the world and from what was planned. Message ids
 * follow from sender, day and purpose alone, so that a day played again says the same. Everything made lives in the
 * arena; texts of the world and of the arguments are referred to, not copied. Where there is an `items`, it becomes
 * how many items the answer must count. Pure; any thread. */
#ifndef VGI_SIM_MESSAGE_H
#define VGI_SIM_MESSAGE_H
#include "base/arena.h"
#include "model/messages.h"
#include "sim/plan.h"
#include "sim/world.h"

#define MESSAGE_TRADING "trading"       /* principals' names; an aggregator's is its id */
#define MESSAGE_DISPATCH "dispatch"

/* Who speaks in which day at which business time. */
struct message_from { struct arena *arena; const struct world *world; const char *sender; int64_t now_ms; };

/* Revision 1; id like "L-A1-20260610". */
struct header *message_header(const struct message_from *from, const char *id);
/* "20260610" */
const char *message_day(struct arena *a, int32_t date);

/* -- aggregators */
const struct agg_report_ledger *message_ledger(const struct message_from *from, size_t aggregator, int64_t *items);
const struct agg_report_sessions *message_sessions(const struct message_from *from, size_t aggregator, int64_t *items);
/* From its own baseline: it can go down by the three quarters that can wait, and up by as much again as runs, as far
 * as the stations carry. One item. */
const struct agg_report_capability *message_capability(const struct message_from *from, size_t aggregator,
	const int64_t baseline_w[WORLD_STEPS]);
/* For the periods of notice that it has anything to offer for. */
const struct agg_submit_bid *message_bid(const struct message_from *from, size_t aggregator,
	const struct notice *notice, const int64_t baseline_w[WORLD_STEPS], int64_t scale_ppm, int64_t *items);
/* Whether a control curve of so many values is followed. One item. */
const struct agg_acknowledge_control *message_control_answer(const struct message_from *from, const char *control_id,
	int64_t rows, enum decision decision);

/* One aggregator's minutes: made once, filled again and again. */
struct message_frame {
	const struct world_aggregator *is;
	struct header header;
	char id[40];
	struct agg_report_frame frame;
};
void message_frame_init(struct message_frame *f, struct arena *a, const struct world *w, size_t aggregator);
/* For the minute that ends at stamp_ms, sent then; power_w by pile of the world. items: f->frame.pile_id.n. */
void message_frame_fill(struct message_frame *f, int64_t stamp_ms, const int64_t *power_w);

/* -- trading platform */
/* All meters' readings of the day `back` days before the business day, a series a gapless run. */
const struct trd_submit_meter_data *message_meter_data(const struct message_from *from, int back, int64_t *items);
/* baseline_w: of all aggregators together, what dispatch expects. */
const struct trd_publish_market_notice *message_notice(const struct message_from *from,
	const int64_t baseline_w[WORLD_STEPS], int64_t *items);
const struct trd_submit_clearing_result *message_clearing(const struct message_from *from,
	const int64_t cleared_w[PLAN_PERIODS], int64_t *items);

/* -- dispatch system */
const char *message_task_id(const struct message_from *from, int number);       /* "T-20260610-2" */
/* cleared: by this side's clearing; else by those in force. */
const struct dsp_submit_dispatch_task *message_task(const struct message_from *from, int number,
	const struct plan_point point[PLAN_TASK_STEPS], bool cleared, int64_t *items);

/* Ids of the market's papers. */
const char *message_notice_id(const struct message_from *from);
const char *message_clearing_id(const struct message_from *from);
#endif
