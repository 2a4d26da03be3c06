/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/control_send.h"
#include "base/error.h"
#include "handler/callback.h"
#include "handler/message_id.h"
#include "handler/push.h"
#include "handler/series.h"
#include "store/ledger.h"
#include "store/schedule.h"

/* -- what stands in one */

/* Schedules run to each departure and keep every limit by themselves, so who declared nothing is to go on with them. */
int control_fallback(struct work *w, const char *aggregator_id, enum fallback *fallback)
{
	int declared = -1;
	int rc = ledger_fallback(w->db, aggregator_id, &declared);

	*fallback = declared < 0 ? FALLBACK_KEEP_SCHEDULE : (enum fallback)declared;
	return rc;
}

/* The sessions that touch the task's intervals, and what they add up to. */
static void add_sessions(struct arena *a, const struct schedule *schedule, struct control *control)
{
	control->session = ARENA_ARRAY(a, schedule->n, struct control_session);
	for (size_t i = 0; i < schedule->n; i++) {
		const struct schedule_row *row = &schedule->item[i];

		if (row->n == 0)
			continue;
		control->session[control->n_session++] = (struct control_session){
			.session_id = arena_strdup(a, row->session_id), .pile_id = arena_strdup(a, row->pile_id),
			.first = { row->first + 1 }, .power_w = series_watts(a, row->power_w, row->n)
		};
		for (int k = 0; k < row->n; k++)
			control->total_w.item[row->first + k].v += row->power_w[k];
	}
}

int control_make(struct work *w, const struct control_row *row, struct control *control)
{
	struct task_row task;
	struct schedule schedule;
	enum fallback fallback = FALLBACK_KEEP_SCHEDULE;
	int rc = task_find(w->arena, w->db, row->task_id, &task);

	if (rc == 0)
		rc = schedule_load_of(w->arena, w->db, row->task_id, row->revision, row->aggregator_no, &schedule);
	if (rc == 0)
		rc = control_fallback(w, row->aggregator_id, &fallback);
	if (rc < 0)
		return rc == E_NOTHING ? E_INTERNAL : rc;
	*control = (struct control){
		.control_id = arena_strdup(w->arena, row->control_id), .task_id = arena_strdup(w->arena, row->task_id),
		.revision = { row->revision },
		.grid = series_grid(w->arena, &task.grid, CURVE_REFERENCE_ABSOLUTE), .fallback = fallback,
		.valid_from = { timegrid_begin(&task.grid, row->first_no < task.grid.n ? row->first_no : 0) },
		.valid_until = { timegrid_begin(&task.grid, task.grid.n) },
		.total_w = { task.grid.n, ARENA_ARRAY(w->arena, (size_t)task.grid.n, struct watt) }
	};
	add_sessions(w->arena, &schedule, control);
	return 0;
}

/* -- queueing */

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t control_latest_ms(const struct work *w, const struct task_row *task, int first_no)
{
	int64_t begin_ms = timegrid_begin(&task->grid, first_no);

	return (begin_ms > w->now_ms ? begin_ms : w->now_ms) + w->hub->control.latest_ms;
}

/* A curve that is over already tells that a task was cancelled: the task's end gives it no deadline. */
static int64_t deadline_ms(const struct work *w, const struct task_row *task, const struct control_row *row)
{
	int64_t until_ms = earlier(row->latest_ms, w->now_ms + w->hub->control.acknowledge_ms);

	return control_is_cancellation(task, row) ? until_ms
						  : earlier(until_ms, timegrid_begin(&task->grid, task->grid.n));
}

bool control_is_cancellation(const struct task_row *task, const struct control_row *row)
{
	return row->first_no >= task->grid.n || task->state == TASK_STATE_CANCELLED;
}

/* To who can be called: the whole message. */
static int queue_push(struct work *w, const struct task_row *task, struct control_row *row)
{
	struct control *control = ARENA_NEW(w->arena, struct control);
	struct acb_deliver_control message = { push_header(w, row->control_id), control };
	int rc = control_make(w, row, control);

	if (rc < 0)
		return rc;
	message.header->business_date.v = task->business_date;
	return push_queue(w, &(struct push_message){ .peer = row->aggregator_id, .kind = OUTGOING_DELIVER_CONTROL,
		.header = message.header, .message = &message, .items = row->items,
		.expires_ms = deadline_ms(w, task, row) });
}

/* To the others without a body: a fetch is answered from the schedule. */
static int queue_fetch(struct work *w, const struct task_row *task, struct control_row *row)
{
	return outbox_put(w->db,
		&(struct outbox_message){ .peer = row->aggregator_id,
			.operation = CONTROL_OPERATION,
			.message_id = row->control_id,
			.trace_id = w->trace_id,
			.caused_by_seq = w->seq,
			.channel = OUTBOX_FETCH,
			.body = "",
			.body_n = 0,
			.items = row->items,
			.created_ms = w->now_ms,
			.expires_ms = deadline_ms(w, task, row) },
		NULL);
}

int control_queue(struct work *w, const struct task_row *task, struct control_row *row)
{
	int rc = message_id_control(w->arena, task->task_id, row->revision, row->aggregator_id, row->attempt,
		&row->control_id);

	if (rc == 0)
		rc = control_put(w->db, row);
	if (rc < 0)
		return rc;
	return callback_is_run(w->hub, row->aggregator_id) ? queue_push(w, task, row) : queue_fetch(w, task, row);
}
