/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "compute/level.h"

/* ⌊a / b⌋, b > 0 */
static __int128 floor_div(__int128 a, int64_t b)
{
	__int128 q = a / b;

	return q * b > a ? q - 1 : q;
}

/* How many watts of an interval cost at most `cost`: weight·(2(k − target) − 1) ≤ cost. */
static int64_t watts_at(int64_t target, int64_t weight, int64_t most, __int128 cost)
{
	__int128 k = target + floor_div(floor_div(cost, weight) + 1, 2);

	return k < 0 ? 0 : k > most ? most : (int64_t)k;
}

static __int128 marginal(int64_t target, int64_t weight, int64_t k)
{
	return (__int128)weight * (2 * (k - target) - 1);
}

void level_fill(const uint16_t *at, uint32_t m, const int64_t *target, const int64_t *weight, const int64_t *most,
		int64_t sum, int64_t *y)
{
	/* nothing costs ≤ low, everything ≤ high; cost sought: least with enough watts */
	__int128 low = 0, high = 0;

	for (uint32_t i = 0; i < m; i++) {
		__int128 first = marginal(target[at[i]], weight[at[i]], 1) - 1;
		__int128 last = marginal(target[at[i]], weight[at[i]], most[at[i]]);
		low = i == 0 || first < low ? first : low;
		high = i == 0 || last > high ? last : high;
	}
	while (high - low > 1) {
		__int128 middle = low + (high - low) / 2;
		int64_t watts = 0;
		for (uint32_t i = 0; i < m; i++)
			watts += watts_at(target[at[i]], weight[at[i]], most[at[i]], middle);
		if (watts >= sum)
			high = middle;
		else
			low = middle;
	}
	for (uint32_t i = 0; i < m; i++) {
		y[at[i]] = watts_at(target[at[i]], weight[at[i]], most[at[i]], high - 1);
		sum -= y[at[i]];
	}
	for (uint32_t i = 0; i < m && sum > 0; i++) {
		int64_t more = watts_at(target[at[i]], weight[at[i]], most[at[i]], high) - y[at[i]];
		y[at[i]] += more;       /* 0 or 1 */
		sum -= more;
	}
}
