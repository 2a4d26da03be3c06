/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "sim/counts.h"
#include "sim/record.h"

enum { ROWS = 128 };            /* peers × operations of a day: 8 × 7 and a few */

struct counts {
	pthread_mutex_t lock;
	struct record_message row[ROWS];
	size_t n;
};

struct counts *counts_new(void)
{
	struct counts *c = calloc(1, sizeof(*c));

	if (c)
		pthread_mutex_init(&c->lock, NULL);
	return c;
}

void counts_free(struct counts *c)
{
	if (!c)
		return;
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* With the lock held. There are fewer kinds of messages than rows; if ever not, the last row takes the rest. */
static struct record_message *row_of(struct counts *c, const char *peer, const char *operation, bool inward)
{
	for (size_t i = 0; i < c->n; i++) {
		struct record_message *r = &c->row[i];

		if (r->inward == inward && !strcmp(r->peer, peer) && !strcmp(r->operation, operation))
			return r;
	}
	if (c->n == ROWS)
		return &c->row[ROWS - 1];
	c->row[c->n] = (struct record_message){ .peer = peer, .operation = operation, .inward = inward };
	return &c->row[c->n++];
}

void counts_sent(struct counts *c, const char *peer, const char *operation, int64_t items)
{
	struct record_message *r;

	pthread_mutex_lock(&c->lock);
	r = row_of(c, peer, operation, true);
	r->sent++;
	r->items_sent += items;
	pthread_mutex_unlock(&c->lock);
}

void counts_acked(struct counts *c, const char *peer, const char *operation)
{
	pthread_mutex_lock(&c->lock);
	row_of(c, peer, operation, true)->acked++;
	pthread_mutex_unlock(&c->lock);
}

void counts_taken(struct counts *c, const char *peer, const char *operation, bool accepted, int64_t items_stored)
{
	struct record_message *r;

	pthread_mutex_lock(&c->lock);
	r = row_of(c, peer, operation, false);
	if (accepted)
		r->accepted++;
	else
		r->rejected++;
	r->items_stored += items_stored;
	pthread_mutex_unlock(&c->lock);
}

int counts_write(struct counts *c, const char *folder)
{
	int rc;

	pthread_mutex_lock(&c->lock);
	rc = record_messages(folder, c->row, c->n);
	pthread_mutex_unlock(&c->lock);
	return rc;
}
