/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The small tables: principals and their book, business clock, jobs, security events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <pthread.h>
#include "base/clock.h"
#include "base/error.h"
#include "lib/mariadb.h"
#include "store/business_clock.h"
#include "store/job.h"
#include "store/principal.h"
#include "store/security_event.h"
#include "store/text.h"

#define CERT_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define CERT_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define CERT_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static struct db *db;
static struct arena *a;

static int setup(void **state)
{
	(void)state;
	db = mariadb_connect();
	a = arena_new(0);
	assert_int_equal(db_exec(db, "DELETE FROM principal", DB_NO_ARGS), 0);
	assert_int_equal(db_exec(db, "DELETE FROM job", DB_NO_ARGS), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(db);
	arena_free(a);
	return 0;
}

/* -- principals */
static void principals_added_and_revoked(void **state)
{
	struct principal_list list;
	struct principal p;
	int no = 0;

	(void)state;
	assert_int_equal(principal_add(db, "agg-1", "aggregator", CERT_A, &no), 0);
	assert_true(no > 0);
	assert_int_equal(principal_add(db, "agg-1", "aggregator", CERT_B, &no), E_DUPLICATE_KEY);
	assert_int_equal(principal_add(db, "agg-2", "aggregator", CERT_A, &no), E_DUPLICATE_KEY);
	assert_int_equal(principal_add(db, "Agg-1", "dispatch", CERT_B, NULL), 0);      /* names differ by case */
	assert_int_equal(principal_by_fingerprint(db, CERT_A, &p), 0);
	assert_int_equal(p.principal_no, no);
	assert_string_equal(p.name, "agg-1");
	assert_string_equal(p.role, "aggregator");
	assert_true(p.active);
	assert_int_equal(p.revoked_us, VALUE_NONE);
	assert_int_equal(principal_by_fingerprint(db, CERT_C, &p), E_NOTHING);
	assert_int_equal(principal_by_name(db, "Agg-1", &p), 0);
	assert_string_equal(p.role, "dispatch");
	assert_int_equal(principal_revoke(db, "agg-1"), 0);
	assert_int_equal(principal_by_name(db, "agg-1", &p), 0);
	assert_false(p.active);
	int64_t at = p.revoked_us;
	assert_true(at >= p.created_us);
	assert_int_equal(principal_revoke(db, "agg-1"), 0);
	assert_int_equal(principal_by_name(db, "agg-1", &p), 0);
	assert_int_equal(p.revoked_us, at);
	assert_int_equal(principal_revoke(db, "agg-9"), E_NOTHING);
	assert_int_equal(principal_list(a, db, &list), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.item[0].name, "Agg-1");
	assert_string_equal(list.item[1].name, "agg-1");
}

/* An old and a new certificate at once, then the new one alone; a name to be carried; limits. */
static void certificates_change_over(void **state)
{
	struct principal_certificates list;
	struct principal_book *book = principal_book_new();
	enum principal_limit limit;
	struct principal p;
	int no;

	(void)state;
	assert_int_equal(principal_add(db, "agg-1", "aggregator", CERT_A, &no), 0);
	assert_int_equal(principal_add(db, "agg-2", "aggregator", CERT_C, NULL), 0);
	assert_int_equal(principal_certificate_add(db, "agg-1", CERT_B, 1000000), 0);
	assert_int_equal(principal_certificate_add(db, "agg-1", CERT_B, 1000000), E_DUPLICATE_KEY);
	assert_int_equal(principal_certificate_add(db, "agg-1", CERT_C, 1000000), E_DUPLICATE_KEY);
	assert_int_equal(principal_certificate_add(db, "agg-9", CERT_C, 1000000), E_NOTHING);
	assert_int_equal(principal_certificate_add(db, "agg-1", "AA", 1000000), E_FORMAT);
	assert_int_equal(principal_certificate_list(a, db, no, &list), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.item[0].cert_sha256, CERT_A);
	assert_int_equal(list.item[0].not_after_us, VALUE_NONE);
	assert_int_equal(list.item[1].not_after_us, 1000000);
	assert_int_equal(principal_book_reload(book, db), 0);
	assert_int_equal(principal_book_find(book, CERT_A, &p), 0);
	assert_int_equal(p.principal_no, no);
	assert_int_equal(principal_book_find(book, CERT_B, &p), 0);
	assert_int_equal(p.principal_no, no);
	assert_int_equal(principal_certificate_revoke(db, "agg-2", CERT_A), E_NOTHING);         /* another's */
	assert_int_equal(principal_certificate_revoke(db, "agg-1", CERT_A), 0);
	assert_int_equal(principal_certificate_revoke(db, "agg-1", CERT_A), 0);
	assert_int_equal(principal_set_san(db, "agg-1", "URI:urn:one"), 0);
	assert_int_equal(principal_set_san(db, "agg-9", "URI:urn:one"), E_NOTHING);
	assert_int_equal(principal_set_san(db, "agg-1", "a\nb"), E_FORMAT);
	for (int i = 0; i < PRINCIPAL_LIMITS; i++) {
		assert_int_equal(principal_limit_by_name(principal_limit_name((enum principal_limit)i), &limit), 0);
		assert_int_equal(limit, i);
	}
	assert_int_equal(principal_limit_by_name("none", &limit), E_NOTHING);
	assert_int_equal(principal_set_limit(db, "agg-1", LIMIT_RATE, 7), 0);
	assert_int_equal(principal_set_limit(db, "agg-1", LIMIT_RATE, 8), 0);
	assert_int_equal(principal_set_limit(db, "agg-1", LIMIT_BODY, 0), 0);
	assert_int_equal(principal_set_limit(db, "agg-1", LIMIT_ITEMS, 5), 0);
	assert_int_equal(principal_set_limit(db, "agg-1", LIMIT_ITEMS, VALUE_NONE), 0);
	assert_int_equal(principal_set_limit(db, "agg-1", LIMIT_RATE, -1), E_RANGE);
	assert_int_equal(principal_set_limit(db, "agg-9", LIMIT_RATE, 8), E_NOTHING);
	assert_int_equal(principal_book_reload(book, db), 0);
	assert_int_equal(principal_book_find(book, CERT_A, &p), E_CERTIFICATE_REVOKED);
	assert_string_equal(p.name, "agg-1");
	assert_int_equal(principal_book_find(book, CERT_B, &p), 0);
	assert_string_equal(p.san, "URI:urn:one");
	assert_int_equal(p.limit[LIMIT_RATE], 8);
	assert_int_equal(p.limit[LIMIT_BODY], 0);
	assert_int_equal(p.limit[LIMIT_ITEMS], VALUE_NONE);
	assert_int_equal(principal_book_find(book, CERT_C, &p), 0);
	assert_string_equal(p.san, "");
	assert_int_equal(p.limit[LIMIT_RATE], VALUE_NONE);
	assert_int_equal(principal_revoke(db, "agg-1"), 0);
	assert_int_equal(principal_book_reload(book, db), 0);
	assert_int_equal(principal_book_find(book, CERT_B, &p), E_CERTIFICATE_REVOKED);
	principal_book_free(book);
}

static void principals_are_checked(void **state)
{
	(void)state;
	assert_int_equal(principal_add(db, "", "aggregator", CERT_A, NULL), E_FORMAT);
	assert_int_equal(principal_add(db, "a b", "aggregator", CERT_A, NULL), E_FORMAT);
	assert_int_equal(principal_add(db, "聚合商", "aggregator", CERT_A, NULL), E_FORMAT);
	assert_int_equal(principal_add(db, CERT_A "x", "aggregator", CERT_A, NULL), E_FORMAT);
	assert_int_equal(principal_add(db, "a", "root", CERT_A, NULL), E_FORMAT);
	assert_int_equal(principal_add(db, "a", "aggregator", CERT_A "a", NULL), E_FORMAT);
	assert_int_equal(principal_add(db, "a", "aggregator", "AAAA", NULL), E_FORMAT);
	assert_int_equal(principal_add(db, CERT_A, "aggregator", CERT_A, NULL), 0);
}

static void book_follows_the_table(void **state)
{
	struct principal_book *book = principal_book_new();
	struct principal p;
	uint64_t g;

	(void)state;
	assert_int_equal(principal_book_generation(book), 0);
	assert_int_equal(principal_book_find(book, CERT_A, &p), E_CERTIFICATE_UNKNOWN);
	assert_int_equal(principal_add(db, "agg-1", "aggregator", CERT_A, NULL), 0);
	assert_int_equal(principal_add(db, "trade", "trading", CERT_B, NULL), 0);
	assert_int_equal(principal_book_refresh(book, db), 0);
	assert_int_equal(principal_book_find(book, CERT_A, &p), 0);
	assert_string_equal(p.name, "agg-1");
	assert_int_equal(principal_book_find(book, CERT_B, &p), 0);
	assert_string_equal(p.role, "trading");
	assert_int_equal(principal_book_find(book, CERT_C, &p), E_CERTIFICATE_UNKNOWN);
	assert_int_equal(principal_book_find(book, CERT_A "a", &p), E_CERTIFICATE_UNKNOWN);
	g = principal_book_generation(book);
	int64_t read_us = clock_monotonic_us();
	assert_int_equal(principal_book_reload(book, db), 0);
	assert_int_equal(principal_book_generation(book), g);           /* nothing changed */
	assert_int_equal(principal_revoke(db, "agg-1"), 0);
	assert_int_equal(principal_book_refresh(book, db), 0);          /* too early: not read, unless the disk took a second */
	if (clock_monotonic_us() - read_us < 1000000)
		assert_int_equal(principal_book_find(book, CERT_A, &p), 0);
	assert_int_equal(principal_book_reload(book, db), 0);
	assert_int_equal(principal_book_find(book, CERT_A, &p), E_CERTIFICATE_REVOKED);
	assert_string_equal(p.name, "agg-1");
	assert_int_equal(principal_book_generation(book), g + 1);
	assert_int_equal(principal_add(db, "agg-3", "aggregator", CERT_C, NULL), 0);
	clock_sleep_ms(1100);
	assert_int_equal(principal_book_refresh(book, db), 0);          /* old enough now */
	assert_int_equal(principal_book_find(book, CERT_C, &p), 0);
	principal_book_free(book);
}

static void *look_up(void *shared)
{
	struct principal_book *book = shared;
	struct principal p;
	long bad = 0;

	for (int i = 0; i < 20000; i++) {
		if (principal_book_find(book, CERT_A, &p) != 0 || strcmp(p.name, "agg-1") != 0)
			bad++;
	}
	return (void *)bad;
}

static void book_is_read_while_it_changes(void **state)
{
	struct principal_book *book = principal_book_new();
	pthread_t thread[3];
	void *bad;

	(void)state;
	assert_int_equal(principal_add(db, "agg-1", "aggregator", CERT_A, NULL), 0);
	assert_int_equal(principal_book_reload(book, db), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, look_up, book), 0);
	for (int i = 0; i < 20; i++) {
		char name[32], cert[65] = CERT_B;

		snprintf(name, sizeof name, "more-%d", i);
		cert[0] = (char)('0' + i % 10);
		cert[1] = (char)('0' + i / 10);
		assert_int_equal(principal_add(db, name, "auditor", cert, NULL), 0);
		assert_int_equal(principal_book_reload(book, db), 0);
	}
	for (int i = 0; i < 3; i++) {
		pthread_join(thread[i], &bad);
		assert_null(bad);
	}
	assert_int_equal(principal_book_generation(book), 21);
	principal_book_free(book);
}

/* -- business clock */
static void clock_is_kept(void **state)
{
	int64_t ts;

	(void)state;
	assert_int_equal(business_clock_load(db, &ts), E_NOTHING);
	assert_int_equal(business_clock_save(db, 1781064000000), 0);
	assert_int_equal(business_clock_save(db, 1781064000000), 0);
	assert_int_equal(business_clock_load(db, &ts), 0);
	assert_int_equal(ts, 1781064000000);
	assert_int_equal(business_clock_save(db, 1781064060000), 0);
	assert_int_equal(business_clock_save(db, 1781064000000), E_TIME_ORDER);
	assert_int_equal(business_clock_load(db, &ts), 0);
	assert_int_equal(ts, 1781064060000);
}

/* -- jobs */
static void job_is_done_once(void **state)
{
	bool done = true;

	(void)state;
	assert_int_equal(job_begin(db, "settle", "2026-06-10"), E_INTERNAL);    /* no transaction */
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(job_begin(db, "settle", "2026-06-10"), 0);
	db_rollback(db);
	assert_int_equal(job_is_done(db, "settle", "2026-06-10", &done), 0);
	assert_false(done);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(job_begin(db, "settle", "2026-06-10"), 0);
	assert_int_equal(job_finish(db, "settle", "2026-06-10"), 0);
	assert_int_equal(job_finish(db, "settle", "2026-06-10"), E_NOTHING);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(job_is_done(db, "settle", "2026-06-10", &done), 0);
	assert_true(done);
	assert_int_equal(job_is_done(db, "settle", "2026-06-11", &done), 0);
	assert_false(done);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(job_begin(db, "settle", "2026-06-10"), E_DUPLICATE_KEY);
	assert_int_equal(job_begin(db, "assess", "2026-06-10"), 0);
	db_rollback(db);
}

/* Many workers after the same piece: one does it. */
static void *work(void *did)
{
	struct db *own = mariadb_connect();

	if (db_begin(own) == 0 && job_begin(own, "race", "1") == 0 &&
	    db_exec(own, "INSERT INTO job (name, due_key, state, started_us) VALUES ('effect', UUID(), 'done', 1)",
		    DB_NO_ARGS) == 0 &&
	    job_finish(own, "race", "1") == 0 && db_commit(own) == 0)
		*(bool *)did = true;
	db_rollback(own);
	db_close(own);
	db_thread_end();
	return NULL;
}

static void job_race(void **state)
{
	bool did[8] = { false };
	pthread_t thread[8];
	int64_t n;
	int sum = 0;

	(void)state;
	for (int i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, work, &did[i]), 0);
	for (int i = 0; i < 8; i++) {
		pthread_join(thread[i], NULL);
		sum += did[i];
	}
	assert_int_equal(sum, 1);
	assert_int_equal(db_query_int(db, "SELECT COUNT(*) FROM job WHERE name = 'effect'", DB_NO_ARGS, &n), 0);
	assert_int_equal(n, 1);
}

/* -- security events */
static void events_are_kept(void **state)
{
	struct security_log *log = security_log_new();
	struct security_event_list list;
	char longer[400];

	(void)state;
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	assert_true(security_log_note(log, "role-denied", "agg-1", "127.0.0.1:4711", "SubmitDispatchTask"));
	assert_true(security_log_note(log, "certificate-unknown", NULL, "", longer));
	assert_true(security_log_note(log, "sender-mismatch", "名_\xff", "[::1]:1", "a\nb"));
	assert_int_equal(security_event_list(a, db, 0, 10, &list), 0);
	assert_int_equal(list.n, 0);
	assert_int_equal(security_log_write(log, db), 0);
	assert_int_equal(security_log_write(log, db), 0);
	assert_int_equal(security_event_list(a, db, 0, 10, &list), 0);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.item[0].kind, "role-denied");
	assert_string_equal(list.item[0].principal, "agg-1");
	assert_string_equal(list.item[0].peer_address, "127.0.0.1:4711");
	assert_string_equal(list.item[0].detail, "SubmitDispatchTask");
	assert_int_equal(list.item[0].n, 1);
	assert_int_equal(list.item[0].last_us, list.item[0].at_us);
	assert_true(list.item[0].at_us <= clock_machine_us());
	assert_null(list.item[1].principal);
	assert_int_equal(strlen(list.item[1].detail), 255);
	assert_string_equal(list.item[2].principal, "???_?");
	assert_string_equal(list.item[2].detail, "a?b");
	assert_int_equal(security_event_list(a, db, list.item[1].seq, 10, &list), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(security_event_list(a, db, 0, 2, &list), 0);
	assert_int_equal(list.n, 2);
	security_log_free(log);
	assert_int_equal(db_exec(db, "DELETE FROM security_event", DB_NO_ARGS), 0);
}

/* A flood fills a count and not the table, whatever it varies. */
static void floods_are_counted(void **state)
{
	struct security_log *log = security_log_new();
	struct security_event_list list;
	int64_t sum = 0, rows = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char address[40];

		snprintf(address, sizeof address, "192.0.2.1:%d", i);
		assert_int_equal(security_log_note(log, "rate-limited", "agg-1", address, "x"), i == 0);
		if (i % 300 == 0)
			assert_int_equal(security_log_write(log, db), 0);
	}
	assert_true(security_log_note(log, "rate-limited", "agg-2", "192.0.2.1:1", "x"));
	assert_true(security_log_note(log, "rate-limited", NULL, "192.0.2.1:1", "x"));
	assert_true(security_log_note(log, "rate-limited", "agg-1", "192.0.2.11:1", "x"));
	assert_int_equal(security_log_write(log, db), 0);
	assert_int_equal(security_event_list(a, db, 0, 10, &list), 0);
	assert_int_equal(list.n, 4);
	assert_int_equal(list.item[0].n, 1000);
	assert_true(list.item[0].last_us >= list.item[0].at_us);
	for (int i = 0; i < 5000; i++) {
		char address[40];

		snprintf(address, sizeof address, "[2001:db8::%x]:1", i);
		security_log_note(log, i % 2 ? "too-large" : "too-deep", NULL, address, "x");
	}
	assert_int_equal(security_log_write(log, db), 0);
	assert_int_equal(db_query_int(db, "SELECT COUNT(*) FROM security_event", DB_NO_ARGS, &rows), 0);
	assert_int_equal(rows, 1024 + 2);
	assert_int_equal(db_query_int(db, "SELECT SUM(n) FROM security_event", DB_NO_ARGS, &sum), 0);
	assert_int_equal(sum, 1000 + 3 + 5000);
	security_log_free(log);
	assert_int_equal(db_exec(db, "DELETE FROM security_event", DB_NO_ARGS), 0);
}

/* What is noted while the database is away is written when it is back. */
static void events_wait_for_the_database(void **state)
{
	struct security_log *log = security_log_new();
	struct security_event_list list;

	(void)state;
	security_log_note(log, "role-denied", "agg-1", "", "x");
	assert_int_equal(db_run(db, "RENAME TABLE security_event TO away", 35), 0);
	assert_int_not_equal(security_log_write(log, db), 0);
	security_log_note(log, "role-denied", "agg-1", "", "x");
	assert_int_equal(db_run(db, "RENAME TABLE away TO security_event", 35), 0);
	assert_int_equal(security_log_write(log, db), 0);
	assert_int_equal(security_event_list(a, db, 0, 10, &list), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.item[0].n, 2);
	security_log_free(log);
	assert_int_equal(db_exec(db, "DELETE FROM security_event", DB_NO_ARGS), 0);
}

static void text_is_cut(void **state)
{
	char buf[4];

	(void)state;
	assert_string_equal(text_printable(buf, sizeof buf, "abcdef"), "abc");
	assert_string_equal(text_printable(buf, sizeof buf, "a\x7f"), "a?");
	assert_string_equal(text_printable(buf, sizeof buf, NULL), "");
	assert_string_equal(text_printable(buf, 1, "abc"), "");
}

static int migrated(void **state)
{
	(void)state;
	mariadb_migrated();
	return 0;
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(principals_added_and_revoked), CASE(principals_are_checked), CASE(certificates_change_over), CASE(book_follows_the_table),
		CASE(book_is_read_while_it_changes), CASE(clock_is_kept), CASE(job_is_done_once), CASE(job_race),
		CASE(events_are_kept), CASE(floods_are_counted), CASE(events_wait_for_the_database), cmocka_unit_test(text_is_cut),
	};

	return cmocka_run_group_tests(tests, migrated, NULL);
}
