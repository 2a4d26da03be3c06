/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/control.h"
#include "base/error.h"

int control_put(struct db *db, const struct control_row *row)
{
	return db_exec(db, "INSERT INTO control (control_id, task_id, revision, aggregator_no) VALUES (?, ?, ?, ?)",
		DB_ARGS(DB_TEXT(row->control_id), DB_TEXT(row->task_id), DB_INT(row->revision),
			DB_INT(row->aggregator_no)));
}

int control_find(struct arena *a, struct db *db, const char *control_id, struct control_row *row)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT control_id, task_id, revision, aggregator_no FROM control WHERE control_id = ?",
			  DB_ARGS(DB_TEXT(control_id)), &rows);

	if (rc < 0)
		return rc;
	rc = db_next(rows);
	if (rc > 0)
		*row = (struct control_row){
			.control_id = arena_strdup(a, db_text(rows, 0)), .task_id = arena_strdup(a, db_text(rows, 1)),
			.revision = (int32_t)db_int(rows, 2), .aggregator_no = (uint32_t)db_int(rows, 3)
		};
	db_rows_done(rows);
	return rc < 0 ? rc : rc == 0 ? E_NOTHING : 0;
}
