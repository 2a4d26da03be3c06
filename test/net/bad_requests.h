/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Requests that must be refused, shared by the tests of the reader and of the server. All of them assume a cap of
 * 100,000 bytes on the body and 16,384 on the head. */
#ifndef VGI_TEST_NET_BAD_REQUESTS_H
#define VGI_TEST_NET_BAD_REQUESTS_H
#include <stddef.h>

/* A head without its end, to which tests add. */
#define HEAD "POST /echo HTTP/1.1\r\nHost: hub\r\nContent-Type: text/xml\r\n"

struct bad { const char *name, *send; size_t n; int status, error; };
enum { N_BAD_REQUESTS = 82 };
extern const struct bad bad_requests[N_BAD_REQUESTS];
#endif
