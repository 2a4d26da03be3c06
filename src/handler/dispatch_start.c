/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* From an accepted task to schedules and control messages. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "compute/proportional.h"
#include "handler/dispatch.h"
#include "handler/dispatch_control.h"
#include "handler/dispatch_plan.h"
#include "handler/parking.h"
#include "handler/progress.h"
#include "store/job.h"

static int decompose(struct dispatch_plan *p)
{
	int64_t begun_us, *total_w = ARENA_ARRAY(p->w->arena, (size_t)p->task.grid.n, int64_t);
	struct proportional split;
	int rc;

	if (p->w->hub->checkpoint != NULL)
		p->w->hub->checkpoint("decompose");
	log_notice("decompose-begin", "task=%s vehicles=%zu stations=%zu", p->task.task_id, p->problem.n_vehicles,
		   p->problem.n_stations);
	begun_us = clock_monotonic_us();
	rc = decompose_run(p->w->arena, &p->problem, &p->schedule);
	if (rc < 0)
		return rc;
	log_notice("decompose-end", "task=%s vehicles=%zu deviation_w=%.0f bound_w=%.0f ms=%lld", p->task.task_id,
		   p->problem.n_vehicles, p->schedule.deviation_w, p->schedule.bound_w,
		   (long long)((clock_monotonic_us() - begun_us) / 1000));
	proportional_run(&p->problem, p->schedule.plan, total_w, &split);
	p->task.plan = (struct task_plan){ .planned_deviation_w = dispatch_plan_whole_w(p->schedule.deviation_w),
		.least_deviation_w = dispatch_plan_whole_w(p->schedule.bound_w),
		.proportional_deviation_w = dispatch_plan_whole_w(split.deviation_w),
		.proportional_missed_wh = split.undelivered_wh,
		.proportional_short = (int64_t)split.n_short };
	return 0;
}

static int save(struct dispatch_plan *p)
{
	struct work *w = p->w;
	struct schedule_row *row = dispatch_plan_rows(p);
	int rc = task_start(
		w->arena, w->db, p->task.task_id, &p->task.plan, p->schedule.total_w, (size_t)p->task.grid.n);

	p->task.revision = 1;
	if (rc == 0)
		rc = schedule_save(w->arena, w->db, p->task.task_id, p->task.revision, row, p->sessions.n);
	if (rc == 0)
		rc = dispatch_control_queue(p, row, NULL);
	return rc == 0 ? progress_tell(w, &p->task, TASK_STATE_STARTED) : rc;
}

static int start(struct dispatch_plan *p)
{
	int rc = job_begin(p->w->db, TASK_START_JOB, p->task.task_id);

	if (rc == 0)
		rc = ledger_lock_all(p->w->db);         /* needs and ledgers stand still until the schedule does */
	if (rc == 0)
		rc = dispatch_plan_load(p);
	if (rc == 0)
		rc = decompose(p);
	if (rc == 0)
		rc = save(p);
	if (rc == 0)
		rc = job_finish(p->w->db, TASK_START_JOB, p->task.task_id);
	return rc < 0 ? rc : 1;
}

static int start_if_ready(void *plan)
{
	int rc = dispatch_plan_ready(plan);

	return rc <= 0 ? rc : start(plan);
}

int dispatch_start_due(struct work *w)
{
	struct dispatch_plan p = { .w = w };
	int rc = task_lock_to_start(w->arena, w->db, w->now_ms, &p.task);

	if (rc < 0)
		return rc == E_NOTHING ? 0 : rc;
	return parking_run(w, TASK_START_JOB, p.task.task_id, start_if_ready, &p);
}
