/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* An answer → the bytes of an HTTP message in an output buffer. */
#ifndef VGI_NET_REPLY_H
#define VGI_NET_REPLY_H
#include <stdbool.h>
#include "net/server.h"

struct evbuffer;
/* Adds head and body to out; a large body's memory is handed over and answer->body is then empty. last: says that the
 * connection ends. 0 or E_MEMORY. */
int reply_put(struct evbuffer *out, struct net_answer *answer, bool last, int retry_after_s);
#endif
