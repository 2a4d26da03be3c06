/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Refused identities, roles and certificates, replays, floods: rows that are only added to, one a minute for all that are of one
 * kind, principal and address, so that a flood fills a count and not the table. */
#ifndef VGI_STORE_SECURITY_EVENT_H
#define VGI_STORE_SECURITY_EVENT_H
#include "base/arena.h"
#include "store/db.h"

struct security_event {
	int64_t seq, at_us;             /* machine time */
	const char *kind;               /* a reason code of base/errors.def, e.g. "role-denied" */
	const char *principal;          /* NULL: not known */
	const char *peer_address;       /* "" : local */
	const char *detail;             /* what was tried, of the first one; no secrets */
	int64_t n, last_us;             /* how many within the minute; when the last was */
};
struct security_event_list { struct security_event *item; size_t n; };

/* What happens, collected in memory until it is written. Thread-safe. */
struct security_log;
struct security_log *security_log_new(void);            /* NULL: out of memory */
void security_log_free(struct security_log *log);       /* NULL allowed; what is not written is lost */
/* Notes an event; takes no time and needs no database. kind: a reason code, a static text. principal: NULL if not known.
 * peer_address: "192.0.2.7:51234" or "" for local; the port does not count for what is alike. Texts are cut to their
 * columns (64, 64, 64, 255 bytes) and made printing ASCII: they may be a peer's own words. Beyond 1,024 different ones a
 * minute the rest is counted by kind alone, as of principal "*" at "*".
 * True: it is the first of its like, so that it is worth writing at once. */
bool security_log_note(struct security_log *log, const char *kind, const char *principal, const char *peer_address,
		       const char *detail);
/* Writes what has been noted. Call it outside a transaction that is to be undone, or the events are undone with it. 0, or
 * the errors of db_exec: what is not written stays for the next call. While one thread writes, others have nothing to do. */
int security_log_write(struct security_log *log, struct db *db);

/* One event as a row of its own, now: for what an operator does by hand. Texts as above. */
int security_event_add(struct db *db, const char *kind, const char *principal, const char *peer_address,
		       const char *detail);
/* At most `most` events behind after_seq (0: from the start), oldest first. */
int security_event_list(struct arena *a, struct db *db, int64_t after_seq, size_t most,
			struct security_event_list *list);
/* The `most` last ones, oldest first. */
int security_event_last(struct arena *a, struct db *db, size_t most, struct security_event_list *list);
#endif
