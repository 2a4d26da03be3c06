/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "codec/efile/writer.h"
#include <stdbool.h>
#include <string.h>
#include "base/decimal.h"
#include "base/error.h"
#include "base/timegrid.h"
#include "codec/efile/text.h"

static void add(struct efile_writer *w, const char *s)
{
	if (!w->rc)
		w->rc = bytes_adds(w->out, s);
}

/* Control characters and quotes cannot be written at all. */
static bool can_stand(const char *s)
{
	for (const char *p = s; *p; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f || *p == '\'' || *p == '"')
			return false;
	return efile_is_utf8(s, strlen(s));
}

static bool needs_quotes(const char *s)
{
	return !*s || !strcmp(s, "-") || strpbrk(s, " \t<>=") || strchr("#@/*%$:", *s) || strstr(s, "//");
}

static void add_value(struct efile_writer *w, const char *s)
{
	if (!w->rc && !can_stand(s))
		w->rc = E_FORMAT;
	bool quotes = needs_quotes(s);
	if (quotes)
		add(w, "'");
	add(w, s);
	if (quotes)
		add(w, "'");
}

static void add_name(struct efile_writer *w, const char *s)
{
	if (!w->rc && (!*s || !can_stand(s) || strpbrk(s, " \t<>=:!/")))
		w->rc = E_FORMAT;
	add(w, s);
}

void efile_begin(struct efile_writer *w, struct bytes *out, const char *entity, const char *type, int64_t ts_ms, int offset_min)
{
	char time[24];
	*w = (struct efile_writer){ .out = out };
	add(w, "<! System=VGI Version=1.0 Code=UTF-8 Data=1.0 Entity=");
	add_name(w, entity);
	add(w, " type=");
	add_name(w, type);
	add(w, " dataTime=");
	add_value(w, time_format_compact(ts_ms, offset_min, time));
	add(w, " !>\n");
}

static void add_tag(struct efile_writer *w, const char *open)
{
	add(w, open);
	add_name(w, w->class_);
	add(w, "::");
	add_name(w, w->entity);
}

void efile_block(struct efile_writer *w, const char *class_, const char *entity, const char *date, const struct efile_column *column,
		size_t n)
{
	w->class_ = class_;
	w->entity = entity;
	w->columns = n;
	w->values = 0;
	w->row = 0;
	add_tag(w, "<");
	if (date) {
		add(w, " date=");
		add_value(w, date);
	}
	add(w, ">\n@ 序号");
	for (size_t i = 0; i < n; i++) {
		add(w, " ");
		add_value(w, column[i].name);
	}
	add(w, "\n/@ 序号");
	for (size_t i = 0; i < n; i++) {
		add(w, " ");
		add_value(w, column[i].alias);
	}
	add(w, "\n$ -");
	for (size_t i = 0; i < n; i++) {
		add(w, " ");
		if (column[i].unit)
			add_value(w, column[i].unit);
		else
			add(w, "-");
	}
	add(w, "\n");
}

static void begin_value(struct efile_writer *w)
{
	char no[24];
	if (!w->rc && !w->columns)
		w->rc = E_INTERNAL;
	if (w->values == 0) {
		decimal_format(++w->row, 0, no);
		add(w, "# ");
		add(w, no);
	}
	add(w, " ");
}

static void end_value(struct efile_writer *w)
{
	if (++w->values < w->columns)
		return;
	add(w, "\n");
	w->values = 0;
}

void efile_text(struct efile_writer *w, const char *text)
{
	begin_value(w);
	if (text)
		add_value(w, text);
	else
		add(w, "-");
	end_value(w);
}

void efile_decimal(struct efile_writer *w, int64_t value, int digits)
{
	char buf[24];
	if (value != VALUE_NONE)
		decimal_format(value, digits, buf);
	begin_value(w);
	add(w, value == VALUE_NONE ? "-" : buf);
	end_value(w);
}

void efile_block_end(struct efile_writer *w)
{
	if (!w->rc && w->values)
		w->rc = E_INTERNAL;
	add_tag(w, "</");
	add(w, ">\n");
	w->columns = 0;
}
