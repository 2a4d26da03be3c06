/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What must be known of a message before a parser works on it. Parsers compare each attribute of a tag with all others, so that a
 * tag of 100,000 costs minutes; and guard and decoder must read the same characters, which only one encoding makes sure. Pure;
 * any thread. */
#ifndef VGI_CODEC_SOAP_SCAN_H
#define VGI_CODEC_SOAP_SCAN_H
#include <stddef.h>

enum { SCAN_ATTRIBUTES = 128 };         /* in one tag, namespaces among them; stacks write a dozen */

/* 0; E_XML_MALFORMED: not UTF-8 by its first bytes, its XML declaration or a NUL in it; E_TOO_MANY: a tag with more than
 * SCAN_ATTRIBUTES attributes. *problem (static text) says which. */
int scan_message(const char *message, size_t n, const char **problem);
#endif
