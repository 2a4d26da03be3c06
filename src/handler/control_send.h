/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Control curves as messages: what stands in one, and how one is queued. A shared service of dispatch and control. */
#ifndef VGI_HANDLER_CONTROL_SEND_H
#define VGI_HANDLER_CONTROL_SEND_H
#include "handler/work.h"
#include "store/control.h"
#include "store/task.h"

/* Why a share went back, where the aggregator gave no code of its own. */
#define CONTROL_REFUSED "refused"
#define CONTROL_NOT_ACKNOWLEDGED "not-acknowledged"
#define CONTROL_UNANSWERABLE "unanswerable"

/* The first point of a task that begins at now_ms or later; its n if none does. Pure. */
int control_next_point(const struct timegrid *grid, int64_t now_ms);
/* What an aggregator's vehicles do when it hears no more from the hub. 0, or an error of db.h. */
int control_fallback(struct work *w, const char *aggregator_id, enum fallback *fallback);
/* Business time by which a curve that is new from point first_no on, made now, must be acknowledged. */
int64_t control_latest_ms(const struct work *w, const struct task_row *task, int first_no);
/* Queues one attempt to hand its revision to an aggregator, to be pushed where it can be called, else to be fetched: all
 * of *row that is written but its id is set, items and aggregator_id too; the id becomes that of task, revision, aggregator
 * and attempt. Gives it up at the attempt's deadline, row->latest_ms or the task's end, whichever comes first. The schedule
 * is stored already. */
int control_queue(struct work *w, const struct task_row *task, struct control_row *row);
/* Whether a curve says only that its task is over: what is left of the task ends before the curve's first point. */
bool control_is_cancellation(const struct task_row *task, const struct control_row *row);
/* What is told with it: the whole curve, what has passed as it was in force. Sessions by id; those that touch no
 * interval of the task are left out. */
int control_make(struct work *w, const struct control_row *row, struct control *control);
#endif
