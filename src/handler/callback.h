/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What is delivered to aggregators that can be called: notices as they are published, results when they are there (A6, A8).
 * The others ask for them. A shared service of handlers. */
#ifndef VGI_HANDLER_CALLBACK_H
#define VGI_HANDLER_CALLBACK_H
#include "handler/work.h"

/* Whether an aggregator runs a service of its own that the hub calls. */
bool callback_is_run(const struct hub *hub, const char *aggregator_id);
/* Queues DeliverNotice to each of them. */
int callback_notice(struct work *w, const struct notice *notice, int32_t revision);
/* Queues DeliverAssessment and DeliverSettlement of a settled business day to each of them that has lines in it.
 * revision: of the settlement. */
int callback_results(struct work *w, int32_t date, int64_t revision);
#endif
