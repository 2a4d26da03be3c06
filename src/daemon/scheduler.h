/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Work that is due at a business time: totals for dispatch, interval means, the start and the end of tasks, settlement. Each
 * piece is one transaction that also marks it done, so a crash leaves all of it or nothing, and catching up after a pause
 * makes the same pieces in the same order. One pass runs at a time. */
#ifndef VGI_DAEMON_SCHEDULER_H
#define VGI_DAEMON_SCHEDULER_H
#include "handler/work.h"
#include "store/db.h"

struct answered;
struct endpoint;
struct hub_book;
struct scheduler;

struct scheduler_config {
	struct db_target target;
	const struct hub *hub;
	struct hub_book *book;          /* jobs are given the hub in force there (handler/hub_book.h); NULL: hub */
	struct answered *answered;      /* written into the journal after each round of a pass; outlives the scheduler */
	const struct endpoint *endpoint;        /* whose file journal is replayed before anything due is done; NULL: there is none */
	int64_t tick_ms;                /* machine time between two looks for due work; up to a second while none is found */
	void (*committed)(void *arg);   /* told after each piece, which may have queued something; NULL: nobody */
	void *committed_arg;
};

/* Starts the thread that looks for due work. 0, E_MEMORY. */
int scheduler_start(const struct scheduler_config *config, struct scheduler **s);
/* Something may have become due: looks after at most tick_ms. Any thread; takes no time. */
void scheduler_wake(struct scheduler *s);
/* One pass now, in the caller's thread: everything due at the present business time is done when it returns 0. */
int scheduler_pass(struct scheduler *s);
/* In trial mode: stores ts_ms, moves business time to it, and makes a pass. E_TIME_ORDER: nothing moved. Any other error: it may
 * have moved, and what is due may not be done; the same call again goes on from there. */
int scheduler_set_time(struct scheduler *s, int64_t ts_ms);
/* Lets the piece that is being done end; passes give up with E_STOPPING. NULL allowed. */
void scheduler_stop(struct scheduler *s);
#endif
