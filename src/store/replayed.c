/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/clock.h"
#include "base/error.h"
#include "store/replayed.h"

enum { DIGEST = 32 };

int replayed_refuse(struct db *db, const struct replayed *r)
{
	int rc = db_exec(db, "INSERT INTO replay_refusal (sender, message_id, digest, operation, trace_id, received_us, refused_us, code)"
			 " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			 DB_ARGS(DB_TEXT(r->sender), DB_TEXT(r->message_id), DB_BYTES(r->digest, DIGEST), DB_TEXT(r->operation),
				 DB_TEXT(r->trace_id), DB_INT(r->received_us), DB_INT(clock_machine_us()), DB_TEXT(r->code)));

	return rc == E_DUPLICATE_KEY ? 0 : rc;
}

int replayed_find(struct arena *a, struct db *db, const char *sender, const char *message_id, struct replayed *r)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT operation, trace_id, code, received_us, refused_us FROM replay_refusal"
			  " WHERE sender = ? AND message_id = ? ORDER BY refused_us DESC LIMIT 1",
			  DB_ARGS(DB_TEXT(sender), DB_TEXT(message_id)), &rows);

	if (rc < 0)
		return rc;
	rc = db_next(rows);
	if (rc > 0)
		*r = (struct replayed){ .sender = sender, .message_id = message_id, .operation = arena_strdup(a, db_text(rows, 0)),
			.trace_id = arena_strdup(a, db_text(rows, 1)), .code = arena_strdup(a, db_text(rows, 2)),
			.received_us = db_int(rows, 3), .refused_us = db_int(rows, 4) };
	db_rows_done(rows);
	return rc < 0 ? rc : rc == 0 ? E_NOTHING : 0;
}
