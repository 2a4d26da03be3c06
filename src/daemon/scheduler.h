/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Work that is due at a business time: totals for dispatch, interval means, the start and the end of tasks, settlement. Each
 * piece is one transaction that also marks it done, so a crash leaves all of it or nothing, and catching up after a pause
 * makes the same pieces in the same order. One pass runs at a time. */
#ifndef VGI_DAEMON_SCHEDULER_H
#define VGI_DAEMON_SCHEDULER_H
#include "handler/work.h"
#include "store/db.h"

struct answered;
struct scheduler;

/* Starts a thread that looks for due work every tick_ms of machine time, and then writes into the journal what was answered
 * meanwhile; `answered` outlives it. 0, E_MEMORY. */
int scheduler_start(const struct db_target *target, const struct hub *hub, struct answered *answered, int64_t tick_ms,
		    struct scheduler **s);
/* One pass now, in the caller's thread: everything due at the present business time is done when it returns 0. */
int scheduler_pass(struct scheduler *s);
/* In trial mode: stores ts_ms, moves business time to it, and makes a pass. 0; E_TIME_ORDER; E_STORE_*: nothing moved. */
int scheduler_set_time(struct scheduler *s, int64_t ts_ms);
void scheduler_stop(struct scheduler *s);       /* NULL allowed */
#endif
