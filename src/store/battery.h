/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Batteries of vehicles in charging sessions, as their aggregators report them (F8c). Every report is kept; of several
 * for one instant the greatest revision is in force. Errors besides those named: db.h. */
#ifndef VGI_STORE_BATTERY_H
#define VGI_STORE_BATTERY_H
#include "base/arena.h"
#include "store/db.h"
#include "store/standing.h"

struct battery_row {
	uint32_t session_no;
	int64_t at_ms;                  /* instant the values are of */
	int64_t known_ms;               /* business time the hub learned them */
	int64_t soc_ppm;                /* state of charge, 10^-6 of the capacity */
	int64_t capacity_wh;            /* VALUE_NONE, as below: not told */
	int64_t charge_w, discharge_w;  /* most it takes and gives now, ≥ 0 */
	int64_t least_soc_ppm, target_soc_ppm;          /* what the driver wants kept and wants in the end */
	int64_t health_ppm;             /* capacity against that of a new one */
	int64_t revision, seq;
};

/* E_DUPLICATE_KEY: this session, instant and revision stands. */
int battery_put(struct arena *a, struct db *db, const struct battery_row *row, size_t n);
/* What stands of an aggregator's sessions, by their ids, with from_ms ≤ at_ms < to_ms. */
int battery_standing(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms, struct standing *stands);
#endif
