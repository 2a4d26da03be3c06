/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/timegrid.h"
#include "base/error.h"
#include <limits.h>
#include <stddef.h>
#include <stdio.h>

enum { MINUTES_DAY = 1440, OFFSET_MOST = 14 * 60 };

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days and civil dates after Howard Hinnant, "chrono-compatible low-level date algorithms": years begin on 1 March,
 * so that the leap day comes last, and are counted in eras of 400 years, 146,097 days each. */
int32_t date_from_civil(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int era = (y >= 0 ? y : y - 399) / 400;
	int year_of_era = y - era * 400;
	int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

void date_to_civil(int32_t date, int *year, int *month, int *day)
{
	int64_t days = (int64_t)date + 719468;
	int era = (int)floor_div(days, 146097);
	int day_of_era = (int)(days - (int64_t)era * 146097);
	int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int month_from_march = (5 * day_of_year + 2) / 153;

	*day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
	*month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	*year = year_of_era + era * 400 + (*month <= 2);
}

int date_weekday(int32_t date)
{
	int64_t since_monday = (int64_t)date + 3;       /* 1970-01-01 was a Thursday */

	return (int)(since_monday - floor_div(since_monday, 7) * 7) + 1;
}

/* Exactly n decimal digits at *s, which is moved behind them; -1 if they are not there. n ≤ 9. */
static int take_digits(const char **s, int n)
{
	int value = 0;

	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return -1;
		value = value * 10 + (**s - '0');
	}
	return value;
}

static int take_char(const char **s, char c)
{
	if (**s != c)
		return -1;
	(*s)++;
	return 0;
}

static int take_date(const char **s, int32_t *date)
{
	int year, month, day, y, m, d;
	int32_t parsed;

	if ((year = take_digits(s, 4)) < 1 || take_char(s, '-') || (month = take_digits(s, 2)) < 1 || month > 12 ||
	    take_char(s, '-') || (day = take_digits(s, 2)) < 1 || day > 31)
		return E_FORMAT;
	parsed = date_from_civil(year, month, day);
	date_to_civil(parsed, &y, &m, &d);
	if (m != month || d != day)
		return E_FORMAT;        /* a day the month does not have came out as one of the next month */
	*date = parsed;
	return 0;
}

int date_parse(const char *s, int32_t *date)
{
	int32_t parsed;

	if (take_date(&s, &parsed) || *s)
		return E_FORMAT;
	*date = parsed;
	return 0;
}

/* "18:15" → minutes, whatever the hour. */
static int take_hour_minute(const char **s, int *minutes)
{
	int hour = take_digits(s, 2), minute;

	if (hour < 0 || take_char(s, ':') || (minute = take_digits(s, 2)) < 0 || minute > 59)
		return E_FORMAT;
	*minutes = hour * 60 + minute;
	return 0;
}

/* "18:15:00[.fff]" → ms after midnight. */
static int take_clock(const char **s, int *ms)
{
	int minutes, second, scale = 100, fraction = 0;

	if (take_hour_minute(s, &minutes) || minutes >= MINUTES_DAY || take_char(s, ':') || (second = take_digits(s,
			2)) < 0 ||
	    second > 59)
		return E_FORMAT;
	if (take_char(s, '.') == 0) {
		const char *from = *s;

		for (; **s >= '0' && **s <= '9'; (*s)++, scale /= 10)
			fraction += (**s - '0') * scale;
		if (*s == from || *s - from > 9)
			return E_FORMAT;
	}
	*ms = minutes * MS_MINUTE + second * MS_SECOND + fraction;
	return 0;
}

int time_parse(const char *s, int64_t *ts_ms)
{
	int32_t date;
	int ms, offset_min;

	if (take_date(&s, &date) || take_char(&s, 'T') || take_clock(&s, &ms) || time_offset_parse(s, &offset_min))
		return E_FORMAT;
	*ts_ms = (int64_t)date * MS_DAY + ms - (int64_t)offset_min * MS_MINUTE;
	return 0;
}

int time_offset_parse(const char *s, int *offset_min)
{
	int sign = *s == '-' ? -1 : 1, minutes;

	if (s[0] == 'Z' && s[1] == '\0') {
		*offset_min = 0;
		return 0;
	}
	if (*s != '+' && *s != '-')
		return E_FORMAT;
	s++;
	if (take_hour_minute(&s, &minutes) || *s || minutes > OFFSET_MOST)
		return E_FORMAT;
	*offset_min = sign * minutes;
	return 0;
}

int time_of_day_parse(const char *s, int *minutes)
{
	int parsed;

	if (take_hour_minute(&s, &parsed) || *s || parsed > MINUTES_DAY)
		return E_FORMAT;
	*minutes = parsed;
	return 0;
}

/* A civil time for writing; known is false where the year would not have four digits. */
struct civil { bool known; int year, month, day, hour, minute, second, ms; };

static struct civil civil_of(int64_t ts_ms, int offset_min)
{
	struct civil c = { .known = false };
	int64_t local, day;
	int ms;

	if (__builtin_add_overflow(ts_ms, (int64_t)offset_min * MS_MINUTE, &local))
		return c;
	day = floor_div(local, MS_DAY);
	if (day < date_from_civil(1, 1, 1) || day > date_from_civil(9999, 12, 31))
		return c;
	ms = (int)(local - day * MS_DAY);
	c = (struct civil){ true, 0, 0, 0, ms / MS_HOUR, ms / MS_MINUTE % 60, ms / MS_SECOND % 60, ms % MS_SECOND };
	date_to_civil((int32_t)day, &c.year, &c.month, &c.day);
	return c;
}

char *date_format(int32_t date, char *buf)
{
	struct civil c = civil_of((int64_t)date * MS_DAY, 0);

	if (c.known)
		snprintf(buf, 11, "%04d-%02d-%02d", c.year, c.month, c.day);
	else
		snprintf(buf, 11, "-");
	return buf;
}

char *time_format(int64_t ts_ms, int offset_min, char *buf)
{
	struct civil c = civil_of(ts_ms, offset_min);
	int away = offset_min < 0 ? -offset_min : offset_min, n;

	if (!c.known) {
		snprintf(buf, 30, "-");
		return buf;
	}
	n = snprintf(buf, 30, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
	if (c.ms)
		n += snprintf(buf + n, (size_t)(30 - n), ".%03d", c.ms);
	snprintf(buf + n, (size_t)(30 - n), "%c%02d:%02d", offset_min < 0 ? '-' : '+', away / 60, away % 60);
	return buf;
}

char *time_format_compact(int64_t ts_ms, int offset_min, char *buf)
{
	struct civil c = civil_of(ts_ms, offset_min);

	if (c.known)
		snprintf(buf, 18, "%04d%02d%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
	else
		snprintf(buf, 18, "-");
	return buf;
}

/* How far ts_ms lies behind the begin of the grid; -1 if before it or behind its end. */
static int64_t within(const struct timegrid *g, int64_t ts_ms)
{
	return ts_ms < g->start_ms || ts_ms > timegrid_begin(g, g->n) ? -1 : ts_ms - g->start_ms;
}

int timegrid_index(const struct timegrid *g, int64_t ts_ms)
{
	int64_t after = within(g, ts_ms);
	int64_t i = after < 0 ? -1 : after / g->step_ms;

	return i < g->n ? (int)i : -1;
}

int timegrid_index_of_end(const struct timegrid *g, int64_t ts_ms)
{
	int64_t after = within(g, ts_ms);

	return after <= 0 || after % g->step_ms ? -1 : (int)(after / g->step_ms) - 1;
}

int timegrid_index_of_stamp(const struct timegrid *g, int64_t ts_ms)
{
	int64_t after = within(g, ts_ms);

	return after <= 0 ? -1 : (int)((after - 1) / g->step_ms);
}

int64_t timegrid_overlap(const struct timegrid *g, int i, int64_t from_ms, int64_t to_ms)
{
	int64_t begin = timegrid_begin(g, i), end = timegrid_end(g, i);

	if (from_ms > begin)
		begin = from_ms;
	if (to_ms < end)
		end = to_ms;
	return end > begin ? end - begin : 0;
}

struct timegrid timegrid_of_day(int32_t date, int minutes_after_midnight, int offset_min, int step_min)
{
	return (struct timegrid){
		.start_ms = (int64_t)date * MS_DAY + (int64_t)(minutes_after_midnight - offset_min) * MS_MINUTE,
		.step_ms = step_min * MS_MINUTE,
		.n = MINUTES_DAY / step_min
	};
}

int32_t timegrid_day_of(int64_t ts_ms, int minutes_after_midnight, int offset_min)
{
	return (int32_t)floor_div(ts_ms + (int64_t)(offset_min - minutes_after_midnight) * MS_MINUTE, MS_DAY);
}
