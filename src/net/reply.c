/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/reply.h"
#include <event2/buffer.h>
#include "base/error.h"
#include "net/http.h"

#define JOIN_MOST 8192                  /* bodies up to this are copied, larger ones go out from where they are */

static void free_body(const void *p, size_t n, void *arg)
{
	struct bytes b = { .p = (char *)(uintptr_t)p, .n = n };

	(void)arg;
	bytes_done(&b);
}

/* Hands the body over to the output: a small one is copied to where room was made beside the head, so that both go out
 * in one TLS record. */
static int put_body(struct evbuffer *out, struct bytes *body)
{
	if (body->n <= JOIN_MOST)
		return evbuffer_add(out, body->p, body->n) ? E_MEMORY : 0;
	if (evbuffer_add_reference(out, body->p, body->n, free_body, NULL))
		return E_MEMORY;
	*body = (struct bytes)BYTES_INIT;
	return 0;
}

static int print_head(struct bytes *head, const struct net_answer *a, bool last, int retry_after_s)
{
	int rc;

	rc = bytes_printf(head, "HTTP/1.1 %d %s\r\nContent-Length: %zu\r\n", a->status, http_reason(a->status),
			  a->body.n);
	if (!rc && a->content_type)
		rc = bytes_printf(head, "Content-Type: %s\r\n", a->content_type);
	if (!rc && a->gzip)
		rc = bytes_adds(head, "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n");
	if (!rc && (a->status == 503 || a->status == 429))
		rc = bytes_printf(head, "Retry-After: %d\r\n", a->retry_after_s > 0 ? a->retry_after_s : retry_after_s);
	if (!rc && a->status == 405)
		rc = bytes_adds(head, "Allow: GET, POST\r\n");
	if (!rc)
		rc = bytes_adds(head, last ? "Connection: close\r\n\r\n" : "\r\n");
	return rc;
}

int reply_put(struct evbuffer *out, struct net_answer *a, bool last, int retry_after_s)
{
	struct bytes head = BYTES_INIT;
	int rc = print_head(&head, a, last, retry_after_s);

	if (!rc && ((a->body.n <= JOIN_MOST && evbuffer_expand(out, head.n + a->body.n)) ||
		    evbuffer_add(out, head.p, head.n)))
		rc = E_MEMORY;
	if (!rc)
		rc = put_body(out, &a->body);
	bytes_done(&head);
	return rc;
}
