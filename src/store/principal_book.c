/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "store/principal.h"

enum { FRESH_US = 1000000 };

/* item is sorted by fingerprint and replaced as a whole. reading is held by whoever reads the table, lock only for the
 * swap. */
struct principal_book {
	pthread_rwlock_t lock;
	pthread_mutex_t reading;
	struct principal *item;
	size_t n;
	uint64_t generation;
	int64_t read_us;        /* monotonic; under reading */
};

struct principal_book *principal_book_new(void)
{
	struct principal_book *book = calloc(1, sizeof *book);

	if (book == NULL)
		return NULL;
	pthread_rwlock_init(&book->lock, NULL);
	pthread_mutex_init(&book->reading, NULL);
	return book;
}

void principal_book_free(struct principal_book *book)
{
	if (book == NULL)
		return;
	pthread_rwlock_destroy(&book->lock);
	pthread_mutex_destroy(&book->reading);
	free(book->item);
	free(book);
}

static int by_fingerprint(const void *a, const void *b)
{
	return strcmp(((const struct principal *)a)->cert_sha256, ((const struct principal *)b)->cert_sha256);
}

static bool same(const struct principal_book *book, const struct principal *item, size_t n)
{
	if (book->n != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct principal *x = &book->item[i], *y = &item[i];

		if (x->principal_no != y->principal_no || x->active != y->active || strcmp(x->name, y->name) != 0 ||
		    strcmp(x->role, y->role) != 0 || strcmp(x->cert_sha256, y->cert_sha256) != 0)
			return false;
	}
	return true;
}

/* Takes over item. */
static void swap(struct principal_book *book, struct principal *item, size_t n)
{
	struct principal *old = item;

	pthread_rwlock_wrlock(&book->lock);
	if (book->generation == 0 || !same(book, item, n)) {
		old = book->item;
		book->item = item;
		book->n = n;
		book->generation++;
	}
	pthread_rwlock_unlock(&book->lock);
	free(old);
}

/* The caller holds `reading`. */
static int read_table(struct principal_book *book, struct db *db)
{
	struct arena *a = arena_new(0);
	struct principal_list list;
	struct principal *item = NULL;
	int rc = principal_list(a, db, &list);

	if (rc == 0) {
		item = calloc(list.n + 1, sizeof *item);
		rc = item != NULL ? 0 : E_MEMORY;
	}
	if (rc == 0) {
		if (list.n > 0)
			memcpy(item, list.item, list.n * sizeof *item);
		qsort(item, list.n, sizeof *item, by_fingerprint);
		swap(book, item, list.n);
		book->read_us = clock_monotonic_us();
	}
	arena_free(a);
	return rc;
}

int principal_book_refresh(struct principal_book *book, struct db *db)
{
	int rc = 0;

	/* Who comes while another reads goes on with what was read before; the first time there is nothing to go on with. */
	if (pthread_mutex_trylock(&book->reading) != 0) {
		if (principal_book_generation(book) > 0)
			return 0;
		pthread_mutex_lock(&book->reading);
	}
	if (book->read_us == 0 || clock_monotonic_us() - book->read_us > FRESH_US)
		rc = read_table(book, db);
	pthread_mutex_unlock(&book->reading);
	return rc;
}

int principal_book_reload(struct principal_book *book, struct db *db)
{
	int rc;

	pthread_mutex_lock(&book->reading);
	rc = read_table(book, db);
	pthread_mutex_unlock(&book->reading);
	return rc;
}

int principal_book_find(struct principal_book *book, const char *cert_sha256, struct principal *p)
{
	struct principal key = { 0 };
	const struct principal *found = NULL;
	size_t n = strlen(cert_sha256);
	int rc = E_CERTIFICATE_UNKNOWN;

	if (n >= sizeof key.cert_sha256)
		return rc;
	memcpy(key.cert_sha256, cert_sha256, n);
	pthread_rwlock_rdlock(&book->lock);
	if (book->n > 0)
		found = bsearch(&key, book->item, book->n, sizeof key, by_fingerprint);
	if (found != NULL) {
		*p = *found;
		rc = found->active ? 0 : E_CERTIFICATE_REVOKED;
	}
	pthread_rwlock_unlock(&book->lock);
	return rc;
}

uint64_t principal_book_generation(struct principal_book *book)
{
	uint64_t generation;

	pthread_rwlock_rdlock(&book->lock);
	generation = book->generation;
	pthread_rwlock_unlock(&book->lock);
	return generation;
}
