/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/day.h"
#include "base/error.h"
#include "store/telemetry.h"

static int load_tasks(struct work *w, struct day *day)
{
	struct task_rows tasks;
	int rc = task_of_day(w->arena, w->db, day->date, &tasks);
	if (rc)
		return rc;
	if (!tasks.n)
		return E_NOTHING;
	day->task = ARENA_ARRAY(w->arena, tasks.n, struct day_task);
	for (size_t i = 0; !rc && i < tasks.n; i++) {
		struct day_task *t = &day->task[i];
		t->row = tasks.item[i];
		t->first = t->row.grid.step_ms == day->grid.step_ms ? timegrid_index(&day->grid, t->row.grid.start_ms) : -1;
		if (t->first >= 0 && (timegrid_begin(&day->grid, t->first) != t->row.grid.start_ms || t->first + t->row.grid.n > day->grid.n))
			t->first = -1;
		rc = schedule_load(w->arena, w->db, t->row.task_id, t->row.revision, &t->schedule);
		if (!rc)
			rc = assessment_load(w->arena, w->db, t->row.task_id, &t->assessment);
	}
	day->n_tasks = tasks.n;
	return rc;
}

static int load_totals(struct work *w, struct day *day)
{
	const struct timegrid *g = &day->grid;
	size_t cells = day->ledger.n_aggregators * (size_t)g->n;
	struct telemetry_totals totals;
	day->total.stored = ARENA_ARRAY(w->arena, cells, int64_t);
	day->total.load_w = ARENA_ARRAY(w->arena, cells, int64_t);
	int rc = telemetry_load_totals(w->arena, w->db, g->start_ms, timegrid_end(g, g->n - 1), &totals);
	for (size_t i = 0; !rc && i < totals.n; i++) {
		int64_t a = ledger_aggregator_no(&day->ledger, totals.item[i].aggregator_no);
		int t = timegrid_index(g, totals.item[i].begin_ms);
		if (a < 0 || t < 0)
			continue;
		day->total.stored[a * g->n + t] = totals.item[i].stored;
		day->total.load_w[a * g->n + t] = totals.item[i].load_w;
	}
	return rc;
}

static int load_settlement(struct work *w, struct day *day)
{
	int rc = settlement_find(w->arena, w->db, day->date, &day->settlement);
	day->settled = rc == 0;
	return rc == E_NOTHING ? 0 : rc;
}

int day_load(struct work *w, int32_t date, struct day *day)
{
	*day = (struct day){ .date = date, .grid = rules_grid(w->hub->rules, date) };
	int64_t end_ms = timegrid_end(&day->grid, day->grid.n - 1);
	int rc = load_tasks(w, day);
	if (!rc)
		rc = ledger_load_day(w->arena, w->db, day->grid.start_ms, end_ms, &day->ledger);
	if (!rc)
		rc = session_load(w->arena, w->db, day->grid.start_ms, end_ms, &day->sessions);
	if (!rc)
		rc = session_load_results(w->arena, w->db, &day->sessions, &day->result);
	if (!rc)
		rc = baseline_load(w->arena, w->db, date, &day->baseline);
	if (!rc)
		rc = load_totals(w, day);
	return rc ? rc : load_settlement(w, day);
}

int64_t day_due(const struct work *w, const struct day *day, size_t aggregator)
{
	return day->ledger.aggregator[aggregator].n_piles * (day->grid.step_ms / (w->hub->rules->telemetry.sample_s * MS_SECOND));
}

bool day_valid(const struct work *w, const struct day *day, size_t aggregator, int interval)
{
	return (__int128)day->total.stored[(int)aggregator * day->grid.n + interval] * RULES_PPM >=
		(__int128)w->hub->rules->telemetry.min_completeness_ppm * day_due(w, day, aggregator);
}
