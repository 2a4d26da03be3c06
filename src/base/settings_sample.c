/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Settings as prose: what a value must be, and the sample file. */
#include "base/settings.h"
#include "base/decimal.h"
#include "base/settings_value.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* "whole number from 1 to 256" in the scale of the setting */
static void number_expected(const struct setting *s, char *buf, size_t size)
{
	int digits = s->type == SETTING_DECIMAL ? s->digits : 0;
	char low[24], high[24], fraction[40] = "";
	const char *what = digits ? "a number" : "a whole number";

	if (digits)
		snprintf(fraction, sizeof fraction, " with at most %d fraction digits", digits);
	decimal_format(s->min, digits, low);
	decimal_format(s->max, digits, high);
	if (s->min == 0 && s->max == 0)
		snprintf(buf, size, "%s%s", what, fraction);
	else
		snprintf(buf, size, "%s from %s to %s%s", what, low, high, fraction);
}

static void minutes_expected(const struct setting *s, const char *what, char *buf, size_t size)
{
	const char *sign = s->type == SETTING_OFFSET ? "+" : "";
	const char *low = s->min < 0 ? "-" : sign, *high = s->max < 0 ? "-" : sign;
	int a = abs((int)s->min), b = abs((int)s->max);

	if (s->min == 0 && s->max == 0)
		snprintf(buf, size, "%s", what);
	else
		snprintf(buf, size, "%s, from %s%02d:%02d to %s%02d:%02d", what, low, a / 60, a % 60, high,
			 b / 60, b % 60);
}

static void count_expected(const struct setting *s, const char *what, const char *unit, char *buf, size_t size)
{
	if (s->min == 0 && s->max == 0)
		snprintf(buf, size, "%s", what);
	else
		snprintf(buf, size, "%s (%lld to %lld %s)", what, (long long)s->min, (long long)s->max, unit);
}

/* "one of a, b, c" */
static void choice_expected(const struct setting *s, char *buf, size_t size)
{
	size_t n = (size_t)snprintf(buf, size, "one of ");

	for (const char *p = s->choices; *p && n + 3 < size; p++) {
		buf[n++] = *p == '|' ? ',' : *p;
		if (*p == '|')
			buf[n++] = ' ';
	}
	if (n < size)
		buf[n] = '\0';
}

char *settings_expected(const struct setting *s, char *buf, size_t size)
{
	switch (s->type) {
	case SETTING_TEXT: count_expected(s, "text", "bytes", buf, size); break;
	case SETTING_PATH: count_expected(s, "a path", "bytes", buf, size); break;
	case SETTING_INT:
	case SETTING_DECIMAL: number_expected(s, buf, size); break;
	case SETTING_BOOL: snprintf(buf, size, "yes or no"); break;
	case SETTING_TIME: minutes_expected(s, "a time of day such as 17:00", buf, size); break;
	case SETTING_OFFSET: minutes_expected(s, "an offset from UTC such as +08:00", buf, size); break;
	case SETTING_CHOICE: choice_expected(s, buf, size); break;
	case SETTING_LIST: count_expected(s, "words separated by commas", "words", buf, size); break;
	}
	return buf;
}

static void sample_key(const struct setting *s, FILE *out)
{
	char expected[256];
	bool has_unit = s->unit && s->unit[0];

	fprintf(out, "\n# %s\n# %s%s%s.", s->help, settings_expected(s, expected, sizeof expected),
		has_unit ? ", in " : "", has_unit ? s->unit : "");
	if (s->fallback)
		fprintf(out, " Default: %s\n#%s = %s\n", s->fallback[0] ? s->fallback : "empty", s->key, s->fallback);
	else
		fprintf(out, " Must be given.\n%s =\n", s->key);
}

void settings_sample(const struct setting *settings, size_t n, FILE *out)
{
	for (size_t i = 0; i < n; i++) {
		if (!settings_opens_section(settings, i))
			continue;
		fprintf(out, "%s[%s]\n", i ? "\n" : "", settings[i].section);
		for (size_t k = i; k < n; k++)
			if (strcmp(settings[k].section, settings[i].section) == 0)
				sample_key(&settings[k], out);
	}
}
