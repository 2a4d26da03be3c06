/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/bytes.h"
#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOM_FIRST = 256, READ_STEP = 65536, FILE_MOST = 64 * 1024 * 1024 };

void bytes_done(struct bytes *b)
{
	free(b->p);
	b->p = NULL;
	b->n = b->room = 0;
}

void bytes_clear(struct bytes *b)
{
	b->n = 0;
	if (b->p)
		b->p[0] = '\0';
}

/* Room for n bytes more and the NUL behind them. */
static int reserve(struct bytes *b, size_t n)
{
	size_t most = b->most ? b->most : SIZE_MAX / 2, need, room;
	char *p;

	if (b->n > most || n > most - b->n)
		return E_TOO_LARGE;
	need = b->n + n + 1;
	if (need <= b->room)
		return 0;
	room = b->room < ROOM_FIRST ? ROOM_FIRST : b->room * 2;
	if (room > most + 1)
		room = most + 1;
	if (room < need)
		room = need;
	p = realloc(b->p, room);
	if (!p)
		return E_MEMORY;
	b->p = p;
	b->room = room;
	return 0;
}

int bytes_add(struct bytes *b, const void *p, size_t n)
{
	int r = reserve(b, n);

	if (r)
		return r;
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
	return 0;
}

int bytes_adds(struct bytes *b, const char *s)
{
	return bytes_add(b, s, strlen(s));
}

int bytes_printf(struct bytes *b, const char *format, ...)
{
	va_list ap, again;
	int n, r;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	r = n < 0 ? E_FORMAT : reserve(b, (size_t)n);
	if (r == 0) {
		vsnprintf(b->p + b->n, (size_t)n + 1, format, again);
		b->n += (size_t)n;
	}
	va_end(again);
	return r;
}

/* What stands for c in XML, NULL for itself. A carriage return would be read back as a line feed. */
static const char *xml_of(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&apos;";
	case '\r': return "&#13;";
	case '\t': case '\n': return NULL;
	default: return (unsigned char)c < 0x20 ? "?" : NULL;
	}
}

size_t bytes_character(const char *s, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	size_t k = n == 0 ? 0 : p[0] < 0x80 ? 1 : p[0] >= 0xF0 && p[0] < 0xF8 ? 4 : p[0] >= 0xE0 && p[0] < 0xF0 ? 3 :
		p[0] >= 0xC0 && p[0] < 0xE0 ? 2 : 0;
	if (k < 2 || k > n)
		return k > n ? 0 : k;
	uint32_t point = p[0] & (0x7Fu >> k);
	for (size_t i = 1; i < k; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		point = point << 6 | (p[i] & 0x3Fu);
	}
	return point < least[k] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF) ? 0 : k;
}

int bytes_add_xml(struct bytes *b, const char *s)
{
	size_t before = b->n, n;
	int r = bytes_add(b, "", 0);

	while (r == 0 && *s) {
		const char *from = s, *instead = NULL;

		while (*s && (n = bytes_character(s, strnlen(s, 4))) && !(instead = xml_of(*s)))
			s += n;
		if (*s && !instead)
			instead = "?";
		r = bytes_add(b, from, (size_t)(s - from));
		if (r == 0 && instead) {
			r = bytes_adds(b, instead);
			s++;
		}
	}
	if (r && b->p) {
		b->n = before;
		b->p[b->n] = '\0';
	}
	return r;
}

int bytes_add_u32(struct bytes *b, uint32_t v)
{
	const unsigned char le[4] = {
		(unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16), (unsigned char)(v >> 24)
	};

	return bytes_add(b, le, sizeof le);
}

uint32_t bytes_get_u32(const void *p)
{
	const unsigned char *le = p;

	return (uint32_t)le[0] | (uint32_t)le[1] << 8 | (uint32_t)le[2] << 16 | (uint32_t)le[3] << 24;
}

/* Reads fd to its end; most is the largest content allowed. */
static int read_all(struct bytes *b, int fd, size_t most)
{
	char step[READ_STEP];

	for (;;) {
		ssize_t n = read(fd, step, sizeof step);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return E_IO;
		if ((size_t)n > most - b->n)
			return E_TOO_LARGE;
		r = bytes_add(b, step, (size_t)n);
		if (r || n == 0)
			return r;
	}
}

/* Closes fd; -1: it was not opened. */
static int read_and_close(struct bytes *b, int fd)
{
	int r;

	bytes_clear(b);
	if (fd < 0)
		return E_IO;
	r = read_all(b, fd, b->most ? b->most : FILE_MOST);
	close(fd);
	if (r)
		bytes_clear(b);
	return r;
}

int bytes_read_file(struct bytes *b, const char *path)
{
	return read_and_close(b, open(path, O_RDONLY | O_CLOEXEC));
}

int bytes_read_foreign(struct bytes *b, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), r = 0;
	struct stat st;

	if (fd < 0)
		r = errno == ELOOP || errno == ENXIO ? E_RANGE : 0;
	else if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		r = E_RANGE;
	else if ((uint64_t)st.st_size > (b->most ? b->most : FILE_MOST))
		r = E_TOO_LARGE;        /* before any of it is read */
	if (r == 0)
		return read_and_close(b, fd);
	if (fd >= 0)
		close(fd);
	bytes_clear(b);
	return r;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, p, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return E_IO;
		p += written;
		n -= (size_t)written;
	}
	return 0;
}

/* Makes a rename in the folder of path durable. */
static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int fd, r;

	if (!slash)
		snprintf(folder, sizeof folder, ".");
	else
		snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return E_IO;
	r = fsync(fd) ? E_IO : 0;
	close(fd);
	return r;
}

static int write_synced(const struct bytes *b, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640), r;

	if (fd < 0)
		return E_IO;
	r = write_all(fd, b->p, b->n);
	if (r == 0 && fsync(fd))
		r = E_IO;
	if (close(fd) && r == 0)
		r = E_IO;
	return r;
}

int bytes_write_file(const struct bytes *b, const char *path)
{
	static atomic_uint serial;      /* two threads may write the same path */
	char temporary[PATH_MAX];
	unsigned ours = atomic_fetch_add(&serial, 1);
	int n = snprintf(temporary, sizeof temporary, "%s.tmp-%ld-%u", path, (long)getpid(), ours), r;

	if (n < 0 || (size_t)n >= sizeof temporary)
		return E_IO;
	r = write_synced(b, temporary);
	if (r == 0 && rename(temporary, path))
		r = E_IO;
	if (r) {
		unlink(temporary);
		return r;
	}
	return sync_folder(path);
}
