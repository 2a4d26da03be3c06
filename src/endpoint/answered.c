/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/answered.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include "store/journal.h"

enum { MOST = 65536, SHARED_US = 1000,
       OPEN = 8 };      /* spans that may still grow: as many as workers answer at a time */

/* Messages first[i] to last[i]; the first was answered at begun_us[i], the last at at_us[i]. */
struct batch { size_t n; int64_t first[MOST], last[MOST], begun_us[MOST], at_us[MOST]; };

struct answered {
	pthread_mutex_t lock;           /* guards coming, and the exchange of the two */
	struct batch *coming, *going;   /* going: what answered_note has in hand */
	struct batch batch[2];
};

struct answered *answered_new(void)
{
	struct answered *a = calloc(1, sizeof *a);
	if (!a)
		return NULL;
	pthread_mutex_init(&a->lock, NULL);
	a->coming = &a->batch[0];
	a->going = &a->batch[1];
	return a;
}

void answered_free(struct answered *a)
{
	if (!a)
		return;
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* Whether the message continues one of the latest spans. */
static bool grow(struct batch *b, int64_t seq, int64_t at_us)
{
	for (size_t i = b->n; i > 0 && i + OPEN > b->n; i--)
		if (b->last[i - 1] + 1 == seq) {
			if (at_us < b->at_us[i - 1] || at_us - b->begun_us[i - 1] > SHARED_US)
				return false;
			b->last[i - 1] = seq;
			b->at_us[i - 1] = at_us;
			return true;
		}
	return false;
}

void answered_add(struct answered *a, int64_t seq, int64_t at_us)
{
	pthread_mutex_lock(&a->lock);
	struct batch *b = a->coming;
	if (!grow(b, seq, at_us) && b->n < MOST) {
		b->first[b->n] = b->last[b->n] = seq;
		b->begun_us[b->n] = b->at_us[b->n] = at_us;
		b->n++;
	}
	pthread_mutex_unlock(&a->lock);
}

int answered_note(struct answered *a, struct db *db)
{
	if (a->going->n == 0) {
		pthread_mutex_lock(&a->lock);
		struct batch *full = a->coming;
		a->coming = a->going;
		a->going = full;
		pthread_mutex_unlock(&a->lock);
	}
	int rc = journal_note_answered(db, a->going->n, a->going->first, a->going->last, a->going->at_us);
	if (!rc)
		a->going->n = 0;
	return rc;
}
