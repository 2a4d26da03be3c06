/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Charging sessions as reported (F3) and what each got (F3, F5). Errors besides those named: db.h. */
#ifndef VGI_STORE_SESSION_H
#define VGI_STORE_SESSION_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/bytes.h"
#include "store/db.h"

struct session_row {
	uint32_t no;                    /* given by the store; ignored when rows are put */
	uint32_t aggregator_no, pile_no;
	const char *id;                 /* unique within the aggregator */
	int64_t arrival_ms, departure_ms;
	int64_t need_wh, max_w;
	int64_t wish_wh, wish_departure_ms;     /* VALUE_NONE: not told */
	int64_t seq;                    /* journal row */
};
/* By session id, those of the same id by aggregator id. */
struct session_list { struct session_row *item; size_t n; };

/* Sessions whose stay touches [from_ms, to_ms), of all aggregators or of one. */
int session_load(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, struct session_list *list);
int session_load_of(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms,
		struct session_list *list);
/* Index of (aggregator, id) in a list, -1 if it is not there. */
int64_t session_find(const struct session_list *list, uint32_t aggregator_no, const char *id);
/* Stores rows; one that stands already, by (aggregator, id), is replaced and keeps its number. */
int session_put(struct arena *a, struct db *db, const struct session_row *row, size_t n);
/* What of a session is personal, as it is stored: sealed (security/seal.h), the user as a keyed hash of 32 bytes. p NULL: not
 * told. session_put forgets what stood before; then this adds to sessions that stand. */
struct session_personal { const char *id; struct octets vehicle, plate, user; };
int session_put_personal(struct arena *a, struct db *db, uint32_t aggregator_no, const struct session_personal *row, size_t n);
/* scheduled[i]: whether the aggregator's session id[i] is in a schedule of any task. */
int session_scheduled(struct db *db, uint32_t aggregator_no, const char *const *id, size_t n, bool *scheduled);

enum session_outcome { SESSION_UNKNOWN, SESSION_MET, SESSION_SHORT };
struct session_result {
	uint32_t session_no;
	int64_t before_wh;              /* measured before control */
	int64_t delivered_wh;           /* measured over the stay */
	enum session_outcome outcome;
};
/* Stores results, in place of earlier ones. */
int session_put_results(struct arena *a, struct db *db, const struct session_result *r, size_t n);
/* result[i] of list->item[i]; one without a stored result has session_no 0. */
int session_load_results(struct arena *a, struct db *db, const struct session_list *list,
		struct session_result **result);
#endif
