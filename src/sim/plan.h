/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the other sides of the hub reckon for themselves before they speak: an aggregator its bid, the trading
 * platform what it clears, the dispatch system its target. Pure arithmetic on the day's grid (sim/world.h), in W.
 *
 *   18:00 to 20:00 shave   target 40 % of baseline
 *   00:00 to 06:00 fill    target baseline + a third of the mean power shaved
 *   else           hold    target baseline */
#ifndef VGI_SIM_PLAN_H
#define VGI_SIM_PLAN_H
#include <stddef.h>
#include "model/types.h"
#include "sim/world.h"

enum {
	PLAN_SHAVE_FIRST = 24, PLAN_SHAVE_END = 32,             /* intervals */
	PLAN_FILL_FIRST = 48, PLAN_FILL_END = 72,
	PLAN_PERIOD_STEPS = 4,                                  /* the market trades hours */
	PLAN_PERIODS = (PLAN_SHAVE_END - PLAN_SHAVE_FIRST + PLAN_FILL_END - PLAN_FILL_FIRST) / PLAN_PERIOD_STEPS,
	PLAN_TASK_FIRST = WORLD_CONTROL_STEP, PLAN_TASK_STEPS = WORLD_STEPS - WORLD_CONTROL_STEP,
	PLAN_SEGMENTS = 2,
	PLAN_PPM = 1000000,
	PLAN_SHAVE_PRICE_E5 = 350000, PLAN_FILL_PRICE_E5 = 40000,       /* what is cleared, 10^-5 CNY/kWh */
	PLAN_SHAVE_CAP_E5 = 400000, PLAN_FILL_CAP_E5 = 50000            /* what may be asked */
};

enum window plan_window(size_t step);
int64_t plan_price_e5(enum window window);      /* cleared price; VALUE_NONE for hold */

/* The periods of the market in order: first interval of period k, 0 ≤ k < PLAN_PERIODS. */
size_t plan_period_first(size_t k);

/* What an aggregator with this baseline offers in period k: what it would be asked if the whole target followed
 * baselines (the greatest of the period's intervals), 8 % more as a reserve, times scale_ppm; rounded up. */
int64_t plan_bid_w(const int64_t baseline_w[WORLD_STEPS], size_t k, int64_t scale_ppm);
/* The same in two steps of 60 and 40 % with rising prices below the cleared one; dearer by the aggregator's number. */
void plan_segments(int64_t bid_w, enum window window, size_t aggregator, struct bid_segment segment[PLAN_SEGMENTS]);

/* What the market wants in period k: more than the target needs. */
int64_t plan_demand_w(const int64_t baseline_w[WORLD_STEPS], size_t k);
/* The volume of all offers for the period that starts at start_ms whose price is at most price_e5, at most demand_w. */
int64_t plan_cleared_w(const struct offer *offer, size_t n, int64_t start_ms, int64_t price_e5, int64_t demand_w);

struct plan_point { enum window window; int64_t target_w, weight_ppm, price_e5; };
/* The target from baselines. */
void plan_target(const int64_t baseline_w[WORLD_STEPS], struct plan_point point[PLAN_TASK_STEPS]);
/* The same, but in the shave window a fifth more is asked than was cleared (never a target below 0). */
void plan_target_beyond(const int64_t baseline_w[WORLD_STEPS], const int64_t cleared_w[PLAN_PERIODS],
			struct plan_point point[PLAN_TASK_STEPS]);
#endif
