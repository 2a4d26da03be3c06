/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The journal: new, repeated and misused message ids, what a rollback leaves, lists and counts. */
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
#include "store/journal.h"

static struct db *db;
static struct arena *a;

static int setup(void **state)
{
	(void)state;
	db = mariadb_connect();
	a = arena_new(0);
	return db_exec(db, "DELETE FROM message", DB_NO_ARGS);
}

static int teardown(void **state)
{
	(void)state;
	db_close(db);
	arena_free(a);
	return 0;
}

static const unsigned char digest_a[JOURNAL_DIGEST] = { 1, 0, 2 }, digest_b[JOURNAL_DIGEST] = { 1, 0, 3 };

static struct journal_message message(const char *id)
{
	return (struct journal_message){
		.sender = "agg-1", .message_id = id, .service = "AggregatorService", .operation = "ReportFrame",
		.revision = 3,
		.digest = digest_a, .conversation_id = "conv-1", .trace_id = "trace-1", .business_date = DATE_NONE,
		.created_ms = 1000, .received_us = 2000, .checked_us = 2500, .bytes_in = 777,
	};
}

static int64_t store(const char *id, enum journal_status status, const char *answer)
{
	struct journal_message m = message(id);
	struct journal_entry entry;
	struct journal_result r = { .status = status, .items_in = 10,
		.items_stored = status == JOURNAL_ACCEPTED ? 10 : 4,
		.answer = answer, .answer_n = strlen(answer) };

	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_begin(a, db, &m, &entry), 0);
	assert_false(entry.repeated);
	assert_true(entry.seq > 0);
	assert_int_equal(journal_finish(db, entry.seq, &r), 0);
	assert_int_equal(db_commit(db), 0);
	return entry.seq;
}

static void stored_as_given(void **state)
{
	struct journal_entry e;
	int64_t before = clock_machine_us(), seq = store("m1", JOURNAL_PARTLY, "<answer/>");

	(void)state;
	assert_int_equal(journal_find(a, db, "agg-1", "m1", &e), 0);
	assert_int_equal(e.seq, seq);
	assert_string_equal(e.sender, "agg-1");
	assert_string_equal(e.message_id, "m1");
	assert_string_equal(e.operation, "ReportFrame");
	assert_string_equal(e.trace_id, "trace-1");
	assert_memory_equal(e.digest, digest_a, JOURNAL_DIGEST);
	assert_int_equal(e.status, JOURNAL_PARTLY);
	assert_int_equal(e.revision, 3);
	assert_int_equal(e.created_ms, 1000);
	assert_int_equal(e.received_us, 2000);
	assert_int_equal(e.checked_us, 2500);
	assert_true(e.stored_us >= before && e.stored_us <= clock_machine_us());
	assert_int_equal(e.answered_us, VALUE_NONE);
	assert_int_equal(e.bytes_in, 777);
	assert_int_equal(e.items_in, 10);
	assert_int_equal(e.items_stored, 4);
	assert_int_equal(e.answer_n, strlen("<answer/>"));
	assert_memory_equal(e.answer, "<answer/>", e.answer_n);
	assert_int_equal(journal_find(a, db, "agg-2", "m1", &e), E_NOTHING);
	assert_int_equal(journal_find(a, db, "agg-1", "M1", &e), E_NOTHING);     /* ids differ by case */
}

static void repeated_gets_the_first_answer(void **state)
{
	struct journal_message m = message("m1");
	struct journal_entry e;
	int64_t seq = store("m1", JOURNAL_ACCEPTED, "first");

	(void)state;
	m.received_us = 999999;
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_begin(a, db, &m, &e), 0);
	assert_true(e.repeated);
	assert_int_equal(e.seq, seq);
	assert_int_equal(e.received_us, 2000);
	assert_int_equal(e.answer_n, 5);
	assert_memory_equal(e.answer, "first", 5);
	db_rollback(db);
}

static void other_content_is_refused(void **state)
{
	struct journal_message m = message("m1");
	struct journal_entry e;

	(void)state;
	store("m1", JOURNAL_ACCEPTED, "first");
	m.digest = digest_b;
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_begin(a, db, &m, &e), E_DUPLICATE_ID);
	db_rollback(db);
	m.sender = "agg-2";             /* another sender may use the same id */
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_begin(a, db, &m, &e), 0);
	assert_false(e.repeated);
	db_rollback(db);
}

static void rollback_frees_the_id(void **state)
{
	struct journal_message m = message("m1");
	struct journal_entry e;

	(void)state;
	assert_int_equal(journal_begin(a, db, &m, &e), E_INTERNAL);      /* no transaction */
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_begin(a, db, &m, &e), 0);
	db_rollback(db);
	assert_int_equal(journal_find(a, db, "agg-1", "m1", &e), E_NOTHING);
	store("m1", JOURNAL_ACCEPTED, "second try");
}

/* A refused message leaves its row and answer, but none of its effect. */
static void rejected_keeps_only_the_row(void **state)
{
	struct journal_message m = message("m1");
	struct journal_result r = { .status = JOURNAL_REJECTED, .answer = "no", .answer_n = 2 };
	struct journal_entry e;
	int64_t n;

	(void)state;
	assert_int_equal(db_exec(db, "DELETE FROM job", DB_NO_ARGS), 0);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_begin(a, db, &m, &e), 0);
	assert_int_equal(db_savepoint(db, "effect"), 0);
	assert_int_equal(db_exec(db, "INSERT INTO job (name, due_key, state, started_us) VALUES ('effect', 'x', 'done',"
				 " 1)", DB_NO_ARGS), 0);
	assert_int_equal(db_rollback_to(db, "effect"), 0);
	assert_int_equal(journal_finish(db, e.seq, &r), 0);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(db_query_int(db, "SELECT COUNT(*) FROM job", DB_NO_ARGS, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(journal_find(a, db, "agg-1", "m1", &e), 0);
	assert_int_equal(e.status, JOURNAL_REJECTED);
	assert_string_equal(journal_status_name(e.status), "rejected");
	assert_int_equal(journal_finish(db, e.seq + 1000, &r), E_INTERNAL);
}

/* The same message on two connections at once: the second waits, then gets the first one's answer. */
struct second { int rc; struct journal_entry e; };

static void *begin_second(void *out)
{
	struct second *s = out;
	struct arena *own = arena_new(0);
	struct db *other = mariadb_connect();
	struct journal_message m = message("m1");

	if (db_begin(other) == 0)
		s->rc = journal_begin(own, other, &m, &s->e);
	s->e.answer = NULL;
	db_rollback(other);
	db_close(other);
	db_thread_end();
	arena_free(own);
	return NULL;
}

static void second_waits_for_the_first(void **state)
{
	struct journal_message m = message("m1");
	struct journal_result r = { .status = JOURNAL_ACCEPTED, .answer = "A", .answer_n = 1 };
	struct journal_entry e;
	struct second s = { .rc = 1 };
	pthread_t thread;
	int64_t waiting = 0;

	(void)state;
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_begin(a, db, &m, &e), 0);
	assert_int_equal(pthread_create(&thread, NULL, begin_second, &s), 0);
	for (int i = 0; i < 1000 && waiting == 0; i++) {
		assert_int_equal(db_query_int(db, "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM"
					      " information_schema.GLOBAL_STATUS"
			" WHERE VARIABLE_NAME = 'INNODB_ROW_LOCK_CURRENT_WAITS'", DB_NO_ARGS, &waiting), 0);
		clock_sleep_ms(5);
	}
	assert_true(waiting > 0);
	assert_int_equal(journal_finish(db, e.seq, &r), 0);
	assert_int_equal(db_commit(db), 0);
	pthread_join(thread, NULL);
	assert_int_equal(s.rc, 0);
	assert_true(s.e.repeated);
	assert_int_equal(s.e.seq, e.seq);
	assert_int_equal(s.e.answer_n, 1);
}

static void answered_times_and_lists(void **state)
{
	int64_t seq[3] = { store("m1", JOURNAL_ACCEPTED, "1"), store("m2", JOURNAL_PARTLY, "2"),
		store("m3", JOURNAL_REJECTED, "3") };
	int64_t at[3] = { 9001, 9002, 9003 };
	struct journal_counts counts;
	struct journal_list list;

	(void)state;
	assert_int_equal(journal_note_answered(db, 3, seq, at), 0);
	assert_int_equal(journal_note_answered(db, 0, seq, at), 0);
	assert_int_equal(journal_by_trace(a, db, "trace-1", &list), 0);
	assert_int_equal(list.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(list.item[i].seq, seq[i]);
		assert_int_equal(list.item[i].answered_us, at[i]);
		assert_null(list.item[i].answer);
	}
	assert_int_equal(journal_by_trace(a, db, "trace-2", &list), 0);
	assert_int_equal(list.n, 0);
	assert_int_equal(journal_by_operation(a, db, "ReportFrame", 1000, 1001, &list), 0);
	assert_int_equal(list.n, 3);
	assert_int_equal(journal_by_operation(a, db, "ReportFrame", 0, 1000, &list), 0);
	assert_int_equal(list.n, 0);
	assert_int_equal(journal_count_by_sender(a, db, 1000, 1001, &counts), 0);
	assert_int_equal(counts.n, 1);
	assert_string_equal(counts.item[0].sender, "agg-1");
	assert_string_equal(counts.item[0].operation, "ReportFrame");
	assert_int_equal(counts.item[0].accepted, 2);
	assert_int_equal(counts.item[0].partly, 1);
	assert_int_equal(counts.item[0].rejected, 1);
	assert_int_equal(counts.item[0].items_in, 30);
	assert_int_equal(counts.item[0].items_stored, 18);
	assert_int_equal(journal_count_by_sender(a, db, 0, 1000, &counts), 0);
	assert_int_equal(counts.n, 0);
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
		CASE(stored_as_given), CASE(repeated_gets_the_first_answer), CASE(other_content_is_refused),
		CASE(rollback_frees_the_id), CASE(rejected_keeps_only_the_row), CASE(second_waits_for_the_first),
		CASE(answered_times_and_lists),
	};

	return cmocka_run_group_tests(tests, migrated, NULL);
}
