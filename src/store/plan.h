/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Plans of load as aggregators report them (A3): day-ahead and real-time, by resource. Every revision is kept, the
 * greatest is in force. Errors besides those named: db.h. */
#ifndef VGI_STORE_PLAN_H
#define VGI_STORE_PLAN_H
#include "base/arena.h"
#include "store/db.h"
#include "store/standing.h"

/* One curve: n means of step_min minutes from start_ms on, consumption positive. */
struct plan_row {
	uint32_t aggregator_no;
	const char *resource_id;        /* the aggregator, a station or a pile */
	int horizon;                    /* enum plan_horizon of the contract */
	int64_t start_ms;
	int32_t step_min;
	size_t n;
	const int64_t *power_w;         /* within int32 */
	int64_t known_ms;               /* business time the hub learned it */
	int64_t revision, seq;
};
struct plan_rows { struct plan_row *item; size_t n; };

/* E_DUPLICATE_KEY: this resource, horizon, start and revision stands. */
int plan_put(struct arena *a, struct db *db, const struct plan_row *row, size_t n);
/* In force: plans of an aggregator and horizon that start in [from_ms, to_ms); by resource and start. The _standing form tells
 * their revisions alone. */
int plan_load(struct arena *a, struct db *db, uint32_t aggregator_no, int horizon, int64_t from_ms, int64_t to_ms,
	      struct plan_rows *rows);
int plan_standing(struct arena *a, struct db *db, uint32_t aggregator_no, int horizon, int64_t from_ms, int64_t to_ms,
		  struct standing *stands);
/* Messages that brought plans in [from_ms, to_ms) by known_ms, of an aggregator or (-1) of all: aggregator_no and seq of each, in
 * order of arrival, at most `most`. */
struct plan_message { uint32_t aggregator_no; int64_t seq, known_ms; };
struct plan_messages { struct plan_message *item; size_t n; };
int plan_messages(struct arena *a, struct db *db, int64_t aggregator_no, int64_t from_ms, int64_t to_ms, size_t most,
		  struct plan_messages *list);
/* The curves one message brought, by resource and start. */
int plan_of_message(struct arena *a, struct db *db, int64_t seq, struct plan_rows *rows);
#endif
