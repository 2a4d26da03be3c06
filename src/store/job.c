/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "store/job.h"

int job_is_done(struct db *db, const char *name, const char *due_key, bool *done)
{
	int64_t one;
	int rc = db_query_int(db, "SELECT 1 FROM job WHERE name = ? AND due_key = ? AND state = 'done'",
			      DB_ARGS(DB_TEXT(name), DB_TEXT(due_key)), &one);

	*done = rc == 0;
	return rc == E_NOTHING ? 0 : rc;
}

int job_begin(struct db *db, const char *name, const char *due_key)
{
	if (!db_in_transaction(db)) {
		log_error("db-misuse", "job_begin %s without a transaction", name);
		return E_INTERNAL;
	}
	return db_exec(db, "INSERT INTO job (name, due_key, state, started_us) VALUES (?, ?, 'running', ?)",
		       DB_ARGS(DB_TEXT(name), DB_TEXT(due_key), DB_INT(clock_machine_us())));
}

int job_finish(struct db *db, const char *name, const char *due_key)
{
	int rc = db_exec(db, "UPDATE job SET state = 'done', done_us = ? WHERE name = ? AND due_key = ?"
			 " AND state = 'running'",
			 DB_ARGS(DB_INT(clock_machine_us()), DB_TEXT(name), DB_TEXT(due_key)));

	return db_matched_one(db, rc);
}
