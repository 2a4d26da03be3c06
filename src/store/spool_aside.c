/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"
#include "store/spool_internal.h"

static void folder_of(char path[SPOOL_PATH], const char *dir)
{
	snprintf(path, SPOOL_PATH, "%s/aside", dir);
}

void spool_aside_path(char path[SPOOL_PATH], const char *dir, const struct spool_aside *f)
{
	snprintf(path, SPOOL_PATH, "%s/aside/%020" PRIu64 "-%s.record", dir, f->no, f->code);
}

/* -- writing */
static int make_folder(const char *dir)
{
	char path[SPOOL_PATH];

	folder_of(path, dir);
	if (!mkdir(path, 0700))
		return spool_sync_folder(dir);
	return errno == EEXIST ? 0 : E_IO;
}

static int sync_aside(const char *dir)
{
	char path[SPOOL_PATH];

	folder_of(path, dir);
	return spool_sync_folder(path);
}

static int write_file(const char *path, const char *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool bad = false;

	if (fd < 0)
		return E_IO;
	while (n > 0 && !bad) {
		ssize_t written = write(fd, p, n);
		bad = written < 0 && errno != EINTR;
		if (written > 0) {
			p += written;
			n -= (size_t)written;
		}
	}
	bad = bad || fdatasync(fd);
	return close(fd) || bad ? E_IO : 0;
}

int spool_aside_write(const char *dir, const struct spool_aside *f, const void *p, size_t n)
{
	char path[SPOOL_PATH], coming[SPOOL_PATH];
	int rc = make_folder(dir);

	snprintf(coming, sizeof coming, "%s/aside/coming", dir);
	spool_aside_path(path, dir, f);
	if (!rc)
		rc = write_file(coming, p, n);
	if (!rc && rename(coming, path))
		rc = E_IO;
	return rc ? rc : sync_aside(dir);
}

int spool_aside_rename(const char *dir, const struct spool_aside *f, const char *code)
{
	struct spool_aside now = { .no = f->no };
	char from[SPOOL_PATH], to[SPOOL_PATH];

	snprintf(now.code, sizeof now.code, "%s", code);
	spool_aside_path(from, dir, f);
	spool_aside_path(to, dir, &now);
	return rename(from, to) ? E_IO : sync_aside(dir);
}

/* -- reading */
static int by_number(const void *a, const void *b)
{
	const struct spool_aside *f = a, *g = b;

	return f->no < g->no ? -1 : f->no > g->no;
}

static int add_file(struct spool_aside **list, size_t *n, const struct spool_aside *f)
{
	struct spool_aside *more = realloc(*list, (*n + 1) * sizeof **list);

	if (!more)
		return E_MEMORY;
	*list = more;
	more[(*n)++] = *f;
	return 0;
}

int spool_aside_list(const char *dir, struct spool_aside **list, size_t *n)
{
	char path[SPOOL_PATH];
	const struct dirent *e;
	struct spool_aside f;
	int rc = 0, end;

	*list = NULL;
	*n = 0;
	folder_of(path, dir);
	DIR *d = opendir(path);
	if (!d)
		return errno == ENOENT ? 0 : E_IO;
	while (!rc && (e = readdir(d))) {
		end = 0;
		if (sscanf(e->d_name, "%20" SCNu64 "-%40[a-z-].record%n", &f.no, f.code, &end) == 2 && end && !e->d_name[end])
			rc = add_file(list, n, &f);
	}
	closedir(d);
	if (*n)
		qsort(*list, *n, sizeof **list, by_number);
	return rc;
}

int spool_aside_count(const char *dir, size_t *n)
{
	struct spool_aside *list;
	int rc = spool_aside_list(dir, &list, n);

	free(list);
	return rc;
}

/* -- from outside */
static int count_record(void *arg, const struct spool_record *r, int64_t offset, size_t n)
{
	struct spool_survey *s = arg;

	(void)offset;
	if (!s->records || r->received_us < s->oldest_us)
		s->oldest_us = r->received_us;
	s->records++;
	s->bytes += (int64_t)n;
	return 0;
}

int spool_survey(const char *dir, struct spool_survey *s)
{
	uint64_t *list = NULL;
	int64_t left;
	size_t n = 0;

	*s = (struct spool_survey){ 0 };
	int rc = strlen(dir) + 80 > SPOOL_PATH ? E_TOO_LARGE : spool_segments(dir, &list, &n);
	for (size_t i = 0; i < n && !rc; i++) {
		char path[SPOOL_PATH];
		spool_segment_path(path, dir, list[i]);
		rc = spool_segment_read(path, count_record, s, &left);
		if (rc == E_IO && errno == ENOENT)
			rc = 0;         /* it was replayed meanwhile */
	}
	free(list);
	return rc ? rc : spool_aside_count(dir, &s->aside);
}
