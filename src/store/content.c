/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/content.h"
#include <string.h>
#include "base/error.h"
#include "base/log.h"

#define INSERT "INSERT INTO message_content (seq, form, sealed, content) VALUES (?,?,?,?)"

static const char *form_of(const struct content *c)
{
	return c->gzip ? "gzip" : "plain";
}

static int insert_one(struct db *db, const struct content_row *row)
{
	const struct content *c = &row->content;

	return db_exec(db, INSERT, DB_ARGS(DB_INT(row->seq), DB_TEXT(form_of(c)), DB_INT(c->sealed), DB_BYTES(c->bytes.p, c->bytes.n)));
}

static int insert_many(struct arena *a, struct db *db, const struct content_row *row, size_t n)
{
	int64_t *seq = ARENA_ARRAY(a, n, int64_t), *sealed = ARENA_ARRAY(a, n, int64_t);
	const char **form = ARENA_ARRAY(a, n, const char *);
	const void **p = ARENA_ARRAY(a, n, const void *);
	size_t *size = ARENA_ARRAY(a, n, size_t);

	for (size_t i = 0; i < n; i++) {
		seq[i] = row[i].seq;
		form[i] = form_of(&row[i].content);
		sealed[i] = row[i].content.sealed;
		p[i] = row[i].content.bytes.p;
		size[i] = row[i].content.bytes.n;
	}
	return db_exec_bulk(db, INSERT, n, DB_COLUMNS(DB_COLUMN_INT(seq), DB_COLUMN_TEXT(form), DB_COLUMN_INT(sealed), DB_COLUMN_BYTES(p, size)));
}

int content_write(struct arena *a, struct db *db, const struct content_row *row, size_t n)
{
	if (n == 0)
		return 0;
	if (!db_in_transaction(db)) {
		log_error("db-misuse", "content_write without a transaction");
		return E_INTERNAL;
	}
	return n == 1 ? insert_one(db, row) : insert_many(a, db, row, n);
}

int content_find(struct arena *a, struct db *db, const char *sender, const char *message_id, struct content *content)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT c.form = 'gzip', c.sealed, c.content FROM message m JOIN message_content c ON c.seq = m.seq"
		" WHERE m.sender = ? AND m.message_id = ?", DB_ARGS(DB_TEXT(sender), DB_TEXT(message_id)), &rows);

	if (rc < 0)
		return rc;
	if ((rc = db_next(rows)) > 0) {
		size_t n;
		const void *p = db_bytes(rows, 2, &n);

		*content = (struct content){ db_int(rows, 0) != 0, db_int(rows, 1) != 0, { memcpy(arena_alloc(a, n + 1), p, n), n } };
	}
	db_rows_done(rows);
	return rc < 0 ? rc : rc == 0 ? E_NOTHING : 0;
}
