/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the tests of this room share: the shipped trial data, a folder of their own, and a world small enough to
 * reckon by hand. */
#ifndef TEST_SIM_TRIAL_H
#define TEST_SIM_TRIAL_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/error.h"
#include "sim/world.h"

static inline const char *trial_dir(struct arena *a)
{
	const char *top = getenv("srcdir");

	return arena_printf(a, "%s/etc/trial/data", top ? top : ".");
}

static inline const struct world *trial_world(struct arena *a, uint64_t seed, const char *data_dir)
{
	struct world_options options = { trial_dir(a), data_dir };
	const struct world *w;

	assert_int_equal(world_new(a, seed, &options, &w, NULL), 0);
	return w;
}

/* The folder of the mixed day's three sets, NULL where it is not. */
static inline const char *mixed_dir(struct arena *a)
{
	const char *dir = getenv("TRIAL_DATA");

	if (!dir || access(arena_printf(a, "%s/acn-sessions/sessions.csv", dir), R_OK) != 0 ||
	    access(arena_printf(a, "%s/workplace-sessions/sessions.csv", dir), R_OK) != 0)
		return NULL;
	return dir;
}

static inline char *make_folder(struct arena *a)
{
	const char *tmp = getenv("TMPDIR");
	char *folder = arena_printf(a, "%s/vgisim-test-XXXXXX", tmp ? tmp : "/tmp");

	assert_non_null(mkdtemp(folder));
	return folder;
}

static inline const char *write_file(struct arena *a, const char *folder, const char *name, const char *text)
{
	const char *path = arena_printf(a, "%s/%s", folder, name);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fputs(text, f) < 0, 0);
	assert_int_equal(fclose(f), 0);
	return path;
}

/* One station of aggregator 0 with two 11 kW piles; its behaviour and limit are the caller's. */
static inline struct world *tiny_world(struct arena *a, enum world_behaviour behaviour, int64_t limit_w)
{
	struct world *w = ARENA_NEW(a, struct world);

	w->date = date_from_civil(2026, 6, 10);
	w->grid = timegrid_of_day(w->date, WORLD_NOON_MIN, WORLD_OFFSET_MIN, 15);
	w->n_stations = 1;
	w->n_piles = 2;
	w->station = ARENA_NEW(a, struct world_station);
	w->pile = ARENA_ARRAY(a, 2, struct world_pile);
	w->aggregator[0].behaviour = behaviour;
	w->aggregator[0].n_stations = 1;
	w->aggregator[0].n_piles = 2;
	w->station[0].limit_w = limit_w;
	w->station[0].n_piles = 2;
	w->pile[0].rated_w = w->pile[1].rated_w = 11000;
	return w;
}

/* A session at a pile of that world, times in seconds after noon. */
static inline struct world_session tiny_session(const struct world *w, size_t pile, int64_t from_s, int64_t to_s,
	int64_t need_wh, int64_t max_w)
{
	return (struct world_session){ .pile = pile, .arrival_ms = w->grid.start_ms + from_s * MS_SECOND,
		.departure_ms = w->grid.start_ms + to_s * MS_SECOND, .need_wh = need_wh, .max_w = max_w,
		.wish_wh = VALUE_NONE, .wish_departure_ms = TIME_NONE };
}
#endif
