/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The strict reader: known messages, exact limits, and that it never matters how a message was cut on its way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "base/rng.h"
#include "net/bad_requests.h"
#include "net/http.h"

enum { MAX_HEAD = 16384, MAX_BODY = 100000 };

/* What became of the bytes: result of the last step, how many were taken, whether the head was told. */
struct outcome { int rc; size_t used; int heads; };

/* Feeds pieces of at most `piece` bytes (0: random ones) until the message is complete, refused or the bytes are used
 * up. */
static struct outcome feed(struct http_reader *r, const char *p, size_t n, size_t piece, struct rng *rng)
{
	struct outcome o = { HTTP_MORE, 0, 0 };

	while (o.used < n && (o.rc == HTTP_MORE || o.rc == HTTP_HEAD)) {
		size_t most = piece ? piece : 1 + (size_t)rng_below(rng, 20), used;

		if (most > n - o.used)
			most = n - o.used;
		o.rc = http_reader_feed(r, p + o.used, most, &used);
		o.heads += o.rc == HTTP_HEAD;
		o.used += used;
		assert_true(used <= most);
		assert_true(used == most || o.rc != HTTP_MORE);
	}
	return o;
}

static void assert_same(const char *a, const char *b)
{
	if (a && b)
		assert_string_equal(a, b);
	else
		assert_ptr_equal(a, b);
}

static void assert_same_message(const struct http_reader *a, const struct http_reader *b)
{
	assert_int_equal(a->head.method, b->head.method);
	assert_int_equal(a->head.status, b->head.status);
	assert_same(a->head.path, b->head.path);
	assert_same(a->head.query, b->head.query);
	assert_same(a->head.content_type, b->head.content_type);
	assert_same(a->head.soap_action, b->head.soap_action);
	assert_int_equal(a->head.keep_alive, b->head.keep_alive);
	assert_int_equal(a->head.expect_continue, b->head.expect_continue);
	assert_int_equal(a->body.n, b->body.n);
	if (a->body.n)
		assert_memory_equal(a->body.p, b->body.p, a->body.n);
}

struct good {
	const char *send;
	const char *path, *query, *type, *action, *body;
	int keep, expect, status;
};

static const struct good requests[] = {
	{ "POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml; charset=utf-8\r\n"
	  "SOAPAction: \"urn:x/y\"\r\nContent-Length: 4\r\n\r\nbody",
	  "/a", "b", "text/xml; charset=utf-8", "urn:x/y", "body", 1, 0, 0 },
	{ "\r\nPOST / HTTP/1.1\r\nhOsT:h\r\ncontent-length:\t 4 \t\r\nsoapaction: \"\"\r\n\r\nbody", "/", NULL, NULL,
	  "", "body", 1, 0, 0 },
	{ "POST /?wsdl HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\nSOAPAction: bare\r\n\r\n"
	  "3\r\nbod\r\n001\r\ny\r\n0\r\n\r\n",
	  "/", "wsdl", NULL, "bare", "body", 1, 0, 0 },
	{ "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "/x", NULL, NULL, NULL, "",
	  0, 0, 0 },
	{ "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nConnection: TE, Close\r\n\r\nz", "/x", NULL, NULL, NULL,
	  "z", 0, 0, 0 },
	{ "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\nz", "/x", NULL, NULL, NULL,
	  "z", 1, 1, 0 },
	{ "POST /x HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nz", "/x", NULL, NULL, NULL, "z", 0, 0,
	  0 },
	{ "POST /x HTTP/1.0\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nz", "/x", NULL, NULL, NULL, "z", 1, 0,
	  0 },
	{ "POST /x HTTP/1.1\r\nHost: h\r\nContent-Encoding: identity\r\n"
	  "X-Name: \xe7\x94\xb5\r\nContent-Length: 1\r\n\r\nz",
	  "/x", NULL, NULL, NULL, "z", 1, 0, 0 },
	{ "GET /s?wsdl=1&xsd HTTP/1.1\r\nHost: h\r\n\r\n", "/s", "wsdl=1&xsd", NULL, NULL, "", 1, 0, 0 },
	{ "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "/", NULL, NULL, NULL, "", 1, 0, 0 },
	{ "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n00000000\r\n\r\n", "/x", NULL, NULL, NULL,
	  "", 1, 0, 0 },
	{ "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
	  "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
	  "/x", NULL, NULL, NULL, "01234567890123456789", 1, 0, 0 }
};

static const struct good answers[] = {
	{ "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\nbody", NULL, NULL, "text/xml", NULL,
	  "body", 1, 0, 200 },
	{ "HTTP/1.1 500 \r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", NULL, NULL, NULL, NULL, "body",
	  1, 0, 500 },
	{ "HTTP/1.1 503\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", NULL, NULL, NULL, NULL, "", 0, 0, 503 },
	{ "HTTP/1.1 100 Continue\r\n\r\n", NULL, NULL, NULL, NULL, "", 1, 0, 100 },
	{ "HTTP/1.1 204 None\r\n\r\n", NULL, NULL, NULL, NULL, "", 1, 0, 204 },
	{ "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nz", NULL, NULL, NULL, NULL, "z", 0, 0, 200 }
};

static void check_good(const struct good *g, enum http_role role, size_t piece)
{
	struct http_reader r;
	struct outcome o;
	size_t n = strlen(g->send);

	http_reader_init(&r, role, MAX_HEAD, MAX_BODY);
	assert_true(http_reader_idle(&r));
	o = feed(&r, g->send, n, piece, NULL);
	assert_int_equal(o.rc, HTTP_DONE);
	assert_int_equal(o.used, n);
	assert_int_equal(o.heads, g->body[0] || r.head.chunked ? 1 : 0);
	assert_same(r.head.path, g->path);
	assert_same(r.head.query, g->query);
	assert_same(r.head.content_type, g->type);
	assert_same(r.head.soap_action, g->action);
	assert_int_equal(r.head.keep_alive, g->keep);
	assert_int_equal(r.head.expect_continue, g->expect);
	assert_int_equal(r.head.status, g->status);
	assert_int_equal(r.body.n, strlen(g->body));
	assert_memory_equal(r.body.p ? r.body.p : "", g->body, r.body.n);
	http_reader_reset(&r);
	assert_true(http_reader_idle(&r));
	assert_int_equal(r.body.most, MAX_BODY);
	http_reader_done(&r);
}

static void test_good(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 300; piece++) {
		for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
			check_good(&requests[i], HTTP_REQUEST, piece);
		for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
			check_good(&answers[i], HTTP_ANSWER, piece);
	}
}

static void test_bad(void **state)
{
	struct http_reader r;
	struct outcome o;
	size_t used;

	(void)state;
	http_reader_init(&r, HTTP_REQUEST, MAX_HEAD, MAX_BODY);
	for (size_t i = 0; i < N_BAD_REQUESTS; i++) {
		for (size_t piece = 1; piece < 200; piece++) {
			http_reader_reset(&r);
			o = feed(&r, bad_requests[i].send, bad_requests[i].n, piece, NULL);
			if (o.rc != bad_requests[i].error || r.refuse_status != bad_requests[i].status)
				fail_msg("%s in pieces of %zu: %d, %d", bad_requests[i].name, piece, o.rc,
					 r.refuse_status);
			assert_int_equal(http_reader_feed(&r, "x", 1, &used), E_HTTP_MALFORMED); /* and nothing more */
		}
	}
	http_reader_done(&r);
}

/* Every control character but TAB, and none of the others, is refused inside a field. */
static void test_every_byte(void **state)
{
	static const char before[] = "POST / HTTP/1.1\r\nHost: h\r\nX: a", after[] = "b\r\nContent-Length: 0\r\n\r\n";
	char text[100];
	struct http_reader r;

	(void)state;
	http_reader_init(&r, HTTP_REQUEST, MAX_HEAD, MAX_BODY);
	for (int c = 0; c < 256; c++) {
		size_t n = sizeof before - 1;
		bool refused = (c < 0x20 && c != '\t') || c == 0x7f;

		memcpy(text, before, n);
		text[n++] = (char)c;
		memcpy(text + n, after, sizeof after - 1);
		n += sizeof after - 1;
		http_reader_reset(&r);
		assert_int_equal(feed(&r, text, n, 1000, NULL).rc, refused ? E_HTTP_MALFORMED : HTTP_DONE);
	}
	http_reader_done(&r);
}

static void test_bad_answers(void **state)
{
	static const struct { const char *send; int error;
	} bad[] = { { "HTTP/1.1 200 OK\r\n\r\n", E_HTTP_MALFORMED }, /* until the end of the connection */
		    { "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", E_HTTP_MALFORMED },
		    { "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", E_HTTP_MALFORMED },
		    { "HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n", E_TOO_LARGE },
		    { "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Encoding: gzip\r\n\r\n", E_HTTP_MEDIA_TYPE },
		    { "HTTP/1.1 2000 OK\r\nContent-Length: 1\r\n\r\n", E_HTTP_MALFORMED },
		    { "HTTP/1.1 20 OK\r\n\r\n", E_HTTP_MALFORMED },
		    { "HTTP/1.1 099 OK\r\nContent-Length: 1\r\n\r\n", E_HTTP_MALFORMED },
		    { "HTTP/1.1 600 OK\r\n\r\n", E_HTTP_MALFORMED },
		    { "HTTP/2 200 OK\r\nContent-Length: 1\r\n\r\n", E_HTTP_MALFORMED },
		    { "HTTP/1.1\r\n\r\n", E_HTTP_MALFORMED },
		    { "ICY 200 OK\r\nContent-Length: 1\r\n\r\n", E_HTTP_MALFORMED },
		    { "\r\n\r\n", E_HTTP_MALFORMED } };
	struct http_reader r;

	(void)state;
	http_reader_init(&r, HTTP_ANSWER, MAX_HEAD, MAX_BODY);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		http_reader_reset(&r);
		if (feed(&r, bad[i].send, strlen(bad[i].send), 7, NULL).rc != bad[i].error)
			fail_msg("%s", bad[i].send);
	}
	http_reader_done(&r);
}

/* A message stops where the next one begins. */
static void test_pipelined(void **state)
{
	struct bytes all = BYTES_INIT;
	struct http_reader r;
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
		bytes_adds(&all, requests[i].send);
	http_reader_init(&r, HTTP_REQUEST, MAX_HEAD, MAX_BODY);
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		struct outcome o = feed(&r, all.p + at, all.n - at, 100000, NULL);

		assert_int_equal(o.rc, HTTP_DONE);
		assert_int_equal(o.used, strlen(requests[i].send));
		assert_string_equal(r.head.path, requests[i].path);
		at += o.used;
		http_reader_reset(&r);
	}
	assert_int_equal(at, all.n);
	http_reader_done(&r);
	bytes_done(&all);
}

static int feed_head_of(size_t n, size_t max_head)
{
	static const char begin[] = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
	struct bytes text = BYTES_INIT;
	struct http_reader r;
	int rc;

	bytes_adds(&text, begin);
	while (text.n < n - 4)
		bytes_adds(&text, "x");
	bytes_adds(&text, "\r\n\r\n");
	http_reader_init(&r, HTTP_REQUEST, max_head, MAX_BODY);
	rc = feed(&r, text.p, text.n, 100, NULL).rc;
	if (rc < 0)
		assert_int_equal(r.refuse_status, 431);
	http_reader_done(&r);
	bytes_done(&text);
	return rc;
}

static int feed_chunks_of(size_t n, size_t max_body)
{
	struct bytes text = BYTES_INIT;
	struct http_reader r;
	int rc;

	bytes_adds(&text, HEAD "Transfer-Encoding: chunked\r\n\r\n");
	for (size_t i = 0; i < n; i++)
		bytes_adds(&text, "1\r\nx\r\n");
	bytes_adds(&text, "0\r\n\r\n");
	http_reader_init(&r, HTTP_REQUEST, MAX_HEAD, max_body);
	rc = feed(&r, text.p, text.n, 50, NULL).rc;
	assert_int_equal(r.body.n, n <= max_body ? n : max_body);
	http_reader_done(&r);
	bytes_done(&text);
	return rc;
}

static void test_limits(void **state)
{
	(void)state;
	assert_int_equal(feed_head_of(1000, 1000), HTTP_DONE);
	assert_int_equal(feed_head_of(1001, 1000), E_TOO_LARGE);
	assert_int_equal(feed_chunks_of(100, 100), HTTP_DONE);
	assert_int_equal(feed_chunks_of(101, 100), E_TOO_LARGE);
}

/* Property: pieces do not matter. 30,000 messages, each one of the good or bad ones with a few bytes changed, left out
 * or doubled, are read whole and in random pieces with the same outcome. */
static void test_mutations(void **state)
{
	struct http_reader whole, cut;
	struct rng rng;
	int done = 0, refused = 0;

	(void)state;
	rng_seed(&rng, 20260610);
	http_reader_init(&whole, HTTP_REQUEST, 400, 1000);
	http_reader_init(&cut, HTTP_REQUEST, 400, 1000);
	for (int i = 0; i < 30000; i++) {
		size_t from = (size_t)rng_below(&rng, N_BAD_REQUESTS + sizeof requests / sizeof *requests), n;
		char text[600];
		struct outcome a, b;

		n = from < N_BAD_REQUESTS ? bad_requests[from].n : strlen(requests[from - N_BAD_REQUESTS].send);
		memcpy(text, from < N_BAD_REQUESTS ? bad_requests[from].send : requests[from - N_BAD_REQUESTS].send, n);
		for (uint64_t k = rng_below(&rng, 4); k && n; k--) {
			size_t at = (size_t)rng_below(&rng, n);

			switch (rng_below(&rng, 3)) {
			case 0:
				text[at] = "\r\n :0x\0;,1\tA"[rng_below(&rng, 13)];
				break;
			case 1:
				memmove(text + at, text + at + 1, --n - at);
				break;
			default:
				memmove(text + at + 1, text + at, n++ - at);
			}
		}
		http_reader_reset(&whole);
		http_reader_reset(&cut);
		a = feed(&whole, text, n, sizeof text, NULL);
		b = feed(&cut, text, n, 0, &rng);
		assert_int_equal(a.rc == HTTP_HEAD ? HTTP_MORE : a.rc, b.rc == HTTP_HEAD ? HTTP_MORE : b.rc);
		assert_int_equal(whole.refuse_status, cut.refuse_status);
		if (a.rc >= 0) {
			assert_int_equal(a.used, b.used);
			assert_same_message(&whole, &cut);
		}
		done += a.rc == HTTP_DONE;
		refused += a.rc < 0;
	}
	assert_true(done > 1000 && refused > 10000);    /* both kinds were really there */
	http_reader_done(&whole);
	http_reader_done(&cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_good),       cmocka_unit_test(test_bad),
					    cmocka_unit_test(test_every_byte), cmocka_unit_test(test_bad_answers),
					    cmocka_unit_test(test_pipelined),  cmocka_unit_test(test_limits),
					    cmocka_unit_test(test_mutations) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
