/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/connection.h"
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "security/tls.h"

#define LINGER_MS 2000
#define JOIN_MOST 8192                  /* bodies up to this are copied, larger ones go out from where they are */

static void pump(struct connection *c);

/* ---- life */

static void arm(struct connection *c, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_add(c->timer, &tv);
}

static void count_bodies(struct connection *c, size_t now)
{
	size_t more = now - c->counted;         /* modulo: may be a decrease */

	atomic_fetch_add_explicit(&c->home->shared->bodies, more, memory_order_relaxed);
	c->counted = now;
}

static void close_now(struct connection *c)
{
	struct connection_home *home = c->home;

	if (c->state == CONNECTION_WORKING) {
		c->gone = true;
		bufferevent_disable(c->bev, EV_READ | EV_WRITE);
		return;
	}
	LIST_REMOVE(c, link);
	event_free(c->timer);
	bufferevent_free(c->bev);
	peers_leave(&home->shared->peers, c->peer);
	http_reader_done(&c->reader);
	count_bodies(c, 0);
	home->shared->count.open--;
	free(c);
	if (home->draining && LIST_EMPTY(&home->connections))
		home->emptied(home);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;

	(void)fd;
	(void)what;
	if (!c->idle && c->state != CONNECTION_LINGERING) {
		c->home->shared->count.timeouts++;
		log_info("connection-timeout", "listener=%s address=%s", c->listener->name, c->address);
	}
	close_now(c);
}

/* ---- answers */

static void free_body(const void *p, size_t n, void *arg)
{
	struct bytes b = { .p = (char *)(uintptr_t)p, .n = n };

	(void)arg;
	bytes_done(&b);
}

/* Hands the body over to the output: a small one is copied to where room was made beside the head, so that both go out
 * in one TLS record. */
static int send_body(struct evbuffer *out, struct bytes *body)
{
	if (body->n <= JOIN_MOST)
		return evbuffer_add(out, body->p, body->n);
	if (evbuffer_add_reference(out, body->p, body->n, free_body, NULL))
		return E_MEMORY;
	*body = (struct bytes)BYTES_INIT;
	return 0;
}

static int print_head(struct bytes *head, const struct net_answer *a, bool last, int retry_after_s)
{
	int rc;

	rc = bytes_printf(head, "HTTP/1.1 %d %s\r\nContent-Length: %zu\r\n", a->status, http_reason(a->status),
			  a->body.n);
	if (!rc && a->content_type)
		rc = bytes_printf(head, "Content-Type: %s\r\n", a->content_type);
	if (!rc && a->status == 503)
		rc = bytes_printf(head, "Retry-After: %d\r\n", retry_after_s);
	if (!rc && a->status == 405)
		rc = bytes_adds(head, "Allow: GET, POST\r\n");
	if (!rc)
		rc = bytes_adds(head, last ? "Connection: close\r\n\r\n" : "\r\n");
	return rc;
}

static void send_answer(struct connection *c, struct net_answer *a)
{
	const struct net_config *config = &c->home->shared->config;
	struct evbuffer *out = bufferevent_get_output(c->bev);
	struct bytes head = BYTES_INIT;

	if (c->home->draining || !c->reader.head.keep_alive)
		c->last = true;
	c->state = CONNECTION_WRITING;
	count_bodies(c, c->reader.body.n + a->body.n);
	arm(c, config->deadline_ms);
	if (print_head(&head, a, c->last, config->retry_after_s) ||
	    (a->body.n <= JOIN_MOST && evbuffer_expand(out, head.n + a->body.n)) || evbuffer_add(out, head.p, head.n) ||
	    send_body(out, &a->body))
		c->gone = true;
	bytes_done(&head);
	bytes_done(&a->body);
	if (c->gone)
		close_now(c);
}

/* Answers without a worker and closes afterwards, because what follows on the connection cannot be trusted or
 * is not wanted. */
static void refuse(struct connection *c, int status, int error)
{
	struct net_shared *s = c->home->shared;
	struct net_answer a = { .status = status };

	s->count.refused++;
	if (status == 503)
		s->count.overloaded++;
	log_info("request-refused", "listener=%s address=%s peer=%.16s status=%d reason=%s", c->listener->name,
		 c->address, c->peer->fingerprint, status, error_code(error));
	if (s->config.hooks.refuse)
		s->config.hooks.refuse(s->config.arg, c->listener->tag, status, error, c->reader.head.content_type, &a);
	a.status = status;
	c->last = c->linger = true;
	bufferevent_disable(c->bev, EV_READ);
	send_answer(c, &a);
}

/* No worker is free and the queue is full. The request was read whole, so the connection may go on. */
static void refuse_overload(struct connection *c)
{
	struct net_shared *s = c->home->shared;
	const struct net_hooks *hooks = &s->config.hooks;
	struct net_answer a = { .status = 503 };

	s->count.refused++;
	s->count.overloaded++;
	if (hooks->overload)
		hooks->overload(s->config.arg, &c->job.request, &a);
	else if (hooks->refuse)
		hooks->refuse(s->config.arg, c->listener->tag, 503, E_BUSY, c->job.request.content_type, &a);
	a.status = 503;
	send_answer(c, &a);
}

void connection_answered(struct connection *c)
{
	struct net_answer *a = &c->job.answer;

	c->state = CONNECTION_WRITING;
	if (c->gone) {
		bytes_done(&a->body);
		close_now(c);
		return;
	}
	c->home->shared->count.answers++;
	if (a->status < 200 || a->status > 599)
		a->status = 500;
	send_answer(c, a);
}

/* Closing a socket with unread bytes resets it, and a reset may overtake the answer: say the end of our side, read and
 * forget for a short while what still comes, then close. */
static void begin_linger(struct connection *c)
{
	c->state = CONNECTION_LINGERING;
	SSL_shutdown(bufferevent_openssl_get_ssl(c->bev));
	ERR_clear_error();
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	arm(c, LINGER_MS);
	bufferevent_enable(c->bev, EV_READ);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;

	if (c->state != CONNECTION_WRITING || evbuffer_get_length(bufferevent_get_output(bev)))
		return;
	if (c->last && (c->linger || evbuffer_get_length(bufferevent_get_input(bev)))) {
		begin_linger(c);
		return;
	}
	if (c->last || c->home->draining) {
		close_now(c);
		return;
	}
	http_reader_reset(&c->reader);
	count_bodies(c, 0);
	c->state = CONNECTION_READING;
	c->idle = true;
	arm(c, c->home->shared->config.idle_ms);
	bufferevent_enable(bev, EV_READ);
	pump(c);
}

/* ---- requests */

static void submit(struct connection *c)
{
	struct net_shared *s = c->home->shared;
	const struct http_head *h = &c->reader.head;

	event_del(c->timer);
	c->state = CONNECTION_WORKING;
	c->job.finished = c->home->finished;
	c->job.request = (struct net_request){
		.listener = c->listener->tag, .method = h->method_name, .path = h->path, .query = h->query,
		.content_type = h->content_type, .soap_action = h->soap_action,
		.body = c->reader.body.p ? c->reader.body.p : "", .n = c->reader.body.n,
		.peer = c->peer->fingerprint, .subject = c->peer->subject, .address = c->address,
		.received_us = clock_machine_us()
	};
	s->count.requests++;
	if (work_pool_push(&s->pool, &c->job))
		refuse_overload(c);
}

/* What to do after the reader's step: false when reading is over for now; then the connection may be gone. */
static bool take_step(struct connection *c, int rc)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct net_shared *s = c->home->shared;

	count_bodies(c, c->reader.body.n);
	if (rc < 0) {
		refuse(c, c->reader.refuse_status, rc);
		return false;
	}
	if ((rc != HTTP_MORE && c->over) ||
	    (c->counted && atomic_load_explicit(&s->bodies, memory_order_relaxed) > s->config.max_bodies)) {
		refuse(c, 503, E_BUSY);
		return false;
	}
	if (rc == HTTP_DONE) {
		submit(c);
		return false;
	}
	if (rc == HTTP_HEAD && c->reader.head.expect_continue)
		bufferevent_write(c->bev, go_on, sizeof go_on - 1);
	return true;
}

/* Feeds what has come to the reader, until a request is complete or nothing is left. */
static void pump(struct connection *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t n, used;
	int rc;

	while ((n = evbuffer_get_contiguous_space(in))) {
		if (c->idle) {
			c->idle = false;
			arm(c, c->home->shared->config.deadline_ms);
		}
		rc = http_reader_feed(&c->reader, (const char *)evbuffer_pullup(in, (ev_ssize_t)n), n, &used);
		evbuffer_drain(in, used);
		if (!take_step(c, rc))
			return;
	}
}

static void on_readable(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;

	if (c->state == CONNECTION_READING)
		pump(c);
	else if (c->state == CONNECTION_LINGERING)
		evbuffer_drain(bufferevent_get_input(bev), evbuffer_get_length(bufferevent_get_input(bev)));
	else
		bufferevent_disable(bev, EV_READ);      /* the next request waits; this is rare, so not before */
}

/* ---- handshake */

static void on_handshake(struct connection *c)
{
	struct net_shared *s = c->home->shared;
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);
	X509 *cert = SSL_get0_peer_certificate(ssl);
	int connections = 0;

	/* The context demands a verified certificate already; but serving without one would be the end: look again. */
	if (!cert || SSL_get_verify_result(ssl) != X509_V_OK || peers_enter(&s->peers, cert, &c->peer, &connections)) {
		s->count.tls_failed++;
		close_now(c);
		return;
	}
	c->over = s->config.max_per_peer && connections > s->config.max_per_peer;
	c->state = CONNECTION_READING;
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

static void note_failed_handshake(struct connection *c)
{
	unsigned long code = bufferevent_get_openssl_error(c->bev);
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	c->home->shared->count.tls_failed++;
	log_info("tls-refused", "listener=%s address=%s reason=%s", c->listener->name, c->address,
		 reason ? reason : "closed");
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct connection *c = arg;
	bool in_work = c->state == CONNECTION_WORKING || c->state == CONNECTION_WRITING;

	if (what & BEV_EVENT_CONNECTED) {
		on_handshake(c);
		return;
	}
	if (in_work && (what & BEV_EVENT_EOF) && (what & BEV_EVENT_READING)) {
		c->last = true;                         /* it has nothing more to ask, but may wait for the answer */
		bufferevent_enable(bev, EV_WRITE);      /* libevent stopped both directions */
		return;
	}
	if (c->state == CONNECTION_HANDSHAKE)
		note_failed_handshake(c);
	close_now(c);
}

static void print_address(const struct sockaddr *from, char *text, size_t room)
{
	const struct sockaddr_in *four = (const void *)from;
	const struct sockaddr_in6 *six = (const void *)from;
	char host[INET6_ADDRSTRLEN] = "?";

	if (from->sa_family == AF_INET) {
		inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
		snprintf(text, room, "%s:%d", host, ntohs(four->sin_port));
	} else {
		inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
		snprintf(text, room, "[%s]:%d", host, ntohs(six->sin6_port));
	}
}

/* No watermark bounds the input: libevent reads 16 KiB and what is left of a TLS record at a time, pump takes all of
 * it, and what comes while a request is in work switches reading off. (A watermark can leave bytes inside OpenSSL that
 * no event announces.) The bufferevent owns ssl and fd afterwards. NULL if memory is out; then nothing is owned by
 * anybody. */
static struct bufferevent *new_bufferevent(struct event_base *base, struct tls *tls, int fd)
{
	SSL *ssl = tls_server_session(tls);
	struct bufferevent *bev;

	if (!ssl)
		return NULL;
	bev = bufferevent_openssl_socket_new(base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (!bev)
		return NULL;            /* which has freed ssl */
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

void connection_new(struct connection_home *home, const struct net_listener *listener, struct tls *tls, int fd,
		    const struct sockaddr *from)
{
	const struct net_config *config = &home->shared->config;
	struct connection *c = calloc(1, sizeof *c);
	int one = 1;

	if (c)
		c->timer = evtimer_new(home->base, on_timer, c);
	if (!c || !c->timer || !(c->bev = new_bufferevent(home->base, tls, fd))) {
		log_error("connection-lost", "listener=%s reason=out-of-memory", listener->name);
		if (c && c->timer)
			event_free(c->timer);
		free(c);
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	c->home = home;
	c->listener = listener;
	print_address(from, c->address, sizeof c->address);
	http_reader_init(&c->reader, HTTP_REQUEST, config->max_head, config->max_body);
	LIST_INSERT_HEAD(&home->connections, c, link);
	home->shared->count.open++;
	home->shared->count.accepted++;
	bufferevent_setcb(c->bev, on_readable, on_written, on_event, c);
	arm(c, config->deadline_ms);            /* for the handshake and the whole first request */
}

/* ---- the end of the server */

void connection_drain(struct connection *c)
{
	bool begun = !http_reader_idle(&c->reader) || evbuffer_get_length(bufferevent_get_input(c->bev));

	if (c->state == CONNECTION_HANDSHAKE || (c->state == CONNECTION_READING && !begun))
		close_now(c);
}

void connection_cut(struct connection *c)
{
	close_now(c);
}
