/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Array binding: the library reads whole numbers from one contiguous array, everything else through an array of
 * pointers beside an array of lengths, and NULLs from an array of indicators. */
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "store/db_internal.h"

enum { FEW_ROWS = 256, CHUNK_ROWS = 16384, CHUNK_BYTES = 4 * 1024 * 1024 };     /* one packet */

/* One value as an argument of db_exec, from which both ways of sending start. */
static struct db_arg arg_at(const struct db_column *c, size_t row)
{
	struct db_arg a = { .type = c->type };

	switch (c->type) {
	case DB_TYPE_INT:
		a.i = ((const int64_t *)c->array)[row];
		break;
	case DB_TYPE_DATE:
		a.i = ((const int32_t *)c->array)[row];
		break;
	case DB_TYPE_TEXT:
		a.p = ((const char *const *)c->array)[row];
		a.n = a.p == NULL ? 0 : strlen(a.p);
		break;
	case DB_TYPE_BYTES:
		a.p = ((const void *const *)c->array)[row];
		a.n = a.p == NULL ? 0 : c->length[row];
		break;
	}
	return a;
}

static bool is_null(const struct db_arg *a)
{
	return a->type == DB_TYPE_INT ? a->i == VALUE_NONE : a->type == DB_TYPE_DATE ? a->i == DATE_NONE : a->p == NULL;
}

/* How many rows from `first` on go into one packet; at least one. */
static int chunk_rows(const struct db *db, const struct db_columns *columns, size_t first, size_t n_rows, size_t *rows)
{
	size_t most = db->packet_most / 2 < CHUNK_BYTES ? db->packet_most / 2 : CHUNK_BYTES, total = 0, n = 0;

	while (first + n < n_rows && n < CHUNK_ROWS) {
		size_t row = 0;

		for (size_t c = 0; c < columns->n; c++) {
			struct db_arg a = arg_at(&columns->column[c], first + n);

			if (a.n > DB_VALUE_MAX)
				return E_TOO_LARGE;
			row += a.n + 16;
		}
		if (n == 0 && row + 1024 > db->packet_most)
			return E_TOO_LARGE;
		if (n > 0 && total + row > most)
			break;
		total += row;
		n++;
	}
	*rows = n;
	return 0;
}

static void bind_column(struct arena *a, MYSQL_BIND *b, const struct db_column *c, size_t first, size_t n)
{
	char *indicator = arena_alloc(a, n);
	const void **pointer = c->type == DB_TYPE_INT ? NULL : ARENA_ARRAY(a, n, const void *);
	unsigned long *length = c->type == DB_TYPE_INT ? NULL : ARENA_ARRAY(a, n, unsigned long);

	for (size_t i = 0; i < n; i++) {
		struct db_arg v = arg_at(c, first + i);

		indicator[i] = is_null(&v) ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
		if (pointer == NULL)
			continue;
		if (c->type == DB_TYPE_DATE && !is_null(&v)) {
			v.p = date_format((int32_t)v.i, arena_alloc(a, 12));
			v.n = strlen(v.p);
		}
		pointer[i] = v.p == NULL ? "" : v.p;
		length[i] = (unsigned long)v.n;
	}
	b->u.indicator = indicator;
	b->length = length;
	b->buffer_type = c->type == DB_TYPE_INT ? MYSQL_TYPE_LONGLONG :
		c->type == DB_TYPE_BYTES ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
	b->buffer = pointer != NULL ? (void *)pointer : (void *)(uintptr_t)((const int64_t *)c->array + first);
}

static int send_chunk(struct arena *a, struct db *db, struct db_statement *s, const struct db_columns *columns,
		      size_t first, size_t n)
{
	MYSQL_BIND bind[DB_ARGS_MAX];
	unsigned size = (unsigned)n;

	memset(bind, 0, sizeof bind);
	for (size_t c = 0; c < columns->n; c++)
		bind_column(a, &bind[c], &columns->column[c], first, n);
	if (mysql_stmt_attr_set(s->stmt, STMT_ATTR_ARRAY_SIZE, &size) != 0 ||
	    mysql_stmt_bind_param(s->stmt, bind) != 0 ||
	    mysql_stmt_execute(s->stmt) != 0)
		return db_fail_stmt(db, DB_STAGE_WRITE, s);
	return 0;
}

static int send_arrays(struct db *db, struct db_statement *s, size_t n_rows, const struct db_columns *columns,
		       int64_t *affected)
{
	struct arena *a = arena_new(n_rows > FEW_ROWS ? 1 << 20 : 0);
	size_t n = 0;
	int rc = 0;

	for (size_t first = 0; rc == 0 && first < n_rows; first += n) {
		arena_reset(a);
		rc = chunk_rows(db, columns, first, n_rows, &n);
		if (rc == 0)
			rc = send_chunk(a, db, s, columns, first, n);
		if (rc == 0)
			*affected += (int64_t)mysql_stmt_affected_rows(s->stmt);
	}
	arena_free(a);
	return rc;
}

/* Without array binding: the same statement once a row. */
static int send_rows(struct db *db, const char *sql, size_t n_rows, const struct db_columns *columns, int64_t *affected)
{
	struct db_arg arg[DB_ARGS_MAX];
	int rc = 0;

	for (size_t row = 0; rc == 0 && row < n_rows; row++) {
		for (size_t c = 0; c < columns->n; c++)
			arg[c] = arg_at(&columns->column[c], row);
		rc = db_exec_at(db, sql, (struct db_args){ arg, columns->n });
		if (rc == 0)
			*affected += db->affected;
	}
	return rc;
}

static int bulk_in_transaction(struct db *db, const char *sql, size_t n_rows, const struct db_columns *columns)
{
	static const unsigned none = 0;
	struct db_statement *s;
	int64_t affected = 0;
	int rc = db_ready(db, sql);

	if (rc == 0)
		rc = db_statement_get(db, sql, &s);
	if (rc < 0)
		return rc;
	if (s->n_params != columns->n || columns->n == 0 || columns->n > DB_ARGS_MAX) {
		log_error("db-misuse", "%zu columns for %u places in %.200s", columns->n, s->n_params, sql);
		rc = E_INTERNAL;
	} else if (db->array_binding) {
		rc = send_arrays(db, s, n_rows, columns, &affected);
		mysql_stmt_attr_set(s->stmt, STMT_ATTR_ARRAY_SIZE, &none);
	}
	db_statement_give(s);
	if (rc == 0 && !db->array_binding)
		rc = send_rows(db, sql, n_rows, columns, &affected);
	if (rc == 0)
		db->affected = affected;
	return rc;
}

int db_exec_bulk_at(struct db *db, const char *sql, size_t n_rows, struct db_columns columns)
{
	bool own = !db->in_transaction;
	int rc = 0;

	db->affected = 0;
	if (n_rows == 0)
		return 0;
	if (own)
		rc = db_begin(db);
	if (rc < 0)
		return rc;
	rc = bulk_in_transaction(db, sql, n_rows, &columns);
	if (own && rc == 0) {
		int64_t affected = db->affected;

		rc = db_commit(db);
		db->affected = affected;
	} else if (own) {
		db_rollback(db);
	}
	return rc;
}
