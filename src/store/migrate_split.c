/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Cuts SQL text into statements by the lexical rules of MariaDB that matter for it: '…', "…" and `…` with doubled
 * quotes and (but for `) backslashes, "-- " and # to the end of line, slash-star comments. */
#include <string.h>
#include "base/error.h"
#include "store/migrate.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static size_t end_of_line(const char *s, size_t n, size_t i)
{
	const char *end = memchr(s + i, '\n', n - i);

	return end != NULL ? (size_t)(end - s) + 1 : n;
}

/* Behind the comment that begins at i; i itself if none does; n + 1 if it does not end. */
static size_t skip_comment(const char *s, size_t n, size_t i)
{
	if (s[i] == '#')
		return end_of_line(s, n, i);
	if (s[i] == '-' && i + 1 < n && s[i + 1] == '-' && (i + 2 >= n || is_blank(s[i + 2])))
		return end_of_line(s, n, i);
	if (s[i] != '/' || i + 1 >= n || s[i + 1] != '*')
		return i;
	const char *end = memmem(s + i + 2, n - i - 2, "*/", 2);
	return end != NULL ? (size_t)(end - s) + 2 : n + 1;
}

/* Behind the quoted text that begins at i; n + 1 if it does not end. A doubled quote reads as two texts. */
static size_t skip_quoted(const char *s, size_t n, size_t i)
{
	char quote = s[i++];

	while (i < n && s[i] != quote)
		i += s[i] == '\\' && quote != '`' ? 2 : 1;
	return i < n ? i + 1 : n + 1;
}

/* Blanks, comments and empty statements. An executable comment (slash-star-!) is a statement's begin, not skipped. */
static size_t skip_before(const char *s, size_t n, size_t i)
{
	while (i < n) {
		size_t next = i;

		if (is_blank(s[i]) || s[i] == ';')
			next = i + 1;
		else if (i + 2 >= n || s[i + 2] != '!')
			next = skip_comment(s, n, i);
		if (next == i)
			break;
		i = next;
	}
	return i;
}

int migrate_next_statement(const char *text, size_t n, size_t *at, const char **begin, size_t *length)
{
	size_t i = skip_before(text, n, *at), first = i;

	while (i < n && text[i] != ';') {
		bool quoted = text[i] == '\'' || text[i] == '"' || text[i] == '`';
		size_t next = quoted ? skip_quoted(text, n, i) : skip_comment(text, n, i);

		i = next == i ? i + 1 : next;
	}
	if (i > n)
		return E_FORMAT;
	*at = i < n ? i + 1 : n;
	while (i > first && is_blank(text[i - 1]))
		i--;
	*begin = text + first;
	*length = i - first;
	return i > first ? 1 : 0;
}
