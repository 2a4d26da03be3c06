/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Scheduled work on one task that must not stop the tasks behind it. */
#ifndef VGI_HANDLER_PARKING_H
#define VGI_HANDLER_PARKING_H
#include "handler/work.h"

/* Runs a piece of work in the transaction that is open. What it returns is returned (1 done, 0 not yet); of its errors only
 * those that have nothing to do with the task: database away, conflicts, out of memory, stopping. After any other one what it
 * did is undone, the task is set aside for a while (store/parked.h) with the reason, an alarm "task-parked" is raised the
 * first time, and the result is 1: look again, for the next task. */
int parking_run(struct work *w, const char *job, const char *task_id, int (*run)(void *arg), void *arg);
#endif
