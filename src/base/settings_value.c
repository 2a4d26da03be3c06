/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/settings_value.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/timegrid.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void *field(const struct setting *s, void *target)
{
	return (char *)target + s->offset;
}

static bool in_bounds(const struct setting *s, int64_t value)
{
	return (s->min == 0 && s->max == 0) || (value >= s->min && value <= s->max);
}

static int set_text(const struct setting *s, const char *text, void *target)
{
	char *copy;

	if (!in_bounds(s, (int64_t)strlen(text)))
		return E_RANGE;
	if (!(copy = strdup(text)))
		return E_MEMORY;
	*(char **)field(s, target) = copy;
	return 0;
}

/* An empty path stays empty: there is none. */
static int set_path(const struct setting *s, const char *text, const char *folder, void *target)
{
	char *joined;
	size_t n;

	if (!text[0] || text[0] == '/' || !folder || !folder[0])
		return set_text(s, text, target);
	if (!in_bounds(s, (int64_t)strlen(text)))
		return E_RANGE;
	n = strlen(folder) + 1 + strlen(text) + 1;
	if (!(joined = malloc(n)))
		return E_MEMORY;
	snprintf(joined, n, "%s/%s", folder, text);
	*(char **)field(s, target) = joined;
	return 0;
}

static int set_number(const struct setting *s, const char *text, int digits, void *target)
{
	int64_t value;
	int r = decimal_parse(text, digits, &value);

	if (r == E_OVERFLOW || (r == 0 && !in_bounds(s, value)))
		return E_RANGE;
	if (r == 0 && digits == 0 && strchr(text, '.'))
		return E_FORMAT;        /* "4.0" where a whole number is asked for */
	if (r == 0)
		*(int64_t *)field(s, target) = value;
	return r;
}

static int set_bool(const struct setting *s, const char *text, void *target)
{
	bool yes = strcmp(text, "yes") == 0;

	if (!yes && strcmp(text, "no") != 0)
		return E_FORMAT;
	*(bool *)field(s, target) = yes;
	return 0;
}

static int set_minutes(const struct setting *s, const char *text, int (*parse)(const char *, int *), void *target)
{
	int minutes;

	if (parse(text, &minutes))
		return E_FORMAT;
	if (!in_bounds(s, minutes))
		return E_RANGE;
	*(int *)field(s, target) = minutes;
	return 0;
}

static int set_choice(const struct setting *s, const char *text, void *target)
{
	size_t n = strlen(text);
	const char *word = s->choices;

	for (int i = 0; word; i++) {
		const char *end = strchrnul(word, '|');

		if ((size_t)(end - word) == n && memcmp(word, text, n) == 0) {
			*(int *)field(s, target) = i;
			return 0;
		}
		word = *end ? end + 1 : NULL;
	}
	return E_FORMAT;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next item of a list, without blanks around it: at *item, n bytes; returns what follows its comma, NULL at the
 * end. */
static const char *next_item(const char *from, const char **item, size_t *n)
{
	const char *end = strchrnul(from, ','), *rest = *end ? end + 1 : NULL;

	while (is_blank(*from))
		from++;
	while (end > from && is_blank(end[-1]))
		end--;
	*item = from;
	*n = (size_t)(end - from);
	return rest;
}

static bool has_blank(const char *p, size_t n)
{
	while (n-- > 0)
		if (is_blank(*p++))
			return true;
	return false;
}

static void list_free(struct settings_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->item[i]);
	free(l->item);
	*l = (struct settings_list){ NULL, 0 };
}

static int list_fill(struct settings_list *l, const char *text)
{
	const char *item;
	size_t n;

	while (text) {
		text = next_item(text, &item, &n);
		if (n == 0 || has_blank(item, n))
			return E_FORMAT;
		if (!(l->item[l->n] = strndup(item, n)))
			return E_MEMORY;
		l->n++;
	}
	return 0;
}

static int set_list(const struct setting *s, const char *text, void *target)
{
	struct settings_list list = { NULL, 0 };
	size_t most = 1;
	int r = 0;

	for (const char *p = text; *p; p++)
		most += *p == ',';
	if (!(list.item = calloc(most, sizeof *list.item)))
		return E_MEMORY;
	if (*text)
		r = list_fill(&list, text);
	if (r == 0 && !in_bounds(s, (int64_t)list.n))
		r = E_RANGE;
	if (r)
		list_free(&list);
	else
		*(struct settings_list *)field(s, target) = list;
	return r;
}

int settings_value_set(const struct setting *s, const char *text, const char *folder, void *target)
{
	switch (s->type) {
	case SETTING_TEXT: return set_text(s, text, target);
	case SETTING_PATH: return set_path(s, text, folder, target);
	case SETTING_INT: return set_number(s, text, 0, target);
	case SETTING_BOOL: return set_bool(s, text, target);
	case SETTING_DECIMAL: return set_number(s, text, s->digits, target);
	case SETTING_TIME: return set_minutes(s, text, time_of_day_parse, target);
	case SETTING_OFFSET: return set_minutes(s, text, time_offset_parse, target);
	case SETTING_CHOICE: return set_choice(s, text, target);
	case SETTING_LIST: return set_list(s, text, target);
	}
	return E_INTERNAL;
}

void settings_value_unset(const struct setting *s, void *target)
{
	if (s->type == SETTING_TEXT || s->type == SETTING_PATH)
		*(char **)field(s, target) = NULL;
	else if (s->type == SETTING_LIST)
		*(struct settings_list *)field(s, target) = (struct settings_list){ NULL, 0 };
}

void settings_value_free(const struct setting *s, void *target)
{
	if (s->type == SETTING_TEXT || s->type == SETTING_PATH)
		free(*(char **)field(s, target));
	else if (s->type == SETTING_LIST)
		list_free(field(s, target));
	settings_value_unset(s, target);
}

/* ---- two targets */

static size_t size_of(const struct setting *s)
{
	switch (s->type) {
	case SETTING_TEXT: case SETTING_PATH: return sizeof(char *);
	case SETTING_INT: case SETTING_DECIMAL: return sizeof(int64_t);
	case SETTING_BOOL: return sizeof(bool);
	case SETTING_TIME: case SETTING_OFFSET: case SETTING_CHOICE: return sizeof(int);
	case SETTING_LIST: break;
	}
	return sizeof(struct settings_list);
}

static bool same_list(const struct settings_list *a, const struct settings_list *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->item[i], b->item[i]))
			return false;
	return a->n == b->n;
}

bool settings_same(const struct setting *s, const void *a, const void *b)
{
	const char *x = (const char *)a + s->offset, *y = (const char *)b + s->offset;

	if (s->type == SETTING_TEXT || s->type == SETTING_PATH)
		return !strcmp(*(char *const *)(const void *)x, *(char *const *)(const void *)y);
	if (s->type == SETTING_LIST)
		return same_list((const void *)x, (const void *)y);
	return !memcmp(x, y, size_of(s));
}

void settings_exchange(const struct setting *s, void *a, void *b)
{
	char former[sizeof(struct settings_list)];
	size_t n = size_of(s);

	memcpy(former, field(s, a), n);
	memcpy(field(s, a), field(s, b), n);
	memcpy(field(s, b), former, n);
}
