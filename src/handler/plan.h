/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Plans of load (A3): taken in from aggregators and passed on to dispatch. */
#ifndef VGI_HANDLER_PLAN_H
#define VGI_HANDLER_PLAN_H
#include "handler/work.h"

enum { PLAN_REAL_TIME_MOST_MIN = 240 };         /* longest plan of the next hours */

/* Planned load of resources, day-ahead or for the next hour; items are plans. Polarity GEN is turned round first. Every
 * revision is kept, the greatest is in force. What is stored is passed on to dispatch with one PushPlan a grid, in the
 * same transaction. Whole message: E_CURVE_LENGTH (a curve is not as long as its grid says, or longer than
 * REGISTRY_POINTS_MAX). Items: E_UNKNOWN_RESOURCE, E_DUPLICATE_ITEM (resource and start), E_TIME_GRID (start; step no part of a day),
 * E_RANGE (reference other than absolute, or longer than the horizon allows), E_TIME_FUTURE and E_TIME_ANCIENT,
 * E_NEGATIVE (of what cannot give back), E_ABOVE_RATING, E_REVISION. */
int plan_report(struct call *c, const struct agg_report_plan *m);

/* Queues to dispatch what one message (its journal row) brought, in one PushPlan a grid; id: distinguishes the messages
 * queued ("PL-<id>-<n>"). *n: how many. */
int plan_push(struct work *w, int64_t seq, const char *id, int64_t known_ms, int *n);
#endif
