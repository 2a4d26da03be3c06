/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <unistd.h>
#include "base/error.h"
#include "sim/draw_history.h"
#include "sim/draw_ledger.h"
#include "sim/draw_sessions.h"
#include "sim/sources.h"
#include "sim/world.h"

enum { SILENT_FROM_MIN = 18 * 60 + 45, SILENT_TO_MIN = 19 * 60 + 45 };

struct drawing {
	struct arena *arena;            /* of the world */
	struct arena *scratch;          /* of the sources */
	struct world *world;
	struct session_sources sources;
	const char *path;               /* read last */
};

static void note_source(struct drawing *d, const char *name, size_t rows, size_t skipped)
{
	d->world->source[d->world->n_sources++] = (struct world_source){ name, rows, skipped };
}

static int load_ledger(struct drawing *d, const char *trial_dir)
{
	struct source_station *station;
	size_t n, skipped;
	int error;

	d->path = arena_printf(d->arena, "%s/stations.csv", trial_dir);
	error = source_stations(d->scratch, d->path, &station, &n, &skipped);
	if (error)
		return error;
	note_source(d, "stations", n, skipped);
	return draw_ledger(d->arena, station, n, d->world);
}

static int load_home(struct drawing *d, const char *path)
{
	int error;

	d->path = path;
	error = source_home(d->scratch, path, &d->sources.home);
	note_source(d, "home", d->sources.home.rows, d->sources.home.skipped);
	return error;
}

/* Work and fast rows. Counted apart, as the workplace rows go into the same set as ACN's. */
static int load_others(struct drawing *d, const char *acn, const char *workplace)
{
	struct source_set *work = &d->sources.work;
	size_t rows, skipped;
	int error;

	d->path = acn;
	error = source_acn(d->scratch, acn, work, &d->sources.fast);
	if (error)
		return error;
	rows = work->rows;
	skipped = work->skipped;
	note_source(d, "acn", rows, skipped);
	d->path = workplace;
	error = source_workplace(d->scratch, workplace, work);
	note_source(d, "workplace", work->rows - rows, work->skipped - skipped);
	return error;
}

static int load_sessions(struct drawing *d, const struct world_options *options)
{
	const char *acn, *workplace;
	int error;

	if (!options->data_dir)
		return load_home(d, arena_printf(d->arena, "%s/home-sessions.csv", options->trial_dir));
	error = load_home(d, arena_printf(d->arena, "%s/residential-sessions/sessions.csv", options->data_dir));
	if (error)
		return error;
	acn = arena_printf(d->arena, "%s/acn-sessions/sessions.csv", options->data_dir);
	workplace = arena_printf(d->arena, "%s/workplace-sessions/sessions.csv", options->data_dir);
	if (access(acn, F_OK) != 0 || access(workplace, F_OK) != 0)
		return 0;
	d->world->mixed = true;
	return load_others(d, acn, workplace);
}

static int draw(struct drawing *d, const struct world_options *options)
{
	struct world *w = d->world;
	int error = load_ledger(d, options->trial_dir);

	if (!error)
		error = load_sessions(d, options);
	if (error)
		return error;
	w->n_sessions = WORLD_SESSIONS;
	w->session = ARENA_ARRAY(d->arena, w->n_sessions, struct world_session);
	error = draw_sessions(d->scratch, w, &d->sources, w->date, w->session);
	return error ? error : draw_history(d->arena, &d->sources, w);
}

int world_new(struct arena *a, uint64_t seed, const struct world_options *options, const struct world **world,
	      const char **problem)
{
	struct drawing d = { .arena = a, .scratch = arena_new(1 << 20), .world = ARENA_NEW(a, struct world) };
	int error;

	d.world->seed = seed;
	d.world->date = date_from_civil(2026, 6, 10);
	d.world->event_date = date_from_civil(2026, 6, 4);
	d.world->incomplete_date = date_from_civil(2026, 6, 2);
	d.world->outlier_date = date_from_civil(2026, 6, 8);
	d.world->grid = timegrid_of_day(d.world->date, WORLD_NOON_MIN, WORLD_OFFSET_MIN, WORLD_STEP_S / 60);
	error = draw(&d, options);
	arena_free(d.scratch);
	*world = error ? NULL : d.world;
	if (problem)
		*problem = error ? d.path : NULL;
	return error;
}

bool world_is_silent(const struct world *w, size_t aggregator, int64_t ts_ms)
{
	int64_t noon_ms = w->grid.start_ms - (int64_t)WORLD_NOON_MIN * MS_MINUTE;

	return w->aggregator[aggregator].behaviour == WORLD_SILENT &&
	       ts_ms > noon_ms + (int64_t)SILENT_FROM_MIN * MS_MINUTE &&
	       ts_ms <= noon_ms + (int64_t)SILENT_TO_MIN * MS_MINUTE;
}
