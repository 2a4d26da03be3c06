/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The database layer against a real server: values, errors, transactions, many rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/error.h"
#include "lib/mariadb.h"

#define RUN(db, text) assert_int_equal(db_run((db), (text), sizeof (text) - 1), 0)

static struct db *db;

static int setup(void **state)
{
	(void)state;
	db = mariadb_connect();
	RUN(db, "DROP TABLE IF EXISTS t");
	RUN(db, "CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, k VARCHAR(64) UNIQUE, n BIGINT, u BIGINT"
	    " UNSIGNED,"
	    " d DATE, b LONGBLOB, x DECIMAL(12,3))");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(db);
	db = NULL;
	return 0;
}

static int64_t count(struct db *on)
{
	int64_t n = -1;

	assert_int_equal(db_query_int(on, "SELECT COUNT(*) FROM t", DB_NO_ARGS, &n), 0);
	return n;
}

static int put(struct db *on, const char *key)
{
	return db_exec(on, "INSERT INTO t (k) VALUES (?)", DB_ARGS(DB_TEXT(key)));
}

/* -- values */
static void values_come_back(void **state)
{
	static const unsigned char blob[] = { 0, 1, 2, 0, 255, '\'' };
	struct db_rows *rows = NULL;
	size_t n;

	(void)state;
	assert_int_equal(db_exec(db, "INSERT INTO t (k, n, d, b, x) VALUES (?, ?, ?, ?, ?)",
		DB_ARGS(DB_TEXT("充电'); --"), DB_INT(INT64_MAX), DB_DATE(date_from_civil(2026, 6, 10)),
			DB_BYTES(blob, sizeof blob),
			DB_TEXT("-12.345"))), 0);
	assert_int_equal(db_affected(db), 1);
	assert_int_equal(db_insert_id(db), 1);
	assert_int_equal(db_query(db, "SELECT id, k, n, d, b, x, u FROM t", DB_NO_ARGS, &rows), 0);
	assert_int_equal(db_rows_count(rows), 1);
	assert_int_equal(db_next(rows), 1);
	assert_int_equal(db_int(rows, 0), 1);
	assert_string_equal(db_text(rows, 1), "充电'); --");
	assert_int_equal(db_int(rows, 2), INT64_MAX);
	assert_int_equal(db_date(rows, 3), date_from_civil(2026, 6, 10));
	assert_memory_equal(db_bytes(rows, 4, &n), blob, sizeof blob);
	assert_int_equal(n, sizeof blob);
	assert_string_equal(db_text(rows, 5), "-12.345");
	assert_true(db_is_null(rows, 6));
	assert_int_equal(db_int(rows, 6), VALUE_NONE);
	assert_int_equal(db_next(rows), 0);
	assert_int_equal(db_next(rows), 0);
	db_rows_done(rows);
}

static void null_goes_both_ways(void **state)
{
	struct db_rows *rows = NULL;
	size_t n = 1;

	(void)state;
	assert_int_equal(db_exec(db, "INSERT INTO t (k, n, u, d, b) VALUES (?, ?, ?, ?, ?)",
		DB_ARGS(DB_TEXT(NULL), DB_INT(VALUE_NONE), DB_NULL, DB_DATE(DATE_NONE), DB_BYTES(NULL, 7))), 0);
	assert_int_equal(db_exec(db, "INSERT INTO t (k, b) VALUES (?, ?)", DB_ARGS(DB_TEXT(""), DB_BYTES("", 0))), 0);
	assert_int_equal(db_query(db, "SELECT k, n, u, d, b FROM t ORDER BY id", DB_NO_ARGS, &rows), 0);
	assert_int_equal(db_next(rows), 1);
	for (unsigned i = 0; i < 5; i++)
		assert_true(db_is_null(rows, i));
	assert_null(db_text(rows, 0));
	assert_int_equal(db_int(rows, 1), VALUE_NONE);
	assert_int_equal(db_date(rows, 3), DATE_NONE);
	assert_null(db_bytes(rows, 4, &n));
	assert_int_equal(n, 0);
	assert_int_equal(db_next(rows), 1);
	assert_string_equal(db_text(rows, 0), "");
	assert_non_null(db_bytes(rows, 4, &n));
	assert_int_equal(n, 0);
	db_rows_done(rows);
}

static void sums_and_widths(void **state)
{
	struct db_rows *rows = NULL;
	char small[4];

	(void)state;
	assert_int_equal(db_exec(db, "INSERT INTO t (n, k) VALUES (?, 'abcdef'), (?, NULL)", DB_ARGS(
		DB_INT(INT64_C(4000000000000000000)),
		DB_INT(-1))), 0);
	assert_int_equal(db_query(db, "SELECT SUM(n), COUNT(*), MAX(k), CAST(-5 AS SIGNED), SUM(n) * 3 FROM t",
				  DB_NO_ARGS, &rows), 0);
	assert_int_equal(db_next(rows), 1);
	assert_int_equal(db_int(rows, 0), INT64_C(3999999999999999999));
	assert_int_equal(db_int(rows, 1), 2);
	assert_int_equal(db_copy_text(rows, 2, small, sizeof small), E_OVERFLOW);
	assert_string_equal(small, "abc");
	assert_int_equal(db_int(rows, 3), -5);
	assert_int_equal(db_int(rows, 4), VALUE_NONE);          /* above int64: logged, never a wrong number */
	db_rows_done(rows);
}

static void unsigned_above_int64_is_refused(void **state)
{
	struct db_rows *rows = NULL;

	(void)state;
	RUN(db, "INSERT INTO t (u) VALUES (18446744073709551615)");
	assert_int_equal(db_query(db, "SELECT u FROM t", DB_NO_ARGS, &rows), 0);
	assert_int_equal(db_next(rows), E_OVERFLOW);
	db_rows_done(rows);
}

static void misuse_reads_as_null(void **state)
{
	struct db_rows *rows = NULL;

	(void)state;
	put(db, "text");
	assert_int_equal(db_query(db, "SELECT k, id FROM t", DB_NO_ARGS, &rows), 0);
	assert_int_equal(db_int(rows, 1), VALUE_NONE);          /* before the first row */
	assert_int_equal(db_next(rows), 1);
	assert_int_equal(db_int(rows, 0), VALUE_NONE);
	assert_null(db_text(rows, 1));
	assert_int_equal(db_int(rows, 2), VALUE_NONE);
	db_rows_done(rows);
	assert_int_equal(db_exec(db, "INSERT INTO t (k) VALUES (?)", DB_NO_ARGS), E_INTERNAL);
	assert_int_equal(db_exec(db, "INSERT INTO t (k) VALUES (?)", DB_ARGS(DB_INT(1), DB_INT(2))), E_INTERNAL);
	assert_int_equal(db_query(db, "DELETE FROM t", DB_NO_ARGS, &rows), E_INTERNAL);
	assert_int_equal(db_exec(db, "SELECT nothing FROM nowhere", DB_NO_ARGS), E_INTERNAL);
	assert_int_equal(db_exec(db, "INSERT INTO t (d) VALUES (?)", DB_ARGS(DB_TEXT("no date"))), E_INTERNAL);
}

/* Two walks over the same statement at once, and other statements between. */
static void walks_may_nest(void **state)
{
	struct db_rows *outer = NULL, *inner = NULL;
	int pairs = 0;

	(void)state;
	put(db, "a");
	put(db, "b");
	put(db, "c");
	for (int i = 0; i < 2; i++) {
		pairs = 0;
		assert_int_equal(db_query_at(db, "SELECT k FROM t", DB_NO_ARGS, &outer), 0);
		while (db_next(outer) > 0) {
			assert_int_equal(db_query_at(db, "SELECT k FROM t", DB_NO_ARGS, &inner), 0);
			while (db_next(inner) > 0)
				pairs++;
			db_rows_done(inner);
			assert_int_equal(db_exec(db, "UPDATE t SET n = n + 1", DB_NO_ARGS), 0);
		}
		db_rows_done(outer);
		assert_int_equal(pairs, 9);
	}
}

static void many_statements_are_kept(void **state)
{
	static char sql[300][64];
	int64_t n;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 300; i++) {
			snprintf(sql[i], sizeof sql[i], "SELECT %d", i);
			assert_int_equal(db_query_int_at(db, sql[i], DB_NO_ARGS, &n), 0);
			assert_int_equal(n, i);
		}
	}
	assert_int_equal(db_query_int(db, "SELECT VARIABLE_VALUE + 0 < 320 AND VARIABLE_VALUE + 0 >= 300"
		" FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'COM_STMT_PREPARE'", DB_NO_ARGS, &n), 0);
	assert_int_equal(n, 1);
}

static void large_values(void **state)
{
	size_t most = 60u * 1024 * 1024, n = 0;
	unsigned char *blob = malloc(DB_VALUE_MAX + 1);
	struct db_rows *rows = NULL;

	(void)state;
	assert_non_null(blob);
	for (size_t i = 0; i <= DB_VALUE_MAX; i++)
		blob[i] = (unsigned char)(i * 2654435761u >> 13);
	assert_int_equal(db_exec(db, "INSERT INTO t (b) VALUES (?)", DB_ARGS(DB_BYTES(blob, most))), 0);
	assert_int_equal(db_query(db, "SELECT b FROM t", DB_NO_ARGS, &rows), 0);
	assert_int_equal(db_next(rows), 1);
	const void *back = db_bytes(rows, 0, &n);
	assert_int_equal(n, most);
	assert_true(memcmp(back, blob, most) == 0);
	db_rows_done(rows);
	assert_int_equal(db_exec(db, "INSERT INTO t (b) VALUES (?)", DB_ARGS(DB_BYTES(blob, DB_VALUE_MAX + 1))),
			 E_TOO_LARGE);
	assert_int_equal(db_exec(db, "INSERT INTO t (b) VALUES (?)", DB_ARGS(DB_BYTES(blob, DB_VALUE_MAX))),
			 E_TOO_LARGE);
	assert_int_equal(count(db), 1);         /* the connection lives on */
	free(blob);
}

static void session_is_as_stated(void **state)
{
	struct db_rows *rows = NULL;

	(void)state;
	assert_int_equal(db_query(db, "SELECT @@tx_isolation, @@time_zone, @@character_set_client, @@sql_mode,"
				  " @@local_infile",
		DB_NO_ARGS, &rows), 0);
	assert_int_equal(db_next(rows), 1);
	assert_string_equal(db_text(rows, 0), "READ-COMMITTED");
	assert_string_equal(db_text(rows, 1), "+00:00");
	assert_string_equal(db_text(rows, 2), "utf8mb4");
	assert_non_null(strstr(db_text(rows, 3), "STRICT_ALL_TABLES"));
	db_rows_done(rows);
}

/* -- transactions and errors */
static void duplicate_key(void **state)
{
	(void)state;
	assert_int_equal(put(db, "one"), 0);
	assert_int_equal(put(db, "one"), E_DUPLICATE_KEY);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(put(db, "two"), 0);
	assert_int_equal(put(db, "one"), E_DUPLICATE_KEY);
	assert_int_equal(put(db, "three"), 0);          /* the transaction goes on */
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(count(db), 3);
}

static void commit_and_rollback(void **state)
{
	struct db *other = mariadb_connect();

	(void)state;
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(db_begin(db), E_INTERNAL);
	assert_true(db_in_transaction(db));
	assert_int_equal(put(db, "a"), 0);
	assert_int_equal(count(other), 0);
	db_rollback(db);
	assert_false(db_in_transaction(db));
	assert_int_equal(count(db), 0);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(put(db, "a"), 0);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(count(other), 1);
	assert_int_equal(db_commit(db), E_INTERNAL);
	db_rollback(db);
	db_close(other);
}

static void savepoints(void **state)
{
	(void)state;
	assert_int_equal(db_savepoint(db, "outside"), E_INTERNAL);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(put(db, "kept"), 0);
	assert_int_equal(db_savepoint(db, "effect"), 0);
	assert_int_equal(put(db, "undone"), 0);
	assert_int_equal(db_rollback_to(db, "effect"), 0);
	assert_int_equal(put(db, "after"), 0);
	assert_int_equal(db_rollback_to(db, "effect"), 0);
	assert_int_equal(db_savepoint(db, "`; DROP TABLE t"), E_INTERNAL);
	assert_int_equal(db_savepoint(db, ""), E_INTERNAL);
	assert_int_equal(db_rollback_to(db, "unknown"), E_INTERNAL);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(count(db), 1);
}

/* Before the first statement that writes, a savepoint is the transaction's begin: undoing to it leaves a transaction open that
 * can be written in, undone to it again, and committed. */
static void savepoint_at_the_outset(void **state)
{
	struct db *other = mariadb_connect();

	(void)state;
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(db_savepoint(db, "effect"), 0);
	assert_int_equal(put(db, "undone"), 0);
	assert_int_equal(db_rollback_to(db, "effect"), 0);
	assert_true(db_in_transaction(db));
	assert_int_equal(put(db, "undone too"), 0);
	assert_int_equal(db_rollback_to(db, "effect"), 0);
	assert_int_equal(db_rollback_to(db, "effect"), 0);
	assert_int_equal(put(db, "kept"), 0);
	assert_int_equal(count(other), 0);
	assert_int_equal(db_savepoint(db, "effect"), 0);        /* moved: what was before it stays from now on */
	assert_int_equal(put(db, "undone"), 0);
	assert_int_equal(db_rollback_to(db, "effect"), 0);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(count(other), 1);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(db_savepoint(db, "outer"), 0);
	assert_int_equal(db_savepoint(db, "inner"), 0);
	assert_int_equal(put(db, "undone"), 0);
	assert_int_equal(db_rollback_to(db, "inner"), 0);
	assert_int_equal(put(db, "undone"), 0);
	assert_int_equal(db_rollback_to(db, "outer"), 0);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(count(other), 1);
	db_close(other);
}

/* After a deadlock the server has undone the transaction; what follows in it must not be stored by itself. */
static void deadlock_breaks_the_transaction(void **state)
{
	struct db *other = mariadb_connect();

	(void)state;
	put(db, "a");
	put(db, "b");
	RUN(db, "SET SESSION innodb_lock_wait_timeout = 1");
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(db_begin(other), 0);
	assert_int_equal(db_exec(other, "UPDATE t SET n = 1 WHERE k = 'a'", DB_NO_ARGS), 0);
	assert_int_equal(put(db, "lost"), 0);
	assert_int_equal(db_exec(db, "UPDATE t SET n = 2 WHERE k = 'a'", DB_NO_ARGS), E_STORE_CONFLICT);
	assert_int_equal(put(db, "stray"), E_STORE_CONFLICT);
	assert_int_equal(db_savepoint(db, "stray"), E_STORE_CONFLICT);
	assert_int_equal(db_commit(db), E_STORE_CONFLICT);
	assert_false(db_in_transaction(db));
	assert_int_equal(db_commit(other), 0);
	assert_int_equal(count(db), 2);
	assert_int_equal(db_begin(db), 0);              /* and the connection is good for the next one */
	assert_int_equal(db_exec(db, "UPDATE t SET n = 2 WHERE k = 'a'", DB_NO_ARGS), 0);
	assert_int_equal(db_commit(db), 0);
	db_close(other);
}

static void wrong_targets(void **state)
{
	struct db_target t = *mariadb_target();
	struct db *none = NULL;

	(void)state;
	t.database = "nowhere";
	assert_int_equal(db_open(&t, &none), E_CONFIG);
	t = *mariadb_target();
	t.user = "nobody_known";
	assert_int_equal(db_open(&t, &none), E_CONFIG);
	t = *mariadb_target();
	t.socket = "/nonexistent/socket";
	assert_int_equal(db_open(&t, &none), E_STORE_AWAY);
	t = *mariadb_target();
	t.host = "localhost";
	assert_int_equal(db_open(&t, &none), E_CONFIG);         /* both */
	t.socket = NULL;
	assert_int_equal(db_open(&t, &none), E_CONFIG);         /* TCP without a CA */
	t = *mariadb_target();
	t.password_file = "/nonexistent/password";
	assert_int_equal(db_open(&t, &none), E_CONFIG);
	assert_null(none);
}

static void password_from_a_file(void **state)
{
	struct db_target t = *mariadb_target();
	struct db *with = NULL;
	char path[512];
	int64_t one;
	FILE *f;

	(void)state;
	RUN(db, "CREATE OR REPLACE USER hub@localhost IDENTIFIED BY 'geheim'");
	RUN(db, "GRANT ALL ON vgihub.* TO hub@localhost");
	snprintf(path, sizeof path, "%s/password", mariadb_folder());
	f = fopen(path, "we");
	assert_non_null(f);
	fputs("geheim\nsecond line\n", f);
	fclose(f);
	t.user = "hub";
	assert_int_equal(db_open(&t, &with), E_CONFIG);
	t.password_file = path;
	assert_int_equal(db_open(&t, &with), 0);
	assert_int_equal(db_query_int(with, "SELECT CURRENT_USER() = 'hub@localhost'", DB_NO_ARGS, &one), 0);
	assert_int_equal(one, 1);
	db_close(with);
}

/* -- many rows */
static void bulk_rows(struct db *on, int many)
{
	int64_t *id = calloc((size_t)many, sizeof *id);
	int64_t *n = calloc((size_t)many, sizeof *n), sum = 0, got;
	int32_t *d = calloc((size_t)many, sizeof *d);
	const char **k = calloc((size_t)many, sizeof *k);
	const void **b = calloc((size_t)many, sizeof *b);
	size_t *length = calloc((size_t)many, sizeof *length);
	char (*text)[16] = calloc((size_t)many, sizeof *text);
	struct db_rows *rows = NULL;

	for (int i = 0; i < many; i++) {
		snprintf(text[i], sizeof text[i], "key-%d", i);
		k[i] = i % 10 == 3 ? NULL : text[i];
		n[i] = i % 7 == 0 ? VALUE_NONE : (int64_t)i * 1000003;
		sum += i % 7 == 0 ? 0 : n[i];
		d[i] = i % 5 == 0 ? DATE_NONE : i;
		b[i] = i % 11 == 0 ? NULL : text[i];
		length[i] = (size_t)(i % 9) < strlen(text[i]) ? (size_t)(i % 9) : strlen(text[i]);
		id[i] = i + 1;
	}
	assert_int_equal(db_exec_bulk(on, "INSERT INTO t (id, k, n, d, b) VALUES (?, ?, ?, ?, ?)", (size_t)many,
		DB_COLUMNS(DB_COLUMN_INT(id), DB_COLUMN_TEXT(k), DB_COLUMN_INT(n), DB_COLUMN_DATE(d),
			   DB_COLUMN_BYTES(b, length))), 0);
	assert_int_equal(db_affected(on), many);
	assert_false(db_in_transaction(on));
	assert_int_equal(db_query(on, "SELECT COUNT(*), COUNT(k), SUM(n), COUNT(n), COUNT(d), COUNT(b), SUM(LENGTH(b)),"
		" CAST(SUM(TO_DAYS(d) - TO_DAYS('1970-01-01')) AS SIGNED), SUM(b = LEFT(CONCAT('key-', id - 1),"
		" LENGTH(b)))"
		" FROM t WHERE k IS NULL OR k = CONCAT('key-', id - 1)", DB_NO_ARGS, &rows), 0);
	assert_int_equal(db_next(rows), 1);
	assert_int_equal(db_int(rows, 0), many);
	assert_int_equal(db_int(rows, 1), many - many / 10);
	assert_int_equal(db_int(rows, 2), sum);
	assert_int_equal(db_int(rows, 3), many - (many + 6) / 7);
	assert_int_equal(db_int(rows, 4), many - many / 5);
	assert_int_equal(db_int(rows, 5), many - (many + 10) / 11);
	got = 0;
	sum = 0;
	for (int i = 0; i < many; i++) {
		got += i % 11 == 0 ? 0 : (int64_t)length[i];
		sum += i % 5 == 0 ? 0 : i;
	}
	assert_int_equal(db_int(rows, 6), got);
	assert_int_equal(db_int(rows, 7), sum);
	assert_int_equal(db_int(rows, 8), many - (many + 10) / 11);
	db_rows_done(rows);
	free(id);
	free(n);
	free(d);
	free(k);
	free(b);
	free(length);
	free(text);
}

static void bulk_by_arrays(void **state)
{
	(void)state;
	bulk_rows(db, 100000);
}

static void bulk_row_by_row(void **state)
{
	struct db_target t = *mariadb_target();
	struct db *plain = NULL;

	(void)state;
	t.no_array_binding = true;
	assert_int_equal(db_open(&t, &plain), 0);
	bulk_rows(plain, 10000);
	db_close(plain);
}

/* Rows near the packet's limit, the statement used one by one afterwards, updates, and a duplicate that undoes all. */
static void bulk_odds(void **state)
{
	enum { N = 40 };
	size_t length[N], big = 1500000;
	const void *b[N];
	int64_t id[N], n[N], sum;
	char *data = calloc(1, big);
	static const char sql[] = "INSERT INTO t (id, n, b) VALUES (?, ?, ?)";

	(void)state;
	for (int i = 0; i < N; i++) {
		id[i] = i + 1;
		n[i] = i;
		b[i] = data;
		length[i] = i % 2 ? big : 10;
	}
	assert_int_equal(db_exec_bulk(db, "UPDATE t SET n = 1 WHERE id = ?", 0, DB_COLUMNS(DB_COLUMN_INT(id))), 0);
	struct db_columns columns = DB_COLUMNS(DB_COLUMN_INT(id), DB_COLUMN_INT(n), DB_COLUMN_BYTES(b, length));
	assert_int_equal(db_exec_bulk_at(db, sql, N, columns), 0);
	assert_int_equal(db_query_int(db, "SELECT SUM(LENGTH(b)) FROM t", DB_NO_ARGS, &sum), 0);
	assert_int_equal(sum, N / 2 * 1500010);
	assert_int_equal(db_exec_at(db, sql, DB_ARGS(DB_INT(100), DB_INT(1), DB_NULL)), 0);
	assert_int_equal(db_affected(db), 1);
	assert_int_equal(db_exec_bulk(db, "UPDATE t SET n = n + 5 WHERE id = ?", N, DB_COLUMNS(DB_COLUMN_INT(id))), 0);
	assert_int_equal(db_affected(db), N);
	assert_int_equal(db_exec_bulk(db, "INSERT INTO t (id) VALUES (?)", N,
				      DB_COLUMNS(DB_COLUMN_INT(id), DB_COLUMN_INT(n))), E_INTERNAL);
	for (int i = 0; i < N; i++)
		id[i] += 61;            /* the last one stands already: 100 */
	assert_int_equal(db_exec_bulk(db, "INSERT INTO t (id) VALUES (?)", N, DB_COLUMNS(DB_COLUMN_INT(id))),
			 E_DUPLICATE_KEY);
	assert_int_equal(count(db), N + 1);
	free(data);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(values_come_back), CASE(null_goes_both_ways), CASE(sums_and_widths),
		CASE(unsigned_above_int64_is_refused),
		CASE(misuse_reads_as_null), CASE(walks_may_nest), CASE(many_statements_are_kept), CASE(large_values),
		CASE(session_is_as_stated), CASE(duplicate_key), CASE(commit_and_rollback), CASE(savepoints), CASE(savepoint_at_the_outset),
		CASE(deadlock_breaks_the_transaction), CASE(wrong_targets), CASE(password_from_a_file),
		CASE(bulk_by_arrays),
		CASE(bulk_row_by_row), CASE(bulk_odds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
