/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "compute/settle.h"
#include <stdbool.h>
#include "base/decimal.h"
#include "base/error.h"
#include "compute/assess.h"

/* ppm² stands under two ratios multiplied; Wh × 1e-5 CNY/kWh × ppm × 1e-12 is fen. */
static const int64_t PPM_SQUARE = 1000000000000, FEN_UNITS = 1000000000000;

static __int128 smaller(__int128 a, __int128 b)
{
	return a < b ? a : b;
}

int64_t settle_response_wh(const struct rules_settlement *rules, int64_t asked_wh, int64_t delivered_wh)
{
	__int128 delivered = (__int128)(delivered_wh > 0 ? delivered_wh : 0) * RULES_PPM, sum = 0;
	if (asked_wh == 0 || delivered < (__int128)rules->min_ratio_ppm * asked_wh)
		return 0;
	for (size_t k = 0; k < rules->segments; k++) {
		__int128 from = (__int128)rules->segment[k].from_ppm * asked_wh, to = delivered;
		if (k + 1 < rules->segments)
			to = smaller(to, (__int128)rules->segment[k + 1].from_ppm * asked_wh);
		if (to > from)
			sum += (to - from) * rules->segment[k].share_ppm;
	}
	return decimal_div(sum, PPM_SQUARE);
}

int64_t settle_shortfall_wh(const struct rules_settlement *rules, int64_t asked_wh, int64_t response_wh)
{
	__int128 missing = (__int128)rules->floor_ratio_ppm * asked_wh - (__int128)response_wh * RULES_PPM;
	return missing > 0 ? decimal_div(missing, RULES_PPM) : 0;
}

int settle_amount_fen(int64_t energy_wh, int64_t price, int64_t factor_ppm, int64_t *amount_fen)
{
	__int128 product, most = (__int128)(INT64_MAX - 1) * FEN_UNITS;
	if (__builtin_mul_overflow((__int128)energy_wh * price, (__int128)factor_ppm, &product))
		return E_OVERFLOW;
	if (product > most || product < -most)
		return E_OVERFLOW;
	*amount_fen = decimal_div(product, FEN_UNITS);
	return 0;
}

size_t settle_most_lines(size_t n, int64_t step_min, int64_t settle_min)
{
	size_t per = settle_min > step_min ? (size_t)(settle_min / step_min) : 1;
	size_t most = 2 * ((n + per - 1) / per);
	return most < n ? most : n;
}

/* Energy of one window in intervals [from, to) into line. 1 if the window is there, 0 if not, E_PERIOD. */
static int add_up(const struct settle_input *in, int sign, size_t from, size_t to, struct settle_line *line)
{
	__int128 asked = 0, delivered = 0;
	bool found = false;
	for (size_t i = from; i < to; i++) {
		if (in->sign[i] != sign)
			continue;
		if (found && in->price[i] != line->price)
			return E_PERIOD;
		found = true;
		line->price = in->price[i];
		asked += in->asked_w[i];
		delivered += in->delivered_w[i];
	}
	line->asked_wh = decimal_div(asked * in->step_min, 60);
	line->delivered_wh = decimal_div(delivered * in->step_min, 60);
	return found;
}

static int value_line(const struct rules_settlement *rules, struct settle_line *line)
{
	int rc;
	line->response_wh = settle_response_wh(rules, line->asked_wh, line->delivered_wh);
	line->shortfall_wh = settle_shortfall_wh(rules, line->asked_wh, line->response_wh);
	rc = settle_amount_fen(line->response_wh, line->price, RULES_PPM, &line->response_fen);
	if (rc < 0)
		return rc;
	return settle_amount_fen(-line->shortfall_wh, line->price, rules->penalty_factor_ppm, &line->shortfall_fen);
}

int settle_run(const struct rules_settlement *rules, const struct settle_input *in, struct settle_line *lines,
		size_t *n_lines, int64_t *total_fen)
{
	size_t per, n = 0;
	int64_t total = 0;
	if (in->step_min <= 0 || rules->settle_min < in->step_min || rules->settle_min % in->step_min != 0)
		return E_PERIOD;
	per = (size_t)(rules->settle_min / in->step_min);
	for (size_t from = 0; from < in->n; from += per) {
		size_t to = in->n - from < per ? in->n : from + per;
		for (int sign = ASSESS_SHAVE; sign <= ASSESS_FILL; sign += ASSESS_FILL - ASSESS_SHAVE) {
			struct settle_line line = { .sign = sign, .period = from / per };
			int rc = add_up(in, sign, from, to, &line);
			if (rc == 0)
				continue;
			if (rc < 0 || (rc = value_line(rules, &line)) < 0)
				return rc;
			if (__builtin_add_overflow(total, line.response_fen, &total) ||
					__builtin_add_overflow(total, line.shortfall_fen, &total))
				return E_OVERFLOW;
			lines[n++] = line;
		}
	}
	*n_lines = n;
	*total_fen = total;
	return 0;
}

int64_t settle_platform_fen(const int64_t *total_fen, size_t n)
{
	int64_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += total_fen[i];
	return -sum;
}
