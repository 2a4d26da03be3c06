/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Certificates of a decomposition. Shares no code with the solver but decompose_cap: its network is one station at a time,
 * its flow fills intervals in a given order and augments by breadth-first search. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/decimal.h"
#include "base/error.h"
#include "compute/decompose.h"

double decompose_deviation(const struct decompose_problem *p, const int64_t *load_w)
{
	__int128 sum = 0;
	int64_t weight = 0;

	for (int t = 0; t < p->grid.n; t++) {
		__int128 d = load_w[t] - p->target_w[t];
		sum += d * d * p->weight_ppm[t];
		weight += p->weight_ppm[t];
	}
	return sqrt((double)sum / (double)weight);
}

/* ---- one station's vehicles filled interval by interval */

struct member { int first, count; size_t offset; int64_t left; int takes; };    /* takes: interval in which it would take more; -1 unvisited */
struct fill {
	int n;
	size_t m;
	int64_t limit;
	struct member *member;          /* [m] */
	int32_t *cap, *x;               /* packed by member */
	int64_t *load;                  /* [n] */
	size_t *giver;                  /* [n] the member that would give up power in this interval; SIZE_MAX unvisited */
	int *queue;                     /* [n] */
};

static inline bool has(const struct member *m, int t) { return t >= m->first && t < m->first + m->count; }
static inline int32_t *at(const struct fill *f, int32_t *a, size_t i, int t)
{
	return &a[f->member[i].offset + (size_t)(t - f->member[i].first)];
}

/* What the members with unused energy can take in interval t at once. */
static void fill_direct(struct fill *f, int t)
{
	for (size_t i = 0; i < f->m && f->load[t] < f->limit; i++) {
		struct member *m = &f->member[i];
		if (m->left == 0 || !has(m, t))
			continue;
		int64_t q = *at(f, f->cap, i, t) - *at(f, f->x, i, t);
		q = q < m->left ? q : m->left;
		q = q < f->limit - f->load[t] ? q : f->limit - f->load[t];
		*at(f, f->x, i, t) += (int32_t)q;
		m->left -= q;
		f->load[t] += q;
	}
}

static int visit_given(struct fill *f, size_t i, int end)
{
	for (int u = f->member[i].first; u < f->member[i].first + f->member[i].count; u++) {
		if (f->giver[u] != SIZE_MAX || *at(f, f->x, i, u) == 0)
			continue;
		f->giver[u] = i;
		f->queue[end++] = u;
	}
	return end;
}

/* A chain from interval t: a member takes more in it and gives up what it had in another, where the next one takes more …,
 * until one with unused energy. Returns that member or SIZE_MAX. */
static size_t find_chain(struct fill *f, int t)
{
	int end = 0;

	for (int u = 0; u < f->n; u++)
		f->giver[u] = SIZE_MAX;
	for (size_t i = 0; i < f->m; i++)
		f->member[i].takes = -1;
	f->giver[t] = f->m;
	f->queue[end++] = t;
	for (int head = 0; head < end; head++)
		for (size_t i = 0; i < f->m; i++) {
			struct member *m = &f->member[i];
			int u = f->queue[head];
			if (m->takes >= 0 || !has(m, u) || *at(f, f->x, i, u) >= *at(f, f->cap, i, u))
				continue;
			m->takes = u;
			if (m->left > 0)
				return i;
			end = visit_given(f, i, end);
		}
	return SIZE_MAX;
}

static void follow_chain(struct fill *f, int t, size_t last)
{
	int64_t q = f->limit - f->load[t];

	q = q < f->member[last].left ? q : f->member[last].left;
	for (size_t i = last; ; i = f->giver[f->member[i].takes]) {
		int u = f->member[i].takes;
		int64_t room = *at(f, f->cap, i, u) - *at(f, f->x, i, u);
		q = q < room ? q : room;
		if (u == t)
			break;
		int64_t given = *at(f, f->x, f->giver[u], u);
		q = q < given ? q : given;
	}
	f->member[last].left -= q;
	for (size_t i = last; ; i = f->giver[f->member[i].takes]) {
		int u = f->member[i].takes;
		*at(f, f->x, i, u) += (int32_t)q;
		if (u == t)
			break;
		*at(f, f->x, f->giver[u], u) -= (int32_t)q;
	}
	f->load[t] += q;
}

/* Fills the intervals in the given order, each as far as it goes without taking from an earlier one. Returns the energy placed. */
static int64_t fill_station(struct fill *f, const int *order)
{
	int64_t left = 0, all;

	for (size_t i = 0; i < f->m; i++)
		left += f->member[i].left;
	all = left;
	for (int k = 0; k < f->n && left > 0; k++) {
		int t = order[k];
		fill_direct(f, t);
		while (f->load[t] < f->limit) {
			size_t last = find_chain(f, t);
			if (last == SIZE_MAX)
				break;
			follow_chain(f, t, last);
		}
		left -= f->load[t];
	}
	return all - left;
}

/* ---- all stations, one after the other */

struct stations {
	const struct decompose_problem *p;
	size_t *begin, *vehicle;        /* vehicles of station s: vehicle[begin[s] … begin[s + 1] - 1] */
	struct fill fill;
};

static int count_intervals(const struct decompose_problem *p, const struct decompose_vehicle *v, int *first)
{
	int count = 0;

	for (int t = p->grid.n; t-- > 0; )
		if (timegrid_overlap(&p->grid, t, v->arrival_ms, v->departure_ms) > 0) {
			*first = t;
			count++;
		}
	return count;
}

static void group(struct arena *scratch, struct stations *s)
{
	const struct decompose_problem *p = s->p;
	size_t *next = ARENA_ARRAY(scratch, p->n_stations + 1, size_t), most = 0;

	s->begin = ARENA_ARRAY(scratch, p->n_stations + 1, size_t);
	s->vehicle = ARENA_ARRAY(scratch, p->n_vehicles, size_t);
	for (size_t i = 0; i < p->n_vehicles; i++)
		s->begin[p->vehicle[i].station + 1]++;
	for (size_t k = 0; k < p->n_stations; k++) {
		most = most > s->begin[k + 1] ? most : s->begin[k + 1];
		s->begin[k + 1] += s->begin[k];
		next[k] = s->begin[k];
	}
	for (size_t i = 0; i < p->n_vehicles; i++)
		s->vehicle[next[p->vehicle[i].station]++] = i;
	s->fill.n = p->grid.n;
	s->fill.member = ARENA_ARRAY(scratch, most, struct member);
	s->fill.cap = ARENA_ARRAY(scratch, most * (size_t)p->grid.n, int32_t);
	s->fill.x = ARENA_ARRAY(scratch, most * (size_t)p->grid.n, int32_t);
	s->fill.load = ARENA_ARRAY(scratch, (size_t)p->grid.n, int64_t);
	s->fill.giver = ARENA_ARRAY(scratch, (size_t)p->grid.n, size_t);
	s->fill.queue = ARENA_ARRAY(scratch, (size_t)p->grid.n, int);
}

/* Loads station k with nothing charged yet; energy(v) per member is set by the caller. */
static void enter_station(struct stations *s, size_t k)
{
	struct fill *f = &s->fill;
	size_t offset = 0;

	f->m = s->begin[k + 1] - s->begin[k];
	f->limit = s->p->station[k].limit_w;
	memset(f->load, 0, (size_t)f->n * sizeof *f->load);
	for (size_t i = 0; i < f->m; i++) {
		const struct decompose_vehicle *v = &s->p->vehicle[s->vehicle[s->begin[k] + i]];
		f->member[i] = (struct member){ .offset = offset };
		f->member[i].count = count_intervals(s->p, v, &f->member[i].first);
		for (int d = 0; d < f->member[i].count; d++)
			f->cap[offset++] = (int32_t)decompose_cap(&s->p->grid, v, f->member[i].first + d);
	}
	memset(f->x, 0, offset * sizeof *f->x);
}

/* ---- bound */

struct slope { __int128 cost; double level; int64_t weight; int t; };       /* cost: weight·d; level: the same, evened out */

static int compare_costs(const void *a, const void *b)
{
	const struct slope *x = a, *y = b;

	return x->cost != y->cost ? (x->cost < y->cost ? -1 : 1) : x->t - y->t;
}

static int compare_levels(const void *a, const void *b)
{
	const struct slope *x = a, *y = b;

	return x->level < y->level ? -1 : x->level > y->level ? 1 : x->t - y->t;
}

/* One level for m slopes that could be the same but for rounding: Σ d is kept, no d changes by more than half a watt. */
static void even_out(struct slope *slope, int m, double low, double high)
{
	double sum = 0, inverse = 0, level;

	for (int i = 0; i < m; i++) {
		sum += (double)slope[i].cost / (double)slope[i].weight;
		inverse += 1 / (double)slope[i].weight;
	}
	level = fmin(fmax(sum / inverse, low), high);
	for (int i = 0; i < m; i++)
		slope[i].level = level;
}

/* A curve in whole watts has slopes that miss the common level of its intervals by up to weight/2; taken as they are the bound would
 * follow these differences. The direction may be chosen freely, so intervals whose slopes allow a common level get it. */
static void find_levels(struct slope *slope, int n)
{
	double low = -INFINITY, high = INFINITY;
	int begin = 0;

	qsort(slope, (size_t)n, sizeof *slope, compare_costs);
	for (int i = 0; i < n; i++) {
		double half = (double)slope[i].weight / 2, least = (double)slope[i].cost - half, most = (double)slope[i].cost + half;
		if (fmax(low, least) > fmin(high, most)) {
			even_out(slope + begin, i - begin, low, high);
			begin = i;
			low = -INFINITY;
			high = INFINITY;
		}
		low = fmax(low, least);
		high = fmin(high, most);
	}
	even_out(slope + begin, n - begin, low, high);
	qsort(slope, (size_t)n, sizeof *slope, compare_levels);
}

/* Σ over the stations of the loads that are cheapest for the slopes, given the energies. E_RANGE if they do not fit. */
static int cheapest(struct arena *scratch, const struct decompose_problem *p, const struct decompose_plan *plan, const int *order,
		    int64_t *load)
{
	struct stations s = { .p = p };

	group(scratch, &s);
	for (size_t k = 0; k < p->n_stations; k++) {
		int64_t all = 0;
		enter_station(&s, k);
		for (size_t i = 0; i < s.fill.m; i++)
			all += s.fill.member[i].left = plan[s.vehicle[s.begin[k] + i]].energy;
		if (fill_station(&s.fill, order) != all)
			return E_RANGE;
		for (int t = 0; t < p->grid.n; t++)
			load[t] += s.fill.load[t];
	}
	return 0;
}

#define ROUNDING 1e-13          /* more than the doubles of up to 288 terms can lose: the bound stays below */

int decompose_bound(const struct decompose_problem *p, const struct decompose_plan *plan, const int64_t *reference_w, double *bound_w)
{
	struct arena *scratch = arena_new(1 << 16);
	struct slope slope[DECOMPOSE_INTERVALS];
	int order[DECOMPOSE_INTERVALS], rc = 0, n = p->grid.n;
	int64_t *load = ARENA_ARRAY(scratch, (size_t)n, int64_t);
	double square = 0, product = 0, weight = 0, terms = 0;  /* ‖d‖², ⟨d, P − target⟩ at the cheapest P, Σ weight, Σ |terms| */

	for (int t = 0; t < n && rc == 0; t++) {
		if (reference_w[t] > 2 * DECOMPOSE_POWER || reference_w[t] < -2 * DECOMPOSE_POWER)
			rc = E_RANGE;
		else
			slope[t] = (struct slope){ (__int128)p->weight_ppm[t] * (reference_w[t] - p->target_w[t]), 0, p->weight_ppm[t], t };
	}
	if (rc == 0) {
		find_levels(slope, n);
		for (int k = 0; k < n; k++)
			order[k] = slope[k].t;
		rc = cheapest(scratch, p, plan, order, load);
	}
	for (int k = 0; k < n && rc == 0; k++) {
		double term = slope[k].level * (double)(load[slope[k].t] - p->target_w[slope[k].t]);
		square += slope[k].level * slope[k].level / (double)slope[k].weight;
		product += term;
		terms += fabs(term);
		weight += (double)slope[k].weight;
	}
	product -= ROUNDING * terms;
	if (rc == 0)
		*bound_w = product > 0 ? product / sqrt(square * weight) : 0;
	arena_free(scratch);
	return rc;
}

/* ---- certificate */

static void report(struct decompose_certificate *c, enum decompose_fault fault, size_t item, int t, int64_t have, int64_t allowed)
{
	if (c->n_violations < DECOMPOSE_VIOLATIONS)
		c->violation[c->n_violations] = (struct decompose_violation){ fault, item, t, have, allowed };
	c->n_violations++;
	c->feasible = false;
}

static int64_t shortfall(const struct decompose_problem *p, size_t i)
{
	const struct decompose_vehicle *v = &p->vehicle[i];

	return v->need_wh > v->before_wh ? (v->need_wh - v->before_wh) * decompose_per_hour(&p->grid) : 0;
}

static void certify_energy(const struct decompose_problem *p, const struct decompose_plan *plan, size_t i, int64_t sum,
			   struct decompose_certificate *c)
{
	int64_t per_hour = decompose_per_hour(&p->grid), before = p->vehicle[i].before_wh;
	int64_t reachable = decimal_div((__int128)before * per_hour + plan->energy, per_hour);
	int64_t planned = decimal_div((__int128)before * per_hour + sum, per_hour);

	if (sum != plan->energy)
		report(c, DECOMPOSE_FAULT_ENERGY, i, -1, sum, plan->energy);
	if (plan->energy < 0 || plan->energy > shortfall(p, i))
		report(c, DECOMPOSE_FAULT_ENERGY, i, -1, plan->energy, shortfall(p, i));
	if (plan->reachable_wh != reachable)
		report(c, DECOMPOSE_FAULT_PRINTED, i, -1, plan->reachable_wh, reachable);
	if (plan->planned_wh != planned)
		report(c, DECOMPOSE_FAULT_PRINTED, i, -1, plan->planned_wh, planned);
}

/* Checks one vehicle's powers and adds them to its station's load and to the total. */
static void certify_vehicle(const struct stations *st, const struct decompose_schedule *s, size_t i, int64_t *total,
			    struct decompose_certificate *c)
{
	const struct decompose_problem *p = st->p;
	const struct decompose_plan *plan = &s->plan[i];
	int first = 0, count = count_intervals(p, &p->vehicle[i], &first);
	int64_t sum = 0;

	if (plan->first != first || plan->count != count || plan->offset > s->n_powers || (size_t)count > s->n_powers - plan->offset) {
		report(c, DECOMPOSE_FAULT_STAY, i, plan->first, plan->count, count);
		return;
	}
	for (int t = first; t < first + count; t++) {
		int64_t w = s->power_w[plan->offset + (size_t)(t - first)], cap = decompose_cap(&p->grid, &p->vehicle[i], t);
		if (w < 0 || w > cap)
			report(c, DECOMPOSE_FAULT_CAP, i, t, w, cap);
		sum += w;
		st->fill.load[t] += w;
		total[t] += w;
	}
	certify_energy(p, plan, i, sum, c);
}

/* If the plan says that needs of station k cannot be met, the most that fits must be what it gives. */
static void certify_short(struct stations *st, const struct decompose_schedule *s, size_t k, const int *order, struct decompose_certificate *c)
{
	int64_t need = 0, given = 0, most;

	enter_station(st, k);
	for (size_t i = 0; i < st->fill.m; i++) {
		size_t v = st->vehicle[st->begin[k] + i];
		need += st->fill.member[i].left = shortfall(st->p, v);
		given += s->plan[v].energy;
	}
	if (given == need)
		return;
	most = fill_station(&st->fill, order);
	if (given != most)
		report(c, DECOMPOSE_FAULT_SHORT, k, -1, given, most);
}

static void certify_station(struct stations *st, const struct decompose_schedule *s, size_t k, const int *order, int64_t *total,
			    struct decompose_certificate *c)
{
	memset(st->fill.load, 0, (size_t)st->fill.n * sizeof *st->fill.load);
	for (size_t i = st->begin[k]; i < st->begin[k + 1]; i++)
		certify_vehicle(st, s, st->vehicle[i], total, c);
	for (int t = 0; t < st->fill.n; t++)
		if (st->fill.load[t] > st->p->station[k].limit_w)
			report(c, DECOMPOSE_FAULT_STATION, k, t, st->fill.load[t], st->p->station[k].limit_w);
	certify_short(st, s, k, order, c);
}

int decompose_certify(const struct decompose_problem *p, const struct decompose_schedule *s, double bound_w, struct decompose_certificate *c)
{
	struct arena *scratch;
	struct stations st = { .p = p };
	int64_t total[DECOMPOSE_INTERVALS] = { 0 };
	int order[DECOMPOSE_INTERVALS];

	*c = (struct decompose_certificate){ .feasible = true, .bound_w = bound_w };
	if (p->grid.n < 1 || p->grid.n > DECOMPOSE_INTERVALS || decompose_per_hour(&p->grid) == 0)
		return E_RANGE;
	scratch = arena_new(1 << 16);
	group(scratch, &st);
	for (int t = 0; t < p->grid.n; t++)
		order[t] = t;
	for (size_t k = 0; k < p->n_stations; k++)
		certify_station(&st, s, k, order, total, c);
	for (int t = 0; t < p->grid.n; t++)
		if (total[t] != s->total_w[t])
			report(c, DECOMPOSE_FAULT_TOTAL, 0, t, s->total_w[t], total[t]);
	c->deviation_w = decompose_deviation(p, total);
	c->gap_w = c->deviation_w - bound_w;
	arena_free(scratch);
	return 0;
}
