/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Scheduler and senders beside a real database: what they ask of it when there is nothing to do or nothing may be done, what a
 * failed delivery leaves, that they end and come back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <pthread.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "channel/idle.h"
#include "channel/folders.h"
#include "channel/sender.h"
#include "daemon/scheduler.h"
#include "endpoint/answered.h"
#include "lib/mariadb.h"
#include "store/business_clock.h"

enum { NOON = 1781064000, SOON_MS = 180000 };

static struct rules rules;
static struct hub hub;
static struct db *db;
static struct answered *answered;

static int set_up(void **state)
{
	struct settings_error error;
	char path[600];
	(void)state;
	mariadb_migrated();
	db = mariadb_connect();
	snprintf(path, sizeof path, "%s/etc/rules/sichuan-2023.rules", mariadb_source());
	if (rules_load(path, &rules, &error))
		fail_msg("%s", error.text);
	hub = (struct hub){ .name = "hub", .rules = &rules, .dispatch_peer = "", .settle_ms = 5000, .most_diagnostics = 100,
		.drop_dir = mariadb_folder() };
	answered = answered_new();
	clock_trial(NOON * INT64_C(1000));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	db_close(db);
	answered_free(answered);
	rules_done(&rules);
	return 0;
}

static int empty(void **state)
{
	(void)state;
	return db_exec(db, "DELETE FROM outbox", DB_NO_ARGS);
}

static int64_t number(const char *sql, const char *id)
{
	int64_t n = -1;
	assert_int_equal(db_query_int_at(db, sql, id ? DB_ARGS(DB_TEXT(id)) : DB_NO_ARGS, &n), 0);
	return n;
}

static int64_t statements(void)
{
	return number("SELECT CAST(VARIABLE_VALUE AS INTEGER) FROM information_schema.GLOBAL_STATUS"
		      " WHERE VARIABLE_NAME = 'QUERIES'", NULL);
}

static void put(const char *peer, const char *id, enum outbox_channel channel)
{
	assert_int_equal(outbox_put(db, &(struct outbox_message){ .peer = peer, .operation = "PushOperation", .message_id = id,
		.trace_id = "t", .caused_by_seq = VALUE_NONE, .channel = channel, .body = "text", .body_n = 4, .items = 1,
		.created_ms = NOON * INT64_C(1000), .expires_ms = VALUE_NONE }, NULL), 0);
}

static struct sender *start_sender(void)
{
	static struct sender_config config;
	static struct drop drop;
	static struct folders folders = { .drop = &drop, .n_drops = 1 };
	static struct book book;
	struct sender *s = NULL;
	drop.folder = mariadb_folder();
	if (!book.page)
		book_init(&book, &folders.page);
	config = (struct sender_config){ .target = *mariadb_target(), .folders = &book,
		.backoff = { 3600 * INT64_C(1000000), 3600 * INT64_C(1000000) }, .poll_ms = 10, .lease_us = 3600 * INT64_C(1000000) };
	assert_int_equal(sender_start(&config, &s), 0);
	return s;
}

/* Until the count that sql asks for with id is `want`. */
static void await(const char *sql, const char *id, int64_t want)
{
	for (int i = 0; i < SOON_MS / 20; i++) {
		if (number(sql, id) == want)
			return;
		clock_sleep_ms(20);
	}
	fail_msg("%s: never %lld", sql, (long long)want);
}

/* -- waiting */
static void *wait_long(void *arg)
{
	idle_wait(arg);
	return NULL;
}

static void test_idle_ends(void **state)
{
	pthread_t thread;
	struct idle *i = idle_new(3600000, 3600000);
	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, wait_long, i), 0);
	idle_end(i);
	pthread_join(thread, NULL);
	assert_true(idle_ended(i));
	idle_wait(i);
	idle_free(i);
}

static void test_idle_is_rung(void **state)
{
	struct idle *i = idle_new(1, 3600000);
	pthread_t thread;
	(void)state;
	for (int k = 0; k < 8; k++)
		idle_wait(i);           /* 1, 2 … 128 ms: the next ones would double on, to an hour */
	idle_ring(i);
	idle_wait(i);
	idle_wait(i);                   /* short again */
	assert_int_equal(pthread_create(&thread, NULL, wait_long, i), 0);
	idle_ring(i);
	pthread_join(thread, NULL);
	idle_free(i);
}

/* -- senders */
static void test_a_file_is_written(void **state)
{
	char path[600];
	struct sender *s = start_sender();
	(void)state;
	put("drop", "document.txt", OUTBOX_FILE);
	sender_wake(s);
	await("SELECT COUNT(*) FROM outbox WHERE message_id = ? AND state = 'accepted' AND attempts = 1", "document.txt", 1);
	sender_stop(s);
	snprintf(path, sizeof path, "%s/document.txt", mariadb_folder());
	assert_int_equal(access(path, R_OK), 0);
}

/* The second waits behind the first, but neither its attempts nor its next try tell of a try that was none. */
static void test_batch_after_a_failure(void **state)
{
	struct sender *s;
	(void)state;
	put("drop", "not/a/name", OUTBOX_FILE);
	put("drop", "second", OUTBOX_FILE);
	s = start_sender();
	await("SELECT COUNT(*) FROM outbox WHERE message_id = ? AND last_error IS NOT NULL", "not/a/name", 1);
	sender_stop(s);
	assert_int_equal(number("SELECT attempts FROM outbox WHERE message_id = ?", "not/a/name"), 1);
	assert_int_equal(number("SELECT attempts FROM outbox WHERE message_id = ?", "second"), 0);
	assert_int_equal(number("SELECT COUNT(*) FROM outbox WHERE message_id = ? AND first_sent_us IS NULL", "second"), 1);
	assert_true(number("SELECT next_try_us FROM outbox WHERE message_id = ?", "second") <= clock_machine_us());
}

/* A peer whose oldest message waits for its next try: later ones are due, may not go, and are not asked for without end. */
static void test_no_busy_waiting(void **state)
{
	struct sender *s;
	int64_t before;
	(void)state;
	put("nobody", "first", OUTBOX_PUSH);
	put("nobody", "then", OUTBOX_PUSH);
	s = start_sender();
	await("SELECT COUNT(*) FROM outbox WHERE message_id = ? AND last_error IS NOT NULL", "first", 1);
	before = statements();
	clock_sleep_ms(1500);
	assert_in_range(statements() - before, 1, 200);
	sender_stop(s);
}

static void test_senders_while_the_database_is_away(void **state)
{
	struct sender *s = start_sender();
	(void)state;
	mariadb_kill();
	clock_sleep_ms(100);
	mariadb_start();
	put("drop", "after.txt", OUTBOX_FILE);
	await("SELECT COUNT(*) FROM outbox WHERE message_id = ? AND state = 'accepted'", "after.txt", 1);
	mariadb_kill();
	sender_stop(s);                 /* ends without it */
	mariadb_start();
}

/* -- scheduler */
static void count_pieces(void *arg) { ++*(int *)arg; }

static struct scheduler *start_scheduler(int *pieces)
{
	struct scheduler *s = NULL;
	assert_int_equal(scheduler_start(&(struct scheduler_config){ .target = *mariadb_target(), .hub = &hub, .answered = answered, .tick_ms = 10,
		.committed = count_pieces, .committed_arg = pieces }, &s), 0);
	return s;
}

static void test_scheduler_asks_seldom(void **state)
{
	int pieces = 0;
	struct scheduler *s = start_scheduler(&pieces);
	int64_t before;
	(void)state;
	clock_sleep_ms(1500);           /* its waits grow to a second */
	before = statements();
	clock_sleep_ms(1500);
	assert_in_range(statements() - before, 1, 200);
	scheduler_stop(s);
	assert_int_equal(pieces, 0);
}

static void test_scheduler_without_a_database(void **state)
{
	int pieces = 0;
	struct scheduler *s = start_scheduler(&pieces);
	int64_t later = clock_business_ms() + 60000, stored = 0;
	(void)state;
	assert_int_equal(scheduler_set_time(s, later), 0);
	mariadb_kill();
	assert_int_equal(scheduler_set_time(s, later + 60000), E_STORE_AWAY);
	assert_int_equal(clock_business_ms(), later);
	mariadb_start();
	assert_int_equal(scheduler_set_time(s, later - 1), E_TIME_ORDER);
	assert_int_equal(scheduler_set_time(s, later + 60000), 0);
	assert_int_equal(business_clock_load(db, &stored), 0);
	assert_int_equal(stored, later + 60000);
	scheduler_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle_ends), cmocka_unit_test(test_idle_is_rung),
		cmocka_unit_test_setup(test_a_file_is_written, empty), cmocka_unit_test_setup(test_batch_after_a_failure, empty),
		cmocka_unit_test_setup(test_no_busy_waiting, empty),
		cmocka_unit_test_setup(test_senders_while_the_database_is_away, empty),
		cmocka_unit_test_setup(test_scheduler_asks_seldom, empty),
		cmocka_unit_test_setup(test_scheduler_without_a_database, empty),
	};
	return cmocka_run_group_tests_name("background", tests, set_up, tear_down);
}
