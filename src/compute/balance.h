/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Step 2 of a decomposition: brings a network's load as near to the target as it can be, exactly, in whole watts.
 *
 * Why it is exact. The loads P that schedules with fixed energies can have are the integer points of a base
 * polyhedron: the most that can be put into a set of intervals, f(S), is a maximum flow and hence submodular, and sums
 * over vehicles and stations keep that (transport polymatroids). Over a base polyhedron a separable convex function is
 * minimised by decomposition (Fujishige 1980 for squares, Groenevelt 1991 for convex functions and integer points):
 *   1. forget all limits but the sum; the best y is a water level (level.h);
 *   2. look for the flow whose load is y. If there is one, it is the optimum, as nothing with fewer limits is better;
 *   3. else the minimum cut shows a set U of intervals into which y asks for more than f(U), most of all sets. The
 *      optimum then has exactly f(U) in U, so both sides can be solved alone: U with the sum f(U), and the rest.
 * Why the cut also splits the network. In every schedule that puts f(U) into U each edge across the cut is full or
 * empty, so no later move uses it: each vehicle and cell belongs to one side, and edges between sides are frozen.
 * Hence all parts are searched at once and the work does not grow with their number; each split leaves deficits on one
 * side and surplus on the other, so there are at most n parts.
 * The tie rule of the water level is a fixed order on watts of equal cost. It acts like an infinitely small addition
 * to the cost that makes all watts differ, so the result is the unique optimum of that problem, whatever flow led to
 * it. */
#ifndef VGI_COMPUTE_BALANCE_H
#define VGI_COMPUTE_BALANCE_H
#include <stdint.h>
#include "compute/flow.h"

/* f: all in part 0 with a complete schedule, its x, cell and load. target, weight, most (Σ caps of the interval, or
 * less if limits say so): [n], bounds as in level.h. Allocates from scratch. Afterwards f->load is the optimum and
 * f->x a schedule that has it. *parts: how many parts the intervals ended in, *searches: breadth-first searches that
 * took. */
void balance_run(struct arena *scratch, struct flow *f, const int64_t *target, const int64_t *weight,
		 const int64_t *most, uint32_t *parts, uint32_t *searches);
#endif
