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
#include <unistd.h>
#include "base/error.h"
#include "base/log.h"
#include "store/spool_internal.h"

enum { SEGMENT_BYTES = 16 << 20 };

/* -- open and close */
struct reading { struct spool *s; struct spool_segment *segment; };

static int note_found(void *arg, const struct spool_record *r, int64_t offset, size_t n)
{
	struct reading *g = arg;

	if (strlen(r->sender) > 64 || strlen(r->message_id) > 64)
		return E_FORMAT;
	if (r->no >= g->s->next_no)
		g->s->next_no = r->no + 1;
	return spool_find(g->s, r->sender, r->message_id) ? 0 : spool_index_add(g->s, g->segment, r, offset, n);
}

static int read_segment(struct spool *s, const struct spool_aside *of)
{
	struct reading g = { s, spool_segment_add(s, of) };
	char path[SPOOL_PATH];
	int64_t left = 0;

	if (!g.segment)
		return E_MEMORY;
	spool_path_of(path, s, g.segment);
	int rc = spool_segment_read(path, note_found, &g, &left);
	if (rc)
		return rc;
	if (left)
		log_warn("spool-torn", "file=%s bytes=%" PRId64 " were being written when the daemon ended", path, left);
	if (left && *of->code)          /* was whole once: somebody is to look at it */
		return 0;
	if (!g.segment->kept)
		spool_segment_drop(s, g.segment);
	return 0;
}

/* Before the segments: one that was being set aside when the daemon ended stands in both. */
static int read_aside(struct spool *s)
{
	struct spool_aside *list;
	size_t n;
	int rc = spool_aside_list(s->dir, &list, &n);

	for (size_t i = 0; i < n && !rc; i++)
		rc = read_segment(s, &list[i]);
	free(list);
	return rc;
}

static int read_folder(struct spool *s)
{
	uint64_t *list = NULL;
	size_t n = 0;
	int rc = read_aside(s);

	if (!rc)
		rc = spool_segments(s->dir, &list, &n);
	for (size_t i = 0; i < n && !rc; i++)
		rc = read_segment(s, &(struct spool_aside){ .no = list[i] });
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
	TAILQ_INIT(&s->aside);
	s->fd = s->lock_fd = -1;
	s->most = most;
	s->next_no = s->next_segment = 1;
	s->dir = strdup(dir);
	rc = !s->dir ? E_MEMORY : strlen(dir) + 80 > SPOOL_PATH ? E_TOO_LARGE : lock_folder(s);
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
	struct spool_entry *e;
	struct spool_segment *g;
	struct spool_holder *h;

	if (!s)
		return;
	TAILQ_CONCAT(&s->entries, &s->aside, link);
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

/* This message cannot be written, for want of room say; the next one may. Told once. */
static int refuse(struct spool *s)
{
	if (!s->refusing)
		log_error("spool-refused", "%s", strerror(errno));
	s->refusing = true;
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
		return refuse(s);
	s->current = spool_segment_add(s, &(struct spool_aside){ .no = s->next_segment });
	if (s->current)
		return 0;
	spool_segment_unmake(s->dir, s->next_segment, s->fd);
	s->fd = -1;
	return E_MEMORY;
}

/* Of a record that could not be written whole, nothing stays: what is put next is found behind what was put before. */
static int take_back(struct spool *s)
{
	int rc = refuse(s);

	return ftruncate(s->fd, (off_t)s->at) || lseek(s->fd, (off_t)s->at, SEEK_SET) < 0 ? fail(s) : rc;
}

static int write_record(struct spool *s)
{
	const char *p = s->record.p;
	size_t n = s->record.n;

	while (n > 0) {
		ssize_t written = write(s->fd, p, n);
		if (written < 0 && errno != EINTR)
			return take_back(s);
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
	if ((rc = spool_index_add(s, s->current, r, s->at, s->record.n))) {
		s->failed = true;       /* what was written would be found at the next start, but not before */
		return rc;
	}
	s->at += (int64_t)s->record.n;
	s->put = s->next_no++;
	s->refusing = false;
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
	if (s->current && !s->current->kept)
		spool_segment_drop(s, s->current);
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
	const struct spool_holder *h = spool_holder_of(s, sender);
	bool holds = h && h->waiting;
	pthread_mutex_unlock(&s->lock);
	return holds;
}

int spool_look(struct spool *s, const char *sender, const char *message_id, struct spool_state *state)
{
	pthread_mutex_lock(&s->lock);
	const struct spool_entry *e = spool_find(s, sender, message_id);
	if (e)
		*state = e->state;
	pthread_mutex_unlock(&s->lock);
	return e ? 0 : E_NOTHING;
}

int spool_oldest(struct spool *s, struct arena *a, size_t most, size_t most_bytes, struct spool_record *r, size_t *n)
{
	const struct spool_entry *e;
	char path[SPOOL_PATH];
	size_t bytes = 0;
	int rc = 0;

	*n = 0;
	pthread_mutex_lock(&s->lock);
	TAILQ_FOREACH(e, &s->entries, link) {
		bytes += e->n;
		if (rc || *n == most || e->no > s->synced || (*n > 0 && bytes > most_bytes))
			break;
		spool_path_of(path, s, e->segment);
		rc = spool_record_read(a, path, e->offset, e->n, &r[*n]);
		*n += rc == 0;
	}
	pthread_mutex_unlock(&s->lock);
	return rc;
}

static struct spool_entry *waiting_under(struct spool *s, uint64_t no)
{
	struct spool_entry *e;

	TAILQ_FOREACH(e, &s->entries, link)
		if (e->no >= no)
			break;
	return e && e->no == no ? e : NULL;
}

void spool_done(struct spool *s, uint64_t no)
{
	pthread_mutex_lock(&s->lock);
	struct spool_entry *e = waiting_under(s, no);
	if (e)
		spool_index_remove(s, e);
	pthread_mutex_unlock(&s->lock);
}

/* -- aside */
static int write_aside(struct spool *s, const struct spool_entry *e, const struct spool_aside *f)
{
	struct arena *a = arena_new(0);
	char path[SPOOL_PATH];
	struct spool_record r;

	spool_path_of(path, s, e->segment);
	int rc = spool_record_read(a, path, e->offset, e->n, &r);
	if (!rc)
		rc = spool_encode(&r, &s->record);
	if (!rc)
		rc = spool_aside_write(s->dir, f, s->record.p, s->record.n);
	arena_free(a);
	return rc;
}

/* In a file of its own from now on. */
static int move_aside(struct spool *s, struct spool_entry *e, const struct spool_aside *f)
{
	int rc = write_aside(s, e, f);
	struct spool_segment *g = rc ? NULL : spool_segment_add(s, f);

	if (rc || !g)
		return rc ? rc : E_MEMORY;      /* then found again at the next start */
	spool_segment_leave(s, e->segment);
	g->kept = 1;
	e->segment = g;
	e->offset = 0;
	return 0;
}

static int aside_locked(struct spool *s, struct spool_entry *e, const char *code)
{
	struct spool_aside f = { .no = e->no };

	snprintf(f.code, sizeof f.code, "%s", code);
	int rc = *e->segment->of.code ? spool_aside_rename(s->dir, &e->segment->of, code) : move_aside(s, e, &f);
	if (rc)
		return rc;
	e->segment->of = f;
	snprintf(e->state.aside, sizeof e->state.aside, "%s", code);
	spool_wait_no_more(s, e);
	TAILQ_INSERT_TAIL(&s->aside, e, link);
	return 0;
}

int spool_set_aside(struct spool *s, uint64_t no, const char *code)
{
	pthread_mutex_lock(&s->lock);
	struct spool_entry *e = waiting_under(s, no);
	int rc = e ? aside_locked(s, e, code) : E_NOTHING;
	pthread_mutex_unlock(&s->lock);
	return rc;
}
