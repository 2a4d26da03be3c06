/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* An HTTPS server with mutual TLS that hands over complete messages. Loop threads (libevent) do the handshakes, read
 * whole requests into memory and write whole answers; a pool of workers handles them. A connection has one request in
 * work at a time: pipelined ones wait and are answered in order. Nothing from outside is unbounded: connections (in all
 * and a certificate), head, body, all bodies together, waiting requests, and the time for handshake, request and
 * answer. */
#ifndef VGI_NET_SERVER_H
#define VGI_NET_SERVER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/bytes.h"

struct ssl_st;
struct tls;
struct net_server;

enum { NET_LISTENERS = 16, NET_BATCH = 64 };    /* at most */

/* Where is listened, with which identity and trust. */
struct net_listener {
	int tag;                        /* given back with each request: which listener it came through */
	const char *name;               /* for the log, e.g. "dispatch" */
	const char *address;            /* IPv4 or IPv6 address */
	int port;                       /* 0: any free one, see net_server_port */
	struct tls *tls;                /* from tls_server_new; the server holds a reference of its own */
};

/* A complete request. Everything in it belongs to the server and lives until serve returns. */
struct net_request {
	int listener;                   /* tag */
	const char *method;             /* "GET" or "POST" */
	const char *path, *query;       /* as sent, not unescaped; query is NULL if there is no '?' */
	const char *content_type;       /* NULL if absent */
	const char *soap_action;        /* without quotes; NULL if absent */
	const char *body;               /* NUL-terminated behind its n bytes; "" for GET */
	size_t n;
	const char *peer;               /* SHA-256 of the client certificate, 64 lower-case hex digits */
	const char *subject;            /* its common name; "" if it has none that is fit to print */
	const char *names;              /* its alternative names, see certificate_names */
	const char *host;               /* the Host field as sent, not looked at; NULL if absent */
	const char *address;            /* "192.0.2.7:51234", "[2001:db8::7]:51234" */
	int64_t received_us;            /* clock_machine_us when the last byte had come */
	int64_t waited_ms;              /* 0: asked for the first time; else parked since then, see net_answer */
};

/* An answer. body starts empty and is filled by whoever answers; the server takes its memory over.
 * park_ms > 0: nothing has happened yet that is worth an answer. The request waits without a worker and is served anew
 * when net_server_wake is called with park_key, or after park_ms; a wake while serve runs counts. The answer must be a
 * whole one all the same: it is sent when the request cannot wait (too many do, the server ends, the peer sent more
 * behind it). If the peer closes, its request is forgotten. */
struct net_answer {
	int status;                     /* starts as 200 */
	const char *content_type;       /* must outlive the call: a constant. NULL: none is sent */
	struct bytes body;
	int retry_after_s;              /* told with 429 and 503; 0: that of the config */
	int park_ms;
	uint64_t park_key;
	bool gzip;                      /* of the server: leave it false */
};

/* A request with its answer, for a hook that serves several at once. */
struct net_exchange {
	const struct net_request *request;
	struct net_answer *answer;
	bool alone;                     /* set by the hook, answer untouched: give it to a worker again, by itself; it was, if set already */
	void *job;                      /* of the server */
};

/* An open connection, for net_server_recheck. */
struct net_visit {
	int listener;                   /* tag */
	struct ssl_st *session;         /* its TLS session, to be looked at only */
	const char *peer, *address;     /* as in a request */
};

/* What the endpoint puts in. `arg` is that of the config. */
struct net_hooks {
	/* In a worker thread: handles one request. state: what worker_init made. Must always answer something. */
	void (*serve)(void *state, const struct net_request *request, struct net_answer *answer);
	/* Instead of serve, if set: requests that waited together, in the order in which they came; n: 1..batch of the config.
	 * Each is answered when it is handed to net_exchange_done, or when the hook returns. */
	void (*serve_many)(void *state, struct net_exchange *exchange, size_t n);
	/* In each worker thread, first and last: a database connection, a soap context … NULL allowed: state is arg.
	 * worker_init: 0 or an error, with which net_server_start then fails. index: 0..workers-1. */
	int (*worker_init)(void *arg, int index, void **state);
	void (*worker_done)(void *state);
	/* In a loop thread, so brief and without waiting: fills content_type and body for a request that never came to
	 * a worker. status is set already and is what will be sent; error is one of base/errors.def, so that the sender
	 * gets a fault with a stable code. content_type_asked: that of the request, NULL if unknown. NULL hook: an
	 * empty body. */
	void (*refuse)(void *arg, int listener, int status, int error, const char *content_type_asked,
		       struct net_answer *answer);
	/* In a loop thread, so brief: whether a complete request may go to the workers. 0, or why not, which is answered with 429
	 * (413 for E_TOO_LARGE) as by `refuse`; *retry_after_s may be set. *ticket is given back with dismiss, once, when the
	 * request is answered or its connection gone. NULL: all may. Both or none. */
	int (*admit)(void *arg, const struct net_request *request, int *ticket, int *retry_after_s);
	void (*dismiss)(void *arg, int ticket);
	/* In a loop thread: whether a connection is still wanted. 0, or why it is cut. NULL: all are. */
	int (*visit)(void *arg, const struct net_visit *visit);
	/* In a loop thread: a handshake has failed: E_CERTIFICATE_REVOKED, E_CERTIFICATE_UNKNOWN (none, or not vouched for),
	 * E_TLS (anything else). why: static text. NULL: nobody wants to know. */
	void (*turned_down)(void *arg, int listener, const char *address, int error, const char *why);
	/* The same when all workers are busy and the queue is full: 503 with Retry-After. NULL: `refuse` with 503 and
	 * E_BUSY. */
	void (*overload)(void *arg, const struct net_request *request, struct net_answer *answer);
};

struct net_config {
	int loops;                      /* threads that do TLS and HTTP, 1..64 */
	int workers;                    /* threads that serve, 1..256 */
	int queue;                      /* requests that may wait for a worker; sensible: ≥ 2 × workers */
	int batch;                      /* requests a worker takes at once, 1..NET_BATCH; above 1 only with serve_many */
	int eager;                      /* with batch > 1: so many workers take at once; the others begin when a request has waited 2 ms */
	int max_connections;            /* in all; beyond, they are closed before the handshake */
	int max_per_peer;               /* of one certificate, 0: no limit; beyond, the first request gets 503 */
	size_t max_head, max_body;      /* bytes of one request */
	int max_ratio;                  /* a body coded with gzip may be so many times as long as its code; 0: 415 for such */
	size_t gzip_from;               /* answers from so many bytes on are coded with gzip for those who accept it; 0: none */
	size_t max_bodies;              /* bytes of all requests and answers now in memory; beyond, 503 */
	int max_parked;                 /* requests that may wait without a worker; beyond, they are answered at once */
	int deadline_ms;                /* handshake with first request; later request from its first byte; answer */
	int min_rate;                   /* bytes a second: a body may take another deadline_ms whenever it came so fast; 0: no */
	int idle_ms;                    /* between two requests of a connection */
	int retry_after_s;              /* told with 503 */
	struct net_hooks hooks;
	void *arg;
};
#define NET_CONFIG { .loops = 1, .workers = 4, .queue = 256, .batch = 1, .eager = 1, .max_connections = 4000, .max_per_peer = 0, \
	.max_head = 16384, .max_body = 16u << 20, .max_ratio = 200, .gzip_from = 4096, .max_bodies = (size_t)512 << 20, \
	.max_parked = 2000, .min_rate = 16384, .deadline_ms = 10000, .idle_ms = 60000, .retry_after_s = 5 }

struct net_counters {
	uint64_t accepted;              /* connections */
	uint64_t open;                  /* of these now */
	uint64_t turned_away;           /* closed at once: max_connections */
	uint64_t tls_failed;            /* handshakes that failed: no certificate, foreign one, no TLS at all */
	uint64_t requests;              /* complete ones */
	uint64_t answers;               /* of workers, handed to a connection that was still there */
	uint64_t refused;               /* requests, complete or not, answered without a worker */
	uint64_t overloaded;            /* of these with 503 */
	uint64_t cut;                   /* connections cut because of net_hooks.visit */
	uint64_t limited;               /* requests that net_hooks.admit did not let in */
	uint64_t timeouts;              /* connections closed at a deadline (idle ones are not counted) */
	uint64_t parked;                /* requests that wait without a worker now */
	uint64_t not_parked;            /* requests that would have waited, but max_parked did */
};

struct net_error { char text[256]; };

/* Binds all listeners, starts all threads, waits for every worker_init. 0; E_CONFIG, E_IO, E_MEMORY or what worker_init
 * returned, then nothing is left running and `error` says what failed. Call it after daemon(): threads do not survive
 * fork. */
int net_server_start(const struct net_config *config, const struct net_listener *listeners, size_t n,
		     struct net_server **server, struct net_error *error);
/* From serve_many, once each: the answer is there and may go out; request and answer are the server's again. */
void net_exchange_done(struct net_exchange *exchange);
/* The port the i-th listener really has. */
int net_server_port(const struct net_server *s, size_t i);
/* Renewed certificates: new connections of the i-th listener use tls (of which a reference is taken), old ones go
 * on. */
void net_server_set_tls(struct net_server *s, size_t i, struct tls *tls);

/* Asks net_hooks.visit about every open connection, soon and a few at a time. Any thread; returns at once. */
void net_server_recheck(struct net_server *s);

/* What requests parked with this key wait for may have happened: they are served anew. Any thread, also from serve; takes
 * no time when none waits. */
void net_server_wake(struct net_server *s, uint64_t key);

/* Begins the end and returns at once: no new connections, idle ones are closed, parked requests are answered, what has
 * begun is finished; what is not finished after ms is cut. Async-signal-safe, and allowed from any thread, also from serve. A second call can only
 * shorten. */
void net_server_drain(struct net_server *s, int ms);
/* Waits until a drain is over and all threads have ended. Not from serve. */
void net_server_wait(struct net_server *s);
/* Drains with no time at all (if no drain was asked for), waits, frees. A request being served is waited for, its
 * answer is dropped. NULL allowed. */
void net_server_stop(struct net_server *s);
void net_server_counters(struct net_server *s, struct net_counters *out);      /* any thread */
#endif
