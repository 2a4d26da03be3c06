/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/log.h"
#include "store/db_internal.h"

/* -- values in */
static void bind_int(MYSQL_BIND *b, const struct db_arg *a)
{
	b->buffer_type = a->i == VALUE_NONE ? MYSQL_TYPE_NULL : MYSQL_TYPE_LONGLONG;
	b->buffer = (void *)(uintptr_t)&a->i;
}

static void bind_date(MYSQL_BIND *b, const struct db_arg *a, char *text)
{
	b->buffer_type = a->i == DATE_NONE ? MYSQL_TYPE_NULL : MYSQL_TYPE_STRING;
	if (a->i == DATE_NONE)
		return;
	b->buffer = date_format((int32_t)a->i, text);
	b->buffer_length = (unsigned long)strlen(text);
}

static void bind_span(MYSQL_BIND *b, const struct db_arg *a)
{
	bool text = a->type == DB_TYPE_TEXT;

	b->buffer_type = a->p == NULL ? MYSQL_TYPE_NULL : text ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
	if (a->p == NULL)
		return;
	b->buffer = (void *)(uintptr_t)a->p;
	b->buffer_length = (unsigned long)(text ? strlen(a->p) : a->n);
}

int db_bind_args(struct db *db, const struct db_statement *s, struct db_args args, MYSQL_BIND *bind,
		 struct db_dates *dates)
{
	size_t total = 1024;    /* the packet's own fields, generously */

	if (args.n != s->n_params || args.n > DB_ARGS_MAX) {
		log_error("db-misuse", "%zu values for %u places in %.200s", args.n, s->n_params, s->sql);
		return E_INTERNAL;
	}
	memset(bind, 0, args.n * sizeof *bind);
	for (size_t i = 0; i < args.n; i++) {
		if (args.arg[i].type == DB_TYPE_INT)
			bind_int(&bind[i], &args.arg[i]);
		else if (args.arg[i].type == DB_TYPE_DATE)
			bind_date(&bind[i], &args.arg[i], dates->text[i]);
		else
			bind_span(&bind[i], &args.arg[i]);
		if (bind[i].buffer_length > DB_VALUE_MAX)
			return E_TOO_LARGE;
		total += bind[i].buffer_length + 16;
	}
	return total > db->packet_most ? E_TOO_LARGE : 0;
}

/* Prepared, bound, executed; *s is to be given back if the result is 0. */
static int execute(struct db *db, enum db_stage stage, const char *sql, struct db_args args, struct db_statement **s)
{
	MYSQL_BIND bind[DB_ARGS_MAX];
	struct db_dates dates;
	int rc = db_ready(db, sql);

	if (rc == 0)
		rc = db_statement_get(db, sql, s);
	if (rc < 0)
		return rc;
	rc = db_bind_args(db, *s, args, bind, &dates);
	if (rc == 0 && args.n > 0 && mysql_stmt_bind_param((*s)->stmt, bind) != 0)
		rc = db_fail_stmt(db, stage, *s);
	if (rc == 0 && mysql_stmt_execute((*s)->stmt) != 0)
		rc = db_fail_stmt(db, stage, *s);
	if (rc < 0)
		db_statement_give(*s);
	return rc;
}

int db_exec_at(struct db *db, const char *sql, struct db_args args)
{
	struct db_statement *s;
	int rc = execute(db, DB_STAGE_WRITE, sql, args, &s);

	if (rc < 0)
		return rc;
	db->affected = (int64_t)mysql_stmt_affected_rows(s->stmt);
	db->insert_id = (int64_t)mysql_stmt_insert_id(s->stmt);
	db_statement_give(s);
	return 0;
}

int64_t db_affected(const struct db *db)
{
	return db->affected;
}

int db_matched_one(const struct db *db, int rc)
{
	return rc < 0 ? rc : db_affected(db) == 1 ? 0 : E_NOTHING;
}

int64_t db_insert_id(const struct db *db)
{
	return db->insert_id;
}

/* -- values out */
enum value_kind { VALUE_INT, VALUE_DECIMAL, VALUE_SPAN };

struct value {
	enum value_kind kind;
	int64_t i;
	char *p;
	unsigned long n;
	my_bool null, error;
};

struct db_rows {
	struct db *db;
	struct db_statement *s;
	bool on_row;
	unsigned n;
	MYSQL_BIND *bind;
	char *text;             /* what the columns' p point into */
	struct value value[];
};

static enum value_kind kind_of(const MYSQL_FIELD *f)
{
	switch (f->type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_YEAR:
		return VALUE_INT;
	case MYSQL_TYPE_NEWDECIMAL:
		return f->decimals == 0 ? VALUE_DECIMAL : VALUE_SPAN;
	default:
		return VALUE_SPAN;
	}
}

/* Room for the longest value of the column in this result, or for a number or time as text, and its NUL. */
static size_t room_of(const MYSQL_FIELD *f)
{
	return (f->max_length < 64 ? 64 : f->max_length) + 1;
}

static void bind_value(MYSQL_BIND *b, struct value *v, const MYSQL_FIELD *f, char **text)
{
	v->kind = kind_of(f);
	b->is_null = &v->null;
	b->error = &v->error;
	b->length = &v->n;
	if (v->kind == VALUE_INT) {
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = &v->i;
		return;
	}
	v->p = *text;
	*text += room_of(f);
	b->buffer_type = MYSQL_TYPE_BLOB;
	b->buffer = v->p;
	b->buffer_length = (unsigned long)room_of(f) - 1;
}

/* Makes the row buffers for a stored result. */
static int rows_new(struct db *db, struct db_statement *s, struct db_rows **rows)
{
	MYSQL_RES *meta = mysql_stmt_result_metadata(s->stmt);
	unsigned n = s->n_fields;
	size_t room = 0;
	struct db_rows *r = calloc(1, sizeof *r + n * sizeof r->value[0]);

	if (meta == NULL || r == NULL)
		goto fail;
	for (unsigned i = 0; i < n; i++)
		room += kind_of(&meta->fields[i]) == VALUE_INT ? 0 : room_of(&meta->fields[i]);
	r->bind = calloc(n, sizeof *r->bind);
	r->text = malloc(room + 1);
	if (r->bind == NULL || r->text == NULL)
		goto fail;
	char *text = r->text;
	for (unsigned i = 0; i < n; i++)
		bind_value(&r->bind[i], &r->value[i], &meta->fields[i], &text);
	r->db = db;
	r->s = s;
	r->n = n;
	mysql_free_result(meta);
	*rows = r;
	return 0;
fail:
	mysql_free_result(meta);
	if (r != NULL) {
		free(r->bind);
		free(r->text);
	}
	free(r);
	return E_MEMORY;
}

int db_query_at(struct db *db, const char *sql, struct db_args args, struct db_rows **rows)
{
	struct db_statement *s;
	struct db_rows *r = NULL;
	int rc = execute(db, DB_STAGE_READ, sql, args, &s);

	if (rc < 0)
		return rc;
	if (s->n_fields == 0) {
		log_error("db-misuse", "no result from %.200s", sql);
		db_statement_give(s);
		return E_INTERNAL;
	}
	if (mysql_stmt_store_result(s->stmt) != 0)
		rc = db_fail_stmt(db, DB_STAGE_READ, s);
	if (rc == 0)
		rc = rows_new(db, s, &r);
	if (rc == 0 && mysql_stmt_bind_result(s->stmt, r->bind) != 0)
		rc = db_fail_stmt(db, DB_STAGE_READ, s);
	if (rc == 0)
		*rows = r;
	else if (r != NULL)
		db_rows_done(r);
	else
		db_statement_give(s);
	return rc;
}

int db_query_keys(struct db *db, const struct db_form *form, size_t width, const struct db_arg *arg, size_t n, struct db_rows **rows)
{
	struct db_arg all[DB_ARGS_MAX];

	while (form->keys < n)
		form++;
	for (size_t i = 0; i < form->keys * width; i++)
		all[i] = arg[i < n * width ? i : (n - 1) * width + i % width];
	return db_query_at(db, form->sql, (struct db_args){ all, form->keys * width }, rows);
}

int db_query_int_at(struct db *db, const char *sql, struct db_args args, int64_t *value)
{
	struct db_rows *rows = NULL;
	int rc = db_query_at(db, sql, args, &rows);

	if (rc < 0)
		return rc;
	rc = db_next(rows);
	if (rc > 0)
		*value = db_int(rows, 0);
	db_rows_done(rows);
	return rc < 0 ? rc : rc == 0 ? E_NOTHING : 0;
}

int db_next(struct db_rows *rows)
{
	int got;

	rows->on_row = false;
	/* the library cannot walk a result whose connection was closed, though it holds it in full */
	if (rows->db->mysql == NULL || rows->s->generation != rows->db->generation)
		return E_STORE_AWAY;
	got = mysql_stmt_fetch(rows->s->stmt);
	rows->on_row = got == 0;
	if (got == MYSQL_NO_DATA)
		return 0;
	if (got == MYSQL_DATA_TRUNCATED)
		return E_OVERFLOW;
	if (got != 0)
		return db_fail_stmt(rows->db, DB_STAGE_READ, rows->s);
	for (unsigned i = 0; i < rows->n; i++) {
		if (rows->value[i].kind != VALUE_INT && !rows->value[i].null)
			rows->value[i].p[rows->value[i].n] = '\0';
	}
	return 1;
}

int64_t db_rows_count(const struct db_rows *rows)
{
	return (int64_t)mysql_stmt_num_rows(rows->s->stmt);
}

void db_rows_done(struct db_rows *rows)
{
	if (rows == NULL)
		return;
	db_statement_give(rows->s);
	free(rows->bind);
	free(rows->text);
	free(rows);
}

/* The value, or NULL if it is SQL's NULL or there is no such thing here. */
static const struct value *value_at(const struct db_rows *rows, unsigned col, bool whole)
{
	if (!rows->on_row || col >= rows->n) {
		log_error("db-misuse", "no row or no column %u in %.200s", col, rows->s->sql);
		return NULL;
	}
	const struct value *v = &rows->value[col];
	if (v->null)
		return NULL;
	if (whole ? v->kind == VALUE_SPAN : v->kind == VALUE_INT) {
		log_error("db-misuse", "column %u is of another kind in %.200s", col, rows->s->sql);
		return NULL;
	}
	return v;
}

int64_t db_int(const struct db_rows *rows, unsigned col)
{
	const struct value *v = value_at(rows, col, true);
	int64_t value;

	if (v == NULL)
		return VALUE_NONE;
	if (v->kind == VALUE_INT)
		return v->i;
	if (decimal_parse_n(v->p, v->n, 0, &value) == 0)
		return value;
	log_error("db-misuse", "column %u holds no 64-bit number in %.200s", col, rows->s->sql);
	return VALUE_NONE;
}

const void *db_bytes(const struct db_rows *rows, unsigned col, size_t *n)
{
	const struct value *v = value_at(rows, col, false);

	*n = v == NULL ? 0 : v->n;
	return v == NULL ? NULL : v->p;
}

const char *db_text(const struct db_rows *rows, unsigned col)
{
	size_t n;

	return db_bytes(rows, col, &n);
}

int32_t db_date(const struct db_rows *rows, unsigned col)
{
	const char *text = db_text(rows, col);
	int32_t date;

	if (text == NULL)
		return DATE_NONE;
	if (date_parse(text, &date) == 0)
		return date;
	log_error("db-misuse", "column %u is no date in %.200s", col, rows->s->sql);
	return DATE_NONE;
}

int db_copy_text(const struct db_rows *rows, unsigned col, char *buf, size_t size)
{
	size_t n;
	const char *text = db_bytes(rows, col, &n);

	if (n >= size) {
		memcpy(buf, text, size - 1);
		buf[size - 1] = '\0';
		return E_OVERFLOW;
	}
	if (text != NULL)
		memcpy(buf, text, n);
	buf[n] = '\0';
	return 0;
}

bool db_is_null(const struct db_rows *rows, unsigned col)
{
	return !rows->on_row || col >= rows->n || rows->value[col].null;
}
