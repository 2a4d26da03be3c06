/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/dispatch_plan.h"
#include <math.h>
#include "base/error.h"
#include "base/log.h"
#include "handler/telemetry.h"
#include "store/telemetry.h"

/* -- whether it can be made */

static int64_t begin_ms(const struct dispatch_plan *p)
{
	return timegrid_begin(&p->task.grid, p->from);
}

static int frames_are_in(const struct dispatch_plan *p)
{
	if (p->w->now_ms >= begin_ms(p) + p->w->hub->settle_ms)
		return 1;
	return telemetry_minute_complete(p->w, begin_ms(p));
}

/* 0: frames came for an interval that is still marked, another transaction is at it. */
static int add_up(struct dispatch_plan *p)
{
	struct hub now = *p->w->hub;
	struct work eager = *p->w;
	int64_t marked;
	int rc;

	now.settle_ms = 0;
	eager.hub = &now;
	eager.now_ms = begin_ms(p);
	while ((rc = telemetry_close_intervals(&eager)) > 0)
		;
	if (rc == 0)
		rc = telemetry_count_marks(p->w->db, p->day.start_ms, begin_ms(p), &marked);
	return rc < 0 ? rc : marked == 0;
}

int dispatch_plan_ready(struct dispatch_plan *p)
{
	int rc = frames_are_in(p);

	p->day = rules_grid(p->w->hub->rules, p->task.business_date);
	return rc <= 0 ? rc : add_up(p);
}

/* -- the problem */

static const struct decompose_station *stations_of(struct dispatch_plan *p)
{
	struct decompose_station *station = ARENA_ARRAY(p->w->arena, p->ledger.n_stations, struct decompose_station);

	for (size_t i = 0; i < p->ledger.n_stations; i++)
		station[i] = (struct decompose_station){ p->ledger.station[i].id, p->ledger.station[i].limit_w };
	return station;
}

int64_t dispatch_plan_given_back_wh(const struct dispatch_plan *p, size_t i)
{
	return p->energy[i].before_wh < 0 ? p->energy[i].before_wh : 0;
}

static int make_vehicle(struct dispatch_plan *p, size_t i, struct decompose_vehicle *v)
{
	const struct session_row *row = &p->sessions.item[i];
	int64_t no = ledger_pile_no(&p->ledger, row->pile_no), given_back_wh = dispatch_plan_given_back_wh(p, i);
	const struct ledger_pile *pile;

	if (no < 0) {
		log_error("session-without-pile", "session=%s", row->id);
		return E_INTERNAL;
	}
	pile = &p->ledger.pile[no];
	*v = (struct decompose_vehicle){
		/* an id is unique within its aggregator only */
		.id = arena_printf(p->w->arena, "%s/%s", p->ledger.aggregator[pile->aggregator].id, row->id),
		.station = pile->station, .arrival_ms = row->arrival_ms, .departure_ms = row->departure_ms,
		.max_w = row->max_w < pile->rated_w ? row->max_w : pile->rated_w,
		.need_wh = row->need_wh - given_back_wh, .before_wh = p->energy[i].before_wh - given_back_wh
	};
	return 0;
}

static int make_problem(struct dispatch_plan *p)
{
	struct arena *a = p->w->arena;
	const struct timegrid *g = &p->task.grid;
	size_t n = (size_t)(g->n - p->from);
	int64_t *target = ARENA_ARRAY(a, n, int64_t), *weight = ARENA_ARRAY(a, n, int64_t);
	struct decompose_vehicle *vehicle = ARENA_ARRAY(a, p->sessions.n, struct decompose_vehicle);
	int rc = 0;

	for (size_t t = 0; t < n; t++) {
		target[t] = p->task.point[(size_t)p->from + t].target_w;
		weight[t] = p->task.point[(size_t)p->from + t].weight_ppm;
	}
	for (size_t i = 0; i < p->sessions.n && rc == 0; i++)
		rc = make_vehicle(p, i, &vehicle[i]);
	p->problem = (struct decompose_problem){
		.grid = { begin_ms(p), g->step_ms, g->n - p->from }, .target_w = target, .weight_ppm = weight,
		.station = stations_of(p), .n_stations = p->ledger.n_stations, .vehicle = vehicle,
		.n_vehicles = p->sessions.n
	};
	return rc;
}

int dispatch_plan_load(struct dispatch_plan *p)
{
	struct work *w = p->w;
	struct timegrid until = { p->day.start_ms, p->day.step_ms,
		(int32_t)((begin_ms(p) - p->day.start_ms) / p->day.step_ms) };
	int rc = ledger_load_all(w->arena, w->db, &p->ledger);

	if (rc == 0)
		rc = session_load(w->arena, w->db, p->day.start_ms, timegrid_begin(&p->day, p->day.n), &p->sessions);
	if (rc == 0)
		rc = session_energy_measure(w, &until, until.n, &p->sessions, &p->energy);
	return rc == 0 ? make_problem(p) : rc;
}

/* -- what is made of it */

uint32_t dispatch_plan_aggregator(const struct dispatch_plan *p, size_t i)
{
	return p->ledger.station[p->problem.vehicle[i].station].aggregator;
}

struct schedule_row *dispatch_plan_rows(const struct dispatch_plan *p)
{
	struct arena *a = p->w->arena;
	struct schedule_row *row = ARENA_ARRAY(a, p->sessions.n, struct schedule_row);
	int64_t *power_w = ARENA_ARRAY(a, p->schedule.n_powers, int64_t);

	for (size_t k = 0; k < p->schedule.n_powers; k++)
		power_w[k] = p->schedule.power_w[k];
	for (size_t i = 0; i < p->sessions.n; i++) {
		const struct decompose_plan *plan = &p->schedule.plan[i];
		int64_t given_back_wh = dispatch_plan_given_back_wh(p, i);

		row[i] = (struct schedule_row){ .session_no = p->sessions.item[i].no,
			.first = plan->count > 0 ? p->from + plan->first : 0,
			.n = plan->count,
			.power_w = plan->count > 0 ? power_w + plan->offset : power_w,
			.before_wh = p->energy[i].before_wh,
			.reachable_wh = plan->reachable_wh + given_back_wh,
			.planned_wh = plan->planned_wh + given_back_wh };
	}
	return row;
}

int64_t dispatch_plan_whole_w(double w)
{
	return (int64_t)llround(w);
}
