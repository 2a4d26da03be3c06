/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* value: what was said of a resource for a moment, by whom, in which message, and when it was known. */
#include <sysexits.h>
#include "base/timegrid.h"
#include "cli/actions.h"
#include "cli/output.h"
#include "store/said.h"

static json_t *value_in(const struct said *s, enum said_unit unit, int digits)
{
	return output_decimal(s->unit == unit ? s->value : VALUE_NONE, digits);
}

static json_t *row_of(const struct cli *c, const struct said *s)
{
	int offset_min = c->rules.calendar.offset_min;
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:b, s:o, s:o, s:o, s:o, s:o}", "kind", s->kind, "session",
		output_text(s->session_id), "at", output_time_ms(s->of_ms, offset_min), "kw", value_in(s, SAID_W, 3), "kwh", value_in(s, SAID_WH, 3),
		"percent", value_in(s, SAID_PPM, 4), "filtered_kw", output_decimal(s->filtered_w, 3), "quality", output_integer(s->quality),
		"revision", s->revision, "in_force", s->in_force, "peer", output_text(s->sender), "message", output_text(s->message_id),
		"trace", output_text(s->trace_id), "known", s->known_ms == VALUE_NONE ? json_null() : output_time_ms(s->known_ms, offset_min),
		"received", output_time_us(s->received_us));
}

int action_value(struct cli *c)
{
	const char *id = c->argument[0];
	struct said_list list;
	int64_t ts_ms;
	if (time_parse(c->argument[1], &ts_ms))
		return cli_refuse(EX_USAGE, "%s: not a time such as 2026-06-10T18:01:00+08:00", c->argument[1]);
	int code = cli_rules(c);
	if (!code)
		code = cli_schema(c);
	if (code)
		return code;
	int rc = said_of(c->arena, c->db, id, ts_ms, &list);
	if (rc)
		return cli_fail(rc, id);
	if (!list.n)
		return cli_refuse(EX_NOINPUT, "%s: nothing was said of it for this time", id);
	json_t *rows = json_array();
	for (size_t i = 0; i < list.n; i++)
		json_array_append_new(rows, row_of(c, &list.item[i]));
	return output_document(c, rows);
}
