/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "base/rng.h"
#include "sim/draw_ledger.h"

enum {
	LEDGER_SEED = 20260708, STATION_LEAST = 4, STATION_MOST = 40,
	FAST_PERCENT = 11, FAST_W = 60000, QUICK_W = 11000, SLOW_W = 7000, QUICK_EVERY = 4,
	LIMIT_PERCENT = 35, ZONES_A_SUBSTATION = 20, PPM = 1000000,
	OPERATORS_EACH = WORLD_OPERATORS / WORLD_AGGREGATORS
};
static const int64_t share_percent[WORLD_AGGREGATORS] = { 28, 20, 15, 12, 10, 7, 5, 3 };

struct deal { const struct source_station *from; size_t aggregator, piles; };

static void fill_aggregators(struct world *w)
{
	for (size_t i = 0; i < WORLD_AGGREGATORS; i++) {
		struct world_aggregator *g = &w->aggregator[i];

		snprintf(g->id, sizeof(g->id), "A%zu", i + 1);
		snprintf(g->name, sizeof(g->name), "Trial aggregator %zu", i + 1);
		g->share_ppm = share_percent[i] * (PPM / 100);
		for (size_t k = 0; k < OPERATORS_EACH; k++) {
			struct world_operator *o = &w->operator[i * OPERATORS_EACH + k];

			o->aggregator = i;
			snprintf(o->id, sizeof(o->id), "OP-%zu-%zu", i + 1, k + 1);
			snprintf(o->name, sizeof(o->name), "Trial operator %zu of aggregator %zu", k + 1, i + 1);
		}
	}
	w->aggregator[2].behaviour = WORLD_HALF_BACK;
	w->aggregator[4].behaviour = WORLD_SILENT;
	w->aggregator[5].behaviour = WORLD_OVER_FILLS;
}

/* Indices of the stations of a fitting size in the fixed random order (Fisher and Yates); returns how many. */
static size_t order_stations(const struct source_station *station, size_t n, size_t *order)
{
	struct rng r;
	size_t fitting = 0;

	for (size_t i = 0; i < n; i++)
		if (station[i].piles >= STATION_LEAST && station[i].piles <= STATION_MOST)
			order[fitting++] = i;
	rng_seed_named(&r, LEDGER_SEED, "ledger stations");
	for (size_t i = fitting; i > 1; i--) {
		size_t k = (size_t)rng_below(&r, i), held = order[k];

		order[k] = order[i - 1];
		order[i - 1] = held;
	}
	return fitting;
}

static size_t furthest_below(const int64_t *have, int64_t dealt)
{
	size_t best = 0;
	int64_t most = INT64_MIN;

	for (size_t i = 0; i < WORLD_AGGREGATORS; i++) {
		int64_t below = share_percent[i] * dealt - 100 * have[i];

		if (below > most) {
			most = below;
			best = i;
		}
	}
	return best;
}

/* Deals stations until all piles are there; returns the number of stations, 0 if they do not suffice. */
static size_t deal_stations(const struct source_station *station, const size_t *order, size_t n, struct deal *deal)
{
	int64_t have[WORLD_AGGREGATORS] = { 0 }, dealt = 0;
	size_t taken = 0;

	while (dealt < WORLD_PILES && taken < n) {
		const struct source_station *s = &station[order[taken]];
		int64_t piles = s->piles < WORLD_PILES - dealt ? s->piles : WORLD_PILES - dealt;
		size_t to;

		dealt += piles;
		to = furthest_below(have, dealt);
		have[to] += piles;
		deal[taken++] = (struct deal){ s, to, (size_t)piles };
	}
	return dealt == WORLD_PILES ? taken : 0;
}

static void fill_station(struct world_station *s, const struct deal *d, size_t running)
{
	s->aggregator = d->aggregator;
	s->operator = d->aggregator * OPERATORS_EACH + running % OPERATORS_EACH;
	s->n_piles = d->piles;
	s->longitude_e6 = d->from->longitude_e6;
	s->latitude_e6 = d->from->latitude_e6;
	snprintf(s->id, sizeof(s->id), "ST-%lld", (long long)d->from->id);
	snprintf(s->transformer_area_id, sizeof(s->transformer_area_id), "TA-%lld", (long long)d->from->id);
	snprintf(s->feeder_id, sizeof(s->feeder_id), "FD-%lld", (long long)d->from->zone);
	snprintf(s->substation_id, sizeof(s->substation_id), "SS-%lld",
		(long long)(d->from->zone / ZONES_A_SUBSTATION));
	snprintf(s->meter_id, sizeof(s->meter_id), "9990%012lld", (long long)d->from->id);
}

/* Stations in the order of their aggregators, so that each aggregator's stations and piles are contiguous. */
static void fill_stations(struct world *w, const struct deal *deal, size_t n)
{
	size_t at = 0, pile = 0;

	for (size_t i = 0; i < WORLD_AGGREGATORS; i++) {
		struct world_aggregator *g = &w->aggregator[i];

		g->first_station = at;
		g->first_pile = pile;
		for (size_t k = 0; k < n; k++) {
			if (deal[k].aggregator != i)
				continue;
			fill_station(&w->station[at], &deal[k], at - g->first_station);
			w->station[at].first_pile = pile;
			pile += deal[k].piles;
			at++;
		}
		g->n_stations = at - g->first_station;
		g->n_piles = pile - g->first_pile;
	}
}

/* Exactly FAST_PERCENT of the piles, each choice equally likely (Knuth's selection sampling). */
static void rate_piles(struct world *w)
{
	size_t fast = w->n_piles * FAST_PERCENT / 100, others = 0;
	struct rng r;

	rng_seed_named(&r, LEDGER_SEED, "ledger piles");
	for (size_t i = 0; i < w->n_piles; i++) {
		struct world_pile *p = &w->pile[i];

		if (rng_below(&r, w->n_piles - i) < fast) {
			fast--;
			p->kind = WORLD_PILE_DC;
			p->rated_w = FAST_W;
		} else {
			p->kind = WORLD_PILE_AC;
			p->rated_w = ++others % QUICK_EVERY == 0 ? QUICK_W : SLOW_W;
		}
	}
}

static void fill_piles(struct world *w)
{
	rate_piles(w);
	for (size_t i = 0; i < w->n_stations; i++) {
		struct world_station *s = &w->station[i];
		int64_t largest_w = 0;

		for (size_t k = 0; k < s->n_piles; k++) {
			struct world_pile *p = &w->pile[s->first_pile + k];

			p->station = i;
			snprintf(p->id, sizeof(p->id), "%.24s:%02u", s->id, (unsigned)(k + 1) % 100);
			s->rated_sum_w += p->rated_w;
			if (p->rated_w > largest_w)
				largest_w = p->rated_w;
		}
		s->limit_w = s->rated_sum_w * LIMIT_PERCENT / 100;
		if (s->limit_w < largest_w)
			s->limit_w = largest_w;
	}
}

int draw_ledger(struct arena *a, const struct source_station *station, size_t n, struct world *w)
{
	size_t *order = ARENA_ARRAY(a, n, size_t);
	struct deal *deal = ARENA_ARRAY(a, n, struct deal);
	size_t fitting = order_stations(station, n, order);

	w->n_stations = deal_stations(station, order, fitting, deal);
	if (w->n_stations == 0)
		return E_NOTHING;
	w->n_piles = WORLD_PILES;
	w->station = ARENA_ARRAY(a, w->n_stations, struct world_station);
	w->pile = ARENA_ARRAY(a, w->n_piles, struct world_pile);
	fill_aggregators(w);
	fill_stations(w, deal, w->n_stations);
	fill_piles(w);
	return 0;
}
