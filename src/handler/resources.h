/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What dispatch learns of the registered resources (A2, D2, D3). */
#ifndef VGI_HANDLER_RESOURCES_H
#define VGI_HANDLER_RESOURCES_H
#include "handler/work.h"

enum { RESOURCES_STATIONS_MOST = 2000 };        /* stations in one answer or message */

/* Aggregators with their stations and piles as they stand, retired ones left out; by id. At most
 * RESOURCES_STATIONS_MOST stations: `more` says that there are others, asked for with after = the greatest station id
 * of this answer. E_UNKNOWN_RESOURCE at "aggregatorId" or "stationId". */
int resources_query(struct call *c, const struct dsp_query_resources *m, struct dsp_query_resources_response *answer);

/* Queues PushStatic with an aggregator's whole ledger, in messages of at most RESOURCES_STATIONS_MOST stations
 * ("ST-<key>-<n>"). Called in the transaction that stored the ledger; key: distinguishes what caused it. */
int resources_push(struct work *w, const char *aggregator_id, const char *key);
#endif
