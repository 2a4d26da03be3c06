/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What operators are to be told of: rows that are only added to. Security events have a table of their own. */
#ifndef VGI_STORE_EVENT_H
#define VGI_STORE_EVENT_H
#include "base/arena.h"
#include "store/db.h"

struct event {
	const char *kind;               /* e.g. "share-returned" */
	const char *subject;            /* principal or resource, NULL: none */
	const char *reference;          /* message or task, NULL: none */
	const char *detail;
	const char *trace_id;           /* NULL: none */
	int64_t at_ms;                  /* business time, VALUE_NONE: none */
	int64_t seq, at_us;             /* read only; machine time */
};
struct event_list { struct event *item; size_t n; };

/* In the transaction of what it tells of. Texts are cut to their columns (64, detail 255 bytes) and made printing
 * ASCII. Not event_add: libevent has a function of that name. Errors: db.h. */
int event_record(struct db *db, const struct event *e);
/* At most `most` events behind after_seq (0: from the start), oldest first. Lives in the arena. */
int event_list(struct arena *a, struct db *db, int64_t after_seq, size_t most, struct event_list *list);
/* Those of business time in [from_ms, to_ms): how many, counted up to `most`; a page of them in the order in which they happened,
 * of one instant as they were told: those from from_ms on, of this instant the ones behind after_seq (0: all), at most `most`.
 * The next page begins at the last one's at_ms and seq. */
int event_count_between(struct db *db, int64_t from_ms, int64_t to_ms, int64_t most, int64_t *n);
int event_between(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, int64_t after_seq, size_t most,
		  struct event_list *list);
#endif
