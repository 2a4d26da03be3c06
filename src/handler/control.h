/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Control curves on their way down (A5): fetched by the aggregator, acknowledged by it. */
#ifndef VGI_HANDLER_CONTROL_H
#define VGI_HANDLER_CONTROL_H
#include "handler/work.h"

/* FetchControl: what waits for this aggregator, oldest first; fetching marks it delivered, and until it is acknowledged
 * or its task is over it is given again. Sessions by id; those that touch no interval of the task are left out. */
int control_fetch(struct call *call, const struct agg_fetch_control *in, struct agg_fetch_control_response *answer);
/* AcknowledgeControl; the item is the control message. E_UNKNOWN_CONTROL (also for another aggregator's; expired, or
 * answered the other way before), E_RANGE at "rows": accepted with another number of schedule values than it has. */
int control_acknowledge(struct call *call, const struct agg_acknowledge_control *in);
/* Scheduled, in the caller's transaction: messages whose time is over, as controls' is with their task, are given up.
 * Number given up: call again until it is 0; or a negative error. */
int control_expire_due(struct work *w);
#endif
