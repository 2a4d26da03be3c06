/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Water level in whole watts: the least Σ weight·(y − target)² with a given sum and a room for each interval, exactly.
 * Internal to compute/. */
#ifndef VGI_COMPUTE_LEVEL_H
#define VGI_COMPUTE_LEVEL_H
#include <stdint.h>

/* For the m intervals at[] (rising): chooses 0 ≤ y[t] ≤ most[t] with Σ y = sum (0 ≤ sum ≤ Σ most). The k-th watt in
 * interval t costs weight·(2(k − target) − 1) more than the one before; the cheapest `sum` watts are taken, of equally
 * dear ones those of the earlier interval. All arrays by interval; |target|, most ≤ 1e12, weight 1 … 1e9. Pure. */
void level_fill(const uint16_t *at, uint32_t m, const int64_t *target, const int64_t *weight, const int64_t *most,
		int64_t sum, int64_t *y);
#endif
