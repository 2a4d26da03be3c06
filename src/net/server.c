/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/server.h"
#include <errno.h>
#include <event2/thread.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/error.h"
#include "base/log.h"
#include "net/loop.h"
#include "security/tls.h"

#define BACKLOG 1024

struct net_server {
	struct loop_site site;
	struct loop *loop;
	int n_loops;                    /* of them started, at least in part */
	bool pooled;                    /* the pool is running */
	pthread_mutex_t wait_lock;      /* one thread joins, others wait for it */
};

static int fail(struct net_error *error, int rc, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int fail(struct net_error *error, int rc, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(error->text, sizeof error->text, format, ap);
	va_end(ap);
	return rc;
}

static int check_config(const struct net_config *c, const struct net_listener *listeners, size_t n,
			struct net_error *error)
{
	const struct { const char *name; int64_t value, min, max; } rows[] = {
		{ "loops", c->loops, 1, 64 }, { "workers", c->workers, 1, 256 }, { "queue", c->queue, 1, 1000000 },
		{ "batch", c->batch, 1, NET_BATCH }, { "eager", c->eager, 1, 256 },
		{ "max_connections", c->max_connections, 1, 1000000 }, { "max_per_peer", c->max_per_peer, 0, 1000000 },
		{ "max_head", (int64_t)c->max_head, 256, 1 << 20 }, { "max_body", (int64_t)c->max_body, 1, 1 << 30 },
		{ "max_ratio", c->max_ratio, 0, 2000 }, { "gzip_from", (int64_t)c->gzip_from, 0, 1 << 30 },
		{ "max_bodies", (int64_t)c->max_bodies, (int64_t)c->max_body, INT64_MAX },
		{ "max_parked", c->max_parked, 0, 1000000 },
		{ "min_rate", c->min_rate, 0, 1 << 30 }, { "deadline_ms", c->deadline_ms, 1, 3600000 }, { "idle_ms", c->idle_ms, 1, 86400000 },
		{ "retry_after_s", c->retry_after_s, 0, 86400 }, { "listeners", (int64_t)n, 1, NET_LISTENERS }
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].value < rows[i].min || rows[i].value > rows[i].max)
			return fail(error, E_CONFIG, "%s: %lld is not between %lld and %lld", rows[i].name,
				    (long long)rows[i].value, (long long)rows[i].min, (long long)rows[i].max);
	if (!c->hooks.serve && !c->hooks.serve_many)
		return fail(error, E_CONFIG, "no hook that serves");
	for (size_t i = 0; i < n; i++)
		if (!listeners[i].tls || !listeners[i].address || !listeners[i].name || listeners[i].port < 0 ||
		    listeners[i].port > 65535)
			return fail(error, E_CONFIG, "listener %zu: no TLS, address, name or possible port", i);
	return 0;
}

static int bound_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;

	if (getsockname(fd, (struct sockaddr *)&ss, &n))
		return -1;
	return ntohs(ss.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&ss)->sin6_port :
		     ((struct sockaddr_in *)(void *)&ss)->sin_port);
}

static int bind_to(struct socket *s, const struct addrinfo *at, struct net_error *error)
{
	int one = 1;

	s->fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
	    (at->ai_family == AF_INET6 && setsockopt(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one)) ||
	    bind(s->fd, at->ai_addr, at->ai_addrlen) || listen(s->fd, BACKLOG) || (s->port = bound_port(s->fd)) < 0)
		return fail(error, E_IO, "listener %s: %s port %d: %s", s->name, s->listener.address, s->listener.port,
			    strerror(errno));
	return 0;
}

static int open_socket(struct socket *s, const struct net_listener *listener, struct net_error *error)
{
	const int only_numbers = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
	struct addrinfo hints = { .ai_flags = only_numbers, .ai_socktype = SOCK_STREAM }, *at = NULL;
	char port[8];
	int rc;

	s->listener = *listener;
	s->fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	tls_ref(s->listener.tls);
	s->name = strdup(listener->name);
	if (!s->name)
		return fail(error, E_MEMORY, "out of memory");
	s->listener.name = s->name;
	snprintf(port, sizeof port, "%d", listener->port);
	rc = getaddrinfo(listener->address, port, &hints, &at);
	if (rc)
		return fail(error, E_CONFIG, "listener %s: \"%s\" is no IP address", s->name, listener->address);
	rc = bind_to(s, at, error);
	freeaddrinfo(at);
	s->listener.address = NULL;             /* the caller's, and not needed any more */
	return rc;
}

static void close_socket(struct socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	tls_free(s->listener.tls);
	pthread_mutex_destroy(&s->lock);
	free(s->name);
}

static int start_threads(struct net_server *s, struct net_error *error)
{
	const struct net_config *c = &s->site.shared.config;
	int rc = work_pool_start(&s->site.shared.pool, c);

	if (rc)
		return fail(error, rc, "workers: %s", error_text_en(rc));
	s->pooled = true;
	while (s->n_loops < c->loops) {
		rc = loop_start(&s->loop[s->n_loops++], &s->site);
		if (rc)
			return fail(error, rc, "loop %d: %s", s->n_loops - 1, error_text_en(rc));
	}
	for (size_t i = 0; i < s->site.n_sockets; i++) { /* the loops have theirs: when those close, nobody listens */
		close(s->site.socket[i].fd);
		s->site.socket[i].fd = -1;
	}
	return 0;
}

/* All that come from outside: they are for the thread that asked for them, and SIGPIPE is for nobody. */
static void fill_signals(sigset_t *set)
{
	static const int own_faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF };

	sigfillset(set);
	for (size_t i = 0; i < sizeof own_faults / sizeof *own_faults; i++)
		sigdelset(set, own_faults[i]);
}

int net_server_start(const struct net_config *config, const struct net_listener *listeners, size_t n,
		     struct net_server **server, struct net_error *error)
{
	struct net_server *s;
	sigset_t all, before;
	int rc = check_config(config, listeners, n, error);

	*server = NULL;
	if (rc)
		return rc;
	s = calloc(1, sizeof *s);
	if (!s)
		return fail(error, E_MEMORY, "out of memory");
	evthread_use_pthreads();
	s->site.shared.config = *config;
	s->site.drain_ms = -1;
	peers_init(&s->site.shared.peers);
	park_init(&s->site.shared.park, config->max_parked);
	pthread_mutex_init(&s->wait_lock, NULL);
	s->loop = calloc((size_t)config->loops, sizeof *s->loop);
	if (!s->loop)
		rc = fail(error, E_MEMORY, "out of memory");
	for (size_t i = 0; i < n && !rc; i++)
		rc = open_socket(&s->site.socket[s->site.n_sockets++], &listeners[i], error);
	fill_signals(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (!rc)
		rc = start_threads(s, error);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc) {
		net_server_stop(s);
		return rc;
	}
	for (size_t i = 0; i < n; i++)
		log_notice("listening", "listener=%s address=%s port=%d", listeners[i].name, listeners[i].address,
			   s->site.socket[i].port);
	*server = s;
	return 0;
}

int net_server_port(const struct net_server *s, size_t i)
{
	return s->site.socket[i].port;
}

void net_server_set_tls(struct net_server *s, size_t i, struct tls *tls)
{
	struct socket *socket = &s->site.socket[i];
	struct tls *old;

	tls_ref(tls);
	pthread_mutex_lock(&socket->lock);
	old = socket->listener.tls;
	socket->listener.tls = tls;
	pthread_mutex_unlock(&socket->lock);
	tls_free(old);
}

void net_server_wake(struct net_server *s, uint64_t key)
{
	park_ring(&s->site.shared.park, key, connection_woken);
}

void net_server_recheck(struct net_server *s)
{
	atomic_fetch_add(&s->site.recheck, 1);
	for (int i = 0; i < s->n_loops; i++)
		loop_wake(&s->loop[i]);
}

void net_server_drain(struct net_server *s, int ms)
{
	int before = s->site.drain_ms;

	if (ms < 0)
		ms = 0;
	while (before < 0 || before > ms)
		if (atomic_compare_exchange_weak(&s->site.drain_ms, &before, ms))
			break;
	for (int i = 0; i < s->n_loops; i++)
		loop_wake(&s->loop[i]);
}

void net_server_wait(struct net_server *s)
{
	pthread_mutex_lock(&s->wait_lock);
	for (int i = 0; i < s->n_loops; i++)
		loop_join(&s->loop[i]);
	if (s->pooled)
		work_pool_stop(&s->site.shared.pool);
	s->pooled = false;
	pthread_mutex_unlock(&s->wait_lock);
}

void net_server_stop(struct net_server *s)
{
	if (!s)
		return;
	if (s->site.drain_ms < 0)
		net_server_drain(s, 0);
	net_server_wait(s);
	for (int i = 0; i < s->n_loops; i++)
		loop_done(&s->loop[i]);
	for (size_t i = 0; i < s->site.n_sockets; i++)
		close_socket(&s->site.socket[i]);
	peers_done(&s->site.shared.peers);
	park_done(&s->site.shared.park);
	pthread_mutex_destroy(&s->wait_lock);
	free(s->loop);
	free(s);
}

void net_server_counters(struct net_server *s, struct net_counters *out)
{
	struct net_counts *c = &s->site.shared.count;

	*out = (struct net_counters){
		.accepted = c->accepted, .open = c->open, .turned_away = c->turned_away, .tls_failed = c->tls_failed,
		.requests = c->requests, .answers = c->answers, .refused = c->refused, .overloaded = c->overloaded,
		.cut = c->cut, .limited = c->limited, .timeouts = c->timeouts, .parked = (uint64_t)s->site.shared.park.inside, .not_parked = c->not_parked
	};
}
