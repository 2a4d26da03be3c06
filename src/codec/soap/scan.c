/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "codec/soap/scan.h"
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include "base/error.h"

enum { DECLARATION = 256 };             /* bytes an XML declaration may have */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* UTF-8 or its part US-ASCII, if the declaration at the message's beginning names an encoding at all. */
static bool declared_utf8(const char *message, size_t n)
{
	static const char key[] = "encoding", *const known[] = { "UTF-8", "US-ASCII" };
	const char *end = memmem(message, n < DECLARATION ? n : DECLARATION, "?>", 2), *at;
	if (!end)
		return false;
	if (!(at = memmem(message, (size_t)(end - message), key, sizeof key - 1)))
		return true;
	for (at += sizeof key - 1; at < end && (is_blank(*at) || *at == '='); at++)
		;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t length = strlen(known[i]);
		if ((*at == '"' || *at == '\'') && (size_t)(end - at) >= length + 2 && !strncasecmp(at + 1, known[i], length) &&
		    at[length + 1] == *at)
			return true;
	}
	return false;
}

static bool is_utf8(const char *message, size_t n)
{
	if (n >= 3 && !memcmp(message, "\xEF\xBB\xBF", 3)) {
		message += 3;
		n -= 3;
	}
	if (n && *message != '<' && !is_blank(*message))
		return false;
	if (memchr(message, '\0', n))
		return false;
	return n < 6 || memcmp(message, "<?xml", 5) || !is_blank(message[5]) || declared_utf8(message, n);
}

/* Attributes from one '<' to the next, which no attribute can hold: more may be counted than there are, never fewer. */
static bool few_attributes(const char *message, size_t n)
{
	int attributes = 0;
	for (const char *p = message, *end = message + n; p < end; p++) {
		if (*p == '<')
			attributes = 0;
		if (*p != '=')
			continue;
		const char *q = p + 1;
		while (q < end && is_blank(*q))
			q++;
		if (q < end && (*q == '"' || *q == '\'') && ++attributes > SCAN_ATTRIBUTES)
			return false;
		p = q - 1;
	}
	return true;
}

int scan_message(const char *message, size_t n, const char **problem)
{
	if (!is_utf8(message, n)) {
		*problem = "only UTF-8 is read here";
		return E_XML_MALFORMED;
	}
	if (!few_attributes(message, n)) {
		*problem = "a tag has too many attributes";
		return E_TOO_MANY;
	}
	return 0;
}
