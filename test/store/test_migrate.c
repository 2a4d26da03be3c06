/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Migrations: cutting files into statements, order, changed and missing files, repeated and concurrent runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"
#include "lib/mariadb.h"
#include "store/migrate.h"

/* -- statements: expected ones are written one behind the other, each followed by '|' */
static int split(const char *text, char *out, size_t size)
{
	size_t at = 0, length, used = 0;
	const char *begin;
	int rc;

	out[0] = '\0';
	while ((rc = migrate_next_statement(text, strlen(text), &at, &begin, &length)) > 0)
		used += (size_t)snprintf(out + used, size - used, "%.*s|", (int)length, begin);
	return rc;
}

static void statements_are_cut(void **state)
{
	static const struct { const char *text, *expected; } cases[] = {
		{ "", "" },
		{ " \n;;  ; -- only a remark\n", "" },
		{ "A;B", "A|B|" },
		{ "  A ;\n\tB\n;", "A|B|" },
		{ "SELECT ';';B", "SELECT ';'|B|" },
		{ "SELECT 'it''s;', \"a;\"\"b\", `c;d`;B", "SELECT 'it''s;', \"a;\"\"b\", `c;d`|B|" },
		{ "SELECT 'a\\';b';B", "SELECT 'a\\';b'|B|" },
		{ "SELECT `a\\`;B", "SELECT `a\\`|B|" },
		{ "-- x; y\nA -- z; 'w\n+ 1;# q;\nB", "A -- z; 'w\n+ 1|B|" },
		{ "/* a; 'b */ A /* c; */ ; B", "A /* c; */|B|" },
		{ "A--1;B", "A--1|B|" },
		{ "A /;B", "A /|B|" },
		{ "/*!40101 SET x = 1 */;B", "/*!40101 SET x = 1 */|B|" },
		{ "A;\n--", "A|" },
		{ "SELECT '--', '/*', '#';B", "SELECT '--', '/*', '#'|B|" },
	};
	char out[256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(split(cases[i].text, out, sizeof out), 0);
		assert_string_equal(out, cases[i].expected);
	}
}

static void open_quotes_are_refused(void **state)
{
	static const char *const cases[] = { "SELECT 'a;", "SELECT \"a;b", "SELECT `a", "A /* b ;", "/* b",
		"SELECT 'a\\", "/*" };
	char out[256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(split(cases[i], out, sizeof out), E_FORMAT);
}

/* -- files */
static char folder[512];
static struct db *db;

static void write_file(const char *name, const char *text)
{
	char path[700];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	static int number;

	(void)state;
	mariadb_empty();
	db = mariadb_connect();
	snprintf(folder, sizeof folder, "%s/sql%d", mariadb_folder(), number++);
	assert_int_equal(mkdir(folder, 0700), 0);
	write_file("001_first.sql", "-- one\nCREATE TABLE a (x INT);\nINSERT INTO a VALUES (1); INSERT INTO a VALUES"
		   " (2)");
	write_file("002_second.sql", "ALTER TABLE a ADD y VARCHAR(9) DEFAULT ';';\n");
	write_file("README", "not SQL");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

static int64_t number_of(const char *sql)
{
	int64_t n = -1;

	assert_int_equal(db_query_int_at(db, sql, DB_NO_ARGS, &n), 0);
	return n;
}

static void applied_once_in_order(void **state)
{
	struct db_rows *rows = NULL;
	int n = -1;

	(void)state;
	assert_int_equal(migrate_check(db, folder), E_SCHEMA_VERSION);
	assert_int_equal(migrate_run(db, folder, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(migrate_check(db, folder), 0);
	assert_int_equal(migrate_run(db, folder, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(number_of("SELECT COUNT(*) FROM a WHERE y = ';'"), 2);
	assert_int_equal(db_query(db, "SELECT number, name, sha256 FROM schema_version ORDER BY number",
				  DB_NO_ARGS, &rows), 0);
	assert_int_equal(db_next(rows), 1);
	assert_int_equal(db_int(rows, 0), 1);
	assert_string_equal(db_text(rows, 1), "first");
	/* sha256sum of the first file */
	assert_string_equal(db_text(rows, 2), "61f6c1feaaf3e6825e6dbe1bec6671c064caed4dab08e695f894a81ef92093ad");
	db_rows_done(rows);
	write_file("003_third.sql", "CREATE TABLE b (x INT)");
	assert_int_equal(migrate_check(db, folder), E_SCHEMA_VERSION);
	assert_int_equal(migrate_run(db, folder, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(migrate_check(db, folder), 0);
}

static void changed_file_is_refused(void **state)
{
	int n = -1;

	(void)state;
	assert_int_equal(migrate_run(db, folder, NULL), 0);
	write_file("001_first.sql", "CREATE TABLE a (x BIGINT);\n");
	write_file("003_third.sql", "CREATE TABLE b (x INT)");
	assert_int_equal(migrate_run(db, folder, &n), E_SCHEMA_VERSION);
	assert_int_equal(n, 0);
	assert_int_equal(migrate_check(db, folder), E_SCHEMA_VERSION);
	assert_int_equal(number_of("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND"
				   " table_name = 'b'"), 0);
}

static void newer_database_is_refused(void **state)
{
	char path[600];

	(void)state;
	assert_int_equal(migrate_run(db, folder, NULL), 0);
	snprintf(path, sizeof path, "%s/002_second.sql", folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(migrate_check(db, folder), E_SCHEMA_VERSION);
	assert_int_equal(migrate_run(db, folder, NULL), E_SCHEMA_VERSION);
}

static void failed_file_is_taken_up_again(void **state)
{
	int n = -1;

	(void)state;
	write_file("002_second.sql", "CREATE TABLE IF NOT EXISTS c (x INT); CREATE NONSENSE; CREATE TABLE d (x INT)");
	assert_int_equal(migrate_run(db, folder, &n), E_INTERNAL);
	assert_int_equal(n, 1);
	assert_int_equal(migrate_check(db, folder), E_SCHEMA_VERSION);
	write_file("002_second.sql", "CREATE TABLE IF NOT EXISTS c (x INT); CREATE TABLE d (x INT)");
	assert_int_equal(migrate_run(db, folder, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(migrate_check(db, folder), 0);
}

static void wrong_folders(void **state)
{
	(void)state;
	assert_int_equal(migrate_run(db, "/nonexistent", NULL), E_IO);
	write_file("004_gap.sql", "SELECT 1");
	assert_int_equal(migrate_run(db, folder, NULL), E_CONFIG);
	write_file("003_there.sql", "SELECT 1");
	write_file("003_twice.sql", "SELECT 1");
	assert_int_equal(migrate_run(db, folder, NULL), E_CONFIG);
	write_file("third.sql", "SELECT 1");
	assert_int_equal(migrate_run(db, folder, NULL), E_CONFIG);
	assert_int_equal(number_of("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"),
			 0);
}

static void *run_one(void *applied)
{
	struct db *own = mariadb_connect();

	if (migrate_run(own, folder, applied) != 0)
		*(int *)applied = -1;
	db_close(own);
	db_thread_end();
	return NULL;
}

static void concurrent_runs_apply_once(void **state)
{
	int applied[4] = { 0 }, sum = 0;
	pthread_t thread[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run_one, &applied[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		assert_true(applied[i] >= 0);
		sum += applied[i];
	}
	assert_int_equal(sum, 2);
	assert_int_equal(migrate_check(db, folder), 0);
}

/* The shipped schema applies; its base may be applied again where a run was cut short, and explains every column. */
static void shipped_schema(void **state)
{
	struct arena *a = arena_new(0);
	struct migrate_files files;
	const char *begin;
	char path[600];
	size_t at = 0, length;

	(void)state;
	snprintf(path, sizeof path, "%s/schemas/sql", mariadb_source());
	assert_int_equal(migrate_run(db, path, NULL), 0);
	assert_int_equal(migrate_check(db, path), 0);
	assert_int_equal(migrate_read(a, path, &files), 0);
	while (migrate_next_statement(files.item[0].text, files.item[0].n, &at, &begin, &length) > 0)
		assert_int_equal(db_run(db, begin, length), 0);
	assert_int_equal(number_of("SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND"
				   " column_comment = ''"
		" AND table_name IN ('principal', 'business_clock', 'message', 'outbox', 'job', 'security_event',"
		" 'schema_version')"), 0);
	assert_int_equal(number_of("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND"
				   " engine <> 'InnoDB'"), 0);
	arena_free(a);
}

static void copy_shipped(const char *files)
{
	char command[1400];

	snprintf(command, sizeof command, "rm -f '%s'/*.sql && cd '%s/schemas/sql' && cp %s '%s'", folder, mariadb_source(), files, folder);
	assert_int_equal(system(command), 0);
}

/* What stood before every revision was kept goes on to stand, once 013 is applied, also where its run was cut short. */
static void history_of_a_database_in_use(void **state)
{
	struct arena *a = arena_new(0);
	struct migrate_files files;
	const char *begin;
	size_t at = 0, length;

	(void)state;
	copy_shipped("00*.sql 010*.sql 011*.sql 012*.sql");
	assert_int_equal(migrate_run(db, folder, NULL), 0);
	assert_int_equal(db_exec(db, "INSERT INTO message (seq, sender, message_id, service, operation, revision, digest, trace_id, created_ms,"
		" received_us, checked_us, bytes_in, status) VALUES (5, 'a', 'm', 's', 'o', 1, REPEAT('x', 32), 't', 1781060400000, 0, 0, 1,"
		" 'accepted')", DB_NO_ARGS), 0);
	assert_int_equal(db_exec(db, "INSERT INTO capability (aggregator_no, resource_id, start_ms, step_min, n, up_w, down_w, revision, seq)"
		" VALUES (1, 'a', 0, 15, 1, 'uuuu', 'dddd', 3, 5), (1, 'b', 0, 15, 1, 'uuuu', 'dddd', 1, 6)", DB_NO_ARGS), 0);
	assert_int_equal(db_exec(db, "INSERT INTO frame (aggregator_no, ts_ms, seq, received_us, n, total_w, payload) VALUES (1, 60000, 5, 7,"
		" 0, 0, '')", DB_NO_ARGS), 0);
	copy_shipped("0*.sql");
	assert_int_equal(migrate_read(a, folder, &files), 0);
	while (migrate_next_statement(files.item[12].text, files.item[12].n, &at, &begin, &length) > 0)
		assert_int_equal(db_run(db, begin, length), 0);
	assert_int_equal(migrate_run(db, folder, NULL), 0);
	assert_int_equal(migrate_check(db, folder), 0);
	assert_int_equal(number_of("SELECT known_ms FROM capability WHERE resource_id = 'a'"), 1781060400000);
	assert_int_equal(number_of("SELECT known_ms FROM capability WHERE resource_id = 'b'"), 0);      /* without a message */
	assert_int_equal(db_exec(db, "INSERT INTO capability (aggregator_no, resource_id, start_ms, step_min, n, up_w, down_w, known_ms,"
		" revision, seq) VALUES (1, 'a', 0, 15, 1, 'uuuu', 'dddd', 1, 4, 7)", DB_NO_ARGS), 0);
	assert_int_equal(number_of("SELECT COUNT(*) FROM frame WHERE revision = 1 AND known_ms IS NULL AND received_us = 7"), 1);
	arena_free(a);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_are_cut), cmocka_unit_test(open_quotes_are_refused),
		CASE(applied_once_in_order),
		CASE(changed_file_is_refused), CASE(newer_database_is_refused), CASE(failed_file_is_taken_up_again),
		CASE(wrong_folders), CASE(concurrent_runs_apply_once), CASE(shipped_schema),
		CASE(history_of_a_database_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
