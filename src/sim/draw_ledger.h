/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The ledger of the trial city: 2,000 piles at real places, dealt to eight aggregators. The same whatever the seed.
 *
 * Stations with 4 to 40 piles stand in a fixed random order and are taken until there are 2,000 piles; the last one
 * taken is cut to what is still needed. Each goes to the aggregator whose number of piles lies furthest below its
 * share of all dealt so far, this station included (ties: the smaller id). 11 % of the piles, at random but fixed,
 * are 60 kW; of the others every fourth is 11 kW, the rest 7 kW. One transformer area a station, one feeder a traffic
 * zone, one substation for twenty neighbouring zone numbers, two operators an aggregator in turn, one meter number a
 * station: all generated. */
#ifndef VGI_SIM_DRAW_LEDGER_H
#define VGI_SIM_DRAW_LEDGER_H
#include "base/arena.h"
#include "sim/sources.h"
#include "sim/world.h"

/* Fills aggregator, operator, station and pile of w. 0, or E_NOTHING: the stations do not have 2,000 piles. */
int draw_ledger(struct arena *a, const struct source_station *station, size_t n, struct world *w);
#endif
