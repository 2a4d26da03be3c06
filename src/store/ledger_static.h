/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The ledger with everything about its resources that does not change from minute to minute (A2), as dispatch is told of
 * it: without retired ones and without contacts. */
#ifndef VGI_STORE_LEDGER_STATIC_H
#define VGI_STORE_LEDGER_STATIC_H
#include <stdbool.h>
#include "base/arena.h"
#include "model/types.h"
#include "store/db.h"

/* By aggregator, station and pile id. aggregator_id, station_id: that one only, NULL: all; after: stations whose id is
 * greater, NULL: from the first; at most `most` stations, *more tells that there are others behind them. An aggregator
 * of which no station is in it is left out, unless it is asked for by name. Lives in the arena. Errors: db.h. */
struct ledger_wanted { const char *aggregator_id, *station_id, *after; size_t most; };
struct ledger_static { struct static_aggregator *item; size_t n; bool more; };
int ledger_static_load(struct arena *a, struct db *db, const struct ledger_wanted *wanted, struct ledger_static *list);
#endif
