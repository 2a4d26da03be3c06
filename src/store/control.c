/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/control.h"
#include "base/error.h"
#include "store/text.h"

#define SELECT \
	"SELECT c.control_id, c.task_id, c.revision, c.aggregator_no, c.piles, c.attempt, c.first_no, c.latest_ms," \
	" c.concluded_ms, c.again_ms, c.reason, o.state, o.items, o.peer FROM control c JOIN outbox o ON o.message_id =" \
	" c.control_id"

int control_put(struct db *db, const struct control_row *row)
{
	return db_exec(db, "INSERT INTO control (control_id, task_id, revision, aggregator_no, piles, attempt, first_no,"
		" latest_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		DB_ARGS(DB_TEXT(row->control_id), DB_TEXT(row->task_id), DB_INT(row->revision),
			DB_INT(row->aggregator_no), DB_INT(row->piles), DB_INT(row->attempt), DB_INT(row->first_no),
			DB_INT(row->latest_ms)));
}

/* -- reading */

static struct control_row read_row(struct arena *a, const struct db_rows *rows)
{
	return (struct control_row){
		.control_id = arena_strdup(a, db_text(rows, 0)), .task_id = arena_strdup(a, db_text(rows, 1)),
		.revision = (int32_t)db_int(rows, 2), .aggregator_no = (uint32_t)db_int(rows, 3),
		.piles = db_int(rows, 4), .attempt = (int32_t)db_int(rows, 5), .first_no = (int32_t)db_int(rows, 6),
		.latest_ms = db_int(rows, 7), .concluded_ms = db_int(rows, 8), .again_ms = db_int(rows, 9),
		.reason = arena_strdup(a, db_text(rows, 10)), .state = outbox_state_of(db_text(rows, 11)),
		.items = db_int(rows, 12), .aggregator_id = arena_strdup(a, db_text(rows, 13))
	};
}

/* Ends rows. */
static int read_one(struct arena *a, struct db_rows *rows, struct control_row *row)
{
	int rc = db_next(rows);

	if (rc > 0)
		*row = read_row(a, rows);
	db_rows_done(rows);
	return rc < 0 ? rc : rc == 0 ? E_NOTHING : 0;
}

int control_find(struct arena *a, struct db *db, const char *control_id, struct control_row *row)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " WHERE c.control_id = ?", DB_ARGS(DB_TEXT(control_id)), &rows);

	return rc < 0 ? rc : read_one(a, rows, row);
}

int control_load(struct arena *a, struct db *db, const char *task_id, struct control_rows *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " WHERE c.task_id = ? ORDER BY c.aggregator_no, c.revision, c.attempt",
			  DB_ARGS(DB_TEXT(task_id)), &rows);

	if (rc < 0)
		return rc;
	*list = (struct control_rows){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct control_row), 0 };
	while ((rc = db_next(rows)) > 0)
		list->item[list->n++] = read_row(a, rows);
	db_rows_done(rows);
	return rc;
}

const struct control_row *control_last_accepted(const struct control_rows *list, uint32_t aggregator_no)
{
	const struct control_row *last = NULL;

	for (size_t i = 0; i < list->n; i++)
		if (list->item[i].aggregator_no == aggregator_no && list->item[i].state == OUTBOX_ACCEPTED)
			last = &list->item[i];
	return last;
}

/* -- what is to be done */

int control_lock_decided(struct arena *a, struct db *db, struct control_row *row)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " WHERE c.concluded_ms IS NULL AND o.state IN ('accepted', 'rejected', 'expired',"
			  " 'parked') ORDER BY o.seq LIMIT 1 FOR UPDATE", DB_NO_ARGS, &rows);

	return rc < 0 ? rc : read_one(a, rows, row);
}

int control_lock_again(struct arena *a, struct db *db, int64_t now_ms, struct control_row *row)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " WHERE c.again_ms <= ? ORDER BY c.again_ms, o.seq LIMIT 1 FOR UPDATE",
			  DB_ARGS(DB_INT(now_ms)), &rows);

	return rc < 0 ? rc : read_one(a, rows, row);
}

int control_conclude(struct db *db, const char *control_id, int64_t now_ms, int64_t again_ms)
{
	return db_matched_one(db, db_exec(db, "UPDATE control SET concluded_ms = ?, again_ms = ? WHERE control_id = ?",
		DB_ARGS(DB_INT(now_ms), DB_INT(again_ms), DB_TEXT(control_id))));
}

int control_set_reason(struct db *db, const char *control_id, const char *code)
{
	char text[65];

	return db_matched_one(db, db_exec(db, "UPDATE control SET reason = ? WHERE control_id = ?",
		DB_ARGS(DB_TEXT(text_printable(text, sizeof text, code)), DB_TEXT(control_id))));
}

int control_withdraw(struct db *db, const char *task_id, uint32_t aggregator_no, int64_t now_ms)
{
	int rc = db_exec(db, "UPDATE outbox o JOIN control c ON c.control_id = o.message_id SET o.state = 'withdrawn'"
		" WHERE c.task_id = ? AND (? = 0 OR c.aggregator_no = ?) AND o.state IN ('queued', 'delivered')",
		DB_ARGS(DB_TEXT(task_id), DB_INT(aggregator_no), DB_INT(aggregator_no)));

	if (rc < 0)
		return rc;
	return db_exec(db, "UPDATE control c JOIN outbox o ON o.message_id = c.control_id SET c.again_ms = NULL,"
		" c.concluded_ms = COALESCE(c.concluded_ms, ?) WHERE c.task_id = ? AND (? = 0 OR c.aggregator_no = ?)"
		" AND (o.state = 'withdrawn' OR c.again_ms IS NOT NULL"
		" OR (c.concluded_ms IS NULL AND o.state IN ('rejected', 'expired', 'parked')))",
		DB_ARGS(DB_INT(now_ms), DB_TEXT(task_id), DB_INT(aggregator_no), DB_INT(aggregator_no)));
}
