/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "sim/plan.h"

enum {
	KEPT_PERCENT = 40,              /* of baseline while shaving */
	FILL_PART = 3,                  /* a third of the mean shaved power comes back at night */
	RESERVE_PERCENT = 108, BEYOND_PERCENT = 120, FIRST_SEGMENT_PERCENT = 60, FILL_DEMAND_PERCENT = 40,
	HOLD_WEIGHT_PPM = 50000
};

enum window plan_window(size_t step)
{
	if (step >= PLAN_SHAVE_FIRST && step < PLAN_SHAVE_END)
		return WINDOW_SHAVE;
	if (step >= PLAN_FILL_FIRST && step < PLAN_FILL_END)
		return WINDOW_FILL;
	return WINDOW_HOLD;
}

int64_t plan_price_e5(enum window window)
{
	switch (window) {
	case WINDOW_SHAVE: return PLAN_SHAVE_PRICE_E5;
	case WINDOW_FILL: return PLAN_FILL_PRICE_E5;
	default: return VALUE_NONE;
	}
}

size_t plan_period_first(size_t k)
{
	const size_t shave = (PLAN_SHAVE_END - PLAN_SHAVE_FIRST) / PLAN_PERIOD_STEPS;

	return k < shave ? PLAN_SHAVE_FIRST + k * PLAN_PERIOD_STEPS : PLAN_FILL_FIRST + (k - shave) * PLAN_PERIOD_STEPS;
}

static int64_t shaved_w(int64_t baseline_w)
{
	return baseline_w - decimal_div((__int128)baseline_w * KEPT_PERCENT, 100);
}

static int64_t filled_w(const int64_t baseline_w[WORLD_STEPS])
{
	int64_t sum_w = 0;

	for (size_t t = PLAN_SHAVE_FIRST; t < PLAN_SHAVE_END; t++)
		sum_w += shaved_w(baseline_w[t]);
	return decimal_div(sum_w, FILL_PART * (PLAN_SHAVE_END - PLAN_SHAVE_FIRST));
}

/* How far the target lies from the baseline in interval t. */
static int64_t change_w(const int64_t baseline_w[WORLD_STEPS], size_t t)
{
	switch (plan_window(t)) {
	case WINDOW_SHAVE: return shaved_w(baseline_w[t]);
	case WINDOW_FILL: return filled_w(baseline_w);
	default: return 0;
	}
}

static int64_t divide_up(__int128 a, int64_t b) { return (int64_t)((a + b - 1) / b); }

int64_t plan_bid_w(const int64_t baseline_w[WORLD_STEPS], size_t k, int64_t scale_ppm)
{
	int64_t most_w = 0;

	for (size_t t = plan_period_first(k); t < plan_period_first(k) + PLAN_PERIOD_STEPS; t++) {
		int64_t w = change_w(baseline_w, t);

		most_w = w > most_w ? w : most_w;
	}
	return divide_up((__int128)most_w * RESERVE_PERCENT * scale_ppm, (int64_t)100 * PLAN_PPM);
}

void plan_segments(int64_t bid_w, enum window window, size_t aggregator, struct bid_segment segment[PLAN_SEGMENTS])
{
	/* 2.80 and 3.20, 0.20 and 0.30 CNY/kWh for the first aggregator */
	int64_t first_e5 = window == WINDOW_SHAVE ? 280000 : 20000, second_e5 = window == WINDOW_SHAVE ? 320000 : 30000;
	int64_t dearer_e5 = (int64_t)aggregator * (window == WINDOW_SHAVE ? 4000 : 1000);
	int64_t first_w = divide_up((__int128)bid_w * FIRST_SEGMENT_PERCENT, 100);

	segment[0] = (struct bid_segment){ { 1 }, { first_w }, { first_e5 + dearer_e5 } };
	segment[1] = (struct bid_segment){ { 2 }, { bid_w - first_w }, { second_e5 + dearer_e5 } };
}

int64_t plan_demand_w(const int64_t baseline_w[WORLD_STEPS], size_t k)
{
	size_t first = plan_period_first(k);
	bool shave = plan_window(first) == WINDOW_SHAVE;
	size_t from = shave ? first : PLAN_SHAVE_FIRST, end = shave ? first + PLAN_PERIOD_STEPS : PLAN_SHAVE_END;
	int64_t most_w = 0;

	for (size_t t = from; t < end; t++)
		most_w = baseline_w[t] > most_w ? baseline_w[t] : most_w;
	return shave ? most_w : divide_up((__int128)most_w * FILL_DEMAND_PERCENT, 100);
}

int64_t plan_cleared_w(const struct offer *offer, size_t n, int64_t start_ms, int64_t price_e5, int64_t demand_w)
{
	int64_t sum_w = 0;

	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < offer[i].n_period; k++) {
			const struct offer_period *p = &offer[i].period[k];

			for (int s = 0; p->start.v == start_ms && s < p->n_segment; s++)
				if (p->segment[s].price_e5.v <= price_e5)
					sum_w += p->segment[s].volume_w.v;
		}
	return sum_w < demand_w ? sum_w : demand_w;
}

void plan_target(const int64_t baseline_w[WORLD_STEPS], struct plan_point point[PLAN_TASK_STEPS])
{
	for (size_t i = 0; i < PLAN_TASK_STEPS; i++) {
		size_t t = PLAN_TASK_FIRST + i;
		enum window window = plan_window(t);
		int64_t change = change_w(baseline_w, t);

		point[i] = (struct plan_point){ window, baseline_w[t] + (window == WINDOW_SHAVE ? -change : change),
			window == WINDOW_HOLD ? HOLD_WEIGHT_PPM : PLAN_PPM, plan_price_e5(window) };
	}
}

void plan_target_beyond(const int64_t baseline_w[WORLD_STEPS], const int64_t cleared_w[PLAN_PERIODS],
			struct plan_point point[PLAN_TASK_STEPS])
{
	plan_target(baseline_w, point);
	for (size_t t = PLAN_SHAVE_FIRST; t < PLAN_SHAVE_END; t++) {
		size_t k = (t - PLAN_SHAVE_FIRST) / PLAN_PERIOD_STEPS;
		int64_t beyond_w = divide_up((__int128)cleared_w[k] * BEYOND_PERCENT, 100);

		point[t - PLAN_TASK_FIRST].target_w = beyond_w < baseline_w[t] ? baseline_w[t] - beyond_w : 0;
	}
}
