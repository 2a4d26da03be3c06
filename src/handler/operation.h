/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Operating state of resources: what aggregators report (A4) and what dispatch asks (D2). */
#ifndef VGI_HANDLER_OPERATION_H
#define VGI_HANDLER_OPERATION_H
#include "handler/work.h"

/* State, power and capability of resources at one instant; items are resources. Polarity GEN is turned round first.
 * Every report is kept; one for an instant before the latest changes nothing of "now". Whole message: E_TIME_FUTURE and
 * E_TIME_ANCIENT (as frames are judged). Items: E_UNKNOWN_RESOURCE, E_DUPLICATE_ITEM (the first counts), E_NEGATIVE
 * (power of a resource that cannot give back), E_ABOVE_RATING (power or capability above what it can have), E_RANGE
 * (limits in the wrong order), E_REVISION (the same instant with the same or a newer revision stands). */
int operation_report(struct call *c, const struct agg_report_operation *m);

/* The latest values: "*" (all), each aggregator and each station; of one aggregator or one resource if asked. Power is
 * the sum of the raw values of the piles in service in the aggregator's latest frame, quality NT where members are
 * missing from it or no frame came for an hour; capability as the resource itself was last reported within that hour. saidBy
 * is the aggregator, knownAt machine time at which the frame came. E_UNKNOWN_RESOURCE at "aggregatorId" or
 * "resourceId". */
int operation_query(struct call *c, const struct dsp_query_operation *m, struct dsp_query_operation_response *answer);
#endif
