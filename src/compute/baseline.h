/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What a load would have been without being called: the mean of the latest like days, times a same-day factor (F6;
 * rule B of the day format; the general form of the average-of-days baselines, e.g. CAISO 10-in-10, Jiangsu 2015).
 * Exact integers: ratios are compared by products, each printed figure is rounded once. Pure; any thread.
 *
 * A day is n intervals of one business date; all days and results of one call have the same n. */
#ifndef VGI_COMPUTE_BASELINE_H
#define VGI_COMPUTE_BASELINE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "compute/calendar.h"
#include "model/rules.h"

struct baseline_day {
	int32_t date;
	enum day_class day_class;
	bool event;
	int64_t stored, due;            /* meter values; stored / due, with six decimals, is the completeness */
	const int64_t *load_w;          /* n interval means; a missing value counts 0 */
};

/* The day itself, for the same-day factor: intervals [first, end) of load_w[] that are valid[]. */
struct baseline_measured { const int64_t *load_w; const bool *valid; size_t first, end; };

/* Marks used[i] for the days the baseline is taken from. Days in any order, no date twice. Eligible: same class, no
 * event, complete enough; of these dropped: energy outside keep_low … keep_high × their mean; of the rest the latest
 * rules->days. 0, E_NO_BASELINE if no day is left, E_DUPLICATE_ITEM. */
int baseline_choose(const struct rules_baseline *rules, enum day_class day_class, const struct baseline_day *days,
		size_t n_days, size_t n, bool *used);
/* mean_w[i] over the used days, of which there is at least one. */
void baseline_mean(const struct baseline_day *days, const bool *used, size_t n_days, size_t n, int64_t *mean_w);
/* Σ measured / Σ mean over the valid intervals, within adjust_min … adjust_max; 1 if Σ mean ≤ 0 or measured is NULL. */
int64_t baseline_factor_ppm(const struct rules_baseline *rules, const int64_t *mean_w,
		const struct baseline_measured *measured);
/* baseline_w[i] = mean_w[i] × factor; may be the same array. */
void baseline_apply(const int64_t *mean_w, int64_t factor_ppm, size_t n, int64_t *baseline_w);

/* Arrays by the caller: used of n_days, the others of n. */
struct baseline_result { bool *used; int64_t *mean_w, *baseline_w; int64_t factor_ppm; };
/* All four steps. measured may be NULL. Errors as baseline_choose. */
int baseline_run(const struct rules_baseline *rules, enum day_class day_class, const struct baseline_day *days,
		size_t n_days, size_t n, const struct baseline_measured *measured, struct baseline_result *result);
#endif
