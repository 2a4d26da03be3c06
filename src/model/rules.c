/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "model/rules.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/decimal.h"
#include "base/error.h"

enum { MINUTES_DAY = 1440 };

/* What is being checked, for messages. */
struct check { const char *path; struct settings_error *error; };

__attribute__((format(printf, 2, 3)))
static int fail(const struct check *c, const char *format, ...)
{
	char what[320];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	snprintf(c->error->text, sizeof c->error->text, "%.180s: %s", c->path, what);
	return E_CONFIG;
}

/* -- lists */

static int read_workdays(const struct check *c, struct rules_calendar *calendar)
{
	static const char *const name[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

	calendar->workdays = 0;
	for (size_t i = 0; i < calendar->workdays_text.n; i++) {
		unsigned day = 0;

		while (day < 7 && strcmp(name[day], calendar->workdays_text.item[i]) != 0)
			day++;
		if (day == 7)
			return fail(c, "[calendar] workdays: expected Mon, Tue, Wed, Thu, Fri, Sat or Sun, "
				    "got \"%.40s\"", calendar->workdays_text.item[i]);
		calendar->workdays |= 2u << day;
	}
	return 0;
}

static int by_date(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static int read_dates(const struct check *c, const char *key, const struct settings_list *text,
		struct rules_dates *dates)
{
	dates->date = calloc(text->n + 1, sizeof *dates->date);
	if (!dates->date)
		return E_MEMORY;
	for (size_t i = 0; i < text->n; i++)
		if (date_parse(text->item[i], &dates->date[i]) < 0)
			return fail(c, "[calendar] %s: expected a date like 2026-06-04, got \"%.40s\"", key,
				    text->item[i]);
	dates->n = text->n;
	qsort(dates->date, dates->n, sizeof *dates->date, by_date);
	for (size_t i = 1; i < dates->n; i++) {
		char buf[16];

		if (dates->date[i] == dates->date[i - 1])
			return fail(c, "[calendar] %s: expected each date once, got %s twice", key,
				    date_format(dates->date[i], buf));
	}
	return 0;
}

static int read_segment(const char *text, struct rules_segment *segment)
{
	const char *colon = strchr(text, ':');

	if (!colon || decimal_parse_n(text, (size_t)(colon - text), 6, &segment->from_ppm) < 0 ||
			decimal_parse(colon + 1, 6, &segment->share_ppm) < 0)
		return E_FORMAT;
	return segment->from_ppm < 0 || segment->from_ppm > 100 * RULES_PPM || segment->share_ppm < 0 ||
		segment->share_ppm > 10 * RULES_PPM ? E_RANGE : 0;
}

static int read_segments(const struct check *c, struct rules_settlement *s)
{
	s->segments = s->segment_text.n;
	for (size_t i = 0; i < s->segments; i++) {
		if (read_segment(s->segment_text.item[i], &s->segment[i]) < 0)
			return fail(c, "[settlement] response: expected from:share like 1.1:0.5, from up to 100, "
				    "share up to 10, got \"%.40s\"", s->segment_text.item[i]);
		if (i == 0 ? s->segment[0].from_ppm != 0 : s->segment[i].from_ppm <= s->segment[i - 1].from_ppm)
			return fail(c, "[settlement] response: expected from values that begin with 0 and rise, "
				    "got \"%.40s\" at place %zu", s->segment_text.item[i], i + 1);
	}
	return 0;
}

static int read_lists(const struct check *c, struct rules *rules)
{
	struct rules_calendar *k = &rules->calendar;
	int rc = read_workdays(c, k);

	if (rc == 0)
		rc = read_dates(c, "holidays", &k->holiday_text, &k->holiday);
	if (rc == 0)
		rc = read_dates(c, "makeup", &k->makeup_text, &k->makeup);
	if (rc == 0)
		rc = read_dates(c, "events", &k->event_text, &k->event);
	return rc == 0 ? read_segments(c, &rules->settlement) : rc;
}

/* -- do the parts fit one another */

static int check_calendar(const struct check *c, const struct rules *rules)
{
	const struct rules_calendar *k = &rules->calendar;

	if (k->step_min != 5 && k->step_min != 15)
		return fail(c, "[calendar] step: expected 5 or 15, got %lld", (long long)k->step_min);
	if (k->day_start_min >= MINUTES_DAY)
		return fail(c, "[calendar] day_start: expected a time before 24:00");
	if (k->step_min * 60 % rules->telemetry.sample_s != 0)
		return fail(c, "[telemetry] sample: expected a divisor of the interval's %lld s, got %lld",
			    (long long)k->step_min * 60, (long long)rules->telemetry.sample_s);
	for (size_t i = 0; i < k->makeup.n; i++) {
		char buf[16];

		if (rules_dates_have(&k->holiday, k->makeup.date[i]))
			return fail(c, "[calendar] makeup: expected no date that is a holiday, got %s",
				    date_format(k->makeup.date[i], buf));
	}
	return 0;
}

static int since_start(const struct rules *rules, int minutes_after_midnight)
{
	return (minutes_after_midnight - rules->calendar.day_start_min + MINUTES_DAY) % MINUTES_DAY;
}

static int check_baseline(const struct check *c, const struct rules *rules)
{
	const struct rules_baseline *b = &rules->baseline;
	int step = (int)rules->calendar.step_min;

	if (since_start(rules, b->adjust_from_min) % step != 0)
		return fail(c, "[baseline] adjust_from: expected a boundary of the day's intervals");
	if (since_start(rules, b->adjust_to_min) % step != 0)
		return fail(c, "[baseline] adjust_to: expected a boundary of the day's intervals");
	if (rules_boundary(rules, b->adjust_from_min) >= rules_boundary_end(rules, b->adjust_to_min))
		return fail(c, "[baseline] adjust_to: expected a time after adjust_from within the business day");
	return 0;
}

static int check_settlement(const struct check *c, const struct rules *rules)
{
	int64_t period = rules->settlement.settle_min;

	if (period % rules->calendar.step_min != 0 || MINUTES_DAY % period != 0)
		return fail(c, "[settlement] period: expected whole intervals that divide a day, got %lld min",
			    (long long)period);
	return 0;
}

static int take(const char *path, struct rules *rules, struct settings_error *error)
{
	struct check c = { path, error };
	int rc = read_lists(&c, rules);

	if (rc == 0)
		rc = check_calendar(&c, rules);
	if (rc == 0)
		rc = check_baseline(&c, rules);
	if (rc == 0)
		rc = check_settlement(&c, rules);
	if (rc < 0 && !error->text[0])
		fail(&c, "%s", error_text_en(rc));
	if (rc < 0)
		rules_done(rules);
	return rc;
}

int rules_load(const char *path, struct rules *rules, struct settings_error *error)
{
	int rc;

	memset(rules, 0, sizeof *rules);
	error->text[0] = '\0';
	rc = settings_load(path, rules_settings, rules_settings_n, rules, error);
	return rc < 0 ? rc : take(path, rules, error);
}

int rules_parse(const char *text, const char *name, struct rules *rules, struct settings_error *error)
{
	int rc;

	memset(rules, 0, sizeof *rules);
	error->text[0] = '\0';
	rc = settings_parse(text, name, ".", rules_settings, rules_settings_n, rules, error);
	return rc < 0 ? rc : take(name, rules, error);
}

void rules_done(struct rules *rules)
{
	settings_done(rules_settings, rules_settings_n, rules);
	free(rules->calendar.holiday.date);
	free(rules->calendar.makeup.date);
	free(rules->calendar.event.date);
	memset(rules, 0, sizeof *rules);
}

/* -- questions */

struct timegrid rules_grid(const struct rules *rules, int32_t date)
{
	return timegrid_of_day(date, rules->calendar.day_start_min, rules->calendar.offset_min,
			(int)rules->calendar.step_min);
}

int32_t rules_day_of(const struct rules *rules, int64_t ts_ms)
{
	return timegrid_day_of(ts_ms, rules->calendar.day_start_min, rules->calendar.offset_min);
}

int rules_boundary(const struct rules *rules, int minutes_after_midnight)
{
	return since_start(rules, minutes_after_midnight) / (int)rules->calendar.step_min;
}

int rules_boundary_end(const struct rules *rules, int minutes_after_midnight)
{
	int boundary = rules_boundary(rules, minutes_after_midnight);

	return boundary == 0 ? MINUTES_DAY / (int)rules->calendar.step_min : boundary;
}

bool rules_dates_have(const struct rules_dates *dates, int32_t date)
{
	return dates->n > 0 && bsearch(&date, dates->date, dates->n, sizeof *dates->date, by_date);
}

bool rules_type_s(const struct rules_settlement *settlement, int64_t *cap_ratio_ppm, int64_t *above_share_ppm)
{
	const struct rules_segment *s = settlement->segment;

	if (settlement->min_ratio_ppm != 0 || s[0].share_ppm != RULES_PPM)
		return false;
	if (settlement->segments < 1 || settlement->segments > 2)
		return false;
	*cap_ratio_ppm = settlement->segments == 2 ? s[1].from_ppm : RULES_PPM;
	*above_share_ppm = settlement->segments == 2 ? s[1].share_ppm : RULES_PPM;
	return true;
}
