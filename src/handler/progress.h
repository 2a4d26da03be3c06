/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Tells the dispatch system how a task gets on. A shared service of dispatch and settlement. */
#ifndef VGI_HANDLER_PROGRESS_H
#define VGI_HANDLER_PROGRESS_H
#include "handler/work.h"
#include "store/task.h"

/* Queues PushTaskProgress: the task enters `state` at w->now_ms, with the deviations it holds. Nothing is queued if the
 * hub has no dispatch peer. */
int progress_tell(struct work *w, const struct task_row *task, enum task_state state);
/* The same for a task that is cancelled so that n of its points are left, none or more: state cancelled. */
int progress_tell_cancelled(struct work *w, const struct task_row *task, int n);
#endif
