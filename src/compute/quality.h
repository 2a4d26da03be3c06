/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Checks on one sample of a pile: plausibility 合理性, zero drift 零漂, jump 跳变, lateness (F8d). The raw value is never
 * changed; the filtered one stands beside it with a code that says what was done. Pure: the pile's past is handed in.
 * Any thread, one pile's state by one at a time. */
#ifndef VGI_COMPUTE_QUALITY_H
#define VGI_COMPUTE_QUALITY_H
#include <stdbool.h>
#include <stdint.h>
#include "model/rules.h"

/* Low byte: the quality descriptor of IEC 60870-5-101/104 (QDS). High byte: the hub's own. */
enum {
	QUALITY_OV = 0x0001,            /* overflow */
	QUALITY_BL = 0x0010,            /* blocked 闭锁 */
	QUALITY_SB = 0x0020,            /* substituted 被取代 (置数) */
	QUALITY_NT = 0x0040,            /* not topical 非现时 */
	QUALITY_IV = 0x0080,            /* invalid 无效 */
	QUALITY_QDS = 0x00f1,           /* all that a sender may tell */
	QUALITY_ZEROED = 0x0100,        /* zero drift removed: filtered is 0, raw is not */
	QUALITY_JUMP = 0x0200,          /* suspect step: filtered holds the last good value */
	QUALITY_ABOVE_RATING = 0x0400,  /* above the rating, not so far that it is refused */
	QUALITY_LATE = 0x0800,          /* came later than a sample may to count as live */
	QUALITY_REFUSED = 0x1000        /* not to be stored */
};

/* The pile: a bidirectional one may discharge down to −rating. */
struct quality_point { int64_t rated_w; bool bidirectional; };

/* What is remembered of a pile; {0} at first. */
struct quality_state {
	bool known;                     /* last_* are set */
	int64_t last_ms, last_w;        /* last good sample */
	int64_t held_w, held_n;         /* the suspect value and how many in a row agreed with it */
};

/* told: the sender's QDS; other bits are ignored. */
struct quality_sample { int64_t raw_w, ts_ms; uint16_t told; };
struct quality_result { int64_t filtered_w; uint16_t code; };

/* 0 and the result, or E_NEGATIVE (below 0 for a charge-only pile), E_ABOVE_RATING (|raw| above refuse_above ×
 * rating); then the code has QUALITY_REFUSED and the state is untouched. A step is a jump only if it leaves the span
 * between 0 and the rating (piles switch on and off within it) and is steeper than rated ramp × time × margin;
 * jump_accept samples in a row that agree end it. A sample not newer than the last one is checked but neither judged
 * as a step nor remembered. One stamped more than late_s before now_ms (business time) is coded late. */
int quality_check(const struct rules *rules, const struct quality_point *point, struct quality_state *state,
		const struct quality_sample *sample, int64_t now_ms, struct quality_result *result);
/* Whether a sample's time can be taken at business time now_ms: 0, E_TIME_ANCIENT, E_TIME_FUTURE. */
int quality_time(const struct rules_telemetry *rules, int64_t ts_ms, int64_t now_ms);
#endif
