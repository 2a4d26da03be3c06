/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/revision.h"
#include "base/error.h"

#define SELECT \
	"SELECT task_id, revision, first_no, due_ms, made_ms, planned_deviation_w, least_deviation_w FROM task_revision"

int revision_note(struct db *db, const struct revision_row *row)
{
	return db_exec(db, "INSERT INTO task_revision (task_id, revision, first_no, due_ms) VALUES (?, ?, ?, ?)"
		" ON DUPLICATE KEY UPDATE first_no = LEAST(first_no, VALUES(first_no)), due_ms = LEAST(due_ms,"
		" VALUES(due_ms))",
		DB_ARGS(DB_TEXT(row->task_id), DB_INT(row->revision), DB_INT(row->first_no), DB_INT(row->due_ms)));
}

int revision_put_off(struct db *db, const struct revision_row *row)
{
	return db_matched_one(db, db_exec(db, "UPDATE task_revision SET first_no = ?, due_ms = ? WHERE task_id = ? AND"
		" revision = ? AND made_ms IS NULL",
		DB_ARGS(DB_INT(row->first_no), DB_INT(row->due_ms), DB_TEXT(row->task_id), DB_INT(row->revision))));
}

static struct revision_row read_row(struct arena *a, const struct db_rows *rows)
{
	return (struct revision_row){ .task_id = arena_strdup(a, db_text(rows, 0)),
		.revision = (int32_t)db_int(rows, 1), .first_no = (int32_t)db_int(rows, 2), .due_ms = db_int(rows, 3),
		.made_ms = db_int(rows, 4), .planned_deviation_w = db_int(rows, 5),
		.least_deviation_w = db_int(rows, 6) };
}

/* Ends rows. */
static int read_one(struct arena *a, struct db_rows *rows, struct revision_row *row)
{
	int rc = db_next(rows);

	if (rc > 0)
		*row = read_row(a, rows);
	db_rows_done(rows);
	return rc < 0 ? rc : rc == 0 ? E_NOTHING : 0;
}

int revision_lock_due(struct arena *a, struct db *db, int64_t now_ms, struct revision_row *row)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " WHERE made_ms IS NULL AND due_ms <= ? ORDER BY due_ms, task_id LIMIT 1 FOR UPDATE",
			  DB_ARGS(DB_INT(now_ms)), &rows);

	return rc < 0 ? rc : read_one(a, rows, row);
}

int revision_noted(struct arena *a, struct db *db, const char *task_id, struct revision_row *row)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " WHERE task_id = ? AND made_ms IS NULL", DB_ARGS(DB_TEXT(task_id)), &rows);

	return rc < 0 ? rc : read_one(a, rows, row);
}

int revision_made(struct db *db, const struct revision_row *row)
{
	return db_matched_one(db, db_exec(db, "UPDATE task_revision SET made_ms = ?, planned_deviation_w = ?,"
		" least_deviation_w = ? WHERE task_id = ? AND revision = ? AND made_ms IS NULL",
		DB_ARGS(DB_INT(row->made_ms), DB_INT(row->planned_deviation_w), DB_INT(row->least_deviation_w),
			DB_TEXT(row->task_id), DB_INT(row->revision))));
}

int revision_drop(struct db *db, const char *task_id)
{
	return db_exec(db, "DELETE FROM task_revision WHERE task_id = ? AND made_ms IS NULL", DB_ARGS(DB_TEXT(task_id)));
}

int revision_load(struct arena *a, struct db *db, const char *task_id, struct revision_rows *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " WHERE task_id = ? AND made_ms IS NOT NULL ORDER BY revision",
			  DB_ARGS(DB_TEXT(task_id)), &rows);

	*list = (struct revision_rows){ NULL, 0 };
	if (rc < 0)
		return rc;
	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct revision_row);
	while ((rc = db_next(rows)) > 0)
		list->item[list->n++] = read_row(a, rows);
	db_rows_done(rows);
	return rc;
}

/* -- shares that went back */

int share_return_put(struct db *db, const struct share_return *row)
{
	return db_exec(db, "INSERT INTO share_return (task_id, aggregator_no, revision, kept_revision, fallback,"
		" control_id, reason, returned_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		DB_ARGS(DB_TEXT(row->task_id), DB_INT(row->aggregator_no), DB_INT(row->revision),
			DB_INT(row->kept_revision > 0 ? row->kept_revision : VALUE_NONE), DB_INT((int64_t)row->fallback),
			DB_TEXT(row->control_id), DB_TEXT(row->reason), DB_INT(row->returned_ms)));
}

int share_return_load(struct arena *a, struct db *db, const char *task_id, struct share_returns *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT task_id, aggregator_no, revision, COALESCE(kept_revision, 0), fallback, control_id,"
			  " reason, returned_ms FROM share_return WHERE task_id = ? ORDER BY aggregator_no",
			  DB_ARGS(DB_TEXT(task_id)), &rows);

	*list = (struct share_returns){ NULL, 0 };
	if (rc < 0)
		return rc;
	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct share_return);
	while ((rc = db_next(rows)) > 0)
		list->item[list->n++] = (struct share_return){ .task_id = arena_strdup(a, db_text(rows, 0)),
			.aggregator_no = (uint32_t)db_int(rows, 1), .revision = (int32_t)db_int(rows, 2),
			.kept_revision = (int32_t)db_int(rows, 3), .fallback = (enum fallback)db_int(rows, 4),
			.control_id = arena_strdup(a, db_text(rows, 5)), .reason = arena_strdup(a, db_text(rows, 6)),
			.returned_ms = db_int(rows, 7) };
	db_rows_done(rows);
	return rc;
}

const struct share_return *share_return_of(const struct share_returns *list, uint32_t aggregator_no)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->item[i].aggregator_no == aggregator_no)
			return &list->item[i];
	return NULL;
}
