/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/trace.h"
#include "base/error.h"

/* A message id is unique within a sender only; going by way of the senders uses the journal's key. */
int trace_find(struct arena *a, struct db *db, const char *id, struct trace_ids *ids)
{
	struct db_rows *rows = NULL;
	*ids = (struct trace_ids){ 0 };
	int rc = db_query(db,
		"SELECT trace_id FROM (SELECT trace_id FROM message WHERE trace_id = ?"
		" UNION SELECT trace_id FROM outbox WHERE trace_id = ?"
		" UNION SELECT m.trace_id FROM principal p JOIN message m ON m.sender = p.name AND m.message_id = ?"
		" UNION SELECT trace_id FROM outbox WHERE message_id = ?"
		" UNION SELECT m.trace_id FROM task t JOIN message m ON m.seq = t.seq WHERE t.task_id = ?"
		" UNION SELECT o.trace_id FROM control c JOIN outbox o ON o.message_id = c.control_id WHERE c.task_id = ?"
		") AS found ORDER BY trace_id",
		DB_ARGS(DB_TEXT(id), DB_TEXT(id), DB_TEXT(id), DB_TEXT(id), DB_TEXT(id), DB_TEXT(id)), &rows);
	if (rc)
		return rc;
	ids->id = ARENA_ARRAY(a, (size_t)db_rows_count(rows), const char *);
	while ((rc = db_next(rows)) > 0)
		ids->id[ids->n++] = arena_strdup(a, db_text(rows, 0));
	db_rows_done(rows);
	return rc;
}
