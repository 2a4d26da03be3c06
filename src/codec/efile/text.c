/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "codec/efile/text.h"
#include <stdint.h>

/* Length of the sequence at s, 0 if it is none. */
static size_t sequence(const unsigned char *s, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t k = s[0] < 0x80 ? 1 : s[0] >= 0xf0 && s[0] < 0xf8 ? 4 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3 : s[0] >= 0xc0 && s[0] < 0xe0 ? 2 : 0;
	if (k < 2 || k > n)
		return k > n ? 0 : k;
	uint32_t point = s[0] & (0x7fu >> k);
	for (size_t i = 1; i < k; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (s[i] & 0x3fu);
	}
	return point < least[k] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? 0 : k;
}

bool efile_is_utf8(const char *s, size_t n)
{
	for (size_t i = 0, k; i < n; i += k)
		if (!(k = sequence((const unsigned char *)s + i, n - i)))
			return false;
	return true;
}
