/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/decimal.h"
#include "compute/proportional.h"

struct split {
	const struct decompose_problem *p;
	int64_t *lacks;         /* [n_vehicles] W·intervals */
	int64_t *draws;         /* [n_vehicles] W in this interval */
	int64_t *station;       /* [n_stations] W in this interval, before its limit */
};

/* Fills draws for interval t with the vehicles' at-once powers and returns their sum. */
static int64_t draw_at_once(struct split *s, int t)
{
	const struct decompose_problem *p = s->p;
	int64_t sum = 0;

	memset(s->station, 0, p->n_stations * sizeof *s->station);
	for (size_t i = 0; i < p->n_vehicles; i++) {
		int64_t cap = s->lacks[i] > 0 ? decompose_cap(&p->grid, &p->vehicle[i], t) : 0;
		s->draws[i] = cap < s->lacks[i] ? cap : s->lacks[i];
		s->station[p->vehicle[i].station] += s->draws[i];
	}
	for (size_t i = 0; i < p->n_vehicles; i++) {
		int64_t limit = p->station[p->vehicle[i].station].limit_w, want = s->station[p->vehicle[i].station];
		if (want > limit)
			s->draws[i] = (int64_t)((__int128)s->draws[i] * limit / want);
		sum += s->draws[i];
	}
	return sum;
}

/* Charges interval t with the target's share and returns the load. */
static int64_t charge(struct split *s, int t)
{
	int64_t all = draw_at_once(s, t), target = s->p->target_w[t] > 0 ? s->p->target_w[t] : 0, load = 0;

	for (size_t i = 0; i < s->p->n_vehicles; i++) {
		int64_t w = target < all ? decimal_div((__int128)s->draws[i] * target, all) : s->draws[i];
		s->lacks[i] -= w;
		load += w;
	}
	return load;
}

static void count_missed(const struct split *s, const struct decompose_plan *plan, struct proportional *r)
{
	int64_t per_hour = decompose_per_hour(&s->p->grid);
	__int128 lost = 0;

	for (size_t i = 0; i < s->p->n_vehicles; i++) {
		__int128 due = (__int128)s->p->vehicle[i].before_wh * per_hour + plan[i].energy;
		lost += s->lacks[i];
		r->n_short += s->lacks[i] * (__int128)100 > due;
	}
	r->undelivered_wh = decimal_div(lost, per_hour);
}

void proportional_run(const struct decompose_problem *p, const struct decompose_plan *plan, int64_t *total_w,
		      struct proportional *r)
{
	struct arena *scratch = arena_new(1 << 16);
	struct split s = { p, ARENA_ARRAY(scratch, p->n_vehicles, int64_t), ARENA_ARRAY(scratch, p->n_vehicles,
		int64_t),
			   ARENA_ARRAY(scratch, p->n_stations, int64_t) };

	*r = (struct proportional){ 0 };
	for (size_t i = 0; i < p->n_vehicles; i++)
		s.lacks[i] = plan[i].energy;
	for (int t = 0; t < p->grid.n; t++)
		total_w[t] = charge(&s, t);
	count_missed(&s, plan, r);
	r->deviation_w = decompose_deviation(p, total_w);
	arena_free(scratch);
}
