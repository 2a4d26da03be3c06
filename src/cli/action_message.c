/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* message show, revisions: what a message said, and which others spoke of its matter. */
#include <stdio.h>
#include <sysexits.h>
#include "base/error.h"
#include "cli/actions.h"
#include "cli/audit.h"
#include "cli/output.h"
#include "endpoint/history.h"
#include "store/journal.h"

enum { REVISIONS_MOST = 1000 };

static int refuse_unknown(const struct cli *c)
{
	return cli_refuse(EX_NOINPUT, "%s: %s has sent no message with this id, or it waits in the file journal", c->argument[1], c->argument[0]);
}

static json_t *row_of(const struct journal_entry *e)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:o, s:o}", "peer", e->sender, "message", e->message_id, "operation", e->operation,
		"revision", e->revision, "status", journal_status_name(e->status), "trace", e->trace_id, "created", output_time_ms(e->created_ms, 0),
		"received", output_time_us(e->received_us));
}

/* Who reads what is personal leaves a trace before it is out. */
static int open_content(struct cli *c, const struct content *kept, struct bytes *text)
{
	const char *sender = c->argument[0], *id = c->argument[1];
	int code = kept->sealed ? cli_vault(c) : 0;
	if (code)
		return code;
	int rc = history_open(c->arena, c->vault, sender, id, kept, text);
	if (rc == E_FORMAT || rc == E_NOTHING)
		return cli_refuse(EX_DATAERR, "%s: what it said cannot be opened: %s", id, rc == E_NOTHING ? "its key is missing" : "it was changed");
	if (!rc && kept->sealed)
		rc = audit_note(c, "content-read", sender, arena_printf(c->arena, "vgihub message show %s %s", sender, id));
	return cli_fail(rc, id);
}

static int print(const struct cli *c, const struct journal_entry *e, const struct bytes *text)
{
	if (c->json) {
		json_t *document = row_of(e);
		json_object_set_new(document, "content", json_stringn(text->p, text->n));
		return output_document(c, document);
	}
	if (fwrite(text->p, 1, text->n, stdout) != text->n || putchar('\n') == EOF || fflush(stdout))
		return cli_refuse(EX_IOERR, "standard output could not be written");
	return 0;
}

int action_message_show(struct cli *c)
{
	const char *sender = c->argument[0], *id = c->argument[1];
	struct bytes text = BYTES_INIT;
	struct journal_entry entry;
	struct content kept;
	int code = cli_schema(c);
	if (code)
		return code;
	int rc = journal_find(c->arena, c->db, sender, id, &entry);
	if (rc == E_NOTHING)
		return refuse_unknown(c);
	if (!rc)
		rc = content_find(c->arena, c->db, sender, id, &kept);
	if (rc == E_NOTHING)
		return cli_refuse(EX_NOINPUT, "%s: %s, %s: what it said is not kept", id, entry.operation, journal_status_name(entry.status));
	code = rc ? cli_fail(rc, id) : open_content(c, &kept, &text);
	if (!code)
		code = print(c, &entry, &text);
	bytes_done(&text);
	return code;
}

int action_message_revisions(struct cli *c)
{
	struct journal_entry entry;
	struct journal_list list;
	int code = cli_schema(c);
	if (code)
		return code;
	int rc = journal_find(c->arena, c->db, c->argument[0], c->argument[1], &entry);
	if (rc == E_NOTHING)
		return refuse_unknown(c);
	if (!rc)
		rc = journal_alike(c->arena, c->db, c->argument[0], c->argument[1], REVISIONS_MOST, &list);
	if (rc)
		return cli_fail(rc, c->argument[1]);
	json_t *rows = json_array();
	for (size_t i = 0; i < list.n; i++)
		json_array_append_new(rows, row_of(&list.item[i]));
	return output_document(c, rows);
}
