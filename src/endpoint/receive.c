/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/error.h"
#include "base/log.h"
#include "endpoint/passage.h"
#include "security/seal.h"
#include "store/spool.h"

/* What may have personal fields is not written to a disk in the clear. */
static bool may_wait(const struct passage *p)
{
	const struct hub *hub = p->w->e->hub;
	return hub->spool && !p->m->replayed && (p->op->kind == KIND_REPORT || p->op->kind == KIND_BULK) &&
	       (hub->vault || p->op->privacy != PRIVACY_PERSONAL);
}

static struct seal_place place_of(struct arena *a, const char *sender, const char *message_id)
{
	return (struct seal_place){ "spool", "body", arena_printf(a, "%s/%s", sender, message_id) };
}

/* The message as the file journal keeps it: sealed, where there is a key file. */
static int seal_body(struct passage *p, struct spool_record *r)
{
	struct vault *vault = p->w->e->hub->vault;
	struct seal_place place = place_of(p->arena, r->sender, r->message_id);
	struct octets sealed = { (const unsigned char *)p->body, p->n };
	int rc = vault ? seal_value(p->arena, vault, &place, p->body, p->n, &sealed) : 0;
	r->body = (const char *)sealed.p;
	r->body_n = sealed.n;
	return rc;
}

int receive_open(struct passage *p)
{
	const struct spool_record *r = p->m->replayed;
	struct vault *vault = p->w->e->hub->vault;
	struct seal_place place = place_of(p->arena, r->sender, r->message_id);
	struct octets kept = { (const unsigned char *)p->m->body, p->m->n }, opened = kept;
	enum suite suite;
	uint32_t key;
	int rc = 0;
	if (seal_info(kept, &key, &suite))      /* no envelope looks like one */
		rc = vault ? seal_open(p->arena, vault, &place, kept, &opened) : E_CONFIG;
	if (rc)
		log_error("spool-sealed", "sender=%s message=%s cannot be opened: %s", r->sender, r->message_id, error_code(rc));
	p->body = (const char *)opened.p;
	p->n = opened.n;
	return rc ? E_INTERNAL : 0;
}

/* An acknowledgement `received`, made from what the file journal keeps: the same at every repetition. */
static int answer_received(struct passage *p, const struct spool_state *state)
{
	struct ack *ack = ARENA_NEW(p->arena, struct ack);
	ack->status = ACK_STATUS_RECEIVED;
	ack->trace_id = arena_strdup(p->arena, state->trace_id);
	ack->received_at.v = state->received_us / 1000;
	p->answer = arena_alloc(p->arena, p->op->answer_size);
	*(struct ack **)p->answer = ack;
	p->call.w.seq = VALUE_NONE;
	p->refused = 0;
	bytes_clear(p->out);
	return envelope_write_answer(p->codec, p->op, p->answer, p->out);
}

/* What waits for this sender comes first: the same message is answered as before, a later one stands behind it. */
static int look(struct passage *p, struct spool_state *state)
{
	int rc = spool_look(p->w->e->hub->spool, p->call.header->sender, p->call.header->message_id, state);
	if (!rc && memcmp(state->digest, p->digest, sizeof p->digest))
		rc = E_DUPLICATE_ID;
	return rc;
}

static int put(struct passage *p)
{
	struct spool_state known;
	int rc = look(p, &known);
	if (rc != E_NOTHING)
		return rc;
	struct spool_record r = { .service = (uint32_t)p->op->service, .version = (uint32_t)p->version, .now_ms = p->call.w.now_ms,
		.received_us = p->m->received_us, .checked_us = p->checked_us, .sender = p->call.header->sender,
		.message_id = p->call.header->message_id, .operation = p->op->name, .trace_id = p->call.w.trace_id,
		.fingerprint = p->m->peer_fingerprint, .address = p->m->peer_address };
	memcpy(r.digest, p->digest, sizeof r.digest);
	if (p->protection.is_signed) {
		r.signature = p->protection.digest;
		r.signature_us = secure_until(p);
	}
	rc = seal_body(p, &r);
	return rc ? rc : spool_put(p->w->e->hub->spool, &r);
}

static int confirm(struct passage *p, int synced)
{
	struct spool_state state;
	int rc = synced ? E_STORE_AWAY : look(p, &state);
	if (rc == E_NOTHING)
		rc = E_STORE_AWAY;      /* replayed meanwhile: repeated, it gets its answer from the journal */
	return rc ? rc : answer_received(p, &state);
}

bool receive_behind(struct passage *p)
{
	struct spool *spool = p->w->e->hub->spool;
	if (!spool || p->m->replayed || !spool_holds_for(spool, p->call.header->sender))
		return false;
	receive(&p, 1, E_STORE_AWAY);
	return true;
}

void receive(struct passage **p, size_t n, int why)
{
	int rc[ENDPOINT_BATCH];
	bool any = false;
	for (size_t i = 0; i < n; i++) {
		rc[i] = may_wait(p[i]) ? put(p[i]) : why;
		any |= rc[i] == 0;
	}
	int synced = any ? spool_sync(p[0]->w->e->hub->spool) : 0;
	for (size_t i = 0; i < n; i++) {
		if (!rc[i])
			rc[i] = confirm(p[i], synced);
		else if (rc[i] != E_DUPLICATE_ID)
			rc[i] = why;
		passage_conclude(p[i], rc[i]);
	}
}
