/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The network of the certificates: one station at a time, its vehicles filled interval by interval in a given order. It
 * shares no code with the solver (flow.h), so that an error in one does not hide in the other. Internal to compute/. */
#ifndef VGI_COMPUTE_FILL_H
#define VGI_COMPUTE_FILL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "compute/decompose.h"

struct fill_member {
	int first, count;               /* its stay, in intervals */
	size_t offset;                  /* of its first interval in cap and x */
	int64_t left;                   /* energy not placed yet, W·intervals */
	int takes;                      /* interval in which it would take more; -1: not visited */
};

struct fill {
	const struct decompose_problem *p;
	size_t *begin, *vehicle;        /* vehicles of station k: vehicle[begin[k]] … vehicle[begin[k + 1] - 1] */

	/* the station entered */
	int n;
	size_t m;
	int64_t limit;
	struct fill_member *member;     /* [m], as in vehicle[] */
	int32_t *cap, *x;               /* W, packed by member */
	int64_t *load;                  /* [n] W */
	size_t *giver;                  /* [n] member that would give up power there; SIZE_MAX: not visited */
	int *queue;                     /* [n] */
	bool *closed;                   /* [n] no energy left can be reached from this interval any more */
};

/* Groups p's vehicles by station. Everything lives in scratch. 0 or E_RANGE (grid, station index). */
int fill_init(struct arena *scratch, struct fill *f, const struct decompose_problem *p);
/* Enters station k with nothing charged and no energy; the caller sets each member's left. */
void fill_enter(struct fill *f, size_t k);
/* Fills the intervals in the given order [n], each as far as it goes without taking from an earlier one: loads that are
 * cheapest for costs rising in that order (Edmonds 1970). Leaves loads and powers in load and x; returns the energy
 * placed, which is the most that can be. */
int64_t fill_run(struct fill *f, const int *order);
/* Number of intervals that vehicle v touches, the first in *first (unchanged if there is none). */
int fill_stay(const struct decompose_problem *p, const struct decompose_vehicle *v, int *first);
#endif
