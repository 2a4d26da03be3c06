/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Which items of a reported ledger are good. Internal to registry. */
#ifndef VGI_HANDLER_REGISTRY_CHECK_H
#define VGI_HANDLER_REGISTRY_CHECK_H
#include "handler/work.h"
#include "store/ledger.h"

struct registry_station {
	const struct station *told;
	int64_t stored;                 /* index in own, -1: none of this aggregator */
	bool repeat, taken, meter_repeat, meter_taken;
	bool good;
};
struct registry_pile {
	const struct pile *told;
	size_t station, place;          /* of the station in the message, within the station */
	int64_t stored;
	bool repeat, taken;
	bool good;
};
/* A message laid out flat, beside what stands. */
struct registry_intake {
	const struct agg_report_ledger *m;
	struct ledger own;              /* as stored, with what is retired; set between unfold and check */
	const struct party *operator; bool *operator_good; size_t n_operators;
	struct registry_station *station; size_t n_stations;
	struct registry_pile *pile; size_t n_piles;
};

void registry_unfold(struct call *c, const struct agg_report_ledger *m, struct registry_intake *in);
/* Sets `stored` and `good` everywhere, refuses what is not good. 0 or an error of the store. */
int registry_check(struct call *c, struct registry_intake *in);
#endif
