/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What an aggregator can know of its own baseline before it bids: the public rule (day-format B) applied to the
 * history of its own meters. Independent of the hub's computation, which it should agree with. */
#ifndef VGI_SIM_ESTIMATE_H
#define VGI_SIM_ESTIMATE_H
#include "sim/world.h"

/* Mean W by interval over the latest five eligible days: of the business day's class, no event day, at least 0.95 of
 * the values there, energy within 0.75 … 1.25 of the eligible days' mean. Missing values count 0. 0, or
 * E_NO_BASELINE. */
int estimate_baseline(const struct world *w, size_t aggregator, int64_t value_w[WORLD_STEPS]);
#endif
