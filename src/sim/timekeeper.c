/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "sim/timekeeper.h"

enum { LINE = 128, POLL_MS = 100, FIRST_PAUSE_MS = 50, MOST_PAUSE_MS = 1000, FOLLOW_PAUSE_MS = 2 };

struct timekeeper {
	struct sockaddr_un address;
	int64_t patience_ms, retries;
	const atomic_bool *stop;
	bool follows;
	int fd;                         /* −1: not connected */
};

int timekeeper_new(const char *path, int64_t patience_ms, const atomic_bool *stop, struct timekeeper **out)
{
	struct timekeeper *t;

	if (strlen(path) >= sizeof(t->address.sun_path))
		return E_RANGE;
	t = calloc(1, sizeof(*t));
	if (!t)
		return E_MEMORY;
	t->address.sun_family = AF_UNIX;
	snprintf(t->address.sun_path, sizeof(t->address.sun_path), "%s", path);
	t->patience_ms = patience_ms;
	t->stop = stop;
	t->fd = -1;
	*out = t;
	return 0;
}

static void hang_up(struct timekeeper *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

void timekeeper_free(struct timekeeper *t)
{
	if (!t)
		return;
	hang_up(t);
	free(t);
}

void timekeeper_follow(struct timekeeper *t) { t->follows = true; }

int64_t timekeeper_retries(const struct timekeeper *t) { return t->retries; }

static int call_up(struct timekeeper *t)
{
	if (t->fd >= 0)
		return 0;
	t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return E_IO;
	if (connect(t->fd, (const struct sockaddr *)&t->address, sizeof(t->address))) {
		hang_up(t);
		return E_IO;
	}
	return 0;
}

/* One line, without its end. The hub answers when everything due is done, so no time-out of its own: a hub that is gone
 * closes the connection. */
static int read_line(struct timekeeper *t, int64_t until_us, char line[LINE])
{
	size_t n = 0;

	while (n < LINE - 1) {
		struct pollfd p = { t->fd, POLLIN, 0 };
		ssize_t got;

		if (poll(&p, 1, POLL_MS) <= 0) {
			if (atomic_load(t->stop))
				return E_STOPPING;
			if (clock_monotonic_us() > until_us)
				return E_TIMEOUT;
			continue;
		}
		got = read(t->fd, line + n, 1);
		if (got <= 0)
			return E_IO;
		if (line[n] == '\n') {
			line[n] = '\0';
			return 0;
		}
		n++;
	}
	return E_FORMAT;
}

/* Sends a command; 0 with the instant the hub stands at, or what went wrong. */
static int command(struct timekeeper *t, const char *text, int64_t until_us, int64_t *at_ms)
{
	char line[LINE], code[64];
	int rc = call_up(t);

	if (rc)
		return rc;
	if (send(t->fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
		rc = E_IO;
	if (!rc)
		rc = read_line(t, until_us, line);
	if (rc) {
		hang_up(t);
		return rc;
	}
	if (sscanf(line, "ok %" SCNd64, at_ms) == 1)
		return 0;
	return sscanf(line, "error %63s", code) == 1 ? error_by_code(code) : E_FORMAT;
}

static bool is_passing(int rc) { return rc == E_IO || error_kind(rc) == ERROR_KIND_RETRY; }

/* The command, over and over while the hub is away. */
static int until_obeyed(struct timekeeper *t, const char *text, int64_t until_us, int64_t *at_ms)
{
	int64_t pause_ms = FIRST_PAUSE_MS;
	int rc;

	while (is_passing(rc = command(t, text, until_us, at_ms))) {
		if (atomic_load(t->stop))
			return E_STOPPING;
		if (clock_monotonic_us() > until_us)
			return E_TIMEOUT;
		t->retries++;
		clock_sleep_ms(pause_ms);
		pause_ms = pause_ms < MOST_PAUSE_MS / 2 ? 2 * pause_ms : MOST_PAUSE_MS;
	}
	return rc;
}

static int await_time(struct timekeeper *t, int64_t ts_ms, int64_t until_us)
{
	int64_t at_ms = 0;
	int rc;

	while ((rc = until_obeyed(t, "get\n", until_us, &at_ms)) == 0 && at_ms < ts_ms) {
		if (atomic_load(t->stop))
			return E_STOPPING;
		if (clock_monotonic_us() > until_us)
			return E_TIMEOUT;
		clock_sleep_ms(FOLLOW_PAUSE_MS);
	}
	return rc;
}

int timekeeper_set(struct timekeeper *t, int64_t ts_ms)
{
	int64_t until_us = clock_monotonic_us() + t->patience_ms * 1000, at_ms = 0;
	char text[LINE];
	int rc;

	if (t->follows)
		return await_time(t, ts_ms, until_us);
	snprintf(text, sizeof(text), "set %" PRId64 "\n", ts_ms);
	rc = until_obeyed(t, text, until_us, &at_ms);
	return !rc && at_ms != ts_ms ? E_TIME_ORDER : rc;
}
