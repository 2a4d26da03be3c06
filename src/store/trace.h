/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* From any id somebody has at hand to the trace ids of the matter. */
#ifndef VGI_STORE_TRACE_H
#define VGI_STORE_TRACE_H
#include "base/arena.h"
#include "store/db.h"

struct trace_ids { const char **id; size_t n; };

/* id: a trace id, a message id of the journal (of any sender) or of the outbox, or a task id: then the message that brought
 * the task and all control messages made of it. By trace id, none twice; n = 0: nothing has it. Errors: db.h. */
int trace_find(struct arena *a, struct db *db, const char *id, struct trace_ids *ids);

/* A task's way from its message to the settlement, step by step in the order in which they happened: task-received, task-checked,
 * task-stored, decomposed; control-queued, control-sent, control-delivered, control-accepted / -rejected / -expired / -parked per
 * control message; frames-first, frames-last per aggregator, of the frames stamped within the task, by which it was executed;
 * assessed, settled. What has not happened has no step. */
struct trace_step {
	const char *stage;
	const char *party;              /* who said or got it; "hub" */
	const char *id;                 /* message, task, rule set */
	int64_t at_us;                  /* machine time */
	int64_t n;                      /* bytes of a message, frames, points, lines; VALUE_NONE */
};
struct trace_steps { struct trace_step *item; size_t n; };
int trace_task(struct arena *a, struct db *db, const char *task_id, struct trace_steps *steps);

/* P7, upward: each frame stamped from_ms < stamp ≤ to_ms, with the message that brought it; machine times. By stamp. */
struct trace_frame { const char *sender, *message_id; int64_t ts_ms, received_us, checked_us, stored_us; };
struct trace_frames { struct trace_frame *item; size_t n; };
int trace_frames(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, struct trace_frames *frames);
/* P7, downward: each control message of the tasks of a business date, with the times of the task's message, of the work at its
 * start, and its own; VALUE_NONE: not yet. A later revision has no start of its own: VALUE_NONE. By control id. */
struct trace_control {
	const char *task_id, *control_id, *aggregator_id;
	int64_t received_us, stored_us, begun_us, queued_us, delivered_us, answered_us;
};
struct trace_controls { struct trace_control *item; size_t n; };
int trace_controls(struct arena *a, struct db *db, int32_t date, struct trace_controls *controls);
#endif
