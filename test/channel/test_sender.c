/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Senders against real peers: what is answered, what is tried again, what is parked so that the next can go; peers that share
 * threads, one of them slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/error.h"
#include "channel/folders.h"
#include "channel/sender.h"
#include "codec/soap/envelope.h"
#include "lib/mariadb.h"
#include "model/messages.h"
#include "net/server.h"
#include "security/pki.h"
#include "store/control.h"

enum { SOON_MS = 180000 };             /* a machine with much else to do */

static struct db *db;
static struct net_server *server;
static struct tls *server_tls, *client_tls;
static struct bytes good;                       /* what a peer answers that takes everything */
static atomic_int busy, hold, held;

/* -- the peers: what they answer stands in the message */

static void serve(void *state, const struct net_request *q, struct net_answer *a)
{
	(void)state;
	a->content_type = "text/xml; charset=utf-8";
	if (!strcmp(q->body, "slow")) {
		held++;
		while (hold)
			clock_sleep_ms(5);
		held--;
	}
	if (!strcmp(q->body, "busy") && busy) {
		a->status = 503;
		bytes_adds(&a->body, "<html>later</html>");
	} else if (!strcmp(q->body, "poison")) {
		a->status = 500;
		bytes_adds(&a->body, "<html>NullPointerException</html>");
	} else {
		bytes_add(&a->body, good.p, good.n);
	}
}

static void refuse(void *arg, int listener, int status, int error, const char *asked, struct net_answer *a)
{
	(void)arg;
	(void)listener;
	(void)status;
	(void)error;
	(void)asked;
	bytes_adds(&a->body, "refused");
}

static void make_answer(void)
{
	struct codec *codec = codec_new(NULL);
	struct ack ack = { .status = ACK_STATUS_ACCEPTED, .stored_id = (char[]){ "m" }, .trace_id = (char[]){ "t" },
		.received_at = { 1781064000000 }, .items_received = { 1 }, .items_stored = { 1 } };
	struct dsk_push_task_progress_response answer = { &ack };
	assert_int_equal(envelope_write_answer(codec, operation_of(OPERATION_dsk_PushTaskProgress), &answer, &good), 0);
	codec_free(codec);
}

static int set_up(void **state)
{
	struct net_config config = NET_CONFIG;
	struct net_listener listener = { 0, "peer", "127.0.0.1", 0, NULL };
	struct net_error why = { "" };
	(void)state;
	mariadb_migrated();
	db = mariadb_connect();
	pki_make();
	server_tls = listener.tls = pki_server("hub");
	client_tls = pki_client("a-1");
	make_answer();
	config.workers = 4;
	config.hooks = (struct net_hooks){ .serve = serve, .refuse = refuse };
	assert_int_equal(net_server_start(&config, &listener, 1, &server, &why), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	net_server_stop(server);
	tls_free(server_tls);
	tls_free(client_tls);
	bytes_done(&good);
	db_close(db);
	return 0;
}

static int empty(void **state)
{
	(void)state;
	return db_exec(db, "DELETE FROM outbox", DB_NO_ARGS);
}

/* -- the hub's side */

static void put(const char *peer, const char *id, const char *body)
{
	assert_int_equal(outbox_put(db, &(struct outbox_message){ .peer = peer, .operation = "PushTaskProgress", .message_id = id,
		.trace_id = "t", .caused_by_seq = VALUE_NONE, .channel = OUTBOX_PUSH, .body = body, .body_n = strlen(body), .items = 1,
		.created_ms = 1781064000000, .expires_ms = VALUE_NONE }, NULL), 0);
}

static int64_t count(const char *sql, const char *id)
{
	int64_t n = -1;
	assert_int_equal(db_query_int_at(db, sql, DB_ARGS(DB_TEXT(id)), &n), 0);
	return n;
}

static void await(const char *sql, const char *id)
{
	for (int i = 0; i < SOON_MS / 10; i++) {
		if (count(sql, id) == 1)
			return;
		clock_sleep_ms(10);
	}
	fail_msg("%s: %s: never", sql, id);
}

#define IS_ACCEPTED "SELECT COUNT(*) FROM outbox WHERE message_id = ? AND state = 'accepted'"

static struct sender *start(size_t n, bool shared, size_t threads, int64_t park_after)
{
	static const char *const names[] = { "p0", "p1", "p2", "p3" };
	static struct sender_peer peer[4];
	static struct drop drop;
	static struct folders folders = { .drop = &drop, .n_drops = 1 };
	static struct book book;
	struct sender *s = NULL;
	drop.folder = mariadb_folder();
	if (!book.page)
		book_init(&book, &folders.page);
	for (size_t i = 0; i < n; i++)
		peer[i] = (struct sender_peer){ names[i], SERVICE_DISPATCH_SINK, "127.0.0.1", "/x", net_server_port(server, 0), client_tls,
			shared };
	assert_int_equal(sender_start(&(struct sender_config){ .target = *mariadb_target(), .peers = peer, .n_peers = n,
		.folders = &book, .backoff = { 1000, 1000 }, .park_after = park_after, .threads = threads, .poll_ms = 5, .test_us = 600000000,
		.lease_us = 60000000 }, &s), 0);
	return s;
}

/* What can never be answered is set aside after some tries, the next goes; what is only not answered now is not. */
static void test_parked(void **state)
{
	struct sender *s;
	(void)state;
	busy = 1;
	put("p0", "first", "fine");
	put("p0", "poison", "poison");
	put("p0", "busy", "busy");
	put("p0", "last", "fine");
	s = start(1, false, 0, 3);
	await("SELECT COUNT(*) FROM outbox WHERE message_id = ? AND state = 'parked' AND misses = 3 AND attempts = 3", "poison");
	await("SELECT COUNT(*) FROM outbox WHERE message_id = ? AND attempts > 6", "busy");
	assert_int_equal(count("SELECT misses FROM outbox WHERE message_id = ?", "busy"), 0);
	/* while it is leased with the one before it an attempt is counted, and taken back when it is given back */
	await("SELECT COUNT(*) FROM outbox WHERE message_id = ? AND attempts = 0", "last");
	busy = 0;
	await(IS_ACCEPTED, "last");
	sender_stop(s);
	assert_int_equal(count(IS_ACCEPTED, "first"), 1);
	assert_int_equal(count(IS_ACCEPTED, "busy"), 1);
	assert_int_equal(count("SELECT COUNT(*) FROM outbox WHERE message_id = ? AND state = 'parked' AND last_error IS NOT NULL",
		"poison"), 1);
}

static void test_never_parked(void **state)
{
	struct sender *s;
	(void)state;
	put("p0", "poison", "poison");
	put("p0", "next", "fine");
	s = start(1, false, 0, 0);
	await("SELECT COUNT(*) FROM outbox WHERE message_id = ? AND misses > 8 AND state = 'queued'", "poison");
	sender_stop(s);
	assert_int_equal(count("SELECT attempts FROM outbox WHERE message_id = ?", "next"), 0);
}

/* What is for nobody who is called is set aside without a try, until somebody of that name is; a control curve may still be fetched. */
static void test_stranded(void **state)
{
	struct sender_peer peer = { "p0", SERVICE_DISPATCH_SINK, "127.0.0.1", "/x", net_server_port(server, 0), client_tls, false };
	struct sender *s;
	(void)state;
	put("p0", "first", "fine");
	put("p0", "second", "fine");
	assert_int_equal(outbox_put(db, &(struct outbox_message){ .peer = "p1", .operation = CONTROL_OPERATION, .message_id = "curve",
		.trace_id = "t", .caused_by_seq = VALUE_NONE, .channel = OUTBOX_PUSH, .body = "fine", .body_n = 4, .items = 1,
		.created_ms = 1781064000000, .expires_ms = VALUE_NONE }, NULL), 0);
	s = start(0, false, 0, 3);
	for (int i = 0; i < 2; i++)
		await("SELECT COUNT(*) FROM outbox WHERE message_id = ? AND state = 'parked' AND attempts = 0 AND misses = 0"
		      " AND first_sent_us IS NULL AND last_error LIKE 'no address%'", i ? "second" : "first");
	await("SELECT COUNT(*) FROM outbox WHERE message_id = ? AND state = 'queued' AND attempts > 1", "curve");
	assert_int_equal(sender_set_peers(s, &peer, 1), 0);
	await(IS_ACCEPTED, "first");
	await(IS_ACCEPTED, "second");
	sender_stop(s);
	assert_int_equal(count("SELECT attempts FROM outbox WHERE message_id = ?", "first"), 1);
	assert_int_equal(count("SELECT releases FROM outbox WHERE message_id = ?", "first"), 1);
}

/* Three peers, two threads: one that does not answer keeps one thread, the others have the other. */
static void test_slow_one_among_many(void **state)
{
	struct sender *s;
	(void)state;
	hold = 1;
	put("p1", "slow", "slow");
	s = start(4, true, 2, 3);
	for (int i = 0; i < SOON_MS / 10 && held != 1; i++)
		clock_sleep_ms(10);
	put("p1", "behind", "fine");
	put("p2", "beside", "fine");
	put("p3", "too", "fine");
	sender_wake(s);
	await(IS_ACCEPTED, "beside");
	await(IS_ACCEPTED, "too");
	assert_int_equal(held, 1);                      /* nobody else is at that peer */
	assert_int_equal(count(IS_ACCEPTED, "behind"), 0);
	hold = 0;
	await(IS_ACCEPTED, "behind");
	assert_int_equal(count("SELECT attempts FROM outbox WHERE message_id = ?", "slow"), 1);
	sender_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_parked, empty), cmocka_unit_test_setup(test_never_parked, empty), cmocka_unit_test_setup(test_stranded, empty),
		cmocka_unit_test_setup(test_slow_one_among_many, empty),
	};
	return cmocka_run_group_tests_name("sender", tests, set_up, tear_down);
}
