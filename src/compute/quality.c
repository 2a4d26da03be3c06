/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "compute/quality.h"
#include "base/error.h"
#include "base/timegrid.h"

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static int check_range(const struct rules_quality *rules, const struct quality_point *point, int64_t raw_w)
{
	__int128 most = (__int128)rules->refuse_above_ppm * point->rated_w;
	if (raw_w < 0 && !point->bidirectional)
		return E_NEGATIVE;
	if ((__int128)raw_w * RULES_PPM > most || (__int128)raw_w * RULES_PPM < -most)
		return E_ABOVE_RATING;
	return 0;
}

/* Both ends of a step lie between 0 and the rating, or both between 0 and −rating: switching on or off. */
static bool switches(int64_t a, int64_t b, int64_t rated_w)
{
	if (a < 0 || b < 0) {
		a = -a;
		b = -b;
	}
	return a >= 0 && b >= 0 && a <= rated_w && b <= rated_w;
}

/* |step| > rated / ramp_s × time × margin. */
static bool is_jump(const struct rules_quality *rules, int64_t rated_w, int64_t last_w, int64_t x_w, int64_t elapsed_ms)
{
	int64_t step = distance(x_w, last_w);
	__int128 allowed = (__int128)rated_w * elapsed_ms * rules->jump_margin_ppm;
	if (switches(last_w, x_w, rated_w))
		return false;
	return (__int128)step * rules->ramp_s * MS_SECOND * RULES_PPM > allowed;
}

/* Counts suspect values that agree; true when there are enough of them to believe. */
static bool believed(const struct rules_quality *rules, int64_t rated_w, struct quality_state *state, int64_t x_w)
{
	bool agrees = state->held_n > 0 &&
		(__int128)distance(x_w, state->held_w) * RULES_PPM <= (__int128)rules->jump_band_ppm * rated_w;
	state->held_n = agrees ? state->held_n + 1 : 1;
	state->held_w = x_w;
	return state->held_n >= rules->jump_accept;
}

/* Jump filter: the result is either x_w or the last good value. */
static void filter_step(const struct rules_quality *rules, int64_t rated_w, struct quality_state *state, int64_t x_w,
		int64_t ts_ms, struct quality_result *result)
{
	if (state->known && ts_ms <= state->last_ms)
		return;
	if (state->known && is_jump(rules, rated_w, state->last_w, x_w, ts_ms - state->last_ms) &&
			!believed(rules, rated_w, state, x_w)) {
		result->filtered_w = state->last_w;
		result->code |= QUALITY_JUMP;
		return;
	}
	*state = (struct quality_state){ .known = true, .last_ms = ts_ms, .last_w = x_w };
}

int quality_check(const struct rules *rules, const struct quality_point *point, struct quality_state *state,
		const struct quality_sample *sample, int64_t now_ms, struct quality_result *result)
{
	const struct rules_quality *q = &rules->quality;
	int64_t raw = sample->raw_w, rated = point->rated_w;
	int rc = check_range(q, point, raw);
	result->filtered_w = raw;
	result->code = sample->told & QUALITY_QDS;
	if (now_ms - sample->ts_ms > rules->telemetry.late_s * MS_SECOND)
		result->code |= QUALITY_LATE;
	if (rc < 0) {
		result->code |= QUALITY_REFUSED;
		return rc;
	}
	if (raw > rated || raw < -rated)
		result->code |= QUALITY_ABOVE_RATING;
	if (raw != 0 && (__int128)distance(raw, 0) * RULES_PPM < (__int128)q->zero_drift_ppm * rated) {
		result->filtered_w = 0;
		result->code |= QUALITY_ZEROED;
	}
	filter_step(q, rated, state, result->filtered_w, sample->ts_ms, result);
	return 0;
}

int quality_time(const struct rules_telemetry *rules, int64_t ts_ms, int64_t now_ms)
{
	if (ts_ms > now_ms + rules->ahead_s * MS_SECOND)
		return E_TIME_FUTURE;
	if (ts_ms < now_ms - rules->oldest_s * MS_SECOND)
		return E_TIME_ANCIENT;
	return 0;
}
