/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A blocking HTTPS client: one object is one connection, opened at the first call and kept alive between calls. Not
 * thread-safe: one object a thread; any number of objects may share a struct tls. SIGPIPE must be ignored by the
 * process. */
#ifndef VGI_NET_CLIENT_H
#define VGI_NET_CLIENT_H
#include <stddef.h>
#include <stdint.h>
#include "base/bytes.h"

struct tls;
struct net_client;

struct net_client_limits {
	int32_t connect_ms;             /* TCP and TLS handshake together */
	int32_t answer_ms;              /* from the first byte sent to the last of the answer, connecting not counted */
	size_t max_answer;              /* bytes of an answer's body, > 0 */
	size_t max_head;                /* bytes of an answer's head, > 0 */
};
#define NET_CLIENT_LIMITS { .connect_ms = 5000, .answer_ms = 30000, .max_answer = 64u << 20, .max_head = 16384 }

/* host: DNS name or IP address, which the server's certificate must name. Resolving a DNS name is up to the system's
 * resolver and its own time-outs. Connects nothing yet. Holds a reference to tls. 0, E_CONFIG (port, limits),
 * E_MEMORY. */
int net_client_new(struct tls *tls, const char *host, int port, const struct net_client_limits *limits,
		   struct net_client **client);
void net_client_free(struct net_client *c);     /* closes; NULL allowed */

/* One POST and its answer, whatever its status. soap_action: NULL for none (SOAP 1.2), else without quotes. *answer is
 * cleared first; it holds the body afterwards.
 * If a kept connection turns out to be closed before any byte of the answer came, the message is sent once more over a
 * new one: safe, because every message of this project is idempotent by its id. No other failure is repeated here.
 * 0; E_IO (not reached, connection lost), E_TIMEOUT, E_TLS (handshake or certificate, theirs or ours), E_TOO_LARGE (the
 * answer), E_HTTP_MALFORMED or E_HTTP_MEDIA_TYPE (the answer), E_FORMAT (path, type or action cannot stand in a head),
 * E_STOPPING (net_client_abort), E_MEMORY. After an error the connection is closed. A kept connection is closed before a
 * call when certificates, trust or revocations of its tls have changed. */
int net_client_post(struct net_client *c, const char *path, const char *content_type, const char *soap_action,
		    const void *body, size_t n, int *status, struct bytes *answer);
/* The same with GET and without a body, e.g. for "/aggregator?wsdl". */
int net_client_get(struct net_client *c, const char *path, int *status, struct bytes *answer);
/* Content type of the last answer, "" if it had none. */
const char *net_client_content_type(const struct net_client *c);
/* What went wrong in the last call, e.g. "127.0.0.1:8443: certificate verify failed: self-signed certificate". */
const char *net_client_error(const struct net_client *c);
/* Connections opened since net_client_new: 1 as long as keep-alive works. */
int net_client_connects(const struct net_client *c);
/* For good: a call that waits, and every later one, ends with E_STOPPING. Any thread, as long as c is there. */
void net_client_abort(struct net_client *c);
void net_client_close(struct net_client *c);    /* the next call connects anew */
#endif
