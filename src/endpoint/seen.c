/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/seen.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"

enum { BUCKETS = 1 << 16, LATE_US = 60000000 };        /* a message may be looked at so long after it came */
#define NONE UINT32_MAX

struct entry {
	uint32_t next;                  /* of its bucket, or of those that are free */
	int principal_no;
	int64_t until_us;
	unsigned char digest[SEEN_DIGEST];
};

struct seen {
	pthread_mutex_t lock;
	int64_t blind_until_us;
	uint32_t most, used, free;      /* entries from used on were never needed */
	uint32_t bucket[BUCKETS];
	struct entry *entry;
};

struct seen *seen_new(size_t most, int64_t blind_until_us)
{
	struct seen *s = malloc(sizeof *s);
	if (!s)
		return NULL;
	*s = (struct seen){ .blind_until_us = blind_until_us, .most = (uint32_t)most, .free = NONE };
	s->entry = calloc(most, sizeof *s->entry);
	if (!s->entry) {
		free(s);
		return NULL;
	}
	memset(s->bucket, 0xff, sizeof s->bucket);
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

void seen_free(struct seen *s)
{
	if (!s)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s->entry);
	free(s);
}

static uint32_t *bucket_of(struct seen *s, const unsigned char *digest)
{
	return &s->bucket[digest[0] | digest[1] << 8];
}

/* Gives back what of a bucket is over. */
static void forget(struct seen *s, uint32_t *at, int64_t now_us)
{
	while (*at != NONE) {
		struct entry *e = &s->entry[*at];
		uint32_t here = *at;
		if (e->until_us + LATE_US >= now_us) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		e->next = s->free;
		s->free = here;
	}
}

static uint32_t take(struct seen *s, int64_t now_us)
{
	if (s->free == NONE && s->used < s->most)
		return s->used++;
	for (size_t i = 0; s->free == NONE && i < BUCKETS; i++)
		forget(s, &s->bucket[i], now_us);
	uint32_t taken = s->free;
	if (taken != NONE)
		s->free = s->entry[taken].next;
	return taken;
}

static bool holds(const struct seen *s, uint32_t at, int principal_no, const unsigned char *digest)
{
	while (at != NONE && (s->entry[at].principal_no != principal_no || memcmp(s->entry[at].digest, digest, SEEN_DIGEST)))
		at = s->entry[at].next;
	return at != NONE;
}

static int note(struct seen *s, int principal_no, const unsigned char *digest, int64_t until_us, int64_t now_us)
{
	uint32_t *bucket = bucket_of(s, digest), at;
	forget(s, bucket, now_us);
	if (holds(s, *bucket, principal_no, digest))
		return E_SIGNATURE_REPLAY;
	at = now_us < s->blind_until_us && s->free == NONE && s->used == s->most ? NONE : take(s, now_us);
	if (at == NONE) {               /* blind for as long as it could come again; nothing is looked for until then */
		s->blind_until_us = until_us > s->blind_until_us ? until_us : s->blind_until_us;
		return 0;
	}
	struct entry *e = &s->entry[at];
	*e = (struct entry){ .next = *bucket, .principal_no = principal_no, .until_us = until_us };
	memcpy(e->digest, digest, SEEN_DIGEST);
	*bucket = at;
	return 0;
}

int seen_note(struct seen *s, int principal_no, const unsigned char digest[SEEN_DIGEST], int64_t until_us, int64_t now_us, bool *sure)
{
	pthread_mutex_lock(&s->lock);
	*sure = now_us > s->blind_until_us;
	int rc = note(s, principal_no, digest, until_us, now_us);
	pthread_mutex_unlock(&s->lock);
	return rc;
}
