/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/control_send.h"
#include "base/error.h"
#include "handler/message_id.h"
#include "store/schedule.h"

/* -- what stands in one */

/* Schedules run to each departure and keep every limit by themselves, so the best without a hub is to go on with them. */
int control_fallback(struct work *w, const char *aggregator_id, enum fallback *fallback)
{
	(void)w;
	(void)aggregator_id;
	*fallback = FALLBACK_KEEP_SCHEDULE;
	return 0;
}

static struct watt_list watts(struct arena *a, const int64_t *power_w, int n)
{
	struct watt_list list = { n, ARENA_ARRAY(a, (size_t)n, struct watt) };

	for (int i = 0; i < n; i++)
		list.item[i].v = power_w[i];
	return list;
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
			.first = { row->first + 1 }, .power_w = watts(a, row->power_w, row->n)
		};
		for (int k = 0; k < row->n; k++)
			control->total_w.item[row->first + k].v += row->power_w[k];
	}
}

int control_make(struct work *w, const struct control_row *row, struct control *control)
{
	struct task_row task;
	struct schedule schedule;
	int rc = task_find(w->arena, w->db, row->task_id, &task);

	if (rc == 0)
		rc = schedule_load_of(w->arena, w->db, row->task_id, row->revision, row->aggregator_no, &schedule);
	if (rc < 0)
		return rc == E_NOTHING ? E_INTERNAL : rc;
	*control = (struct control){
		.control_id = arena_strdup(w->arena, row->control_id), .task_id = arena_strdup(w->arena, row->task_id),
		.revision = { row->revision }, .grid = ARENA_NEW(w->arena, struct grid), .fallback = FALLBACK_KEEP_SCHEDULE,
		.valid_from = { task.grid.start_ms }, .valid_until = { task.grid.start_ms + task.grid.n * task.grid.step_ms },
		.total_w = { task.grid.n, ARENA_ARRAY(w->arena, (size_t)task.grid.n, struct watt) }
	};
	*control->grid = (struct grid){ { task.grid.start_ms }, { task.grid.step_ms / MS_MINUTE }, { task.grid.n },
		CURVE_VALUE_MEAN, CURVE_REFERENCE_ABSOLUTE, POLARITY_LOAD };
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

int control_queue(struct work *w, const struct task_row *task, const char *aggregator_id, struct control_row *row)
{
	int64_t until_ms = earlier(row->latest_ms, timegrid_begin(&task->grid, task->grid.n));
	int rc = message_id_control(w->arena, task->task_id, row->revision, aggregator_id, row->attempt, &row->control_id);

	if (rc == 0)
		rc = control_put(w->db, row);
	if (rc < 0)
		return rc;
	/* no body: a fetch is answered from the schedule */
	return outbox_put(w->db,
		&(struct outbox_message){ .peer = aggregator_id,
			.operation = CONTROL_OPERATION,
			.message_id = row->control_id,
			.trace_id = w->trace_id,
			.caused_by_seq = w->seq,
			.channel = OUTBOX_FETCH,
			.body = "",
			.body_n = 0,
			.items = row->items,
			.created_ms = w->now_ms,
			.expires_ms = earlier(until_ms, w->now_ms + w->hub->control.acknowledge_ms) },
		NULL);
}
