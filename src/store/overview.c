/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/overview.h"
#include "base/error.h"

static int load_counts(struct db *db, struct overview *o)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		"SELECT (SELECT COUNT(*) FROM principal WHERE status = 'active'), (SELECT COUNT(*) FROM principal WHERE status = 'revoked'),"
		" (SELECT COUNT(*) FROM aggregator), (SELECT COUNT(*) FROM station WHERE state <> 3),"
		" (SELECT COUNT(*) FROM pile WHERE state <> 3), (SELECT COUNT(*) FROM session)", DB_NO_ARGS, &rows);
	int64_t *const to[] = { &o->principals_active, &o->principals_revoked, &o->aggregators, &o->stations, &o->piles, &o->sessions };
	if (!rc && (rc = db_next(rows)) > 0) {
		for (unsigned i = 0; i < sizeof to / sizeof *to; i++)
			*to[i] = db_int(rows, i);
		rc = 0;
	}
	db_rows_done(rows);
	return rc;
}

static int load_messages(struct db *db, int64_t from_ms, int64_t to_ms, struct overview *o)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT COUNT(CASE WHEN status = 'accepted' THEN 1 END), COUNT(CASE WHEN status = 'partly' THEN 1 END),"
			  " COUNT(CASE WHEN status = 'rejected' THEN 1 END) FROM message WHERE created_ms >= ? AND created_ms < ?",
			  DB_ARGS(DB_INT(from_ms), DB_INT(to_ms)), &rows);
	if (!rc && (rc = db_next(rows)) > 0) {
		o->messages_accepted = db_int(rows, 0);
		o->messages_partly = db_int(rows, 1);
		o->messages_rejected = db_int(rows, 2);
		rc = 0;
	}
	db_rows_done(rows);
	return rc;
}

static int load_tasks(struct db *db, struct overview *o)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT state, COUNT(*) FROM task GROUP BY state", DB_NO_ARGS, &rows);
	while (!rc && (rc = db_next(rows)) > 0) {
		int64_t state = db_int(rows, 0);
		if (state >= 0 && state < OVERVIEW_TASK_STATES)
			o->tasks[state] = db_int(rows, 1);
		rc = 0;
	}
	db_rows_done(rows);
	return rc;
}

int overview_load(struct db *db, int64_t from_ms, int64_t to_ms, struct overview *o)
{
	*o = (struct overview){ 0 };
	int rc = load_counts(db, o);
	if (!rc)
		rc = load_messages(db, from_ms, to_ms, o);
	return rc ? rc : load_tasks(db, o);
}

int overview_schema_version(struct db *db, int *version)
{
	int64_t v = 0;
	int rc = db_query_int(db, "SELECT COALESCE(MAX(number), 0) FROM schema_version", DB_NO_ARGS, &v);
	*version = (int)v;
	return rc;
}
