/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/error.h"
#include "base/log.h"
#include "store/spool_internal.h"

static struct spool_entry **bucket_of(struct spool *s, const char *sender, const char *id)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (const char *p = sender; *p; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
	h *= UINT64_C(1099511628211);
	for (const char *p = id; *p; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
	return &s->bucket[(h >> 32) % SPOOL_BUCKETS];
}

struct spool_entry *spool_find(struct spool *s, const char *sender, const char *id)
{
	struct spool_entry *e = *bucket_of(s, sender, id);

	while (e && (strcmp(e->message_id, id) || strcmp(e->holder->name, sender)))
		e = e->next;
	return e;
}

struct spool_holder *spool_holder_of(struct spool *s, const char *sender)
{
	struct spool_holder *h;

	LIST_FOREACH(h, &s->holders, link)
		if (!strcmp(h->name, sender))
			return h;
	return NULL;
}

static struct spool_holder *holder_new(struct spool *s, const char *sender)
{
	struct spool_holder *h = spool_holder_of(s, sender);

	if (h || !(h = calloc(1, sizeof *h)))
		return h;
	snprintf(h->name, sizeof h->name, "%s", sender);
	LIST_INSERT_HEAD(&s->holders, h, link);
	return h;
}

/* Among those that wait, by number: nearly always the last. */
static void wait_in_order(struct spool *s, struct spool_entry *e)
{
	struct spool_entry *before = TAILQ_LAST(&s->entries, spool_entries);

	while (before && before->no > e->no)
		before = TAILQ_PREV(before, spool_entries, link);
	if (before)
		TAILQ_INSERT_AFTER(&s->entries, before, e, link);
	else
		TAILQ_INSERT_HEAD(&s->entries, e, link);
	e->holder->waiting++;
	s->waiting++;
}

int spool_index_add(struct spool *s, struct spool_segment *segment, const struct spool_record *r, int64_t offset, size_t n)
{
	struct spool_entry *e = calloc(1, sizeof *e), **b = bucket_of(s, r->sender, r->message_id);

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
	wait_in_order(s, e);
	e->holder->kept++;
	segment->kept++;
	s->bytes += (int64_t)n;
	return 0;
}

struct spool_segment *spool_segment_add(struct spool *s, const struct spool_aside *of)
{
	struct spool_segment *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	g->of = *of;
	LIST_INSERT_HEAD(&s->segments, g, link);
	if (!*of->code)
		s->next_segment = of->no + 1;
	return g;
}

void spool_path_of(char path[SPOOL_PATH], const struct spool *s, const struct spool_segment *g)
{
	if (*g->of.code)
		spool_aside_path(path, s->dir, &g->of);
	else
		spool_segment_path(path, s->dir, g->of.no);
}

/* A segment of which nothing is kept goes, be it the one that is written to. */
void spool_segment_drop(struct spool *s, struct spool_segment *g)
{
	char path[SPOOL_PATH];

	if (g == s->current) {
		close(s->fd);
		s->fd = -1;
		s->current = NULL;
	}
	spool_path_of(path, s, g);
	if (unlink(path))
		log_warn("spool-left", "file=%s %s", path, strerror(errno));
	LIST_REMOVE(g, link);
	free(g);
}

void spool_segment_leave(struct spool *s, struct spool_segment *g)
{
	if (--g->kept == 0 && (g != s->current || !s->syncing))
		spool_segment_drop(s, g);
}

void spool_wait_no_more(struct spool *s, struct spool_entry *e)
{
	TAILQ_REMOVE(&s->entries, e, link);
	e->holder->waiting--;
	s->waiting--;
}

/* One that waits. */
void spool_index_remove(struct spool *s, struct spool_entry *e)
{
	struct spool_entry **at = bucket_of(s, e->holder->name, e->message_id);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	spool_wait_no_more(s, e);
	s->bytes -= (int64_t)e->n;
	if (--e->holder->kept == 0) {
		LIST_REMOVE(e->holder, link);
		free(e->holder);
	}
	spool_segment_leave(s, e->segment);
	free(e);
}
