/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/spool.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/queue.h>
#include <unistd.h>
#include "base/error.h"
#include "base/log.h"
#include "store/spool_internal.h"

enum { BUCKETS = 1 << 14, SEGMENT_BYTES = 16 << 20 };

/* A record that waits. */
struct entry {
	TAILQ_ENTRY(entry) link;                /* by number */
	struct entry *next;                     /* of the same bucket */
	struct holder *holder;
	struct segment *segment;
	uint64_t no;
	int64_t offset;
	size_t n;                               /* bytes in the file */
	struct spool_state state;
	char message_id[65];
};
TAILQ_HEAD(entries, entry);

struct segment { LIST_ENTRY(segment) link; uint64_t number; size_t waiting; };
/* How much waits of a sender. */
struct holder { LIST_ENTRY(holder) link; char name[65]; size_t waiting; };

struct spool {
	pthread_mutex_t lock;
	pthread_cond_t synced_more;
	char *dir;
	int lock_fd, fd;                        /* fd: of the segment that is written to, -1: none */
	int64_t most, bytes, at;                /* of all that wait; where the segment ends */
	uint64_t next_no, next_segment;
	uint64_t put, synced;                   /* records put and on disk, by number */
	bool syncing, failed;
	struct bytes record;                    /* the one being written */
	struct entries entries;
	size_t waiting;
	LIST_HEAD(, segment) segments;
	struct segment *current;
	LIST_HEAD(, holder) holders;
	struct entry *bucket[BUCKETS];
};

/* -- index; the lock is held, or nobody else is there yet */
static struct entry **bucket_of(struct spool *s, const char *sender, const char *id)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (const char *p = sender; *p; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
	h *= UINT64_C(1099511628211);
	for (const char *p = id; *p; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
	return &s->bucket[(h >> 32) % BUCKETS];
}

static struct entry *find(struct spool *s, const char *sender, const char *id)
{
	struct entry *e = *bucket_of(s, sender, id);

	while (e && (strcmp(e->message_id, id) || strcmp(e->holder->name, sender)))
		e = e->next;
	return e;
}

static struct holder *holder_of(struct spool *s, const char *sender)
{
	struct holder *h;

	LIST_FOREACH(h, &s->holders, link)
		if (!strcmp(h->name, sender))
			return h;
	return NULL;
}

static struct holder *holder_new(struct spool *s, const char *sender)
{
	struct holder *h = holder_of(s, sender);

	if (h || !(h = calloc(1, sizeof *h)))
		return h;
	snprintf(h->name, sizeof h->name, "%s", sender);
	LIST_INSERT_HEAD(&s->holders, h, link);
	return h;
}

static int index_add(struct spool *s, struct segment *segment, const struct spool_record *r, int64_t offset, size_t n)
{
	struct entry *e = calloc(1, sizeof *e), **b = bucket_of(s, r->sender, r->message_id);

	if (!e || !(e->holder = holder_new(s, r->sender))) {
		free(e);
		return E_MEMORY;
	}
	e->segment = segment;
	e->no = r->no;
	e->offset = offset;
	e->n = n;
	e->state.received_us = r->received_us;
	memcpy(e->state.digest, r->digest, SPOOL_DIGEST);
	snprintf(e->state.trace_id, sizeof e->state.trace_id, "%s", r->trace_id);
	snprintf(e->state.operation, sizeof e->state.operation, "%s", r->operation);
	snprintf(e->message_id, sizeof e->message_id, "%s", r->message_id);
	e->next = *b;
	*b = e;
	TAILQ_INSERT_TAIL(&s->entries, e, link);
	e->holder->waiting++;
	segment->waiting++;
	s->waiting++;
	s->bytes += (int64_t)n;
	return 0;
}

static struct segment *segment_add(struct spool *s, uint64_t number)
{
	struct segment *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	g->number = number;
	LIST_INSERT_HEAD(&s->segments, g, link);
	s->next_segment = number + 1;
	return g;
}

/* A segment of which nothing waits goes, be it the one that is written to. */
static void segment_drop(struct spool *s, struct segment *g)
{
	char path[SPOOL_PATH];

	if (g == s->current) {
		close(s->fd);
		s->fd = -1;
		s->current = NULL;
	}
	spool_segment_path(path, s->dir, g->number);
	if (unlink(path))
		log_warn("spool-left", "segment=%" PRIu64 " %s", g->number, strerror(errno));
	LIST_REMOVE(g, link);
	free(g);
}

static void index_remove(struct spool *s, struct entry *e)
{
	struct entry **at = bucket_of(s, e->holder->name, e->message_id);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	TAILQ_REMOVE(&s->entries, e, link);
	s->waiting--;
	s->bytes -= (int64_t)e->n;
	if (--e->holder->waiting == 0) {
		LIST_REMOVE(e->holder, link);
		free(e->holder);
	}
	if (--e->segment->waiting == 0 && (e->segment != s->current || !s->syncing))
		segment_drop(s, e->segment);
	free(e);
}

/* -- open and close */
struct reading { struct spool *s; struct segment *segment; };

static int note_found(void *arg, const struct spool_record *r, int64_t offset, size_t n)
{
	struct reading *g = arg;

	if (strlen(r->sender) > 64 || strlen(r->message_id) > 64)
		return E_FORMAT;
	if (r->no >= g->s->next_no)
		g->s->next_no = r->no + 1;
	return find(g->s, r->sender, r->message_id) ? 0 : index_add(g->s, g->segment, r, offset, n);
}

static int read_segment(struct spool *s, uint64_t number)
{
	struct reading g = { s, segment_add(s, number) };
	int64_t left = 0;
	int rc = g.segment ? spool_segment_read(s->dir, number, note_found, &g, &left) : E_MEMORY;

	if (rc)
		return rc;
	if (left)
		log_warn("spool-torn", "segment=%" PRIu64 " bytes=%" PRId64 " were being written when the daemon ended", number, left);
	if (!g.segment->waiting)
		segment_drop(s, g.segment);
	return 0;
}

static int read_folder(struct spool *s)
{
	uint64_t *list;
	size_t n;
	int rc = spool_segments(s->dir, &list, &n);

	for (size_t i = 0; i < n && !rc; i++)
		rc = read_segment(s, list[i]);
	free(list);
	s->synced = s->put = s->next_no - 1;
	if (!rc && s->waiting)
		log_notice("spool-found", "messages=%zu bytes=%" PRId64, s->waiting, s->bytes);
	return rc;
}

static int lock_folder(struct spool *s)
{
	char path[SPOOL_PATH];

	snprintf(path, sizeof path, "%s/lock", s->dir);
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return E_IO;
	return flock(s->lock_fd, LOCK_EX | LOCK_NB) ? E_CONFIG : 0;
}

int spool_open(const char *dir, int64_t most, struct spool **spool)
{
	struct spool *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return E_MEMORY;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->synced_more, NULL);
	TAILQ_INIT(&s->entries);
	s->fd = s->lock_fd = -1;
	s->most = most;
	s->next_no = s->next_segment = 1;
	s->dir = strdup(dir);
	rc = !s->dir ? E_MEMORY : strlen(dir) + 32 > SPOOL_PATH ? E_TOO_LARGE : lock_folder(s);
	if (!rc)
		rc = read_folder(s);
	if (rc)
		spool_close(s);
	else
		*spool = s;
	return rc;
}

void spool_close(struct spool *s)
{
	struct entry *e;
	struct segment *g;
	struct holder *h;

	if (!s)
		return;
	while ((e = TAILQ_FIRST(&s->entries))) {
		TAILQ_REMOVE(&s->entries, e, link);
		free(e);
	}
	while ((g = LIST_FIRST(&s->segments))) {
		LIST_REMOVE(g, link);
		free(g);
	}
	while ((h = LIST_FIRST(&s->holders))) {
		LIST_REMOVE(h, link);
		free(h);
	}
	if (s->fd >= 0)
		close(s->fd);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	bytes_done(&s->record);
	pthread_cond_destroy(&s->synced_more);
	pthread_mutex_destroy(&s->lock);
	free(s->dir);
	free(s);
}

/* -- writing */
static int fail(struct spool *s)
{
	log_error("spool-failed", "%s", strerror(errno));
	s->failed = true;
	pthread_cond_broadcast(&s->synced_more);
	return E_IO;
}

/* With the lock held and nobody at the disk: the present segment is whole there, a new one begins. */
static int next_segment(struct spool *s)
{
	if (s->fd >= 0) {
		if (fdatasync(s->fd))
			return fail(s);
		close(s->fd);
		s->synced = s->put;
		pthread_cond_broadcast(&s->synced_more);
	}
	s->at = 0;
	s->current = NULL;
	s->fd = spool_segment_new(s->dir, s->next_segment);
	if (s->fd < 0)
		return fail(s);
	s->current = segment_add(s, s->next_segment);
	return s->current ? 0 : E_MEMORY;
}

static int write_record(struct spool *s)
{
	const char *p = s->record.p;
	size_t n = s->record.n;

	while (n > 0) {
		ssize_t written = write(s->fd, p, n);
		if (written < 0 && errno != EINTR)
			return fail(s);
		if (written > 0) {
			p += written;
			n -= (size_t)written;
		}
	}
	return 0;
}

static int put_locked(struct spool *s, struct spool_record *r)
{
	int rc;

	while (s->syncing && (s->fd < 0 || s->at >= SEGMENT_BYTES))
		pthread_cond_wait(&s->synced_more, &s->lock);
	if (s->failed)
		return E_IO;
	r->no = s->next_no;
	rc = spool_encode(r, &s->record);
	if (!rc && s->bytes + (int64_t)s->record.n > s->most)
		rc = E_BUSY;
	if (!rc && (s->fd < 0 || s->at >= SEGMENT_BYTES))
		rc = next_segment(s);
	if (!rc)
		rc = write_record(s);
	if (rc)
		return rc;
	if ((rc = index_add(s, s->current, r, s->at, s->record.n))) {
		s->failed = true;       /* what was written would be found at the next start, but not before */
		return rc;
	}
	s->at += (int64_t)s->record.n;
	s->put = s->next_no++;
	return 0;
}

int spool_put(struct spool *s, struct spool_record *r)
{
	pthread_mutex_lock(&s->lock);
	int rc = put_locked(s, r);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

/* One thread is at the disk for all that had put by then. */
static void sync_once(struct spool *s)
{
	uint64_t upto = s->put;
	int fd = s->fd;

	s->syncing = true;
	pthread_mutex_unlock(&s->lock);
	int rc = fd >= 0 ? fdatasync(fd) : 0;
	pthread_mutex_lock(&s->lock);
	s->syncing = false;
	if (rc)
		fail(s);
	else if (s->synced < upto)
		s->synced = upto;
	if (s->current && !s->current->waiting)
		segment_drop(s, s->current);
	pthread_cond_broadcast(&s->synced_more);
}

int spool_sync(struct spool *s)
{
	pthread_mutex_lock(&s->lock);
	uint64_t upto = s->put;
	while (s->synced < upto && !s->failed) {
		if (s->syncing)
			pthread_cond_wait(&s->synced_more, &s->lock);
		else
			sync_once(s);
	}
	int rc = s->synced < upto ? E_IO : 0;
	pthread_mutex_unlock(&s->lock);
	return rc;
}

/* -- reading */
size_t spool_waiting(struct spool *s)
{
	pthread_mutex_lock(&s->lock);
	size_t n = s->waiting;
	pthread_mutex_unlock(&s->lock);
	return n;
}

bool spool_holds_for(struct spool *s, const char *sender)
{
	pthread_mutex_lock(&s->lock);
	bool holds = holder_of(s, sender) != NULL;
	pthread_mutex_unlock(&s->lock);
	return holds;
}

int spool_look(struct spool *s, const char *sender, const char *message_id, struct spool_state *state)
{
	pthread_mutex_lock(&s->lock);
	const struct entry *e = find(s, sender, message_id);
	if (e)
		*state = e->state;
	pthread_mutex_unlock(&s->lock);
	return e ? 0 : E_NOTHING;
}

int spool_oldest(struct spool *s, struct arena *a, size_t most, size_t most_bytes, struct spool_record *r, size_t *n)
{
	const struct entry *e;
	size_t bytes = 0;
	int rc = 0;

	*n = 0;
	pthread_mutex_lock(&s->lock);
	TAILQ_FOREACH(e, &s->entries, link) {
		bytes += e->n;
		if (rc || *n == most || e->no > s->synced || (*n > 0 && bytes > most_bytes))
			break;
		rc = spool_record_read(a, s->dir, e->segment->number, e->offset, e->n, &r[*n]);
		*n += rc == 0;
	}
	pthread_mutex_unlock(&s->lock);
	return rc;
}

void spool_done(struct spool *s, uint64_t no)
{
	struct entry *e;

	pthread_mutex_lock(&s->lock);
	TAILQ_FOREACH(e, &s->entries, link)
		if (e->no >= no)
			break;
	if (e && e->no == no)
		index_remove(s, e);
	pthread_mutex_unlock(&s->lock);
}
