/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Refused identities, roles and certificates: rows that are only added to. */
#ifndef VGI_STORE_SECURITY_EVENT_H
#define VGI_STORE_SECURITY_EVENT_H
#include "base/arena.h"
#include "store/db.h"

struct security_event {
	int64_t seq, at_us;             /* machine time */
	const char *kind;               /* a reason code of base/errors.def, e.g. "role-denied" */
	const char *principal;          /* NULL: not known */
	const char *peer_address;       /* "" : local */
	const char *detail;             /* what was tried; no secrets */
};
struct security_event_list { struct security_event *item; size_t n; };

/* at_us is now. Texts are cut to their columns (64, 64, 64, 255 bytes) and made printing ASCII: they may be a peer's
 * own words. Call it outside a transaction that is to be undone, or the event is undone with it. */
int security_event_add(struct db *db, const char *kind, const char *principal, const char *peer_address,
		       const char *detail);
/* At most `most` events behind after_seq (0: from the start), oldest first. */
int security_event_list(struct arena *a, struct db *db, int64_t after_seq, size_t most,
			struct security_event_list *list);
#endif
