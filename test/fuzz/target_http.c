/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/error.h"
#include "fuzz/targets.h"
#include "net/gzip.h"
#include "net/http.h"

enum { MAX_HEAD = 400, MAX_BODY = 500, MAX_RATIO = 20 };

const char *const http_words[] = { "\r\n", "\n", "\r", ":", " ", "\t", "Content-Length: 5\r\n", "Content-Length: 18446744073709551616\r\n", "+5",
	"-1", "0x5", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n", "FFFFFFFFFFFFFFFF", ";x=1", "0\r\n\r\n",
	"0\r\nX: y\r\n\r\n", "HTTP/1.1", "HTTP/9.9", " folded\r\n", "Connection: close\r\n", "Content-Encoding: gzip\r\n",
	"Accept-Encoding: gzip;q=0.1\r\n", "Expect: 100-continue\r\n", "/", "?", "\x80", "\x1f\x8b\x08", NULL };

/* What became of all messages in it. Where an error is seen is the reader's own affair. */
struct seen { int result, messages; size_t used, body; unsigned sum; };

static struct seen read_in_pieces(enum http_role role, const uint8_t *p, size_t n, size_t most)
{
	struct http_reader r;
	struct seen s = { HTTP_MORE, 0, 0, 0, 0 };
	http_reader_init(&r, role, MAX_HEAD, MAX_BODY);
	r.max_ratio = MAX_RATIO;
	for (size_t at = 0; at < n && s.result >= 0;) {
		size_t used = 0, give = n - at < most ? n - at : most;
		char *exact = malloc(give);
		memcpy(exact, p + at, give);
		s.result = http_reader_feed(&r, exact, give, &used);
		free(exact);
		HOLDS(used <= give && (used > 0 || s.result != HTTP_MORE));
		HOLDS(r.body.n <= MAX_BODY);
		HOLDS(s.result >= 0 || role == HTTP_ANSWER || (r.refuse_status >= 400 && r.refuse_status < 600));
		at += used;
		s.used = at;
		if (s.result == HTTP_DONE) {
			s.messages++;
			s.body += r.body.n;
			for (size_t i = 0; i < r.body.n; i++)
				s.sum = s.sum * 31 + (unsigned char)r.body.p[i];
			for (const char *c = r.head.path ? r.head.path : ""; *c; c++)
				s.sum = s.sum * 31 + (unsigned char)*c;
			http_reader_reset(&r);
		}
	}
	if (s.result < 0)
		s.used = 0;
	if (s.result == HTTP_HEAD)
		s.result = HTTP_MORE;           /* told at the last byte or with the next feed */
	http_reader_done(&r);
	return s;
}

static void same(struct seen a, struct seen b)
{
	HOLDS(a.result == b.result && a.messages == b.messages && a.used == b.used && a.body == b.body && a.sum == b.sum);
}

int fuzz_http(const uint8_t *p, size_t n)
{
	enum http_role role = n > 5 && !memcmp(p, "HTTP/", 5) ? HTTP_ANSWER : HTTP_REQUEST;
	struct seen whole = read_in_pieces(role, p, n, n + 1);
	same(whole, read_in_pieces(role, p, n, 1));
	same(whole, read_in_pieces(role, p, n, 7));
	return whole.messages > 0;
}

void http_seeds(struct fuzz_seeds *s)
{
	static const char *const plain[] = {
		"POST /aggregator HTTP/1.1\r\nHost: h:1\r\nContent-Type: text/xml; charset=utf-8\r\nSOAPAction: \"a\"\r\nContent-Length: 5\r\n\r\nhello",
		"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n",
		"GET /aggregator?wsdl HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip, deflate\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/xml\r\n\r\nokHTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" };
	struct bytes code = BYTES_INIT, message = BYTES_INIT;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		fuzz_seed(s, plain[i], strlen(plain[i]));
	for (int i = 0; i < 40; i++)
		bytes_adds(&code, "<power/>");
	HOLDS(gzip_shrink(&code));
	bytes_printf(&message, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", code.n);
	bytes_add(&message, code.p, code.n);
	fuzz_seed(s, message.p, message.n);
	bytes_clear(&message);
	bytes_printf(&message, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n", code.n);
	bytes_add(&message, code.p, code.n);
	bytes_adds(&message, "\r\n0\r\n\r\n");
	fuzz_seed(s, message.p, message.n);
	bytes_done(&code);
	bytes_done(&message);
}

/* ---- gzip alone */

enum { OUT_MOST = 20000 };

static int decode(const uint8_t *p, size_t n, size_t piece, struct bytes *out)
{
	struct gzip_reader *g = gzip_reader_new(100);
	int rc = 0;
	HOLDS(g);
	*out = (struct bytes){ .most = OUT_MOST };
	for (size_t at = 0; at < n && !rc; at += piece)
		rc = gzip_reader_feed(g, (const char *)p + at, n - at < piece ? n - at : piece, out);
	HOLDS(out->n <= OUT_MOST);
	if (!rc && !gzip_reader_ended(g))
		rc = E_HTTP_MALFORMED;
	gzip_reader_free(g);
	return rc;
}

int fuzz_gzip(const uint8_t *p, size_t n)
{
	struct bytes whole, cut, code = BYTES_INIT, back = BYTES_INIT;
	int rc = decode(p, n, n + 1, &whole), again = decode(p, n, 3, &cut);
	HOLDS(!rc == !again);
	HOLDS(rc || (whole.n == cut.n && (!whole.n || !memcmp(whole.p, cut.p, whole.n))));
	bytes_add(&code, p, n);                         /* and any input survives being coded */
	if (n <= OUT_MOST && gzip_shrink(&code)) {
		HOLDS(code.n < n);
		HOLDS(!decode((const uint8_t *)code.p, code.n, 1000, &back) && back.n == n && !memcmp(back.p, p, n));
	}
	bytes_done(&whole);
	bytes_done(&cut);
	bytes_done(&code);
	bytes_done(&back);
	return !rc;
}

void gzip_seeds(struct fuzz_seeds *s)
{
	for (int k = 1; k < 6; k++) {
		struct bytes b = BYTES_INIT;
		for (int i = 0; i < 40 * k; i++)
			bytes_printf(&b, "<p>%d</p>", i * i % (7 * k));
		HOLDS(gzip_shrink(&b));
		fuzz_seed(s, b.p, b.n);
		bytes_done(&b);
	}
}
