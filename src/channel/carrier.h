/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Everybody that is called, and what carries the messages there: one connection each, used by one thread at a time. The set can be
 * exchanged while it is in use: who carries something ends that first. */
#ifndef VGI_CHANNEL_CARRIER_H
#define VGI_CHANNEL_CARRIER_H
#include "channel/push.h"
#include "channel/sender.h"

struct carrier {
	struct sender_peer peer;        /* copies of its own */
	struct push *push;
	/* of who has taken it */
	bool known;                     /* its health has been looked at */
	enum peer_health health;
	int64_t test_us;                /* when it is to be tested; monotonic */
	int64_t noted_us;               /* when its health was written last; monotonic */
	/* of the set */
	bool taken, gone;
	struct carrier *next;           /* among those that are gone */
};

struct carriers;
struct carriers *carriers_new(void);                    /* empty; NULL: out of memory */
void carriers_free(struct carriers *set);               /* when none is taken; NULL allowed */
/* These are called from now on, none else; each is to be tested. All or nothing: 0, E_MEMORY, E_CONFIG. */
int carriers_set(struct carriers *set, const struct sender_peer *peers, size_t n);
size_t carriers_shared(struct carriers *set);           /* how many there are that share threads */

/* The one of this name, taken; NULL and *elsewhere: another thread has it, or it is for the other kind of threads; NULL alone:
 * nobody of that name is called. */
struct carrier *carriers_take(struct carriers *set, const char *name, bool shared, bool *elsewhere);
/* One that is to be tested by now, taken; or NULL. */
struct carrier *carriers_take_due(struct carriers *set, bool shared, int64_t now_us);
void carriers_leave(struct carriers *set, struct carrier *c);   /* NULL allowed */
void carriers_abort(struct carriers *set);              /* all pushes, for good */
#endif
