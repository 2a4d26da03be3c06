/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "store/journal.h"

enum { ANSWER_MOST = (1 << 24) - 1 };   /* MEDIUMBLOB */

static const char *const status_names[] = {
	[JOURNAL_REJECTED] = "rejected", [JOURNAL_PARTLY] = "partly", [JOURNAL_ACCEPTED] = "accepted"
};

const char *journal_status_name(enum journal_status status)
{
	return status_names[status];
}

static enum journal_status status_of(const char *name)
{
	for (int i = JOURNAL_REJECTED; i <= JOURNAL_ACCEPTED; i++) {
		if (name != NULL && strcmp(name, status_names[i]) == 0)
			return (enum journal_status)i;
	}
	return JOURNAL_REJECTED;
}

/* What read_entry expects, in this order. */
#define ENTRY_COLUMNS \
	"seq, sender, message_id, operation, trace_id, digest, status, revision, created_ms, received_us, checked_us," \
	" stored_us, answered_us, bytes_in, items_in, items_stored"
enum { COLUMN_ANSWER = 16 };

static void read_entry(struct arena *a, const struct db_rows *rows, struct journal_entry *e)
{
	size_t n;
	const void *digest = db_bytes(rows, 5, &n);

	*e = (struct journal_entry){
		.seq = db_int(rows, 0), .sender = arena_strdup(a, db_text(rows, 1)),
		.message_id = arena_strdup(a, db_text(rows, 2)),
		.operation = arena_strdup(a, db_text(rows, 3)), .trace_id = arena_strdup(a, db_text(rows, 4)),
		.status = status_of(db_text(rows, 6)), .revision = db_int(rows, 7), .created_ms = db_int(rows, 8),
		.received_us = db_int(rows, 9), .checked_us = db_int(rows, 10), .stored_us = db_int(rows, 11),
		.answered_us = db_int(rows, 12), .bytes_in = db_int(rows, 13), .items_in = db_int(rows, 14),
		.items_stored = db_int(rows, 15),
	};
	if (n == JOURNAL_DIGEST)
		memcpy(e->digest, digest, n);
}

static void read_answer(struct arena *a, const struct db_rows *rows, struct journal_entry *e)
{
	size_t n;
	const void *answer = db_bytes(rows, COLUMN_ANSWER, &n);

	if (answer == NULL)
		return;
	e->answer = memcpy(arena_alloc(a, n + 1), answer, n);
	e->answer_n = n;
}

/* -- writing */
int journal_find(struct arena *a, struct db *db, const char *sender, const char *message_id,
		 struct journal_entry *entry)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT " ENTRY_COLUMNS ", answer FROM message WHERE sender = ? AND message_id = ?",
			  DB_ARGS(DB_TEXT(sender), DB_TEXT(message_id)), &rows);

	if (rc < 0)
		return rc;
	rc = db_next(rows);
	if (rc > 0) {
		read_entry(a, rows, entry);
		read_answer(a, rows, entry);
	}
	db_rows_done(rows);
	return rc < 0 ? rc : rc == 0 ? E_NOTHING : 0;
}

static int insert(struct db *db, const struct journal_message *m)
{
	return db_exec(db,
		"INSERT INTO message (sender, message_id, service, operation, revision, digest, conversation_id,"
		" correlation_id, trace_id, business_date, created_ms, received_us, checked_us, bytes_in)"
		" VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		DB_ARGS(DB_TEXT(m->sender), DB_TEXT(m->message_id), DB_TEXT(m->service), DB_TEXT(m->operation),
			DB_INT(m->revision), DB_BYTES(m->digest, JOURNAL_DIGEST), DB_TEXT(m->conversation_id),
			DB_TEXT(m->correlation_id), DB_TEXT(m->trace_id), DB_DATE(m->business_date),
			DB_INT(m->created_ms), DB_INT(m->received_us), DB_INT(m->checked_us), DB_INT(m->bytes_in)));
}

/* The key stands already: the same message again, or another one under its id. */
static int meet(struct arena *a, struct db *db, const struct journal_message *m, struct journal_entry *entry)
{
	int rc = journal_find(a, db, m->sender, m->message_id, entry);

	if (rc == E_NOTHING)
		return E_STORE_CONFLICT;        /* gone since the insert met it: retention; it may be sent again */
	if (rc < 0)
		return rc;
	entry->repeated = true;
	return memcmp(entry->digest, m->digest, JOURNAL_DIGEST) == 0 ? 0 : E_DUPLICATE_ID;
}

int journal_begin(struct arena *a, struct db *db, const struct journal_message *m, struct journal_entry *entry)
{
	int rc;

	*entry = (struct journal_entry){ 0 };
	if (!db_in_transaction(db)) {
		log_error("db-misuse", "journal_begin without a transaction");
		return E_INTERNAL;
	}
	rc = insert(db, m);
	if (rc == E_DUPLICATE_KEY)
		return meet(a, db, m, entry);
	if (rc == 0)
		entry->seq = db_insert_id(db);
	return rc;
}

int journal_finish(struct db *db, int64_t seq, const struct journal_result *r)
{
	int rc;

	if (r->answer_n > ANSWER_MOST)
		return E_TOO_LARGE;
	rc = db_exec(db, "UPDATE message SET status = ?, items_in = ?, items_stored = ?, answer = ?, stored_us = ?"
		     " WHERE seq = ?",
		     DB_ARGS(DB_TEXT(status_names[r->status]), DB_INT(r->items_in), DB_INT(r->items_stored),
			     DB_BYTES(r->answer, r->answer_n), DB_INT(clock_machine_us()), DB_INT(seq)));
	if (rc == 0 && db_affected(db) != 1) {
		log_error("db-misuse", "journal_finish: no row %lld", (long long)seq);
		rc = E_INTERNAL;
	}
	return rc;
}

int journal_note_answered(struct db *db, size_t n, const int64_t *seq, const int64_t *answered_us)
{
	return db_exec_bulk(db, "UPDATE message SET answered_us = ? WHERE seq = ?", n,
			    DB_COLUMNS(DB_COLUMN_INT(answered_us), DB_COLUMN_INT(seq)));
}

/* -- reading */
static int read_list(struct arena *a, struct db *db, const char *sql, struct db_args args, struct journal_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query_at(db, sql, args, &rows);

	*list = (struct journal_list){ NULL, 0 };
	if (rc < 0)
		return rc;
	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct journal_entry);
	while ((rc = db_next(rows)) > 0)
		read_entry(a, rows, &list->item[list->n++]);
	db_rows_done(rows);
	return rc;
}

int journal_by_trace(struct arena *a, struct db *db, const char *trace_id, struct journal_list *list)
{
	return read_list(a, db, "SELECT " ENTRY_COLUMNS " FROM message WHERE trace_id = ? ORDER BY seq",
			 DB_ARGS(DB_TEXT(trace_id)), list);
}

int journal_by_operation(struct arena *a, struct db *db, const char *operation, int64_t from_ms, int64_t to_ms,
			 struct journal_list *list)
{
	return read_list(a, db, "SELECT " ENTRY_COLUMNS " FROM message"
			 " WHERE operation = ? AND created_ms >= ? AND created_ms < ? ORDER BY seq",
			 DB_ARGS(DB_TEXT(operation), DB_INT(from_ms), DB_INT(to_ms)), list);
}

int journal_count_by_sender(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms,
			    struct journal_counts *counts)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		"SELECT sender, operation, SUM(status IN ('accepted', 'partly')), SUM(status = 'partly'),"
		" SUM(status = 'rejected'), SUM(items_in), SUM(items_stored) FROM message"
		" WHERE created_ms >= ? AND created_ms < ? GROUP BY sender, operation ORDER BY sender, operation",
		DB_ARGS(DB_INT(from_ms), DB_INT(to_ms)), &rows);

	*counts = (struct journal_counts){ NULL, 0 };
	if (rc < 0)
		return rc;
	counts->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct journal_count);
	while ((rc = db_next(rows)) > 0) {
		counts->item[counts->n++] = (struct journal_count){
			.sender = arena_strdup(a, db_text(rows, 0)), .operation = arena_strdup(a, db_text(rows, 1)),
			.accepted = db_int(rows, 2), .partly = db_int(rows, 3), .rejected = db_int(rows, 4),
			.items_in = db_int(rows, 5), .items_stored = db_int(rows, 6),
		};
	}
	db_rows_done(rows);
	return rc;
}
