/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "store/principal.h"

enum { FRESH_US = 1000000 };

/* A certificate and whose it is. */
struct entry {
	char cert_sha256[65];
	bool active;
	struct principal who;
};

/* item is sorted by fingerprint and replaced as a whole. reading is held by whoever reads the table, lock only for the
 * swap. */
struct principal_book {
	pthread_rwlock_t lock;
	pthread_mutex_t reading;
	struct entry *item;
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
	return strcmp(((const struct entry *)a)->cert_sha256, ((const struct entry *)b)->cert_sha256);
}

/* Both come from calloc and are filled alike, so that padding is no difference. */
static bool same(const struct principal_book *book, const struct entry *item, size_t n)
{
	return book->n == n && (n == 0 || memcmp(book->item, item, n * sizeof *item) == 0);
}

/* Takes over item. */
static void swap(struct principal_book *book, struct entry *item, size_t n)
{
	struct entry *old = item;

	pthread_rwlock_wrlock(&book->lock);
	bool changed = book->generation == 0 || !same(book, item, n);
	if (changed) {
		old = book->item;
		book->item = item;
		book->n = n;
		book->generation++;
	}
	pthread_rwlock_unlock(&book->lock);
	free(old);
	if (changed)
		log_notice("principals-read", "certificates=%zu", n);
}

static struct principal *find_no(struct principal_list *list, int principal_no)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->item[i].principal_no == principal_no)
			return &list->item[i];
	return NULL;
}

static int read_limits(struct db *db, struct principal_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT principal_no, name, value FROM principal_limit", DB_NO_ARGS, &rows);

	while (rc == 0 && (rc = db_next(rows)) > 0) {
		struct principal *p = find_no(list, (int)db_int(rows, 0));
		enum principal_limit limit;

		rc = 0;
		if (p != NULL && principal_limit_by_name(db_text(rows, 1), &limit) == 0)
			p->limit[limit] = db_int(rows, 2);
	}
	db_rows_done(rows);
	return rc;
}

/* Principals are few, certificates little more. */
static size_t join(struct entry *item, const struct principal_certificates *certs, struct principal_list *list)
{
	const struct principal *p = NULL;
	size_t n = 0;

	for (size_t i = 0; i < certs->n; i++) {
		const struct principal_certificate *c = &certs->item[i];

		if (p == NULL || p->principal_no != c->principal_no)
			p = find_no(list, c->principal_no);
		if (p == NULL)
			continue;               /* added between the two readings: known with the next */
		memcpy(item[n].cert_sha256, c->cert_sha256, sizeof item[n].cert_sha256);
		item[n].active = p->active && c->revoked_us == VALUE_NONE;
		memcpy(&item[n++].who, p, sizeof *p);
	}
	return n;
}

/* The caller holds `reading`. */
static int read_table(struct principal_book *book, struct db *db)
{
	struct arena *a = arena_new(0);
	struct principal_certificates certs;
	struct principal_list list;
	struct entry *item = NULL;
	int rc = principal_list(a, db, &list);

	if (rc == 0)
		rc = read_limits(db, &list);
	if (rc == 0)
		rc = principal_certificate_list(a, db, 0, &certs);
	if (rc == 0) {
		item = calloc(certs.n + 1, sizeof *item);
		rc = item != NULL ? 0 : E_MEMORY;
	}
	if (rc == 0) {
		size_t n = join(item, &certs, &list);

		qsort(item, n, sizeof *item, by_fingerprint);
		swap(book, item, n);
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
	struct entry key = { .active = false };
	const struct entry *found = NULL;
	size_t n = strlen(cert_sha256);
	int rc = E_CERTIFICATE_UNKNOWN;

	if (n >= sizeof key.cert_sha256)
		return rc;
	memcpy(key.cert_sha256, cert_sha256, n);
	pthread_rwlock_rdlock(&book->lock);
	if (book->n > 0)
		found = bsearch(&key, book->item, book->n, sizeof key, by_fingerprint);
	if (found != NULL) {
		*p = found->who;
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
