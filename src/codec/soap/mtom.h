/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* MTOM packages (SOAP MTOM, XOP 1.0, MIME multipart/related): stacks with MTOM switched on send every message so, the envelope as
 * the root part. It is taken out and read like any other message, with each xop:Include replaced by the base64 of its part, before
 * guard and decoder see it. Strict where readers could differ: no text before the first part or behind the last, no part coded for
 * transport, content ids once each. Pure; any thread. */
#ifndef VGI_CODEC_SOAP_MTOM_H
#define VGI_CODEC_SOAP_MTOM_H
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"

enum { MTOM_PARTS = 64, MTOM_HEAD = 4096 };     /* parts of a package; bytes of a part's head */

bool mtom_present(const char *content_type);    /* NULL allowed */

struct mtom_message { const char *content_type, *body; size_t n; };     /* in the arena; body has a NUL behind it */
/* 0; E_HTTP_MEDIA_TYPE: the root is no SOAP message; E_XML_MALFORMED: no package, or a reference to no part; E_TOO_MANY: parts;
 * E_TOO_LARGE: it would grow to more than twice its size; E_MEMORY. *why: static text. */
int mtom_open(struct arena *a, const char *content_type, const char *package, size_t n, struct mtom_message *m, const char **why);
#endif
