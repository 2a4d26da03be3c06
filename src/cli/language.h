/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* How one speaks to whoever sits there: language and signs, from LC_ALL, LC_MESSAGES or LC_CTYPE, LANG. */
#ifndef VGI_CLI_LANGUAGE_H
#define VGI_CLI_LANGUAGE_H
#include <stdbool.h>
#include <stddef.h>

bool language_chinese(void);            /* messages in Chinese: a zh locale in UTF-8 */
bool language_utf8(void);               /* the terminal takes UTF-8 */
const char *language_say(const char *en, const char *zh);
/* Columns that UTF-8 text takes on a terminal: Chinese characters two. Bytes that are no UTF-8 count one each. */
size_t language_width(const char *text);
#endif
