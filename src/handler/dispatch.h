/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Dispatch tasks (F3): taken or refused with what would have been feasible, decomposed at their start from the energy
 * measured by then, told about. */
#ifndef VGI_HANDLER_DISPATCH_H
#define VGI_HANDLER_DISPATCH_H
#include "handler/work.h"

/* SubmitDispatchTask; items are points. Refused whole:
 * form: E_RANGE (value, reference or polarity other than mean, absolute, load; count; weight; a price in hold or none
 *   in shave and fill), E_TIME_GRID (step other than the rules', start off their grid), E_CURVE_LENGTH (count other
 *   than the number of points), E_CURVE_UNLABELLED (a point's number or end), E_NEGATIVE (target, price);
 * place: E_TIME_ANCIENT (starts before now), E_TIME_FUTURE, E_BUSINESS_DATE (reaches beyond its business day, or the
 *   header names another);
 * other tasks: E_TASK_CONFLICT (one for the same intervals; the same task has started), E_REVISION, E_RESOURCE_TAKEN
 *   (another sender's id). Until it starts a task is replaced whole by a newer revision of it;
 * market: E_UNKNOWN_NOTICE (the clearing named is not in force for the business date; none named: those in force
 *   bind), E_PRICE_LIMIT (not the cleared price; several prices in a window's part of a settlement period);
 * amount: E_ABOVE_CLEARED, E_ABOVE_POTENTIAL at each point whose change from the baseline last told goes beyond what
 *   was cleared or beyond the potential last told (or none was told), or against its window; hold leaves the baseline
 *   by 1 W at most. Then answer->feasible has the range of every point.
 * Any other is accepted, and followed as closely as needs and limits allow. With mode check nothing is stored (no item is),
 * and answer->feasible has the ranges of what would be taken too. */
int dispatch_submit_task(struct call *call, const struct dsp_submit_dispatch_task *in,
		struct dsp_submit_dispatch_task_response *answer);
/* CancelDispatchTask; the item is the task. From an instant on the task's grid that has not passed; until the task has
 * started, one at or before its start (or ever before) cancels it whole. The task ends there: what is left is followed,
 * assessed and settled as if it had been told so; one of which nothing is left is cancelled. Aggregators that still follow
 * get the curve up to there, as a new revision; progress "cancelled" is told. E_UNKNOWN_TASK (also another sender's),
 * E_TASK_CONFLICT (over), E_TIME_ANCIENT, E_TIME_FUTURE (at or behind its end), E_TIME_GRID. */
int dispatch_cancel_task(struct call *call, const struct dsp_cancel_dispatch_task *in,
		struct dsp_cancel_dispatch_task_response *answer);
/* QueryDispatchTask: figures as far as they are there; measured: intervals that ended settle_ms ago and were heard of.
 * E_UNKNOWN_TASK. */
int dispatch_query_task(struct call *call, const struct dsp_query_dispatch_task *in,
		struct dsp_query_dispatch_task_response *answer);
/* Scheduled: starts one task whose start has come and for which every aggregator's frame of that minute is in (or
 * settle_ms has passed): measures what each session got, decomposes, stores schedules, queues one control message an
 * aggregator and the progress message. Intervals that ended by the start are added up first, settle_ms or not. A vehicle
 * that stays beyond the task's end is to have its need by that end. 1: one was started, 0: none is due. */
int dispatch_start_due(struct work *w);
/* Scheduled: makes one revision that was noted (control_follow_due) and whose first interval begins, under the same
 * conditions as a start: what is left of the target is shared among those that still follow, from the energy measured by
 * then; those whose shares went back are taken as going on by the fallback they declared: the schedule they acknowledged
 * last, or uncontrolled if there is none; charging at once; nothing. Points before stay as they were. Whose curve
 * changes gets a control message of the new revision in place of what it has not answered yet. One that comes too late
 * for its interval is put off to the next. 1: one was made or put off, 0: none is due. */
int dispatch_revise_due(struct work *w);
#endif
