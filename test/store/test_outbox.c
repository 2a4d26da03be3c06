/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The outbox: order, leases, back-off, fetching, answers, expiry, counts. */
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
#include "store/outbox.h"

enum { SECOND = 1000000 };

static struct db *db;
static struct arena *a;
static int64_t now_us;

static int setup(void **state)
{
	(void)state;
	db = mariadb_connect();
	a = arena_new(0);
	now_us = clock_machine_us() + SECOND;   /* safely behind what outbox_put notes */
	return db_exec(db, "DELETE FROM outbox", DB_NO_ARGS);
}

static int teardown(void **state)
{
	(void)state;
	db_close(db);
	arena_free(a);
	return 0;
}

static int64_t put_body(const char *peer, const char *id, enum outbox_channel channel, const char *body)
{
	struct outbox_message m = {
		.peer = peer, .operation = "PushOperation", .message_id = id, .correlation_id = "corr",
		.trace_id = "trace-1",
		.caused_by_seq = VALUE_NONE, .channel = channel, .body = body, .body_n = strlen(body), .items = 5,
		.created_ms = 1000, .expires_ms = VALUE_NONE,
	};
	int64_t seq = 0;

	assert_int_equal(outbox_put(db, &m, &seq), 0);
	assert_true(seq > 0);
	return seq;
}

static int64_t put(const char *peer, const char *id, enum outbox_channel channel)
{
	return put_body(peer, id, channel, "body");
}

static struct outbox_list take(const char *peer, int64_t at_us, size_t most, size_t most_bytes)
{
	struct outbox_list list;

	assert_int_equal(outbox_take(a, db, peer, OUTBOX_PUSH, at_us, 30 * SECOND, most, most_bytes, &list), 0);
	return list;
}

static void put_and_find(void **state)
{
	struct outbox_message m = { .peer = "d", .operation = "o", .message_id = "x1", .trace_id = "t", .body = "",
		.body_n = 0 };
	struct outbox_message back;
	int64_t seq = put("dispatch-1", "x1", OUTBOX_FETCH);

	(void)state;
	assert_int_equal(outbox_put(db, &m, NULL), E_DUPLICATE_KEY);
	assert_int_equal(outbox_find(a, db, "x1", &back), 0);
	assert_int_equal(back.seq, seq);
	assert_string_equal(back.peer, "dispatch-1");
	assert_string_equal(back.operation, "PushOperation");
	assert_null(back.conversation_id);
	assert_string_equal(back.correlation_id, "corr");
	assert_int_equal(back.caused_by_seq, VALUE_NONE);
	assert_int_equal(back.channel, OUTBOX_FETCH);
	assert_int_equal(back.state, OUTBOX_QUEUED);
	assert_int_equal(back.items, 5);
	assert_int_equal(back.created_ms, 1000);
	assert_int_equal(back.attempts, 0);
	assert_int_equal(back.first_sent_us, VALUE_NONE);
	assert_int_equal(back.body_n, 4);
	assert_memory_equal(back.body, "body", 4);
	assert_null(back.answer);
	assert_int_equal(outbox_find(a, db, "x2", &back), E_NOTHING);
	assert_string_equal(outbox_channel_name(back.channel), "fetch");
	assert_string_equal(outbox_state_name(back.state), "queued");
}

static void undone_with_its_cause(void **state)
{
	struct outbox_message back;

	(void)state;
	assert_int_equal(db_begin(db), 0);
	put("dispatch-1", "x1", OUTBOX_PUSH);
	db_rollback(db);
	assert_int_equal(outbox_find(a, db, "x1", &back), E_NOTHING);
}

static void taken_in_order_once(void **state)
{
	int64_t s1 = put("dispatch-1", "x1", OUTBOX_PUSH), s2 = put("dispatch-1", "x2", OUTBOX_PUSH);
	struct outbox_list list;

	(void)state;
	put("dispatch-2", "y1", OUTBOX_PUSH);
	put("dispatch-1", "f1", OUTBOX_FETCH);
	put("dispatch-1", "x3", OUTBOX_PUSH);
	list = take("dispatch-1", now_us, 2, 1000);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.item[0].seq, s1);
	assert_int_equal(list.item[1].seq, s2);
	assert_int_equal(list.item[0].attempts, 1);
	assert_int_equal(list.item[0].first_sent_us, now_us);
	assert_memory_equal(list.item[0].body, "body", 4);
	/* x3 is due, but stands behind two that are leased */
	assert_int_equal(take("dispatch-1", now_us, 10, 1000).n, 0);
	/* the lease is over: its holder died */
	list = take("dispatch-1", now_us + 31 * SECOND, 10, 1000);
	assert_int_equal(list.n, 3);
	assert_int_equal(list.item[0].attempts, 2);
	assert_int_equal(list.item[0].first_sent_us, now_us);
	assert_int_equal(list.item[2].attempts, 1);
}

static void bounded_by_bytes(void **state)
{
	(void)state;
	put_body("dispatch-1", "x1", OUTBOX_PUSH, "0123456789");
	put_body("dispatch-1", "x2", OUTBOX_PUSH, "0123456789");
	put_body("dispatch-1", "x3", OUTBOX_PUSH, "0123456789");
	assert_int_equal(take("dispatch-1", now_us, 10, 1).n, 1);
	assert_int_equal(outbox_answered(db, take("dispatch-1", now_us + 60 * SECOND, 1, 1).item[0].seq, true, 5, NULL,
					 0, now_us), 0);
	assert_int_equal(take("dispatch-1", now_us, 10, 20).n, 2);
}

static void failing_backs_off(void **state)
{
	static const struct outbox_backoff defaults = { 0, 0 }, other = { 2 * SECOND, 7 * SECOND };
	int64_t seq = put("dispatch-1", "x1", OUTBOX_PUSH), at = now_us;
	struct outbox_message m;

	(void)state;
	for (int64_t i = 1; i <= 3; i++) {
		assert_int_equal(take("dispatch-1", at, 1, 1000).n, 1);
		assert_int_equal(outbox_failed(db, seq, "connection \"refused\"\n\xff", &defaults, at), 0);
		at += ((int64_t)SECOND << (i - 1)) - 1;
		assert_int_equal(take("dispatch-1", at, 1, 1000).n, 0);
		at++;
	}
	assert_int_equal(outbox_find(a, db, "x1", &m), 0);
	assert_int_equal(m.attempts, 3);
	assert_int_equal(m.state, OUTBOX_QUEUED);
	assert_string_equal(m.last_error, "connection \"refused\"??");
	assert_int_equal(outbox_backoff_us(&defaults, 9), 256 * SECOND);
	assert_int_equal(outbox_backoff_us(&defaults, 10), INT64_C(300) * SECOND);
	assert_int_equal(outbox_backoff_us(&defaults, INT64_MAX), INT64_C(300) * SECOND);
	assert_int_equal(outbox_backoff_us(&other, 1), 2 * SECOND);
	assert_int_equal(outbox_backoff_us(&other, 2), 4 * SECOND);
	assert_int_equal(outbox_backoff_us(&other, 3), 7 * SECOND);
	assert_int_equal(outbox_failed(db, seq + 99, "", &other, at), E_NOTHING);
	assert_int_equal(outbox_answered(db, seq, true, 5, "ok", 2, at), 0);
	assert_int_equal(outbox_failed(db, seq, "late", &other, at), E_NOTHING);
	assert_int_equal(outbox_find(a, db, "x1", &m), 0);
	assert_null(m.last_error);
}

static void answers_are_kept(void **state)
{
	int64_t s1 = put("dispatch-1", "x1", OUTBOX_PUSH), s2 = put("dispatch-1", "x2", OUTBOX_PUSH);
	struct outbox_message m;

	(void)state;
	assert_int_equal(take("dispatch-1", now_us, 2, 1000).n, 2);
	assert_int_equal(outbox_answered(db, s1, true, 5, "yes", 3, now_us + 7), 0);
	assert_int_equal(outbox_answered(db, s1, true, 1, "again", 5, now_us + 9), 0);
	assert_int_equal(outbox_answered(db, s1, false, 0, "no", 2, now_us + 9), E_NOTHING);
	assert_int_equal(outbox_delivered(db, s1, now_us), E_NOTHING);
	assert_int_equal(outbox_answered(db, s2, false, 0, NULL, 0, now_us + 8), 0);
	assert_int_equal(outbox_answered(db, s2 + 99, true, 0, NULL, 0, now_us), E_NOTHING);
	assert_int_equal(outbox_find(a, db, "x1", &m), 0);
	assert_int_equal(m.state, OUTBOX_ACCEPTED);
	assert_int_equal(m.answer_items_stored, 5);
	assert_int_equal(m.answered_us, now_us + 7);
	assert_int_equal(m.delivered_us, now_us + 7);
	assert_memory_equal(m.answer, "yes", 3);
	assert_int_equal(outbox_find(a, db, "x2", &m), 0);
	assert_int_equal(m.state, OUTBOX_REJECTED);
	assert_null(m.answer);
	assert_int_equal(take("dispatch-1", now_us + 999 * (int64_t)SECOND, 10, 1000).n, 0);
}

static struct outbox_list fetch(const char *operation, int64_t after_seq, size_t most, size_t most_bytes)
{
	struct outbox_list list;

	assert_int_equal(outbox_fetch(a, db, "agg-1", operation, after_seq, most, most_bytes, &list), 0);
	return list;
}

static void fetched_until_acknowledged(void **state)
{
	int64_t s1 = put("agg-1", "c1", OUTBOX_FETCH), s2 = put("agg-1", "c2", OUTBOX_FETCH);
	struct outbox_list list;
	struct outbox_message m;

	(void)state;
	put("agg-2", "c3", OUTBOX_FETCH);
	put("agg-1", "p1", OUTBOX_PUSH);
	list = fetch(NULL, 0, 10, 1000);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.item[0].seq, s1);
	assert_memory_equal(list.item[1].body, "body", 4);
	assert_int_equal(fetch("PushOperation", 0, 10, 1000).n, 3);     /* what is to be pushed too, where it is named */
	assert_string_equal(fetch("PushOperation", 0, 10, 1000).item[2].message_id, "p1");
	assert_int_equal(fetch("Other", 0, 10, 1000).n, 0);
	assert_int_equal(fetch(NULL, s1, 10, 1000).n, 1);
	assert_int_equal(fetch(NULL, 0, 1, 1000).n, 1);
	assert_int_equal(fetch(NULL, 0, 10, 5).n, 1);
	assert_int_equal(outbox_delivered(db, s1, now_us), 0);
	assert_int_equal(outbox_delivered(db, s1, now_us + 5), 0);
	assert_int_equal(fetch(NULL, 0, 10, 1000).n, 2);        /* handed out again until it is acknowledged */
	assert_int_equal(outbox_find(a, db, "c1", &m), 0);
	assert_int_equal(m.state, OUTBOX_DELIVERED);
	assert_int_equal(m.delivered_us, now_us);
	assert_int_equal(m.attempts, 1);
	assert_int_equal(outbox_answered(db, s1, true, 5, NULL, 0, now_us + 9), 0);
	list = fetch(NULL, 0, 10, 1000);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.item[0].seq, s2);
}

static void expires(void **state)
{
	struct outbox_message m = { .peer = "agg-1", .operation = "o", .message_id = "e1", .trace_id = "t",
		.caused_by_seq = 12, .channel = OUTBOX_FETCH, .body = "b", .body_n = 1, .created_ms = 1000,
		.expires_ms = 5000 };
	int64_t seq, n = -1;

	(void)state;
	assert_int_equal(outbox_put(db, &m, &seq), 0);
	put("agg-1", "stays", OUTBOX_FETCH);
	assert_int_equal(outbox_expire(db, 4999, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(outbox_expire(db, 5000, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(fetch(NULL, 0, 10, 1000).n, 1);
	assert_int_equal(outbox_answered(db, seq, true, 1, NULL, 0, now_us), E_NOTHING);
	assert_int_equal(outbox_find(a, db, "e1", &m), 0);
	assert_int_equal(m.state, OUTBOX_EXPIRED);
	assert_int_equal(m.caused_by_seq, 12);
}

static void due_peers(void **state)
{
	struct outbox_peers peers;

	(void)state;
	put("b", "b1", OUTBOX_PUSH);
	put("a", "a1", OUTBOX_PUSH);
	put("b", "b2", OUTBOX_PUSH);
	put("c", "c1", OUTBOX_FETCH);
	assert_int_equal(outbox_due_peers(a, db, OUTBOX_PUSH, now_us, &peers), 0);
	assert_int_equal(peers.n, 2);
	assert_string_equal(peers.peer[0], "b");
	assert_string_equal(peers.peer[1], "a");
	assert_int_equal(outbox_due_peers(a, db, OUTBOX_PUSH, 0, &peers), 0);
	assert_int_equal(peers.n, 0);
}

static void counted(void **state)
{
	struct outbox_counts counts;
	struct outbox_list list;
	int64_t s1 = put("agg-1", "c1", OUTBOX_FETCH), s2 = put("agg-1", "c2", OUTBOX_FETCH), waiting;

	(void)state;
	put("agg-1", "c3", OUTBOX_FETCH);
	put("dispatch-1", "x1", OUTBOX_PUSH);
	assert_int_equal(outbox_answered(db, s1, true, 4, NULL, 0, now_us), 0);
	assert_int_equal(outbox_answered(db, s2, false, 0, NULL, 0, now_us), 0);
	assert_int_equal(outbox_waiting(db, &waiting), 0);
	assert_int_equal(waiting, 2);
	assert_int_equal(outbox_count_by_peer(a, db, 1000, 1001, &counts), 0);
	assert_int_equal(counts.n, 2);
	assert_string_equal(counts.item[0].peer, "agg-1");
	assert_int_equal(counts.item[0].messages, 3);
	assert_int_equal(counts.item[0].sent, 2);
	assert_int_equal(counts.item[0].accepted, 1);
	assert_int_equal(counts.item[0].rejected, 1);
	assert_int_equal(counts.item[0].items, 10);
	assert_int_equal(counts.item[0].items_stored, 4);
	assert_int_equal(counts.item[1].messages, 1);
	assert_int_equal(counts.item[1].sent, 0);
	assert_int_equal(counts.item[1].items_stored, 0);
	assert_int_equal(outbox_count_by_peer(a, db, 0, 1000, &counts), 0);
	assert_int_equal(counts.n, 0);
	assert_int_equal(outbox_by_trace(a, db, "trace-1", &list), 0);
	assert_int_equal(list.n, 4);
	assert_null(list.item[0].body);
}

/* Four senders at one peer's queue: every message is taken exactly once, and each sender's in order. */
enum { SENDERS = 4, MESSAGES = 200 };
struct sender { int64_t seq[MESSAGES]; size_t n; int rc; };

static void *send_all(void *out)
{
	struct sender *s = out;
	struct db *own = mariadb_connect();
	struct arena *mine = arena_new(0);

	for (int idle = 0; s->rc == 0 && idle < 3000; idle++) {        /* 3 s and more without anything due: done */
		struct outbox_list list;

		s->rc = outbox_take(mine, own, "dispatch-1", OUTBOX_PUSH, now_us, 30 * SECOND, 3, 1000, &list);
		if (s->rc == E_STORE_CONFLICT)
			s->rc = 0;
		for (size_t i = 0; s->rc == 0 && i < list.n; i++) {
			s->seq[s->n++] = list.item[i].seq;
			s->rc = outbox_answered(own, list.item[i].seq, true, 1, NULL, 0, now_us);
			idle = 0;
		}
		if (list.n == 0)
			clock_sleep_ms(1);
	}
	arena_free(mine);
	db_close(own);
	db_thread_end();
	return NULL;
}

static void several_senders(void **state)
{
	static struct sender sender[SENDERS];
	pthread_t thread[SENDERS];
	size_t total = 0;
	int64_t n, waiting;
	char id[16];

	(void)state;
	for (int i = 0; i < MESSAGES; i++) {
		snprintf(id, sizeof id, "m%d", i);
		put("dispatch-1", id, OUTBOX_PUSH);
	}
	now_us = clock_machine_us();            /* putting them took a while; all are due */
	for (int i = 0; i < SENDERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, send_all, &sender[i]), 0);
	for (int i = 0; i < SENDERS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(sender[i].rc, 0);
		total += sender[i].n;
		for (size_t k = 1; k < sender[i].n; k++)
			assert_true(sender[i].seq[k] > sender[i].seq[k - 1]);
	}
	assert_int_equal(total, MESSAGES);
	assert_int_equal(outbox_waiting(db, &waiting), 0);
	assert_int_equal(waiting, 0);
	assert_int_equal(db_query_int(db, "SELECT COUNT(*) FROM outbox WHERE attempts = 1", DB_NO_ARGS, &n), 0);
	assert_int_equal(n, MESSAGES);
}

static void released_as_if_never_taken(void **state)
{
	struct outbox_message m;
	struct outbox_list list;

	(void)state;
	put("dispatch-1", "m1", OUTBOX_PUSH);
	list = take("dispatch-1", now_us, 10, 1000);
	assert_int_equal(list.n, 1);
	assert_int_equal(outbox_release(db, &list.item[0], now_us), 0);
	assert_int_equal(outbox_find(a, db, "m1", &m), 0);
	assert_int_equal(m.attempts, 0);
	assert_int_equal(m.first_sent_us, VALUE_NONE);
	assert_int_equal(m.next_try_us, now_us);
	assert_int_equal(outbox_release(db, &list.item[0], now_us), E_NOTHING);
	list = take("dispatch-1", now_us, 10, 1000);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.item[0].attempts, 1);
	m = list.item[0];
	list = take("dispatch-1", m.next_try_us, 10, 1000);     /* the lease is over: another one took it */
	assert_int_equal(list.n, 1);
	assert_int_equal(outbox_release(db, &m, now_us), E_NOTHING);
	assert_int_equal(outbox_release(db, &list.item[0], now_us), 0);
	assert_int_equal(outbox_find(a, db, "m1", &m), 0);
	assert_int_equal(m.attempts, 1);
	assert_int_not_equal(m.first_sent_us, VALUE_NONE);
}

/* Who waits for what is to be fetched hears of it when it is there, and of nothing that was undone. */
/* -- out of turn */

static void park(int64_t seq)
{
	bool parked;

	assert_int_equal(outbox_missed(db, seq, "nonsense", &(struct outbox_backoff){ 0 }, 1, now_us, &parked), 0);
	assert_true(parked);
}

static void released_and_given_up_by_hand(void **state)
{
	int64_t first = put("dispatch-1", "x1", OUTBOX_PUSH), second = put("dispatch-1", "x2", OUTBOX_PUSH);
	struct outbox_list list;
	struct outbox_message m;

	(void)state;
	assert_int_equal(outbox_try_now(db, "x1", now_us), E_NOTHING);  /* it has not failed */
	assert_int_equal(outbox_try_now(db, "none", now_us), E_NOTHING);
	assert_int_equal(take("dispatch-1", now_us, 10, 1000).n, 2);
	park(first);
	assert_int_equal(outbox_failed(db, second, "away", &(struct outbox_backoff){ 0 }, now_us), 0);
	assert_int_equal(outbox_failing(a, db, 10, &list), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.item[0].message_id, "x1");
	assert_int_equal(list.item[0].state, OUTBOX_PARKED);
	assert_int_equal(outbox_failing(a, db, 1, &list), 0);
	assert_int_equal(list.n, 1);
	for (int k = 1; k <= 2; k++) {                                  /* it may be parked and released again */
		assert_int_equal(outbox_try_now(db, "x1", now_us), 0);
		assert_int_equal(outbox_find(a, db, "x1", &m), 0);
		assert_int_equal(m.state, OUTBOX_QUEUED);
		assert_int_equal(m.releases, k);
		list = take("dispatch-1", now_us, 10, 1000);            /* the first in its place; the other one is not due */
		assert_int_equal(list.n, 1);
		assert_int_equal(list.item[0].seq, first);
		assert_null(list.item[0].last_error);
		assert_int_equal(outbox_try_now(db, "x1", now_us), E_NOTHING);  /* it is being sent */
		park(first);
	}
	assert_int_equal(outbox_give_up(db, "x1"), 0);
	assert_int_equal(outbox_give_up(db, "x1"), E_NOTHING);
	assert_int_equal(outbox_try_now(db, "x1", now_us), E_NOTHING);
	assert_int_equal(take("dispatch-1", now_us, 10, 1000).n, 0);
	assert_int_equal(outbox_hurry(db, "other", now_us), 0);
	assert_int_equal(take("dispatch-1", now_us, 10, 1000).n, 0);
	assert_int_equal(outbox_hurry(db, "dispatch-1", now_us), 0);
	list = take("dispatch-1", now_us, 10, 1000);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.item[0].seq, second);
	assert_int_equal(outbox_hurry(db, "dispatch-1", now_us), 0);    /* it is leased: nobody may take it now */
	assert_int_equal(take("dispatch-1", now_us, 10, 1000).n, 0);
	assert_int_equal(outbox_give_up(db, "x2"), 0);
}

static uint64_t heard[8];
static size_t n_heard;
static void hear(void *arg, uint64_t key)
{
	assert_ptr_equal(arg, heard);
	heard[n_heard++] = key;
}

static void noted_when_committed(void **state)
{
	struct db_target target = *mariadb_target();

	(void)state;
	target.noted = hear;
	target.noted_arg = heard;
	db_close(db);
	assert_int_equal(db_open(&target, &db), 0);
	n_heard = 0;
	assert_int_equal(db_begin(db), 0);
	put("A1", "m1", OUTBOX_FETCH);
	put("dispatch-1", "m2", OUTBOX_PUSH);
	put("A2", "m3", OUTBOX_FETCH);
	assert_int_equal(n_heard, 0);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(n_heard, 3);
	assert_true(heard[0] == outbox_key("A1") && heard[1] == outbox_key("dispatch-1") && heard[2] == outbox_key("A2"));
	assert_true(heard[0] != heard[1] && heard[0] != heard[2]);
	assert_int_equal(db_begin(db), 0);
	put("A1", "m4", OUTBOX_FETCH);
	db_rollback(db);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(n_heard, 3);
	put("A1", "m5", OUTBOX_FETCH);          /* commits by itself */
	assert_int_equal(n_heard, 4);
	put("A1", "m6", OUTBOX_FILE);           /* nobody fetches it */
	assert_int_equal(n_heard, 4);
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
		CASE(put_and_find), CASE(released_as_if_never_taken),
		CASE(undone_with_its_cause), CASE(taken_in_order_once), CASE(bounded_by_bytes),
		CASE(failing_backs_off), CASE(answers_are_kept), CASE(fetched_until_acknowledged), CASE(expires),
		CASE(due_peers),
		CASE(counted), CASE(several_senders), CASE(noted_when_committed),
		CASE(released_and_given_up_by_hand),
	};

	return cmocka_run_group_tests(tests, migrated, NULL);
}
