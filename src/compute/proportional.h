/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What a proportional split of a target would have missed: the yardstick beside a decomposition (F3).
 *
 * The split knows no future. In each interval in turn, a vehicle's at-once power is what it would draw uncontrolled:
 * the lesser of its cap (decompose_cap) and of the energy it still lacks; where a station's vehicles together exceed
 * its limit, each gets its power × limit / sum, rounded down. All are then scaled by the same share, target / Σ
 * at-once power, kept to 0 … 1, and rounded to whole W. What a vehicle is not given it still lacks in the next
 * interval; what it lacks at departure is lost. The energies are those of a decomposition's plan, so everything missed
 * is missed by the split, not by the limits. */
#ifndef VGI_COMPUTE_PROPORTIONAL_H
#define VGI_COMPUTE_PROPORTIONAL_H
#include <stddef.h>
#include <stdint.h>
#include "compute/decompose.h"

struct proportional {
	int64_t undelivered_wh;         /* Σ of what vehicles lack at departure */
	size_t n_short;                 /* vehicles that lack more than 1 % of before + energy */
	double deviation_w;             /* √(Σ weight·(total − target)² / Σ weight) */
};

/* p and plan as decompose_run took and gave them; only plan[].energy is used. total_w: [n] for the split's load, from
 * the caller. Scratch memory is freed before it returns. Cannot fail. Pure, thread-safe. */
void proportional_run(const struct decompose_problem *p, const struct decompose_plan *plan, int64_t *total_w,
		      struct proportional *r);
#endif
