/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/text.h"

char *text_printable(char *buf, size_t size, const char *s)
{
	size_t n = 0;

	for (; s != NULL && s[n] != '\0' && n + 1 < size; n++)
		buf[n] = s[n] >= ' ' && s[n] <= '~' ? s[n] : '?';
	buf[n] = '\0';
	return buf;
}
