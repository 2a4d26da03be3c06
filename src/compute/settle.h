/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* From asked and delivered power to energy and money (F6, F7; rule 6 of the day format, with the response as a
 * piecewise-linear table so that another market's rule is another file). Integers only: energy to the Wh, money to the
 * fen (0.01 CNY), each rounded once a line, half away from zero; totals are sums of rounded lines. Pure; any thread. */
#ifndef VGI_COMPUTE_SETTLE_H
#define VGI_COMPUTE_SETTLE_H
#include <stddef.h>
#include <stdint.h>
#include "model/rules.h"

/* One aggregator's day: n intervals of step_min minutes from the grid's start on. */
struct settle_input {
	size_t n;
	int64_t step_min;
	const int8_t *sign;             /* enum assess_sign; hold intervals are no part of any line */
	const int64_t *price;           /* 1e-5 CNY/kWh, one a window and period; unread in hold */
	const int64_t *asked_w, *delivered_w;   /* from assess_run */
};

/* One window's part of one settlement period: what is paid and what is charged for it. */
struct settle_line {
	int sign;                       /* window: enum assess_sign */
	size_t period;                  /* 0-based; ends (period + 1) × settle_min after the grid's start */
	int64_t price;
	int64_t asked_wh, delivered_wh;
	int64_t response_wh, response_fen;      /* paid to the aggregator, ≥ 0 */
	int64_t shortfall_wh, shortfall_fen;    /* charged, ≤ 0 */
};

/* How many lines settle_run can make of n intervals: a shave and a fill line a period at most. */
size_t settle_most_lines(size_t n, int64_t step_min, int64_t settle_min);
/* Lines by period, shave before fill; *total_fen = Σ response + Σ shortfall. lines: room for settle_most_lines(). 0;
 * E_PERIOD if a window's part of a period has several prices or step does not divide the settlement period; E_OVERFLOW
 * if an amount does not fit int64. */
int settle_run(const struct rules_settlement *rules, const struct settle_input *in, struct settle_line *lines,
		size_t *n_lines, int64_t *total_fen);
/* The platform's side: −Σ of the aggregators' totals. */
int64_t settle_platform_fen(const int64_t *total_fen, size_t n);

/* The steps, for what-if questions and tests. Energy in Wh; asked ≥ 0. */
int64_t settle_response_wh(const struct rules_settlement *rules, int64_t asked_wh, int64_t delivered_wh);
int64_t settle_shortfall_wh(const struct rules_settlement *rules, int64_t asked_wh, int64_t response_wh);
/* energy × price × factor in fen. 0 or E_OVERFLOW. */
int settle_amount_fen(int64_t energy_wh, int64_t price, int64_t factor_ppm, int64_t *amount_fen);
#endif
