/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The content coding gzip, both ways: what is read is bounded before it is there, and whole or refused. */
#include "net/echo.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "base/error.h"
#include "base/log.h"
#include "net/bad_requests.h"
#include "net/gzip.h"
#include "net/http.h"
#include "net/raw.h"
#include "security/pki.h"

enum { MAX_HEAD = 16384, MAX_BODY = 100000, PATIENCE_MS = 60000, GZIP = 16 + 15, ZLIB = 15 };

/* zlib's own, beside net/gzip.c: of a text, as gzip or in zlib's format. */
static struct bytes coded(const char *text, size_t n, int format)
{
	struct bytes b = BYTES_INIT;
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY), Z_OK);
	b.room = deflateBound(&z, n) + 1;
	b.p = malloc(b.room);
	z.next_in = (unsigned char *)(uintptr_t)text;
	z.avail_in = (unsigned)n;
	z.next_out = (unsigned char *)b.p;
	z.avail_out = (unsigned)b.room - 1;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	b.n = z.total_out;
	b.p[b.n] = 0;
	deflateEnd(&z);
	return b;
}

static struct bytes many(size_t n, bool alike)
{
	struct bytes b = BYTES_INIT;
	unsigned v = 1;

	for (size_t i = 0; i < n; i++) {
		v = v * 1103515245u + 12345u;
		bytes_add(&b, alike ? "0" : &"<power>0123456789</power>"[v >> 16 & 15], 1);
	}
	return b;
}

static struct bytes request(const struct bytes *body, bool chunked)
{
	struct bytes b = BYTES_INIT;

	bytes_adds(&b, HEAD "Content-Encoding: gzip\r\n");
	bytes_printf(&b, chunked ? "Transfer-Encoding: chunked\r\n\r\n%zx\r\n" : "Content-Length: %zu\r\n\r\n", body->n);
	bytes_add(&b, body->p, body->n);
	if (chunked)
		bytes_adds(&b, "\r\n0\r\n\r\n");
	return b;
}

/* Result of reading it in pieces; the decoded body stays in *body if that is not NULL. */
static int read_in(const struct bytes *message, size_t piece, int max_ratio, int *status, struct bytes *body)
{
	struct http_reader r;
	size_t at = 0, used;
	int rc = HTTP_MORE;

	http_reader_init(&r, HTTP_REQUEST, MAX_HEAD, MAX_BODY);
	r.max_ratio = max_ratio;
	while (at < message->n && (rc == HTTP_MORE || rc == HTTP_HEAD)) {
		rc = http_reader_feed(&r, message->p + at, message->n - at < piece ? message->n - at : piece, &used);
		assert_true(r.body.n <= MAX_BODY);
		at += used;
	}
	*status = r.refuse_status;
	if (body) {
		bytes_clear(body);
		bytes_add(body, r.body.p ? r.body.p : "", r.body.n);
	}
	http_reader_done(&r);
	return rc;
}

static void test_read(void **state)
{
	struct bytes out = BYTES_INIT;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct bytes text = many(i < 2 ? 300 : MAX_BODY, false), gz = coded(text.p, text.n, GZIP);
		struct bytes message = request(&gz, i % 2);

		for (size_t piece = 1; piece < message.n; piece = piece * 3 + 1) {
			int status;

			assert_int_equal(read_in(&message, piece, 200, &status, &out), HTTP_DONE);
			assert_int_equal(out.n, text.n);
			assert_memory_equal(out.p, text.p, text.n);
		}
		bytes_done(&text);
		bytes_done(&gz);
		bytes_done(&message);
	}
	bytes_done(&out);
}

static void assert_refused(struct bytes *code, int max_ratio, int error, int expected)
{
	for (int chunked = 0; chunked < 2; chunked++) {
		struct bytes message = request(code, chunked);

		for (size_t piece = 1; piece < 2 * message.n; piece = piece * 3 + 1) {
			int status;

			assert_int_equal(read_in(&message, piece, max_ratio, &status, NULL), error);
			assert_int_equal(status, expected);
		}
		bytes_done(&message);
	}
	bytes_done(code);
}

static void test_broken(void **state)
{
	struct bytes text = many(5000, false), gz;

	(void)state;
	gz = (struct bytes)BYTES_INIT;
	bytes_adds(&gz, "<no gzip at all/>");
	assert_refused(&gz, 200, E_HTTP_MALFORMED, 400);
	gz = coded(text.p, text.n, ZLIB);
	assert_refused(&gz, 200, E_HTTP_MALFORMED, 400);
	gz = coded(text.p, text.n, GZIP);
	gz.n--;                                         /* cut */
	assert_refused(&gz, 200, E_HTTP_MALFORMED, 400);
	gz = coded(text.p, text.n, GZIP);
	gz.p[gz.n - 6] ^= 1;                            /* its checksum */
	assert_refused(&gz, 200, E_HTTP_MALFORMED, 400);
	gz = coded(text.p, text.n, GZIP);
	bytes_add(&gz, "x", 1);                         /* something behind it */
	assert_refused(&gz, 200, E_HTTP_MALFORMED, 400);
	gz = coded(text.p, text.n, GZIP);
	bytes_add(&gz, "\x1f\x8b\x08", 3);              /* a second one behind it */
	assert_refused(&gz, 200, E_HTTP_MALFORMED, 400);
	gz = coded(text.p, text.n, GZIP);
	assert_refused(&gz, 0, E_HTTP_MEDIA_TYPE, 415); /* switched off */
	bytes_done(&text);
}

static void test_bombs(void **state)
{
	struct bytes text = many(MAX_BODY + 1, false), gz = coded(text.p, text.n, GZIP), message;
	int status;

	(void)state;
	assert_refused(&gz, 2000, E_TOO_LARGE, 413);
	bytes_done(&text);
	text = many(90000, true);                       /* within the cap, but 600 times its code */
	gz = coded(text.p, text.n, GZIP);
	assert_true(gz.n < 150);
	message = request(&gz, false);
	assert_int_equal(read_in(&message, 1000, 2000, &status, NULL), HTTP_DONE);
	bytes_done(&message);
	assert_refused(&gz, 200, E_TOO_LARGE, 413);
	bytes_done(&text);
	text = many(60000, true);                       /* the first 64 KiB are free */
	gz = coded(text.p, text.n, GZIP);
	message = request(&gz, false);
	assert_int_equal(read_in(&message, 1000, 200, &status, NULL), HTTP_DONE);
	bytes_done(&message);
	bytes_done(&gz);
	bytes_done(&text);
	text = many(40000000, true);
	gz = coded(text.p, text.n, GZIP);
	assert_refused(&gz, 2000, E_TOO_LARGE, 413);
	bytes_done(&text);
}

static void test_shrink(void **state)
{
	struct bytes b = BYTES_INIT, text = many(70000, false), out = BYTES_INIT;
	struct gzip_reader *g = gzip_reader_new(1000);

	(void)state;
	bytes_adds(&b, "ab");
	assert_false(gzip_shrink(&b));                  /* it would grow */
	assert_string_equal(b.p, "ab");
	bytes_clear(&b);
	bytes_add(&b, text.p, text.n);
	assert_true(gzip_shrink(&b));
	assert_true(b.n < 45000);
	assert_int_equal(gzip_reader_feed(g, b.p, b.n, &out), 0);
	assert_true(gzip_reader_ended(g));
	assert_int_equal(out.n, text.n);
	assert_memory_equal(out.p, text.p, text.n);
	gzip_reader_free(g);
	bytes_done(&b);
	bytes_done(&out);
	bytes_done(&text);
}

/* ---- over sockets */

/* Head and body of the answer to a GET with these fields; the rest of the body is read if the head names a length. */
static struct bytes get(const char *path, const char *fields, size_t *head_n)
{
	struct raw r = raw_open(net_server_port(server, 0), "a-1");
	struct bytes b = BYTES_INIT;
	char buf[8192];
	const char *end;
	size_t n;

	snprintf(buf, sizeof buf, "GET %s HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n%s\r\n", path, fields);
	assert_true(raw_sends(&r, buf));
	while ((n = raw_read(&r, buf, sizeof buf, "\xff no such", PATIENCE_MS)))
		bytes_add(&b, buf, n);
	raw_close(&r);
	end = memmem(b.p, b.n, "\r\n\r\n", 4);
	assert_non_null(end);
	*head_n = (size_t)(end - b.p) + 4;
	return b;
}

static void test_answers(void **state)
{
	static const struct { const char *path, *fields; bool coded; } cases[] = {
		{ "/big", "Accept-Encoding: gzip, deflate\r\n", true }, { "/big", "Accept-Encoding: x-gzip;q=0.5\r\n", true },
		{ "/big", "Accept-Encoding: *\r\n", true }, { "/big", "Accept-Encoding: br, gzip ; q=1.0\r\n", true },
		{ "/big", "Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n", false }, { "/big", "", false },
		{ "/big", "Accept-Encoding: gzip;q=0\r\n", false }, { "/big", "Accept-Encoding: gzip; q=0.000, br\r\n", false },
		{ "/big", "Accept-Encoding: deflate, gzipper\r\n", false }, { "/who", "Accept-Encoding: gzip\r\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t head;
		struct bytes b = get(cases[i].path, cases[i].fields, &head), out = BYTES_INIT;
		struct gzip_reader *g = gzip_reader_new(2000);

		if ((memmem(b.p, head, "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n", 47) != NULL) != cases[i].coded)
			fail_msg("%s %s: %.*s", cases[i].path, cases[i].fields, (int)head, b.p);
		if (cases[i].coded) {
			assert_int_equal(gzip_reader_feed(g, b.p + head, b.n - head, &out), 0);
			assert_true(gzip_reader_ended(g));
			assert_int_equal(out.n, 1000000);
		} else if (!strcmp(cases[i].path, "/big")) {
			assert_int_equal(b.n - head, 1000000);
		}
		gzip_reader_free(g);
		bytes_done(&out);
		bytes_done(&b);
	}
}

/* A worker sees the decoded message; after a bomb the others are served. */
static void test_requests(void **state)
{
	struct bytes text = many(50000, false), gz = coded(text.p, text.n, GZIP), message = request(&gz, true);
	struct raw r = raw_open(net_server_port(server, 0), "a-1");
	char *buf = calloc(1, 60000);

	(void)state;
	for (int i = 0; i < 3; i++) {
		size_t n = 0;

		assert_true(raw_send(&r, message.p, message.n));
		while (!strstr(buf, "\r\n\r\n") || n < (size_t)(strstr(buf, "\r\n\r\n") - buf) + 4 + text.n)
			n += raw_read(&r, buf + n, 2, NULL, PATIENCE_MS);         /* a byte: not one more than there are */
		assert_memory_equal(strstr(buf, "\r\n\r\n") + 4, text.p, text.n);
		memset(buf, 0, 60000);
	}
	bytes_done(&text);
	bytes_done(&gz);
	bytes_done(&message);
	text = many(10000000, true);
	gz = coded(text.p, text.n, GZIP);
	message = request(&gz, false);
	assert_true(raw_send(&r, message.p, message.n));
	raw_read(&r, buf, 1000, NULL, PATIENCE_MS);
	assert_memory_equal(buf, "HTTP/1.1 413 ", 13);
	assert_non_null(strstr(buf, "too-large"));
	assert_serves();
	raw_close(&r);
	free(buf);
	bytes_done(&text);
	bytes_done(&gz);
	bytes_done(&message);
}

#define T(f) cmocka_unit_test_setup_teardown(f, echo_setup, echo_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_read), cmocka_unit_test(test_broken),
		cmocka_unit_test(test_bombs), cmocka_unit_test(test_shrink), T(test_answers), T(test_requests) };

	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	pki_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
