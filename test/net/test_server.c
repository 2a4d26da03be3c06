/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The server over real sockets: what is served, what is refused and how, what time limits do, how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "net/client.h"
#include "net/rig.h"
#include "net/server.h"
#include "security/certificate.h"

#define HEAD "POST /echo HTTP/1.1\r\nHost: hub\r\nContent-Type: text/xml\r\n"

/* ---- the server under test: echoes; "/wait" blocks until the gate opens */

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
static int gate_open, gate_inside;
static atomic_int inits, dones, last_error;
static struct net_server *server;

static void gate_set(int open)
{
	pthread_mutex_lock(&gate_lock);
	gate_open = open;
	pthread_cond_broadcast(&gate_moved);
	pthread_mutex_unlock(&gate_lock);
}

static void gate_pass(void)
{
	pthread_mutex_lock(&gate_lock);
	gate_inside++;
	pthread_cond_broadcast(&gate_moved);
	while (!gate_open)
		pthread_cond_wait(&gate_moved, &gate_lock);
	gate_inside--;
	pthread_mutex_unlock(&gate_lock);
}

static void gate_wait_inside(int n)
{
	pthread_mutex_lock(&gate_lock);
	while (gate_inside < n)
		pthread_cond_wait(&gate_moved, &gate_lock);
	pthread_mutex_unlock(&gate_lock);
}

static void serve(void *state, const struct net_request *q, struct net_answer *a)
{
	assert_non_null(state);
	if (!strcmp(q->path, "/wait"))
		gate_pass();
	if (!strcmp(q->path, "/drain"))
		net_server_drain(server, 5000);
	a->content_type = "text/xml; charset=utf-8";
	if (!strcmp(q->path, "/big")) {
		for (int i = 0; i < 100000; i++)
			bytes_adds(&a->body, "0123456789");
	} else if (!strcmp(q->path, "/who")) {
		bytes_printf(&a->body, "%d %s %s %s %s %s %s %zu", q->listener, q->method, q->query ? q->query : "-",
			     q->content_type ? q->content_type : "-", q->soap_action ? q->soap_action : "-", q->peer, q->subject, q->n);
	} else {
		bytes_add(&a->body, q->body, q->n);
	}
}

static int worker_init(void *arg, int index, void **state)
{
	(void)index;
	inits++;
	*state = arg;
	return 0;
}

static void worker_done(void *state)
{
	assert_ptr_equal(state, &inits);
	dones++;
}

static void refuse(void *arg, int listener, int status, int error, const char *asked, struct net_answer *a)
{
	(void)arg;
	(void)asked;
	last_error = error;
	a->content_type = "text/xml";
	bytes_printf(&a->body, "<fault listener=\"%d\" status=\"%d\" code=\"%s\"/>", listener, status, error_code(error));
}

static struct net_config config_of_test(void)
{
	struct net_config c = NET_CONFIG;

	c.workers = 2;
	c.queue = 400;
	c.max_body = 100000;
	c.deadline_ms = 20000;
	c.hooks = (struct net_hooks){ .serve = serve, .worker_init = worker_init, .worker_done = worker_done, .refuse = refuse };
	c.arg = &inits;
	return c;
}

static void start(const struct net_config *config)
{
	struct tls *tls = rig_server_tls();
	struct net_listener at[2] = { { 7, "first", "127.0.0.1", 0, tls }, { 8, "second", "127.0.0.1", 0, tls } };
	struct net_error error;

	if (net_server_start(config, at, 2, &server, &error))
		fail_msg("%s", error.text);
	tls_free(tls);
}

static struct net_counters counters(void)
{
	struct net_counters n;

	net_server_counters(server, &n);
	return n;
}

static int teardown(void **state)
{
	(void)state;
	gate_set(1);
	net_server_stop(server);
	server = NULL;
	gate_set(0);
	return 0;
}

static int setup(void **state)
{
	struct net_config c = config_of_test();

	(void)state;
	last_error = 0;
	start(&c);
	return 0;
}

static struct net_client *client(const char *name, int listener)
{
	struct net_client_limits limits = NET_CLIENT_LIMITS;
	struct tls *tls = rig_client_tls(name);
	struct net_client *c;

	assert_int_equal(net_client_new(tls, "127.0.0.1", net_server_port(server, (size_t)listener), &limits, &c), 0);
	tls_free(tls);
	return c;
}

static int post(struct net_client *c, const char *path, const char *body, int *status, struct bytes *answer)
{
	return net_client_post(c, path, "text/xml", "urn:x", body, strlen(body), status, answer);
}

/* A good call, as the proof that the others are unharmed. */
static void assert_serves(void)
{
	struct net_client *c = client("a-2", 0);
	struct bytes answer = BYTES_INIT;
	int status;

	assert_int_equal(post(c, "/echo", "<fine/>", &status, &answer), 0);
	assert_int_equal(status, 200);
	assert_string_equal(answer.p, "<fine/>");
	bytes_done(&answer);
	net_client_free(c);
}

/* ---- served */

static void test_good_call(void **state)
{
	struct net_client *c = client("a-1", 1);
	struct bytes answer = BYTES_INIT;
	char fingerprint[65], expected[300];
	int status;

	(void)state;
	assert_int_equal(certificate_fingerprint_file(rig_path("a-1.pem"), fingerprint), 0);
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

static void test_pipelined(void **state)
{
	struct raw r = raw_open(net_server_port(server, 0), "a-1");
	char buf[4000];

	(void)state;
	assert_true(raw_sends(&r, HEAD "Content-Length: 5\r\n\r\nfirst" HEAD "Content-Length: 6\r\n\r\nsecond"
			      HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nthi\r\n2\r\nrd\r\n0\r\n\r\n"
			      HEAD "Connection: close\r\nContent-Length: 6\r\n\r\nfourth"));
	raw_read(&r, buf, sizeof buf, NULL, 20000);
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
		size_t n = raw_read(&r, big, 200, "\r\n\r\n", 20000);

		while (n < (size_t)(strstr(big, "\r\n\r\n") - big) + 4 + 5000) {
			size_t want = (size_t)(strstr(big, "\r\n\r\n") - big) + 4 + 5000 - n, got = raw_read(&r, big + n, want + 1, NULL, 20000);

			assert_true(got > 0);
			n += got;
		}
		assert_non_null(strstr(big, mark));
		free(big);
	}
	raw_close(&r);
}

static void test_expect_continue(void **state)
{
	struct raw r = raw_open(net_server_port(server, 0), "a-1");
	char buf[2000];

	(void)state;
	assert_true(raw_sends(&r, HEAD "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"));
	raw_read(&r, buf, sizeof buf, "\r\n\r\n", 20000);
	assert_string_equal(buf, "HTTP/1.1 100 Continue\r\n\r\n");
	assert_true(raw_sends(&r, "body"));
	raw_read(&r, buf, sizeof buf, "body", 20000);
	assert_memory_equal(buf, "HTTP/1.1 200 OK\r\n", 17);
	raw_close(&r);
	/* a body that is too large is refused instead of asked for */
	r = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&r, HEAD "Expect: 100-continue\r\nContent-Length: 100001\r\n\r\n"));
	raw_read(&r, buf, sizeof buf, NULL, 20000);
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
	struct tls *tls = rig_foreign_tls();
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

struct bad { const char *name, *send; size_t n; int status, error; };
#define BAD(name, send, status, error) { name, send, sizeof(send) - 1, status, error }
static const struct bad bad_requests[] = {
	BAD("two lengths", HEAD "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("two different lengths", HEAD "Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("length list", HEAD "Content-Length: 4, 4\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("signed length", HEAD "Content-Length: +4\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("negative length", HEAD "Content-Length: -1\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("hexadecimal length", HEAD "Content-Length: 0x4\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("wrapping length", HEAD "Content-Length: 18446744073709551620\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("empty length", HEAD "Content-Length:\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("length and chunked", HEAD "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("gzip, chunked", HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("chunked twice", HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("identity coding", HEAD "Transfer-Encoding: identity\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("chunked in 1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("chunk size 0x3", HEAD "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("chunk size +3", HEAD "Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("chunk size blank", HEAD "Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("chunk size empty", HEAD "Transfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("chunk extension", HEAD "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("endless chunk size", HEAD "Transfer-Encoding: chunked\r\n\r\n000000000000000000000000000000000000", 400, E_HTTP_MALFORMED),
	BAD("chunk too short", HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("chunk with bare LF", HEAD "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("trailer", HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("chunk too large", HEAD "Transfer-Encoding: chunked\r\n\r\n186A1\r\n", 413, E_TOO_LARGE),
	BAD("chunks too large", HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n186A0\r\n", 413, E_TOO_LARGE),
	BAD("body too large", HEAD "Content-Length: 100001\r\n\r\n", 413, E_TOO_LARGE),
	BAD("no length", HEAD "\r\n", 411, E_HTTP_MALFORMED),
	BAD("NUL in a field", HEAD "X: a\0b\r\nContent-Length: 4\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("bare LF", "POST /echo HTTP/1.1\nHost: hub\nContent-Length: 4\n\nbody", 400, E_HTTP_MALFORMED),
	BAD("bare CR", HEAD "X: a\rb\r\nContent-Length: 4\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("folded line", HEAD "X: a\r\n b\r\nContent-Length: 4\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("blank before colon", HEAD "Content-Length : 4\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("no colon", HEAD "nonsense\r\nContent-Length: 4\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("no Host", "POST /echo HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("two Hosts", HEAD "Host: b\r\nContent-Length: 4\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("two actions", HEAD "SOAPAction: a\r\nSOAPAction: b\r\nContent-Length: 4\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("compressed", HEAD "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbody", 415, E_HTTP_MEDIA_TYPE),
	BAD("unknown expectation", HEAD "Expect: more\r\nContent-Length: 4\r\n\r\nbody", 417, E_HTTP_MALFORMED),
	BAD("PUT", "PUT /echo HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\n\r\nbody", 405, E_HTTP_METHOD),
	BAD("CONNECT", "CONNECT hub:443 HTTP/1.1\r\nHost: hub\r\n\r\n", 405, E_HTTP_METHOD),
	BAD("GET with a body", "GET /echo HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\n\r\nbody", 400, E_HTTP_MALFORMED),
	BAD("absolute target", "GET http://hub/echo HTTP/1.1\r\nHost: hub\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("blank in target", "GET /a b HTTP/1.1\r\nHost: hub\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("HTTP/2.0", "GET /echo HTTP/2.0\r\nHost: hub\r\n\r\n", 505, E_HTTP_MALFORMED),
	BAD("HTTP/1.10", "GET /echo HTTP/1.10\r\nHost: hub\r\n\r\n", 505, E_HTTP_MALFORMED),
	BAD("no version", "GET /echo\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("nothing like HTTP", "hello there\r\n\r\n", 400, E_HTTP_MALFORMED),
	BAD("empty head", "\r\n\r\n", 400, E_HTTP_MALFORMED)
};

static void test_bad_requests(void **state)
{
	char buf[2000], line[40], fault[100];

	(void)state;
	for (size_t i = 0; i < sizeof bad_requests / sizeof *bad_requests; i++) {
		const struct bad *b = &bad_requests[i];
		struct raw r = raw_open(net_server_port(server, 0), "a-1");

		assert_true(raw_send(&r, b->send, b->n));
		raw_read(&r, buf, sizeof buf, NULL, 20000);
		snprintf(line, sizeof line, "HTTP/1.1 %d ", b->status);
		snprintf(fault, sizeof fault, "<fault listener=\"7\" status=\"%d\" code=\"%s\"/>", b->status, error_code(b->error));
		if (strncmp(buf, line, strlen(line)) || !strstr(buf, fault) || !strstr(buf, "Connection: close\r\n"))
			fail_msg("%s: %s", b->name, buf);
		if (b->status == 405 && !strstr(buf, "Allow: GET, POST\r\n"))
			fail_msg("%s: %s", b->name, buf);
		raw_close(&r);
	}
	assert_serves();
	assert_int_equal(counters().requests, 1);
	assert_int_equal(counters().refused, sizeof bad_requests / sizeof *bad_requests);
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
	raw_read(&r, buf, sizeof buf, NULL, 20000);
	assert_memory_equal(buf, "HTTP/1.1 431 ", 13);
	raw_close(&r);
	r = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&r, HEAD));
	for (int i = 0; i < 70; i++)
		assert_true(raw_sends(&r, "X: y\r\n"));
	assert_true(raw_sends(&r, "\r\n"));
	raw_read(&r, buf, sizeof buf, NULL, 20000);
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

/* ---- time */

static void test_deadlines(void **state)
{
	struct net_config c = config_of_test();
	struct raw head, body, second, silent;
	char buf[300];

	(void)state;
	teardown(NULL);
	c.deadline_ms = 1500;
	c.idle_ms = 60000;
	start(&c);
	second = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&second, HEAD "Content-Length: 4\r\n\r\nbody"));
	raw_read(&second, buf, sizeof buf, "body", 20000);
	head = raw_open(net_server_port(server, 0), "a-1");
	body = raw_open(net_server_port(server, 0), "a-1");
	silent = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&body, HEAD "Content-Length: 1000\r\n\r\n"));
	/* each sends a byte now and then, which does not help: the deadline is a total one */
	for (int i = 0; i < 12; i++) {
		raw_sends(&head, &"POST /echo HTTP"[i]);
		raw_sends(&body, "b");
		raw_sends(&second, "P");
		assert_serves();
		clock_sleep_ms(150);
	}
	assert_true(raw_ended(&head, 20000));
	assert_true(raw_ended(&body, 20000));
	assert_true(raw_ended(&second, 20000));
	assert_true(raw_ended(&silent, 20000));
	assert_int_equal(counters().timeouts, 4);
	raw_close(&head);
	raw_close(&body);
	raw_close(&second);
	raw_close(&silent);
}

static void test_idle(void **state)
{
	struct net_config c = config_of_test();
	struct net_client *k;
	struct bytes answer = BYTES_INIT;
	struct raw r;
	char buf[300];
	int status;

	(void)state;
	teardown(NULL);
	c.idle_ms = 100;
	start(&c);
	k = client("a-1", 0);
	r = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&r, HEAD "Content-Length: 4\r\n\r\nbody"));
	raw_read(&r, buf, sizeof buf, "body", 20000);
	assert_int_equal(post(k, "/echo", "<a/>", &status, &answer), 0);
	assert_true(raw_ended(&r, 20000));
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
	struct net_config c = config_of_test();
	struct raw r;

	(void)state;
	teardown(NULL);
	c.deadline_ms = 1000;
	start(&c);
	r = raw_open(net_server_port(server, 0), "a-1");
	for (int i = 0; i < 30; i++)
		if (!raw_sends(&r, "POST /big HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\n\r\n"))
			break;
	while (!counters().timeouts)
		clock_sleep_ms(20);
	assert_int_equal(counters().open, 0);
	raw_close(&r);
	assert_serves();
}

/* ---- limits */

static void *wait_call(void *arg)
{
	struct net_client *c = client("a-1", 0);
	struct bytes answer = BYTES_INIT;
	int status = 0, rc = post(c, "/wait", "<w/>", &status, &answer);

	(void)arg;
	if (!rc && status == 200 && strcmp(answer.p, "<w/>"))
		status = -1;
	bytes_done(&answer);
	net_client_free(c);
	return (void *)(uintptr_t)(rc ? 1 : status);
}

static void test_overflow(void **state)
{
	struct net_config c = config_of_test();
	struct net_client *k;
	struct bytes answer = BYTES_INIT;
	pthread_t t[4];
	void *status_of;
	char buf[1000];
	struct raw r;
	int status;

	(void)state;
	teardown(NULL);
	c.queue = 2;
	c.retry_after_s = 7;
	start(&c);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, wait_call, NULL), 0);
	gate_wait_inside(2);                    /* both workers are busy */
	for (int i = 2; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, wait_call, NULL), 0);
	while (counters().requests < 4)         /* and two wait */
		clock_sleep_ms(5);
	r = raw_open(net_server_port(server, 0), "a-1");
	assert_true(raw_sends(&r, HEAD "Content-Length: 4\r\n\r\nbody"));
	raw_read(&r, buf, sizeof buf, "/>", 20000);
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
	struct net_config c = config_of_test();
	struct net_client *k[4];
	struct bytes answer = BYTES_INIT;
	int status;

	(void)state;
	teardown(NULL);
	c.max_connections = 3;
	c.max_per_peer = 2;
	start(&c);
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
	struct net_config c = config_of_test();
	struct net_client *k;
	struct bytes answer = BYTES_INIT;
	struct raw r;
	char body[60000];
	int status;

	(void)state;
	teardown(NULL);
	c.max_body = c.max_bodies = 100000;
	start(&c);
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
	raw_read(r, buf, sizeof buf, "\r\n\r\n", 20000);
	assert_string_equal(buf, "HTTP/1.1 100 Continue\r\n\r\n");
}

static void test_drain(void **state)
{
	struct raw idle = raw_open(net_server_port(server, 0), "a-1"), begun = raw_open(net_server_port(server, 1), "a-1");
	struct net_client *late = client("a-2", 0);
	struct bytes answer = BYTES_INIT;
	void *status_of;
	char buf[1000];
	pthread_t t;
	int status, before = dones;

	(void)state;
	assert_true(raw_sends(&idle, HEAD "Content-Length: 4\r\n\r\nbody"));
	raw_read(&idle, buf, sizeof buf, "body", 20000);
	begin_request(&begun);
	assert_int_equal(pthread_create(&t, NULL, wait_call, NULL), 0);
	gate_wait_inside(1);
	assert_serves();
	net_server_drain(server, 60000);
	assert_true(raw_ended(&idle, 20000));
	/* what has begun is finished, in any state */
	assert_true(raw_sends(&begun, "body"));
	raw_read(&begun, buf, sizeof buf, NULL, 20000);
	assert_memory_equal(buf, "HTTP/1.1 200 OK\r\n", 17);
	assert_non_null(strstr(buf, "Connection: close\r\n"));
	/* nothing new */
	assert_int_equal(post(late, "/echo", "<q/>", &status, &answer), E_IO);
	gate_set(1);
	pthread_join(t, &status_of);
	assert_int_equal((uintptr_t)status_of, 200);
	net_server_wait(server);
	assert_int_equal(counters().open, 0);
	assert_int_equal(dones - before, 2);
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
	assert_true(raw_ended(&begun, 20000));
	gate_set(1);
	net_server_wait(server);
	for (int i = 0; i < 3; i++) {
		pthread_join(t[i], &status_of);
		assert_int_equal((uintptr_t)status_of, 1);
	}
	assert_int_equal(counters().answers, 0);
	raw_close(&begun);
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
	struct net_config c = config_of_test();
	struct tls *tls = rig_server_tls();
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
	struct tls_files files = { rig_path("a-2.pem"), rig_path("a-2.key"), rig_path("ca.pem"), NULL };
	struct bytes answer = BYTES_INIT;
	struct tls_error error;
	char before[65], after[65], expected[65];
	struct tls *tls;
	struct raw r;
	int status;

	(void)state;
	assert_int_equal(post(old, "/echo", "<q/>", &status, &answer), 0);
	r = raw_open(net_server_port(server, 0), "a-1");
	certificate_fingerprint(SSL_get0_peer_certificate(r.ssl), before);
	raw_close(&r);
	assert_int_equal(tls_server_new(&files, &tls, &error), 0);
	net_server_set_tls(server, 0, tls);
	tls_free(tls);
	r = raw_open(net_server_port(server, 0), "a-1");
	certificate_fingerprint(SSL_get0_peer_certificate(r.ssl), after);
	raw_close(&r);
	assert_int_equal(certificate_fingerprint_file(rig_path("a-2.pem"), expected), 0);
	assert_string_not_equal(before, after);
	assert_string_equal(after, expected);
	assert_int_equal(post(old, "/echo", "<q/>", &status, &answer), 0);
	assert_int_equal(post(new, "/echo", "<q/>", &status, &answer), 0);
	assert_int_equal(net_client_connects(old), 1);
	net_client_free(old);
	net_client_free(new);
	bytes_done(&answer);
}

static void test_several_loops(void **state)
{
	struct net_config c = config_of_test();

	teardown(NULL);
	c.loops = 3;
	start(&c);
	test_parallel(state);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_good_call), T(test_keep_alive), T(test_sizes), T(test_parallel), T(test_several_loops), T(test_pipelined),
		T(test_expect_continue), T(test_no_certificate), T(test_foreign_authority), T(test_plain_http), T(test_bad_requests),
		T(test_large_head), T(test_large_body), T(test_deadlines), T(test_idle), T(test_slow_reader), T(test_overflow),
		T(test_connections), T(test_memory), T(test_drain), T(test_drain_cuts), T(test_drain_from_signal),
		T(test_drain_from_worker), T(test_start_fails), T(test_renewed_certificate)
	};

	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	rig_pki();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
