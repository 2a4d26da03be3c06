/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* One connection of the server, from accept to close: handshake, request, answer, next request. All of it runs in the
 * thread of one loop; a request in work is the only thing that leaves it. */
#ifndef VGI_NET_CONNECTION_H
#define VGI_NET_CONNECTION_H
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>
#include "net/http.h"
#include "net/park.h"
#include "net/peers.h"
#include "net/server.h"
#include "net/work.h"

struct bufferevent;
struct event;
struct event_base;
struct sockaddr;
struct connection;
LIST_HEAD(connection_list, connection);

struct net_counts {
	atomic_ullong accepted, open, turned_away, tls_failed, requests, answers, refused, overloaded, timeouts, not_parked, cut, limited;
};

/* What all loops of a server share. */
struct net_shared {
	struct net_config config;
	struct net_counts count;
	struct peers peers;
	struct work_pool pool;
	struct park park;
	atomic_size_t bodies;           /* bytes of bodies held now */
};

/* The loop a connection lives in. */
struct connection_home {
	struct net_shared *shared;
	struct event_base *base;
	struct connection_list connections;
	bool draining;                                          /* answers close their connection */
	void (*finished)(struct work_job *job); /* in a worker thread: bring it to connection_answered */
	void (*emptied)(struct connection_home *home);          /* draining, and the last connection has gone */
};

enum connection_state {
	CONNECTION_HANDSHAKE,
	CONNECTION_READING,             /* or waiting for the first byte of a request */
	CONNECTION_WORKING,             /* the request is with the workers */
	CONNECTION_PARKED,              /* it waits for its key; woken, it comes back as an answer does */
	CONNECTION_WRITING,
	CONNECTION_LINGERING            /* our side is closed, the rest of what they send is thrown away */
};

struct connection {
	LIST_ENTRY(connection) link;
	struct connection_home *home;
	const struct net_listener *listener;
	struct bufferevent *bev;
	struct event *timer;
	enum connection_state state;
	bool idle;                      /* waits for the first byte of a later request */
	bool over;                      /* its certificate has too many connections */
	bool last;                      /* closes after this answer */
	bool linger;                    /* the other side may still be sending: see connection.c */
	bool gone;                      /* in work, but nobody is left to take the answer */
	bool admitted;                  /* ticket is to be given back */
	int ticket;
	unsigned long long visited;     /* in which round of visits */
	bool ended;                     /* the other side sends nothing more */
	struct peer *peer;
	char address[64];
	struct http_reader reader;
	size_t counted;                 /* bytes of `bodies` that are ours */
	uint64_t came;                  /* of the body when its time was last prolonged */
	struct work_job job;
	struct park_place place;
	uint64_t rings;                 /* park_rings before the request went to the workers */
};

/* Takes over an accepted socket; closes it if it cannot be. tls is used for this connection only. */
void connection_new(struct connection_home *home, const struct net_listener *listener, struct tls *tls, int fd,
		    const struct sockaddr *from);
/* The worker's answer is in c->job; or it was parked and is woken. */
void connection_answered(struct connection *c);
/* Closes it if it has nothing begun; a parked request is answered. */
void connection_drain(struct connection *c);
/* Asks whether it is still wanted, and cuts it if not. 1; 0 if it was asked in this round already or has no peer yet. */
int connection_visit(struct connection *c, unsigned long long round);
/* Closes it now; one whose request is in work only stops listening for the answer. */
void connection_cut(struct connection *c);
/* Any thread: for park_ring. */
void connection_woken(struct park_place *place);
#define connection_of(job_) ((struct connection *)(void *)((char *)(job_) - offsetof(struct connection, job)))
#endif
