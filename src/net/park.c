/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/park.h"
#include "base/error.h"

void park_init(struct park *p, int most)
{
	p->most = most;
	p->inside = 0;
	p->rings = 0;
	for (int i = 0; i < PARK_BUCKETS; i++) {
		pthread_mutex_init(&p->bucket[i].lock, NULL);
		LIST_INIT(&p->bucket[i].list);
		p->bucket[i].last_ring = 0;
	}
}

void park_done(struct park *p)
{
	for (int i = 0; i < PARK_BUCKETS; i++)
		pthread_mutex_destroy(&p->bucket[i].lock);
}

/* Keys need not be uniform: they are mixed by a large odd factor, whose high bits depend on all of theirs. */
static struct park_bucket *bucket_of(struct park *p, uint64_t key)
{
	return &p->bucket[(key * UINT64_C(0x9E3779B97F4A7C15)) >> 56];
}

uint64_t park_rings(struct park *p)
{
	return p->rings;
}

/* One place more, unless there are too many. */
static bool count_in(struct park *p)
{
	int n = p->inside;

	while (n < p->most)
		if (atomic_compare_exchange_weak(&p->inside, &n, n + 1))
			return true;
	return false;
}

int park_enter(struct park *p, struct park_place *place, uint64_t key, uint64_t seen)
{
	struct park_bucket *b = bucket_of(p, key);
	int rc = 0;

	pthread_mutex_lock(&b->lock);
	if (b->last_ring > seen)
		rc = E_NOTHING;
	else if (!count_in(p))
		rc = E_BUSY;
	if (!rc) {
		place->key = key;
		place->inside = true;
		LIST_INSERT_HEAD(&b->list, place, link);
	}
	pthread_mutex_unlock(&b->lock);
	return rc;
}

/* The bucket's lock is held. */
static void take_out(struct park *p, struct park_place *place)
{
	LIST_REMOVE(place, link);
	place->inside = false;
	p->inside--;
}

bool park_leave(struct park *p, struct park_place *place)
{
	struct park_bucket *b = bucket_of(p, place->key);
	bool inside;

	pthread_mutex_lock(&b->lock);
	inside = place->inside;
	if (inside)
		take_out(p, place);
	pthread_mutex_unlock(&b->lock);
	return inside;
}

void park_ring(struct park *p, uint64_t key, void (*woken)(struct park_place *place))
{
	struct park_bucket *b = bucket_of(p, key);
	struct park_place *place, *next;

	pthread_mutex_lock(&b->lock);
	b->last_ring = atomic_fetch_add(&p->rings, 1) + 1;
	for (place = LIST_FIRST(&b->list); place; place = next) {
		next = LIST_NEXT(place, link);
		if (place->key != key)
			continue;
		take_out(p, place);
		woken(place);
	}
	pthread_mutex_unlock(&b->lock);
}
