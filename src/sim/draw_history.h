/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the stations' revenue meters showed on the twenty days before: each day's sessions drawn like those of the
 * business day, charged at once under the station limits by the same physics, in 15-minute means. Then made as
 * imperfect as real history is:
 *   event day: half of the power from 18:00 to 20:00 is moved to 00:00 to 06:00, evenly, as a response would have
 *   done;
 *   outlier day: 1.8 times everything, at most the rated sum;
 *   incomplete day: each station's meter is not heard for one random stretch of 8 values (8.3 %);
 *   other days: one station in fifty misses one random stretch of 1 to 4 values. */
#ifndef VGI_SIM_DRAW_HISTORY_H
#define VGI_SIM_DRAW_HISTORY_H
#include "base/arena.h"
#include "sim/draw_sessions.h"
#include "sim/world.h"

/* Fills w->history; needs everything else of w. 0 or E_NOTHING. */
int draw_history(struct arena *a, const struct session_sources *from, struct world *w);
#endif
