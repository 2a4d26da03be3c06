/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/error.h"
#include "store/outbox.h"

static const char *const channel_names[] = { [OUTBOX_PUSH] = "push", [OUTBOX_FETCH] = "fetch", [OUTBOX_FILE] = "file" };
static const char *const state_names[] = {
	[OUTBOX_QUEUED] = "queued", [OUTBOX_DELIVERED] = "delivered", [OUTBOX_ACCEPTED] = "accepted",
	[OUTBOX_REJECTED] = "rejected", [OUTBOX_EXPIRED] = "expired", [OUTBOX_WITHDRAWN] = "withdrawn",
	[OUTBOX_PARKED] = "parked"
};
enum { CHANNELS = sizeof channel_names / sizeof *channel_names, STATES = sizeof state_names / sizeof *state_names };

const char *outbox_channel_name(enum outbox_channel channel)
{
	return channel_names[channel];
}

const char *outbox_state_name(enum outbox_state state)
{
	return state_names[state];
}

static int index_of(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++) {
		if (name != NULL && strcmp(names[i], name) == 0)
			return i;
	}
	return 0;
}

enum outbox_state outbox_state_of(const char *name)
{
	return (enum outbox_state)index_of(state_names, STATES, name);
}

/* What read_row expects, in this order. */
#define ROW_COLUMNS \
	"seq, peer, operation, message_id, conversation_id, correlation_id, trace_id, caused_by_seq, channel, items," \
	" created_ms, expires_ms, state, attempts, next_try_us, created_us, first_sent_us, delivered_us, answered_us," \
	" answer_items_stored, last_error, releases"
enum { COLUMN_BODY = 22, COLUMN_ANSWER = 23 };

static void read_row(struct arena *a, const struct db_rows *rows, struct outbox_message *m)
{
	*m = (struct outbox_message){
		.seq = db_int(rows, 0), .peer = arena_strdup(a, db_text(rows, 1)),
		.operation = arena_strdup(a, db_text(rows, 2)),
		.message_id = arena_strdup(a, db_text(rows, 3)), .conversation_id = arena_strdup(a, db_text(rows, 4)),
		.correlation_id = arena_strdup(a, db_text(rows, 5)), .trace_id = arena_strdup(a, db_text(rows, 6)),
		.caused_by_seq = db_int(rows, 7), .channel = (enum outbox_channel)index_of(channel_names, CHANNELS,
			db_text(rows, 8)),
		.items = db_int(rows, 9), .created_ms = db_int(rows, 10), .expires_ms = db_int(rows, 11),
		.state = outbox_state_of(db_text(rows, 12)), .attempts = db_int(rows, 13),
		.next_try_us = db_int(rows, 14), .created_us = db_int(rows, 15), .first_sent_us = db_int(rows, 16),
		.delivered_us = db_int(rows, 17), .answered_us = db_int(rows, 18),
		.answer_items_stored = db_int(rows, 19),
		.last_error = arena_strdup(a, db_text(rows, 20)), .releases = db_int(rows, 21),
	};
}

static const void *read_blob(struct arena *a, const struct db_rows *rows, unsigned col, size_t *n)
{
	const void *p = db_bytes(rows, col, n);

	return p == NULL ? NULL : memcpy(arena_alloc(a, *n + 1), p, *n);
}

static int read_one(struct arena *a, struct db_rows *rows, struct outbox_message *m)
{
	int rc = db_next(rows);

	if (rc > 0) {
		read_row(a, rows, m);
		m->body = read_blob(a, rows, COLUMN_BODY, &m->body_n);
		m->answer = read_blob(a, rows, COLUMN_ANSWER, &m->answer_n);
	}
	return rc < 0 ? rc : rc == 0 ? E_NOTHING : 0;
}

static int load_one(struct arena *a, struct db *db, const char *sql, struct db_args key, struct outbox_message *m)
{
	struct db_rows *rows = NULL;
	int rc = db_query_at(db, sql, key, &rows);

	if (rc == 0)
		rc = read_one(a, rows, m);
	db_rows_done(rows);
	return rc;
}

int outbox_load(struct arena *a, struct db *db, int64_t seq, struct outbox_message *m)
{
	return load_one(a, db, "SELECT " ROW_COLUMNS ", body, answer FROM outbox WHERE seq = ?", DB_ARGS(DB_INT(seq)),
			m);
}

int outbox_find(struct arena *a, struct db *db, const char *message_id, struct outbox_message *m)
{
	return load_one(a, db, "SELECT " ROW_COLUMNS ", body, answer FROM outbox WHERE message_id = ?",
			DB_ARGS(DB_TEXT(message_id)), m);
}

#define FIND "SELECT " ROW_COLUMNS " FROM outbox WHERE message_id IN ("
static const struct db_form finds[] = {
	{ 4, FIND "?,?,?,?)" }, { 12, FIND "?,?,?,?,?,?,?,?,?,?,?,?)" },
	{ OUTBOX_FIND_MOST, FIND "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)" },
};

int outbox_find_each(struct arena *a, struct db *db, const char *const *id, size_t n, struct outbox_message *m)
{
	struct db_arg arg[OUTBOX_FIND_MOST];
	struct db_rows *rows = NULL;

	for (size_t i = 0; i < n; i++) {
		arg[i] = (struct db_arg)DB_TEXT(id[i]);
		m[i] = (struct outbox_message){ .seq = VALUE_NONE };
	}
	int rc = db_query_keys(db, finds, 1, arg, n, &rows);
	while (rc >= 0 && (rc = db_next(rows)) > 0)
		for (size_t i = 0; i < n; i++)
			if (strcmp(id[i], db_text(rows, 3)) == 0)
				read_row(a, rows, &m[i]);
	db_rows_done(rows);
	return rc;
}

/* Ends rows. */
static int read_list(struct arena *a, struct db_rows *rows, struct outbox_list *list)
{
	int rc;

	*list = (struct outbox_list){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct outbox_message), 0 };
	while ((rc = db_next(rows)) > 0)
		read_row(a, rows, &list->item[list->n++]);
	db_rows_done(rows);
	return rc;
}

int outbox_by_trace(struct arena *a, struct db *db, const char *trace_id, struct outbox_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT " ROW_COLUMNS " FROM outbox WHERE trace_id = ? ORDER BY seq",
			  DB_ARGS(DB_TEXT(trace_id)), &rows);

	*list = (struct outbox_list){ NULL, 0 };
	return rc < 0 ? rc : read_list(a, rows, list);
}

int outbox_parked_untold(struct arena *a, struct db *db, const char *kind, size_t most, struct outbox_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT " ROW_COLUMNS " FROM outbox USE INDEX (due) WHERE state = 'parked' AND releases >="
			  " (SELECT COUNT(*) FROM event e WHERE e.reference = outbox.message_id AND e.kind = ?) ORDER BY seq LIMIT ?",
			  DB_ARGS(DB_TEXT(kind), DB_INT((int64_t)most)), &rows);

	*list = (struct outbox_list){ NULL, 0 };
	return rc < 0 ? rc : read_list(a, rows, list);
}

int outbox_failing(struct arena *a, struct db *db, size_t most, struct outbox_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT " ROW_COLUMNS " FROM outbox WHERE state IN ('queued', 'parked') AND last_error IS NOT NULL"
			  " ORDER BY seq LIMIT ?", DB_ARGS(DB_INT((int64_t)most)), &rows);

	*list = (struct outbox_list){ NULL, 0 };
	return rc < 0 ? rc : read_list(a, rows, list);
}

int outbox_count_by_peer(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, struct outbox_counts *counts)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		"SELECT peer, operation, COUNT(*), SUM(attempts > 0), SUM(state = 'accepted'), SUM(state = 'rejected'),"
		" SUM(state = 'expired'), SUM(IF(attempts > 0, items, 0)), COALESCE(SUM(answer_items_stored), 0)"
		" FROM outbox WHERE created_ms >= ? AND created_ms < ?"
		" GROUP BY peer, operation ORDER BY peer, operation",
		DB_ARGS(DB_INT(from_ms), DB_INT(to_ms)), &rows);

	*counts = (struct outbox_counts){ NULL, 0 };
	if (rc < 0)
		return rc;
	counts->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct outbox_count);
	while ((rc = db_next(rows)) > 0) {
		counts->item[counts->n++] = (struct outbox_count){
			.peer = arena_strdup(a, db_text(rows, 0)), .operation = arena_strdup(a, db_text(rows, 1)),
			.messages = db_int(rows, 2), .sent = db_int(rows, 3), .accepted = db_int(rows, 4),
			.rejected = db_int(rows, 5), .expired = db_int(rows, 6), .items = db_int(rows, 7),
			.items_stored = db_int(rows, 8),
		};
	}
	db_rows_done(rows);
	return rc;
}

int outbox_waiting(struct db *db, int64_t *n)
{
	return db_query_int(db, "SELECT COUNT(*) FROM outbox WHERE state IN ('queued', 'delivered')", DB_NO_ARGS, n);
}
