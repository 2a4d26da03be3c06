/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/control.h"
#include "base/error.h"

#define SELECT "SELECT control_id, task_id, revision, aggregator_no, piles FROM control"

int control_put(struct db *db, const struct control_row *row)
{
	return db_exec(db, "INSERT INTO control (control_id, task_id, revision, aggregator_no, piles) VALUES (?, ?, ?,"
		" ?, ?)",
		DB_ARGS(DB_TEXT(row->control_id), DB_TEXT(row->task_id), DB_INT(row->revision),
			DB_INT(row->aggregator_no), DB_INT(row->piles)));
}

static struct control_row read_row(struct arena *a, const struct db_rows *rows)
{
	return (struct control_row){
		.control_id = arena_strdup(a, db_text(rows, 0)), .task_id = arena_strdup(a, db_text(rows, 1)),
		.revision = (int32_t)db_int(rows, 2), .aggregator_no = (uint32_t)db_int(rows, 3),
		.piles = db_int(rows, 4)
	};
}

int control_find(struct arena *a, struct db *db, const char *control_id, struct control_row *row)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " WHERE control_id = ?", DB_ARGS(DB_TEXT(control_id)), &rows);

	if (rc < 0)
		return rc;
	rc = db_next(rows);
	if (rc > 0)
		*row = read_row(a, rows);
	db_rows_done(rows);
	return rc < 0 ? rc : rc == 0 ? E_NOTHING : 0;
}

int control_load(struct arena *a, struct db *db, const char *task_id, int32_t revision, struct control_rows *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " WHERE task_id = ? AND revision = ? ORDER BY aggregator_no",
			  DB_ARGS(DB_TEXT(task_id), DB_INT(revision)), &rows);

	if (rc < 0)
		return rc;
	*list = (struct control_rows){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct control_row), 0 };
	while ((rc = db_next(rows)) > 0)
		list->item[list->n++] = read_row(a, rows);
	db_rows_done(rows);
	return rc;
}
