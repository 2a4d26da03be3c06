/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/control.h"
#include <limits.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "store/control.h"
#include "store/outbox.h"
#include "store/schedule.h"
#include "store/task.h"

enum { CONTROLS_MOST = 10 };            /* in one answer; what is over comes with the next fetch */

/* What an aggregator does when it hears no more from the hub. Schedules run to each departure and keep every limit by
 * themselves, so the best without a hub is to go on with them; no rule set of a market decides this. */
static const enum fallback FALLBACK = FALLBACK_KEEP_SCHEDULE;

/* -- fetching */

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

static int make_control(struct work *w, const char *control_id, struct control *control)
{
	struct control_row row;
	struct task_row task;
	struct schedule schedule;
	int rc = control_find(w->arena, w->db, control_id, &row);

	if (rc == 0)
		rc = task_find(w->arena, w->db, row.task_id, &task);
	if (rc == 0)
		rc = schedule_load_of(w->arena, w->db, row.task_id, row.revision, row.aggregator_no, &schedule);
	if (rc < 0)
		return rc == E_NOTHING ? E_INTERNAL : rc;
	*control = (struct control){
		.control_id = arena_strdup(w->arena, control_id), .task_id = arena_strdup(w->arena, row.task_id),
		.revision = { row.revision }, .grid = ARENA_NEW(w->arena, struct grid), .fallback = FALLBACK,
		.total_w = { task.grid.n, ARENA_ARRAY(w->arena, (size_t)task.grid.n, struct watt) }
	};
	*control->grid = (struct grid){ { task.grid.start_ms }, { task.grid.step_ms / MS_MINUTE }, { task.grid.n },
		CURVE_VALUE_MEAN, CURVE_REFERENCE_ABSOLUTE, POLARITY_LOAD };
	add_sessions(w->arena, &schedule, control);
	return 0;
}

int control_fetch(struct call *c, const struct agg_fetch_control *m, struct agg_fetch_control_response *answer)
{
	struct work *w = &c->w;
	struct outbox_list list;
	int rc = outbox_fetch(w->arena, w->db, c->principal, CONTROL_OPERATION, 0, CONTROLS_MOST, SIZE_MAX, &list);

	(void)m;
	if (rc < 0)
		return rc;
	answer->control = ARENA_ARRAY(w->arena, list.n, struct control);
	for (size_t i = 0; i < list.n && rc == 0; i++) {
		rc = make_control(w, list.item[i].message_id, &answer->control[i]);
		if (rc == 0)
			rc = outbox_delivered(w->db, list.item[i].seq, clock_machine_us());
		answer->n_control += rc == 0;
	}
	/* expired between look and note: it is no longer there */
	return rc == E_NOTHING ? E_STORE_CONFLICT : rc;
}

/* -- given up */

int control_expire_due(struct work *w)
{
	int64_t n = 0;
	int rc = outbox_expire(w->db, w->now_ms, &n);

	if (rc < 0 || n == 0)
		return rc;
	log_warn("outbox-expired", "messages=%lld", (long long)n);
	return n > INT_MAX ? INT_MAX : (int)n;
}

/* -- acknowledging */

static int find_own(struct call *c, const char *control_id, struct outbox_message *message)
{
	int rc = outbox_find(c->w.arena, c->w.db, control_id, message);

	if (rc < 0 && rc != E_NOTHING)
		return rc;
	if (rc == 0 && strcmp(message->peer, c->principal) == 0 && strcmp(message->operation, CONTROL_OPERATION) == 0)
		return 0;
	return refuse_item(c, E_UNKNOWN_CONTROL, NULL, "controlId");
}

int control_acknowledge(struct call *c, const struct agg_acknowledge_control *m)
{
	bool accepted = m->decision == DECISION_ACCEPTED;
	struct outbox_message message;
	int rc = find_own(c, m->control_id, &message);

	c->items_in = 1;
	if (rc < 0)
		return rc;
	if (accepted && m->rows.v != message.items)
		return refuse_item(c, E_RANGE, arena_printf(c->w.arena, "%d, it has %lld schedule values", m->rows.v,
			(long long)message.items), "rows");
	rc = outbox_answered(c->w.db, message.seq, accepted, accepted ? message.items : 0, NULL, 0, clock_machine_us());
	if (rc == E_NOTHING)
		return refuse_item(c, E_UNKNOWN_CONTROL, "it is expired or was answered otherwise", "controlId");
	if (rc < 0)
		return rc;
	if (!accepted)
		log_warn("control-refused", "control=%s reason=%s", m->control_id,
			m->n_diagnostic > 0 ? m->diagnostic[0].code : "-");
	c->items_stored = 1;
	return 0;
}
