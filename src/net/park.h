/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Requests that wait for something to happen, by the key of what they wait for. A ring that comes between a request's
 * look at the world and its entering here is not lost: it entered too late and is told so. Thread-safe. */
#ifndef VGI_NET_PARK_H
#define VGI_NET_PARK_H
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

enum { PARK_BUCKETS = 256 };

/* Lives in whatever waits. */
struct park_place {
	LIST_ENTRY(park_place) link;
	uint64_t key;
	bool inside;                    /* guarded by its bucket's lock */
};
LIST_HEAD(park_list, park_place);

struct park_bucket { pthread_mutex_t lock; struct park_list list; uint64_t last_ring; };

struct park {
	int most;                       /* places that may be inside */
	atomic_int inside;
	atomic_ullong rings;            /* so far, of all keys */
	struct park_bucket bucket[PARK_BUCKETS];
};

void park_init(struct park *p, int most);
void park_done(struct park *p);         /* nobody is inside */
/* To be asked before the look at the world that decides whether to wait. */
uint64_t park_rings(struct park *p);
/* 0: inside. E_BUSY: too many are. E_NOTHING: what it would wait for may have happened after park_rings said `seen`,
 * so look again. */
int park_enter(struct park *p, struct park_place *place, uint64_t key, uint64_t seen);
/* True: it was inside and is out now. False: a ring has taken it out, and woken was or is being called with it. */
bool park_leave(struct park *p, struct park_place *place);
/* Takes all out that wait for key and hands each to woken, which must be brief. */
void park_ring(struct park *p, uint64_t key, void (*woken)(struct park_place *place));
#endif
