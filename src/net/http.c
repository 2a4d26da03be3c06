/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/http.h"
#include <string.h>
#include "base/error.h"
#include "net/gzip.h"
#include "net/http_head.h"

#define CHUNK_DIGITS 8                          /* of a chunk's size: below 4 GiB, the cap on bodies comes first */
#define KEEP_BODY 65536u                        /* a body buffer larger than this is not kept for the next message */

enum state {
	S_HEAD, S_BODY, S_CHUNK_SIZE, S_CHUNK_SIZE_LF, S_CHUNK_DATA, S_CHUNK_CR, S_CHUNK_LF, S_LAST_CR, S_LAST_LF,
	S_DONE, S_BROKEN
};

void http_reader_init(struct http_reader *r, enum http_role role, size_t max_head, size_t max_body)
{
	memset(r, 0, sizeof *r);
	r->role = role;
	r->max_head = max_head;
	r->body.most = max_body;
}

void http_reader_done(struct http_reader *r)
{
	bytes_done(&r->raw);
	bytes_done(&r->body);
	gzip_reader_free(r->gzip);
}

void http_reader_reset(struct http_reader *r)
{
	size_t max_body = r->body.most;

	bytes_done(&r->raw);
	if (r->body.room > KEEP_BODY)
		bytes_done(&r->body);
	bytes_clear(&r->body);
	r->body.most = max_body;
	memset(&r->head, 0, sizeof r->head);
	r->state = S_HEAD;
	r->last = 0;
	r->line = 0;
	r->left = r->came = 0;
	gzip_reader_free(r->gzip);
	r->gzip = NULL;
	r->digits = 0;
	r->refuse_status = 0;
}

bool http_reader_idle(const struct http_reader *r)
{
	return r->state == S_HEAD && !r->raw.n;
}

static int broken(struct http_reader *r, int error, int status)
{
	r->state = S_BROKEN;
	r->refuse_status = status;
	return error;
}

static int end_body(struct http_reader *r)
{
	if (r->gzip && !gzip_reader_ended(r->gzip))
		return broken(r, E_HTTP_MALFORMED, 400);
	r->state = S_DONE;
	return HTTP_DONE;
}

/* How the body is framed (RFC 9112 §6.3), now that the head is known. */
static int begin_body(struct http_reader *r)
{
	const struct http_head *h = &r->head;
	bool bodyless = r->role == HTTP_ANSWER && (h->status < 200 || h->status == 204 || h->status == 304);

	if (h->length > r->body.most)
		return broken(r, E_TOO_LARGE, 413);
	if (bodyless || (r->role == HTTP_REQUEST && h->method == HTTP_GET) || (h->has_length && !h->length)) {
		r->state = S_DONE;
		return HTTP_DONE;
	}
	if (!h->chunked && !h->has_length)      /* "until the connection closes": a cut answer would look complete */
		return broken(r, E_HTTP_MALFORMED, 400);
	if (h->gzip && !r->max_ratio)
		return broken(r, E_HTTP_MEDIA_TYPE, 415);
	if (h->gzip && !(r->gzip = gzip_reader_new(r->max_ratio)))
		return broken(r, E_MEMORY, 500);
	r->state = h->chunked ? S_CHUNK_SIZE : S_BODY;
	r->left = h->length;
	return HTTP_HEAD;
}

static int end_head(struct http_reader *r)
{
	char *text = r->raw.p;
	int rc, status;

	if (!strncmp(text, "\r\n", 2))          /* one empty line before a message is overlooked: RFC 9112 §2.2 */
		text += 2;
	rc = http_head_parse(text, r->role, &r->head, &status);
	return rc ? broken(r, rc, status) : begin_body(r);
}

/* True if byte c may follow in a head: lines end with CR LF, and TAB is the only control character within. */
static bool head_takes(struct http_reader *r, unsigned char c)
{
	if ((r->last == '\r') != (c == '\n'))
		return false;
	return (c >= 0x20 && c != 0x7f) || c == '\t' || c == '\r' || c == '\n';
}

static int take_head(struct http_reader *r, const char *p, size_t n, size_t *used)
{
	size_t i, room = r->max_head - r->raw.n;
	bool end = false;
	int rc;

	for (i = 0; i < n && i < room && !end; i++) {
		unsigned char c = (unsigned char)p[i];

		if (!head_takes(r, c))
			return broken(r, E_HTTP_MALFORMED, 400);
		if (c == '\n') {
			end = r->line == 0 && r->raw.n + i > 2;
			r->line = 0;
		} else if (c != '\r') {
			r->line++;
		}
		r->last = c;
	}
	*used = i;
	if ((rc = bytes_add(&r->raw, p, i)))
		return broken(r, rc, 500);
	if (end)
		return end_head(r);
	return r->raw.n >= r->max_head ? broken(r, E_TOO_LARGE, 431) : HTTP_MORE;
}

static int add_body(struct http_reader *r, const char *p, size_t n, size_t *used)
{
	size_t take = n < r->left ? n : (size_t)r->left;
	int rc = r->gzip ? gzip_reader_feed(r->gzip, p, take, &r->body) : bytes_add(&r->body, p, take);

	if (rc)
		return broken(r, rc, rc == E_TOO_LARGE ? 413 : rc == E_MEMORY ? 500 : 400);
	*used = take;
	r->left -= take;
	r->came += take;
	if (r->left)
		return HTTP_MORE;
	if (r->state == S_BODY)
		return end_body(r);
	r->state = S_CHUNK_CR;
	return HTTP_MORE;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The line with a chunk's size: hexadecimal digits and CR, nothing else. */
static int take_size(struct http_reader *r, char c)
{
	int digit = hex_digit(c);

	if (c == '\r' && r->digits) {
		r->state = S_CHUNK_SIZE_LF;
		return HTTP_MORE;
	}
	if (digit < 0 || ++r->digits > CHUNK_DIGITS)
		return broken(r, E_HTTP_MALFORMED, 400);
	r->left = r->left * 16 + (uint64_t)digit;
	return r->left > r->body.most - r->came ? broken(r, E_TOO_LARGE, 413) : HTTP_MORE;
}

/* The CR and LF that stand around chunks. */
static int take_mark(struct http_reader *r, char c)
{
	static const struct { char c; int next; } mark[] = {
		[S_CHUNK_SIZE_LF] = { '\n', S_CHUNK_DATA }, [S_CHUNK_CR] = { '\r', S_CHUNK_LF },
		[S_CHUNK_LF] = { '\n', S_CHUNK_SIZE }, [S_LAST_CR] = { '\r', S_LAST_LF }, [S_LAST_LF] = { '\n', S_DONE }
	};

	if (c != mark[r->state].c)
		return broken(r, E_HTTP_MALFORMED, 400);
	r->state = mark[r->state].next;
	if (r->state == S_CHUNK_DATA && !r->left)
		r->state = S_LAST_CR;
	r->digits = 0;
	return r->state == S_DONE ? end_body(r) : HTTP_MORE;
}

static int take_some(struct http_reader *r, const char *p, size_t n, size_t *used)
{
	*used = 0;
	switch (r->state) {
	case S_HEAD:
		return take_head(r, p, n, used);
	case S_BODY:
	case S_CHUNK_DATA:
		return add_body(r, p, n, used);
	case S_CHUNK_SIZE:
		*used = 1;
		return take_size(r, *p);
	case S_DONE:
		return HTTP_DONE;
	case S_BROKEN:
		return E_HTTP_MALFORMED;
	default:
		*used = 1;
		return take_mark(r, *p);
	}
}

int http_reader_feed(struct http_reader *r, const char *p, size_t n, size_t *used)
{
	size_t some;
	int rc = HTTP_MORE;

	for (*used = 0; *used < n && rc == HTTP_MORE; *used += some)
		rc = take_some(r, p + *used, n - *used, &some);
	return rc;
}

const char *http_reason(int status)
{
	static const struct { int status; const char *reason; } known[] = {
		{ 200, "OK" }, { 202, "Accepted" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" }, { 408, "Request Timeout" }, { 429, "Too Many Requests" },
		{ 411, "Length Required" }, { 413, "Content Too Large" }, { 415, "Unsupported Media Type" },
		{ 417, "Expectation Failed" }, { 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" }, { 503, "Service Unavailable" }, { 505, "HTTP Version Not Supported" }
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].status == status)
			return known[i].reason;
	return "Status";
}
