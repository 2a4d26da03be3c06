/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/standing.h"
#include <stdlib.h>
#include <string.h>

int standing_load(struct arena *a, struct db *db, const char *sql, struct db_args args, struct standing *stands)
{
	struct db_rows *rows = NULL;
	int rc = db_query_at(db, sql, args, &rows);

	*stands = (struct standing){ NULL, 0 };
	if (rc < 0)
		return rc;
	stands->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct standing_row);
	while ((rc = db_next(rows)) > 0)
		stands->item[stands->n++] = (struct standing_row){ arena_strdup(a, db_text(rows, 0)), db_int(rows, 1), db_int(rows, 2) };
	db_rows_done(rows);
	return rc;
}

static int by_id_and_instant(const void *a, const void *b)
{
	const struct standing_row *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order != 0 ? order : (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

int64_t standing_revision(const struct standing *stands, const char *id, int64_t at_ms)
{
	struct standing_row key = { .id = id, .at_ms = at_ms };
	const struct standing_row *found = stands->n == 0 ? NULL
		: bsearch(&key, stands->item, stands->n, sizeof key, by_id_and_instant);

	return found == NULL ? VALUE_NONE : found->revision;
}
