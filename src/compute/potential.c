/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "compute/potential.h"
#include <string.h>
#include "base/decimal.h"
#include "base/error.h"
#include "compute/statistics.h"

/* Energy is held in W·ms, so that the part of an interval in which a vehicle is there counts exactly. An interval's
 * sums stay below 1e17 for 200,000 vehicles at 150 kW, a day's below 1e19. */
enum { WMS_PER_WH = MS_HOUR };

static int64_t least_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* -- from history */

static int64_t low_load(const int64_t *const *day_w, size_t n_days, size_t interval, int64_t quantile_ppm,
		int64_t *room)
{
	for (size_t d = 0; d < n_days; d++)
		room[d] = day_w[d][interval];
	statistics_sort(room, n_days);
	return most_of(statistics_quantile(room, n_days, quantile_ppm), 0);
}

/* Σ low·(1 − distance/reach) over the intervals before t, in W × minutes × minutes. */
static __int128 earlier_energy(const struct rules_potential *rules, int64_t step_min, const int64_t *low_w, size_t t)
{
	__int128 sum = 0;
	for (size_t s = t; s-- > 0;) {
		int64_t there = rules->reach_min - (int64_t)(t - s) * step_min;
		if (there <= 0)
			break;
		sum += (__int128)low_w[s] * step_min * there;
	}
	return sum;
}

void potential_history(const struct rules_potential *rules, int64_t step_min, size_t n, const int64_t *const *day_w,
		size_t n_days, int64_t capacity_w, int64_t *room, struct potential_curves *curves)
{
	int64_t *low_w = room + n_days;
	__int128 divisor = (__int128)rules->reach_min * rules->sustain_min * RULES_PPM;
	for (size_t i = 0; i < n; i++)
		low_w[i] = low_load(day_w, n_days, i, rules->quantile_ppm, room);
	for (size_t i = 0; i < n; i++) {
		int64_t baseline = most_of(curves->baseline_w[i], 0);
		int64_t up = (int64_t)(earlier_energy(rules, step_min, low_w, i) * rules->flexible_ppm / divisor);
		if (capacity_w != VALUE_NONE)
			up = least_of(up, most_of(capacity_w - curves->baseline_w[i], 0));
		curves->up_w[i] = up;
		curves->down_w[i] = (int64_t)((__int128)baseline * rules->flexible_ppm / RULES_PPM);
	}
}

/* -- from vehicles */

/* One vehicle within the intervals that can be controlled: touches [from, to), can take `rest` of `cap` in all. */
struct stay { int from, to; int64_t rest, cap; };

static int64_t cap_in(const struct potential_fleet *fleet, const struct potential_vehicle *v, int t)
{
	return v->max_w * timegrid_overlap(fleet->grid, t, v->arrival_ms, v->departure_ms);
}

static struct stay stay_of(const struct potential_fleet *fleet, const struct potential_vehicle *v)
{
	const struct timegrid *g = fleet->grid;
	int64_t begin = most_of(v->arrival_ms, timegrid_begin(g, fleet->first));
	int64_t end = least_of(v->departure_ms, timegrid_begin(g, g->n));
	struct stay s = { 0, 0, 0, 0 };
	if (end <= begin || v->max_w <= 0 || v->need_wh <= v->before_wh)
		return s;
	s.from = (int)((begin - g->start_ms) / g->step_ms);
	s.to = (int)((end - g->start_ms + g->step_ms - 1) / g->step_ms);
	s.cap = v->max_w * (end - begin);
	s.rest = least_of((v->need_wh - v->before_wh) * WMS_PER_WH, s.cap);
	return s;
}

/* A station's rows in the workspace: n of most, n of least, and the rest of its vehicles. */
struct station_rows { int64_t *most, *least, *rest; };

static struct station_rows rows_of(const struct potential_fleet *fleet, int64_t *room, size_t station)
{
	size_t n = (size_t)fleet->grid->n;
	int64_t *row = room + station * (2 * n + 1);
	return (struct station_rows){ row, row + n, row + 2 * n };
}

size_t potential_envelope_room(const struct potential_fleet *fleet)
{
	return fleet->stations * (2 * (size_t)fleet->grid->n + 1);
}

static int add_vehicles(const struct potential_fleet *fleet, int64_t *room)
{
	for (size_t i = 0; i < fleet->vehicles; i++) {
		const struct potential_vehicle *v = &fleet->vehicle[i];
		struct stay s = stay_of(fleet, v);
		if (v->station >= fleet->stations)
			return E_RANGE;
		struct station_rows rows = rows_of(fleet, room, v->station);
		for (int t = s.from; t < s.to; t++) {
			int64_t cap = cap_in(fleet, v, t);
			rows.most[t] += least_of(cap, s.rest);
			rows.least[t] += most_of(s.rest - (s.cap - cap), 0);
		}
		*rows.rest += s.rest;
	}
	return 0;
}

/* Cuts a station to its limit and lifts its least to what it needs as one. */
static void join_station(const struct potential_fleet *fleet, int64_t *room, size_t station)
{
	struct station_rows rows = rows_of(fleet, room, station);
	int64_t limit = fleet->limit_w[station] * fleet->grid->step_ms, over = *rows.rest;
	for (int t = fleet->first; t < fleet->grid->n; t++) {
		rows.most[t] = least_of(rows.most[t], limit);
		over -= rows.most[t];
	}
	for (int t = fleet->first; t < fleet->grid->n; t++)
		rows.least[t] = least_of(most_of(rows.least[t], over + rows.most[t]), rows.most[t]);
}

int potential_envelope(const struct potential_fleet *fleet, int64_t *room, struct potential_curves *curves)
{
	int64_t step = fleet->grid->step_ms;
	int rc;
	memset(room, 0, potential_envelope_room(fleet) * sizeof *room);
	rc = add_vehicles(fleet, room);
	if (rc < 0)
		return rc;
	for (size_t s = 0; s < fleet->stations; s++)
		join_station(fleet, room, s);
	for (int t = 0; t < fleet->grid->n; t++) {
		__int128 most = 0, least = 0;
		int64_t baseline = curves->baseline_w[t];
		for (size_t s = 0; s < fleet->stations; s++) {
			struct station_rows rows = rows_of(fleet, room, s);
			most += rows.most[t];
			least += rows.least[t];
		}
		curves->up_w[t] = t < fleet->first ? 0 : most_of((int64_t)(most / step) - baseline, 0);
		curves->down_w[t] = t < fleet->first ? 0 : most_of(baseline - (int64_t)((least + step - 1) / step), 0);
	}
	return 0;
}

/* -- held for a while */

/* Energy of runs: cell [t * intervals + j − 1] for the j intervals from t on; first the most, then the least. */
size_t potential_sustain_room(const struct potential_fleet *fleet, int intervals)
{
	return 2 * (size_t)fleet->grid->n * (size_t)intervals;
}

static void add_runs(const struct potential_fleet *fleet, const struct potential_vehicle *v, int intervals,
		int64_t *most, int64_t *least)
{
	struct stay s = stay_of(fleet, v);
	int begin = s.from - intervals + 1 > fleet->first ? s.from - intervals + 1 : fleet->first;
	for (int t = begin; t < s.to; t++) {
		int64_t cap = 0;
		for (int j = 0; j < intervals && t + j < fleet->grid->n; j++) {
			size_t cell = (size_t)t * (size_t)intervals + (size_t)j;
			if (t + j >= s.from && t + j < s.to)
				cap += cap_in(fleet, v, t + j);
			most[cell] += least_of(cap, s.rest);
			least[cell] += most_of(s.rest - (s.cap - cap), 0);
		}
	}
}

/* Both figures of interval t. */
static void hold_from(const struct potential_fleet *fleet, int intervals, const struct potential_curves *curves, int t,
		const int64_t *most, const int64_t *least, int64_t *up_held_w, int64_t *down_held_w)
{
	int64_t step = fleet->grid->step_ms, up = curves->up_w[t], down = curves->down_w[t];
	__int128 baseline = 0;
	for (int j = 0; j < intervals && t + j < fleet->grid->n; j++) {
		size_t cell = (size_t)t * (size_t)intervals + (size_t)j;
		int64_t run = step * (j + 1);
		baseline += (__int128)curves->baseline_w[t + j] * step;
		__int128 more = most[cell] - baseline, less = baseline - least[cell];
		up = least_of(up, least_of(curves->up_w[t + j], more > 0 ? (int64_t)(more / run) : 0));
		down = least_of(down, least_of(curves->down_w[t + j], less > 0 ? (int64_t)(less / run) : 0));
	}
	*up_held_w = up;
	*down_held_w = down;
}

void potential_sustain(const struct potential_fleet *fleet, int intervals, const struct potential_curves *curves,
		int64_t *room, int64_t *up_held_w, int64_t *down_held_w)
{
	int64_t *most = room, *least = room + (size_t)fleet->grid->n * (size_t)intervals;
	memset(room, 0, potential_sustain_room(fleet, intervals) * sizeof *room);
	for (size_t i = 0; i < fleet->vehicles; i++)
		add_runs(fleet, &fleet->vehicle[i], intervals, most, least);
	for (int t = 0; t < fleet->grid->n; t++)
		hold_from(fleet, intervals, curves, t, most, least, &up_held_w[t], &down_held_w[t]);
}
