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

enum { FIXED = 8 + 4 + 4 + 3 * 8 + SPOOL_DIGEST, TEXTS = 6, SEGMENT_MOST = 1 << 30 };
#define SIGNED UINT32_C(0x100)          /* beside the version: 40 bytes about the signature stand before the body */

/* -- bytes */
uint32_t spool_crc(const void *p, size_t n)
{
	const unsigned char *s = p;
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= s[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0x82f63b78) : 0);
	}
	return ~crc;
}

static int add_u64(struct bytes *b, uint64_t v)
{
	int rc = bytes_add_u32(b, (uint32_t)v);

	return rc ? rc : bytes_add_u32(b, (uint32_t)(v >> 32));
}

static uint64_t get_u64(const char *p)
{
	return bytes_get_u32(p) | (uint64_t)bytes_get_u32(p + 4) << 32;
}

/* With its NUL, so that it can be pointed at. */
static int add_text(struct bytes *b, const char *s)
{
	return bytes_add(b, s ? s : "", s ? strlen(s) + 1 : 1);
}

static int add_content(const struct spool_record *r, struct bytes *b)
{
	const uint64_t number[] = { (uint64_t)r->now_ms, (uint64_t)r->received_us, (uint64_t)r->checked_us };
	const char *text[TEXTS] = { r->sender, r->message_id, r->operation, r->trace_id, r->fingerprint, r->address };
	int rc = add_u64(b, r->no);

	if (!rc) rc = bytes_add_u32(b, r->service);
	if (!rc) rc = bytes_add_u32(b, r->signature ? r->version | SIGNED : r->version);
	for (int i = 0; i < 3 && !rc; i++)
		rc = add_u64(b, number[i]);
	if (!rc) rc = bytes_add(b, r->digest, SPOOL_DIGEST);
	for (int i = 0; i < TEXTS && !rc; i++)
		rc = add_text(b, text[i]);
	if (!rc && r->signature)
		rc = bytes_add(b, r->signature, SPOOL_DIGEST);
	if (!rc && r->signature)
		rc = add_u64(b, (uint64_t)r->signature_us);
	return rc ? rc : bytes_add(b, r->body, r->body_n);
}

static void put_u32(char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(v >> 8 * i & 0xff);
}

int spool_encode(const struct spool_record *r, struct bytes *b)
{
	int rc;

	bytes_clear(b);
	rc = add_u64(b, 0);             /* place for the head */
	if (!rc)
		rc = add_content(r, b);
	if (rc)
		return rc;
	put_u32(b->p, (uint32_t)(b->n - SPOOL_HEAD));
	put_u32(b->p + 4, spool_crc(b->p + SPOOL_HEAD, b->n - SPOOL_HEAD));
	return 0;
}

int spool_decode(const char *p, size_t n, struct spool_record *r)
{
	const char *text[TEXTS];
	size_t at = FIXED;

	if (n < FIXED)
		return E_FORMAT;
	*r = (struct spool_record){ .no = get_u64(p), .service = bytes_get_u32(p + 8), .version = bytes_get_u32(p + 12) & ~SIGNED,
		.now_ms = (int64_t)get_u64(p + 16), .received_us = (int64_t)get_u64(p + 24), .checked_us = (int64_t)get_u64(p + 32) };
	memcpy(r->digest, p + 40, SPOOL_DIGEST);
	for (int i = 0; i < TEXTS; i++) {
		const char *end = memchr(p + at, 0, n - at);
		if (!end)
			return E_FORMAT;
		text[i] = p + at;
		at = (size_t)(end - p) + 1;
	}
	r->sender = text[0];
	r->message_id = text[1];
	r->operation = text[2];
	r->trace_id = text[3];
	r->fingerprint = text[4];
	r->address = text[5];
	if (bytes_get_u32(p + 12) & SIGNED) {
		if (n - at < SPOOL_DIGEST + 8)
			return E_FORMAT;
		r->signature = (const unsigned char *)p + at;
		r->signature_us = (int64_t)get_u64(p + at + SPOOL_DIGEST);
		at += SPOOL_DIGEST + 8;
	}
	r->body = p + at;
	r->body_n = n - at;
	return 0;
}

/* -- files */
void spool_segment_path(char path[SPOOL_PATH], const char *dir, uint64_t segment)
{
	snprintf(path, SPOOL_PATH, "%s/%020" PRIu64 ".spool", dir, segment);
}

int spool_sync_folder(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0)
		return E_IO;
	rc = fsync(fd) ? E_IO : 0;
	close(fd);
	return rc;
}

int spool_segment_new(const char *dir, uint64_t segment)
{
	char path[SPOOL_PATH];
	int fd;

	spool_segment_path(path, dir, segment);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return E_IO;
	if (!spool_sync_folder(dir))
		return fd;
	spool_segment_unmake(dir, segment, fd);
	return E_IO;
}

void spool_segment_unmake(const char *dir, uint64_t segment, int fd)
{
	char path[SPOOL_PATH];
	int why = errno;

	spool_segment_path(path, dir, segment);
	close(fd);
	unlink(path);
	errno = why;
}

int spool_segment_read(const char *path, spool_found *found, void *arg, int64_t *left)
{
	struct bytes b = { .most = SEGMENT_MOST };
	struct spool_record r;
	size_t at = 0;
	int rc = bytes_read_file(&b, path);

	while (!rc && b.n - at >= SPOOL_HEAD) {
		size_t n = bytes_get_u32(b.p + at);
		if (n > b.n - at - SPOOL_HEAD || spool_crc(b.p + at + SPOOL_HEAD, n) != bytes_get_u32(b.p + at + 4) ||
		    spool_decode(b.p + at + SPOOL_HEAD, n, &r))
			break;
		rc = found(arg, &r, (int64_t)at, n + SPOOL_HEAD);
		at += n + SPOOL_HEAD;
	}
	*left = (int64_t)(b.n - at);
	bytes_done(&b);
	return rc;
}

static int read_all(int fd, char *p, size_t n, int64_t offset)
{
	while (n > 0) {
		ssize_t got = pread(fd, p, n, offset);
		if (got <= 0 && !(got < 0 && errno == EINTR))
			return E_IO;
		if (got > 0) {
			p += got;
			n -= (size_t)got;
			offset += got;
		}
	}
	return 0;
}

int spool_record_read(struct arena *a, const char *path, int64_t offset, size_t n, struct spool_record *r)
{
	char *p = arena_alloc(a, n + 1);
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return E_IO;
	rc = read_all(fd, p, n, offset);
	close(fd);
	if (rc)
		return rc;
	if (spool_crc(p + SPOOL_HEAD, n - SPOOL_HEAD) != bytes_get_u32(p + 4))
		return E_FORMAT;
	return spool_decode(p + SPOOL_HEAD, n - SPOOL_HEAD, r);
}

static int by_number(const void *a, const void *b)
{
	return *(const uint64_t *)a < *(const uint64_t *)b ? -1 : *(const uint64_t *)a > *(const uint64_t *)b;
}

static int add_number(uint64_t **list, size_t *n, uint64_t number)
{
	uint64_t *more = realloc(*list, (*n + 1) * sizeof **list);

	if (!more)
		return E_MEMORY;
	*list = more;
	more[(*n)++] = number;
	return 0;
}

int spool_segments(const char *dir, uint64_t **list, size_t *n)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	uint64_t number;
	int rc = 0, end;

	*list = NULL;
	*n = 0;
	if (!d)
		return E_IO;
	while (!rc && (e = readdir(d)))
		if (sscanf(e->d_name, "%20" SCNu64 ".spool%n", &number, &end) == 1 && end == 26 && !e->d_name[26])
			rc = add_number(list, n, number);
	closedir(d);
	if (*n)
		qsort(*list, *n, sizeof **list, by_number);
	return rc;
}
