/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What writer and parser of the E language know of characters. Pure. */
#ifndef VGI_CODEC_EFILE_TEXT_H
#define VGI_CODEC_EFILE_TEXT_H
#include <stdbool.h>
#include <stddef.h>

static inline bool efile_is_blank(char c) { return c == ' ' || c == '\t'; }
/* Whether the n bytes are UTF-8, shortest forms only, no surrogates. */
bool efile_is_utf8(const char *s, size_t n);
#endif
