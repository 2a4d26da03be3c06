/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <stdlib.h>
#include "cli/language.h"
#include "cli/report_view.h"

enum { COLUMNS = 72, LINES = 12, EIGHTHS = 8, HOUR_MARK = 8 };
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define BLUE "\033[34m"
#define PLAIN "\033[0m"

/* Means over as many intervals as a column stands for; VALUE_NONE where one is missing. */
struct column { int64_t target_w, planned_w, measured_w, begin_ms; };
struct chart { struct column column[COLUMNS]; int n; int64_t top_w; };

static int64_t mean(const struct day_report *r, size_t first, size_t n, size_t offset)
{
	__int128 sum = 0;
	for (size_t i = first; i < first + n; i++) {
		int64_t v = *(const int64_t *)((const char *)&r->point[i] + offset);
		if (is_none(v))
			return VALUE_NONE;
		sum += v;
	}
	return decimal_div(sum, (int64_t)n);
}

static int64_t highest(int64_t a, int64_t b) { return !is_none(b) && b > a ? b : a; }

/* The least round number that is not below w: a step of the axis. */
static int64_t round_step(int64_t w)
{
	static const int64_t tenths[] = { 10, 12, 15, 20, 25, 30, 40, 50, 60, 80 };
	for (int64_t unit = 100;; unit *= 10)
		for (size_t i = 0; i < sizeof tenths / sizeof *tenths; i++)
			if (unit * tenths[i] >= w || unit > INT64_MAX / 1000)
				return unit * tenths[i];
}

static void fill(const struct day_report *r, struct chart *c)
{
	size_t first = 0, end = r->n_points;
	while (first < end && is_none(r->point[first].target_w))
		first++;
	while (end > first && is_none(r->point[end - 1].target_w))
		end--;
	size_t each = (end - first + COLUMNS - 1) / COLUMNS;
	c->top_w = 1000;
	for (c->n = 0; each && first + each <= end; first += each) {
		struct column *to = &c->column[c->n++];
		*to = (struct column){ mean(r, first, each, offsetof(struct report_point, target_w)),
			mean(r, first, each, offsetof(struct report_point, planned_w)),
			mean(r, first, each, offsetof(struct report_point, measured_w)),
			r->point[first].end_ms - r->step_min * (int64_t)MS_MINUTE };
		c->top_w = highest(highest(highest(c->top_w, to->target_w), to->planned_w), to->measured_w);
	}
	c->top_w = LINES * round_step((c->top_w + LINES - 1) / LINES);
}

/* Eighths of a line, from the bottom of the chart. */
static int level(const struct chart *c, int64_t w)
{
	return is_none(w) || w < 0 ? -1 : (int)decimal_div((__int128)w * LINES * EIGHTHS, c->top_w);
}

static bool stands_in(const struct chart *c, int64_t w, int line)
{
	int at = level(c, w);
	return at >= 0 && (at == LINES * EIGHTHS ? LINES - 1 : at / EIGHTHS) == line;
}

static void put(FILE *out, const struct report_style *s, const char *colour, const char *block, const char *ascii)
{
	if (s->colour)
		fprintf(out, "%s%s" PLAIN, colour, s->blocks ? block : ascii);
	else
		fputs(s->blocks ? block : ascii, out);
}

static void put_cell(FILE *out, const struct chart *c, const struct report_style *s, const struct column *at, int line)
{
	static const char *const bars[EIGHTHS + 1] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	int filled = level(c, at->measured_w) - line * EIGHTHS;
	filled = filled < 0 ? 0 : filled > EIGHTHS ? EIGHTHS : filled;
	if (stands_in(c, at->target_w, line))
		put(out, s, RED, "━", "=");
	else if (stands_in(c, at->planned_w, line))
		put(out, s, YELLOW, "•", "o");
	else
		put(out, s, BLUE, bars[filled], filled >= EIGHTHS / 2 ? "#" : " ");
}

static void put_axis(FILE *out, const struct day_report *r, const struct chart *c)
{
	fprintf(out, "%9s", "");
	for (int i = 0; i < c->n; i += HOUR_MARK) {
		char time[32];
		time_format(c->column[i].begin_ms, r->offset_min, time);
		if (c->n - i >= HOUR_MARK)
			fprintf(out, "%-*.5s", HOUR_MARK, time + 11);
	}
	fputc('\n', out);
}

void report_chart(FILE *out, const struct day_report *r, const struct report_style *style)
{
	struct chart c;
	fill(r, &c);
	if (!c.n)
		return;
	for (int line = LINES - 1; line >= 0; line--) {
		char kw[24];
		decimal_format(c.top_w * (line + 1) / LINES / 100, 1, kw);
		fprintf(out, "%7s %s", kw, style->blocks ? "┤" : "|");
		for (int i = 0; i < c.n; i++)
			put_cell(out, &c, style, &c.column[i], line);
		fputc('\n', out);
	}
	put_axis(out, r, &c);
	fputs("    kW   ", out);
	put(out, style, RED, "━", "=");
	fprintf(out, " %s  ", language_say("target", "目标"));
	put(out, style, YELLOW, "•", "o");
	fprintf(out, " %s  ", language_say("planned, where it differs", "计划（与目标不同处）"));
	put(out, style, BLUE, "█", "#");
	fprintf(out, " %s\n", language_say("measured", "实测"));
}
