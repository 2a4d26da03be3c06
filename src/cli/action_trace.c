/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* trace: every message of a matter with the times of its stages. */
#include <string.h>
#include <sysexits.h>
#include "base/error.h"
#include "cli/actions.h"
#include "cli/output.h"
#include "handler/message_id.h"
#include "store/journal.h"
#include "store/outbox.h"
#include "store/task.h"
#include "store/trace.h"

static json_t *incoming_row(const struct journal_entry *e)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "trace", e->trace_id, "peer", e->sender,
		"operation", e->operation, "message", e->message_id, "status", journal_status_name(e->status),
		"bytes", e->bytes_in, "items", e->items_in, "items_stored", e->items_stored, "received", output_time_us(e->received_us),
		"checked", output_time_us(e->checked_us), "stored", output_time_us(e->stored_us),
		"answered", output_time_us(e->answered_us));
}

static json_t *outgoing_row(const struct outbox_message *m)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "trace", m->trace_id,
		"peer", m->peer, "operation", m->operation, "message", m->message_id, "channel", outbox_channel_name(m->channel),
		"status", outbox_state_name(m->state), "bytes", output_integer(m->body_n ? (int64_t)m->body_n : VALUE_NONE), "items", m->items, "items_stored", output_integer(m->answer_items_stored),
		"attempts", m->attempts, "created", output_time_us(m->created_us), "first_sent", output_time_us(m->first_sent_us),
		"delivered", output_time_us(m->delivered_us), "answered", output_time_us(m->answered_us),
		"error", output_text(m->last_error));
}

static int add_trace(struct cli *c, const char *trace_id, json_t *incoming, json_t *outgoing)
{
	struct journal_list in = { 0 };
	struct outbox_list out = { 0 };
	int rc = journal_by_trace(c->arena, c->db, trace_id, &in);
	if (!rc)
		rc = outbox_by_trace(c->arena, c->db, trace_id, &out);
	for (size_t i = 0; !rc && i < in.n; i++)
		json_array_append_new(incoming, incoming_row(&in.item[i]));
	for (size_t i = 0; !rc && i < out.n; i++)
		json_array_append_new(outgoing, outgoing_row(&out.item[i]));
	return rc;
}

enum { TRACES_MOST = 64 };

struct traces { const char *id[TRACES_MOST]; size_t n; };

/* Adds the traces that an id leads to, those not known yet. */
static int follow(struct cli *c, const char *id, struct traces *t)
{
	struct trace_ids found = { 0 };
	int rc = trace_find(c->arena, c->db, id, &found);
	for (size_t i = 0; !rc && i < found.n && t->n < TRACES_MOST; i++) {
		size_t k = 0;
		while (k < t->n && strcmp(t->id[k], found.id[i]))
			k++;
		if (k == t->n)
			t->id[t->n++] = found.id[i];
	}
	return rc;
}

/* A task's progress messages are scheduled work with traces of their own; their ids follow from the task's. */
static int follow_progress(struct cli *c, const char *id, struct traces *t)
{
	struct task_row task;
	int rc = task_find(c->arena, c->db, id, &task);
	if (rc == E_NOTHING)
		return 0;
	for (int state = TASK_STATE_ACCEPTED; !rc && state <= TASK_STATE_SETTLED; state++) {
		const char *progress;
		rc = message_id_progress(c->arena, id, task.told_revision, (enum task_state)state, &progress);
		if (!rc)
			rc = follow(c, progress, t);
	}
	return rc;
}

/* The steps of a task, where the id is one's. */
static int add_chain(struct cli *c, const char *id, json_t *document)
{
	struct trace_steps steps;
	int rc = trace_task(c->arena, c->db, id, &steps);
	if (rc || !steps.n)
		return rc;
	json_t *chain = json_array();
	for (size_t i = 0; i < steps.n; i++) {
		const struct trace_step *s = &steps.item[i];
		json_array_append_new(chain, json_pack("{s:o, s:s, s:s, s:s, s:o}", "at", output_time_us(s->at_us), "stage", s->stage, "peer", s->party,
			"id", s->id, "count", output_integer(s->n)));
	}
	json_object_set_new(document, "chain", chain);
	return 0;
}

int action_trace(struct cli *c)
{
	struct traces traces = { .n = 0 };
	const char *id = c->argument[0];
	int code = cli_schema(c);
	if (code)
		return code;
	int rc = follow(c, id, &traces);
	if (!rc)
		rc = follow_progress(c, id, &traces);
	if (!rc && !traces.n)
		return cli_refuse(EX_NOINPUT, "%s: no message, trace or task has this id", id);
	json_t *incoming = json_array(), *outgoing = json_array();
	for (size_t i = 0; !rc && i < traces.n; i++)
		rc = add_trace(c, traces.id[i], incoming, outgoing);
	json_t *document = json_pack("{s:o, s:o}", "incoming", incoming, "outgoing", outgoing);
	if (!rc)
		rc = add_chain(c, id, document);
	if (!rc)
		return output_document(c, document);
	json_decref(document);
	return cli_fail(rc, id);
}
