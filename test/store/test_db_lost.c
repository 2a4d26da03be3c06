/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What happens when the server dies or the connection breaks: the class of the error, what is stored, how it comes
 * back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "lib/mariadb.h"

#define RUN(db, text) assert_int_equal(db_run((db), (text), sizeof (text) - 1), 0)

static struct db *db;

static int setup(void **state)
{
	(void)state;
	db = mariadb_connect();
	RUN(db, "DROP TABLE IF EXISTS t");
	RUN(db, "CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, k VARCHAR(64) UNIQUE)");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

static int put(struct db *on, const char *key)
{
	return db_exec(on, "INSERT INTO t (k) VALUES (?)", DB_ARGS(DB_TEXT(key)));
}

static int64_t count(struct db *on)
{
	int64_t n = -1;

	assert_int_equal(db_query_int(on, "SELECT COUNT(*) FROM t", DB_NO_ARGS, &n), 0);
	return n;
}

static void kill_connection(struct db *victim)
{
	char text[64];
	int64_t id, left = 1;
	struct db *other = mariadb_connect();

	assert_int_equal(db_query_int(victim, "SELECT CONNECTION_ID()", DB_NO_ARGS, &id), 0);
	int n = snprintf(text, sizeof text, "KILL %lld", (long long)id);
	assert_int_equal(db_run(other, text, (size_t)n), 0);
	while (left > 0) {
		assert_int_equal(db_query_int_at(other, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = ?",
						 DB_ARGS(DB_INT(id)), &left), 0);
		clock_sleep_ms(5);
	}
	db_close(other);
}

static void server_killed_in_a_transaction(void **state)
{
	int64_t n;

	(void)state;
	assert_int_equal(put(db, "before"), 0);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(put(db, "lost"), 0);
	mariadb_kill();
	assert_int_equal(put(db, "lost too"), E_STORE_AWAY);
	assert_int_equal(db_query_int(db, "SELECT COUNT(*) FROM t", DB_NO_ARGS, &n), E_STORE_AWAY);
	assert_int_equal(db_savepoint(db, "s"), E_STORE_AWAY);
	assert_int_equal(db_ensure(db), E_STORE_AWAY);
	mariadb_start();
	assert_int_equal(put(db, "not by itself"), E_STORE_AWAY);       /* the server is back, the transaction is not */
	assert_int_equal(db_ensure(db), E_STORE_AWAY);
	assert_int_equal(db_commit(db), E_STORE_AWAY);                  /* certain: nothing of it was sent to commit */
	assert_false(db_in_transaction(db));
	assert_int_equal(db_ensure(db), 0);
	assert_int_equal(count(db), 1);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(put(db, "again"), 0);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(count(db), 2);
}

static void server_away_and_back(void **state)
{
	(void)state;
	mariadb_kill();
	assert_int_equal(db_ensure(db), E_STORE_AWAY);
	assert_int_equal(db_begin(db), E_STORE_AWAY);
	assert_false(db_in_transaction(db));
	assert_int_equal(put(db, "no"), E_STORE_AWAY);          /* not connected, hence not uncertain */
	mariadb_start();
	assert_int_equal(put(db, "yes"), 0);                    /* connects again without being asked */
	assert_int_equal(count(db), 1);
}

static void rows_end_with_the_connection(void **state)
{
	struct db_rows *rows = NULL;

	(void)state;
	put(db, "a");
	put(db, "b");
	assert_int_equal(db_query(db, "SELECT k FROM t ORDER BY k", DB_NO_ARGS, &rows), 0);
	assert_int_equal(db_next(rows), 1);
	kill_connection(db);
	assert_int_equal(put(db, "c"), 0);                      /* on a new connection */
	assert_int_equal(db_next(rows), E_STORE_AWAY);
	assert_null(db_text(rows, 0));
	assert_int_equal(db_next(rows), E_STORE_AWAY);
	db_rows_done(rows);
	assert_int_equal(count(db), 3);
}

static void idle_connection_killed(void **state)
{
	(void)state;
	kill_connection(db);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(put(db, "a"), 0);
	assert_int_equal(db_commit(db), 0);
	kill_connection(db);
	assert_int_equal(put(db, "b"), 0);
	assert_int_equal(count(db), 2);
}

static void connection_killed_in_a_transaction(void **state)
{
	(void)state;
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(put(db, "a"), 0);
	kill_connection(db);
	assert_int_equal(put(db, "b"), E_STORE_AWAY);
	db_rollback(db);
	assert_int_equal(count(db), 0);
}

static void commit_without_a_server_is_uncertain(void **state)
{
	(void)state;
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(put(db, "a"), 0);
	mariadb_kill();
	assert_int_equal(db_commit(db), E_STORE_UNCERTAIN);
	assert_false(db_in_transaction(db));
	mariadb_start();
	assert_int_equal(count(db), 0);
}

/* -- a wire that can be cut: forwards to the server until the client sends `word`, forwards that too, waits for the
 * server's answer, and hangs up without passing it on */
struct wire { int listener; const char *word; struct sockaddr_un at; };

static void forward(int client, int server, const char *word)
{
	struct pollfd p[2] = { { .fd = client, .events = POLLIN }, { .fd = server, .events = POLLIN } };
	char buf[65536];
	bool cut = false;

	for (;;) {
		if (poll(p, 2, -1) < 0)
			return;
		if (p[1].revents != 0) {
			ssize_t n = recv(server, buf, sizeof buf, 0);

			if (n <= 0 || cut || send(client, buf, (size_t)n, MSG_NOSIGNAL) != n)
				return;
		}
		if (p[0].revents != 0) {
			ssize_t n = recv(client, buf, sizeof buf, 0);

			if (n <= 0)
				return;
			cut = memmem(buf, (size_t)n, word, strlen(word)) != NULL;
			if (send(server, buf, (size_t)n, MSG_NOSIGNAL) != n)
				return;
		}
	}
}

static void *wire_run(void *argument)
{
	struct wire *w = argument;
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int client = accept(w->listener, NULL, NULL), server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof to.sun_path, "%s", mariadb_target()->socket);
	if (client >= 0 && connect(server, (struct sockaddr *)&to, sizeof to) == 0)
		forward(client, server, w->word);
	close(client);
	close(server);
	return NULL;
}

static struct db *open_wire(struct wire *w, const char *word, pthread_t *thread)
{
	static char path[108];
	struct db_target t = *mariadb_target();
	struct db *through = NULL;

	*w = (struct wire){ .word = word, .at = { .sun_family = AF_UNIX } };
	snprintf(path, sizeof path, "%s/wire", mariadb_folder());
	snprintf(w->at.sun_path, sizeof w->at.sun_path, "%s", path);
	unlink(path);
	w->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(w->listener, (struct sockaddr *)&w->at, sizeof w->at), 0);
	assert_int_equal(listen(w->listener, 1), 0);
	assert_int_equal(pthread_create(thread, NULL, wire_run, w), 0);
	t.socket = path;
	assert_int_equal(db_open(&t, &through), 0);
	return through;
}

static void close_wire(struct wire *w, pthread_t thread)
{
	pthread_join(thread, NULL);
	close(w->listener);
}

static void commit_whose_answer_is_lost(void **state)
{
	struct wire w;
	pthread_t thread;
	struct db *through = open_wire(&w, "\x03" "COMMIT", &thread);

	(void)state;
	assert_int_equal(db_begin(through), 0);
	assert_int_equal(put(through, "there"), 0);
	assert_int_equal(db_commit(through), E_STORE_UNCERTAIN);
	assert_false(db_in_transaction(through));
	close_wire(&w, thread);
	assert_int_equal(count(db), 1);         /* it is stored: only a look-up can tell */
	assert_int_equal(put(db, "there"), E_DUPLICATE_KEY);
	db_close(through);
}

static void statement_whose_answer_is_lost(void **state)
{
	struct wire w;
	pthread_t thread;
	struct db *through = open_wire(&w, "needle", &thread);

	(void)state;
	assert_int_equal(put(through, "first"), 0);
	assert_int_equal(put(through, "needle"), E_STORE_UNCERTAIN);
	close_wire(&w, thread);
	assert_int_equal(count(db), 2);
	db_close(through);
}

static void question_whose_answer_is_lost(void **state)
{
	struct wire w;
	pthread_t thread;
	struct db *through = open_wire(&w, "needle", &thread);
	struct db_rows *rows = NULL;

	(void)state;
	assert_int_equal(db_query(through, "SELECT id FROM t WHERE k = ?", DB_ARGS(DB_TEXT("needle")), &rows),
			 E_STORE_AWAY);
	assert_null(rows);
	close_wire(&w, thread);
	db_close(through);
}

static void bulk_cut_off(void **state)
{
	static const char *key[3] = { "a", "needle", "c" };
	struct wire w;
	pthread_t thread;
	struct db *through = open_wire(&w, "needle", &thread);

	(void)state;
	assert_int_equal(db_exec_bulk(through, "INSERT INTO t (k) VALUES (?)", 3, DB_COLUMNS(DB_COLUMN_TEXT(key))),
			 E_STORE_AWAY);
	assert_false(db_in_transaction(through));
	close_wire(&w, thread);
	for (int i = 0; i < 3000 && count(db) > 0; i++)
		clock_sleep_ms(20);
	assert_int_equal(count(db), 0);         /* its transaction was undone */
	db_close(through);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(server_killed_in_a_transaction), CASE(server_away_and_back), CASE(rows_end_with_the_connection),
		CASE(idle_connection_killed), CASE(connection_killed_in_a_transaction),
		CASE(commit_without_a_server_is_uncertain),
		CASE(commit_whose_answer_is_lost), CASE(statement_whose_answer_is_lost),
		CASE(question_whose_answer_is_lost),
		CASE(bulk_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
