/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <stdlib.h>
#include <string.h>
#include "base/decimal.h"
#include "base/error.h"
#include "compute/balance.h"
#include "compute/decompose.h"
#include "compute/flow.h"

int64_t decompose_per_hour(const struct timegrid *g)
{
	return g->step_ms > 0 && MS_HOUR % g->step_ms == 0 ? MS_HOUR / g->step_ms : 0;
}

int64_t decompose_cap(const struct timegrid *g, const struct decompose_vehicle *v, int t)
{
	return decimal_div((__int128)v->max_w * timegrid_overlap(g, t, v->arrival_ms, v->departure_ms), g->step_ms);
}

/* ---- input */

static int check_grid(const struct decompose_problem *p)
{
	if (p->grid.n < 1 || p->grid.n > DECOMPOSE_INTERVALS || p->n_stations > DECOMPOSE_ITEMS ||
	    p->n_vehicles > DECOMPOSE_ITEMS)
		return E_TOO_MANY;
	if (decompose_per_hour(&p->grid) == 0)
		return E_TIME_GRID;
	if (p->grid.start_ms > INT64_MAX / 2 || p->grid.start_ms < INT64_MIN / 2)
		return E_RANGE;
	for (int t = 0; t < p->grid.n; t++) {
		if (p->target_w[t] > DECOMPOSE_POWER || p->target_w[t] < -DECOMPOSE_POWER)
			return E_RANGE;
		if (p->weight_ppm[t] < 1 || p->weight_ppm[t] > DECOMPOSE_WEIGHT)
			return E_RANGE;
	}
	return 0;
}

static int check_vehicle(const struct decompose_problem *p, const struct decompose_vehicle *v)
{
	if (v->station >= p->n_stations)
		return E_UNKNOWN_RESOURCE;
	if (v->departure_ms < v->arrival_ms)
		return E_TIME_ORDER;
	if (v->max_w < 0 || v->need_wh < 0 || v->before_wh < 0)
		return E_NEGATIVE;
	if (v->max_w > DECOMPOSE_POWER / 1000 || v->need_wh > DECOMPOSE_ENERGY || v->before_wh > DECOMPOSE_ENERGY)
		return E_RANGE;
	return 0;
}

static int check_problem(const struct decompose_problem *p)
{
	int64_t power = 0;
	int rc = check_grid(p);

	for (size_t i = 0; i < p->n_stations && rc == 0; i++)
		rc = p->station[i].limit_w < 0 ? E_NEGATIVE : p->station[i].limit_w > DECOMPOSE_POWER ? E_RANGE : 0;
	for (size_t i = 0; i < p->n_vehicles && rc == 0; i++) {
		rc = check_vehicle(p, &p->vehicle[i]);
		power += rc == 0 ? p->vehicle[i].max_w : 0;
	}
	return rc == 0 && power > DECOMPOSE_POWER ? E_RANGE : rc;
}

/* ---- order of service: stations by id, in each who departs, arrived first, then the smaller id */

struct seat { const struct decompose_vehicle *v; uint32_t rank; bool tight; };        /* rank: of its station by id */
struct name { const char *id; uint32_t index; };

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->id, ((const struct name *)b)->id);
}

static int compare_seats(const void *a, const void *b)
{
	const struct seat *x = a, *y = b;

	if (x->tight != y->tight)
		return x->tight - y->tight;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->v->departure_ms != y->v->departure_ms)
		return x->v->departure_ms < y->v->departure_ms ? -1 : 1;
	if (x->v->arrival_ms != y->v->arrival_ms)
		return x->v->arrival_ms < y->v->arrival_ms ? -1 : 1;
	return strcmp(x->v->id, y->v->id);
}

static int rank_stations(struct arena *scratch, const struct decompose_problem *p, uint32_t *rank)
{
	struct name *name = ARENA_ARRAY(scratch, p->n_stations, struct name);

	for (size_t i = 0; i < p->n_stations; i++)
		name[i] = (struct name){ p->station[i].id, (uint32_t)i };
	qsort(name, p->n_stations, sizeof *name, compare_names);
	for (size_t i = 0; i < p->n_stations; i++) {
		if (i > 0 && strcmp(name[i - 1].id, name[i].id) == 0)
			return E_DUPLICATE_ITEM;
		rank[name[i].index] = (uint32_t)i;
	}
	return 0;
}

/* Marks the stations whose limit could bind: those whose vehicles' caps sum to more than it in some interval. */
static void find_tight(struct arena *scratch, const struct decompose_problem *p, const struct decompose_plan *plan,
		       bool *tight)
{
	size_t n = (size_t)p->grid.n;
	int64_t *cap = ARENA_ARRAY(scratch, p->n_stations * n, int64_t);

	for (size_t i = 0; i < p->n_vehicles; i++)
		for (int d = 0; d < plan[i].count; d++)
			cap[p->vehicle[i].station * n + (size_t)(plan[i].first + d)] +=
				decompose_cap(&p->grid, &p->vehicle[i], plan[i].first + d);
	for (size_t s = 0; s < p->n_stations; s++)
		for (size_t t = 0; t < n; t++)
			tight[s] |= cap[s * n + t] > p->station[s].limit_w;
}

static int order_seats(struct arena *scratch, const struct decompose_problem *p, const struct decompose_plan *plan,
		       struct seat *seat)
{
	uint32_t *rank = ARENA_ARRAY(scratch, p->n_stations, uint32_t);
	bool *tight = ARENA_ARRAY(scratch, p->n_stations, bool);
	int rc = rank_stations(scratch, p, rank);

	if (rc < 0)
		return rc;
	find_tight(scratch, p, plan, tight);
	for (size_t i = 0; i < p->n_vehicles; i++)
		seat[i] = (struct seat){ &p->vehicle[i], rank[p->vehicle[i].station], tight[p->vehicle[i].station] };
	qsort(seat, p->n_vehicles, sizeof *seat, compare_seats);
	for (size_t i = 1; i < p->n_vehicles; i++)
		if (compare_seats(&seat[i - 1], &seat[i]) == 0)
			return E_DUPLICATE_ITEM;
	return 0;
}

/* ---- the network */

void decompose_stay(const struct timegrid *g, const struct decompose_vehicle *v, int32_t *first, int32_t *count)
{
	int64_t begin = g->start_ms, end = timegrid_end(g, g->n - 1);
	int64_t from = (v->arrival_ms < begin ? begin : v->arrival_ms) - begin;
	int64_t to = (v->departure_ms > end ? end : v->departure_ms) - begin;

	*first = *count = 0;
	if (v->arrival_ms >= end || v->departure_ms <= begin || from >= to)
		return;
	*first = (int32_t)(from / g->step_ms);
	*count = (int32_t)((to + g->step_ms - 1) / g->step_ms) - *first;
}

static void set_vehicle(const struct decompose_problem *p, const struct seat *seat, struct decompose_plan *plan,
			struct flow_vehicle *v)
{
	*v = (struct flow_vehicle){ .offset = plan->offset, .most = (int32_t)seat->v->max_w,
				    .first = (uint16_t)plan->first,
				    .count = (uint16_t)plan->count, .station = FLOW_FREE };
	if (plan->count == 0)
		return;
	v->head = (int32_t)decompose_cap(&p->grid, seat->v, plan->first);
	v->tail = (int32_t)decompose_cap(&p->grid, seat->v, plan->first + plan->count - 1);
}

/* Lays out vehicles and tight stations in the order of service; powers lie packed in that order too. */
static void build(struct arena *a, struct arena *scratch, const struct decompose_problem *p, const struct seat *seat,
		  struct decompose_schedule *s, struct flow *f)
{
	f->n = (uint32_t)p->grid.n;
	f->n_vehicles = (uint32_t)p->n_vehicles;
	f->vehicle = ARENA_ARRAY(scratch, p->n_vehicles, struct flow_vehicle);
	f->begin = ARENA_ARRAY(scratch, p->n_stations + 1, uint32_t);
	f->limit = ARENA_ARRAY(scratch, p->n_stations, int64_t);
	for (uint32_t i = 0; i < f->n_vehicles; i++) {
		struct decompose_plan *plan = &s->plan[seat[i].v - p->vehicle];
		plan->offset = s->n_powers;
		s->n_powers += (size_t)plan->count;
		set_vehicle(p, &seat[i], plan, &f->vehicle[i]);
		if (!seat[i].tight) {
			f->n_free++;
			continue;
		}
		if (i == 0 || !seat[i - 1].tight || seat[i - 1].rank != seat[i].rank) {
			f->begin[f->n_tight] = i;
			f->limit[f->n_tight++] = p->station[seat[i].v->station].limit_w;
		}
		f->vehicle[i].station = f->n_tight - 1;
	}
	f->begin[f->n_tight] = f->n_vehicles;
	s->power_w = f->x = ARENA_ARRAY(a, s->n_powers, int32_t);
	flow_init(scratch, f);
}

/* ---- the answer */

static int64_t wanted(const struct decompose_problem *p, const struct decompose_vehicle *v)
{
	return v->need_wh > v->before_wh ? (v->need_wh - v->before_wh) * decompose_per_hour(&p->grid) : 0;
}

static void serve(struct arena *scratch, const struct decompose_problem *p, const struct seat *seat, struct flow *f,
		  struct decompose_schedule *s)
{
	int64_t *want = ARENA_ARRAY(scratch, f->n_vehicles, int64_t);
	int64_t *got = ARENA_ARRAY(scratch, f->n_vehicles, int64_t);

	for (uint32_t i = 0; i < f->n_vehicles; i++)
		want[i] = wanted(p, seat[i].v);
	flow_serve(scratch, f, want, got);
	for (uint32_t i = 0; i < f->n_vehicles; i++)
		s->plan[seat[i].v - p->vehicle].energy = got[i];
}

/* The most each interval can take: an upper bound on its load that spares the decomposition some cuts. */
static int64_t *most_of_intervals(struct arena *scratch, const struct flow *f)
{
	int64_t *most = ARENA_ARRAY(scratch, f->n, int64_t), *cell = ARENA_ARRAY(scratch, f->n, int64_t);

	for (uint32_t i = 0; i < f->n_free; i++)
		for (uint32_t t = f->vehicle[i].first; flow_covers(&f->vehicle[i], t); t++)
			most[t] += flow_cap(&f->vehicle[i], t);
	for (uint32_t k = 0; k < f->n_tight; k++) {
		memset(cell, 0, f->n * sizeof *cell);
		for (uint32_t i = f->begin[k]; i < f->begin[k + 1]; i++)
			for (uint32_t t = f->vehicle[i].first; flow_covers(&f->vehicle[i], t); t++)
				cell[t] += flow_cap(&f->vehicle[i], t);
		for (uint32_t t = 0; t < f->n; t++)
			most[t] += cell[t] < f->limit[k] ? cell[t] : f->limit[k];
	}
	return most;
}

/* Lets the vehicle served first (a) charge before b where they can swap without changing any sum. */
static void swap_earlier(struct flow *f, const struct flow_vehicle *a, const struct flow_vehicle *b)
{
	uint32_t a_end = (uint32_t)a->first + a->count, b_end = (uint32_t)b->first + b->count;
	uint32_t t = a->first > b->first ? a->first : b->first, u = a_end < b_end ? a_end : b_end;
	int32_t *xa = f->x + a->offset, *xb = f->x + b->offset;

	while (u > t + 1) {
		int32_t *at = &xa[t - a->first], *bt = &xb[t - b->first];
		int32_t *au = &xa[u - 1 - a->first], *bu = &xb[u - 1 - b->first];
		int32_t q = flow_cap(a, t) - *at, late = flow_cap(b, u - 1) - *bu;
		q = q < *bt ? q : *bt;
		late = late < *au ? late : *au;
		q = q < late ? q : late;
		*at += q;
		*bt -= q;
		*au -= q;
		*bu += q;
		if (q == late)
			u--;
		else
			t++;
	}
}

/* Pairs within a station, in the order of service; at most NEAR followers each, so that a huge station stays cheap. */
static void settle_order(const struct decompose_problem *p, const struct seat *seat, struct flow *f)
{
	enum { NEAR = 64 };

	for (size_t i = 0; i < p->n_vehicles; i++)
		for (size_t j = i + 1; j < p->n_vehicles && j <= i + NEAR && seat[j].rank == seat[i].rank; j++)
			if (f->vehicle[i].count > 0 && f->vehicle[j].count > 0)
				swap_earlier(f, &f->vehicle[i], &f->vehicle[j]);
}

static void finish(struct arena *a, const struct decompose_problem *p, const struct flow *f,
		   struct decompose_schedule *s)
{
	int64_t per_hour = decompose_per_hour(&p->grid);

	s->total_w = ARENA_ARRAY(a, f->n, int64_t);
	memcpy(s->total_w, f->load, f->n * sizeof *f->load);
	for (size_t i = 0; i < p->n_vehicles; i++) {
		struct decompose_plan *plan = &s->plan[i];
		plan->reachable_wh = decimal_div((__int128)p->vehicle[i].before_wh * per_hour + plan->energy, per_hour);
		/* every schedule of step 2 delivers the reachable energy exactly */
		plan->planned_wh = plan->reachable_wh;
	}
	s->deviation_w = decompose_deviation(p, s->total_w);
}

int decompose_run(struct arena *a, const struct decompose_problem *p, struct decompose_schedule *s)
{
	struct arena *scratch = arena_new(1 << 20);
	struct seat *seat;
	struct flow f = { 0 };
	int rc;

	*s = (struct decompose_schedule){ 0 };
	rc = check_problem(p);
	if (rc < 0)
		goto out;
	s->plan = ARENA_ARRAY(a, p->n_vehicles, struct decompose_plan);
	for (size_t i = 0; i < p->n_vehicles; i++)
		decompose_stay(&p->grid, &p->vehicle[i], &s->plan[i].first, &s->plan[i].count);
	seat = ARENA_ARRAY(scratch, p->n_vehicles, struct seat);
	rc = order_seats(scratch, p, s->plan, seat);
	if (rc < 0)
		goto out;
	build(a, scratch, p, seat, s, &f);
	serve(scratch, p, seat, &f, s);
	balance_run(scratch, &f, p->target_w, p->weight_ppm, most_of_intervals(scratch, &f), &s->parts, &s->searches);
	settle_order(p, seat, &f);
	finish(a, p, &f, s);
	rc = decompose_bound(p, s->plan, s->total_w, &s->bound_w);
out:
	arena_free(scratch);
	return rc;
}

void decompose_sum(const struct decompose_problem *p, const struct decompose_schedule *s, const size_t *key,
		   size_t n_keys, int64_t *load_w)
{
	size_t n = (size_t)p->grid.n;

	memset(load_w, 0, n_keys * n * sizeof *load_w);
	for (size_t i = 0; i < p->n_vehicles; i++)
		for (int32_t d = 0; d < s->plan[i].count; d++)
			load_w[key[i] * n + (size_t)(s->plan[i].first + d)] +=
				s->power_w[s->plan[i].offset + (size_t)d];
}
