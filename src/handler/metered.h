/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Metered energy beside what the hub's telemetry adds up to (F6, A7). */
#ifndef VGI_HANDLER_METERED_H
#define VGI_HANDLER_METERED_H
#include "handler/work.h"

/* One series a station, of the header's business date (absent: today's), of one aggregator or meter if asked: energy
 * of each interval of the rules' grid by the revenue meter and by the hub's telemetry (sum of its piles' interval
 * means; retired piles too), absent where there is none; energies are mean power times the interval, rounded half away
 * from zero once. Totals only where every interval of the day has its value. By aggregator and station id.
 * E_UNKNOWN_RESOURCE at "aggregatorId", E_UNKNOWN_METER at "meterNo". */
int metered_query(struct call *c, const struct trd_query_metered_energy *m, struct trd_query_metered_energy_response *answer);
#endif
