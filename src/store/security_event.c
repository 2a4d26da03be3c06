/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/clock.h"
#include "base/error.h"
#include "store/security_event.h"
#include "store/text.h"

int security_event_add(struct db *db, const char *kind, const char *principal, const char *peer_address,
		       const char *detail)
{
	char a[65], b[65], c[65], d[256];

	return db_exec(db, "INSERT INTO security_event (at_us, kind, principal, peer_address, detail) VALUES"
		       " (?, ?, ?, ?, ?)",
		       DB_ARGS(DB_INT(clock_machine_us()), DB_TEXT(text_printable(a, sizeof a, kind)),
			       DB_TEXT(principal != NULL ? text_printable(b, sizeof b, principal) : NULL),
			       DB_TEXT(text_printable(c, sizeof c, peer_address)),
			       DB_TEXT(text_printable(d, sizeof d, detail))));
}

int security_event_list(struct arena *a, struct db *db, int64_t after_seq, size_t most,
			struct security_event_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT seq, at_us, kind, principal, peer_address, detail FROM security_event WHERE"
			  " seq > ?"
			  " ORDER BY seq LIMIT ?", DB_ARGS(DB_INT(after_seq), DB_INT((int64_t)most)), &rows);

	*list = (struct security_event_list){ NULL, 0 };
	if (rc < 0)
		return rc;
	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct security_event);
	while ((rc = db_next(rows)) > 0) {
		list->item[list->n++] = (struct security_event){
			.seq = db_int(rows, 0), .at_us = db_int(rows, 1), .kind = arena_strdup(a, db_text(rows, 2)),
			.principal = arena_strdup(a, db_text(rows, 3)),
			.peer_address = arena_strdup(a, db_text(rows, 4)),
			.detail = arena_strdup(a, db_text(rows, 5)),
		};
	}
	db_rows_done(rows);
	return rc;
}
