/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/decimal.h"
#include "base/error.h"
#include "compute/fill.h"

static void report(struct decompose_certificate *c, enum decompose_fault fault, size_t item, int t, int64_t have,
		   int64_t allowed)
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
static void certify_vehicle(const struct fill *f, const struct decompose_schedule *s, size_t i, int64_t *total,
			    struct decompose_certificate *c)
{
	const struct decompose_problem *p = f->p;
	const struct decompose_plan *plan = &s->plan[i];
	int first = 0, count = fill_stay(p, &p->vehicle[i], &first);
	int64_t sum = 0;

	if (plan->first != first || plan->count != count || plan->offset > s->n_powers ||
	    (size_t)count > s->n_powers - plan->offset) {
		report(c, DECOMPOSE_FAULT_STAY, i, plan->first, plan->count, count);
		return;
	}
	for (int t = first; t < first + count; t++) {
		int64_t w = s->power_w[plan->offset + (size_t)(t - first)];
		int64_t cap = decompose_cap(&p->grid, &p->vehicle[i], t);
		if (w < 0 || w > cap)
			report(c, DECOMPOSE_FAULT_CAP, i, t, w, cap);
		sum += w;
		f->load[t] += w;
		total[t] += w;
	}
	certify_energy(p, plan, i, sum, c);
}

/* If the plan says that needs of station k cannot be met, the most that fits must be what it gives. */
static void certify_short(struct fill *f, const struct decompose_schedule *s, size_t k, const int *order,
			  struct decompose_certificate *c)
{
	int64_t need = 0, given = 0, most;

	fill_enter(f, k);
	for (size_t i = 0; i < f->m; i++) {
		size_t v = f->vehicle[f->begin[k] + i];
		need += f->member[i].left = shortfall(f->p, v);
		given += s->plan[v].energy;
	}
	if (given == need)
		return;
	most = fill_run(f, order);
	if (given != most)
		report(c, DECOMPOSE_FAULT_SHORT, k, -1, given, most);
}

static void certify_station(struct fill *f, const struct decompose_schedule *s, size_t k, const int *order,
			    int64_t *total, struct decompose_certificate *c)
{
	memset(f->load, 0, (size_t)f->n * sizeof *f->load);
	for (size_t i = f->begin[k]; i < f->begin[k + 1]; i++)
		certify_vehicle(f, s, f->vehicle[i], total, c);
	for (int t = 0; t < f->n; t++)
		if (f->load[t] > f->p->station[k].limit_w)
			report(c, DECOMPOSE_FAULT_STATION, k, t, f->load[t], f->p->station[k].limit_w);
	certify_short(f, s, k, order, c);
}

int decompose_certify(const struct decompose_problem *p, const struct decompose_schedule *s, double bound_w,
		      struct decompose_certificate *c)
{
	struct arena *scratch = arena_new(1 << 16);
	struct fill f;
	int64_t total[DECOMPOSE_INTERVALS] = { 0 };
	int order[DECOMPOSE_INTERVALS], rc = fill_init(scratch, &f, p);

	*c = (struct decompose_certificate){ .feasible = true, .bound_w = bound_w };
	if (rc < 0)
		goto out;
	for (int t = 0; t < p->grid.n; t++)
		order[t] = t;
	for (size_t k = 0; k < p->n_stations; k++)
		certify_station(&f, s, k, order, total, c);
	for (int t = 0; t < p->grid.n; t++)
		if (total[t] != s->total_w[t])
			report(c, DECOMPOSE_FAULT_TOTAL, 0, t, s->total_w[t], total[t]);
	c->deviation_w = decompose_deviation(p, total);
	c->gap_w = c->deviation_w - bound_w;
out:
	arena_free(scratch);
	return rc;
}
