/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What is remembered of each pile when a frame is judged, taken from the frames stored before it, so that nothing has
 * to be kept between calls and any worker judges alike. Internal to telemetry. */
#ifndef VGI_HANDLER_TELEMETRY_PAST_H
#define VGI_HANDLER_TELEMETRY_PAST_H
#include "compute/quality.h"
#include "handler/work.h"
#include "store/ledger.h"

/* state[i] of own->pile[i], just before ts_ms. */
int telemetry_past(struct work *w, const struct ledger *own, int64_t ts_ms, struct quality_state **state);
#endif
