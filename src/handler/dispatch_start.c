/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* From an accepted task to schedules and control messages. Everything is put in order by ids, so that it comes out the
 * same whichever way and however often the work is done. */
#include <math.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "compute/proportional.h"
#include "handler/dispatch.h"
#include "handler/message_id.h"
#include "handler/progress.h"
#include "handler/session_energy.h"
#include "handler/telemetry.h"
#include "store/control.h"
#include "store/job.h"
#include "store/ledger.h"
#include "store/outbox.h"
#include "store/schedule.h"
#include "store/task.h"
#include "store/telemetry.h"

#define START_JOB "start-task"

/* One task's start. vehicle[i] of the problem is sessions.item[i]; stations are the ledger's. */
struct start {
	struct work *w;
	struct task_row task;
	struct timegrid day;
	struct ledger ledger;           /* retired ones too: their sessions go on */
	struct session_list sessions;
	struct session_energy *energy;
	struct decompose_problem problem;
	struct decompose_schedule schedule;
	struct proportional proportional;
};

/* -- whether it can start */

/* 1: every frame of the start's minute is in, or was waited for long enough. */
static int is_ready(struct work *w, const struct task_row *task)
{
	if (w->now_ms >= task->grid.start_ms + w->hub->settle_ms)
		return 1;
	return telemetry_minute_complete(w, task->grid.start_ms);
}

/* Adds up what ended by the start without waiting for late frames: what a session has by now is taken from it. 0:
 * frames came for an interval that is still marked, another transaction is at it. */
static int close_until_start(struct start *s)
{
	struct hub now = *s->w->hub;
	struct work eager = *s->w;
	int64_t marked;
	int rc;

	now.settle_ms = 0;
	eager.hub = &now;
	eager.now_ms = s->task.grid.start_ms;
	while ((rc = telemetry_close_intervals(&eager)) > 0)
		;
	if (rc == 0)
		rc = telemetry_count_marks(s->w->db, s->day.start_ms, s->task.grid.start_ms, &marked);
	return rc < 0 ? rc : marked == 0;
}

/* -- the problem */

static const struct decompose_station *stations_of(struct start *s)
{
	struct decompose_station *station = ARENA_ARRAY(s->w->arena, s->ledger.n_stations, struct decompose_station);

	for (size_t i = 0; i < s->ledger.n_stations; i++)
		station[i] = (struct decompose_station){ s->ledger.station[i].id, s->ledger.station[i].limit_w };
	return station;
}

/* A vehicle that gave back more than it took, up to the start, is short of that too: to charge it is to need so much
 * more and to have nothing. ≤ 0. */
static int64_t given_back_wh(const struct start *s, size_t i)
{
	return s->energy[i].before_wh < 0 ? s->energy[i].before_wh : 0;
}

static int make_vehicle(struct start *s, size_t i, struct decompose_vehicle *v)
{
	const struct session_row *row = &s->sessions.item[i];
	int64_t pile = ledger_pile_no(&s->ledger, row->pile_no);
	const struct ledger_pile *p;

	if (pile < 0) {
		log_error("session-without-pile", "session=%s", row->id);
		return E_INTERNAL;
	}
	p = &s->ledger.pile[pile];
	*v = (struct decompose_vehicle){
		/* an id is unique within its aggregator only */
		.id = arena_printf(s->w->arena, "%s/%s", s->ledger.aggregator[p->aggregator].id, row->id),
		.station = p->station, .arrival_ms = row->arrival_ms, .departure_ms = row->departure_ms,
		.max_w = row->max_w < p->rated_w ? row->max_w : p->rated_w,
		.need_wh = row->need_wh - given_back_wh(s, i), .before_wh = s->energy[i].before_wh - given_back_wh(s, i)
	};
	return 0;
}

static int make_problem(struct start *s)
{
	struct arena *a = s->w->arena;
	size_t n = (size_t)s->task.grid.n;
	int64_t *target = ARENA_ARRAY(a, n, int64_t), *weight = ARENA_ARRAY(a, n, int64_t);
	struct decompose_vehicle *vehicle = ARENA_ARRAY(a, s->sessions.n, struct decompose_vehicle);
	int rc = 0;

	for (size_t t = 0; t < n; t++) {
		target[t] = s->task.point[t].target_w;
		weight[t] = s->task.point[t].weight_ppm;
	}
	for (size_t i = 0; i < s->sessions.n && rc == 0; i++)
		rc = make_vehicle(s, i, &vehicle[i]);
	s->problem = (struct decompose_problem){
		.grid = s->task.grid, .target_w = target, .weight_ppm = weight, .station = stations_of(s),
		.n_stations = s->ledger.n_stations, .vehicle = vehicle, .n_vehicles = s->sessions.n
	};
	return rc;
}

static int load(struct start *s)
{
	struct work *w = s->w;
	struct timegrid until = { s->day.start_ms, s->day.step_ms, timegrid_index(&s->day, s->task.grid.start_ms) };
	int rc = ledger_load_all(w->arena, w->db, &s->ledger);

	if (rc == 0)
		rc = session_load(w->arena, w->db, s->day.start_ms, timegrid_begin(&s->day, s->day.n), &s->sessions);
	if (rc == 0)
		rc = session_energy_measure(w, &until, until.n, &s->sessions, &s->energy);
	return rc == 0 ? make_problem(s) : rc;
}

static int64_t whole_w(double w)
{
	return (int64_t)llround(w);
}

static int decompose(struct start *s)
{
	int64_t begun_us, *total_w = ARENA_ARRAY(s->w->arena, (size_t)s->task.grid.n, int64_t);
	int rc;

	if (s->w->hub->checkpoint != NULL)
		s->w->hub->checkpoint("decompose");
	log_notice("decompose-begin", "task=%s vehicles=%zu stations=%zu", s->task.task_id, s->problem.n_vehicles,
		   s->problem.n_stations);
	begun_us = clock_monotonic_us();
	rc = decompose_run(s->w->arena, &s->problem, &s->schedule);
	if (rc < 0)
		return rc;
	log_notice("decompose-end", "task=%s vehicles=%zu deviation_w=%.0f bound_w=%.0f ms=%lld", s->task.task_id,
		   s->problem.n_vehicles, s->schedule.deviation_w, s->schedule.bound_w,
		   (long long)((clock_monotonic_us() - begun_us) / 1000));
	proportional_run(&s->problem, s->schedule.plan, total_w, &s->proportional);
	s->task.plan = (struct task_plan){ .planned_deviation_w = whole_w(s->schedule.deviation_w),
		.least_deviation_w = whole_w(s->schedule.bound_w),
		.proportional_deviation_w = whole_w(s->proportional.deviation_w),
		.proportional_missed_wh = s->proportional.undelivered_wh,
		.proportional_short = (int64_t)s->proportional.n_short };
	return 0;
}

/* -- what comes of it */

static int save_schedule(struct start *s)
{
	struct arena *a = s->w->arena;
	struct schedule_row *row = ARENA_ARRAY(a, s->sessions.n, struct schedule_row);
	int64_t *power_w = ARENA_ARRAY(a, s->schedule.n_powers, int64_t);

	for (size_t k = 0; k < s->schedule.n_powers; k++)
		power_w[k] = s->schedule.power_w[k];
	for (size_t i = 0; i < s->sessions.n; i++) {
		const struct decompose_plan *plan = &s->schedule.plan[i];

		row[i] = (struct schedule_row){ .session_no = s->sessions.item[i].no,
			.first = plan->first,
			.n = plan->count,
			.power_w = plan->count > 0 ? power_w + plan->offset : power_w,
			.before_wh = s->energy[i].before_wh,
			.reachable_wh = plan->reachable_wh + given_back_wh(s, i),
			.planned_wh = plan->planned_wh + given_back_wh(s, i) };
	}
	return schedule_save(a, s->w->db, s->task.task_id, s->task.revision, row, s->sessions.n);
}

/* Schedule values of each of the ledger's aggregators. */
static int64_t *count_values(const struct start *s)
{
	int64_t *values = ARENA_ARRAY(s->w->arena, s->ledger.n_aggregators, int64_t);

	for (size_t i = 0; i < s->sessions.n; i++)
		values[s->ledger.station[s->problem.vehicle[i].station].aggregator] += s->schedule.plan[i].count;
	return values;
}

/* Without those that are retired, as the ledger is told to everybody else. */
static int64_t count_piles(const struct ledger *ledger, const struct ledger_aggregator *a)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < a->n_piles; i++) {
		const struct ledger_pile *p = &ledger->pile[ledger->pile_of[a->first_pile + i]];

		n += p->state != RESOURCE_STATE_RETIRED && ledger->station[p->station].state != RESOURCE_STATE_RETIRED;
	}
	return n;
}

static int queue_control(struct start *s, const struct ledger_aggregator *to, int64_t values)
{
	struct work *w = s->w;
	struct control_row row = { .task_id = s->task.task_id, .revision = s->task.revision, .aggregator_no = to->no,
		.piles = count_piles(&s->ledger, to) };
	int rc = message_id_control(w->arena, s->task.task_id, s->task.revision, to->id, &row.control_id);

	if (rc == 0)
		rc = control_put(w->db, &row);
	if (rc < 0)
		return rc;
	/* no body: a fetch is answered from the schedule */
	return outbox_put(w->db,
		&(struct outbox_message){ .peer = to->id,
			.operation = CONTROL_OPERATION,
			.message_id = row.control_id,
			.trace_id = w->trace_id,
			.caused_by_seq = w->seq,
			.channel = OUTBOX_FETCH,
			.body = "",
			.body_n = 0,
			.items = values,
			.created_ms = w->now_ms,
			.expires_ms = timegrid_begin(&s->task.grid, s->task.grid.n) },
		NULL);
}

static int queue_controls(struct start *s)
{
	const int64_t *values = count_values(s);
	int rc = 0;

	for (size_t i = 0; i < s->ledger.n_aggregators && rc == 0; i++)
		rc = queue_control(s, &s->ledger.aggregator[i], values[i]);
	return rc;
}

static int save(struct start *s)
{
	struct work *w = s->w;
	int rc = task_start(
		w->arena, w->db, s->task.task_id, &s->task.plan, s->schedule.total_w, (size_t)s->task.grid.n);

	s->task.revision = 1;
	if (rc == 0)
		rc = save_schedule(s);
	if (rc == 0)
		rc = queue_controls(s);
	return rc == 0 ? progress_tell(w, &s->task, TASK_STATE_STARTED) : rc;
}

static int start(struct start *s)
{
	int rc = job_begin(s->w->db, START_JOB, s->task.task_id);

	if (rc == 0)
		rc = ledger_lock_all(s->w->db);         /* needs and ledgers stand still until the schedule does */
	if (rc == 0)
		rc = load(s);
	if (rc == 0)
		rc = decompose(s);
	if (rc == 0)
		rc = save(s);
	if (rc == 0)
		rc = job_finish(s->w->db, START_JOB, s->task.task_id);
	return rc < 0 ? rc : 1;
}

int dispatch_start_due(struct work *w)
{
	struct start s = { .w = w };
	int rc = task_lock_to_start(w->arena, w->db, w->now_ms, &s.task);

	if (rc < 0)
		return rc == E_NOTHING ? 0 : rc;
	rc = is_ready(w, &s.task);
	if (rc <= 0)
		return rc;
	s.day = rules_grid(w->hub->rules, s.task.business_date);
	rc = close_until_start(&s);
	return rc <= 0 ? rc : start(&s);
}
