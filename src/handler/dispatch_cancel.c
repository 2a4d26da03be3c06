/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* CancelDispatchTask: a task ends earlier than it was told to, or does not begin. What was done stays. */
#include <string.h>
#include "base/error.h"
#include "base/log.h"
#include "handler/dispatch.h"
#include "handler/dispatch_control.h"
#include "handler/dispatch_plan.h"
#include "handler/progress.h"
#include "store/control.h"
#include "store/revision.h"

struct cancel {
	struct call *c;
	struct task_row task;
	int left;                       /* points that stay */
};

/* -- what can be taken back */

static int find(struct cancel *x, const struct dsp_cancel_dispatch_task *m)
{
	struct call *c = x->c;
	int rc = task_lock(c->w.arena, c->w.db, m->task_id, &x->task);

	if (rc == E_NOTHING || (rc == 0 && strcmp(x->task.sender, c->principal) != 0))
		return refuse_item(c, E_UNKNOWN_TASK, NULL, "taskId");
	if (rc == 0 && x->task.state != TASK_STATE_ACCEPTED && x->task.state != TASK_STATE_STARTED)
		return refuse_item(c, E_TASK_CONFLICT, "it is over, or cancelled already", "taskId");
	return rc;
}

/* An interval that has begun is not given back; before the task began all of it can be. */
static int place(struct cancel *x, int64_t from_ms)
{
	const struct timegrid *g = &x->task.grid;

	if (from_ms <= g->start_ms && x->task.state == TASK_STATE_ACCEPTED && g->start_ms > x->c->w.now_ms)
		return 0;
	if (from_ms < x->c->w.now_ms || from_ms < g->start_ms)
		return refuse_item(x->c, E_TIME_ANCIENT, NULL, "from");
	if (from_ms >= timegrid_begin(g, g->n))
		return refuse_item(x->c, E_TIME_FUTURE, "the task ends before", "from");
	if ((from_ms - g->start_ms) % g->step_ms != 0)
		return refuse_item(x->c, E_TIME_GRID, NULL, "from");
	x->left = (int)((from_ms - g->start_ms) / g->step_ms);
	return 0;
}

/* -- aggregators that had curves */

static struct schedule_row *cut_rows(struct arena *a, const struct schedule *schedule, int left)
{
	struct schedule_row *row = ARENA_ARRAY(a, schedule->n, struct schedule_row);

	for (size_t i = 0; i < schedule->n; i++) {
		row[i] = schedule->item[i];
		if (row[i].first >= left)
			row[i].first = row[i].n = 0;
		else if (row[i].first + row[i].n > left)
			row[i].n = left - row[i].first;
	}
	return row;
}

/* To everybody who still follows, whether it was asked for anything or not. */
static bool *followers(struct work *w, const struct ledger *ledger, const struct share_returns *returns)
{
	bool *to = ARENA_ARRAY(w->arena, ledger->n_aggregators, bool);

	for (size_t i = 0; i < ledger->n_aggregators; i++)
		to[i] = share_return_of(returns, ledger->aggregator[i].no) == NULL;
	return to;
}

/* A revision that holds what is left, and the messages that tell of it. */
static int tell_aggregators(struct cancel *x)
{
	struct work *w = &x->c->w;
	struct dispatch_plan p = { .w = w, .task = x->task, .from = x->left };
	struct revision_row revision = { .task_id = x->task.task_id, .revision = x->task.revision + 1, .first_no = x->left,
		.due_ms = timegrid_begin(&x->task.grid, x->left), .made_ms = w->now_ms, .planned_deviation_w = VALUE_NONE,
		.least_deviation_w = VALUE_NONE };
	struct share_returns returns;
	struct schedule schedule;
	struct schedule_row *row;
	int rc = revision_drop(w->db, x->task.task_id);

	if (rc == 0)
		rc = schedule_load(w->arena, w->db, x->task.task_id, x->task.revision, &schedule);
	if (rc == 0)
		rc = share_return_load(w->arena, w->db, x->task.task_id, &returns);
	if (rc == 0)
		rc = ledger_load_all(w->arena, w->db, &p.ledger);
	if (rc < 0)
		return rc;
	row = cut_rows(w->arena, &schedule, x->left);
	p.task.revision = revision.revision;
	rc = schedule_save(w->arena, w->db, x->task.task_id, revision.revision, row, schedule.n);
	if (rc == 0)
		rc = revision_note(w->db, &revision);
	if (rc == 0)
		rc = revision_made(w->db, &revision);
	if (rc == 0)
		rc = control_withdraw(w->db, x->task.task_id, 0, w->now_ms);
	if (rc == 0)
		rc = dispatch_control_queue_rows(&p, row, schedule.n, followers(w, &p.ledger, &returns));
	return rc;
}

/* -- cancelling */

/* Whose share went back and was to be taken over later on, within what is left, still is: in the next revision. */
static int keep_noted(struct cancel *x, const struct revision_row *noted)
{
	struct revision_row again = *noted;

	again.revision = x->task.revision + 2;
	return noted->task_id != NULL && noted->first_no < x->left ? revision_note(x->c->w.db, &again) : 0;
}

static int cut(struct cancel *x)
{
	struct work *w = &x->c->w;
	struct revision_row noted = { NULL };
	bool started = x->task.state == TASK_STATE_STARTED;
	int rc = revision_noted(w->arena, w->db, x->task.task_id, &noted);

	if (x->left > 0) {
		x->task.grid.n = x->left;
		rc = rc < 0 && rc != E_NOTHING ? rc : task_shorten(w->db, x->task.task_id, x->left);
	} else {
		x->task.state = TASK_STATE_CANCELLED;
		rc = rc < 0 && rc != E_NOTHING ? rc : task_set_state(w->db, x->task.task_id, TASK_STATE_CANCELLED);
	}
	if (rc == 0 && started)
		rc = tell_aggregators(x);
	if (rc == 0 && started)
		rc = task_set_revision(w->db, x->task.task_id, x->task.revision + 1);
	if (rc == 0 && started)
		rc = keep_noted(x, &noted);
	return rc == 0 ? progress_tell_cancelled(w, &x->task, x->left) : rc;
}

int dispatch_cancel_task(
	struct call *c, const struct dsp_cancel_dispatch_task *m, struct dsp_cancel_dispatch_task_response *answer)
{
	struct cancel x = { .c = c };
	int rc = find(&x, m);

	c->items_in = 1;
	if (rc == 0)
		rc = place(&x, m->from.v);
	if (rc < 0)
		return rc;
	rc = cut(&x);
	if (rc < 0)
		return rc == E_DUPLICATE_KEY ? E_STORE_CONFLICT : rc;
	c->items_stored = 1;
	answer->state = ARENA_NEW(c->w.arena, enum task_state);
	*answer->state = x.task.state;
	answer->cancelled_from.v = timegrid_begin(&x.task.grid, x.left);
	log_notice("task-cancelled", "task=%s intervals=%d", m->task_id, x.left);
	return 0;
}
