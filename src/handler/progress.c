/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/progress.h"
#include "handler/message_id.h"
#include "handler/push.h"

static int tell(struct work *w, const struct task_row *task, enum task_state state, const char *id)
{
	struct header header = { .trace_id = arena_strdup(w->arena, w->trace_id),
		.sender = arena_strdup(w->arena, w->hub->name),
		.created_at = { w->now_ms },
		.revision = { task->told_revision },
		.business_date = { task->business_date } };
	struct dsk_push_task_progress message = { .header = &header,
		.task_id = arena_strdup(w->arena, task->task_id),
		.state = state,
		.at = { w->now_ms },
		.planned_deviation_w = { task->plan.planned_deviation_w },
		.least_deviation_w = { task->plan.least_deviation_w },
		.measured_deviation_w = { task->measured_deviation_w } };

	header.message_id = arena_strdup(w->arena, id);
	return push_queue(w, &(struct push_message){ .peer = w->hub->dispatch_peer, .kind = OUTGOING_PUSH_TASK_PROGRESS,
		.header = &header, .message = &message, .items = 1, .expires_ms = VALUE_NONE });
}

int progress_tell(struct work *w, const struct task_row *task, enum task_state state)
{
	const char *id;
	int rc = message_id_progress(w->arena, task->task_id, task->told_revision, state, &id);

	return rc < 0 ? rc : tell(w, task, state, id);
}

int progress_tell_cancelled(struct work *w, const struct task_row *task, int n)
{
	const char *id;
	int rc = message_id_cancelled(w->arena, task->task_id, task->told_revision, n, &id);

	return rc < 0 ? rc : tell(w, task, TASK_STATE_CANCELLED, id);
}
