/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/answered.h"
#include <pthread.h>
#include <stdlib.h>
#include "store/journal.h"

enum { MOST = 65536 };

struct batch { size_t n; int64_t seq[MOST], at_us[MOST]; };

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

void answered_add(struct answered *a, int64_t seq, int64_t at_us)
{
	pthread_mutex_lock(&a->lock);
	struct batch *b = a->coming;
	if (b->n < MOST) {
		b->seq[b->n] = seq;
		b->at_us[b->n++] = at_us;
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
	int rc = journal_note_answered(db, a->going->n, a->going->seq, a->going->at_us);
	if (!rc)
		a->going->n = 0;
	return rc;
}
