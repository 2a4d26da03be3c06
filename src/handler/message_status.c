/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/message_status.h"
#include <string.h>
#include "base/error.h"
#include "base/log.h"
#include "store/journal.h"
#include "store/outbox.h"
#include "store/replayed.h"
#include "store/spool.h"

enum { STAGES = 8 };

/* The state that was reached last is the message's. */
static void add_stage(struct work *w, struct message_status *s, enum message_state state, int64_t at_us, const char *detail)
{
	if (at_us == VALUE_NONE || s->n_stage == STAGES)
		return;
	s->stage[s->n_stage++] = (struct message_stage){ state, { at_us / 1000 }, arena_strdup(w->arena, detail) };
	s->state = state;
}

static void add_diagnostic(struct work *w, struct message_status *s, const char *code)
{
	int error = error_by_code(code);

	s->diagnostic = ARENA_NEW(w->arena, struct diagnostic);
	s->n_diagnostic = 1;
	*s->diagnostic = (struct diagnostic){ .code = arena_strdup(w->arena, code), .severity = SEVERITY_ERROR,
		.path = arena_strdup(w->arena, "."), .text_en = arena_strdup(w->arena, error_text_en(error)),
		.text_zh = arena_strdup(w->arena, error_text_zh(error)) };
}

/* -- what came in */
/* What the acknowledgement told. The row stands, so one that cannot be read is a defect. */
static int tell_answer(struct call *c, struct message_status *s, const struct journal_entry *e)
{
	if (e->status == JOURNAL_ACCEPTED || c->w.told == NULL)
		return 0;
	int rc = c->w.told(c->w.codec, c->w.arena, c->role, e->operation, e->answer, e->answer_n, &s->diagnostic, &s->n_diagnostic);

	if (rc)
		log_error("answer-unreadable", "message=%s operation=%s", s->message_id, e->operation);
	return rc ? E_INTERNAL : 0;
}

static int tell_journal(struct call *c, struct message_status *s)
{
	struct journal_entry e;
	int rc = journal_find(c->w.arena, c->w.db, c->principal, s->message_id, &e);

	if (rc)
		return rc == E_NOTHING ? 0 : rc;
	s->operation = arena_strdup(c->w.arena, e.operation);
	add_stage(&c->w, s, MESSAGE_STATE_RECEIVED, e.received_us, NULL);
	add_stage(&c->w, s, MESSAGE_STATE_VALIDATED, e.checked_us, NULL);
	add_stage(&c->w, s, e.status == JOURNAL_REJECTED ? MESSAGE_STATE_REJECTED : MESSAGE_STATE_STORED, e.stored_us, NULL);
	return tell_answer(c, s, &e);
}

static int tell_replayed(struct call *c, struct message_status *s)
{
	struct replayed r;
	int rc = replayed_find(c->w.arena, c->w.db, c->principal, s->message_id, &r);

	if (rc)
		return rc == E_NOTHING ? 0 : rc;
	if (s->operation == NULL) {
		s->operation = arena_strdup(c->w.arena, r.operation);
		add_stage(&c->w, s, MESSAGE_STATE_RECEIVED, r.received_us, NULL);
	}
	bool duplicate = error_by_code(r.code) == E_DUPLICATE_ID;
	add_stage(&c->w, s, duplicate ? MESSAGE_STATE_DUPLICATE : MESSAGE_STATE_REJECTED, r.refused_us, r.code);
	add_diagnostic(&c->w, s, r.code);
	return 0;
}

static void tell_spool(struct call *c, struct message_status *s, bool aside)
{
	struct spool_state state;

	if (c->w.hub->spool == NULL || spool_look(c->w.hub->spool, c->principal, s->message_id, &state) != 0 ||
	    (!aside && *state.aside))
		return;
	s->operation = arena_strdup(c->w.arena, state.operation);
	add_stage(&c->w, s, MESSAGE_STATE_RECEIVED, state.received_us, *state.aside ? state.aside : NULL);
}

/* What waits in the file journal first: what is replayed between two looks is found by the second. One that was set aside there
 * may have been sent again since. */
static int tell_in(struct call *c, struct message_status *s)
{
	int rc;

	tell_spool(c, s, false);
	if (s->n_stage > 0)
		return 0;
	rc = tell_journal(c, s);
	if (rc == 0)
		rc = tell_replayed(c, s);
	if (rc == 0 && s->n_stage == 0)
		tell_spool(c, s, true);
	return rc;
}

/* -- what goes out */
static int tell_out(struct call *c, struct message_status *s)
{
	static const enum message_state last[] = { [OUTBOX_ACCEPTED] = MESSAGE_STATE_ACKNOWLEDGED, [OUTBOX_REJECTED] = MESSAGE_STATE_REFUSED };
	struct outbox_message m;
	int rc = outbox_find(c->w.arena, c->w.db, s->message_id, &m);

	if (rc)
		return rc == E_NOTHING ? 0 : rc;
	if (strcmp(m.peer, c->principal) != 0)
		return 0;
	s->direction = MESSAGE_DIRECTION_OUT;
	s->operation = arena_strdup(c->w.arena, m.operation);
	add_stage(&c->w, s, MESSAGE_STATE_QUEUED, m.created_us, NULL);
	add_stage(&c->w, s, MESSAGE_STATE_DELIVERED, m.delivered_us, NULL);
	if (m.state == OUTBOX_ACCEPTED || m.state == OUTBOX_REJECTED)
		add_stage(&c->w, s, last[m.state], m.answered_us, NULL);
	else if (m.state == OUTBOX_EXPIRED)
		s->state = MESSAGE_STATE_EXPIRED;
	return 0;
}

int message_status_tell(struct call *c, const char *message_id, const enum message_direction *direction, struct message_status **status)
{
	struct message_status *s = ARENA_NEW(c->w.arena, struct message_status);
	int rc = 0;

	s->message_id = arena_strdup(c->w.arena, message_id);
	s->state = MESSAGE_STATE_UNKNOWN;
	s->direction = direction ? *direction : MESSAGE_DIRECTION_IN;
	s->stage = ARENA_ARRAY(c->w.arena, STAGES, struct message_stage);
	if (direction == NULL || *direction == MESSAGE_DIRECTION_IN)
		rc = tell_in(c, s);
	if (rc == 0 && s->n_stage == 0 && (direction == NULL || *direction == MESSAGE_DIRECTION_OUT))
		rc = tell_out(c, s);
	*status = s;
	return rc;
}

int message_status_aggregator(struct call *c, const struct agg_query_message_status *m, struct agg_query_message_status_response *answer)
{
	return message_status_tell(c, m->message_id, m->direction, &answer->status);
}

int message_status_trading(struct call *c, const struct trd_query_message_status *m, struct trd_query_message_status_response *answer)
{
	return message_status_tell(c, m->message_id, m->direction, &answer->status);
}

int message_status_dispatch(struct call *c, const struct dsp_query_message_status *m, struct dsp_query_message_status_response *answer)
{
	return message_status_tell(c, m->message_id, m->direction, &answer->status);
}
