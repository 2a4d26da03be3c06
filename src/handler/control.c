/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/control.h"
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "handler/control_send.h"

enum { CONTROLS_MOST = 10 };            /* in one answer; what is over comes with the next fetch */

/* -- fetching */

static int make(struct work *w, const char *control_id, struct control *control)
{
	struct control_row row;
	int rc = control_find(w->arena, w->db, control_id, &row);

	if (rc == 0)
		rc = control_make(w, &row, control);
	return rc == E_NOTHING ? E_INTERNAL : rc;
}

/* Nothing is there: whoever would rather wait than ask again is told when the next control is queued. */
static void wait_for_control(struct call *c, const struct count *wait_s)
{
	int64_t left_ms = wait_s->v > 0 ? wait_s->v * MS_SECOND - c->waited_ms : 0;

	if (left_ms <= 0)
		return;
	c->wait_ms = left_ms;
	c->wait_key = outbox_key(c->principal);
}

int control_fetch(struct call *c, const struct agg_fetch_control *m, struct agg_fetch_control_response *answer)
{
	struct work *w = &c->w;
	struct outbox_list list;
	int rc = outbox_fetch(w->arena, w->db, c->principal, CONTROL_OPERATION, 0, CONTROLS_MOST, SIZE_MAX, &list);

	if (rc < 0)
		return rc;
	if (list.n == 0)
		wait_for_control(c, &m->wait_s);
	answer->control = ARENA_ARRAY(w->arena, list.n, struct control);
	for (size_t i = 0; i < list.n && rc == 0; i++) {
		rc = make(w, list.item[i].message_id, &answer->control[i]);
		if (rc == 0)
			rc = outbox_delivered(w->db, list.item[i].seq, clock_machine_us());
		answer->n_control += rc == 0;
	}
	/* expired between look and note: it is no longer there */
	return rc == E_NOTHING ? E_STORE_CONFLICT : rc;
}

/* -- acknowledging */

int control_acknowledge_ahead(struct call *const *call, const struct agg_acknowledge_control *const *m, size_t n)
{
	struct outbox_message *found = ARENA_ARRAY(call[0]->w.arena, n, struct outbox_message);
	const char *id[OUTBOX_FIND_MOST];
	int rc;

	for (size_t i = 0; i < n; i++)
		id[i] = m[i]->control_id;
	rc = outbox_find_each(call[0]->w.arena, call[0]->w.db, id, n, found);
	for (size_t i = 0; i < n && rc == 0; i++)
		call[i]->ahead = &found[i];
	return rc;
}

static int find(struct call *c, const char *control_id, struct outbox_message *message)
{
	if (c->ahead == NULL)
		return outbox_find(c->w.arena, c->w.db, control_id, message);
	*message = *(const struct outbox_message *)c->ahead;
	return is_none(message->seq) ? E_NOTHING : 0;
}

static int find_own(struct call *c, const char *control_id, struct outbox_message *message)
{
	int rc = find(c, control_id, message);

	if (rc < 0 && rc != E_NOTHING)
		return rc;
	if (rc == 0 && strcmp(message->peer, c->principal) == 0 && strcmp(message->operation, CONTROL_OPERATION) == 0)
		return 0;
	return refuse_item(c, E_UNKNOWN_CONTROL, NULL, "controlId");
}

/* Or accepted before: then the same is said again. */
static bool is_open(const struct outbox_message *m)
{
	return m->state == OUTBOX_QUEUED || m->state == OUTBOX_DELIVERED || m->state == OUTBOX_ACCEPTED;
}

static int note_refusal(struct call *c, const struct agg_acknowledge_control *m)
{
	const char *reason = m->n_diagnostic > 0 ? m->diagnostic[0].code : CONTROL_REFUSED;

	log_warn("control-refused", "control=%s reason=%s", m->control_id, reason);
	return control_set_reason(c->w.db, m->control_id, reason);
}

int control_acknowledge(struct call *c, const struct agg_acknowledge_control *m)
{
	bool accepted = m->decision == DECISION_ACCEPTED;
	struct outbox_message message;
	int rc = find_own(c, m->control_id, &message);

	c->items_in = 1;
	if (rc < 0)
		return rc;
	if (accepted && is_open(&message) && m->rows.v != message.items)
		return refuse_item(c, E_RANGE, arena_printf(c->w.arena, "%d, it has %lld schedule values", m->rows.v,
			(long long)message.items), "rows");
	rc = outbox_answered(c->w.db, message.seq, accepted, accepted ? message.items : 0, NULL, 0, clock_machine_us());
	if (rc == E_NOTHING)
		return refuse_item(c, E_UNKNOWN_CONTROL, "it is expired or withdrawn, or was answered otherwise", "controlId");
	if (rc == 0 && !accepted)
		rc = note_refusal(c, m);
	c->items_stored = rc == 0;
	return rc;
}
