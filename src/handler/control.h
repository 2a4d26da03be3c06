/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Control curves on their way down (A5): handed over, acknowledged or refused, and what is done when they are not. */
#ifndef VGI_HANDLER_CONTROL_H
#define VGI_HANDLER_CONTROL_H
#include "handler/work.h"

/* FetchControl: what waits for this aggregator, oldest first; fetching marks it delivered, and until it is acknowledged
 * or its deadline has passed it is given again. If nothing waits and waitS is not over, call->wait_ms and wait_key are
 * set. Sessions by id; those that touch no interval of the task are left out. */
int control_fetch(struct call *call, const struct agg_fetch_control *in, struct agg_fetch_control_response *answer);
/* AcknowledgeControl; the item is the control message. E_UNKNOWN_CONTROL (also for another aggregator's; expired,
 * withdrawn, or answered the other way before), E_RANGE at "rows": accepted with another number of schedule values than
 * it has. */
int control_acknowledge(struct call *call, const struct agg_acknowledge_control *in);
/* For n (≤ OUTBOX_FIND_MOST) acknowledgements that come together: looks their controls up at once, into call[i]->ahead. Whether
 * one is still open, the statement that answers it decides. 0, or an error of db.h. */
int control_acknowledge_ahead(struct call *const *call, const struct agg_acknowledge_control *const *in, size_t n);

/* Scheduled, in the caller's transaction: messages whose time is over are given up. Number given up: call again until it
 * is 0; or a negative error. */
int control_expire_due(struct work *w);
/* Scheduled: sees to one control message that was answered or given up, or gives one again. Refused, expired or parked,
 * while its task runs: the same curve is given again hub->control.retry_ms later under a new id, hub->control.tries times
 * in all and at latest latest_ms behind the begin of its first interval; then its share goes back (alarm
 * "share-returned"): a revision of the schedule is noted for the next interval. 1: one was; 0: nothing is due. */
int control_follow_due(struct work *w);
#endif
