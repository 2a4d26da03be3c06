/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Figures over arrays of integers, exact or rounded half away from zero, without floating point. Pure; any thread. */
#ifndef VGI_COMPUTE_STATISTICS_H
#define VGI_COMPUTE_STATISTICS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* part / whole in ppm, rounded half away from zero, as it is printed with six decimals; 0 if whole is 0. whole ≥ 0. */
int64_t statistics_ratio_ppm(int64_t part, int64_t whole);
/* Sorts values in place, rising. */
void statistics_sort(int64_t *values, size_t n);
/* Nearest rank: the smallest value such that at least share_ppm of all are ≤ it. sorted: rising; n ≥ 1; share 0..1e6.
 * 500000 is the (lower) median, 990000 the p99, 1000000 the greatest. */
int64_t statistics_quantile(const int64_t *sorted, size_t n, int64_t share_ppm);

/* Times of messages (P7) and the like. All 0 for n = 0. */
struct statistics_summary { size_t n; int64_t median, p99, most; };
/* Sorts values in place. */
struct statistics_summary statistics_summarise(int64_t *values, size_t n);

/* Integer square root, rounded half up: least error to the true root. x ≥ 0. */
int64_t statistics_root(__int128 x);
/* √(Σ weight·(a − b)² / Σ weight) over the indices where include is true (NULL: all): the weighted rms deviation of two
 * curves, in their unit, rounded. weight_ppm ≥ 0. VALUE_NONE if the weights sum to 0. The mean square is rounded to
 * whole units² first, so the result is within half a unit plus 1 / (2·result) of the true one. */
int64_t statistics_deviation(size_t n, const int64_t *a, const int64_t *b, const int64_t *weight_ppm,
		const bool *include);
#endif
