/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What aggregators say of their resources: ledger, vehicle needs, capability (F3, F9, A2, A4). Paths in diagnostics
 * count from 1. What belongs to another aggregator is answered like what nobody has, except where an id is to be
 * registered. */
#ifndef VGI_HANDLER_REGISTRY_H
#define VGI_HANDLER_REGISTRY_H
#include "handler/work.h"

enum {
	REGISTRY_RATED_MAX_W = 10000000,        /* most rating of a pile: 10 MW */
	REGISTRY_LIMIT_MAX_W = 1000000000,      /* most limit of a station: 1 GW */
	REGISTRY_NEED_MAX_WH = 1000000000,      /* most need of a vehicle: 1 GWh */
	REGISTRY_STAY_MAX_DAYS = 7,             /* longest stay */
	REGISTRY_POINTS_MAX = 2016              /* most points of a capability curve: a week of 5 minutes */
};

/* The whole ledger; items are operators, stations and piles. Whole message: E_UNKNOWN_RESOURCE (the aggregator is not
 * the sender), E_REVISION (header's revision below the stored one). Items: E_DUPLICATE_ITEM (id or meter stands twice;
 * the first counts), E_UNKNOWN_RESOURCE (operatorId neither among the operators nor the aggregator itself), E_NEGATIVE
 * and E_RANGE (limit, rating, connectors, position), E_RESOURCE_TAKEN (id of another aggregator; meter of any other
 * station). With a station all its piles are refused. A refused item stays as it was stored; what the message does not
 * name is retired. */
int registry_report_ledger(struct call *c, const struct agg_report_ledger *m);

/* Vehicle needs; items are sessions. An id that is stored already is replaced, until a task has scheduled it. Items:
 * E_DUPLICATE_ITEM, E_TASK_CONFLICT (scheduled), E_UNKNOWN_RESOURCE (pile), E_NEGATIVE (need, power, wish), E_RANGE (power 0, need or stay too large),
 * E_ABOVE_RATING, E_TIME_ORDER, E_TIME_FUTURE and E_TIME_ANCIENT (rules: plan_ahead, history_oldest), E_OVERLAP
 * (shares an interval of the rules' grid on one pile with a stored session of another id, or with one of the message
 * that arrives earlier; at the same time, with the lesser id). */
int registry_report_sessions(struct call *c, const struct agg_report_sessions *m);

/* Declared capability; items are resources. Up and down are changes of load whatever polarity the grid names. Whole
 * message: E_CURVE_LENGTH (a column is not as long as its grid says, or longer than REGISTRY_POINTS_MAX). Items:
 * E_UNKNOWN_RESOURCE, E_NEGATIVE, E_RANGE (above 32 bits of W), E_TIME_GRID, E_TIME_FUTURE and E_TIME_ANCIENT,
 * E_DUPLICATE_ITEM (resource and start), E_REVISION. */
int registry_report_capability(struct call *c, const struct agg_report_capability *m);
#endif
