/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* How far a message has come (QueryMessageStatus). */
#ifndef VGI_HANDLER_MESSAGE_STATUS_H
#define VGI_HANDLER_MESSAGE_STATUS_H
#include "handler/work.h"

/* The caller's own message with this id, or the hub's to it; direction NULL: whichever there is, its own first. An id that nobody
 * has seen and one of somebody else's are answered alike. Times are machine time. In the call's arena. Results as handler/work.h
 * says. */
int message_status_tell(struct call *c, const char *message_id, const enum message_direction *direction, struct message_status **status);

int message_status_aggregator(struct call *c, const struct agg_query_message_status *m, struct agg_query_message_status_response *answer);
int message_status_trading(struct call *c, const struct trd_query_message_status *m, struct trd_query_message_status_response *answer);
int message_status_dispatch(struct call *c, const struct dsp_query_message_status *m, struct dsp_query_message_status_response *answer);
#endif
