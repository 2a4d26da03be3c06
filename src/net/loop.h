/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A loop thread: accepts, runs its connections, takes answers back from the workers, drains. */
#ifndef VGI_NET_LOOP_H
#define VGI_NET_LOOP_H
#include <pthread.h>
#include <stdatomic.h>
#include "net/connection.h"

struct evconnlistener;
struct loop;

/* A bound socket; every loop accepts from it. */
struct socket {
	struct net_listener listener;   /* with a name and a tls of its own */
	char *name;
	int fd, port;
	pthread_mutex_t lock;           /* guards listener.tls, which can be renewed */
};

/* What the loops see of their server. */
struct loop_site {
	struct net_shared shared;
	struct socket socket[NET_LISTENERS];
	size_t n_sockets;
	atomic_ullong recheck;          /* grows each time connections are to be visited */
	atomic_int drain_ms;            /* -1: no drain asked for */
};

struct loop_gate { struct loop *loop; struct socket *socket; struct evconnlistener *listener; };

struct loop {
	struct connection_home home;    /* first: the connections' way back to their loop */
	struct loop_site *site;
	struct loop_gate gate[NET_LISTENERS];
	struct event *wake, *pause, *cut, *again;       /* again: more connections are to be visited */
	unsigned long long visited;     /* site->recheck as it was when all had been */
	int wake_fd;
	int drain_ms;                   /* for which `cut` is set, if home.draining */
	pthread_mutex_t lock;           /* guards done */
	struct work_list done;
	pthread_t thread;
	bool running;
};

/* Makes and starts it. 0, E_MEMORY, E_IO; after an error loop_join and loop_done are still due. */
int loop_start(struct loop *l, struct loop_site *site);
/* Makes it look at site->drain_ms. Async-signal-safe. */
void loop_wake(struct loop *l);
void loop_join(struct loop *l);         /* waits for the end of a drain */
void loop_done(struct loop *l);
#endif
