/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "compute/baseline.h"
#include "base/decimal.h"
#include "base/error.h"
#include "compute/statistics.h"

/* Σ of interval means, in W × intervals: all days have the same step, so it stands for energy. */
static __int128 energy(const struct baseline_day *day, size_t n)
{
	__int128 sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += day->load_w[i];
	return sum;
}

static bool eligible(const struct rules_baseline *rules, enum day_class day_class, const struct baseline_day *day)
{
	return day->day_class == day_class && !day->event &&
		statistics_ratio_ppm(day->stored, day->due) >= rules->min_completeness_ppm;
}

static int check_dates(const struct baseline_day *days, size_t n_days)
{
	for (size_t i = 0; i < n_days; i++)
		for (size_t j = i + 1; j < n_days; j++)
			if (days[i].date == days[j].date)
				return E_DUPLICATE_ITEM;
	return 0;
}

/* keep_low · Σ/count ≤ E ≤ keep_high · Σ/count, without dividing. */
static bool near_mean(const struct rules_baseline *rules, __int128 e, __int128 sum, size_t count)
{
	__int128 scaled = e * (__int128)count * RULES_PPM;
	return scaled >= rules->keep_low_ppm * sum && scaled <= rules->keep_high_ppm * sum;
}

/* Leaves used[] only at the `most` latest of the days it marks. */
static size_t keep_latest(const struct baseline_day *days, size_t n_days, int64_t most, bool *used)
{
	size_t left = 0;
	for (size_t i = 0; i < n_days; i++)
		left += used[i];
	while (most >= 0 && left > (size_t)most) {
		size_t oldest = n_days;
		for (size_t i = 0; i < n_days; i++)
			if (used[i] && (oldest == n_days || days[i].date < days[oldest].date))
				oldest = i;
		used[oldest] = false;
		left--;
	}
	return left;
}

int baseline_choose(const struct rules_baseline *rules, enum day_class day_class, const struct baseline_day *days,
		size_t n_days, size_t n, bool *used)
{
	__int128 sum = 0;
	size_t count = 0;
	int rc = check_dates(days, n_days);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n_days; i++) {
		used[i] = eligible(rules, day_class, &days[i]);
		if (used[i]) {
			sum += energy(&days[i], n);
			count++;
		}
	}
	for (size_t i = 0; i < n_days; i++)
		used[i] = used[i] && near_mean(rules, energy(&days[i], n), sum, count);
	return keep_latest(days, n_days, rules->days, used) > 0 ? 0 : E_NO_BASELINE;
}

void baseline_mean(const struct baseline_day *days, const bool *used, size_t n_days, size_t n, int64_t *mean_w)
{
	for (size_t i = 0; i < n; i++) {
		__int128 sum = 0;
		int64_t count = 0;
		for (size_t d = 0; d < n_days; d++) {
			if (!used[d])
				continue;
			sum += days[d].load_w[i];
			count++;
		}
		mean_w[i] = decimal_div(sum, count);
	}
}

int64_t baseline_factor_ppm(const struct rules_baseline *rules, const int64_t *mean_w,
		const struct baseline_measured *measured)
{
	int64_t mean = 0, load = 0;
	for (size_t i = measured ? measured->first : 0; measured && i < measured->end; i++) {
		if (!measured->valid[i])
			continue;
		mean += mean_w[i];
		load += measured->load_w[i];
	}
	if (mean <= 0)
		return RULES_PPM;
	/* The bounds have six decimals themselves: clamping before rounding is the same, and cannot overflow. */
	if ((__int128)load * RULES_PPM >= (__int128)rules->adjust_max_ppm * mean)
		return rules->adjust_max_ppm;
	if ((__int128)load * RULES_PPM <= (__int128)rules->adjust_min_ppm * mean)
		return rules->adjust_min_ppm;
	return decimal_div((__int128)load * RULES_PPM, mean);
}

void baseline_apply(const int64_t *mean_w, int64_t factor_ppm, size_t n, int64_t *baseline_w)
{
	for (size_t i = 0; i < n; i++)
		baseline_w[i] = decimal_div((__int128)mean_w[i] * factor_ppm, RULES_PPM);
}

int baseline_run(const struct rules_baseline *rules, enum day_class day_class, const struct baseline_day *days,
		size_t n_days, size_t n, const struct baseline_measured *measured, struct baseline_result *result)
{
	int rc = baseline_choose(rules, day_class, days, n_days, n, result->used);
	if (rc < 0)
		return rc;
	baseline_mean(days, result->used, n_days, n, result->mean_w);
	result->factor_ppm = baseline_factor_ppm(rules, result->mean_w, measured);
	baseline_apply(result->mean_w, result->factor_ppm, n, result->baseline_w);
	return 0;
}
