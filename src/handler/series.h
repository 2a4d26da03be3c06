/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Curves as the contracts have them, made from those the hub computes with: interval means, load positive. Pure; what is
 * made lives in the arena. */
#ifndef VGI_HANDLER_SERIES_H
#define VGI_HANDLER_SERIES_H
#include "base/arena.h"
#include "base/timegrid.h"
#include "model/types.h"

struct grid *series_grid(struct arena *a, const struct timegrid *g, enum curve_reference reference);
struct watt_list series_watts(struct arena *a, const int64_t *power_w, int n);
#endif
