/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the batteries do, minute by minute, in integers (W and W·s), so that the same inputs give the same day
 * everywhere.
 *
 * A vehicle's power runs linearly from one full minute to the next (the ramp: any change takes one minute), never
 * above max_w, and tapers over the last 2 % of the need, linearly with what is missing but never below a tenth of
 * max_w, so that charging ends. Without control it charges at once. Under control, the value of an interval is its
 * mean over the whole interval, so a vehicle that is there for part of it takes that energy in its part; what ramp,
 * taper and limits withhold stays owed and is taken as soon as power, stay and limit allow, what a ramp took too much
 * is taken off again. The station limit holds at every instant: the powers at the ends of a minute are scaled down in
 * proportion when their sum is above it.
 *
 * The aggregators' behaviours (world.h) change what their vehicles make of the control value. One thread an
 * instance. */
#ifndef VGI_SIM_PHYSICS_H
#define VGI_SIM_PHYSICS_H
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "sim/world.h"

struct physics;

/* The day of `n` sessions at the piles of `w`, empty batteries, at the day's start; w and s must outlive it. */
struct physics *physics_new(struct arena *a, const struct world *w, const struct world_session *s, size_t n);

/* From now on, session `session` (index) takes values_w[k] ≥ 0 as the mean of interval first_interval + k; later
 * intervals without a value are uncontrolled. Values of intervals that have begun change nothing. 0, or E_RANGE with
 * nothing changed. */
int physics_set_control(struct physics *p, size_t session, size_t first_interval, size_t n, const int64_t *values_w);

/* Lives minute `minute` (0 … WORLD_MINUTES − 1), each once and in order, else E_TIME_ORDER. power_w[pile] becomes the
 * mean power in W of the minute that ends at start + (minute + 1) · 60 s: the difference of the energy register at
 * its two ends, rounded to W·min. */
int physics_minute(struct physics *p, size_t minute, int64_t *power_w);

/* What the battery of a session took so far: in Wh, rounded, and in W·s, exact. */
int64_t physics_energy_wh(const struct physics *p, size_t session);
int64_t physics_energy_ws(const struct physics *p, size_t session);
#endif
