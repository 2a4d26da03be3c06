/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* vgisim's own record of what it sent, in the columns and figures of vgihub-day/1, so that a checker can hold the
 * hub's export against it. Each function writes one file of `folder` whole or not at all (bytes_write_file), and
 * replaces an older one. Power and energy with three decimals, times at +08:00. All return 0, E_IO or E_MEMORY. */
#ifndef VGI_SIM_RECORD_H
#define VGI_SIM_RECORD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/physics.h"
#include "sim/world.h"

/* ledger.csv: aggregators, stations, piles. */
int record_ledger(const char *folder, const struct world *w);
/* sessions.csv: session_id, pile_id, arrival, departure, need_kwh, max_kw. */
int record_sessions(const char *folder, const struct world *w);
/* history.csv: by aggregator, day and step the sum of its stations' values, a missing one counting 0. */
int record_history(const char *folder, const struct world *w);
/* batteries.csv: what each vehicle's battery took. */
int record_batteries(const char *folder, const struct world *w, const struct physics *p);

/* One interval of the dispatch target. window: "shave", "fill" or "hold"; weight in 10^-6; price in 10^-5 CNY/kWh,
 * VALUE_NONE for hold. */
struct record_target { int64_t end_ms; const char *window; int64_t target_w, weight_ppm, price_e5; };
/* target.csv */
int record_target(const char *folder, const struct record_target *target, size_t n);

/* What this side knows of one operation between a peer and the hub, in distinct message ids. Inward (peer → hub) it
 * sent, holds answers to and counts the items of; outward it accepted, rejected and stored. The other side's columns
 * stay empty. */
struct record_message {
	const char *peer, *operation;
	bool inward;
	int64_t sent, acked, items_sent;                /* inward */
	int64_t accepted, rejected, items_stored;       /* outward */
};
/* messages.csv */
int record_messages(const char *folder, const struct record_message *message, size_t n);
#endif
