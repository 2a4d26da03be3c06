/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Ledgers kept from call to call. An aggregator's seq is the journal row of its last ReportLedger: the same seq, the
 * same ledger. It is read before the rest, so an entry may be newer than its seq (and is then loaded once more), never
 * older. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "store/ledger.h"

struct entry {
	char *id;
	int64_t seq;
	struct arena *arena;
	struct ledger ledger;
};

struct ledger_cache {
	struct entry **entry;           /* by id; at most one an aggregator that was asked for and exists */
	size_t n, room;
	const struct ledger **each;     /* answer of ledger_cached_each */
};

struct ledger_cache *ledger_cache_new(void)
{
	return calloc(1, sizeof(struct ledger_cache));
}

static void entry_free(struct entry *e)
{
	free(e->id);
	arena_free(e->arena);
	free(e);
}

void ledger_cache_free(struct ledger_cache *c)
{
	for (size_t i = 0; c != NULL && i < c->n; i++)
		entry_free(c->entry[i]);
	if (c != NULL) {
		free(c->entry);
		free(c->each);
	}
	free(c);
}

/* Where id stands or belongs. */
static size_t place_of(const struct ledger_cache *c, const char *id, bool *found)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(c->entry[middle]->id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = low < c->n && strcmp(c->entry[low]->id, id) == 0;
	return low;
}

static int make_room(struct ledger_cache *c)
{
	size_t room = c->room == 0 ? 16 : 2 * c->room;
	struct entry **entry;

	if (c->n < c->room)
		return 0;
	entry = realloc(c->entry, room * sizeof *entry);
	if (entry == NULL)
		return E_MEMORY;
	c->entry = entry;
	c->room = room;
	return 0;
}

/* The entry of an existing aggregator, empty (seq VALUE_NONE) if it is new. */
static int entry_of(struct ledger_cache *c, const char *id, struct entry **entry)
{
	bool found;
	size_t at = place_of(c, id, &found);
	struct entry *e;

	if (found) {
		*entry = c->entry[at];
		return 0;
	}
	e = calloc(1, sizeof *e);
	if (e == NULL || (e->id = strdup(id)) == NULL || make_room(c) < 0) {
		if (e != NULL)
			free(e->id);
		free(e);
		return E_MEMORY;
	}
	e->seq = VALUE_NONE;
	e->arena = arena_new(0);
	memmove(&c->entry[at + 1], &c->entry[at], (c->n - at) * sizeof *c->entry);
	c->entry[at] = e;
	c->n++;
	*entry = e;
	return 0;
}

static int current(struct ledger_cache *c, struct db *db, const char *id, int64_t seq, const struct ledger **ledger)
{
	struct entry *e = NULL;
	int rc = entry_of(c, id, &e);

	if (rc < 0)
		return rc;
	if (e->seq != seq) {
		e->seq = VALUE_NONE;
		arena_reset(e->arena);
		rc = ledger_load_of(e->arena, db, id, &e->ledger);
		if (rc < 0)
			return rc;
		e->seq = seq;
	}
	*ledger = &e->ledger;
	return 0;
}

int ledger_cached(struct ledger_cache *c, struct db *db, const char *aggregator_id, const struct ledger **ledger)
{
	static const struct ledger nothing;
	int64_t seq;
	int rc = db_query_int(db, "SELECT seq FROM aggregator WHERE aggregator_id = ?", DB_ARGS(DB_TEXT(aggregator_id)),
			&seq);

	if (rc == E_NOTHING) {
		*ledger = &nothing;
		return 0;
	}
	return rc < 0 ? rc : current(c, db, aggregator_id, seq, ledger);
}

int ledger_of(struct arena *a, struct ledger_cache *c, struct db *db, const char *aggregator_id,
		const struct ledger **ledger)
{
	struct ledger *loaded;

	if (c != NULL)
		return ledger_cached(c, db, aggregator_id, ledger);
	loaded = ARENA_NEW(a, struct ledger);
	*ledger = loaded;
	return ledger_load_of(a, db, aggregator_id, loaded);
}

int ledger_cached_each(struct ledger_cache *c, struct db *db, const struct ledger *const **ledger, size_t *n)
{
	struct db_rows *rows = NULL;
	size_t found = 0;
	int rc = db_query(db, "SELECT aggregator_id, seq FROM aggregator ORDER BY aggregator_id", DB_NO_ARGS, &rows);

	if (rc < 0)
		return rc;
	free(c->each);
	c->each = calloc((size_t)db_rows_count(rows) + 1, sizeof *c->each);
	rc = c->each == NULL ? E_MEMORY : db_next(rows);
	for (; rc > 0; rc = rc < 0 ? rc : db_next(rows))
		rc = current(c, db, db_text(rows, 0), db_int(rows, 1), &c->each[found++]);
	db_rows_done(rows);
	if (rc < 0)
		return rc;
	*ledger = c->each;
	*n = found;
	return 0;
}
