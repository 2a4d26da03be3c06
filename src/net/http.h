/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A strict push reader of HTTP/1.1 messages (RFC 9110, RFC 9112): bytes go in as they come, one complete message comes
 * out.
 * It takes the part of the protocol that web-service stacks speak and refuses whatever two readers could understand
 * differently: a second Content-Length or one with a sign, Content-Length beside Transfer-Encoding, any transfer coding
 * but "chunked", chunk extensions, trailers, folded lines, bare CR or LF, NUL, blanks before a colon. Head, body and
 * framing are bounded. Used on both sides: the server reads requests with it, the client answers. Not thread-safe; does
 * no I/O. */
#ifndef VGI_NET_HTTP_H
#define VGI_NET_HTTP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/bytes.h"

enum http_role { HTTP_REQUEST, HTTP_ANSWER };
enum http_method { HTTP_GET, HTTP_POST };

/* What the head said. Strings live in the reader until http_reader_reset. */
struct http_head {
	enum http_method method;                /* requests */
	int status;                             /* answers: 100..599 */
	const char *method_name;                /* requests: as text */
	const char *path, *query;               /* requests: as sent, not unescaped; query may be NULL */
	const char *host;                       /* requests: the Host field as sent; NULL if absent */
	const char *content_type, *soap_action; /* NULL if absent; SOAPAction without its quotes */
	bool keep_alive;                        /* the sender would go on with this connection */
	bool expect_continue;                   /* "Expect: 100-continue" in HTTP/1.1 */
	bool gzip;                              /* requests: the body is coded */
	bool accepts_gzip;                      /* requests: the answer's may be */
	bool chunked, has_length;
	uint64_t length;                        /* Content-Length if has_length */
};

enum http_step {                                /* results of http_reader_feed that are no errors */
	HTTP_MORE,                              /* everything was used, the message is not complete */
	HTTP_HEAD,                              /* the head is complete and the body is to come: told once a message */
	HTTP_DONE                               /* the message is complete: look at head and body, then reset */
};

struct http_reader {
	enum http_role role;
	size_t max_head;
	int max_ratio;                          /* of a body coded with gzip, decoded while it comes; 0: such are refused */
	int state;
	struct http_head head;
	struct bytes body;                      /* decoded; its cap is max_body */
	int refuse_status;                      /* after an error: the HTTP status a server should answer with */
	/* private */
	struct bytes raw;
	unsigned char last;
	size_t line;                            /* bytes in the present line of the head */
	uint64_t left;                          /* bytes of the body or chunk still to come */
	uint64_t came;                          /* bytes of the body so far, as they were sent */
	struct gzip_reader *gzip;               /* while a coded body comes */
	int digits;
};

/* max_ratio is 0 until it is set. */
void http_reader_init(struct http_reader *r, enum http_role role, size_t max_head, size_t max_body);
void http_reader_done(struct http_reader *r);
/* Ready for the next message. Gives the memory of a large body back. */
void http_reader_reset(struct http_reader *r);
/* True between two messages: no byte of the next one was seen. */
bool http_reader_idle(const struct http_reader *r);

/* Takes up to n bytes at p and tells in *used how many. Returns an enum http_step or E_HTTP_MALFORMED, E_HTTP_METHOD,
 * E_HTTP_MEDIA_TYPE (a content coding), E_TOO_LARGE, E_MEMORY; after an error the reader takes nothing more. An
 * announced length above the cap is refused at the head, before any byte of the body. */
int http_reader_feed(struct http_reader *r, const char *p, size_t n, size_t *used);

/* Reason phrase of a status this project answers with, else "Status". */
const char *http_reason(int status);
#endif
