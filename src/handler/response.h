/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* How the hub as one unit answered a task, reported to the trading platform (D2, D8). */
#ifndef VGI_HANDLER_RESPONSE_H
#define VGI_HANDLER_RESPONSE_H
#include "handler/work.h"

/* Queues ReportResponse for an assessed task ("RR-<task>"): for each shave or fill interval the sums over the
 * aggregators of what was asked, measured and delivered, and of their baselines; valid where all of them are. Energy is
 * delivered power times the interval, rounded half away from zero once. Nothing without a peer, or of a task with
 * nothing but hold. */
int response_report(struct work *w, const char *task_id);
#endif
