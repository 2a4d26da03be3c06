/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Batteries of vehicles in charging sessions, as aggregators report them (F8c, A4). */
#ifndef VGI_HANDLER_BATTERY_H
#define VGI_HANDLER_BATTERY_H
#include "handler/work.h"

enum { BATTERY_CAPACITY_MAX_WH = 5000000 };     /* largest battery: 5 MWh */

/* Items are batteries, found by their session. Every report is kept. Whole message: E_TIME_FUTURE and E_TIME_ANCIENT (as
 * frames are judged). Items: E_UNKNOWN_SESSION (none that stays at that instant), E_DUPLICATE_ITEM, E_RANGE (capacity 0
 * or too large, kept state of charge above the wanted one), E_REVISION. */
int battery_report(struct call *c, const struct agg_report_battery *m);
#endif
