/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/protected.h"
#include <string.h>
#include "base/error.h"

#define OF_HEAD(SEALED) "(" SEALED " IS NOT NULL AND LEFT(" SEALED ", 6) <> ?)"

#define AGGREGATOR(COLUMN) { "aggregator", COLUMN, \
	"SELECT aggregator_no, aggregator_id, NULL, " COLUMN "_sealed, " COLUMN " FROM aggregator WHERE (" COLUMN " IS NOT NULL OR " \
	OF_HEAD(COLUMN "_sealed") ") AND aggregator_no > ? ORDER BY aggregator_no LIMIT ?", \
	"UPDATE aggregator SET " COLUMN "_sealed = ?, " COLUMN " = NULL WHERE aggregator_no = ? AND " COLUMN "_sealed <=> ? AND " \
	COLUMN " <=> ?", \
	"SELECT LEFT(" COLUMN "_sealed, 6) AS head, COUNT(*) FROM aggregator WHERE " COLUMN "_sealed IS NOT NULL GROUP BY head UNION ALL" \
	" SELECT NULL, COUNT(*) FROM aggregator WHERE " COLUMN " IS NOT NULL HAVING COUNT(*) > 0" }

#define OPERATOR(COLUMN) { "pile_operator", COLUMN, \
	"SELECT o.operator_no, a.aggregator_id, o.operator_id, o." COLUMN "_sealed, o." COLUMN " FROM pile_operator o JOIN aggregator a" \
	" ON a.aggregator_no = o.aggregator_no WHERE (o." COLUMN " IS NOT NULL OR " OF_HEAD("o." COLUMN "_sealed") ")" \
	" AND o.operator_no > ? ORDER BY o.operator_no LIMIT ?", \
	"UPDATE pile_operator SET " COLUMN "_sealed = ?, " COLUMN " = NULL WHERE operator_no = ? AND " COLUMN "_sealed <=> ? AND " \
	COLUMN " <=> ?", \
	"SELECT LEFT(" COLUMN "_sealed, 6) AS head, COUNT(*) FROM pile_operator WHERE " COLUMN "_sealed IS NOT NULL GROUP BY head UNION" \
	" ALL SELECT NULL, COUNT(*) FROM pile_operator WHERE " COLUMN " IS NOT NULL HAVING COUNT(*) > 0" }

#define SESSION(COLUMN) { "session", COLUMN, \
	"SELECT s.session_no, a.aggregator_id, s.session_id, s." COLUMN "_sealed, NULL FROM session s JOIN aggregator a" \
	" ON a.aggregator_no = s.aggregator_no WHERE " OF_HEAD("s." COLUMN "_sealed") " AND s.session_no > ?" \
	" ORDER BY s.session_no LIMIT ?", \
	"UPDATE session SET " COLUMN "_sealed = ? WHERE session_no = ? AND " COLUMN "_sealed <=> ? AND ? IS NULL", \
	"SELECT LEFT(" COLUMN "_sealed, 6) AS head, COUNT(*) FROM session WHERE " COLUMN "_sealed IS NOT NULL GROUP BY head" }

#define CONTENT { "message_content", "content", \
	"SELECT c.seq, m.sender, m.message_id, c.content, NULL FROM message_content c JOIN message m ON m.seq = c.seq" \
	" WHERE c.seal_head <> ? AND c.seq > ? ORDER BY c.seq LIMIT ?", \
	"UPDATE message_content SET content = ? WHERE seq = ? AND content <=> ? AND ? IS NULL", \
	"SELECT seal_head, COUNT(*) FROM message_content WHERE seal_head IS NOT NULL GROUP BY seal_head" }

static const struct { const char *table, *name, *stale, *renew, *counts; } columns[PROTECTED_COLUMNS] = {
	[PROTECTED_AGGREGATOR_CONTACT] = AGGREGATOR("contact"), [PROTECTED_AGGREGATOR_PHONE] = AGGREGATOR("phone"),
	[PROTECTED_OPERATOR_CONTACT] = OPERATOR("contact"), [PROTECTED_OPERATOR_PHONE] = OPERATOR("phone"),
	[PROTECTED_SESSION_VEHICLE] = SESSION("vehicle"), [PROTECTED_SESSION_PLATE] = SESSION("plate"),
	[PROTECTED_MESSAGE_CONTENT] = CONTENT,
};

const char *protected_table(enum protected_column column)
{
	return columns[column].table;
}

const char *protected_name(enum protected_column column)
{
	return columns[column].name;
}

const char *protected_row(struct arena *a, const char *aggregator_id, const char *id)
{
	return arena_printf(a, "%s/%s", aggregator_id, id);
}

static struct octets keep(struct arena *a, const struct db_rows *rows, unsigned col)
{
	struct octets o = { NULL, 0 };
	const void *p = db_bytes(rows, col, &o.n);

	if (p == NULL)
		return (struct octets){ NULL, 0 };
	o.p = memcpy(arena_alloc(a, o.n), p, o.n);
	return o;
}

int protected_stale(struct arena *a, struct db *db, enum protected_column column, const unsigned char head[PROTECTED_HEAD],
		int64_t after_no, size_t most, struct protected_values *values)
{
	struct db_rows *rows = NULL;
	int rc = db_query_at(db, columns[column].stale,
			DB_ARGS(DB_BYTES(head, (size_t)PROTECTED_HEAD), DB_INT(after_no), DB_INT((int64_t)most)), &rows);

	*values = (struct protected_values){ NULL, 0 };
	if (rc < 0)
		return rc;
	values->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct protected_value);
	while ((rc = db_next(rows)) > 0)
		values->item[values->n++] = (struct protected_value){
			.no = db_int(rows, 0),
			.row = db_is_null(rows, 2) ? arena_strdup(a, db_text(rows, 1)) : protected_row(a, db_text(rows, 1), db_text(rows, 2)),
			.sealed = keep(a, rows, 3),
			.plain = arena_strdup(a, db_text(rows, 4))
		};
	db_rows_done(rows);
	return rc;
}

int protected_renew(struct db *db, enum protected_column column, const struct protected_value *was, struct octets sealed)
{
	return db_matched_one(db, db_exec_at(db, columns[column].renew,
			DB_ARGS(DB_BYTES(sealed.p, sealed.n), DB_INT(was->no), DB_BYTES(was->sealed.p, was->sealed.n),
				DB_TEXT(was->plain))));
}

int protected_counts(struct arena *a, struct db *db, enum protected_column column, struct protected_counts *counts)
{
	struct db_rows *rows = NULL;
	int rc = db_query_at(db, columns[column].counts, DB_NO_ARGS, &rows);

	*counts = (struct protected_counts){ NULL, 0 };
	if (rc < 0)
		return rc;
	counts->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct protected_count);
	while ((rc = db_next(rows)) > 0) {
		struct protected_count *c = &counts->item[counts->n++];
		size_t n;
		const void *head = db_bytes(rows, 0, &n);

		if (head != NULL && n == PROTECTED_HEAD)
			memcpy(c->head, head, PROTECTED_HEAD);
		c->n = db_int(rows, 1);
	}
	db_rows_done(rows);
	return rc;
}
