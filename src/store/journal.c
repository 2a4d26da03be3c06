/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/error.h"
#include "store/journal.h"

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
	" stored_us, NULLIF(answered_us, 0), bytes_in, items_in, items_stored"
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

/* -- finding */
#define FIND "SELECT " ENTRY_COLUMNS ", answer FROM message WHERE "

int journal_find(struct arena *a, struct db *db, const char *sender, const char *message_id,
		 struct journal_entry *entry)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, FIND "sender = ? AND message_id = ?", DB_ARGS(DB_TEXT(sender), DB_TEXT(message_id)), &rows);

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

static void put_entry(struct arena *a, const struct db_rows *rows, const struct journal_key *key, size_t n, struct journal_entry *entry)
{
	const char *sender = db_text(rows, 1), *id = db_text(rows, 2);

	for (size_t i = 0; i < n; i++)
		if (strcmp(key[i].sender, sender) == 0 && strcmp(key[i].message_id, id) == 0) {
			read_entry(a, rows, &entry[i]);
			read_answer(a, rows, &entry[i]);
		}
}

#define KEY "(sender = ? AND message_id = ?)"
#define OR_2 " OR " KEY " OR " KEY
#define OR_8 OR_2 OR_2 OR_2 OR_2
static const struct db_form finds[] = {
	{ 1, FIND KEY }, { 9, FIND KEY OR_8 }, { 32, FIND KEY " OR " KEY " OR " KEY " OR " KEY OR_2 OR_2 OR_8 OR_8 OR_8 },
};
enum { FIND_MOST = 32 };

static int find_some(struct arena *a, struct db *db, const struct journal_key *key, size_t n, struct journal_entry *entry)
{
	struct db_arg arg[2 * FIND_MOST];
	struct db_rows *rows = NULL;

	for (size_t i = 0; i < n; i++) {
		arg[2 * i] = (struct db_arg)DB_TEXT(key[i].sender);
		arg[2 * i + 1] = (struct db_arg)DB_TEXT(key[i].message_id);
	}
	int rc = db_query_keys(db, finds, 2, arg, n, &rows);
	if (rc < 0)
		return rc;
	while ((rc = db_next(rows)) > 0)
		put_entry(a, rows, key, n, entry);
	db_rows_done(rows);
	return rc;
}

int journal_find_each(struct arena *a, struct db *db, const struct journal_key *key, size_t n, struct journal_entry *entry)
{
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		entry[i] = (struct journal_entry){ .seq = VALUE_NONE };
	for (size_t i = 0; i < n && rc == 0; i += FIND_MOST)
		rc = find_some(a, db, key + i, n - i < FIND_MOST ? n - i : FIND_MOST, entry + i);
	return rc;
}

int journal_note_answered(struct db *db, size_t n, const int64_t *first, const int64_t *last, const int64_t *answered_us)
{
	return db_exec_bulk(db, "UPDATE message SET answered_us = ? WHERE seq BETWEEN ? AND ?", n,
			    DB_COLUMNS(DB_COLUMN_INT(answered_us), DB_COLUMN_INT(first), DB_COLUMN_INT(last)));
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

#define OF_IT(COLUMN) "(SELECT " COLUMN " FROM message WHERE sender = ? AND message_id = ?)"

int journal_alike(struct arena *a, struct db *db, const char *sender, const char *message_id, size_t most, struct journal_list *list)
{
	return read_list(a, db, "SELECT " ENTRY_COLUMNS " FROM message WHERE operation = " OF_IT("operation") " AND sender = ?"
			 " AND business_date <=> " OF_IT("business_date") " AND status <> 'rejected' ORDER BY seq DESC LIMIT ?",
			 DB_ARGS(DB_TEXT(sender), DB_TEXT(message_id), DB_TEXT(sender), DB_TEXT(sender), DB_TEXT(message_id),
				 DB_INT((int64_t)most)), list);
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
