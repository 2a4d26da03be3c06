/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* One connection to MariaDB with its prepared statements. Not thread-safe: one struct db a thread.
 *
 *     struct db_rows *rows = NULL;
 *     int rc = db_query(db, "SELECT limit_w, name FROM station WHERE station_id = ?", DB_ARGS(DB_TEXT(id)), &rows);
 *     while (rc == 0 && (rc = db_next(rows)) > 0)
 *             use(db_int(rows, 0), db_text(rows, 1));
 *     db_rows_done(rows);
 *
 * SQL is a string literal with ? for every value: it is prepared once a connection and kept under its address. Values
 * never become part of the SQL text.
 * NULL: an int VALUE_NONE, a date DATE_NONE, a text or bytes pointer NULL go in as NULL; NULL comes out as the same.
 * A statement outside a transaction commits by itself.
 *
 * Connection: opened again without a word when it is found lost outside a transaction (before the statement is sent,
 * never after). Inside, the statement that found it lost and all further ones return E_STORE_AWAY until db_rollback.
 * The same after E_STORE_CONFLICT: the server may have undone the transaction, so nothing more is done in it.
 *
 * Errors of every function that talks to the server:
 *   E_STORE_AWAY       not connected, refused, shutting down, read-only, disk full: nothing of it is stored
 *   E_STORE_CONFLICT   deadlock or lock wait: roll back and do the whole transaction again
 *   E_DUPLICATE_KEY    a unique key stands already; the transaction goes on without this statement
 *   E_STORE_UNCERTAIN  only db_commit, and statements outside a transaction other than db_query: sent, no answer came
 *   E_TOO_LARGE        a value above DB_VALUE_MAX, or more than the server takes in one packet
 *   E_CONFIG           the account may not do this: see db_denied
 *   E_INTERNAL         anything else: logged as "db-error" with the statement, the server's number, never the values
 * Isolation is READ COMMITTED, the session's time zone UTC, SQL mode strict: stated in db.c, once. */
#ifndef VGI_STORE_DB_H
#define VGI_STORE_DB_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/decimal.h"
#include "base/timegrid.h"

enum { DB_VALUE_MAX = 64 * 1024 * 1024 };       /* bytes of one text or blob */

/* Where the database is. The strings must outlive whatever was opened with it. */
struct db_target {
	const char *socket;             /* unix socket; or NULL and host */
	const char *host;               /* TCP, always TLS with the server's name verified */
	unsigned port;                  /* 0: 3306 */
	const char *user, *database;
	const char *password_file;      /* first line, read at every connecting; NULL: no password */
	const char *tls_ca;             /* needed with host: PEM of the CA that signed the server's certificate */
	const char *tls_cert, *tls_key; /* PEM of a client certificate, NULL for none */
	unsigned connect_timeout_s, read_timeout_s, write_timeout_s;    /* 0: 5, 30, 30 */
	bool no_array_binding;          /* db_exec_bulk row by row, for servers and proxies without it */
	/* Told of each key that db_note noted, once what its transaction wrote can be read, or may be (E_STORE_UNCERTAIN).
	 * In the connection's thread; must take no time. NULL: nobody. */
	void (*noted)(void *arg, uint64_t key);
	void *noted_arg;
};

struct db;
struct db_rows;

/* -- connection */
/* Connects. 0; E_STORE_AWAY; E_CONFIG (no such user, database, password file or CA; neither socket nor host). */
int db_open(const struct db_target *target, struct db **db);
void db_close(struct db *db);           /* NULL allowed; an open transaction is undone by the server */
/* Connected now, or connects again: 0 or E_STORE_AWAY. Costs no round trip. Needed only where one wants to know before
 * starting; E_STORE_AWAY inside a transaction whose connection was lost. */
int db_ensure(struct db *db);
/* What the server said of the right that was missing last, "" if none was: names the command, the account and the table. */
const char *db_denied(const struct db *db);
/* At the end of every thread that used a db, and of the process. The library starts itself. */
void db_thread_end(void);

/* -- values */
enum db_type { DB_TYPE_INT, DB_TYPE_TEXT, DB_TYPE_BYTES, DB_TYPE_DATE };
struct db_arg { enum db_type type; int64_t i; const void *p; size_t n; };
struct db_args { const struct db_arg *arg; size_t n; };

#define DB_INT(x)       { .type = DB_TYPE_INT, .i = (x) }                       /* int64 or smaller; VALUE_NONE: NULL */
#define DB_TEXT(s)      { .type = DB_TYPE_TEXT, .p = (const char *){ (s) } }    /* UTF-8 with NUL; NULL: NULL */
#define DB_BYTES(q, k)  { .type = DB_TYPE_BYTES, .p = (q), .n = (k) }           /* k bytes; q NULL: NULL */
#define DB_DATE(d)      { .type = DB_TYPE_DATE, .i = (int32_t){ (d) } }         /* days since 1970; DATE_NONE: NULL */
#define DB_NULL         { .type = DB_TYPE_INT, .i = VALUE_NONE }
#define DB_ARGS(...)    ((struct db_args){ (const struct db_arg[]){ __VA_ARGS__ }, \
				sizeof((const struct db_arg[]){ __VA_ARGS__ }) / sizeof(struct db_arg) })
#define DB_NO_ARGS      ((struct db_args){ NULL, 0 })

/* -- statements. The macros take literals only; the _at functions any text that neither moves nor changes while the
 * program runs (a row of a static table). Too few or too many args: E_INTERNAL, logged. */
#define db_exec(db, sql, args)          db_exec_at((db), "" sql "", (args))
#define db_query(db, sql, args, rows)   db_query_at((db), "" sql "", (args), (rows))
#define db_query_int(db, sql, args, v)  db_query_int_at((db), "" sql "", (args), (v))
int db_exec_at(struct db *db, const char *sql, struct db_args args);
/* The whole result is read to this side, so other statements may run while it is walked. When the connection was lost
 * meanwhile the walk ends with E_STORE_AWAY. *rows is set on success only. */
int db_query_at(struct db *db, const char *sql, struct db_args args, struct db_rows **rows);
/* A statement that asks for several keys, of `width` values each, in forms for more and more of them. */
struct db_form { size_t keys; const char *sql; };
/* Asks for n keys with the first form that has room for them; those places that are left over ask for the last key again, so a row may
 * be one of any key. arg: n × width values. n: 1 to the keys of the last form, which has at most 64 values. */
int db_query_keys(struct db *db, const struct db_form *form, size_t width, const struct db_arg *arg, size_t n, struct db_rows **rows);
/* First column of the first row. E_NOTHING if there is no row. */
int db_query_int_at(struct db *db, const char *sql, struct db_args args, int64_t *value);
/* Rows the last successful exec or bulk wrote; of UPDATE: those that WHERE matched, changed or not. */
int64_t db_affected(const struct db *db);
/* rc of an exec that is to write exactly one row: itself if negative, 0, or E_NOTHING if it was not one. */
int db_matched_one(const struct db *db, int rc);
int64_t db_insert_id(const struct db *db);      /* AUTO_INCREMENT value of the last successful db_exec */

/* -- rows. Columns count from 0; a column out of range or of another kind is a defect: logged, reads as NULL. */
int db_next(struct db_rows *rows);              /* 1 a row, 0 the end, negative error (E_OVERFLOW: above int64) */
int64_t db_rows_count(const struct db_rows *rows);
int64_t db_int(const struct db_rows *rows, unsigned col);               /* integers, and whole decimals such as SUM() */
int32_t db_date(const struct db_rows *rows, unsigned col);
/* Valid until the next db_next or db_rows_done. Text and bytes have a NUL behind them. */
const char *db_text(const struct db_rows *rows, unsigned col);
const void *db_bytes(const struct db_rows *rows, unsigned col, size_t *n);
/* Copies text into buf[size], "" for NULL. E_OVERFLOW if it does not fit (then cut). */
int db_copy_text(const struct db_rows *rows, unsigned col, char *buf, size_t size);
bool db_is_null(const struct db_rows *rows, unsigned col);
void db_rows_done(struct db_rows *rows);        /* NULL allowed. Before db_close of its db */

/* -- many rows at once: one array a ?, n_rows long (array binding; 10⁵ rows/s and more). NULLs as above. */
struct db_column { enum db_type type; const void *array; const size_t *length; };
struct db_columns { const struct db_column *column; size_t n; };
#define DB_COLUMN_INT(a)        { .type = DB_TYPE_INT, .array = (const int64_t *){ (a) } }
#define DB_COLUMN_TEXT(a)       { .type = DB_TYPE_TEXT, .array = (const char *const *){ (a) } }
#define DB_COLUMN_BYTES(a, l)   { .type = DB_TYPE_BYTES, .array = (const void *const *){ (a) }, .length = (l) }
#define DB_COLUMN_DATE(a)       { .type = DB_TYPE_DATE, .array = (const int32_t *){ (a) } }
#define DB_COLUMNS(...) ((struct db_columns){ (const struct db_column[]){ __VA_ARGS__ }, \
				sizeof((const struct db_column[]){ __VA_ARGS__ }) / sizeof(struct db_column) })
/* Executes sql once a row, in order, in as few packets as fit. In a transaction of its own if none is open. After an
 * error (E_DUPLICATE_KEY too) earlier rows may stand: roll back, or back to a savepoint. n_rows = 0 does nothing. */
#define db_exec_bulk(db, sql, n_rows, columns)  db_exec_bulk_at((db), "" sql "", (n_rows), (columns))
int db_exec_bulk_at(struct db *db, const char *sql, size_t n_rows, struct db_columns columns);

/* -- transactions; not nested. The server hears of one with its first statement that is more than a plain SELECT: one that only
 * reads costs no round trip. */
int db_begin(struct db *db);
/* Ends the transaction in every case. E_STORE_UNCERTAIN: sent, and the connection was lost before the answer; whether
 * it is stored must be looked up (by message id). Any other error: nothing of it is stored. */
int db_commit(struct db *db);
void db_rollback(struct db *db);        /* always allowed, also after errors and with none open */
/* Commits if rc, what was done in it came to, is 0, else rolls back. rc, or the errors of db_commit. */
int db_end(struct db *db, int rc);
/* name: 1..32 of a-z 0-9 _. The same name again moves the savepoint. Costs a round trip only if something
 * was written before it and is after it. */
int db_savepoint(struct db *db, const char *name);
int db_rollback_to(struct db *db, const char *name);    /* undoes what came after it; the savepoint stays */
bool db_in_transaction(const struct db *db);
/* Somebody outside the database may wait for what this transaction writes: the target's `noted` is told of key after the
 * commit, of nothing after a rollback; outside a transaction at once. 0 or E_MEMORY. */
int db_note(struct db *db, uint64_t key);
/* Grows with every statement that may write: equal before and after means that nothing was written. */
int64_t db_writes(const struct db *db);

/* One statement without values and result, by the text protocol: for migrations, whose text comes from files. */
int db_run(struct db *db, const char *text, size_t n);
#endif
