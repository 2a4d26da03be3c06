/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "compute/statistics.h"
#include <stdlib.h>
#include "base/decimal.h"

enum { PPM = 1000000 };

int64_t statistics_ratio_ppm(int64_t part, int64_t whole)
{
	return whole > 0 ? decimal_div((__int128)part * PPM, whole) : 0;
}

static int rising(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

void statistics_sort(int64_t *values, size_t n)
{
	if (n > 1)
		qsort(values, n, sizeof *values, rising);
}

int64_t statistics_quantile(const int64_t *sorted, size_t n, int64_t share_ppm)
{
	__int128 rank = ((__int128)n * share_ppm + PPM - 1) / PPM;      /* 1-based, rounded up */
	size_t i = rank < 1 ? 0 : (size_t)rank - 1;
	return sorted[i < n ? i : n - 1];
}

struct statistics_summary statistics_summarise(int64_t *values, size_t n)
{
	struct statistics_summary s = { n, 0, 0, 0 };
	if (n == 0)
		return s;
	statistics_sort(values, n);
	s.median = statistics_quantile(values, n, 500000);
	s.p99 = statistics_quantile(values, n, 990000);
	s.most = values[n - 1];
	return s;
}

int64_t statistics_root(__int128 x)
{
	__int128 root = 0, bit = (__int128)1 << 62, rest = x;
	/* digit by digit in base 4: root² ≤ x at every step */
	for (bit *= bit; bit > 0; bit >>= 2) {
		if (rest >= root + bit) {
			rest -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return (int64_t)(root + (rest > root));         /* (root + ½)² = root² + root + ¼ */
}

int64_t statistics_deviation(size_t n, const int64_t *a, const int64_t *b, const int64_t *weight_ppm,
		const bool *include)
{
	__int128 sum = 0;
	int64_t weights = 0;
	for (size_t i = 0; i < n; i++) {
		if (include && !include[i])
			continue;
		__int128 diff = (__int128)a[i] - b[i];
		sum += diff * diff * weight_ppm[i];
		weights += weight_ppm[i];
	}
	return weights > 0 ? statistics_root((sum + weights / 2) / weights) : VALUE_NONE;
}
