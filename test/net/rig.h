/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the tests of net/ stand on: a throw-away PKI in a temporary folder and a raw TLS peer that says what it is told. */
#ifndef VGI_TEST_NET_RIG_H
#define VGI_TEST_NET_RIG_H
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include "security/tls.h"

/* Makes the folder with CAs "ca" (names hub, a-1, a-2) and, apart, "foreign" (name a-1). Removed at exit. */
void rig_pki(void);
/* A path in it, e.g. rig_path("a-1.pem"). Good until the eighth call of this thread after it. */
const char *rig_path(const char *file);
struct tls *rig_server_tls(void);                       /* identity hub */
struct tls *rig_client_tls(const char *name);           /* NULL: without identity */
struct tls *rig_foreign_tls(void);                      /* identity of a CA nobody trusts, itself trusting ours */

/* A raw TLS client: the bytes go out as they are. */
struct raw { int fd; SSL *ssl; };
struct raw raw_open(int port, const char *name);        /* name of the identity */
bool raw_send(struct raw *r, const void *p, size_t n);
bool raw_sends(struct raw *r, const char *s);
/* Reads until `until` stands in what came (NULL: until the end), at most room - 1 bytes, at most ms. Returns the length. */
size_t raw_read(struct raw *r, char *buf, size_t room, const char *until, int ms);
bool raw_ended(struct raw *r, int ms);                  /* the other side ends, with nothing more to read, within ms */
void raw_close(struct raw *r);
#endif
