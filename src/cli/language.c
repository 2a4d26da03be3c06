/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "cli/language.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The first of the three that is set decides, as POSIX has it. */
static const char *locale_of(const char *category)
{
	const char *const names[] = { "LC_ALL", category, "LANG" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = getenv(names[i]);
		if (value && *value)
			return value;
	}
	return "C";
}

bool language_utf8(void)
{
	const char *charset = strchr(locale_of("LC_CTYPE"), '.');
	return charset && (!strncasecmp(charset, ".utf-8", 6) || !strncasecmp(charset, ".utf8", 5));
}

bool language_chinese(void)
{
	return !strncmp(locale_of("LC_MESSAGES"), "zh", 2) && language_utf8();
}

const char *language_say(const char *en, const char *zh)
{
	return language_chinese() ? zh : en;
}

/* East Asian wide and fullwidth blocks, as far as the texts of this program use them. */
static bool is_wide(uint32_t point)
{
	return (point >= 0x2e80 && point <= 0xa4cf) || (point >= 0xac00 && point <= 0xd7a3) || (point >= 0xf900 && point <= 0xfaff) ||
		(point >= 0xfe30 && point <= 0xfe6f) || (point >= 0xff00 && point <= 0xff60) || (point >= 0x20000 && point <= 0x3fffd);
}

size_t language_width(const char *text)
{
	size_t width = 0;
	for (const unsigned char *s = (const unsigned char *)text; *s;) {
		size_t more = *s >= 0xf0 ? 3 : *s >= 0xe0 ? 2 : *s >= 0xc0 ? 1 : 0;
		uint32_t point = more ? *s & (0x3fu >> more) : *s;
		for (s++; more && (*s & 0xc0) == 0x80; s++, more--)
			point = point << 6 | (*s & 0x3fu);
		width += is_wide(point) ? 2 : 1;
	}
	return width;
}
