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

#define COLUMNS "SELECT seq, at_us, at_ms, kind, subject, reference, detail, trace_id FROM event"

static char *text(struct arena *a, const struct db_rows *rows, unsigned col)
{
	return db_is_null(rows, col) ? NULL : arena_strdup(a, db_text(rows, col));
}

static int read_rows(struct arena *a, struct db_rows *rows, struct event_list *list)
{
	int rc;

	*list = (struct event_list){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct event), 0 };
	while ((rc = db_next(rows)) > 0)
		list->item[list->n++] = (struct event){
			.seq = db_int(rows, 0), .at_us = db_int(rows, 1), .at_ms = db_int(rows, 2), .kind = text(a, rows, 3),
			.subject = text(a, rows, 4), .reference = text(a, rows, 5), .detail = text(a, rows, 6),
			.trace_id = text(a, rows, 7)
		};
	db_rows_done(rows);
	return rc;
}

int event_list(struct arena *a, struct db *db, int64_t after_seq, size_t most, struct event_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, COLUMNS " WHERE seq > ? ORDER BY seq LIMIT ?", DB_ARGS(DB_INT(after_seq), DB_INT((int64_t)most)),
		&rows);

	return rc < 0 ? rc : read_rows(a, rows, list);
}

int event_count_between(struct db *db, int64_t from_ms, int64_t to_ms, int64_t most, int64_t *n)
{
	return db_query_int(db, "SELECT COUNT(*) FROM (SELECT seq FROM event WHERE at_ms >= ? AND at_ms < ? LIMIT ?) e",
			    DB_ARGS(DB_INT(from_ms), DB_INT(to_ms), DB_INT(most)), n);
}

int event_between(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, int64_t after_seq, size_t most,
		  struct event_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, COLUMNS " WHERE at_ms >= ? AND at_ms < ? AND (at_ms > ? OR seq > ?) ORDER BY at_ms, seq LIMIT ?",
		DB_ARGS(DB_INT(from_ms), DB_INT(to_ms), DB_INT(from_ms), DB_INT(after_seq), DB_INT((int64_t)most)), &rows);

	return rc < 0 ? rc : read_rows(a, rows, list);
}
