/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/peers.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"

void peers_init(struct peers *t)
{
	pthread_mutex_init(&t->lock, NULL);
	for (int i = 0; i < PEERS_BUCKETS; i++)
		LIST_INIT(&t->bucket[i]);
}

void peers_done(struct peers *t)
{
	pthread_mutex_destroy(&t->lock);
}

/* A fingerprint is uniform already, and nobody gets in whose certificate an authority of ours has not signed. */
static struct peer_list *bucket_of(struct peers *t, const char *fingerprint)
{
	char head[9];

	memcpy(head, fingerprint, 8);
	head[8] = 0;
	return &t->bucket[strtoul(head, NULL, 16) % PEERS_BUCKETS];
}

int peers_enter(struct peers *t, const struct x509_st *cert, struct peer **peer, int *connections)
{
	struct peer *p, *fresh = calloc(1, sizeof *fresh);
	struct peer_list *bucket;
	int rc;

	*peer = NULL;
	if (!fresh)
		return E_MEMORY;
	if ((rc = certificate_fingerprint(cert, fresh->fingerprint))) {
		free(fresh);
		return rc;
	}
	certificate_subject(cert, fresh->subject, sizeof fresh->subject);       /* "" if it has none: see server.h */
	certificate_names(cert, fresh->names, sizeof fresh->names);
	bucket = bucket_of(t, fresh->fingerprint);
	pthread_mutex_lock(&t->lock);
	LIST_FOREACH(p, bucket, link)
		if (!strcmp(p->fingerprint, fresh->fingerprint))
			break;
	if (!p) {
		p = fresh;
		fresh = NULL;
		LIST_INSERT_HEAD(bucket, p, link);
	}
	*connections = ++p->connections;
	pthread_mutex_unlock(&t->lock);
	free(fresh);
	*peer = p;
	return 0;
}

void peers_leave(struct peers *t, struct peer *p)
{
	bool last;

	if (!p)
		return;
	pthread_mutex_lock(&t->lock);
	last = --p->connections == 0;
	if (last)
		LIST_REMOVE(p, link);
	pthread_mutex_unlock(&t->lock);
	if (last)
		free(p);
}
