/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Texts from outside, made fit for a short column. For files of store/. */
#ifndef VGI_STORE_TEXT_H
#define VGI_STORE_TEXT_H
#include <stddef.h>

/* Copies s into buf[size], cut to fit, each byte that is no printing ASCII character as '?': a peer's words must not
 * make the statement that records them fail. NULL reads as "". Returns buf. */
char *text_printable(char *buf, size_t size, const char *s);
#endif
