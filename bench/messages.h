/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The messages of the load, encoded ahead. Each aggregator has stations of ten piles of 7 kW. */
#ifndef VGI_BENCH_MESSAGES_H
#define VGI_BENCH_MESSAGES_H
#include "base/arena.h"
#include "base/bytes.h"
#include "codec/soap/envelope.h"

enum { MESSAGES_STATION_PILES = 10 };

/* All append one envelope to out: 0 or a negative error. aggregator: 0 for A1. run: makes ids of one run differ from those
 * of another. */
int messages_ledger(struct codec *c, int aggregator, int piles, int64_t now_ms, struct bytes *out);
int messages_capabilities(struct codec *c, int aggregator, int64_t now_ms, struct bytes *out);
/* Refuses a control that does not exist, with a reason: about 1 KB; the hub keeps the message and refuses it. */
int messages_acknowledge(struct codec *c, int aggregator, const char *run, size_t no, int64_t now_ms,
			 struct bytes *out);

/* One aggregator's minutes: vehicles come and go, each draws its own constant power. */
struct messages_frames;
struct messages_frames *messages_frames_new(struct arena *a, int aggregator, int piles);
/* The next minute, which ends at stamp_ms. */
int messages_frame(struct codec *c, struct messages_frames *f, int64_t stamp_ms, struct bytes *out);
#endif
