/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The network behind a decomposition, holding a complete schedule at every moment, and moving load between intervals.
 *
 * Nodes: the n intervals; the vehicles; and a cell (station, interval) for each station whose limit can bind
 * ("tight"). The vehicles of the other stations ("free") touch the intervals directly. A vehicle's intervals are
 * contiguous and its caps equal but for the first and the last, so its edges need only their flow, x.
 * Moving one watt of load from interval t to interval u is a path
 *   t → cell (if load > 0) → vehicle (if x > 0) → cell (if x < cap) → u (if load < limit), or on to another vehicle,
 * which lowers x on the way in and raises it on the way out: energies, caps and limits hold before and after.
 *
 * Each node belongs to a part; edges between different parts are frozen (balance.h says why and how they come about).
 * Internal to compute/. Not thread-safe; all memory is handed in. */
#ifndef VGI_COMPUTE_FLOW_H
#define VGI_COMPUTE_FLOW_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

#define FLOW_FREE UINT32_MAX            /* vehicle.station of a vehicle without cells */
#define FLOW_UNREACHED (-1)             /* level of a node that cannot reach a deficit */

struct flow_vehicle {
	size_t offset;                  /* of its first interval in x */
	/* cap, W: in inner intervals, in its first (also if only) one, in its last one */
	int32_t most, head, tail;
	uint16_t first, count;
	uint32_t station;               /* tight station or FLOW_FREE */
};

struct flow {
	uint32_t n, n_vehicles, n_free, n_tight;        /* vehicles: the free ones first, then by tight station */
	struct flow_vehicle *vehicle;
	uint32_t *begin;                /* [n_tight + 1] vehicles of tight station k: begin[k] … begin[k + 1] - 1 */
	int64_t *limit;                 /* [n_tight] W */
	int32_t *x;                     /* flow vehicle → interval, W */
	int64_t *cell;                  /* [n_tight × n] load of a cell, W */
	int64_t *load, *goal;           /* [n] of an interval: all vehicles; what it should be */

	/* by node: intervals 0 … n-1, vehicles from n on, cells from n + n_vehicles on */
	uint32_t n_nodes;
	uint16_t *part;
	int32_t *level;                 /* edges to the nearest deficit of its part */
	uint32_t *arc;                  /* next edge to try */
	uint32_t *queue;                /* search order, later the path */
	int32_t *stop;                  /* [n] by part: level of its nearest surplus, INT32_MAX if none is reached */
};

/* Gives a network whose counts, vehicles, begin, limit and x are set its other arrays, from `a`; everything in part 0.
 */
void flow_init(struct arena *a, struct flow *f);

static inline int32_t flow_cap(const struct flow_vehicle *v, uint32_t t)
{
	uint32_t d = t - v->first;
	return d == 0 ? v->head : d + 1 == v->count ? v->tail : v->most;
}

static inline bool flow_covers(const struct flow_vehicle *v, uint32_t t)
{
	return t - v->first < v->count;         /* unsigned: false for t < first too */
}

/* Step 1 (flow_serve.c): from x = 0, gives each vehicle in turn, in the order they stand, as much of want[]
 * (W·intervals) as it can get without lowering what those before it got. got[] is filled; x, cell and load hold a
 * schedule of exactly that. */
void flow_serve(struct arena *scratch, struct flow *f, const int64_t *want, int64_t *got);

/* Breadth first from all deficits (load < goal) backward, inside each part, no further than the part's nearest surplus
 * (load > goal). Afterwards level ≥ 0 marks the nodes from which a deficit can be reached. */
void flow_search(struct flow *f);
/* Moves load along shortest paths until none is left (a blocking flow, Dinic 1970), after flow_search. */
void flow_push(struct flow *f);
#endif
