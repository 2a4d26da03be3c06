/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/settings.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/settings_value.h"
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { GOT_MOST = 64 };

/* One run over a text. */
struct run {
	const char *name, *folder;
	const struct setting *settings;
	size_t n;
	void *target;
	struct settings_error *error;
	int *seen;              /* of each setting: the line that gave it, 0 while none did */
	const char *section;    /* the one the present line stands in; a name out of the table */
	int line;
};

__attribute__((format(printf, 2, 3)))
static int fail(struct run *r, const char *format, ...)
{
	size_t size = sizeof r->error->text;
	va_list ap;
	int n = r->line ? snprintf(r->error->text, size, "%s:%d: ", r->name, r->line)
			: snprintf(r->error->text, size, "%s: ", r->name);

	if (n < 0 || (size_t)n >= size)
		return E_CONFIG;
	va_start(ap, format);
	vsnprintf(r->error->text + n, size - (size_t)n, format, ap);
	va_end(ap);
	return E_CONFIG;
}

static int fail_value(struct run *r, const struct setting *s, const char *got)
{
	char expected[256];

	settings_expected(s, expected, sizeof expected);
	if (!got)
		return fail(r, "[%s] %s: expected %s, got nothing: this key must be given", s->section, s->key,
				expected);
	return fail(r, "[%s] %s: expected %s, got \"%.*s\"%s", s->section, s->key, expected, GOT_MOST, got,
		    strlen(got) > GOT_MOST ? " ..." : "");
}

static int set_value(struct run *r, const struct setting *s, const char *text)
{
	int result = settings_value_set(s, text, r->folder, r->target);

	return result == E_FORMAT || result == E_RANGE ? fail_value(r, s, text) : result;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Without blanks at both ends; writes into s. */
static char *trim(char *s)
{
	char *end = s + strlen(s);

	while (is_blank(*s))
		s++;
	while (end > s && is_blank(end[-1]))
		end--;
	*end = '\0';
	return s;
}

/* A comment begins with # at the start of the line or behind a blank. */
static void cut_comment(char *s)
{
	for (char *p = s; *p; p++)
		if (*p == '#' && (p == s || is_blank(p[-1]))) {
			*p = '\0';
			return;
		}
}

bool settings_opens_section(const struct setting *settings, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(settings[k].section, settings[i].section) == 0)
			return false;
	return true;
}

/* Appends `word` and what stands around it to a list of names in a message; what does not fit is left out. */
static void add_name(char *list, size_t size, const char *before, const char *word, const char *after)
{
	size_t n = strlen(list);

	snprintf(list + n, size - n, "%s%s%s%s", n ? ", " : "", before, word, after);
}

static int take_section(struct run *r, char *line)
{
	char known[256] = "", *close = strchr(line, ']');

	if (!close || close[1] != '\0')
		return fail(r, "expected \"[section]\", got \"%.*s\"", GOT_MOST, line);
	*close = '\0';
	line = trim(line + 1);
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->settings[i].section, line) == 0) {
			r->section = r->settings[i].section;
			return 0;
		}
	for (size_t i = 0; i < r->n; i++)
		if (settings_opens_section(r->settings, i))
			add_name(known, sizeof known, "[", r->settings[i].section, "]");
	return fail(r, "[%.*s]: unknown section, expected one of %s", GOT_MOST, line, known);
}

static int fail_unknown_key(struct run *r, const char *key)
{
	char known[320] = "";

	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->settings[i].section, r->section) == 0)
			add_name(known, sizeof known, "", r->settings[i].key, "");
	return fail(r, "[%s] %.*s: unknown key, expected one of %s", r->section, GOT_MOST, key, known);
}

static int take_pair(struct run *r, char *line)
{
	char *equals = strchr(line, '='), *key, *value;

	if (!equals)
		return fail(r, "expected \"key = value\", got \"%.*s\"", GOT_MOST, line);
	*equals = '\0';
	key = trim(line);
	value = trim(equals + 1);
	if (!r->section)
		return fail(r, "%.*s: expected a [section] line before the first key", GOT_MOST, key);
	for (size_t i = 0; i < r->n; i++) {
		const struct setting *s = &r->settings[i];

		if (strcmp(s->section, r->section) != 0 || strcmp(s->key, key) != 0)
			continue;
		if (r->seen[i])
			return fail(r, "[%s] %s: repeated, expected once, given first in line %d", s->section, key,
					r->seen[i]);
		r->seen[i] = r->line;
		return set_value(r, s, value);
	}
	return fail_unknown_key(r, key);
}

static int take_line(struct run *r, char *line)
{
	for (const char *p = line; *p; p++)
		if (((unsigned char)*p < 0x20 && !is_blank(*p)) || *p == 0x7f)
			return fail(r, "expected text, got the control character 0x%02x in column %d", (unsigned)*p,
					(int)(p - line) + 1);
	cut_comment(line);
	line = trim(line);
	if (!*line)
		return 0;
	return *line == '[' ? take_section(r, line) : take_pair(r, line);
}

static int take_lines(struct run *r, char *text)
{
	int result = 0;

	while (result == 0 && text) {
		char *end = strchr(text, '\n');

		if (end)
			*end = '\0';
		r->line++;
		result = take_line(r, text);
		text = end ? end + 1 : NULL;
	}
	return result;
}

/* Every setting that no line gave. */
static int take_defaults(struct run *r)
{
	int result = 0;

	r->line = 0;
	for (size_t i = 0; result == 0 && i < r->n; i++) {
		const struct setting *s = &r->settings[i];

		if (!r->seen[i])
			result = s->fallback ? set_value(r, s, s->fallback) : fail_value(r, s, NULL);
	}
	return result;
}

int settings_parse(const char *text, const char *name, const char *folder, const struct setting *settings, size_t n,
		   void *target, struct settings_error *error)
{
	struct run r = { name, folder, settings, n, target, error, NULL, NULL, 0 };
	char *copy = strdup(text);
	int result = E_MEMORY;

	error->text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		settings_value_unset(&settings[i], target);
	r.seen = calloc(n + 1, sizeof *r.seen);
	if (!copy || !r.seen)
		goto out;
	result = take_lines(&r, copy);
	if (result == 0)
		result = take_defaults(&r);
	if (result)
		settings_done(settings, n, target);
out:
	if (result && !error->text[0])
		snprintf(error->text, sizeof error->text, "%s: %s", name, error_text_en(result));
	free(r.seen);
	free(copy);
	return result;
}

/* The folder of path, "." if it names none; malloc'ed. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int fail_nul(const struct bytes *text, const char *path, struct settings_error *error)
{
	int line = 1;

	for (const char *p = text->p; *p; p++)
		line += *p == '\n';
	snprintf(error->text, sizeof error->text, "%s:%d: expected text, got a zero byte", path, line);
	return E_CONFIG;
}

int settings_load(const char *path, const struct setting *settings, size_t n, void *target,
		  struct settings_error *error)
{
	struct bytes text = { .most = 1024 * 1024 };
	char *folder = folder_of(path);
	int result = folder ? bytes_read_file(&text, path) : E_MEMORY;

	for (size_t i = 0; i < n; i++)
		settings_value_unset(&settings[i], target);
	if (result)
		snprintf(error->text, sizeof error->text, "%s: expected a readable file of at most 1 MiB, got %s", path,
			 result == E_IO ? strerror(errno) : error_text_en(result));
	else if (strlen(text.p) < text.n)
		result = fail_nul(&text, path, error);
	else
		result = settings_parse(text.p, path, folder, settings, n, target, error);
	free(folder);
	bytes_done(&text);
	return result;
}

void settings_done(const struct setting *settings, size_t n, void *target)
{
	for (size_t i = 0; i < n; i++)
		settings_value_free(&settings[i], target);
}
