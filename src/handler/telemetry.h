/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Telemetry of piles: taken in, added up to intervals, passed on as totals to dispatch (F8, P5, P7). */
#ifndef VGI_HANDLER_TELEMETRY_H
#define VGI_HANDLER_TELEMETRY_H
#include "handler/work.h"

/* One minute of one aggregator; items are samples. Whole message: E_COLUMN_LENGTH, E_TOO_MANY (more than
 * TELEMETRY_SAMPLES_MAX), E_RANGE (period other than the rules'), E_TIME_GRID (stamp off the whole periods),
 * E_TIME_ANCIENT (beyond hub's sample_past_ms; of a settled business day) and E_TIME_FUTURE (sample_future_ms). Items: E_UNKNOWN_RESOURCE "pileId[17]",
 * E_DUPLICATE_ITEM "pileId[17]" (the first counts), E_NEGATIVE and E_ABOVE_RATING "powerKw[17]". Polarity GEN is turned
 * round before anything is checked.
 * A further message for the same aggregator and minute completes the frame: where both have a pile the greater revision
 * counts, of equal ones the later arrival; one of an older revision is refused, E_REVISION "powerKw[17]". What each said is
 * kept. Jumps are judged against the frames before this one (at most jump_accept + 1 of them, none older than an
 * hour), as they are stored now. A frame of which no sample is good leaves nothing behind. */
int telemetry_report_frame(struct call *c, const struct agg_report_frame *m);

/* Scheduled, in the caller's transaction. Adds up every interval of the rules' grid that ended settle_ms ago or
 * earlier and for which frames came since it was last added up; at most 64 (aggregator, interval) a call. Number
 * closed: call again until it is 0; or a negative error. */
int telemetry_close_intervals(struct work *w);

/* Scheduled, in the caller's transaction. Queues PushOperation to dispatch for each minute M with M + settle_ms ≤ now,
 * in order, each once (job TELEMETRY_PUSH_JOB, due_key M in ms, 13 digits); at most 60 a call. Number queued: call
 * again until it is 0; or a negative error. Without a dispatch_peer nothing is due.
 * Minutes are due from the first frame on, without gap while any aggregator has a frame stamped in the hour that ends
 * with M: a silent aggregator is told with quality 64, a silent hub falls silent after an hour and goes on with the
 * next frame.
 * A minute of which frames came after it was pushed is pushed again with a later minute's totals if its own are not those told
 * last: under id "OP-20260610T1801-2", with the next revision; oldest first, at most TELEMETRY_CORRECTIONS with one minute, and
 * none stamped hub->correct_ms ago or earlier: these are only recalled. A minute before the first one pushed, or in an hour's
 * silence, is told likewise, as revision 1.
 * Point "*" is all piles, the others are the aggregators by id: sum of the raw values of the piles in service; members
 * are those piles, heard those of them with a sample. The message id is telemetry_push_id, its createdAt M + settle_ms.
 * The time from a frame's received_us to outbox.created_us of message telemetry_push_id(frame.ts_ms) is P7's figure. */
int telemetry_push_operation(struct work *w);
#define TELEMETRY_PUSH_JOB "push-operation"
enum { TELEMETRY_PUSH_ID = 32, TELEMETRY_CORRECTIONS = 60 };
/* "OP-20260610T1201": minute M in the rules' zone. buf ≥ TELEMETRY_PUSH_ID; returns buf. */
char *telemetry_push_id(const struct rules *rules, int64_t ts_ms, char *buf);

/* Queues the totals of a minute once more, made anew from its frames as they stand, under a message id of its own; of one
 * aggregator, or (NULL) as they were pushed first. Its revision: the next one if they are not those told last. */
int telemetry_push_again(struct work *w, int64_t ts_ms, const char *aggregator_id, const char *message_id);

/* Begin of the interval in which a sample stamped ts_ms ends: begin < stamp ≤ end. */
int64_t telemetry_interval(const struct rules *rules, int64_t ts_ms);

/* 1 if every aggregator that has piles in service has a frame stamped ts_ms, 0 if not, or a negative error. */
int telemetry_minute_complete(struct work *w, int64_t ts_ms);
#endif
