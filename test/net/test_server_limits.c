/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The server over real sockets: what time limits and other limits do, how it starts and how it ends. */
#include "net/echo.h"
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "net/bad_requests.h"
#include "net/raw.h"
#include "security/certificate.h"
#include "security/pki.h"

/* ---- time */

/* Whoever has begun a request is told that it is too slow. */
static bool is_told(struct raw *r)
{
	char buf[600];

	raw_read(r, buf, sizeof buf, NULL, 60000);
	return !strncmp(buf, "HTTP/1.1 408 ", 13) && raw_ended(r, 60000);
}

static void test_deadlines(void **state)
{
	struct net_config c = echo_config();
	struct raw head, body, second, silent;
	char buf[300];

	(void)state;
	echo_teardown(NULL);
	c.deadline_ms = 2000;
	c.idle_ms = 60000;
	echo_start(&c);
	second = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&second, HEAD "Content-Length: 4\r\n\r\nbody"));
	raw_read(&second, buf, sizeof buf, "body", 60000);
	head = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&head, "POST /echo HTTP"));       /* at once: who has begun nothing is told nothing */
	body = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&body, HEAD "Content-Length: 1000\r\n\r\n"));
	/* each sends a byte now and then, which does not help: the deadline is a total one */
	for (int i = 0; i < 400 && counters().timeouts == 0; i++) {
		raw_sends(&head, "P");
		raw_sends(&body, "b");
		raw_sends(&second, "P");
		assert_serves();
		clock_sleep_ms(50);
	}
	assert_true(counters().timeouts > 0);
	silent = raw_open(net_server_port(server, 0), "a-1");
	assert_true(is_told(&head));
	assert_true(is_told(&body));
	assert_true(is_told(&second));
	assert_true(raw_ended(&silent, 60000));
	assert_int_equal(counters().timeouts, 4);
	raw_close(&head);
	raw_close(&body);
	raw_close(&second);
	raw_close(&silent);
}

/* A body that comes fast enough may take several deadlines, one that comes too slowly gets one more at most. */
static void test_rate(void **state)
{
	struct net_config c = echo_config();
	struct raw fast, slow;
	char piece[5001], buf[200];

	(void)state;
	echo_teardown(NULL);
	c.deadline_ms = 4000;           /* long for a machine that stands still for a moment, short beside the whole */
	c.min_rate = 1000;
	echo_start(&c);
	memset(piece, 'x', 5000);
	piece[5000] = 0;
	fast = raw_open(net_server_port(server, 0), "a-1");
	slow = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&slow, HEAD "Content-Length: 100000\r\n\r\n"));
	assert_true(raw_sends(&slow, piece));
	assert_true(raw_sends(&fast, HEAD "Content-Length: 100000\r\n\r\n"));
	for (int i = 0; i < 20; i++) {
		assert_true(raw_sends(&fast, piece));
		raw_sends(&slow, "a");
		clock_sleep_ms(300);
	}
	raw_read(&fast, buf, sizeof buf, "\r\n\r\n", 60000);
	assert_memory_equal(buf, "HTTP/1.1 200 ", 13);
	assert_true(is_told(&slow));
	assert_int_equal(counters().timeouts, 1);
	raw_close(&fast);
	raw_close(&slow);
}

static void test_idle(void **state)
{
	struct net_config c = echo_config();
	struct net_client *k;
	struct bytes answer = BYTES_INIT;
	struct raw r;
	char buf[300];
	int status;

	(void)state;
	echo_teardown(NULL);
	c.idle_ms = 100;
	echo_start(&c);
	k = client("a-1", 0);
	r = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&r, HEAD "Content-Length: 4\r\n\r\nbody"));
	raw_read(&r, buf, sizeof buf, "body", 60000);
	assert_int_equal(post(k, "/echo", "<a/>", &status, &answer), 0);
	assert_true(raw_ended(&r, 60000));
	while (counters().open)
		clock_sleep_ms(10);
	/* the client's kept connection is gone as well; it connects again by itself */
	assert_int_equal(post(k, "/echo", "<b/>", &status, &answer), 0);
	assert_string_equal(answer.p, "<b/>");
	assert_int_equal(net_client_connects(k), 2);
	assert_int_equal(counters().timeouts, 0);
	raw_close(&r);
	net_client_free(k);
	bytes_done(&answer);
}

/* Who does not take the answer is closed as well. */
static void test_slow_reader(void **state)
{
	struct net_config c = echo_config();
	struct raw r;

	(void)state;
	echo_teardown(NULL);
	c.deadline_ms = 1000;
	echo_start(&c);
	r = raw_open(net_server_port(server, 0), "a-1");
	for (int i = 0; i < 30; i++)
		if (!raw_sends(&r, "POST /big HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\n\r\n"))
			break;
	while (!counters().timeouts || counters().open)
		clock_sleep_ms(20);
	raw_close(&r);
	assert_serves();
}

/* ---- limits */

static void test_overflow(void **state)
{
	struct net_config c = echo_config();
	struct net_client *k;
	struct bytes answer = BYTES_INIT;
	pthread_t t[4];
	void *status_of;
	char buf[1000];
	struct raw r;
	int status;

	(void)state;
	echo_teardown(NULL);
	c.queue = 2;
	c.retry_after_s = 7;
	echo_start(&c);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, wait_call, NULL), 0);
	gate_wait_inside(2);                    /* both workers are busy */
	for (int i = 2; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, wait_call, NULL), 0);
	while (counters().requests < 4)         /* and two wait */
		clock_sleep_ms(5);
	r = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&r, HEAD "Content-Length: 4\r\n\r\nbody"));
	raw_read(&r, buf, sizeof buf, "/>", 60000);
	assert_memory_equal(buf, "HTTP/1.1 503 ", 13);
	assert_non_null(strstr(buf, "Retry-After: 7\r\n"));
	assert_non_null(strstr(buf, "code=\"overloaded\""));
	assert_null(strstr(buf, "Connection: close"));
	k = client("a-2", 0);
	assert_int_equal(post(k, "/echo", "<q/>", &status, &answer), 0);
	assert_int_equal(status, 503);
	gate_set(1);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &status_of);
		assert_int_equal((uintptr_t)status_of, 200);
	}
	assert_int_equal(post(k, "/echo", "<q/>", &status, &answer), 0);
	assert_int_equal(status, 200);
	assert_int_equal(net_client_connects(k), 1);    /* an overload does not cost the connection */
	assert_int_equal(counters().overloaded, 2);
	raw_close(&r);
	net_client_free(k);
	bytes_done(&answer);
}

static void test_connections(void **state)
{
	struct net_config c = echo_config();
	struct net_client *k[4];
	struct bytes answer = BYTES_INIT;
	int status;

	(void)state;
	echo_teardown(NULL);
	c.max_connections = 3;
	c.max_per_peer = 2;
	echo_start(&c);
	for (int i = 0; i < 4; i++)
		k[i] = client(i < 3 ? "a-1" : "a-2", 0);
	assert_int_equal(post(k[0], "/echo", "<q/>", &status, &answer), 0);
	assert_int_equal(post(k[1], "/echo", "<q/>", &status, &answer), 0);
	assert_int_equal(status, 200);
	assert_int_equal(post(k[2], "/echo", "<q/>", &status, &answer), 0);     /* the third of a-1 */
	assert_int_equal(status, 503);
	while (counters().open > 2)
		clock_sleep_ms(5);
	assert_int_equal(post(k[3], "/echo", "<q/>", &status, &answer), 0);     /* the first of a-2 */
	assert_int_equal(status, 200);
	assert_int_not_equal(post(k[2], "/echo", "<q/>", &status, &answer), 0); /* the fourth in all */
	assert_int_equal(counters().turned_away, 1);
	net_client_free(k[0]);
	while (counters().open > 2)
		clock_sleep_ms(5);
	assert_int_equal(post(k[2], "/echo", "<q/>", &status, &answer), 0);     /* a place is free again */
	assert_int_equal(status, 200);
	for (int i = 1; i < 4; i++)
		net_client_free(k[i]);
	bytes_done(&answer);
}

static void test_memory(void **state)
{
	struct net_config c = echo_config();
	struct net_client *k;
	struct bytes answer = BYTES_INIT;
	struct raw r;
	char body[60000];
	int status;

	(void)state;
	echo_teardown(NULL);
	c.max_body = c.max_bodies = 100000;
	echo_start(&c);
	memset(body, 'x', sizeof body);
	r = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&r, HEAD "Content-Length: 90000\r\n\r\n"));
	assert_true(raw_send(&r, body, sizeof body));
	k = client("a-2", 0);
	do      /* until the first one's bytes are counted */
		assert_int_equal(net_client_post(k, "/echo", "text/xml", NULL, body, sizeof body, &status, &answer), 0);
	while (status == 200);
	assert_int_equal(status, 503);
	raw_close(&r);
	do
		assert_int_equal(net_client_post(k, "/echo", "text/xml", NULL, body, 50000, &status, &answer), 0);
	while (status == 503);
	assert_int_equal(status, 200);
	net_client_free(k);
	bytes_done(&answer);
}

/* ---- the end */

/* Half a request, of which the server is known to have read the head. */
static void begin_request(struct raw *r)
{
	char buf[100];

	assert_true(raw_sends(r, HEAD "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"));
	raw_read(r, buf, sizeof buf, "\r\n\r\n", 60000);
	assert_string_equal(buf, "HTTP/1.1 100 Continue\r\n\r\n");
}

static void test_drain(void **state)
{
	struct raw idle = raw_open(net_server_port(server, 0), "a-1"),
		   begun = raw_open(net_server_port(server, 1), "a-1");
	struct net_client *late = client("a-2", 0);
	struct bytes answer = BYTES_INIT;
	void *status_of;
	char buf[1000];
	pthread_t t;
	int status, before = worker_dones;

	(void)state;
	assert_true(raw_sends(&idle, HEAD "Content-Length: 4\r\n\r\nbody"));
	raw_read(&idle, buf, sizeof buf, "body", 60000);
	begin_request(&begun);
	assert_int_equal(pthread_create(&t, NULL, wait_call, NULL), 0);
	gate_wait_inside(1);
	assert_serves();
	net_server_drain(server, 60000);
	assert_true(raw_ended(&idle, 60000));
	/* what has begun is finished, in any state */
	assert_true(raw_sends(&begun, "body"));
	raw_read(&begun, buf, sizeof buf, NULL, 60000);
	assert_memory_equal(buf, "HTTP/1.1 200 OK\r\n", 17);
	assert_non_null(strstr(buf, "Connection: close\r\n"));
	/* nothing new */
	assert_int_equal(post(late, "/echo", "<q/>", &status, &answer), E_IO);
	gate_set(1);
	pthread_join(t, &status_of);
	assert_int_equal((uintptr_t)status_of, 200);
	net_server_wait(server);
	assert_int_equal(counters().open, 0);
	assert_int_equal(worker_dones - before, 2);
	raw_close(&idle);
	raw_close(&begun);
	net_client_free(late);
	bytes_done(&answer);
}

/* What does not end in time is cut, and a queued request is not served after that. */
static void test_drain_cuts(void **state)
{
	struct raw begun = raw_open(net_server_port(server, 0), "a-1");
	pthread_t t[3];
	void *status_of;

	(void)state;
	begin_request(&begun);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&t[i], NULL, wait_call, NULL), 0);
	while (counters().requests < 3)
		clock_sleep_ms(5);
	gate_wait_inside(2);
	net_server_drain(server, 200);
	assert_true(raw_ended(&begun, 60000));
	gate_set(1);
	net_server_wait(server);
	for (int i = 0; i < 3; i++) {
		pthread_join(t[i], &status_of);
		assert_int_equal((uintptr_t)status_of, 1);
	}
	assert_int_equal(counters().answers, 0);
	raw_close(&begun);
}

/* A later call may shorten the time, and neither it nor an answer that comes prolongs it. */
static void test_drain_again(void **state)
{
	struct raw begun = raw_open(net_server_port(server, 0), "a-1"),
		   other = raw_open(net_server_port(server, 0), "a-1");
	char c;
	int n = 0;

	(void)state;
	begin_request(&begun);
	begin_request(&other);
	net_server_drain(server, 3600000);
	assert_true(raw_sends(&other, "body"));
	assert_true(raw_read(&other, (char[1000]){ 0 }, 1000, NULL, 60000) > 0);
	net_server_drain(server, 300);
	/* without end, if each call set the time anew */
	while (counters().open && ++n < 2000) {
		net_server_drain(server, 300 + n % 2 * 1000);
		clock_sleep_ms(10);
	}
	assert_true(n < 2000);
	assert_int_equal(SSL_read(begun.ssl, &c, 1), 0);
	net_server_wait(server);
	raw_close(&begun);
	raw_close(&other);
}

static void on_signal(int number)
{
	(void)number;
	net_server_drain(server, 1000);
}

static void test_drain_from_signal(void **state)
{
	struct sigaction act = { .sa_handler = on_signal }, old;

	(void)state;
	assert_serves();
	sigaction(SIGUSR1, &act, &old);
	raise(SIGUSR1);
	net_server_wait(server);
	sigaction(SIGUSR1, &old, NULL);
	assert_int_equal(counters().open, 0);
}

static void test_drain_from_worker(void **state)
{
	struct net_client *c = client("a-1", 0);
	struct bytes answer = BYTES_INIT;
	int status;

	(void)state;
	assert_int_equal(post(c, "/drain", "<q/>", &status, &answer), 0);
	assert_string_equal(answer.p, "<q/>");
	net_server_wait(server);
	assert_int_equal(counters().answers, 1);
	net_client_free(c);
	bytes_done(&answer);
}

/* ---- starting */

static int failing_init(void *arg, int index, void **state)
{
	(void)arg;
	(void)state;
	return index == 1 ? E_STORE_AWAY : 0;
}

static void test_start_fails(void **state)
{
	struct net_config c = echo_config();
	struct tls *tls = pki_server("hub");
	struct net_listener at = { 1, "one", "127.0.0.1", net_server_port(server, 0), tls };
	struct net_server *s;
	struct net_error error;

	(void)state;
	assert_int_equal(net_server_start(&c, &at, 1, &s, &error), E_IO);       /* the port is taken */
	assert_non_null(strstr(error.text, "listener one: 127.0.0.1 port"));
	assert_null(s);
	at.port = 0;
	at.address = "localhost.";
	assert_int_equal(net_server_start(&c, &at, 1, &s, &error), E_CONFIG);
	at.address = "127.0.0.1";
	c.workers = 0;
	assert_int_equal(net_server_start(&c, &at, 1, &s, &error), E_CONFIG);
	assert_non_null(strstr(error.text, "workers"));
	c.workers = 3;
	c.hooks.worker_init = failing_init;
	c.hooks.worker_done = NULL;
	assert_int_equal(net_server_start(&c, &at, 1, &s, &error), E_STORE_AWAY);
	assert_null(s);
	tls_free(tls);
}

static void test_renewed_certificate(void **state)
{
	struct net_client *old = client("a-1", 0), *new = client("a-1", 0);
	struct bytes answer = BYTES_INIT;
	char before[65], after[65], expected[65];
	struct tls *tls = pki_server("a-2");
	struct raw r;
	int status;

	(void)state;
	assert_int_equal(post(old, "/echo", "<q/>", &status, &answer), 0);
	r = raw_open(net_server_port(server, 0), "a-1");
	certificate_fingerprint(SSL_get0_peer_certificate(r.ssl), before);
	raw_close(&r);
	net_server_set_tls(server, 0, tls);
	tls_free(tls);
	r = raw_open(net_server_port(server, 0), "a-1");
	certificate_fingerprint(SSL_get0_peer_certificate(r.ssl), after);
	raw_close(&r);
	assert_int_equal(certificate_fingerprint_file(pki_path("a-2.pem"), expected), 0);
	assert_string_not_equal(before, after);
	assert_string_equal(after, expected);
	assert_int_equal(post(old, "/echo", "<q/>", &status, &answer), 0);
	assert_int_equal(post(new, "/echo", "<q/>", &status, &answer), 0);
	assert_int_equal(net_client_connects(old), 1);
	net_client_free(old);
	net_client_free(new);
	bytes_done(&answer);
}

#define T(f) cmocka_unit_test_setup_teardown(f, echo_setup, echo_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_deadlines), T(test_rate), T(test_idle), T(test_slow_reader), T(test_overflow), T(test_connections),
		T(test_memory), T(test_drain), T(test_drain_cuts), T(test_drain_again), T(test_drain_from_signal),
		T(test_drain_from_worker), T(test_start_fails), T(test_renewed_certificate)
	};

	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	pki_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
