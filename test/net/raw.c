/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/raw.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "base/clock.h"
#include "security/pki.h"

static void die(const char *what)
{
	fprintf(stderr, "raw: %s\n", what);
	abort();
}

struct raw raw_open(int port, const char *name)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct raw r = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	struct tls *tls = pki_client(name);
	int one = 1;

	r.ssl = tls_client_session(tls, "127.0.0.1");
	tls_free(tls);
	if (connect(r.fd, (struct sockaddr *)&at, sizeof at))
		die("connect");
	setsockopt(r.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	SSL_set_fd(r.ssl, r.fd);
	if (SSL_connect(r.ssl) != 1)
		die("handshake");
	return r;
}

bool raw_send(struct raw *r, const void *p, size_t n)
{
	const char *from = p;
	size_t did;

	for (; n; from += did, n -= did)
		if (SSL_write_ex(r->ssl, from, n, &did) != 1)
			return false;
	return true;
}

bool raw_sends(struct raw *r, const char *s)
{
	return raw_send(r, s, strlen(s));
}

/* One read that waits no longer than until end_us: > 0 bytes, 0 the end, -1 time is over. */
static int read_some(struct raw *r, char *buf, size_t room, int64_t end_us)
{
	struct timeval tv;
	int64_t left = end_us - clock_monotonic_us();
	int n;

	if (left <= 0)
		return -1;
	tv = (struct timeval){ .tv_sec = left / 1000000, .tv_usec = left % 1000000 };
	setsockopt(r->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	n = SSL_read(r->ssl, buf, (int)room);
	if (n > 0)
		return n;
	return clock_monotonic_us() >= end_us ? -1 : 0;
}

size_t raw_read(struct raw *r, char *buf, size_t room, const char *until, int ms)
{
	int64_t end_us = clock_monotonic_us() + (int64_t)ms * 1000;
	size_t n = 0;
	int some;

	buf[0] = 0;
	while (n + 1 < room && !(until && strstr(buf, until)) &&
	       (some = read_some(r, buf + n, room - 1 - n, end_us)) > 0) {
		n += (size_t)some;
		buf[n] = 0;
	}
	return n;
}

bool raw_ended(struct raw *r, int ms)
{
	char c;

	return read_some(r, &c, 1, clock_monotonic_us() + (int64_t)ms * 1000) == 0;
}

void raw_close(struct raw *r)
{
	SSL_free(r->ssl);
	close(r->fd);
}
