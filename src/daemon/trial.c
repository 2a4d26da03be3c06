/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "daemon/trial.h"
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

enum { LINE = 128, WAIT_MS = 100 };

struct trial {
	struct scheduler *scheduler;
	int fd;
	pthread_t thread;
	atomic_bool stop;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* ---- named points */
static pthread_mutex_t point_lock = PTHREAD_MUTEX_INITIALIZER;
static char point_name[32];
static int64_t point_left;

void trial_checkpoint(const char *name)
{
	bool now = false;
	pthread_mutex_lock(&point_lock);
	if (point_left > 0 && !strcmp(point_name, name))
		now = --point_left == 0;
	pthread_mutex_unlock(&point_lock);
	if (now) {
		log_notice("checkpoint", "stopped at=%s", name);
		raise(SIGSTOP);
	}
}

static int arm(const char *name, int64_t count)
{
	if (!*name || strlen(name) >= sizeof point_name || count < 1)
		return E_RANGE;
	pthread_mutex_lock(&point_lock);
	snprintf(point_name, sizeof point_name, "%s", name);
	point_left = count;
	pthread_mutex_unlock(&point_lock);
	return 0;
}

/* ---- commands */
static int obey(struct trial *t, const char *line)
{
	char name[32];
	int64_t number;
	if (!strcmp(line, "get"))
		return 0;
	if (sscanf(line, "set %" SCNd64, &number) == 1)
		return scheduler_set_time(t->scheduler, number);
	if (sscanf(line, "stop %31s %" SCNd64, name, &number) == 2)
		return arm(name, number);
	return E_FORMAT;
}

static bool answer(int fd, int rc)
{
	char out[LINE];
	int n = rc ? snprintf(out, sizeof out, "error %s\n", error_code(rc))
		   : snprintf(out, sizeof out, "ok %" PRId64 "\n", clock_business_ms());
	return write(fd, out, (size_t)n) == n;
}

static bool readable(const struct trial *t, int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	while (!atomic_load(&t->stop))
		if (poll(&p, 1, WAIT_MS) > 0)
			return true;
	return false;
}

/* One client until it hangs up. */
static void talk(struct trial *t, int fd)
{
	char line[LINE];
	size_t n = 0;
	while (readable(t, fd)) {
		ssize_t got = read(fd, line + n, sizeof line - 1 - n);
		if (got <= 0)
			return;
		n += (size_t)got;
		line[n] = '\0';
		for (char *end; (end = strchr(line, '\n')); memmove(line, end + 1, n + 1)) {
			*end = '\0';
			if (!answer(fd, obey(t, line)))
				return;
			n -= (size_t)(end + 1 - line);
		}
		if (n == sizeof line - 1)
			return;
	}
}

static void *run(void *arg)
{
	struct trial *t = arg;
	log_set_principal("trial");
	while (readable(t, t->fd)) {
		int fd = accept(t->fd, NULL, NULL);
		if (fd < 0)
			continue;
		talk(t, fd);
		close(fd);
	}
	return NULL;
}

static int listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof a.sun_path)
		return E_IO;
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return E_IO;
	unlink(path);
	mode_t before = umask(0077);
	int rc = bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 8);
	umask(before);
	if (rc) {
		close(fd);
		return E_IO;
	}
	return fd;
}

int trial_start(const char *path, struct scheduler *scheduler, struct trial **trial)
{
	struct trial *t = calloc(1, sizeof *t);
	if (!t)
		return E_MEMORY;
	t->scheduler = scheduler;
	t->fd = listen_at(path);
	if (t->fd < 0) {
		free(t);
		return E_IO;
	}
	snprintf(t->path, sizeof t->path, "%s", path);
	if (pthread_create(&t->thread, NULL, run, t)) {
		close(t->fd);
		free(t);
		return E_MEMORY;
	}
	*trial = t;
	return 0;
}

void trial_stop(struct trial *t)
{
	if (!t)
		return;
	atomic_store(&t->stop, true);
	pthread_join(t->thread, NULL);
	close(t->fd);
	unlink(t->path);
	free(t);
}
