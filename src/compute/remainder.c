/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/decimal.h"
#include "base/error.h"
#include "compute/remainder.h"

/* The free vehicles' problem and its answer; at[k]: index of its k-th vehicle in the whole. */
struct rest {
	struct decompose_problem problem;
	struct decompose_schedule schedule;
	size_t *at;
};

/* -- what the fixed ones take */

/* Sums of the fixed ones by interval; load_w [n] is added to. */
static int add_fixed(const struct decompose_problem *p, const int64_t *const *fixed_w, int64_t *load_w)
{
	for (size_t i = 0; i < p->n_vehicles; i++) {
		int32_t first, count;

		if (fixed_w[i] == NULL)
			continue;
		decompose_stay(&p->grid, &p->vehicle[i], &first, &count);
		for (int32_t d = 0; d < count; d++) {
			if (fixed_w[i][d] < 0 || fixed_w[i][d] > DECOMPOSE_POWER / 1000)
				return fixed_w[i][d] < 0 ? E_NEGATIVE : E_RANGE;
			load_w[first + d] += fixed_w[i][d];
		}
	}
	return 0;
}

/* What is left of each station's limit where its fixed vehicles take most. */
static struct decompose_station *room_of_stations(struct arena *scratch, const struct decompose_problem *p,
		const int64_t *const *fixed_w)
{
	size_t n = (size_t)p->grid.n;
	struct decompose_station *station = ARENA_ARRAY(scratch, p->n_stations, struct decompose_station);
	int64_t *load_w = ARENA_ARRAY(scratch, p->n_stations * n, int64_t);

	for (size_t i = 0; i < p->n_vehicles; i++) {
		int32_t first, count;

		if (fixed_w[i] == NULL)
			continue;
		decompose_stay(&p->grid, &p->vehicle[i], &first, &count);
		for (int32_t d = 0; d < count; d++)
			load_w[p->vehicle[i].station * n + (size_t)(first + d)] += fixed_w[i][d];
	}
	for (size_t k = 0; k < p->n_stations; k++) {
		int64_t most_w = 0;

		for (size_t t = 0; t < n; t++)
			most_w = load_w[k * n + t] > most_w ? load_w[k * n + t] : most_w;
		station[k] = p->station[k];
		station[k].limit_w = most_w < station[k].limit_w ? station[k].limit_w - most_w : 0;
	}
	return station;
}

/* -- the free ones */

static int make_rest(struct arena *scratch, const struct decompose_problem *p, const int64_t *const *fixed_w,
		     const int64_t *load_w, struct rest *r)
{
	size_t n = (size_t)p->grid.n;
	int64_t *target_w = ARENA_ARRAY(scratch, n, int64_t);
	struct decompose_vehicle *vehicle = ARENA_ARRAY(scratch, p->n_vehicles, struct decompose_vehicle);

	for (size_t t = 0; t < n; t++)
		target_w[t] = p->target_w[t] - load_w[t];
	r->at = ARENA_ARRAY(scratch, p->n_vehicles, size_t);
	r->problem = *p;
	r->problem.target_w = target_w;
	r->problem.station = room_of_stations(scratch, p, fixed_w);
	r->problem.vehicle = vehicle;
	r->problem.n_vehicles = 0;
	for (size_t i = 0; i < p->n_vehicles; i++) {
		if (fixed_w[i] != NULL)
			continue;
		r->at[r->problem.n_vehicles] = i;
		vehicle[r->problem.n_vehicles++] = p->vehicle[i];
	}
	return decompose_run(scratch, &r->problem, &r->schedule);
}

/* -- both together */

static void place_fixed(const struct decompose_problem *p, size_t i, const int64_t *power_w, struct decompose_schedule *s)
{
	struct decompose_plan *plan = &s->plan[i];
	int64_t per_hour = decompose_per_hour(&p->grid);

	plan->energy = 0;
	for (int32_t d = 0; d < plan->count; d++) {
		s->power_w[plan->offset + (size_t)d] = (int32_t)power_w[d];
		plan->energy += power_w[d];
	}
	plan->reachable_wh = decimal_div((__int128)p->vehicle[i].before_wh * per_hour + plan->energy, per_hour);
	plan->planned_wh = plan->reachable_wh;
}

static void place_free(const struct rest *r, size_t k, struct decompose_schedule *s)
{
	const struct decompose_plan *from = &r->schedule.plan[k];
	struct decompose_plan *plan = &s->plan[r->at[k]];

	plan->energy = from->energy;
	plan->reachable_wh = from->reachable_wh;
	plan->planned_wh = from->planned_wh;
	if (plan->count > 0)
		memcpy(s->power_w + plan->offset, r->schedule.power_w + from->offset,
		       (size_t)plan->count * sizeof *s->power_w);
}

static void join(struct arena *a, const struct decompose_problem *p, const int64_t *const *fixed_w, const struct rest *r,
		 const int64_t *load_w, struct decompose_schedule *s)
{
	size_t n = (size_t)p->grid.n;

	s->plan = ARENA_ARRAY(a, p->n_vehicles, struct decompose_plan);
	s->total_w = ARENA_ARRAY(a, n, int64_t);
	for (size_t i = 0; i < p->n_vehicles; i++) {
		decompose_stay(&p->grid, &p->vehicle[i], &s->plan[i].first, &s->plan[i].count);
		s->plan[i].offset = s->n_powers;
		s->n_powers += (size_t)s->plan[i].count;
	}
	s->power_w = ARENA_ARRAY(a, s->n_powers, int32_t);
	for (size_t i = 0; i < p->n_vehicles; i++)
		if (fixed_w[i] != NULL)
			place_fixed(p, i, fixed_w[i], s);
	for (size_t k = 0; k < r->problem.n_vehicles; k++)
		place_free(r, k, s);
	for (size_t t = 0; t < n; t++)
		s->total_w[t] = r->schedule.total_w[t] + load_w[t];
	s->deviation_w = decompose_deviation(p, s->total_w);
	s->bound_w = r->schedule.bound_w;
	s->parts = r->schedule.parts;
	s->searches = r->schedule.searches;
}

int remainder_run(struct arena *a, const struct decompose_problem *p, const int64_t *const *fixed_w,
		  struct decompose_schedule *s)
{
	struct arena *scratch = arena_new(1 << 20);
	struct rest r;
	int64_t *load_w;
	int rc = 0;

	*s = (struct decompose_schedule){ 0 };
	if (p->grid.n < 1 || p->grid.n > DECOMPOSE_INTERVALS)
		rc = E_TOO_MANY;
	for (size_t i = 0; i < p->n_vehicles && rc == 0; i++)
		rc = p->vehicle[i].station < p->n_stations ? 0 : E_UNKNOWN_RESOURCE;
	load_w = ARENA_ARRAY(scratch, rc == 0 ? (size_t)p->grid.n : 1, int64_t);
	if (rc == 0)
		rc = add_fixed(p, fixed_w, load_w);
	if (rc == 0)
		rc = make_rest(scratch, p, fixed_w, load_w, &r);
	if (rc == 0)
		join(a, p, fixed_w, &r, load_w, s);
	arena_free(scratch);
	return rc;
}

/* -- steered by nobody */

struct at_once {
	const struct decompose_problem *p;
	const bool *chosen;
	int64_t *lacks, *draws;         /* [vehicle] W·intervals still needed; W in this interval */
	int64_t *station_w;
};

static void draw(struct at_once *s, int t)
{
	const struct decompose_problem *p = s->p;

	memset(s->station_w, 0, p->n_stations * sizeof *s->station_w);
	for (size_t i = 0; i < p->n_vehicles; i++) {
		int64_t cap = s->chosen[i] && s->lacks[i] > 0 ? decompose_cap(&p->grid, &p->vehicle[i], t) : 0;

		s->draws[i] = cap < s->lacks[i] ? cap : s->lacks[i];
		s->station_w[p->vehicle[i].station] += s->draws[i];
	}
	for (size_t i = 0; i < p->n_vehicles; i++) {
		int64_t limit_w = p->station[p->vehicle[i].station].limit_w;
		int64_t sum_w = s->station_w[p->vehicle[i].station];

		if (sum_w > limit_w)
			s->draws[i] = (int64_t)((__int128)s->draws[i] * limit_w / sum_w);
		s->lacks[i] -= s->draws[i];
	}
}

void remainder_at_once(const struct decompose_problem *p, const bool *chosen, int64_t *const *power_w)
{
	struct arena *scratch = arena_new(1 << 16);
	struct at_once s = { p, chosen, ARENA_ARRAY(scratch, p->n_vehicles, int64_t),
			     ARENA_ARRAY(scratch, p->n_vehicles, int64_t), ARENA_ARRAY(scratch, p->n_stations, int64_t) };

	for (size_t i = 0; i < p->n_vehicles; i++)
		s.lacks[i] = chosen[i] && p->vehicle[i].need_wh > p->vehicle[i].before_wh
			? (p->vehicle[i].need_wh - p->vehicle[i].before_wh) * decompose_per_hour(&p->grid) : 0;
	for (int t = 0; t < p->grid.n; t++) {
		draw(&s, t);
		for (size_t i = 0; i < p->n_vehicles; i++) {
			int32_t first, count;

			if (!chosen[i])
				continue;
			decompose_stay(&p->grid, &p->vehicle[i], &first, &count);
			if (t >= first && t < first + count)
				power_w[i][t - first] = s.draws[i];
		}
	}
	arena_free(scratch);
}
