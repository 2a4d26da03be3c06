/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Carries what waits in the outbox to its peers: one thread for files, one for the peers that have it to themselves, some for
 * those that share them, so that no slow one of these holds up the others. Messages of a peer go out in order, each until
 * it is answered; a peer that cannot be reached is tried again with growing waits, and nothing is lost by a crash, because the
 * row stays until its answer is stored. What a peer is reached with again and again and cannot answer is parked, and what is for one who is called no more, until
 * somebody of that name is called again. Whether a peer
 * is there is tested (TestConnection) when it is made known, and again and again while it is not; store/peer_state.h has it. */
#ifndef VGI_CHANNEL_SENDER_H
#define VGI_CHANNEL_SENDER_H
#include <stdbool.h>
#include "codec/soap/operation.h"
#include "store/db.h"
#include "store/outbox.h"

struct book;
struct cover_config;
struct tls;
struct sender;

/* Where the messages of a peer go. */
struct sender_peer {
	const char *name;               /* outbox.peer */
	enum service service;           /* whose operations are called there */
	const char *host, *path;
	int port;
	struct tls *tls;
	bool shared;                    /* one of many: served by the shared threads */
};

struct sender_config {
	struct db_target target;
	const char *name;                                       /* sender of tests of a connection */
	const struct sender_peer *peers; size_t n_peers;        /* channel push */
	struct book *folders;                                   /* channel file, see channel/folders.h; must outlive it */
	const struct cover_config *cover;                        /* protects what is pushed; NULL: nothing does */
	struct outbox_backoff backoff;
	int64_t park_after;                                     /* tries that missed; 0: never */
	size_t threads;                                         /* shared ones, with a database connection each; none without shared peers */
	int64_t poll_ms;                                        /* least time between two looks; up to a second without work */
	int64_t test_us;                                        /* between two tests of who is not up */
	int64_t idle_us;                                        /* one that is up is tested when nothing was heard so long; 0: never */
	int64_t lease_us;                                       /* none is sent after its lease has ended */
};

/* Starts the threads. config's strings must outlive it, but for those of the peers, which are copied. 0, E_MEMORY, E_CONFIG,
 * E_IO. */
int sender_start(const struct sender_config *config, struct sender **sender);
/* These are called from now on, and tested; what is being sent ends where it goes. All or nothing: 0, E_MEMORY, E_CONFIG. One
 * thread at a time. */
int sender_set_peers(struct sender *s, const struct sender_peer *peers, size_t n);
/* Something may have been queued in this process: looks soon. Any thread; takes no time. */
void sender_wake(struct sender *s);
/* Gives what is being sent two seconds to end, then gives it up: it stays in the outbox. Stops, frees. NULL allowed. */
void sender_stop(struct sender *s);
#endif
