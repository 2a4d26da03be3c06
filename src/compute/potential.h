/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Adjustable potential (F1): by how much a group's load may rise or fall against its baseline, interval by interval,
 * from two sources. up_w: the load may be so much higher; down_w: so much lower; both ≥ 0, W, load positive. Pure.
 *
 * Before vehicles are known: potential_history. Once their needs are: potential_envelope.
 * The figure of an interval is what can be had in that interval; a run of intervals can give less together:
 * potential_sustain.
 * Results are rounded so that no more is promised than is there. */
#ifndef VGI_COMPUTE_POTENTIAL_H
#define VGI_COMPUTE_POTENTIAL_H
#include <stddef.h>
#include <stdint.h>
#include "base/timegrid.h"
#include "model/rules.h"

struct potential_curves { const int64_t *baseline_w; int64_t *up_w, *down_w; }; /* n each; the latter two are written */

/* From history. down = flexible share × baseline.
 * up: charging at once, as history shows it, can be put off but not brought forward; so what can be added in interval
 * t is energy that history charges before t, of vehicles still there:
 *     up[t] = flexible · Σ_{s<t} low[s]·Δt · (1 − (t − s)/reach)⁺ / sustain,   at most capacity − baseline,
 * where low[s] is a low quantile of the like days' loads in s (derating by availability, domain rule of the 10th
 * percentile), presence is taken to fall linearly to nothing after `reach`, and the sum is to last for `sustain`.
 * day_w: n_days arrays of n, the like days (those the baseline was taken from); room: n_days + n places of workspace.
 * capacity_w: what the group's stations can draw together, VALUE_NONE if not known. n_days ≥ 1. */
void potential_history(const struct rules_potential *rules, int64_t step_min, size_t n, const int64_t *const *day_w,
		size_t n_days, int64_t capacity_w, int64_t *room, struct potential_curves *curves);

/* One vehicle's stay: as reported, at the meter. */
struct potential_vehicle {
	uint32_t station;               /* index in limit_w */
	int64_t arrival_ms, departure_ms;
	int64_t max_w;                  /* lesser of vehicle and pile */
	int64_t need_wh, before_wh;     /* asked for; had before the first interval */
};
struct potential_fleet {
	const struct timegrid *grid;
	int first;                      /* first interval that can be controlled, 0..grid->n */
	const struct potential_vehicle *vehicle;
	size_t vehicles;
	const int64_t *limit_w;         /* of each station */
	size_t stations;
};

/* Workspace of potential_envelope, in int64. */
size_t potential_envelope_room(const struct potential_fleet *fleet);
/* From the vehicles' envelopes. Of each vehicle with rest = need − before > 0 in interval t, with cap[t] the power it
 * can have for the part of t it is there:
 *     most[t]  = min(cap[t], rest/Δt)
 *     least[t] = what its other intervals cannot carry = max(0, rest/Δt − Σ_{s≠t} cap[s]), at most cap[t].
 * Of a station: most = min(limit, Σ most); least = max(Σ least, Σ rest/Δt − Σ_{s≠t} most), at most `most`. Then up =
 * max(0, Σ most − baseline), down = max(0, baseline − Σ least); 0 before `first`.
 * Rests are cut to what the vehicle alone can still get. Outer bounds: joint schedules may allow less where a station's
 * limit binds (summed envelopes contain the exact set, arXiv 2207.07067). 0 or E_RANGE (a station index). */
int potential_envelope(const struct potential_fleet *fleet, int64_t *room, struct potential_curves *curves);

/* What can be held from an interval on for `intervals` of them (cut at the grid's end), given what potential_envelope
 * left in `curves`: the fleet's energy envelope must carry the sum, for every shorter run too,
 *     up_held[t]   = min over j of up[t + j − 1] and (most energy of the j intervals − their baseline) / j,
 *     down_held[t] = min over j of down[t + j − 1] and (their baseline − least energy of the j intervals) / j,
 * the most energy of a run being Σ min(rest, its caps), the least Σ max(0, rest − all other caps). An outer bound.
 * intervals 1..n; room: potential_sustain_room() int64; results: arrays of n, may not be those of curves. */
size_t potential_sustain_room(const struct potential_fleet *fleet, int intervals);
void potential_sustain(const struct potential_fleet *fleet, int intervals, const struct potential_curves *curves,
		int64_t *room, int64_t *up_held_w, int64_t *down_held_w);
#endif
