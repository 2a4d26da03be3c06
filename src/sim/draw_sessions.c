/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <stdio.h>
#include <stdlib.h>
#include "base/error.h"
#include "base/rng.h"
#include "sim/draw_sessions.h"

enum {
	DAYS_NEAREST = 5, TRIES = 10000,
	JITTER_S = 7 * 60, DAY_S = 86400, LAST_ARRIVAL_S = 20 * 3600, STAY_LEAST_S = 900,
	QUICK_ABOVE_W = 7400, QUICK_PILE_W = 11000,
	WORK_PERCENT = 13, FAST_PERCENT = 7
};

struct pool { const struct source_row **row; size_t n; };
struct piles { size_t *index; size_t n; };

struct draw {
	const struct world *world;
	struct rng rng;
	struct pool pool[WORLD_GROUPS];
	struct piles all, ac, quick, fast;
	uint64_t (*busy)[2];            /* a bit an interval, by pile */
};

/* 2019-12-11 and 2026-06-10 are Wednesdays, so that going back keeps the day of the week. */
static int32_t real_day(const struct world *w, int32_t date)
{
	return date_from_civil(2019, 12, 11) - (w->date - date);
}

static bool is_of_class(const struct source_row *r, bool workday) { return world_is_workday(r->day) == workday; }

/* Orders days by distance from `ref`, the earlier of two equally near first. */
static int64_t nearness(int32_t day, int32_t ref)
{
	return day > ref ? 2 * ((int64_t)day - ref) + 1 : 2 * ((int64_t)ref - day);
}

/* The nearness of the fifth nearest day that has rows of the class, or of the last one there is; -1: none. */
static int64_t nearest_days(const struct source_set *set, bool workday, int32_t ref)
{
	int64_t last = -1;

	for (int k = 0; k < DAYS_NEAREST; k++) {
		int64_t next = INT64_MAX;

		for (size_t i = 0; i < set->n; i++) {
			int64_t x = nearness(set->row[i].day, ref);

			if (x > last && x < next && is_of_class(&set->row[i], workday))
				next = x;
		}
		if (next == INT64_MAX)
			break;
		last = next;
	}
	return last;
}

static struct pool pool_new(struct arena *a, const struct source_set *set, bool workday, int32_t ref, int64_t within)
{
	struct pool p = { ARENA_ARRAY(a, set->n, const struct source_row *), 0 };

	for (size_t i = 0; i < set->n; i++)
		if (is_of_class(&set->row[i], workday) && nearness(set->row[i].day, ref) <= within)
			p.row[p.n++] = &set->row[i];
	return p;
}

static void draw_pools(struct arena *a, struct draw *d, const struct session_sources *from, int32_t date)
{
	bool workday = world_is_workday(date);
	int32_t ref = real_day(d->world, date);

	d->pool[WORLD_HOME] = pool_new(a, &from->home, workday, ref, nearest_days(&from->home, workday, ref));
	d->pool[WORLD_WORK] = pool_new(a, &from->work, workday, ref, INT64_MAX);
	d->pool[WORLD_FAST] = pool_new(a, &from->fast, workday, ref, INT64_MAX);
}

static void piles_add(struct piles *p, bool fits, size_t pile)
{
	if (fits)
		p->index[p->n++] = pile;
}

/* In random order, so that the search for a free one, going on from a random place, prefers no station. */
static void draw_piles(struct arena *a, struct draw *d)
{
	const struct world *w = d->world;
	size_t *order = ARENA_ARRAY(a, w->n_piles, size_t);
	struct piles *list[] = { &d->all, &d->ac, &d->quick, &d->fast };

	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		*list[i] = (struct piles){ ARENA_ARRAY(a, w->n_piles, size_t), 0 };
	for (size_t i = 0; i < w->n_piles; i++) {
		size_t k = (size_t)rng_below(&d->rng, i + 1);

		order[i] = order[k];
		order[k] = i;
	}
	for (size_t i = 0; i < w->n_piles; i++) {
		const struct world_pile *p = &w->pile[order[i]];

		piles_add(&d->all, true, order[i]);
		piles_add(&d->ac, p->kind == WORLD_PILE_AC, order[i]);
		piles_add(&d->quick, p->rated_w == QUICK_PILE_W, order[i]);
		piles_add(&d->fast, p->kind == WORLD_PILE_DC, order[i]);
	}
}

/* A bit for each interval that [from_s, to_s) touches. */
static void intervals_of(int32_t from_s, int32_t to_s, uint64_t bits[2])
{
	bits[0] = bits[1] = 0;
	for (int32_t i = from_s / WORLD_STEP_S; i <= (to_s - 1) / WORLD_STEP_S; i++)
		bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool find_free(struct draw *d, const struct piles *p, const uint64_t bits[2], size_t *pile)
{
	size_t start = p->n ? (size_t)rng_below(&d->rng, p->n) : 0;

	for (size_t i = 0; i < p->n; i++) {
		size_t at = p->index[(start + i) % p->n];

		if (!(d->busy[at][0] & bits[0]) && !(d->busy[at][1] & bits[1])) {
			*pile = at;
			return true;
		}
	}
	return false;
}

static bool find_pile(struct draw *d, enum world_group group, int64_t vehicle_w, const uint64_t bits[2], size_t *pile)
{
	if (group == WORLD_FAST)
		return find_free(d, &d->fast, bits, pile);
	if (group == WORLD_HOME && vehicle_w > QUICK_ABOVE_W && find_free(d, &d->quick, bits, pile))
		return true;
	return find_free(d, d->world->mixed ? &d->ac : &d->all, bits, pile);
}

/* False: this row cannot be played as shifted, or has no pile. */
static bool place_row(struct draw *d, enum world_group group, const struct source_row *row, struct world_session *s)
{
	int64_t start_ms = d->world->grid.start_ms;
	int32_t from_s = row->arrival_s + (int32_t)rng_between(&d->rng, -JITTER_S, JITTER_S);
	int32_t to_s = from_s + row->stay_s < DAY_S ? from_s + row->stay_s : DAY_S;
	uint64_t bits[2];
	size_t pile;

	if (from_s < 0 || from_s >= LAST_ARRIVAL_S || to_s - from_s < STAY_LEAST_S)
		return false;
	intervals_of(from_s, to_s, bits);
	if (!find_pile(d, group, row->vehicle_w, bits, &pile))
		return false;
	d->busy[pile][0] |= bits[0];
	d->busy[pile][1] |= bits[1];
	*s = (struct world_session){
		.pile = pile, .group = group, .need_wh = row->energy_wh,
		.arrival_ms = start_ms + (int64_t)from_s * MS_SECOND,
		.departure_ms = start_ms + (int64_t)to_s * MS_SECOND,
		.max_w = row->vehicle_w < d->world->pile[pile].rated_w ? row->vehicle_w : d->world->pile[pile].rated_w,
		.wish_wh = row->wish_wh,
		.wish_departure_ms = row->wish_stay_s ?
			start_ms + ((int64_t)from_s + row->wish_stay_s) * MS_SECOND : TIME_NONE
	};
	return true;
}

static int draw_group(struct draw *d, enum world_group group, size_t n, struct world_session *s)
{
	const struct pool *p = &d->pool[group];

	for (size_t i = 0; i < n; i++) {
		int tries = 0;

		if (p->n == 0)
			return E_NOTHING;
		while (!place_row(d, group, p->row[rng_below(&d->rng, p->n)], &s[i]))
			if (++tries == TRIES)
				return E_NOTHING;
	}
	return 0;
}

static int by_arrival(const void *a, const void *b)
{
	const struct world_session *x = a, *y = b;

	if (x->arrival_ms != y->arrival_ms)
		return x->arrival_ms < y->arrival_ms ? -1 : 1;
	return (x->pile > y->pile) - (x->pile < y->pile);
}

int draw_sessions(struct arena *a, const struct world *w, const struct session_sources *from, int32_t date,
	struct world_session *s)
{
	struct draw d = { .world = w, .busy = arena_array(a, w->n_piles, sizeof(*d.busy)) };
	size_t fast = w->mixed ? WORLD_SESSIONS * FAST_PERCENT / 100 : 0;
	size_t work = w->mixed ? WORLD_SESSIONS * WORK_PERCENT / 100 : 0;
	char purpose[32], text[16];
	int error;

	snprintf(purpose, sizeof(purpose), "sessions %s", date_format(date, text));
	rng_seed_named(&d.rng, w->seed, purpose);
	draw_pools(a, &d, from, date);
	draw_piles(a, &d);
	error = draw_group(&d, WORLD_FAST, fast, s);
	if (!error)
		error = draw_group(&d, WORLD_WORK, work, s + fast);
	if (!error)
		error = draw_group(&d, WORLD_HOME, WORLD_SESSIONS - fast - work, s + fast + work);
	if (error)
		return error;
	qsort(s, WORLD_SESSIONS, sizeof(*s), by_arrival);
	for (size_t i = 0; i < WORLD_SESSIONS && date == w->date; i++)
		snprintf(s[i].id, sizeof(s[i].id), "CS-%05zu", i + 1);
	return 0;
}
