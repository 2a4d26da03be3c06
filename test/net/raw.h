/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A raw TLS client for tests: the bytes go out as they are. Aborts if it cannot connect. */
#ifndef VGI_TEST_NET_RAW_H
#define VGI_TEST_NET_RAW_H
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

struct raw { int fd; SSL *ssl; };
struct raw raw_open(int port, const char *name);        /* name of the identity */
bool raw_send(struct raw *r, const void *p, size_t n);
bool raw_sends(struct raw *r, const char *s);
/* Reads until `until` stands in what came (NULL: until the end), at most room - 1 bytes, at most ms. Returns the
 * length. */
size_t raw_read(struct raw *r, char *buf, size_t room, const char *until, int ms);
bool raw_ended(struct raw *r, int ms);                  /* the other side ends, with nothing more to read, within ms */
void raw_close(struct raw *r);
#endif
