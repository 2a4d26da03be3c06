/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* security list. */
#include "cli/actions.h"
#include "cli/output.h"
#include "store/security_event.h"

enum { SHOWN = 100 };

int action_security_list(struct cli *c)
{
	struct security_event_list list = { 0 };
	int code = cli_schema(c);
	if (!code)
		code = cli_fail(security_event_last(c->arena, c->db, SHOWN, &list), "security list");
	if (code)
		return code;
	json_t *rows = json_array();
	for (size_t i = 0; i < list.n; i++) {
		const struct security_event *e = &list.item[i];
		json_array_append_new(rows, json_pack("{s:o, s:s, s:s?, s:s, s:I, s:o, s:s}", "at", output_time_us(e->at_us), "kind", e->kind,
			"principal", e->principal, "address", e->peer_address, "n", e->n, "last", output_time_us(e->last_us),
			"detail", e->detail));
	}
	return output_document(c, rows);
}
