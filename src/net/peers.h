/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The client certificates that have open connections now, each held once, with how many connections it has.
 * Thread-safe. */
#ifndef VGI_NET_PEERS_H
#define VGI_NET_PEERS_H
#include <pthread.h>
#include <sys/queue.h>
#include "security/certificate.h"

enum { PEERS_BUCKETS = 1024 };

struct peer {
	LIST_ENTRY(peer) link;
	char fingerprint[CERTIFICATE_FINGERPRINT], subject[CERTIFICATE_NAME], names[CERTIFICATE_NAMES];
	int connections;                /* guarded by the table's lock; the names never change */
};
LIST_HEAD(peer_list, peer);

struct peers { pthread_mutex_t lock; struct peer_list bucket[PEERS_BUCKETS]; };

void peers_init(struct peers *t);
void peers_done(struct peers *t);       /* when everybody has left */
/* One connection more of this certificate; *connections counts it. 0, E_MEMORY, E_INTERNAL. Given back with
 * peers_leave. */
int peers_enter(struct peers *t, const struct x509_st *cert, struct peer **peer, int *connections);
void peers_leave(struct peers *t, struct peer *p);      /* NULL allowed */
#endif
