/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* p7: processing times of a day from the journal. */
#include "cli/actions.h"
#include "cli/output.h"
#include "handler/p7.h"

static json_t *seconds(const struct p7_span *s, int64_t us)
{
	return s->n ? output_decimal(us, 6) : json_null();
}

int action_p7(struct cli *c)
{
	struct p7_span span[P7_SPANS];
	int32_t date = 0;
	int code = cli_date(c->argument[0], &date);
	if (!code)
		code = cli_rules(c);
	if (!code)
		code = cli_schema(c);
	if (code)
		return code;
	struct hub hub = { .rules = &c->rules };
	struct work w = { .arena = c->arena, .db = c->db, .hub = &hub, .seq = VALUE_NONE };
	int rc = p7_load(&w, date, span);
	if (rc)
		return cli_fail(rc, "p7");
	json_t *rows = json_array();
	for (int i = 0; i < P7_SPANS; i++) {
		const struct p7_span *s = &span[i];
		json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:b, s:o, s:o}", "direction", s->upward ? "up" : "down",
			"from", s->from, "to", s->to, "count", s->n, "median_s", seconds(s, s->median_us), "p99_s", seconds(s, s->p99_us),
			"longest_s", seconds(s, s->longest_us), "within_10s", s->longest_us <= P7_LIMIT_US, "peer", output_text(s->party),
			"message", output_text(s->id)));
	}
	return output_document(c, rows);
}
