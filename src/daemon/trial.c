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
#include "store/db.h"

enum { LINE = 128, CLIENTS = 8, WAIT_MS = 100 };

struct client { int fd; size_t n; char line[LINE]; };

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

/* ---- faults */
static char fault_operation[64];        /* empty: any */
static int fault_error;

int trial_fault(const char *operation)
{
	int error = 0;
	pthread_mutex_lock(&point_lock);
	if (fault_error && (!*fault_operation || !strcmp(fault_operation, operation))) {
		error = fault_error;
		fault_error = 0;
	}
	pthread_mutex_unlock(&point_lock);
	return error;
}

static int ask_fault(const char *code, const char *operation)
{
	int error = error_by_code(code);
	if (strcmp(error_code(error), code))
		return E_RANGE;
	pthread_mutex_lock(&point_lock);
	snprintf(fault_operation, sizeof fault_operation, "%s", operation);
	fault_error = error;
	pthread_mutex_unlock(&point_lock);
	return 0;
}

/* ---- commands */
static int obey(struct trial *t, const char *line)
{
	char name[32], code[41], operation[64] = "";
	int64_t number;
	int used = 0, words;
	if (!strcmp(line, "get"))
		return 0;
	if (sscanf(line, "set %18" SCNd64 "%n", &number, &used) == 1 && !line[used])
		return scheduler_set_time(t->scheduler, number);
	if (sscanf(line, "stop %31s %18" SCNd64 "%n", name, &number, &used) == 2 && !line[used])
		return arm(name, number);
	words = sscanf(line, "fault %40s%n %63s%n", code, &used, operation, &used);
	if (words >= 1 && !line[used])
		return ask_fault(code, operation);
	return E_FORMAT;
}

static bool answer(int fd, int rc)
{
	char out[LINE];
	int n = rc ? snprintf(out, sizeof out, "error %s\n", error_code(rc))
		   : snprintf(out, sizeof out, "ok %" PRId64 "\n", clock_business_ms());
	return write(fd, out, (size_t)n) == n;
}

/* What has come from a client: obeys every whole line, keeps the rest. False: the client is done with. */
static bool listen_to(struct trial *t, struct client *c)
{
	ssize_t got = read(c->fd, c->line + c->n, sizeof c->line - c->n);
	if (got <= 0)
		return false;
	c->n += (size_t)got;
	for (char *end; (end = memchr(c->line, '\n', c->n));) {
		*end = '\0';
		if (!answer(c->fd, obey(t, c->line)))
			return false;
		c->n -= (size_t)(end + 1 - c->line);
		memmove(c->line, end + 1, c->n);
	}
	return c->n < sizeof c->line;
}

static void take_client(struct trial *t, struct client *c)
{
	int fd = accept4(t->fd, NULL, NULL, SOCK_CLOEXEC);
	for (int i = 0; fd >= 0 && i < CLIENTS; i++)
		if (c[i].fd < 0) {
			c[i] = (struct client){ .fd = fd };
			return;
		}
	if (fd >= 0)
		close(fd);
	else
		clock_sleep_ms(WAIT_MS);        /* out of descriptors, and still readable */
}

static void serve_ready(struct trial *t, struct client *c, const struct pollfd *p)
{
	for (int i = 0; i < CLIENTS; i++)
		if (c[i].fd >= 0 && p[i].revents && !listen_to(t, &c[i])) {
			close(c[i].fd);
			c[i].fd = -1;
		}
	if (p[CLIENTS].revents)
		take_client(t, c);
}

static void *run(void *arg)
{
	struct trial *t = arg;
	struct client c[CLIENTS];
	struct pollfd p[CLIENTS + 1];
	log_set_principal("trial");
	for (int i = 0; i < CLIENTS; i++)
		c[i].fd = -1;
	while (!atomic_load(&t->stop)) {
		for (int i = 0; i < CLIENTS; i++)
			p[i] = (struct pollfd){ c[i].fd, POLLIN, 0 };  /* a negative fd is passed over */
		p[CLIENTS] = (struct pollfd){ t->fd, POLLIN, 0 };
		if (poll(p, CLIENTS + 1, WAIT_MS) > 0)
			serve_ready(t, c, p);
	}
	for (int i = 0; i < CLIENTS; i++)
		if (c[i].fd >= 0)
			close(c[i].fd);
	db_thread_end();                /* passes are made in this thread */
	return NULL;
}

static int listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof a.sun_path)
		return E_IO;
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	struct stat there;
	if (!lstat(path, &there) && (!S_ISSOCK(there.st_mode) || unlink(path)))
		return E_IO;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return E_IO;
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
