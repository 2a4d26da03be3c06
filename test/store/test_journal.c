/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The journal: numbers, finding and writing, one or many at once, two writers of one id, what a rollback leaves, lists, counts. */
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
static struct journal_numbers *numbers;

static int setup(void **state)
{
	(void)state;
	db = mariadb_connect();
	a = arena_new(0);
	numbers = journal_numbers_new();
	return db_exec(db, "DELETE FROM message", DB_NO_ARGS);
}

static int teardown(void **state)
{
	(void)state;
	db_close(db);
	arena_free(a);
	journal_numbers_free(numbers);
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

static int64_t number(void)
{
	int64_t seq = 0;

	assert_int_equal(journal_numbers_take(numbers, db, 1, &seq), 0);
	return seq;
}

static struct journal_row row(const char *id, enum journal_status status, const char *answer)
{
	return (struct journal_row){ number(), message(id), { .status = status, .items_in = 10,
		.items_stored = status == JOURNAL_ACCEPTED ? 10 : 4, .answer = answer, .answer_n = strlen(answer) } };
}

static int64_t store(const char *id, enum journal_status status, const char *answer)
{
	struct journal_row r = row(id, status, answer);

	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_write(a, db, &r, 1), 0);
	assert_int_equal(db_commit(db), 0);
	return r.seq;
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

/* Known and unknown keys, in any order and number, with one question each. */
static void found_at_once(void **state)
{
	static char id[JOURNAL_BATCH][16];
	struct journal_key key[JOURNAL_BATCH];
	struct journal_entry e[JOURNAL_BATCH];
	struct journal_row rows[JOURNAL_BATCH];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < JOURNAL_BATCH; i++) {
		snprintf(id[i], sizeof id[i], "k%zu", i);
		key[i] = (struct journal_key){ i % 5 == 4 ? "agg-2" : "agg-1", id[i] };
		if (i % 3 == 0)
			rows[n++] = row(id[i], JOURNAL_ACCEPTED, id[i]);
	}
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_write(a, db, rows, n), 0);
	assert_int_equal(db_commit(db), 0);
	for (size_t most = 1; most <= JOURNAL_BATCH; most++) {
		assert_int_equal(journal_find_each(a, db, key, most, e), 0);
		for (size_t i = 0; i < most; i++) {
			bool stands = i % 3 == 0 && i % 5 != 4;

			assert_true((e[i].seq != VALUE_NONE) == stands);
			if (stands) {
				assert_string_equal(e[i].message_id, id[i]);
				assert_int_equal(e[i].answer_n, strlen(id[i]));
				assert_memory_equal(e[i].answer, id[i], e[i].answer_n);
			}
		}
	}
}

/* Rows of several messages stand as each would alone; what may be missing is missing. */
static void written_together(void **state)
{
	struct journal_row r[3] = { row("m1", JOURNAL_ACCEPTED, "one"), row("m2", JOURNAL_REJECTED, "zwei"), row("m3", JOURNAL_PARTLY, "") };
	struct journal_entry e;

	(void)state;
	r[1].message.business_date = 20000;
	r[1].message.conversation_id = NULL;
	r[2].message.digest = digest_b;
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_write(a, db, r, 3), 0);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(journal_find(a, db, "agg-1", "m2", &e), 0);
	assert_int_equal(e.seq, r[1].seq);
	assert_int_equal(e.status, JOURNAL_REJECTED);
	assert_int_equal(e.answer_n, 4);
	assert_memory_equal(e.answer, "zwei", 4);
	assert_int_equal(journal_find(a, db, "agg-1", "m3", &e), 0);
	assert_memory_equal(e.digest, digest_b, JOURNAL_DIGEST);
	assert_int_equal(e.answer_n, 0);
	int64_t n;
	assert_int_equal(db_query_int(db, "SELECT COUNT(*) FROM message WHERE conversation_id IS NULL AND business_date = '2024-10-04'",
				      DB_NO_ARGS, &n), 0);
	assert_int_equal(n, 1);
}

static void another_sender_may_use_the_id(void **state)
{
	struct journal_row r = row("m1", JOURNAL_ACCEPTED, "x");

	(void)state;
	store("m1", JOURNAL_ACCEPTED, "first");
	r.message.sender = "agg-2";
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_write(a, db, &r, 1), 0);
	assert_int_equal(db_commit(db), 0);
}

/* One of several stands by now: nothing of them is kept. */
static void second_writer_loses(void **state)
{
	struct journal_row r[2] = { row("m0", JOURNAL_ACCEPTED, "x"), row("m1", JOURNAL_ACCEPTED, "y") };
	struct journal_entry e;

	(void)state;
	store("m1", JOURNAL_ACCEPTED, "first");
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_write(a, db, r, 2), E_STORE_CONFLICT);
	db_rollback(db);
	assert_int_equal(journal_find(a, db, "agg-1", "m0", &e), E_NOTHING);
	assert_int_equal(journal_find(a, db, "agg-1", "m1", &e), 0);
	assert_memory_equal(e.answer, "first", 5);
	assert_int_equal(journal_write(a, db, r, 1), E_INTERNAL);       /* no transaction */
}

static void rollback_frees_the_id(void **state)
{
	struct journal_row r = row("m1", JOURNAL_ACCEPTED, "lost");
	struct journal_entry e;

	(void)state;
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_write(a, db, &r, 1), 0);
	db_rollback(db);
	assert_int_equal(journal_find(a, db, "agg-1", "m1", &e), E_NOTHING);
	store("m1", JOURNAL_ACCEPTED, "second try");
}

/* The same message on two connections at once: the second waits, then learns that it lost. */
struct second { int rc; int64_t seq; };

static void *write_second(void *out)
{
	struct second *s = out;
	struct arena *own = arena_new(0);
	struct db *other = mariadb_connect();
	struct journal_row r = { s->seq, message("m1"), { .status = JOURNAL_ACCEPTED, .answer = "B", .answer_n = 1 } };

	if (db_begin(other) == 0)
		s->rc = journal_write(own, other, &r, 1);
	db_rollback(other);
	db_close(other);
	db_thread_end();
	arena_free(own);
	return NULL;
}

static void second_waits_for_the_first(void **state)
{
	struct journal_row r = row("m1", JOURNAL_ACCEPTED, "A");
	struct second s = { .rc = 1, .seq = number() };
	pthread_t thread;
	int64_t waiting = 0;

	(void)state;
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(journal_write(a, db, &r, 1), 0);
	assert_int_equal(pthread_create(&thread, NULL, write_second, &s), 0);
	for (int i = 0; i < 12000 && waiting == 0; i++) {
		assert_int_equal(db_query_int(db, "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM"
					      " information_schema.GLOBAL_STATUS"
			" WHERE VARIABLE_NAME = 'INNODB_ROW_LOCK_CURRENT_WAITS'", DB_NO_ARGS, &waiting), 0);
		clock_sleep_ms(5);
	}
	assert_true(waiting > 0);
	assert_int_equal(db_commit(db), 0);
	pthread_join(thread, NULL);
	assert_int_equal(s.rc, E_STORE_CONFLICT);
}

/* -- numbers */
static void numbers_go_on_after_a_restart(void **state)
{
	struct journal_numbers *later;
	int64_t before = number(), next = 0;

	(void)state;
	assert_int_equal(number(), before + 1);
	assert_int_equal(journal_numbers_take(numbers, db, JOURNAL_BATCH, &next), 0);
	assert_int_equal(next, before + 2);
	assert_int_equal(number(), before + 2 + JOURNAL_BATCH);
	later = journal_numbers_new();
	assert_int_equal(journal_numbers_take(later, db, 1, &next), 0);
	assert_true(next > before + 2 + JOURNAL_BATCH);
	for (int64_t i = 0, last = number(); i < 20000; i++) {          /* over the end of several blocks, beside the other's */
		int64_t now = number();

		assert_true(now > last);
		last = now;
		assert_int_equal(journal_numbers_take(later, db, 1, &before), 0);
		assert_true(before > next && before != now);
		next = before;
	}
	journal_numbers_free(later);
}

static void answered_times_and_lists(void **state)
{
	int64_t seq[3] = { store("m1", JOURNAL_ACCEPTED, "1"), store("m2", JOURNAL_PARTLY, "2"),
		store("m3", JOURNAL_REJECTED, "3") };
	int64_t at[3] = { 9001, 9002, 9003 };
	struct journal_counts counts;
	struct journal_list list;

	(void)state;
	assert_int_equal(journal_note_answered(db, 3, seq, seq, at), 0);
	assert_int_equal(journal_note_answered(db, 0, seq, seq, at), 0);
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
		CASE(stored_as_given), CASE(found_at_once), CASE(written_together), CASE(another_sender_may_use_the_id),
		CASE(second_writer_loses), CASE(rollback_frees_the_id), CASE(second_waits_for_the_first),
		CASE(numbers_go_on_after_a_restart),
		CASE(answered_times_and_lists),
	};

	return cmocka_run_group_tests(tests, migrated, NULL);
}
