/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Decomposition of what remains of a task when some vehicles are steered no more (F3): an aggregator refused its share
 * or is not heard of. What these vehicles will take is given (`fixed`); the others share the rest of the target.
 *
 * The problem is that of compute/decompose.h from the first interval that can still be changed on, before_wh measured up
 * to it. A fixed vehicle's powers stand as they are, its need and cap are not looked at. The free ones are decomposed
 * against target − Σ fixed; where fixed and free ones share a station, the free ones have what the fixed ones leave of
 * its limit in the interval in which they take most. So needs, caps and limits of the free vehicles are kept as in
 * decompose_run, and the deviation is the least that is possible beside the fixed ones. Pure, thread-safe. */
#ifndef VGI_COMPUTE_REMAINDER_H
#define VGI_COMPUTE_REMAINDER_H
#include "compute/decompose.h"

/* fixed_w[i]: NULL: vehicle i is free; else its power in each interval it touches (decompose_stay), ≥ 0. s: all
 * vehicles, in the problem's order, powers packed in it too; of a fixed one energy, reachable_wh and planned_wh are what
 * its powers add up to. bound_w: no other schedule of the free ones deviates less. Arrays come from `a`.
 * 0; errors of decompose_run; E_NEGATIVE, E_RANGE (a fixed power). */
int remainder_run(struct arena *a, const struct decompose_problem *p, const int64_t *const *fixed_w,
		  struct decompose_schedule *s);

/* What vehicles take that nobody steers: those with chosen[i], from the first interval on, each the lesser of its cap
 * and of what it still needs; where the chosen ones of a station together exceed its limit, each gets its power × limit /
 * sum, rounded down. power_w[i], from the caller for each chosen one: its power in each interval it touches. p as
 * decompose_run accepts it. */
void remainder_at_once(const struct decompose_problem *p, const bool *chosen, int64_t *const *power_w);
#endif
