/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* schedule.csv, split.csv, history.csv, baseline.csv, measured.csv. */
#include "base/error.h"
#include "compute/aggregate.h"
#include "compute/calendar.h"
#include "compute/statistics.h"
#include "handler/export_internal.h"
#include "store/telemetry.h"

static void put_schedule(struct export *x, struct csv *c, const struct export_task *t)
{
	for (size_t i = 0; i < t->schedule.n; i++) {
		const struct schedule_row *p = &t->schedule.item[i];
		for (int k = p->first; k < p->first + p->n; k++) {
			if (!export_owns(x, t, k))
				continue;
			csv_text(c, p->session_id);
			csv_text(c, export_end(x, t, k));
			csv_kw(c, p->power_w[k - p->first]);
			csv_end(c);
		}
	}
}

int export_file_schedule(struct export *x, struct csv *c)
{
	for (size_t i = 0; i < x->day.n_tasks; i++)
		put_schedule(x, c, &x->task[i]);
	return 0;
}

/* ---- sums of the schedules */

static void put_split(struct export *x, struct csv *c, const struct export_task *t, const char *level, const char *id,
		const int64_t *load_w)
{
	for (int k = 0; k < t->n_planned; k++) {
		if (!export_owns(x, t, k))
			continue;
		csv_text(c, level);
		csv_text(c, id);
		csv_text(c, export_end(x, t, k));
		csv_kw(c, load_w[k]);
		csv_end(c);
	}
}

static void put_splits(struct export *x, struct csv *c, const struct export_task *t)
{
	const struct ledger *l = &x->day.ledger;
	size_t n = (size_t)t->n_planned;
	int64_t *task = ARENA_ARRAY(x->w->arena, n, int64_t);
	int64_t *aggregator = ARENA_ARRAY(x->w->arena, l->n_aggregators * n, int64_t);
	int64_t *station = ARENA_ARRAY(x->w->arena, l->n_stations * n, int64_t);
	for (size_t i = 0; i < t->schedule.n; i++) {
		const struct schedule_row *p = &t->schedule.item[i];
		for (int k = 0; k < p->n; k++) {
			size_t at = (size_t)(p->first + k);
			task[at] += p->power_w[k];
			aggregator[t->aggregator[i] * n + at] += p->power_w[k];
			station[t->station[i] * n + at] += p->power_w[k];
		}
	}
	put_split(x, c, t, "task", t->is->row.task_id, task);
	for (size_t i = 0; i < l->n_aggregators; i++)
		if (l->aggregator[i].n_stations)
			put_split(x, c, t, "aggregator", l->aggregator[i].id, aggregator + i * n);
	for (size_t i = 0; i < l->n_stations; i++)
		put_split(x, c, t, "station", l->station[i].id, station + i * n);
}

int export_file_split(struct export *x, struct csv *c)
{
	for (size_t i = 0; i < x->day.n_tasks; i++)
		if (x->task[i].settled)
			put_splits(x, c, &x->task[i]);
	return 0;
}

/* ---- history and baseline */

static void put_history_day(struct csv *c, const struct baseline_day_row *d, size_t n)
{
	char date[16];
	date_format(d->day, date);
	for (size_t t = 0; t < n; t++) {
		csv_text(c, d->aggregator_id);
		csv_text(c, date);
		csv_text(c, calendar_class_name((enum day_class)d->day_class));
		csv_int(c, d->event);
		csv_ratio(c, statistics_ratio_ppm(d->stored, d->due));
		csv_int(c, d->used);
		csv_int(c, (int64_t)t + 1);
		csv_kw(c, d->load_w[t]);
		csv_end(c);
	}
}

int export_file_history(struct export *x, struct csv *c)
{
	struct baseline_days days;
	int rc = baseline_load_days(x->w->arena, x->w->db, x->day.date, &days);
	for (size_t i = 0; !rc && i < days.n_items; i++)
		put_history_day(c, &days.item[i], days.n);
	return rc;
}

int export_file_baseline(struct export *x, struct csv *c)
{
	const struct baseline_set *set = &x->day.baseline;
	if (set->n_items && set->n != (size_t)x->day.grid.n)
		return export_refuse(x, E_NO_BASELINE, "the baselines of the day are not on the rules' grid");
	for (size_t i = 0; i < set->n_items; i++)
		for (size_t t = 0; t < set->n; t++) {
			csv_text(c, set->item[i].aggregator_id);
			csv_text(c, x->end[t]);
			csv_kw(c, set->item[i].mean_w[t]);
			csv_ratio(c, set->item[i].factor_ppm);
			csv_kw(c, set->item[i].baseline_w[t]);
			csv_end(c);
		}
	return 0;
}

/* ---- telemetry */

/* [pile * n + interval] */
static int load_cells(struct export *x, struct aggregate_cell **cells)
{
	const struct timegrid *g = &x->day.grid;
	struct telemetry_intervals rows;
	int rc = telemetry_load_intervals(x->w->arena, x->w->db, g->start_ms, timegrid_end(g, g->n - 1), &rows);
	*cells = ARENA_ARRAY(x->w->arena, x->day.ledger.n_piles * (size_t)g->n, struct aggregate_cell);
	for (size_t i = 0; !rc && i < rows.n; i++) {
		int64_t pile = ledger_pile_no(&x->day.ledger, rows.item[i].pile_no);
		int t = timegrid_index(g, rows.item[i].begin_ms);
		if (pile < 0)
			return export_refuse(x, E_UNKNOWN_RESOURCE, "a pile that was measured on this day is no longer in the ledger");
		(*cells)[pile * g->n + t] = (struct aggregate_cell){ rows.item[i].sum_w, rows.item[i].stored };
	}
	return rc;
}

int export_file_measured(struct export *x, struct csv *c)
{
	const struct ledger *l = &x->day.ledger;
	struct aggregate_cell *cells;
	int64_t expected = x->day.grid.step_ms / (x->w->hub->rules->telemetry.sample_s * MS_SECOND);
	int rc = load_cells(x, &cells);
	for (size_t i = 0; !rc && i < l->n_piles; i++)
		for (int t = 0; t < x->day.grid.n; t++) {
			const struct aggregate_cell *cell = &cells[(int)i * x->day.grid.n + t];
			csv_text(c, l->pile[i].id);
			csv_text(c, x->end[t]);
			csv_int(c, expected);
			csv_int(c, cell->stored);
			csv_kw(c, aggregate_mean_w(cell));
			csv_end(c);
		}
	return rc;
}
