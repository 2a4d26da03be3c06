/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/client.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "net/http.h"
#include "security/tls.h"

#define READ_ROOM 16384
#define JOIN_MOST 8192                  /* a body up to this goes out in one TLS record with its head */
#define LOST (-10000)                   /* the connection ended, without an error of TLS: perhaps only grown old */

struct net_client {
	struct tls *tls;
	char *host;
	int port;
	struct net_client_limits limits;
	int fd, wake_fd, connects;
	uint64_t generation;            /* of tls when it was connected */
	SSL *ssl;
	int64_t deadline_us;
	struct http_reader reader;
	bool answered;                  /* a byte of the answer has come */
	char content_type[128], error[300];
};

static int fail(struct net_client *c, int rc, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int fail(struct net_client *c, int rc, const char *format, ...)
{
	va_list ap;
	int n = snprintf(c->error, sizeof c->error, "%s:%d: ", c->host, c->port);

	if (n < 0 || (size_t)n >= sizeof c->error)
		return rc;
	va_start(ap, format);
	vsnprintf(c->error + n, sizeof c->error - (size_t)n, format, ap);
	va_end(ap);
	return rc;
}

/* ---- life */

int net_client_new(struct tls *tls, const char *host, int port, const struct net_client_limits *limits,
		   struct net_client **client)
{
	struct net_client *c;

	*client = NULL;
	if (port < 1 || port > 65535 || !host[0] || limits->connect_ms < 1 || limits->answer_ms < 1 ||
	    !limits->max_answer || !limits->max_head)
		return E_CONFIG;
	c = calloc(1, sizeof *c);
	if (!c)
		return E_MEMORY;
	c->host = strdup(host);
	if (!c->host) {
		free(c);
		return E_MEMORY;
	}
	c->tls = tls_ref(tls);
	c->port = port;
	c->limits = *limits;
	c->fd = -1;
	c->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	http_reader_init(&c->reader, HTTP_ANSWER, limits->max_head, limits->max_answer);
	*client = c;
	return 0;
}

/* Without waiting for the other side's close_notify: every answer carries its length. */
void net_client_close(struct net_client *c)
{
	if (c->ssl) {
		if (SSL_is_init_finished(c->ssl))
			SSL_shutdown(c->ssl);
		SSL_free(c->ssl);
		ERR_clear_error();
	}
	if (c->fd >= 0)
		close(c->fd);
	c->ssl = NULL;
	c->fd = -1;
}

void net_client_free(struct net_client *c)
{
	if (!c)
		return;
	net_client_close(c);
	if (c->wake_fd >= 0)
		close(c->wake_fd);
	http_reader_done(&c->reader);
	tls_free(c->tls);
	free(c->host);
	free(c);
}

void net_client_abort(struct net_client *c)
{
	const uint64_t one = 1;
	ssize_t n = write(c->wake_fd, &one, sizeof one);        /* stays readable: nobody takes it out */

	(void)n;
}

const char *net_client_error(const struct net_client *c)
{
	return c->error;
}

const char *net_client_content_type(const struct net_client *c)
{
	return c->content_type;
}

int net_client_connects(const struct net_client *c)
{
	return c->connects;
}

/* ---- waiting */

static void set_deadline(struct net_client *c, int32_t ms)
{
	c->deadline_us = clock_monotonic_us() + (int64_t)ms * 1000;
}

/* Until one of `events` is there or the deadline has passed. */
static int wait_for(struct net_client *c, short events)
{
	struct pollfd p[2] = { { .fd = c->wake_fd, .events = POLLIN }, { .fd = c->fd, .events = events } };

	for (;;) {
		int64_t left_us = c->deadline_us - clock_monotonic_us();
		int n = left_us > 0 ? poll(p, 2, (int)((left_us + 999) / 1000)) : 0;

		if (n > 0 && p[0].revents)
			return fail(c, E_STOPPING, "given up, because this side stops");
		if (n > 0)
			return 0;
		if (n == 0)
			return fail(c, E_TIMEOUT, "no answer in time");
		if (errno != EINTR)
			return fail(c, E_IO, "%s", strerror(errno));
	}
}

/* ---- connecting */

static int connect_to(struct net_client *c, const struct addrinfo *at)
{
	int one = 1, why = 0, rc;
	socklen_t n = sizeof why;

	c->fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return fail(c, E_IO, "%s", strerror(errno));
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(c->fd, at->ai_addr, at->ai_addrlen) && errno != EINPROGRESS)
		return fail(c, E_IO, "%s", strerror(errno));
	if ((rc = wait_for(c, POLLOUT)))
		return rc;
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &why, &n) || why)
		return fail(c, E_IO, "%s", strerror(why ? why : errno));
	return 0;
}

static int connect_any(struct net_client *c)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *all, *at;
	char port[8];
	int rc;

	snprintf(port, sizeof port, "%d", c->port);
	rc = getaddrinfo(c->host, port, &hints, &all);
	if (rc)
		return fail(c, E_IO, "%s", gai_strerror(rc));
	for (at = all, rc = E_IO; at && rc && rc != E_TIMEOUT && rc != E_STOPPING; at = at->ai_next) {
		net_client_close(c);
		rc = connect_to(c, at);
	}
	freeaddrinfo(all);
	return rc;
}

/* What OpenSSL thinks of result r of its last call: 0 and the events to wait for, LOST, or E_TLS with a text. */
static int explain(struct net_client *c, int r, short *events)
{
	char why[200];
	long verify;

	*events = 0;
	switch (SSL_get_error(c->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		*events = POLLIN;
		return 0;
	case SSL_ERROR_WANT_WRITE:
		*events = POLLOUT;
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return LOST;
	case SSL_ERROR_SYSCALL:
		ERR_clear_error();
		return LOST;
	default:
		verify = SSL_get_verify_result(c->ssl);
		/* OpenSSL 3 tells an end without close_notify as an error of TLS. */
		if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
			ERR_clear_error();
			return LOST;
		}
		tls_last_error(why, sizeof why);
		if (verify != X509_V_OK)
			return fail(c, E_TLS, "%s: %s", why, X509_verify_cert_error_string(verify));
		return fail(c, E_TLS, "%s", why);
	}
}

static int handshake(struct net_client *c)
{
	short events;
	int r, rc = 0;

	c->ssl = tls_client_session(c->tls, c->host);
	if (!c->ssl || SSL_set_fd(c->ssl, c->fd) != 1)
		return fail(c, E_TLS, "no TLS session for this name");
	while (!rc) {
		ERR_clear_error();
		r = SSL_connect(c->ssl);
		if (r == 1)
			return 0;
		rc = explain(c, r, &events);
		if (!rc)
			rc = wait_for(c, events);
	}
	return rc == LOST ? fail(c, E_IO, "connection closed during the TLS handshake") : rc;
}

static int open_connection(struct net_client *c)
{
	int rc;

	set_deadline(c, c->limits.connect_ms);
	c->generation = tls_generation(c->tls);
	rc = connect_any(c);
	if (!rc)
		rc = handshake(c);
	if (!rc)
		c->connects++;
	else
		net_client_close(c);
	return rc;
}

/* ---- one message and its answer */

struct outgoing { const char *p; size_t n; };   /* what is not sent yet of a part */

/* Sends what the socket takes. 0 and *events (0: everything is out) or an error. */
static int send_some(struct net_client *c, struct outgoing part[2], short *events)
{
	int rc = 0;

	*events = 0;
	for (int i = 0; i < 2 && !rc && !*events; i++) {
		while (part[i].n && !rc && !*events) {
			size_t did = 0;
			int r;

			ERR_clear_error();
			r = SSL_write_ex(c->ssl, part[i].p, part[i].n, &did);
			part[i].p += did;
			part[i].n -= did;
			if (r != 1)
				rc = explain(c, r, events);
		}
	}
	return rc;
}

/* Reads what is there. HTTP_MORE and *events, HTTP_DONE, or an error. */
static int receive_some(struct net_client *c, short *events)
{
	char room[READ_ROOM];
	size_t n, used = 0;
	int r, rc = HTTP_MORE;

	*events = 0;
	for (;;) {
		ERR_clear_error();
		r = SSL_read_ex(c->ssl, room, sizeof room, &n);
		if (r != 1) {
			rc = explain(c, r, events);
			return rc ? rc : HTTP_MORE;
		}
		c->answered = true;
		for (const char *p = room; n; p += used, n -= used) {
			rc = http_reader_feed(&c->reader, p, n, &used);
			if (rc < 0)
				return fail(c, rc, "the answer: %s", error_text_en(rc));
			if (rc == HTTP_DONE && c->reader.head.status >= 200) {
				if (used < n)           /* more than the answer: this connection is out of step */
					c->reader.head.keep_alive = false;
				return HTTP_DONE;
			}
			if (rc == HTTP_DONE)            /* 1xx: the answer is still to come */
				http_reader_reset(&c->reader);
		}
	}
}

/* Sends and reads at the same time, because a server may refuse before it has read everything; then nobody takes the
 * rest, but the answer is there to be read. */
static int exchange(struct net_client *c, struct outgoing part[2])
{
	bool sending = true;
	short out = 0, in = POLLIN;
	int rc;

	for (;;) {
		if (sending) {
			rc = send_some(c, part, &out);
			if (rc && rc != LOST)
				return rc;
			sending = !rc && out;           /* lost: the reason, if any, is to be read */
		}
		rc = wait_for(c, sending ? (short)(out | in) : in);
		if (!rc)
			rc = receive_some(c, &in);
		if (rc)                                 /* HTTP_DONE or an error */
			return rc;
	}
}

/* A kept connection that the server has closed meanwhile shows it: something to read, where nothing is due. */
static bool is_stale(struct net_client *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	char one;
	int r;

	if (poll(&p, 1, 0) <= 0)
		return false;
	ERR_clear_error();
	r = SSL_peek(c->ssl, &one, 1);          /* what TLS itself has to say, e.g. a ticket, does not count */
	return r > 0 || SSL_get_error(c->ssl, r) != SSL_ERROR_WANT_READ;
}

static int attempt(struct net_client *c, const struct outgoing part[2], bool *kept)
{
	struct outgoing rest[2] = { part[0], part[1] };
	int rc = 0;

	if (c->ssl && is_stale(c))
		net_client_close(c);
	*kept = c->ssl != NULL;
	c->answered = false;
	http_reader_reset(&c->reader);
	if (!c->ssl && (rc = open_connection(c)))
		return rc;
	set_deadline(c, c->limits.answer_ms);
	rc = exchange(c, rest);
	if (rc < 0 || !c->reader.head.keep_alive || rest[0].n || rest[1].n)
		net_client_close(c);
	return rc < 0 ? rc : 0;
}

static int call(struct net_client *c, const struct outgoing part[2], int *status, struct bytes *answer)
{
	bool kept;
	int rc;

	*status = 0;
	bytes_clear(answer);
	c->error[0] = c->content_type[0] = 0;
	if (c->ssl && c->generation != tls_generation(c->tls))
		net_client_close(c);
	rc = attempt(c, part, &kept);
	if (rc == LOST && kept && !c->answered)
		rc = attempt(c, part, &kept);
	if (rc == LOST)
		return fail(c, E_IO, "connection closed %s", c->answered ? "within the answer" : "without an answer");
	if (rc)
		return rc;
	*status = c->reader.head.status;
	if (c->reader.head.content_type)
		snprintf(c->content_type, sizeof c->content_type, "%s", c->reader.head.content_type);
	rc = bytes_add(answer, c->reader.body.p ? c->reader.body.p : "", c->reader.body.n);
	return rc ? fail(c, rc, "the answer: %s", error_text_en(rc)) : 0;
}

/* Fit to stand in a head: a line break in it would be a second field. */
static bool is_plain(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

/* The head up to what is special to a method. An IPv6 address stands in brackets. */
static int begin_head(const struct net_client *c, struct bytes *head, const char *method, const char *path)
{
	bool six = strchr(c->host, ':') != NULL;

	if (!is_plain(path) || strchr(path, ' ') || path[0] != '/')
		return E_FORMAT;
	return bytes_printf(head, "%s %s HTTP/1.1\r\nHost: %s%s%s:%d\r\nUser-Agent: vgihub\r\n", method, path,
			    six ? "[" : "", c->host, six ? "]" : "", c->port);
}

int net_client_post(struct net_client *c, const char *path, const char *content_type, const char *soap_action,
		    const void *body, size_t n, int *status, struct bytes *answer)
{
	struct bytes head = BYTES_INIT;
	int rc = E_FORMAT;

	if (is_plain(content_type) && (!soap_action || is_plain(soap_action)))
		rc = begin_head(c, &head, "POST", path);
	if (!rc)
		rc = bytes_printf(&head, "Content-Type: %s\r\nContent-Length: %zu\r\n", content_type, n);
	if (!rc && soap_action)
		rc = bytes_printf(&head, "SOAPAction: \"%s\"\r\n", soap_action);
	if (!rc)
		rc = bytes_adds(&head, "\r\n");
	if (!rc && n && n <= JOIN_MOST) {
		rc = bytes_add(&head, body, n);
		n = 0;
	}
	if (!rc)
		rc = call(c, (struct outgoing[]){ { head.p, head.n }, { body, n } }, status, answer);
	bytes_done(&head);
	return rc;
}

int net_client_get(struct net_client *c, const char *path, int *status, struct bytes *answer)
{
	struct bytes head = BYTES_INIT;
	int rc = begin_head(c, &head, "GET", path);

	if (!rc)
		rc = bytes_adds(&head, "\r\n");
	if (!rc)
		rc = call(c, (struct outgoing[]){ { head.p, head.n }, { "", 0 } }, status, answer);
	bytes_done(&head);
	return rc;
}
