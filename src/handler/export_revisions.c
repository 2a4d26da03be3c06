/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* revisions.csv: what each later revision of a task's schedule decided anew, from its first interval on, and which intervals a
 * cancellation took away; of the schedule a task started with, what the contract's files have of another task. */
#include "handler/export_internal.h"
#include "store/control.h"
#include "store/revision.h"

struct revised {
	const struct export_task *task;
	struct revision_row row;
	bool cancels;                   /* its intervals are taken away: they have no power */
	int end;                        /* of the intervals it has, from row.first_no on */
	struct schedule schedule;
	int64_t *task_w, *aggregator_w; /* [n_told]; [aggregator * n_told] */
	struct share_returns returns;
	struct control_rows controls;
};

/* ---- what is written */

static bool has(const struct export *x, const struct revised *r, int point)
{
	return point >= r->row.first_no && point < r->end && (r->row.revision > 1 || !export_owns(x, r->task, point));
}

/* Who follows or not, and who acknowledged it, is said of aggregators alone. */
static void put(struct export *x, struct csv *c, const struct revised *r, const char *level, const char *id, int point,
		int64_t w, const bool *follows, const bool *acknowledged)
{
	csv_text(c, r->task->is->row.task_id);
	csv_int(c, r->row.revision);
	csv_text(c, level);
	csv_text(c, id);
	csv_text(c, export_end(x, r->task, point));
	csv_kw(c, r->cancels ? VALUE_NONE : w);
	csv_int(c, follows != NULL ? *follows : VALUE_NONE);
	csv_int(c, acknowledged != NULL ? *acknowledged : VALUE_NONE);
	csv_end(c);
}

static void put_sessions(struct export *x, struct csv *c, const struct revised *r)
{
	for (size_t i = 0; i < r->schedule.n; i++) {
		const struct schedule_row *s = &r->schedule.item[i];

		for (int k = 0; k < s->n; k++)
			if (has(x, r, s->first + k))
				put(x, c, r, "session", s->session_id, s->first + k, s->power_w[k], NULL, NULL);
	}
}

static void sum_up(struct export *x, struct revised *r)
{
	const struct ledger *l = &x->day.ledger;
	int n = r->task->n_told;

	r->task_w = ARENA_ARRAY(x->w->arena, (size_t)n, int64_t);
	r->aggregator_w = ARENA_ARRAY(x->w->arena, l->n_aggregators * (size_t)n, int64_t);
	for (size_t i = 0; i < r->schedule.n; i++) {
		const struct schedule_row *s = &r->schedule.item[i];
		int64_t a = ledger_aggregator_no(l, s->aggregator_no);

		for (int k = 0; k < s->n && s->first + k < n; k++) {
			r->task_w[s->first + k] += s->power_w[k];
			if (a >= 0)
				r->aggregator_w[a * n + s->first + k] += s->power_w[k];
		}
	}
}

static bool is_acknowledged(const struct revised *r, uint32_t aggregator_no)
{
	for (size_t i = 0; i < r->controls.n; i++) {
		const struct control_row *c = &r->controls.item[i];

		if (c->aggregator_no == aggregator_no && c->revision == r->row.revision && c->state == OUTBOX_ACCEPTED)
			return true;
	}
	return false;
}

static bool is_following(const struct revised *r, uint32_t aggregator_no)
{
	const struct share_return *share = share_return_of(&r->returns, aggregator_no);

	return share == NULL || share->revision > r->row.revision;
}

static void put_sums(struct export *x, struct csv *c, const struct revised *r)
{
	const struct ledger *l = &x->day.ledger;
	int n = r->task->n_told;

	for (int t = r->row.first_no; t < r->end; t++)
		if (has(x, r, t))
			put(x, c, r, "task", r->task->is->row.task_id, t, r->task_w[t], NULL, NULL);
	for (size_t a = 0; a < l->n_aggregators; a++) {
		bool follows = is_following(r, l->aggregator[a].no), acknowledged = is_acknowledged(r, l->aggregator[a].no);

		for (int t = r->row.first_no; t < r->end && l->aggregator[a].n_stations > 0; t++)
			if (has(x, r, t))
				put(x, c, r, "aggregator", l->aggregator[a].id, t, r->aggregator_w[(int)a * n + t], &follows,
				    &acknowledged);
	}
}

static void put_revision(struct export *x, struct csv *c, struct revised *r)
{
	sum_up(x, r);
	put_sums(x, c, r);
	if (!r->cancels)
		put_sessions(x, c, r);
}

/* ---- revision by revision */

/* A cancellation decides nothing but the end: it has no deviation. */
static bool is_cancellation(const struct revision_row *row)
{
	return is_none(row->planned_deviation_w);
}

static int put_later(struct export *x, struct csv *c, struct revised *r, const struct revision_row *row)
{
	r->row = *row;
	r->cancels = is_cancellation(row);
	if (!r->cancels)
		x->beyond |= EXPORT_BEYOND_REVISED;
	int rc = schedule_load(x->w->arena, x->w->db, row->task_id, row->revision, &r->schedule);
	if (rc < 0)
		return rc;
	put_revision(x, c, r);
	if (r->cancels)
		r->end = row->first_no;
	return 0;
}

static int put_task(struct export *x, struct csv *c, const struct export_task *t)
{
	const char *task_id = t->is->row.task_id;
	struct revised r = { .task = t, .row = { .task_id = task_id, .revision = 1 }, .end = t->n_planned, .schedule = t->schedule };
	struct revision_rows revisions;
	int rc = revision_load(x->w->arena, x->w->db, task_id, &revisions);

	if (rc == 0)
		rc = share_return_load(x->w->arena, x->w->db, task_id, &r.returns);
	if (rc == 0)
		rc = control_load(x->w->arena, x->w->db, task_id, &r.controls);
	if (rc == 0)
		put_revision(x, c, &r);
	for (size_t i = 0; rc == 0 && i < revisions.n; i++)
		rc = put_later(x, c, &r, &revisions.item[i]);
	return rc;
}

int export_file_revisions(struct export *x, struct csv *c)
{
	int rc = 0;

	for (size_t i = 0; i < x->day.n_tasks && rc == 0; i++)
		if (x->task[i].settled)
			rc = put_task(x, c, &x->task[i]);
	return rc;
}
