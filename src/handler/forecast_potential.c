/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <stdlib.h>
#include "base/error.h"
#include "compute/potential.h"
#include "handler/forecast.h"
#include "handler/series.h"
#include "store/ledger.h"
#include "store/session.h"
#include "store/telemetry.h"

/* What is known when potential is asked for. */
struct view {
	struct work *w;
	struct forecast_baselines baselines;
	struct baseline_days days;
	struct ledger ledger;
	struct session_list sessions;   /* that touch the day */
	bool *known;                    /* [ledger aggregator] it reported sessions that arrive on the day */
	int first;                      /* first interval that can still be changed */
	int64_t *up_w, *down_w;         /* [grid.n], summed up here */
	bool needs_known;
};

static void look_at_sessions(struct view *v)
{
	const struct timegrid *grid = &v->baselines.grid;

	v->known = ARENA_ARRAY(v->w->arena, v->ledger.n_aggregators, bool);
	for (size_t i = 0; i < v->sessions.n; i++) {
		int64_t aggregator = ledger_aggregator_no(&v->ledger, v->sessions.item[i].aggregator_no);

		if (aggregator >= 0 && timegrid_index(grid, v->sessions.item[i].arrival_ms) >= 0)
			v->known[aggregator] = v->needs_known = true;
	}
}

static int load_view(struct view *v, int32_t date)
{
	struct work *w = v->w;
	struct timegrid grid = rules_grid(w->hub->rules, date);
	int64_t passed_ms = w->now_ms - grid.start_ms;
	int rc = forecast_baseline_load(w, date, &v->baselines);

	if (rc == 0)
		rc = baseline_load_days(w->arena, w->db, date, &v->days);
	if (rc == 0)
		rc = ledger_load(w->arena, w->db, &v->ledger);
	if (rc == 0)
		rc = session_load(w->arena, w->db, grid.start_ms, timegrid_begin(&grid, grid.n), &v->sessions);
	if (rc < 0)
		return rc;
	if (passed_ms > 0)
		v->first = passed_ms >= MS_DAY ? grid.n : (int)((passed_ms + grid.step_ms - 1) / grid.step_ms);
	v->up_w = ARENA_ARRAY(w->arena, (size_t)grid.n, int64_t);
	v->down_w = ARENA_ARRAY(w->arena, (size_t)grid.n, int64_t);
	look_at_sessions(v);
	return 0;
}

static struct potential_curves new_curves(struct arena *a, const int64_t *baseline_w, size_t n)
{
	return (struct potential_curves){ baseline_w, ARENA_ARRAY(a, n, int64_t), ARENA_ARRAY(a, n, int64_t) };
}

static void add_up(struct view *v, const struct potential_curves *curves)
{
	for (int t = v->first; t < v->baselines.grid.n; t++) {
		v->up_w[t] += curves->up_w[t];
		v->down_w[t] += curves->down_w[t];
	}
}

/* -- from history: aggregators one by one */

static int64_t capacity_of(const struct ledger *ledger, const struct ledger_aggregator *a)
{
	int64_t sum_w = 0;

	for (uint32_t i = 0; i < a->n_stations; i++)
		sum_w += ledger->station[ledger->station_of[a->first_station + i]].limit_w;
	return sum_w;
}

static void add_from_history(struct view *v, const struct baseline_row *b, int64_t aggregator)
{
	const struct rules *rules = v->w->hub->rules;
	struct arena *arena = v->w->arena;
	size_t n = v->baselines.set.n, n_days = 0;
	const int64_t **day_w = ARENA_ARRAY(arena, v->days.n_items, const int64_t *);
	struct potential_curves curves = new_curves(arena, b->baseline_w, n);
	int64_t capacity_w = capacity_of(&v->ledger, &v->ledger.aggregator[aggregator]);

	for (size_t i = 0; i < v->days.n_items; i++)
		if (v->days.item[i].aggregator_no == b->aggregator_no && v->days.item[i].used)
			day_w[n_days++] = v->days.item[i].load_w;
	if (n_days == 0)
		return;
	potential_history(&rules->potential, rules->calendar.step_min, n, day_w, n_days, capacity_w,
			  ARENA_ARRAY(arena, n + n_days, int64_t), &curves);
	add_up(v, &curves);
}

/* -- from needs: the vehicles of all aggregators that told theirs, as one fleet */

static int by_pile(const void *x, const void *y)
{
	const struct session_row *a = *(const struct session_row *const *)x, *b = *(const struct session_row *const *)y;

	if (a->pile_no != b->pile_no)
		return a->pile_no < b->pile_no ? -1 : 1;
	return (a->arrival_ms > b->arrival_ms) - (a->arrival_ms < b->arrival_ms);
}

/* The session at a pile in an interval, of those sorted by pile and arrival: the last to arrive before its end. */
static const struct session_row *at_pile(const struct session_row *const *sorted, size_t n, uint32_t pile_no,
					 int64_t begin_ms, int64_t end_ms)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct session_row *s = sorted[middle];

		if (s->pile_no < pile_no || (s->pile_no == pile_no && s->arrival_ms < end_ms))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || sorted[low - 1]->pile_no != pile_no || sorted[low - 1]->departure_ms <= begin_ms)
		return NULL;
	return sorted[low - 1];
}

/* before_ws[session]: what it was measured to have so far, in W·s. */
static int measure(struct view *v, int64_t *before_ws)
{
	struct work *w = v->w;
	size_t n = v->sessions.n;
	const struct session_row **sorted = ARENA_ARRAY(w->arena, n, const struct session_row *);
	int64_t from_ms = v->baselines.grid.start_ms, step_ms = v->baselines.grid.step_ms;
	struct telemetry_intervals rows;
	int rc;

	for (size_t i = 0; i < n; i++) {
		sorted[i] = &v->sessions.item[i];
		from_ms = sorted[i]->arrival_ms < from_ms ? sorted[i]->arrival_ms - step_ms : from_ms;
	}
	qsort(sorted, n, sizeof *sorted, by_pile);
	rc = telemetry_load_intervals(w->arena, w->db, from_ms, w->now_ms, &rows);
	for (size_t i = 0; i < rows.n && rc == 0; i++) {
		const struct telemetry_interval *r = &rows.item[i];
		const struct session_row *s = at_pile(sorted, n, r->pile_no, r->begin_ms, r->begin_ms + step_ms);

		if (s != NULL)
			before_ws[s - v->sessions.item] += r->sum_w * w->hub->rules->telemetry.sample_s;
	}
	return rc;
}

static size_t gather_vehicles(struct view *v, const int64_t *before_ws, struct potential_vehicle *vehicle)
{
	size_t n = 0;

	for (size_t i = 0; i < v->sessions.n; i++) {
		const struct session_row *s = &v->sessions.item[i];
		int64_t pile = ledger_pile_no(&v->ledger, s->pile_no);

		if (pile < 0 || !v->known[v->ledger.pile[pile].aggregator])
			continue;
		vehicle[n++] = (struct potential_vehicle){ v->ledger.pile[pile].station, s->arrival_ms,
			s->departure_ms, s->max_w, s->need_wh, decimal_div(before_ws[i], 3600) };
	}
	return n;
}

static int add_from_needs(struct view *v, const int64_t *baseline_w)
{
	struct arena *arena = v->w->arena;
	const struct ledger *ledger = &v->ledger;
	size_t n = v->baselines.set.n;
	int64_t *before_ws = ARENA_ARRAY(arena, v->sessions.n, int64_t);
	int64_t *limit_w = ARENA_ARRAY(arena, ledger->n_stations, int64_t);
	struct potential_vehicle *vehicle = ARENA_ARRAY(arena, v->sessions.n, struct potential_vehicle);
	struct potential_curves curves = new_curves(arena, baseline_w, n);
	struct potential_fleet fleet = { .grid = &v->baselines.grid, .first = v->first, .vehicle = vehicle,
		.limit_w = limit_w, .stations = ledger->n_stations };
	int rc = measure(v, before_ws);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < ledger->n_stations; i++)
		limit_w[i] = ledger->station[i].limit_w;
	fleet.vehicles = gather_vehicles(v, before_ws, vehicle);
	rc = potential_envelope(&fleet, ARENA_ARRAY(arena, potential_envelope_room(&fleet), int64_t), &curves);
	if (rc == 0)
		add_up(v, &curves);
	return rc;
}

static int add_all(struct view *v)
{
	int64_t *known_w = ARENA_ARRAY(v->w->arena, v->baselines.set.n, int64_t);

	for (size_t i = 0; i < v->baselines.set.n_items; i++) {
		const struct baseline_row *b = &v->baselines.set.item[i];
		int64_t aggregator = ledger_aggregator_no(&v->ledger, b->aggregator_no);

		if (aggregator < 0)
			continue;
		if (!v->known[aggregator])
			add_from_history(v, b, aggregator);
		for (size_t t = 0; t < v->baselines.set.n && v->known[aggregator]; t++)
			known_w[t] += b->baseline_w[t];
	}
	return v->needs_known ? add_from_needs(v, known_w) : 0;
}

/* -- the answer */

static void answer_potential(struct arena *a, const struct potential_told *told,
			     struct dsp_query_potential_response *answer)
{
	answer->grid = series_grid(a, &told->grid, CURVE_REFERENCE_ABSOLUTE);
	answer->n_point = told->grid.n;
	answer->point = ARENA_ARRAY(a, (size_t)told->grid.n, struct potential_point);
	for (int t = 0; t < told->grid.n; t++)
		answer->point[t] = (struct potential_point){
			.no = { t + 1 }, .end = { timegrid_end(&told->grid, t) }, .baseline_w = { told->baseline_w[t] },
			.up_w = { told->up_w[t] }, .down_w = { told->down_w[t] },
		};
}

int forecast_tell_potential(struct work *w, int32_t date, const char *told_to, struct potential_told *told)
{
	struct view v = { .w = w };
	int rc = load_view(&v, date);

	if (rc == 0)
		rc = add_all(&v);
	if (rc < 0)
		return rc;
	*told = (struct potential_told){
		.business_date = date, .told_ms = w->now_ms, .told_to = told_to, .grid = v.baselines.grid,
		.baseline_w = v.baselines.total_w, .up_w = v.up_w, .down_w = v.down_w, .needs_known = v.needs_known,
	};
	return potential_tell(w->arena, w->db, told);
}

int forecast_query_potential(struct call *c, const struct dsp_query_potential *m,
			     struct dsp_query_potential_response *answer)
{
	const struct rules *rules = c->w.hub->rules;
	int32_t today = rules_day_of(rules, c->w.now_ms), date = m->header->business_date.v;
	struct potential_told told;
	int rc;

	if (date == DATE_NONE)
		date = today;
	if ((int64_t)date - today > rules->telemetry.plan_ahead_days)
		return refuse_item(c, E_TIME_FUTURE, NULL, "header/businessDate");
	rc = forecast_baseline_diag(&c->w, date, &c->diag);
	if (rc == 0)
		rc = forecast_tell_potential(&c->w, date, c->principal, &told);
	if (rc == 0)
		answer_potential(c->w.arena, &told, answer);
	return rc;
}
