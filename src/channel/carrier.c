/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "channel/carrier.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "security/tls.h"

struct carriers {
	pthread_mutex_t lock;           /* guards all that follows, and taken and gone of each */
	struct carrier **item;
	size_t n;
	struct carrier *gone;           /* taken still, by who will free them */
};

/* ---- one */

static void carrier_free(struct carrier *c)
{
	if (!c)
		return;
	push_free(c->push);
	tls_free(c->peer.tls);
	free((char *)c->peer.name);
	free((char *)c->peer.host);
	free((char *)c->peer.path);
	free(c);
}

static int carrier_new(const struct sender_peer *peer, struct carrier **carrier)
{
	struct carrier *c = calloc(1, sizeof *c);
	if (!c)
		return E_MEMORY;
	c->peer = *peer;
	c->peer.tls = tls_ref(peer->tls);
	c->peer.name = strdup(peer->name);
	c->peer.host = strdup(peer->host);
	c->peer.path = strdup(peer->path);
	int rc = c->peer.name && c->peer.host && c->peer.path ? push_new(&c->peer, &c->push) : E_MEMORY;
	if (rc)
		carrier_free(c);
	else
		*carrier = c;
	return rc;
}

/* ---- the set */

struct carriers *carriers_new(void)
{
	struct carriers *s = calloc(1, sizeof *s);
	if (s)
		pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void free_all(struct carrier **item, size_t n)
{
	for (size_t i = 0; i < n; i++)
		carrier_free(item[i]);
	free(item);
}

void carriers_free(struct carriers *s)
{
	if (!s)
		return;
	free_all(s->item, s->n);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* With the lock. */
static struct carrier *find(struct carriers *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->item[i]->peer.name, name))
			return s->item[i];
	return NULL;
}

/* With the lock. What is known of the peer is known of it at its new place too, until the test says otherwise. */
static void exchange(struct carriers *s, struct carrier **item, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct carrier *former = find(s, item[i]->peer.name);
		if (former && !former->taken) {
			item[i]->known = former->known;
			item[i]->health = former->health;
		}
	}
	for (size_t i = 0; i < s->n; i++) {
		struct carrier *c = s->item[i];
		if (!c->taken)
			continue;
		s->item[i] = NULL;
		c->gone = true;
		c->next = s->gone;
		s->gone = c;
	}
}

int carriers_set(struct carriers *s, const struct sender_peer *peers, size_t n)
{
	struct carrier **item = calloc(n + 1, sizeof *item), **former;
	size_t made = 0, former_n;
	int rc = item ? 0 : E_MEMORY;
	while (!rc && made < n && !(rc = carrier_new(&peers[made], &item[made])))
		made++;
	if (rc) {
		free_all(item, made);
		return rc;
	}
	pthread_mutex_lock(&s->lock);
	exchange(s, item, n);
	former = s->item;
	former_n = s->n;
	s->item = item;
	s->n = n;
	pthread_mutex_unlock(&s->lock);
	free_all(former, former_n);
	return 0;
}

size_t carriers_shared(struct carriers *s)
{
	size_t n = 0;
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->n; i++)
		n += s->item[i]->peer.shared;
	pthread_mutex_unlock(&s->lock);
	return n;
}

struct carrier *carriers_take(struct carriers *s, const char *name, bool shared, bool *elsewhere)
{
	pthread_mutex_lock(&s->lock);
	struct carrier *c = find(s, name);
	*elsewhere = c ? c->taken || c->peer.shared != shared : shared;
	if (c && !*elsewhere)
		c->taken = true;
	pthread_mutex_unlock(&s->lock);
	return *elsewhere ? NULL : c;
}

struct carrier *carriers_take_due(struct carriers *s, bool shared, int64_t now_us)
{
	struct carrier *due = NULL;
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->n && !due; i++) {
		struct carrier *c = s->item[i];
		if (!c->taken && c->peer.shared == shared && c->test_us <= now_us)
			due = c;
	}
	if (due)
		due->taken = true;
	pthread_mutex_unlock(&s->lock);
	return due;
}

void carriers_leave(struct carriers *s, struct carrier *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&s->lock);
	c->taken = false;
	bool gone = c->gone;
	for (struct carrier **p = &s->gone; gone && *p; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			break;
		}
	pthread_mutex_unlock(&s->lock);
	if (gone)
		carrier_free(c);
}

void carriers_abort(struct carriers *s)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->n; i++)
		push_abort(s->item[i]->push);
	for (struct carrier *c = s->gone; c; c = c->next)
		push_abort(c->push);
	pthread_mutex_unlock(&s->lock);
}
