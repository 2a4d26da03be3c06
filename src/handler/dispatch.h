/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Dispatch tasks (F3): taken or refused with what would have been feasible, decomposed at their start from the energy measured
 * by then, told about. */
#ifndef VGI_HANDLER_DISPATCH_H
#define VGI_HANDLER_DISPATCH_H
#include "handler/work.h"

/* SubmitDispatchTask. Refused whole: grid or points that do not fit each other (E_CURVE_LENGTH, E_CURVE_UNLABELLED,
 * E_TIME_GRID, E_RANGE), a start in the past (E_TIME_ANCIENT), an unknown clearing (E_UNKNOWN_NOTICE), another task for the
 * same intervals (E_TASK_CONFLICT), a price other than the cleared one (E_PRICE_LIMIT), a change from baseline beyond the cleared amount (E_ABOVE_CLEARED) or beyond the
 * potential last told (E_ABOVE_POTENTIAL); for the last two answer->feasible has the range of every point. */
int dispatch_submit_task(struct call *call, const struct dsp_submit_dispatch_task *in, struct dsp_submit_dispatch_task_response *answer);
/* QueryDispatchTask. E_UNKNOWN_TASK. */
int dispatch_query_task(struct call *call, const struct dsp_query_dispatch_task *in, struct dsp_query_dispatch_task_response *answer);
/* Scheduled: starts one task whose start has come and for which every aggregator's frame of that minute is in (or settle_ms has
 * passed): measures what each session got, decomposes, stores schedules, queues one control message an aggregator and the
 * progress message. 1: one was started, 0: none is due. */
int dispatch_start_due(struct work *w);
#endif
