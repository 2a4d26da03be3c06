/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/rig.h"
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"

static char folder[200];

static void die(const char *what)
{
	fprintf(stderr, "rig: %s\n", what);
	abort();
}

/* Runs a program and waits; its output goes to stderr, because stdout belongs to TAP. */
static void run(char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		dup2(2, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		die(argv[0]);
}

static void remove_folder(void)
{
	run((char *[]){ (char *)"rm", (char *)"-rf", folder, NULL });
}

void rig_pki(void)
{
	const char *top = getenv("srcdir"), *tmp = getenv("TMPDIR");
	char script[500], foreign[220];

	snprintf(folder, sizeof folder, "%s/vgi-net-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(folder))
		die("no temporary folder");
	atexit(remove_folder);
	snprintf(script, sizeof script, "%s/etc/trial/pki.sh", top ? top : ".");
	snprintf(foreign, sizeof foreign, "%s/foreign", folder);
	run((char *[]){ (char *)"sh", script, folder, (char *)"hub", (char *)"a-1", (char *)"a-2", NULL });
	run((char *[]){ (char *)"sh", script, foreign, (char *)"a-1", NULL });
}

const char *rig_path(const char *file)
{
	static _Thread_local char paths[8][300];
	static _Thread_local unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof paths[0], "%s/%s", folder, file);
	return path;
}

static struct tls *checked(int rc, struct tls *tls, const struct tls_error *error)
{
	if (rc)
		die(error->text);
	return tls;
}

struct tls *rig_server_tls(void)
{
	struct tls_files files = { rig_path("hub.pem"), rig_path("hub.key"), rig_path("ca.pem"), NULL };
	struct tls_error error;
	struct tls *tls;
	int rc = tls_server_new(&files, &tls, &error);

	return checked(rc, tls, &error);
}

static struct tls *client_tls(const char *certificate, const char *key)
{
	struct tls_files files = { certificate, key, rig_path("ca.pem"), NULL };
	struct tls_error error;
	struct tls *tls;
	int rc = tls_client_new(&files, &tls, &error);

	return checked(rc, tls, &error);
}

struct tls *rig_client_tls(const char *name)
{
	char certificate[100], key[100];

	if (!name)
		return client_tls(NULL, NULL);
	snprintf(certificate, sizeof certificate, "%s.pem", name);
	snprintf(key, sizeof key, "%s.key", name);
	return client_tls(rig_path(certificate), rig_path(key));
}

struct tls *rig_foreign_tls(void)
{
	return client_tls(rig_path("foreign/a-1.pem"), rig_path("foreign/a-1.key"));
}

struct raw raw_open(int port, const char *name)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct raw r = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	struct tls *tls = rig_client_tls(name);

	r.ssl = tls_client_session(tls, "127.0.0.1");
	tls_free(tls);
	if (connect(r.fd, (struct sockaddr *)&at, sizeof at))
		die("connect");
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
	while (n + 1 < room && !(until && strstr(buf, until)) && (some = read_some(r, buf + n, room - 1 - n, end_us)) > 0) {
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
