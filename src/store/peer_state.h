/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Whether those who are called can be reached, as the last test or message found. Errors: db.h. */
#ifndef VGI_STORE_PEER_STATE_H
#define VGI_STORE_PEER_STATE_H
#include "base/arena.h"
#include "store/db.h"

enum peer_health { PEER_UP, PEER_FAULTY, PEER_DOWN };   /* answers by its contract; is reached and does not; is not reached */

struct peer_state {
	const char *peer, *service, *address;
	enum peer_health health;
	int64_t since_us, heard_us, tried_us;           /* machine time; heard_us VALUE_NONE: never */
	const char *error;                              /* why it is not up; NULL: it is */
};
struct peer_states { struct peer_state *item; size_t n; };

const char *peer_health_name(enum peer_health health);  /* "up", "faulty", "down" */
/* What was found at tried_us; since_us is kept while the health stays the same, heard_us unless it is up: both are ignored.
 * Texts are cut to their columns and made printing ASCII. */
int peer_state_put(struct db *db, const struct peer_state *s);
/* By peer; some may be called no more. Lives in the arena. */
int peer_state_list(struct arena *a, struct db *db, struct peer_states *list);
#endif
