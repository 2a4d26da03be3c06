/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "store/security_event.h"
#include "store/text.h"

enum { ENTRIES = 1024, KINDS = 128, BATCH = 32 };
static const int64_t window_us = 60000000;

/* One row to be. at_us 0: there was none yet. */
struct entry {
	char kind[65], principal[65], address[65], detail[256];
	size_t host;                    /* bytes of address without the port */
	bool known;                     /* principal is one */
	int64_t at_us, last_us, n;
	int64_t seq, written;           /* 0: not in the table; n as it stands there */
};

struct security_log {
	pthread_mutex_t lock;           /* guards entry and n */
	pthread_mutex_t writing;        /* held by the one who writes: nobody else removes entries or sets seq */
	size_t n;
	struct entry entry[ENTRIES + KINDS];
};

struct security_log *security_log_new(void)
{
	struct security_log *log = calloc(1, sizeof *log);

	if (log == NULL)
		return NULL;
	pthread_mutex_init(&log->lock, NULL);
	pthread_mutex_init(&log->writing, NULL);
	return log;
}

void security_log_free(struct security_log *log)
{
	if (log == NULL)
		return;
	pthread_mutex_destroy(&log->lock);
	pthread_mutex_destroy(&log->writing);
	free(log);
}

/* ---- noting */

static void fill(struct entry *e, const char *kind, const char *principal, const char *address, const char *detail)
{
	const char *colon;

	text_printable(e->kind, sizeof e->kind, kind);
	text_printable(e->principal, sizeof e->principal, principal);
	text_printable(e->address, sizeof e->address, address);
	text_printable(e->detail, sizeof e->detail, detail);
	colon = strrchr(e->address, ':');
	e->host = colon != NULL ? (size_t)(colon - e->address) : strlen(e->address);
	e->known = principal != NULL;
	e->n = 1;
	e->at_us = e->last_us = clock_machine_us();
}

static bool alike(const struct entry *a, const struct entry *b)
{
	return a->host == b->host && a->known == b->known && memcmp(a->address, b->address, a->host) == 0 &&
	       strcmp(a->kind, b->kind) == 0 && strcmp(a->principal, b->principal) == 0;
}

static struct entry *find(struct security_log *log, const struct entry *e)
{
	for (size_t i = 0; i < log->n; i++)
		if (alike(&log->entry[i], e) && e->at_us - log->entry[i].at_us < window_us)
			return &log->entry[i];
	return NULL;
}

bool security_log_note(struct security_log *log, const char *kind, const char *principal, const char *peer_address,
		       const char *detail)
{
	struct entry e = { .seq = 0 }, *same;
	bool first = false;

	fill(&e, kind, principal, peer_address, detail);
	pthread_mutex_lock(&log->lock);
	same = find(log, &e);
	if (same == NULL && log->n >= ENTRIES) {
		fill(&e, kind, "*", "*", "too many different ones to be told apart");
		same = find(log, &e);
	}
	if (same != NULL) {
		same->n++;
		same->last_us = e.at_us;
	} else if (log->n < sizeof log->entry / sizeof *log->entry) {
		log->entry[log->n++] = e;
		first = true;
	}
	pthread_mutex_unlock(&log->lock);
	return first;
}

/* ---- writing */

static int write_one(struct db *db, struct entry *e)
{
	int64_t last_us = e->n > 1 ? e->last_us : VALUE_NONE;
	int rc;

	if (e->seq > 0)
		rc = db_exec(db, "UPDATE security_event SET n = ?, last_us = ? WHERE seq = ?",
			     DB_ARGS(DB_INT(e->n), DB_INT(last_us), DB_INT(e->seq)));
	else
		rc = db_exec(db, "INSERT INTO security_event (at_us, kind, principal, peer_address, detail, n, last_us) VALUES"
				 " (?, ?, ?, ?, ?, ?, ?)",
			     DB_ARGS(DB_INT(e->at_us), DB_TEXT(e->kind), DB_TEXT(e->known ? e->principal : NULL),
				     DB_TEXT(e->address), DB_TEXT(e->detail), DB_INT(e->n), DB_INT(last_us)));
	if (rc == 0 && e->seq == 0)
		e->seq = db_insert_id(db);
	return rc;
}

int security_event_add(struct db *db, const char *kind, const char *principal, const char *peer_address,
		       const char *detail)
{
	struct entry e = { .seq = 0 };

	fill(&e, kind, principal, peer_address, detail);
	return write_one(db, &e);
}

/* Copies of up to BATCH entries from *at on that have something to be written; *at moves on. */
static size_t take(struct security_log *log, size_t *at, struct entry *copy, size_t *place)
{
	size_t n = 0;

	pthread_mutex_lock(&log->lock);
	for (; *at < log->n && n < BATCH; ++*at)
		if (log->entry[*at].n > log->entry[*at].written) {
			place[n] = *at;
			copy[n++] = log->entry[*at];
		}
	pthread_mutex_unlock(&log->lock);
	return n;
}

static void mark(struct security_log *log, size_t place, const struct entry *written)
{
	pthread_mutex_lock(&log->lock);
	log->entry[place].seq = written->seq;
	log->entry[place].written = written->n;
	pthread_mutex_unlock(&log->lock);
}

/* Those whose minute is over and whose row is complete. */
static void forget(struct security_log *log)
{
	int64_t now_us = clock_machine_us();
	size_t kept = 0;

	pthread_mutex_lock(&log->lock);
	for (size_t i = 0; i < log->n; i++) {
		const struct entry *e = &log->entry[i];

		if (e->n > e->written || (now_us >= e->at_us && now_us - e->at_us < window_us))
			memmove(&log->entry[kept++], e, sizeof *e);
	}
	log->n = kept;
	pthread_mutex_unlock(&log->lock);
}

static int write_all(struct security_log *log, struct db *db)
{
	struct entry copy[BATCH];
	size_t place[BATCH], at = 0, n;
	int rc = 0;

	while (rc == 0 && (n = take(log, &at, copy, place)) > 0)
		for (size_t i = 0; rc == 0 && i < n; i++) {
			rc = write_one(db, &copy[i]);
			if (rc == 0)
				mark(log, place[i], &copy[i]);
		}
	forget(log);
	return rc;
}

int security_log_write(struct security_log *log, struct db *db)
{
	int rc;

	if (pthread_mutex_trylock(&log->writing) != 0)
		return 0;
	rc = write_all(log, db);
	pthread_mutex_unlock(&log->writing);
	return rc;
}

#define COLUMNS "seq, at_us, kind, principal, peer_address, detail, n, COALESCE(last_us, at_us)"

/* Takes rows over. */
static int read_rows(struct arena *a, struct db_rows *rows, struct security_event_list *list)
{
	int rc;

	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct security_event);
	while ((rc = db_next(rows)) > 0) {
		list->item[list->n++] = (struct security_event){
			.seq = db_int(rows, 0), .at_us = db_int(rows, 1), .kind = arena_strdup(a, db_text(rows, 2)),
			.principal = arena_strdup(a, db_text(rows, 3)),
			.peer_address = arena_strdup(a, db_text(rows, 4)),
			.detail = arena_strdup(a, db_text(rows, 5)), .n = db_int(rows, 6), .last_us = db_int(rows, 7),
		};
	}
	db_rows_done(rows);
	return rc;
}

int security_event_list(struct arena *a, struct db *db, int64_t after_seq, size_t most,
			struct security_event_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT " COLUMNS " FROM security_event WHERE seq > ? ORDER BY seq LIMIT ?",
			  DB_ARGS(DB_INT(after_seq), DB_INT((int64_t)most)), &rows);

	*list = (struct security_event_list){ NULL, 0 };
	return rc < 0 ? rc : read_rows(a, rows, list);
}

int security_event_last(struct arena *a, struct db *db, size_t most, struct security_event_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT " COLUMNS " FROM (SELECT * FROM security_event ORDER BY seq DESC LIMIT ?) x ORDER BY seq",
			  DB_ARGS(DB_INT((int64_t)most)), &rows);

	*list = (struct security_event_list){ NULL, 0 };
	return rc < 0 ? rc : read_rows(a, rows, list);
}
