/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/meter.h"
#include <stdlib.h>
#include "base/error.h"
#include "store/ledger.h"
#include "store/meter.h"

/* A series of the message that is good as a whole; number: its place in the message. */
struct series {
	int number;
	uint32_t station_no;
	bool exports;                   /* its station has V2G piles */
	int64_t start_ms, end_ms;
	const struct meter_series *told;
	bool refused;
};

/* What is to be written. */
struct change { struct meter_run *run, *gone; size_t runs, gones, room, gones_room; };

/* -- each series for itself */

static int check_times(struct call *c, const struct meter_series *s, int64_t end_ms, int number)
{
	const struct rules *rules = c->w.hub->rules;
	struct timegrid grid = rules_grid(rules, rules_day_of(rules, s->start.v));

	if ((s->start.v - grid.start_ms) % grid.step_ms != 0)
		return refuse_item(c, E_TIME_GRID, NULL, "series[%d]/start", number);
	if (end_ms > c->w.now_ms)
		return refuse_item(c, E_TIME_FUTURE, "it ends after now", "series[%d]/start", number);
	if (s->start.v < c->w.now_ms - rules->telemetry.history_oldest_days * MS_DAY)
		return refuse_item(c, E_TIME_ANCIENT, NULL, "series[%d]/start", number);
	return 0;
}

static int check_series(struct call *c, const struct ledger *ledger, const bool *exports, const struct meter_series *s,
			int number, struct series *out)
{
	int64_t station = ledger_meter(ledger, s->meter_no), end_ms;
	int rc;

	if (station < 0)
		return refuse_item(c, E_UNKNOWN_METER, NULL, "series[%d]/meterNo", number);
	if (s->mean_w.n < 1 || s->mean_w.n > METER_RUN_MAX)
		return refuse_item(c, E_CURVE_LENGTH, NULL, "series[%d]/meanMw", number);
	if (s->step_min.v != c->w.hub->rules->calendar.step_min)
		return refuse_item(c, E_TIME_GRID, NULL, "series[%d]/stepMin", number);
	end_ms = s->start.v + (int64_t)s->mean_w.n * s->step_min.v * MS_MINUTE;
	rc = check_times(c, s, end_ms, number);
	if (rc == 0)
		*out = (struct series){ .number = number, .station_no = ledger->station[station].no,
			.exports = exports[station], .start_ms = s->start.v, .end_ms = end_ms, .told = s };
	return rc;
}

/* -- series of one station against each other and against what is stored */

static bool touches(const struct series *s, int64_t start_ms, int64_t end_ms)
{
	return s->start_ms < end_ms && start_ms < s->end_ms;
}

static int64_t run_end(const struct meter_run *run)
{
	return run->start_ms + (int64_t)run->n * run->step_min * MS_MINUTE;
}

static bool is_free(const struct series *group, size_t i, const struct meter_runs *stored)
{
	const struct series *s = &group[i];

	for (size_t k = 0; k < i; k++)
		if (!group[k].refused && touches(s, group[k].start_ms, group[k].end_ms))
			return false;
	for (size_t k = 0; k < stored->n; k++) {
		const struct meter_run *run = &stored->item[k];

		if (touches(s, run->start_ms, run_end(run)) &&
		    (run->start_ms < s->start_ms || run_end(run) > s->end_ms))
			return false;
	}
	return true;
}

static int reading_error(const struct series *s, int64_t mean_w)
{
	if (mean_w < 0 && !s->exports)
		return E_NEGATIVE;
	return mean_w < -INT32_MAX || mean_w > INT32_MAX ? E_RANGE : 0;
}

/* -- what is to be written */

/* Makes room for one more in an array of the arena. */
static struct meter_run *one_more(struct arena *a, struct meter_run **run, size_t *n, size_t *room)
{
	if (*n == *room) {
		struct meter_run *wider = ARENA_ARRAY(a, 2 * *room + 64, struct meter_run);

		for (size_t i = 0; i < *n; i++)
			wider[i] = (*run)[i];
		*run = wider;
		*room = 2 * *room + 64;
	}
	return &(*run)[(*n)++];
}

/* The good readings of a series as gapless runs. */
static size_t add_runs(struct call *c, const struct series *s, struct change *change)
{
	int64_t *mean_w = ARENA_ARRAY(c->w.arena, (size_t)s->told->mean_w.n, int64_t);
	struct meter_run *run = NULL;
	size_t stored = 0;

	for (int i = 0; i < s->told->mean_w.n; i++) {
		int rc;

		mean_w[i] = s->told->mean_w.item[i].v;
		rc = reading_error(s, mean_w[i]);
		if (rc < 0) {
			refuse_item(c, rc, NULL, "series[%d]/meanMw[%d]", s->number, i + 1);
			run = NULL;
			continue;
		}
		if (run == NULL) {
			run = one_more(c->w.arena, &change->run, &change->runs, &change->room);
			*run = (struct meter_run){ s->station_no,
				s->start_ms + (int64_t)i * s->told->step_min.v * MS_MINUTE,
				s->told->step_min.v, 0, &mean_w[i], c->w.seq };
		}
		run->n++;
		stored++;
	}
	return stored;
}

static void replace_runs(struct call *c, const struct series *s, const struct meter_runs *stored, struct change *change)
{
	for (size_t k = 0; k < stored->n; k++)
		if (touches(s, stored->item[k].start_ms, run_end(&stored->item[k])))
			*one_more(c->w.arena, &change->gone, &change->gones, &change->gones_room) = stored->item[k];
}

/* All series of one station, in the message's order. */
static int take_station(struct call *c, struct series *group, size_t n, struct change *change)
{
	struct meter_runs stored;
	int64_t from_ms = group[0].start_ms, to_ms = group[0].end_ms;
	int rc;

	for (size_t i = 1; i < n; i++) {
		from_ms = group[i].start_ms < from_ms ? group[i].start_ms : from_ms;
		to_ms = group[i].end_ms > to_ms ? group[i].end_ms : to_ms;
	}
	rc = meter_lock(c->w.arena, c->w.db, group[0].station_no, from_ms, to_ms, &stored);
	for (size_t i = 0; i < n && rc == 0; i++) {
		size_t good;

		if (!is_free(group, i, &stored)) {
			group[i].refused = true;
			refuse_item(c, E_OVERLAP, NULL, "series[%d]", group[i].number);
			continue;
		}
		good = add_runs(c, &group[i], change);
		c->items_stored += (int64_t)good;
		if (good > 0)
			replace_runs(c, &group[i], &stored, change);
	}
	return rc;
}

static int by_station(const void *x, const void *y)
{
	const struct series *a = x, *b = y;

	if (a->station_no != b->station_no)
		return a->station_no < b->station_no ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

static int take_all(struct call *c, struct series *series, size_t n, struct change *change)
{
	int rc = 0;

	/* stations in one order for everybody, so that two messages never wait for each other */
	qsort(series, n, sizeof *series, by_station);
	for (size_t i = 0, end; i < n && rc == 0; i = end) {
		for (end = i + 1; end < n && series[end].station_no == series[i].station_no; end++)
			continue;
		rc = take_station(c, &series[i], end - i, change);
	}
	return rc;
}

static bool *exporting_stations(struct arena *a, const struct ledger *ledger)
{
	bool *exports = ARENA_ARRAY(a, ledger->n_stations, bool);

	for (size_t i = 0; i < ledger->n_piles; i++)
		if (ledger->pile[i].kind == PILE_KIND_V2G)
			exports[ledger->pile[i].station] = true;
	return exports;
}

int meter_submit(struct call *c, const struct trd_submit_meter_data *m)
{
	struct series *series = ARENA_ARRAY(c->w.arena, (size_t)m->n_series, struct series);
	struct change change = { NULL, NULL, 0, 0, 0, 0 };
	struct ledger ledger;
	const bool *exports;
	size_t n = 0;
	int rc = ledger_load_all(c->w.arena, c->w.db, &ledger);

	if (rc < 0)
		return rc;
	exports = exporting_stations(c->w.arena, &ledger);
	for (int i = 0; i < m->n_series; i++) {
		c->items_in += m->series[i].mean_w.n;
		if (check_series(c, &ledger, exports, &m->series[i], i + 1, &series[n]) == 0)
			n++;
	}
	rc = take_all(c, series, n, &change);
	if (rc == 0)
		rc = meter_delete(c->w.arena, c->w.db, change.gone, change.gones);
	return rc == 0 ? meter_save(c->w.arena, c->w.db, change.run, change.runs) : rc;
}
