/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The adjustable potential, pushed to dispatch (F1, D3). */
#ifndef VGI_HANDLER_POTENTIAL_PUSH_H
#define VGI_HANDLER_POTENTIAL_PUSH_H
#include "handler/work.h"
#include "store/potential.h"

/* Scheduled, in the caller's transaction: once in every stretch of hub->potential_push_ms (counted from the epoch) the
 * potential of today's business date, total of all aggregators as curve "*", as QueryPotential would answer now; what is
 * pushed binds like what is asked. Stretches missed are not made up. Of a day without a baseline nothing is pushed.
 * 1 done, 0 nothing due. Message id "PP-<begin of the stretch>". */
int potential_push_due(struct work *w);

/* Queues what was told under a message id. */
int potential_push(struct work *w, const char *message_id, const struct potential_told *told);
#endif
