/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/clock.h"
#include "base/error.h"
#include "store/event.h"
#include "store/text.h"

enum { ID_SIZE = 65, DETAIL_SIZE = 256 };

static const char *id_text(char buf[ID_SIZE], const char *s)
{
	return s == NULL ? NULL : text_printable(buf, ID_SIZE, s);
}

int event_record(struct db *db, const struct event *e)
{
	char kind[ID_SIZE], subject[ID_SIZE], reference[ID_SIZE], trace[ID_SIZE], detail[DETAIL_SIZE];

	return db_exec(db, "INSERT INTO event (at_us, at_ms, kind, subject, reference, detail, trace_id)"
		       " VALUES (?, ?, ?, ?, ?, ?, ?)",
		       DB_ARGS(DB_INT(clock_machine_us()), DB_INT(e->at_ms), DB_TEXT(id_text(kind, e->kind)),
			       DB_TEXT(id_text(subject, e->subject)), DB_TEXT(id_text(reference, e->reference)),
			       DB_TEXT(text_printable(detail, sizeof detail, e->detail)),
			       DB_TEXT(id_text(trace, e->trace_id))));
}

int event_was_told(struct db *db, const char *kind, const char *reference, bool *told)
{
	int64_t n = 0;
	int rc = db_query_int(db, "SELECT COUNT(*) FROM event WHERE reference = ? AND kind = ?",
			      DB_ARGS(DB_TEXT(reference), DB_TEXT(kind)), &n);

	*told = n > 0;
	return rc;
}

int event_list(struct arena *a, struct db *db, int64_t after_seq, size_t most, struct event_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT seq, at_us, at_ms, kind, subject, reference, detail, trace_id FROM event"
			  " WHERE seq > ? ORDER BY seq LIMIT ?",
			  DB_ARGS(DB_INT(after_seq), DB_INT((int64_t)most)), &rows);

	*list = (struct event_list){ NULL, 0 };
	if (rc < 0)
		return rc;
	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct event);
	while ((rc = db_next(rows)) > 0)
		list->item[list->n++] = (struct event){
			.seq = db_int(rows, 0), .at_us = db_int(rows, 1), .at_ms = db_int(rows, 2),
			.kind = arena_strdup(a, db_text(rows, 3)), .subject = arena_strdup(a, db_text(rows, 4)),
			.reference = arena_strdup(a, db_text(rows, 5)), .detail = arena_strdup(a, db_text(rows, 6)),
			.trace_id = arena_strdup(a, db_text(rows, 7)),
		};
	db_rows_done(rows);
	return rc;
}
