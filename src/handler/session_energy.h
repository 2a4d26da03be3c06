/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What charging sessions got, by the telemetry of their piles (F3, F5). A shared service of dispatch and assessment. */
#ifndef VGI_HANDLER_SESSION_ENERGY_H
#define VGI_HANDLER_SESSION_ENERGY_H
#include "handler/work.h"
#include "store/session.h"

struct session_energy {
	int64_t before_wh;              /* over the intervals that the stay touches, up to the begin of `first` */
	int64_t delivered_wh;           /* up to the grid's end */
	bool complete;                  /* no sample of the intervals up to the grid's end is missing */
};

/* energy[i] of sessions->item[i]: sums of the pile's interval means, each rounded to W, the sum to Wh. No two sessions
 * of a pile touch one interval, so an interval's energy belongs to one of them. Intervals not closed yet
 * (telemetry_close_intervals) count as far as they were added up. grid: a part of a business day; a stay that began
 * before it counts from its arrival on. */
int session_energy_measure(struct work *w, const struct timegrid *grid, int first, const struct session_list *sessions,
		struct session_energy **energy);
#endif
