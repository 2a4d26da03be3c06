/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Configuration: `[section]` lines and `key = value` lines; a `#` at the start of a line or behind a blank begins a
 * comment. Blanks around keys and values do not count, there is no quoting; a section may be opened more than once. A
 * setting is one record; the parser, --help, the manual page and the sample file come from the same table.
 * Thread-safe (no state). */
#ifndef VGI_BASE_SETTINGS_H
#define VGI_BASE_SETTINGS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum setting_type {
	SETTING_TEXT,           /* char *             bounds: min..max length in bytes */
	SETTING_PATH,           /* char *             relative ones are taken from the folder of the file naming them;
				 *                    an empty one stays empty; bounds: length as given */
	SETTING_INT,            /* int64_t            bounds inclusive */
	SETTING_BOOL,           /* bool               yes | no */
	SETTING_DECIMAL,        /* int64_t × 10^digits, bounds in that scale */
	SETTING_TIME,           /* int: minutes after midnight, "17:00"; bounds in minutes */
	SETTING_OFFSET,         /* int: minutes east of UTC, "+08:00"; bounds in minutes */
	SETTING_CHOICE,         /* int: index in choices, "a|b|c" */
	SETTING_LIST            /* struct settings_list: comma-separated words; bounds: number of words */
};
struct settings_list { char **item; size_t n; };

struct setting {
	const char *section, *key;
	enum setting_type type;
	size_t offset;                  /* of the field in the target struct */
	const char *fallback;           /* default as text; NULL: the key must be given */
	int64_t min, max;               /* see the types; both 0: unbounded */
	int digits;                     /* SETTING_DECIMAL: fraction digits */
	const char *choices;            /* SETTING_CHOICE */
	const char *unit;               /* "ms", "bytes", "" … for the documentation */
	const char *help;               /* one sentence */
};

/* Where and what went wrong: "etc/vgihub.conf:12: [net] workers: expected a whole number from 1 to 256, got \"x\"" */
struct settings_error { char text[512]; };

/* Sets every field of target from the defaults, then from the file at path. Unknown sections and keys, repeated keys,
 * missing mandatory keys and values out of bounds are errors: 0, E_CONFIG, E_IO, E_TOO_LARGE (above 1 MiB), E_MEMORY,
 * always with text. Strings are malloc'ed: settings_done; after an error there are none, and settings_done may be
 * called all the same. What target held before is overwritten, not freed. */
int settings_load(const char *path, const struct setting *settings, size_t n, void *target,
		  struct settings_error *error);
/* The same from memory; `name` stands for the path in messages, `folder` is what relative paths are taken from. */
int settings_parse(const char *text, const char *name, const char *folder, const struct setting *settings, size_t n,
		   void *target, struct settings_error *error);
/* Whether two targets have the same value of a setting. */
bool settings_same(const struct setting *setting, const void *a, const void *b);
/* Exchanges its value between two targets, strings with it. */
void settings_exchange(const struct setting *setting, void *a, void *b);
void settings_done(const struct setting *settings, size_t n, void *target);
/* What a value must be, for messages and documentation: "a whole number from 1 to 256". Cut to size; returns buf. */
char *settings_expected(const struct setting *setting, char *buf, size_t size);
/* A commented sample file with every key, its default, bounds, unit and help. Text is behind "# ", a key with a
 * default behind "#" alone: taking that away gives the default. */
void settings_sample(const struct setting *settings, size_t n, FILE *out);
#endif
