/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/parked.h"

static int64_t pause_us(int64_t tries)
{
	int64_t s = PARKED_FIRST_S;

	for (int64_t i = 1; i < tries && s < PARKED_MOST_S; i++)
		s *= 2;
	return (s < PARKED_MOST_S ? s : PARKED_MOST_S) * 1000000;
}

int parked_add(struct db *db, const char *name, const char *due_key, const char *code, int64_t now_us, int64_t *tries)
{
	int rc = db_exec(db, "INSERT INTO parked (name, due_key, code, tries, first_us, next_try_us) VALUES (?, ?, ?, 1, ?, 0)"
			" ON DUPLICATE KEY UPDATE tries = tries + 1, code = VALUES(code)",
			DB_ARGS(DB_TEXT(name), DB_TEXT(due_key), DB_TEXT(code), DB_INT(now_us)));

	if (rc == 0)
		rc = db_query_int(db, "SELECT tries FROM parked WHERE name = ? AND due_key = ?",
				DB_ARGS(DB_TEXT(name), DB_TEXT(due_key)), tries);
	if (rc == 0)
		rc = db_exec(db, "UPDATE parked SET next_try_us = ? WHERE name = ? AND due_key = ?",
				DB_ARGS(DB_INT(now_us + pause_us(*tries)), DB_TEXT(name), DB_TEXT(due_key)));
	return rc;
}

int parked_clear(struct db *db, const char *name, const char *due_key)
{
	return db_exec(db, "DELETE FROM parked WHERE name = ? AND due_key = ?", DB_ARGS(DB_TEXT(name), DB_TEXT(due_key)));
}

int parked_list(struct arena *a, struct db *db, struct parked_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT name, due_key, code, tries, first_us, next_try_us FROM parked ORDER BY name, due_key",
			DB_NO_ARGS, &rows);

	*list = (struct parked_list){ NULL, 0 };
	if (rc < 0)
		return rc;
	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct parked);
	while ((rc = db_next(rows)) > 0)
		list->item[list->n++] = (struct parked){
			.name = arena_strdup(a, db_text(rows, 0)), .due_key = arena_strdup(a, db_text(rows, 1)),
			.code = arena_strdup(a, db_text(rows, 2)), .tries = db_int(rows, 3), .first_us = db_int(rows, 4),
			.next_try_us = db_int(rows, 5)
		};
	db_rows_done(rows);
	return rc;
}
