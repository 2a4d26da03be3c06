/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What was asked of an aggregator in each interval and what it delivered (F6; rule 5 of the day format). Pure; any
 * thread. */
#ifndef VGI_COMPUTE_ASSESS_H
#define VGI_COMPUTE_ASSESS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The sign of a window: in which direction load is asked to move. */
enum assess_sign { ASSESS_SHAVE = -1, ASSESS_HOLD = 0, ASSESS_FILL = 1 };

/* Whether an interval counts: stored ≥ min_completeness × expected samples, over all piles of the aggregator. */
bool assess_valid(int64_t stored, int64_t expected, int64_t min_completeness_ppm);

/* One aggregator, n intervals. All W, load positive: */
struct assess_input {
	size_t n;
	const int8_t *sign;             /* enum assess_sign */
	const int64_t *split_w;         /* the decomposed curve */
	const int64_t *baseline_w;
	const int64_t *measured_w;      /* sum of what is stored */
	const bool *valid;
};
/* asked = max(0, sign·(split − baseline)); delivered = sign·(measured − baseline), negative where the load went the
 * wrong way, 0 where the interval is not valid. Both 0 in hold intervals. Arrays of n by the caller. */
void assess_run(const struct assess_input *in, int64_t *asked_w, int64_t *delivered_w);
#endif
