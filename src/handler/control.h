/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Control curves on their way down (A5): fetched by the aggregator, acknowledged by it. */
#ifndef VGI_HANDLER_CONTROL_H
#define VGI_HANDLER_CONTROL_H
#include "handler/work.h"

/* FetchControl: what waits for this aggregator, oldest first; fetching marks it delivered. */
int control_fetch(struct call *call, const struct agg_fetch_control *in, struct agg_fetch_control_response *answer);
/* AcknowledgeControl. E_UNKNOWN_CONTROL (also for another aggregator's). */
int control_acknowledge(struct call *call, const struct agg_acknowledge_control *in);
#endif
