/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/session_energy.h"
#include "compute/aggregate.h"
#include "store/telemetry.h"

/* Rows by interval and pile: those of interval t stand from row[from[t]] on, up to row[from[t + 1]]. */
struct measured {
	const struct timegrid *grid;
	int64_t step_min, due;          /* samples an interval */
	const struct telemetry_interval *row;
	size_t *from;
};

static int load(struct work *w, const struct timegrid *grid, struct measured *m)
{
	struct telemetry_intervals rows;
	size_t i = 0;
	int rc = telemetry_load_intervals(w->arena, w->db, grid->start_ms, timegrid_begin(grid, grid->n), &rows);

	if (rc < 0)
		return rc;
	*m = (struct measured){ .grid = grid, .step_min = grid->step_ms / MS_MINUTE, .row = rows.item,
		.due = grid->step_ms / (w->hub->rules->telemetry.sample_s * MS_SECOND) };
	m->from = ARENA_ARRAY(w->arena, (size_t)grid->n + 1, size_t);
	for (int t = 0; t <= grid->n; t++) {
		while (i < rows.n && rows.item[i].begin_ms < timegrid_begin(grid, t))
			i++;
		m->from[t] = i;
	}
	return 0;
}

static const struct telemetry_interval *find(const struct measured *m, int t, uint32_t pile_no)
{
	size_t low = m->from[t], high = m->from[t + 1];

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->row[middle].pile_no < pile_no)
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->from[t + 1] && m->row[low].pile_no == pile_no ? &m->row[low] : NULL;
}

static struct session_energy measure(const struct measured *m, int first, const struct session_row *s)
{
	const struct timegrid *g = m->grid;
	int t = s->arrival_ms > g->start_ms ? (int)((s->arrival_ms - g->start_ms) / g->step_ms) : 0;
	struct session_energy e = { 0, 0, true };
	int64_t before_w = 0, all_w = 0;

	for (; t < g->n && timegrid_begin(g, t) < s->departure_ms; t++) {
		const struct telemetry_interval *row = find(m, t, s->pile_no);
		int64_t mean_w = 0;

		if (row == NULL || row->stored < m->due)
			e.complete = false;
		if (row != NULL && row->stored > 0)
			mean_w = aggregate_mean_w(&(struct aggregate_cell){ row->sum_w, row->stored });
		all_w += mean_w;
		before_w += t < first ? mean_w : 0;
	}
	e.before_wh = aggregate_energy_wh(&before_w, 1, m->step_min);
	e.delivered_wh = aggregate_energy_wh(&all_w, 1, m->step_min);
	return e;
}

/* How many intervals before the grid's begin the earliest stay reaches. */
static int32_t intervals_before(const struct timegrid *grid, const struct session_list *sessions)
{
	int64_t earliest = grid->start_ms;

	for (size_t i = 0; i < sessions->n; i++)
		if (sessions->item[i].arrival_ms < earliest)
			earliest = sessions->item[i].arrival_ms;
	return (int32_t)((grid->start_ms - earliest + grid->step_ms - 1) / grid->step_ms);
}

int session_energy_measure(struct work *w, const struct timegrid *grid, int first, const struct session_list *sessions,
		struct session_energy **energy)
{
	int32_t more = intervals_before(grid, sessions);
	struct timegrid whole = { timegrid_begin(grid, -more), grid->step_ms, grid->n + more };
	struct measured m;
	int rc = load(w, &whole, &m);

	if (rc < 0)
		return rc;
	*energy = ARENA_ARRAY(w->arena, sessions->n, struct session_energy);
	for (size_t i = 0; i < sessions->n; i++)
		(*energy)[i] = measure(&m, first + more, &sessions->item[i]);
	return 0;
}
