/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "codec/efile/text.h"
#include "base/bytes.h"

bool efile_is_utf8(const char *s, size_t n)
{
	for (size_t i = 0, k; i < n; i += k)
		if (!(k = bytes_character(s + i, n - i)))
			return false;
	return true;
}
