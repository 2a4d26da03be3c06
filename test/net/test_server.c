/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The server over real sockets: what is served, what is refused and how. */
#include "net/echo.h"
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "net/bad_requests.h"
#include "net/raw.h"
#include "security/certificate.h"
#include "security/pki.h"

/* ---- served */

static void test_good_call(void **state)
{
	struct net_client *c = client("a-1", 1);
	struct bytes answer = BYTES_INIT;
	char fingerprint[65], expected[300];
	int status;

	(void)state;
	assert_int_equal(certificate_fingerprint_file(pki_path("a-1.pem"), fingerprint), 0);
	assert_int_equal(post(c, "/who?wsdl", "<q/>", &status, &answer), 0);
	snprintf(expected, sizeof expected, "8 POST wsdl text/xml urn:x %s a-1 4", fingerprint);
	assert_int_equal(status, 200);
	assert_string_equal(answer.p, expected);
	assert_string_equal(net_client_content_type(c), "text/xml; charset=utf-8");
	assert_int_equal(net_client_get(c, "/who", &status, &answer), 0);
	snprintf(expected, sizeof expected, "8 GET - - - %s a-1 0", fingerprint);
	assert_string_equal(answer.p, expected);
	bytes_done(&answer);
	net_client_free(c);
}

static void test_keep_alive(void **state)
{
	struct net_client *c = client("a-1", 0);
	struct bytes answer = BYTES_INIT;
	char body[40];
	int status;

	(void)state;
	for (int i = 0; i < 200; i++) {
		snprintf(body, sizeof body, "<n>%d</n>", i);
		assert_int_equal(post(c, "/echo", body, &status, &answer), 0);
		assert_string_equal(answer.p, body);
	}
	assert_int_equal(net_client_connects(c), 1);
	assert_int_equal(counters().accepted, 1);
	assert_int_equal(counters().requests, 200);
	assert_int_equal(counters().answers, 200);
	bytes_done(&answer);
	net_client_free(c);
}

static void test_sizes(void **state)
{
	static const size_t sizes[] = { 0, 1, 8191, 8192, 8193, 16384, 16385, 65536, 99999, 100000 };
	struct net_client *c = client("a-1", 0);
	struct bytes answer = BYTES_INIT, body = BYTES_INIT;
	int status;

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		bytes_clear(&body);
		for (size_t k = 0; k < sizes[i]; k++)
			bytes_add(&body, &"abcdefg"[k % 7], 1);
		assert_int_equal(net_client_post(c, "/echo", "text/xml", NULL, body.p, body.n, &status, &answer), 0);
		assert_int_equal(answer.n, body.n);
		if (body.n)
			assert_memory_equal(answer.p, body.p, body.n);
	}
	assert_int_equal(post(c, "/big", "", &status, &answer), 0);
	assert_int_equal(answer.n, 1000000);
	assert_int_equal(net_client_connects(c), 1);
	bytes_done(&answer);
	bytes_done(&body);
	net_client_free(c);
}

enum { PARALLEL = 200 };
static pthread_barrier_t all_there;

static void *one_of_many(void *arg)
{
	struct net_client *c = client((uintptr_t)arg % 2 ? "a-1" : "a-2", (int)((uintptr_t)arg % 2));
	struct bytes answer = BYTES_INIT;
	char body[40];
	uintptr_t good = 0;
	int status;

	snprintf(body, sizeof body, "<i>%d</i>", (int)(uintptr_t)arg);
	good += !post(c, "/echo", body, &status, &answer) && status == 200 && !strcmp(answer.p, body);
	pthread_barrier_wait(&all_there);       /* all connections are open now */
	for (int i = 0; i < 5; i++)
		good += !post(c, "/echo", body, &status, &answer) && status == 200 && !strcmp(answer.p, body);
	good = net_client_connects(c) == 1 ? good : 0;
	bytes_done(&answer);
	net_client_free(c);
	return (void *)good;
}

static void test_parallel(void **state)
{
	pthread_t t[PARALLEL];
	void *good;

	(void)state;
	pthread_barrier_init(&all_there, NULL, PARALLEL);
	for (uintptr_t i = 0; i < PARALLEL; i++)
		assert_int_equal(pthread_create(&t[i], NULL, one_of_many, (void *)i), 0);
	for (int i = 0; i < PARALLEL; i++) {
		pthread_join(t[i], &good);
		assert_int_equal((uintptr_t)good, 6);
	}
	pthread_barrier_destroy(&all_there);
	assert_int_equal(counters().accepted, PARALLEL);
	assert_int_equal(counters().requests, 6 * PARALLEL);
}

static void test_several_loops(void **state)
{
	struct net_config c = echo_config();

	echo_teardown(NULL);
	c.loops = 3;
	echo_start(&c);
	test_parallel(state);
}

static void test_pipelined(void **state)
{
	struct raw r = raw_open(net_server_port(server, 0), "a-1");
	char buf[4000];

	(void)state;
	assert_true(raw_sends(&r, HEAD "Content-Length: 5\r\n\r\nfirst" HEAD "Content-Length: 6\r\n\r\nsecond"
			      HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nthi\r\n2\r\nrd\r\n0\r\n\r\n"
			      HEAD "Connection: close\r\nContent-Length: 6\r\n\r\nfourth"));
	raw_read(&r, buf, sizeof buf, NULL, 60000);
	assert_non_null(strstr(buf, "first"));
	assert_true(strstr(buf, "first") < strstr(buf, "second"));
	assert_true(strstr(buf, "second") < strstr(buf, "third"));
	assert_true(strstr(buf, "third") < strstr(buf, "fourth"));
	raw_close(&r);
	/* many at once, more than a TLS record holds, while reading is switched off and on */
	r = raw_open(net_server_port(server, 0), "a-1");
	for (int i = 0; i < 20; i++) {
		char body[5001];

		memset(body, 'a' + i, 5000);
		body[5000] = 0;
		assert_true(raw_sends(&r, HEAD "Content-Length: 5000\r\n\r\n") && raw_sends(&r, body));
	}
	for (int i = 0; i < 20; i++) {
		char mark[] = { (char)('a' + i), (char)('a' + i), (char)('a' + i), 0 }, *big = malloc(6000);
		size_t n = raw_read(&r, big, 200, "\r\n\r\n", 60000);

		while (n < (size_t)(strstr(big, "\r\n\r\n") - big) + 4 + 5000) {
			size_t want = (size_t)(strstr(big, "\r\n\r\n") - big) + 4 + 5000 - n,
			       got = raw_read(&r, big + n, want + 1, NULL, 60000);

			assert_true(got > 0);
			n += got;
		}
		assert_non_null(strstr(big, mark));
		free(big);
	}
	raw_close(&r);
}

/* A client may end its side after the request and still gets its answer. */
static void test_half_closed(void **state)
{
	struct raw r = raw_open(net_server_port(server, 0), "a-1");
	char buf[2000];

	(void)state;
	assert_true(raw_sends(&r, "POST /wait HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\n\r\nbody"));
	gate_wait_inside(1);
	assert_int_equal(SSL_shutdown(r.ssl), 0);
	shutdown(r.fd, SHUT_WR);
	assert_serves();                        /* another round of the loop, in which it sees that end */
	gate_set(1);
	raw_read(&r, buf, sizeof buf, NULL, 60000);
	assert_memory_equal(buf, "HTTP/1.1 200 OK\r\n", 17);
	assert_non_null(strstr(buf, "Connection: close\r\n\r\nbody"));
	raw_close(&r);
}

/* One that breaks off while its request is in work harms nobody. */
static void test_breaks_off(void **state)
{
	struct raw r = raw_open(net_server_port(server, 0), "a-1");
	struct linger at_once = { .l_onoff = 1 };

	(void)state;
	assert_true(raw_sends(&r, "POST /wait HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\n\r\nbody"));
	gate_wait_inside(1);
	setsockopt(r.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	SSL_set_quiet_shutdown(r.ssl, 1);
	raw_close(&r);                          /* a reset */
	assert_serves();
	gate_set(1);
	while (counters().open)
		clock_sleep_ms(5);
	assert_serves();
}

static void test_expect_continue(void **state)
{
	struct raw r = raw_open(net_server_port(server, 0), "a-1");
	char buf[2000];

	(void)state;
	assert_true(raw_sends(&r, HEAD "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"));
	raw_read(&r, buf, sizeof buf, "\r\n\r\n", 60000);
	assert_string_equal(buf, "HTTP/1.1 100 Continue\r\n\r\n");
	assert_true(raw_sends(&r, "body"));
	raw_read(&r, buf, sizeof buf, "body", 60000);
	assert_memory_equal(buf, "HTTP/1.1 200 OK\r\n", 17);
	raw_close(&r);
	/* a body that is too large is refused instead of asked for */
	r = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&r, HEAD "Expect: 100-continue\r\nContent-Length: 100001\r\n\r\n"));
	raw_read(&r, buf, sizeof buf, NULL, 60000);
	assert_memory_equal(buf, "HTTP/1.1 413 ", 13);
	raw_close(&r);
}

/* ---- refused */

static void test_no_certificate(void **state)
{
	struct net_client *c = client(NULL, 0);
	struct bytes answer = BYTES_INIT;
	int status;

	(void)state;
	assert_int_equal(post(c, "/echo", "<q/>", &status, &answer), E_TLS);
	assert_non_null(strstr(net_client_error(c), "certificate required"));
	assert_int_equal(answer.n, 0);
	net_client_free(c);
	assert_serves();
	assert_int_equal(counters().tls_failed, 1);
	assert_int_equal(counters().requests, 1);
	bytes_done(&answer);
}

static void test_foreign_authority(void **state)
{
	struct net_client_limits limits = NET_CLIENT_LIMITS;
	struct tls *tls = pki_foreign_client();
	struct bytes answer = BYTES_INIT;
	struct net_client *c;
	int status;

	(void)state;
	assert_int_equal(net_client_new(tls, "127.0.0.1", net_server_port(server, 0), &limits, &c), 0);
	assert_int_equal(post(c, "/echo", "<q/>", &status, &answer), E_TLS);
	net_client_free(c);
	tls_free(tls);
	assert_serves();
	assert_int_equal(counters().tls_failed, 1);
	assert_int_equal(counters().requests, 1);
	bytes_done(&answer);
}

static void test_plain_http(void **state)
{
	struct net_counters n;
	char buf[100];
	struct raw r = raw_open(net_server_port(server, 0), "a-1");
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in at;
	socklen_t len = sizeof at;
	ssize_t got;

	(void)state;
	assert_int_equal(getpeername(r.fd, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(write(fd, "GET / HTTP/1.0\r\n\r\n", 18), 18);
	got = read(fd, buf, sizeof buf);
	assert_true(got <= 0 || memcmp(buf, "HTTP", 4));        /* at most a TLS alert */
	close(fd);
	raw_close(&r);
	assert_serves();
	n = counters();
	assert_int_equal(n.tls_failed, 1);
}

static void test_bad_requests(void **state)
{
	char buf[2000], line[40], fault[100];

	(void)state;
	for (size_t i = 0; i < N_BAD_REQUESTS; i++) {
		const struct bad *b = &bad_requests[i];
		struct raw r = raw_open(net_server_port(server, 0), "a-1");

		assert_true(raw_send(&r, b->send, b->n));
		raw_read(&r, buf, sizeof buf, NULL, 60000);
		snprintf(line, sizeof line, "HTTP/1.1 %d ", b->status);
		snprintf(fault, sizeof fault, "<fault listener=\"7\" status=\"%d\" code=\"%s\"/>", b->status,
			 error_code(b->error));
		if (strncmp(buf, line, strlen(line)) || !strstr(buf, fault) || !strstr(buf, "Connection: close\r\n"))
			fail_msg("%s: %s", b->name, buf);
		if (b->status == 405 && !strstr(buf, "Allow: GET, POST\r\n"))
			fail_msg("%s: %s", b->name, buf);
		raw_close(&r);
	}
	assert_serves();
	assert_int_equal(counters().requests, 1);
	assert_int_equal(counters().refused, N_BAD_REQUESTS);
}

static void test_large_head(void **state)
{
	struct raw r = raw_open(net_server_port(server, 0), "a-1");
	char buf[2000], filler[1001];

	(void)state;
	memset(filler, 'x', 1000);
	filler[1000] = 0;
	assert_true(raw_sends(&r, HEAD "X: "));
	for (int i = 0; i < 20; i++)
		assert_true(raw_sends(&r, filler));
	raw_read(&r, buf, sizeof buf, NULL, 60000);
	assert_memory_equal(buf, "HTTP/1.1 431 ", 13);
	raw_close(&r);
	r = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&r, HEAD));
	for (int i = 0; i < 70; i++)
		assert_true(raw_sends(&r, "X: y\r\n"));
	assert_true(raw_sends(&r, "\r\n"));
	raw_read(&r, buf, sizeof buf, NULL, 60000);
	assert_memory_equal(buf, "HTTP/1.1 431 ", 13);
	raw_close(&r);
	assert_serves();
}

/* A refused upload is not cut by a reset: the sender gets the 413 although it goes on sending. */
static void test_large_body(void **state)
{
	struct net_client *c = client("a-1", 0);
	struct bytes answer = BYTES_INIT;
	size_t n = 30u << 20;
	char *body = calloc(1, n);
	int status;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(net_client_post(c, "/echo", "text/xml", NULL, body, n, &status, &answer), 0);
		assert_int_equal(status, 413);
		assert_non_null(strstr(answer.p, "too-large"));
	}
	assert_int_equal(post(c, "/echo", "<small/>", &status, &answer), 0);
	assert_int_equal(status, 200);
	free(body);
	bytes_done(&answer);
	net_client_free(c);
}

#define T(f) cmocka_unit_test_setup_teardown(f, echo_setup, echo_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_good_call), T(test_keep_alive), T(test_sizes), T(test_parallel), T(test_several_loops),
		T(test_pipelined), T(test_half_closed), T(test_breaks_off), T(test_expect_continue),
		T(test_no_certificate), T(test_foreign_authority), T(test_plain_http), T(test_bad_requests),
		T(test_large_head), T(test_large_body)
	};

	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	pki_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
