/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <math.h>
#include <stdlib.h>
#include "base/error.h"
#include "compute/fill.h"

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

/* cost: weight·d; level: the same, evened out */
struct slope { __int128 cost; double level; int64_t weight; int t; };

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

/* One level for m slopes that could be the same but for rounding. Keeps Σ d; no d changes by more than half a watt. */
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

/* A curve in whole watts has slopes that miss the common level of its intervals by up to weight/2; taken as they are
 * the bound would follow these differences. The direction may be chosen freely, so intervals whose slopes allow a
 * common level get it. */
static void find_levels(struct slope *slope, int n)
{
	double low = -INFINITY, high = INFINITY;
	int begin = 0;

	qsort(slope, (size_t)n, sizeof *slope, compare_costs);
	for (int i = 0; i < n; i++) {
		double cost = (double)slope[i].cost, half = (double)slope[i].weight / 2;
		if (fmax(low, cost - half) > fmin(high, cost + half)) {
			even_out(slope + begin, i - begin, low, high);
			begin = i;
			low = -INFINITY;
			high = INFINITY;
		}
		low = fmax(low, cost - half);
		high = fmin(high, cost + half);
	}
	even_out(slope + begin, n - begin, low, high);
	qsort(slope, (size_t)n, sizeof *slope, compare_levels);
}

/* Σ over the stations of the loads that are cheapest in this order, given the energies. E_RANGE if they do not fit. */
static int cheapest(struct arena *scratch, const struct decompose_problem *p, const struct decompose_plan *plan,
		    const int *order, int64_t *load)
{
	struct fill f;
	int rc = fill_init(scratch, &f, p);

	for (size_t k = 0; k < p->n_stations && rc == 0; k++) {
		int64_t all = 0;
		fill_enter(&f, k);
		for (size_t i = 0; i < f.m; i++)
			all += f.member[i].left = plan[f.vehicle[f.begin[k] + i]].energy;
		if (fill_run(&f, order) != all)
			rc = E_RANGE;
		for (int t = 0; t < p->grid.n; t++)
			load[t] += f.load[t];
	}
	return rc;
}

/* Sets the slopes for a reference, in rising order, evened out. */
static int set_slopes(const struct decompose_problem *p, const int64_t *reference_w, struct slope *slope)
{
	for (int t = 0; t < p->grid.n; t++) {
		__int128 d = reference_w[t] - p->target_w[t];
		if (reference_w[t] > 2 * DECOMPOSE_POWER || reference_w[t] < -2 * DECOMPOSE_POWER)
			return E_RANGE;
		slope[t] = (struct slope){ d * p->weight_ppm[t], 0, p->weight_ppm[t], t };
	}
	find_levels(slope, p->grid.n);
	return 0;
}

/* ⟨d, P − target⟩ / (‖d‖ · √Σ weight) for the slopes and the cheapest loads; the bound on the deviation. */
static double bound_of(const struct decompose_problem *p, const struct slope *slope, const int64_t *load)
{
	const double rounding = 1e-13;  /* more than the doubles of up to 288 terms can lose: the bound stays below */
	double square = 0, product = 0, weight = 0, terms = 0;

	for (int k = 0; k < p->grid.n; k++) {
		double term = slope[k].level * (double)(load[slope[k].t] - p->target_w[slope[k].t]);
		square += slope[k].level * slope[k].level / (double)slope[k].weight;
		product += term;
		terms += fabs(term);
		weight += (double)slope[k].weight;
	}
	product -= rounding * terms;
	return product > 0 ? product / sqrt(square * weight) : 0;
}

int decompose_bound(const struct decompose_problem *p, const struct decompose_plan *plan, const int64_t *reference_w,
		    double *bound_w)
{
	struct arena *scratch = arena_new(1 << 16);
	struct slope slope[DECOMPOSE_INTERVALS];
	int64_t load[DECOMPOSE_INTERVALS] = { 0 };
	int order[DECOMPOSE_INTERVALS], rc;

	rc = p->grid.n >= 1 && p->grid.n <= DECOMPOSE_INTERVALS ? set_slopes(p, reference_w, slope) : E_RANGE;
	if (rc < 0)
		goto out;
	for (int k = 0; k < p->grid.n; k++)
		order[k] = slope[k].t;
	rc = cheapest(scratch, p, plan, order, load);
	if (rc == 0)
		*bound_w = bound_of(p, slope, load);
out:
	arena_free(scratch);
	return rc;
}
