/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Data recalled by dispatch (D6). */
#ifndef VGI_HANDLER_RECALL_H
#define VGI_HANDLER_RECALL_H
#include "handler/work.h"

/* Longest span; most messages of one recall; most events of one. */
enum { RECALL_DAYS = 7, RECALL_MESSAGES_MOST = 2000, RECALL_EVENTS_MOST = 20000 };

/* Queues again what was or would have been pushed in [from, to): operation — the totals of each minute stamped in it,
 * made anew from the frames as they stand now, late ones included; potential — what was told in it; plan — what was
 * reported in it; events — what happened in it. Each has a message id of its own ("RC-<sender>/<request>-<n>", of a plan
 * "PL-RC-…"), so that it is not taken for a repetition, and the request's as correlation id. The answer names the recall
 * (message id of the request) and how many messages follow. Whole message: E_TIME_ORDER, E_TIME_FUTURE (to lies ahead), E_TIME_ANCIENT (longer ago than the rules'
 * history), E_TOO_MANY (a span of more than RECALL_DAYS, of more than RECALL_MESSAGES_MOST messages or RECALL_EVENTS_MOST events),
 * E_UNKNOWN_RESOURCE (resourceId is no aggregator; operation and plan only), E_NOTHING (no peer to push to). */
int recall_data(struct call *c, const struct dsp_recall_data *m, struct dsp_recall_data_response *answer);
#endif
