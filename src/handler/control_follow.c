/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What becomes of control messages: given up at their deadline; refused or not acknowledged, given again; and when that
 * was in vain, the share goes back to the others. */
#include <limits.h>
#include "base/error.h"
#include "base/log.h"
#include "handler/alarm.h"
#include "handler/control.h"
#include "handler/control_send.h"
#include "store/ledger.h"
#include "store/revision.h"

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

/* -- given again */

/* In time for another attempt: begin of the next one; VALUE_NONE: there is none. */
static int64_t next_attempt_ms(const struct work *w, const struct task_row *task, const struct control_row *row)
{
	int64_t at_ms = w->now_ms + w->hub->control.retry_ms;

	if (row->attempt >= w->hub->control.tries || at_ms >= row->latest_ms)
		return VALUE_NONE;
	return control_is_cancellation(task, row) || at_ms < timegrid_begin(&task->grid, task->grid.n) ? at_ms : VALUE_NONE;
}

static bool is_running(const struct task_row *task)
{
	return task->state == TASK_STATE_STARTED || task->state == TASK_STATE_CANCELLED;
}

static int give_again(struct work *w, const struct control_row *row)
{
	struct control_row next = *row;
	struct task_row task;
	int rc = task_find(w->arena, w->db, row->task_id, &task);

	if (rc == 0)
		rc = control_conclude(w->db, row->control_id, row->concluded_ms, VALUE_NONE);
	if (rc < 0 || !is_running(&task))
		return rc < 0 ? rc : 1;
	next.attempt = row->attempt + 1;
	rc = control_queue(w, &task, &next);
	if (rc < 0)
		return rc;
	log_notice("control-again", "control=%s attempt=%d", next.control_id, (int)next.attempt);
	return 1;
}

/* -- given back */

static const char *reason_of(const struct control_row *row)
{
	switch (row->state) {
	case OUTBOX_REJECTED: return row->reason != NULL ? row->reason : CONTROL_REFUSED;
	case OUTBOX_PARKED: return CONTROL_UNANSWERABLE;
	default: return CONTROL_NOT_ACKNOWLEDGED;
	}
}

int control_next_point(const struct timegrid *grid, int64_t now_ms)
{
	int64_t since_ms = now_ms - grid->start_ms;

	return since_ms <= 0 ? 0 : (int)((since_ms + grid->step_ms - 1) / grid->step_ms);
}

/* The others are to share what is left from the next interval on, if there is one. */
static int note_revision(struct work *w, const struct task_row *task, int32_t revision)
{
	int first = control_next_point(&task->grid, w->now_ms);

	if (first >= task->grid.n)
		return 0;
	return revision_note(w->db, &(struct revision_row){ .task_id = task->task_id, .revision = revision,
		.first_no = first, .due_ms = timegrid_begin(&task->grid, first) });
}

static int give_back(struct work *w, const struct task_row *task, const struct control_row *row)
{
	struct share_return share = { .task_id = task->task_id, .aggregator_no = row->aggregator_no,
		.revision = task->revision + 1, .control_id = row->control_id, .reason = reason_of(row),
		.returned_ms = w->now_ms };
	const struct control_row *kept;
	struct control_rows controls;
	int rc = control_load(w->arena, w->db, task->task_id, &controls);

	if (rc == 0)
		rc = control_fallback(w, row->aggregator_id, &share.fallback);
	if (rc < 0)
		return rc;
	kept = control_last_accepted(&controls, row->aggregator_no);
	share.kept_revision = kept != NULL ? kept->revision : 0;
	rc = share_return_put(w->db, &share);
	if (rc == 0)
		rc = note_revision(w, task, share.revision);
	if (rc == 0)
		rc = alarm_raise(w, "share-returned", row->aggregator_id, task->task_id, arena_printf(w->arena,
			"control %s %s, attempt %d: %s", row->control_id, outbox_state_name(row->state),
			(int)row->attempt, share.reason));
	return rc;
}

/* -- seen to */

static int tell_unheard(struct work *w, const struct control_row *row)
{
	return alarm_raise(w, "cancellation-unheard", row->aggregator_id, row->task_id, arena_printf(w->arena,
		"control %s %s, attempt %d: %s", row->control_id, outbox_state_name(row->state), (int)row->attempt,
		reason_of(row)));
}

static int conclude(struct work *w, const struct control_row *row)
{
	struct task_row task;
	int64_t again_ms = VALUE_NONE;
	int rc = task_lock(w->arena, w->db, row->task_id, &task);

	if (rc == 0 && row->state != OUTBOX_ACCEPTED && is_running(&task)) {
		again_ms = next_attempt_ms(w, &task, row);
		if (is_none(again_ms))
			rc = control_is_cancellation(&task, row) ? tell_unheard(w, row) : give_back(w, &task, row);
	}
	if (rc == 0)
		rc = control_conclude(w->db, row->control_id, w->now_ms, again_ms);
	return rc < 0 ? rc : 1;
}

int control_follow_due(struct work *w)
{
	struct control_row row;
	int rc = control_lock_decided(w->arena, w->db, &row);

	if (rc == 0)
		return conclude(w, &row);
	if (rc == E_NOTHING)
		rc = control_lock_again(w->arena, w->db, w->now_ms, &row);
	if (rc == 0)
		return give_again(w, &row);
	return rc == E_NOTHING ? 0 : rc;
}
