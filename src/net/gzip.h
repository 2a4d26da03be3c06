/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The content coding "gzip" (RFC 9110 §8.4.1.3): a body in, piece by piece, bounded; a body out, whole. */
#ifndef VGI_NET_GZIP_H
#define VGI_NET_GZIP_H
#include <stdbool.h>
#include <stddef.h>
#include "base/bytes.h"

struct gzip_reader;
/* max_ratio: what comes out may be so many times as long as what went in; the first 64 KiB are free. NULL: memory is out. */
struct gzip_reader *gzip_reader_new(int max_ratio);
void gzip_reader_free(struct gzip_reader *g);           /* NULL allowed */
/* Takes n bytes more and adds what they hold to out. 0; E_TOO_LARGE (out's cap, or the ratio), E_HTTP_MALFORMED (no gzip,
 * or something behind its end), E_MEMORY. */
int gzip_reader_feed(struct gzip_reader *g, const char *p, size_t n, struct bytes *out);
bool gzip_reader_ended(const struct gzip_reader *g);    /* the whole was read and its checksum is right */

/* Puts the coded form in place of what b holds, if that is shorter. True if it did. */
bool gzip_shrink(struct bytes *b);
#endif
