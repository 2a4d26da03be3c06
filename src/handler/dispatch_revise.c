/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A later revision of a task's schedule: what is left of the target, from an interval on, is shared among those that
 * still follow; what has passed stays; what the others will take is taken from the fallback they declared. */
#include <string.h>
#include "base/error.h"
#include "base/log.h"
#include "compute/remainder.h"
#include "handler/control_send.h"
#include "handler/dispatch.h"
#include "handler/dispatch_control.h"
#include "handler/dispatch_plan.h"
#include "store/revision.h"

struct revise {
	struct work *w;
	struct revision_row revision;
	struct dispatch_plan plan;
	struct schedule before;         /* in force until now */
	struct share_returns returns;
	const int64_t **fixed_w;        /* by session, see compute/remainder.h */
	struct schedule_row *row;       /* by session: the whole revision */
};

/* -- what those take who do not follow */

static int64_t power_at(const struct schedule_row *row, int point)
{
	return point >= row->first && point < row->first + row->n ? row->power_w[point - row->first] : 0;
}

/* Powers of session i from the plan's point on, as a schedule has them. */
static void keep(const struct revise *r, size_t i, const struct schedule_row *row, int64_t *power_w)
{
	int32_t first, count;

	decompose_stay(&r->plan.problem.grid, &r->plan.problem.vehicle[i], &first, &count);
	for (int32_t k = 0; k < count; k++)
		power_w[k] = power_at(row, r->plan.from + first + k);
}

static int keep_schedule(struct revise *r, const struct share_return *share, int64_t *const *power_w)
{
	struct schedule kept;
	int rc = schedule_load_of(r->w->arena, r->w->db, share->task_id, share->kept_revision, share->aggregator_no, &kept);

	for (size_t k = 0; k < kept.n && rc == 0; k++) {
		int64_t i = session_find(&r->plan.sessions, share->aggregator_no, kept.item[k].session_id);

		if (i >= 0)
			keep(r, (size_t)i, &kept.item[k], power_w[i]);
	}
	return rc;
}

static bool is_kept(const struct share_return *share)
{
	return share->fallback == FALLBACK_KEEP_SCHEDULE && share->kept_revision > 0;
}

static int fix(struct revise *r)
{
	struct arena *a = r->w->arena;
	size_t n = r->plan.sessions.n;
	int64_t **power_w = ARENA_ARRAY(a, n, int64_t *);
	bool *at_once = ARENA_ARRAY(a, n, bool);
	int rc = 0;

	r->fixed_w = ARENA_ARRAY(a, n, const int64_t *);
	for (size_t i = 0; i < n; i++) {
		const struct share_return *share =
			share_return_of(&r->returns, r->plan.sessions.item[i].aggregator_no);
		int32_t first, count;

		if (share == NULL)
			continue;
		decompose_stay(&r->plan.problem.grid, &r->plan.problem.vehicle[i], &first, &count);
		r->fixed_w[i] = power_w[i] = ARENA_ARRAY(a, (size_t)count, int64_t);
		at_once[i] = !is_kept(share) && share->fallback != FALLBACK_STOP;
	}
	remainder_at_once(&r->plan.problem, at_once, power_w);
	for (size_t k = 0; k < r->returns.n && rc == 0; k++)
		if (is_kept(&r->returns.item[k]))
			rc = keep_schedule(r, &r->returns.item[k], power_w);
	return rc;
}

/* -- the whole revision */

/* What has passed of `before`, then what is new. before NULL: the session is new. */
static struct schedule_row join(struct arena *a, const struct schedule_row *before, const struct schedule_row *fresh, int from)
{
	struct schedule_row row = *fresh;
	int32_t passed = before == NULL || before->first >= from ? 0 :
			 before->n < from - before->first ? before->n : from - before->first;
	int64_t *power_w;

	if (passed <= 0)
		return row;
	row.first = before->first;
	row.n = passed + fresh->n;
	row.power_w = power_w = ARENA_ARRAY(a, (size_t)row.n, int64_t);
	memcpy(power_w, before->power_w, (size_t)passed * sizeof *power_w);
	if (fresh->n > 0)
		memcpy(power_w + passed, fresh->power_w, (size_t)fresh->n * sizeof *power_w);
	return row;
}

static bool is_changed(const struct schedule_row *before, const struct schedule_row *row, int from)
{
	int first = row->first > from ? row->first : from;

	if (before == NULL)
		return row->n > 0;
	for (int t = first; t < row->first + row->n; t++)
		if (power_at(before, t) != power_at(row, t))
			return true;
	return false;
}

/* Both are by session id and aggregator id; sessions that came meanwhile are not in the schedule before. */
static bool *assemble(struct revise *r)
{
	struct dispatch_plan *p = &r->plan;
	bool *changed = ARENA_ARRAY(r->w->arena, p->ledger.n_aggregators, bool);
	struct schedule_row *fresh = dispatch_plan_rows(p);
	size_t k = 0;

	r->row = ARENA_ARRAY(r->w->arena, p->sessions.n, struct schedule_row);
	for (size_t i = 0; i < p->sessions.n; i++) {
		const struct schedule_row *before = NULL;

		if (k < r->before.n && r->before.item[k].session_no == p->sessions.item[i].no)
			before = &r->before.item[k++];
		r->row[i] = join(r->w->arena, before, &fresh[i], p->from);
		if (r->fixed_w[i] == NULL && is_changed(before, &r->row[i], p->from))
			changed[dispatch_plan_aggregator(p, i)] = true;
	}
	return changed;
}

/* Sums the revision up; its deviation over the whole task. */
static int64_t *sum_up(struct revise *r)
{
	const struct task_row *task = &r->plan.task;
	size_t n = (size_t)task->grid.n;
	int64_t *total_w = ARENA_ARRAY(r->w->arena, n, int64_t), *target_w = ARENA_ARRAY(r->w->arena, n, int64_t);
	int64_t *weight = ARENA_ARRAY(r->w->arena, n, int64_t);
	struct decompose_problem whole = { .grid = task->grid, .target_w = target_w, .weight_ppm = weight };

	for (size_t i = 0; i < r->plan.sessions.n; i++)
		for (int k = 0; k < r->row[i].n; k++)
			total_w[r->row[i].first + k] += r->row[i].power_w[k];
	for (size_t t = 0; t < n; t++) {
		target_w[t] = task->point[t].target_w;
		weight[t] = task->point[t].weight_ppm;
	}
	r->revision.planned_deviation_w = dispatch_plan_whole_w(decompose_deviation(&whole, total_w));
	r->revision.least_deviation_w = dispatch_plan_whole_w(r->plan.schedule.bound_w);
	r->revision.made_ms = r->w->now_ms;
	return total_w;
}

static int hand_over(struct revise *r, const bool *changed)
{
	int rc = 0;

	for (size_t i = 0; i < r->plan.ledger.n_aggregators && rc == 0; i++)
		if (changed[i])
			rc = control_withdraw(r->w->db, r->plan.task.task_id, r->plan.ledger.aggregator[i].no, r->w->now_ms);
	return rc < 0 ? rc : dispatch_control_queue(&r->plan, r->row, changed);
}

static int save(struct revise *r)
{
	struct work *w = r->w;
	struct task_row *task = &r->plan.task;
	const bool *changed = assemble(r);
	const int64_t *total_w = sum_up(r);
	int rc;

	task->revision = r->revision.revision;
	rc = task_revise(w->arena, w->db, task->task_id, task->revision, total_w, (size_t)task->grid.n);
	if (rc == 0)
		rc = schedule_save(w->arena, w->db, task->task_id, task->revision, r->row, r->plan.sessions.n);
	if (rc == 0)
		rc = revision_made(w->db, &r->revision);
	return rc < 0 ? rc : hand_over(r, changed);
}

/* -- making it */

static int load(struct revise *r)
{
	const struct task_row *task = &r->plan.task;
	int rc = ledger_lock_all(r->w->db);

	if (rc == 0)
		rc = dispatch_plan_load(&r->plan);
	if (rc == 0)
		rc = schedule_load(r->w->arena, r->w->db, task->task_id, task->revision, &r->before);
	if (rc == 0)
		rc = share_return_load(r->w->arena, r->w->db, task->task_id, &r->returns);
	return rc == 0 ? fix(r) : rc;
}

static int revise(struct revise *r)
{
	int rc = load(r);

	if (rc == 0)
		rc = remainder_run(r->w->arena, &r->plan.problem, r->fixed_w, &r->plan.schedule);
	if (rc == 0)
		rc = save(r);
	if (rc < 0)
		return rc;
	log_notice("task-revised", "task=%s revision=%d first=%d returned=%zu deviation_w=%lld", r->plan.task.task_id,
		(int)r->revision.revision, (int)r->revision.first_no + 1, r->returns.n,
		(long long)r->revision.planned_deviation_w);
	return 1;
}

/* Its interval is over: nothing was there to make it in time. The next one that begins, if there is one. */
static int put_off(struct revise *r)
{
	const struct timegrid *grid = &r->plan.task.grid;
	int first = control_next_point(grid, r->w->now_ms);
	int rc;

	if (first >= grid->n || r->plan.task.state != TASK_STATE_STARTED)
		rc = revision_drop(r->w->db, r->plan.task.task_id);
	else
		rc = revision_put_off(r->w->db, &(struct revision_row){ .task_id = r->plan.task.task_id,
			.revision = r->revision.revision, .first_no = first, .due_ms = timegrid_begin(grid, first) });
	return rc < 0 ? rc : 1;
}

int dispatch_revise_due(struct work *w)
{
	struct revise r = { .w = w, .plan = { .w = w } };
	int rc = revision_lock_due(w->arena, w->db, w->now_ms, &r.revision);

	if (rc == 0)
		rc = task_lock(w->arena, w->db, r.revision.task_id, &r.plan.task);
	if (rc < 0)
		return rc == E_NOTHING ? 0 : rc;
	r.plan.from = r.revision.first_no;
	if (r.plan.task.state != TASK_STATE_STARTED || w->now_ms >= timegrid_end(&r.plan.task.grid, r.plan.from))
		return put_off(&r);
	rc = dispatch_plan_ready(&r.plan);
	return rc <= 0 ? rc : revise(&r);
}
