/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "codec/soap/diagnostic.h"
#include <stdio.h>
#include <string.h>
#include "base/error.h"

/* Cuts s to at most DIAGNOSTIC_TEXT bytes without tearing a character. */
static void cut(char *s)
{
	size_t n = strlen(s);
	if (n <= DIAGNOSTIC_TEXT)
		return;
	for (n = DIAGNOSTIC_TEXT; n > 0 && ((unsigned char)s[n] & 0xC0) == 0x80; n--)
		;
	s[n] = '\0';
}

char *diagnostic_text(int error, const char *detail, bool chinese, char *buf)
{
	char whole[2 * DIAGNOSTIC_TEXT];
	snprintf(whole, sizeof whole, "%s%s%s", chinese ? error_text_zh(error) : error_text_en(error),
		 !detail ? "" : chinese ? "：" : ": ", detail ? detail : "");
	cut(whole);
	memcpy(buf, whole, strlen(whole) + 1);
	return buf;
}

struct diagnostic *diagnostics_of(struct arena *a, const struct diag *d, int *n)
{
	char buf[DIAGNOSTIC_TEXT + 1];
	size_t told = d->n < DIAGNOSTICS_MOST ? d->n : DIAGNOSTICS_MOST, lost = d->n - told + d->lost;
	struct diagnostic *list = ARENA_ARRAY(a, told, struct diagnostic);
	for (size_t i = 0; i < told; i++) {
		const struct diag_item *item = &d->item[i];
		char path[DIAGNOSTIC_TEXT + 1];
		snprintf(path, sizeof path, "%s", item->path);
		list[i] = (struct diagnostic){ .code = arena_strdup(a, error_code(item->error)), .severity = SEVERITY_ERROR,
			.path = arena_strdup(a, path), .text_en = arena_strdup(a, diagnostic_text(item->error, item->detail, false, buf)),
			.text_zh = arena_strdup(a, diagnostic_text(item->error, item->detail, true, buf)) };
	}
	if (lost && told) {
		struct diagnostic *last = &list[told - 1];
		last->path = arena_strdup(a, ".");
		last->text_en = arena_printf(a, "and %zu more", lost + 1);
		last->text_zh = arena_printf(a, "另有 %zu 条", lost + 1);
	}
	*n = (int)told;
	return list;
}
