/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <stdio.h>
#include "base/error.h"
#include "base/rng.h"
#include "sim/draw_history.h"
#include "sim/physics.h"

enum {
	STEP_MIN = 15, SHAVE_FIRST = 24, SHAVE_END = 32, NIGHT_FIRST = 48, NIGHT_END = 72,
	OUTLIER_PERCENT = 180, GAP_INCOMPLETE = 8, GAP_MOST = 4, GAP_STATIONS = 50
};

/* One day of sessions, charged at once: mean W by station and interval into value[]. */
static int live_day(struct arena *a, const struct session_sources *from, const struct world *w, int32_t date,
	int64_t *value)
{
	struct world_session *s = ARENA_ARRAY(a, WORLD_SESSIONS, struct world_session);
	int64_t *power_w = ARENA_ARRAY(a, w->n_piles, int64_t);
	struct physics *p;
	int error = draw_sessions(a, w, from, date, s);

	if (error)
		return error;
	p = physics_new(a, w, s, WORLD_SESSIONS);
	for (size_t m = 0; m < WORLD_MINUTES; m++) {
		error = physics_minute(p, m, power_w);
		if (error)
			return error;
		for (size_t i = 0; i < w->n_piles; i++)
			value[w->pile[i].station * WORLD_STEPS + m / STEP_MIN] += power_w[i];
	}
	for (size_t i = 0; i < w->n_stations * WORLD_STEPS; i++)
		value[i] = decimal_div(value[i], STEP_MIN);
	return 0;
}

static void respond(int64_t *value)
{
	int64_t moved = 0;

	for (int t = SHAVE_FIRST; t < SHAVE_END; t++) {
		moved += value[t] / 2;
		value[t] -= value[t] / 2;
	}
	for (int t = NIGHT_FIRST; t < NIGHT_END; t++)
		value[t] += moved / (NIGHT_END - NIGHT_FIRST);
}

static void enlarge(const struct world_station *s, int64_t *value)
{
	for (int t = 0; t < WORLD_STEPS; t++) {
		value[t] = decimal_div((__int128)value[t] * OUTLIER_PERCENT, 100);
		if (value[t] > s->rated_sum_w)
			value[t] = s->rated_sum_w;
	}
}

static void lose(struct rng *r, int64_t *value, int64_t n)
{
	int64_t from = rng_between(r, 0, WORLD_STEPS - n);

	for (int64_t t = from; t < from + n; t++)
		value[t] = VALUE_NONE;
}

static void spoil_day(const struct world *w, int32_t date, int64_t *value)
{
	char purpose[32], text[16];
	struct rng r;

	snprintf(purpose, sizeof(purpose), "meters %s", date_format(date, text));
	rng_seed_named(&r, w->seed, purpose);
	for (size_t i = 0; i < w->n_stations; i++, value += WORLD_STEPS) {
		if (date == w->event_date)
			respond(value);
		if (date == w->outlier_date)
			enlarge(&w->station[i], value);
		if (date == w->incomplete_date)
			lose(&r, value, GAP_INCOMPLETE);
		else if (rng_below(&r, GAP_STATIONS) == 0)
			lose(&r, value, rng_between(&r, 1, GAP_MOST));
	}
}

int draw_history(struct arena *a, const struct session_sources *from, struct world *w)
{
	struct arena *day = arena_new(1 << 20);
	int error = 0;

	w->history = ARENA_ARRAY(a, WORLD_HISTORY_DAYS * w->n_stations * WORLD_STEPS, int64_t);
	for (int back = 1; back <= WORLD_HISTORY_DAYS && !error; back++) {
		int64_t *value = w->history + (size_t)(back - 1) * w->n_stations * WORLD_STEPS;

		error = live_day(day, from, w, w->date - back, value);
		if (!error)
			spoil_day(w, w->date - back, value);
		arena_reset(day);
	}
	arena_free(day);
	return error;
}
