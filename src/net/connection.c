/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
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
#include "net/address.h"
#include "net/connection_internal.h"
#include "security/tls.h"

#define LINGER_MS 2000

static void pump(struct connection *c);

/* ---- life */

void connection_arm(struct connection *c, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_add(c->timer, &tv);
}

void connection_count_bodies(struct connection *c, size_t now)
{
	size_t more = now - c->counted;         /* modulo: may be a decrease */

	atomic_fetch_add_explicit(&c->home->shared->bodies, more, memory_order_relaxed);
	c->counted = now;
}

/* False: it is woken already and on its way back. */
bool connection_leave_park(struct connection *c)
{
	return park_leave(&c->home->shared->park, &c->place);
}

void connection_close(struct connection *c)
{
	struct connection_home *home = c->home;

	if (c->state == CONNECTION_WORKING || (c->state == CONNECTION_PARKED && !connection_leave_park(c))) {
		c->gone = true;
		bufferevent_disable(c->bev, EV_READ | EV_WRITE);
		return;
	}
	connection_dismiss(c);
	LIST_REMOVE(c, link);
	event_free(c->timer);
	bufferevent_free(c->bev);
	peers_leave(&home->shared->peers, c->peer);
	http_reader_done(&c->reader);
	bytes_done(&c->job.answer.body);
	connection_count_bodies(c, 0);
	home->shared->count.open--;
	free(c);
	if (home->draining && LIST_EMPTY(&home->connections))
		home->emptied(home);
}

/* A long body has more time than one deadline, if it did not come too slowly since the last look. */
static bool prolong(struct connection *c)
{
	const struct net_config *config = &c->home->shared->config;
	uint64_t need = (uint64_t)config->min_rate * (uint64_t)config->deadline_ms / 1000;

	if (c->state != CONNECTION_READING || c->idle || !config->min_rate || c->reader.came - c->came < need ||
	    c->reader.came == c->came)
		return false;
	c->came = c->reader.came;
	connection_arm(c, config->deadline_ms);
	return true;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;

	(void)fd;
	(void)what;
	if (c->state == CONNECTION_PARKED) {
		if (connection_leave_park(c))
			connection_ask_again(c);
		return;
	}
	if (prolong(c))
		return;
	if (!c->idle && c->state != CONNECTION_LINGERING) {
		c->home->shared->count.timeouts++;
		log_info("connection-timeout", "listener=%s address=%s", c->listener->name, c->address);
	}
	if (c->state == CONNECTION_READING && !http_reader_idle(&c->reader)) {
		connection_refuse(c, 408, E_SLOW);
		return;
	}
	connection_close(c);
}

/* Closing a socket with unread bytes resets it, and a reset may overtake the answer: say the end of our side, read and
 * forget for a short while what still comes, then close. */
static void begin_linger(struct connection *c)
{
	c->state = CONNECTION_LINGERING;
	SSL_shutdown(bufferevent_openssl_get_ssl(c->bev));
	ERR_clear_error();
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	connection_arm(c, LINGER_MS);
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
		connection_close(c);
		return;
	}
	http_reader_reset(&c->reader);
	c->came = 0;
	connection_count_bodies(c, 0);
	c->state = CONNECTION_READING;
	c->idle = true;
	connection_arm(c, c->home->shared->config.idle_ms);
	bufferevent_enable(bev, EV_READ);
	pump(c);
}

/* ---- requests */

/* False: it is answered already. */
static bool admit(struct connection *c)
{
	struct net_shared *s = c->home->shared;
	int rc, retry_after_s = 0;

	if (!s->config.hooks.admit)
		return true;
	rc = s->config.hooks.admit(s->config.arg, &c->job.request, &c->ticket, &retry_after_s);
	c->admitted = !rc;
	if (rc) {
		s->count.limited++;
		connection_refuse_limited(c, rc, retry_after_s);
	}
	return !rc;
}

static void submit(struct connection *c)
{
	struct net_shared *s = c->home->shared;
	const struct http_head *h = &c->reader.head;

	c->job.finished = connection_served;
	c->job.request = (struct net_request){
		.listener = c->listener->tag, .method = h->method_name, .path = h->path, .query = h->query,
		.content_type = h->content_type, .soap_action = h->soap_action,
		.body = c->reader.body.p ? c->reader.body.p : "", .n = c->reader.body.n,
		.peer = c->peer->fingerprint, .subject = c->peer->subject, .names = c->peer->names, .host = h->host, .address = c->address,
		.received_us = clock_machine_us()
	};
	s->count.requests++;
	if (admit(c))
		connection_hand_over(c);
}

/* What to do after the reader's step: false when reading is over for now; then the connection may be gone. */
static bool take_step(struct connection *c, int rc)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct net_shared *s = c->home->shared;

	connection_count_bodies(c, c->reader.body.n);
	if (rc < 0) {
		connection_refuse(c, c->reader.refuse_status, rc);
		return false;
	}
	if ((rc != HTTP_MORE && c->over) ||
	    (c->counted && atomic_load_explicit(&s->bodies, memory_order_relaxed) > s->config.max_bodies)) {
		connection_refuse(c, 503, E_BUSY);
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
			connection_arm(c, c->home->shared->config.deadline_ms);
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
	else if (c->state == CONNECTION_PARKED)
		connection_end_wait(c);                    /* who sends more waits no longer */
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
		connection_close(c);
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
	const struct net_hooks *hooks = &c->home->shared->config.hooks;
	long verify = SSL_get_verify_result(bufferevent_openssl_get_ssl(c->bev));
	bool certificate = verify != X509_V_OK || ERR_GET_REASON(code) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
	const char *why = verify != X509_V_OK ? X509_verify_cert_error_string(verify) : reason ? reason : "closed";

	c->home->shared->count.tls_failed++;
	log_info("tls-refused", "listener=%s address=%s reason=%s", c->listener->name, c->address, why);
	if (hooks->turned_down)
		hooks->turned_down(c->home->shared->config.arg, c->listener->tag, c->address,
				   verify == X509_V_ERR_CERT_REVOKED ? E_CERTIFICATE_REVOKED :
				   certificate ? E_CERTIFICATE_UNKNOWN : E_TLS, why);
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
		c->last = c->ended = true;              /* it has nothing more to ask, but may wait for the answer */
		bufferevent_enable(bev, EV_WRITE);      /* libevent stopped both directions */
		return;
	}
	if (c->state == CONNECTION_HANDSHAKE)
		note_failed_handshake(c);
	connection_close(c);
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
	address_print(from, c->address, sizeof c->address);
	http_reader_init(&c->reader, HTTP_REQUEST, config->max_head, config->max_body);
	c->reader.max_ratio = config->max_ratio;
	LIST_INSERT_HEAD(&home->connections, c, link);
	home->shared->count.open++;
	home->shared->count.accepted++;
	bufferevent_setcb(c->bev, on_readable, on_written, on_event, c);
	connection_arm(c, config->deadline_ms);            /* for the handshake and the whole first request */
}

/* ---- the end of the server */

void connection_drain(struct connection *c)
{
	bool begun = !http_reader_idle(&c->reader) || evbuffer_get_length(bufferevent_get_input(c->bev));

	if (c->state == CONNECTION_HANDSHAKE || (c->state == CONNECTION_READING && !begun))
		connection_close(c);
	else if (c->state == CONNECTION_PARKED)
		connection_end_wait(c);
}

int connection_visit(struct connection *c, unsigned long long round)
{
	const struct net_config *config = &c->home->shared->config;
	struct net_visit visit;
	int rc;

	if (c->visited == round || !c->peer || !config->hooks.visit)
		return 0;
	c->visited = round;
	visit = (struct net_visit){ .listener = c->listener->tag, .session = bufferevent_openssl_get_ssl(c->bev),
				    .peer = c->peer->fingerprint, .address = c->address };
	rc = config->hooks.visit(config->arg, &visit);
	if (rc) {
		c->home->shared->count.cut++;
		log_warn("connection-cut", "listener=%s address=%s peer=%.16s reason=%s", c->listener->name, c->address,
			 c->peer->fingerprint, error_code(rc));
		connection_cut(c);
	}
	return 1;
}

void connection_cut(struct connection *c)
{
	connection_close(c);
}
