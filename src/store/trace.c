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

/* -- the way of a task. Columns: stage, party, id, time, number. */
#define TASK_MESSAGE(STAGE, TIME) "SELECT '" STAGE "' AS stage, m.sender AS party, m.message_id AS id, m." TIME " AS at_us, m.bytes_in AS n" \
	" FROM task t JOIN message m ON m.seq = t.seq WHERE t.task_id = ?"
#define CONTROL(STAGE, TIME) " UNION ALL SELECT '" STAGE "', o.peer, o.message_id, o." TIME ", LENGTH(o.body)" \
	" FROM control c JOIN outbox o ON o.message_id = c.control_id WHERE c.task_id = ?"
#define JOB(STAGE, JOB_NAME, COUNTED) " UNION ALL SELECT '" STAGE "', 'hub', j.due_key, j.done_us, (SELECT COUNT(*) FROM " COUNTED ")" \
	" FROM job j WHERE j.name = '" JOB_NAME "' AND j.due_key = ?"
#define FRAMES(STAGE, WHICH) " UNION ALL SELECT '" STAGE "', a.aggregator_id, t.task_id, " WHICH "(f.received_us), COUNT(*) FROM task t" \
	" JOIN (SELECT DISTINCT task_id, aggregator_no FROM control) c ON c.task_id = t.task_id" \
	" JOIN aggregator a ON a.aggregator_no = c.aggregator_no JOIN frame f ON f.aggregator_no = c.aggregator_no" \
	" AND f.ts_ms > t.start_ms AND f.ts_ms <= t.start_ms + t.n * t.step_min * 60000 WHERE t.task_id = ? GROUP BY a.aggregator_id, t.task_id"

static const char task_steps[] =
	"SELECT stage, party, id, at_us, n FROM (" TASK_MESSAGE("task-received", "received_us") " UNION ALL "
	TASK_MESSAGE("task-checked", "checked_us") " UNION ALL " TASK_MESSAGE("task-stored", "stored_us")
	JOB("decomposed", "start-task", "schedule s WHERE s.task_id = j.due_key AND s.revision = 1")
	CONTROL("control-queued", "created_us") CONTROL("control-sent", "first_sent_us") CONTROL("control-delivered", "delivered_us")
	" UNION ALL SELECT CONCAT('control-', o.state), o.peer, o.message_id, o.answered_us, COALESCE(LENGTH(o.answer), 0)"
	" FROM control c JOIN outbox o ON o.message_id = c.control_id WHERE c.task_id = ?"
	FRAMES("frames-first", "MIN") FRAMES("frames-last", "MAX")
	JOB("assessed", "settle-task", "assessment s WHERE s.task_id = j.due_key")
	" UNION ALL SELECT 'settled', 'hub', CONCAT(s.business_date, ' revision ', s.revision), j.done_us, (SELECT COUNT(*) FROM settlement_line l"
	" WHERE l.business_date = s.business_date AND l.revision = s.revision) FROM settlement s JOIN job j ON j.name = 'settle-task'"
	" AND j.due_key = s.task_id WHERE s.task_id = ?"
	") AS steps WHERE at_us IS NOT NULL ORDER BY at_us, stage, party, id";

int trace_task(struct arena *a, struct db *db, const char *task_id, struct trace_steps *steps)
{
	struct db_arg arg[12];
	struct db_rows *rows = NULL;
	*steps = (struct trace_steps){ NULL, 0 };
	for (size_t i = 0; i < sizeof arg / sizeof *arg; i++)
		arg[i] = (struct db_arg)DB_TEXT(task_id);
	int rc = db_query_at(db, task_steps, (struct db_args){ arg, sizeof arg / sizeof *arg }, &rows);
	if (rc)
		return rc;
	steps->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct trace_step);
	while ((rc = db_next(rows)) > 0)
		steps->item[steps->n++] = (struct trace_step){ .stage = arena_strdup(a, db_text(rows, 0)),
			.party = arena_strdup(a, db_text(rows, 1)), .id = arena_strdup(a, db_text(rows, 2)), .at_us = db_int(rows, 3),
			.n = db_int(rows, 4) };
	db_rows_done(rows);
	return rc;
}

/* -- P7 */
int trace_frames(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, struct trace_frames *frames)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT m.sender, m.message_id, f.ts_ms, m.received_us, m.checked_us, m.stored_us FROM frame f"
			  " JOIN message m ON m.seq = f.seq WHERE f.ts_ms > ? AND f.ts_ms <= ? ORDER BY f.ts_ms, m.sender",
			  DB_ARGS(DB_INT(from_ms), DB_INT(to_ms)), &rows);
	*frames = (struct trace_frames){ NULL, 0 };
	if (rc)
		return rc;
	frames->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct trace_frame);
	while ((rc = db_next(rows)) > 0)
		frames->item[frames->n++] = (struct trace_frame){ arena_strdup(a, db_text(rows, 0)), arena_strdup(a, db_text(rows, 1)),
			db_int(rows, 2), db_int(rows, 3), db_int(rows, 4), db_int(rows, 5) };
	db_rows_done(rows);
	return rc;
}

int trace_controls(struct arena *a, struct db *db, int32_t date, struct trace_controls *controls)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT t.task_id, c.control_id, o.peer, m.received_us, m.stored_us, IF(c.revision = 1, j.started_us, NULL),"
			  " o.created_us, o.delivered_us, o.answered_us FROM task t JOIN message m ON m.seq = t.seq JOIN control c"
			  " ON c.task_id = t.task_id JOIN outbox o ON o.message_id = c.control_id LEFT JOIN job j ON j.name = 'start-task'"
			  " AND j.due_key = t.task_id WHERE t.business_date = ? ORDER BY c.control_id", DB_ARGS(DB_DATE(date)), &rows);
	*controls = (struct trace_controls){ NULL, 0 };
	if (rc)
		return rc;
	controls->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct trace_control);
	while ((rc = db_next(rows)) > 0)
		controls->item[controls->n++] = (struct trace_control){ arena_strdup(a, db_text(rows, 0)), arena_strdup(a, db_text(rows, 1)),
			arena_strdup(a, db_text(rows, 2)), db_int(rows, 3), db_int(rows, 4), db_int(rows, 5), db_int(rows, 6), db_int(rows, 7),
			db_int(rows, 8) };
	db_rows_done(rows);
	return rc;
}
