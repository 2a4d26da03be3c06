/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/serve.h"
#include <stdlib.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "endpoint/answered.h"
#include "endpoint/outgoing.h"
#include "endpoint/passage.h"
#include "store/ledger.h"

enum { CONTENT_KEPT = 1 << 20 };

int endpoint_worker_new(const struct endpoint *e, struct endpoint_worker **worker)
{
	struct endpoint_worker *w = calloc(1, sizeof *w);
	if (!w)
		return E_MEMORY;
	w->e = e;
	w->arena = arena_new(0);
	w->codec = codec_new(&e->codec_limits);
	w->out_codec = codec_new(NULL);
	w->ledger = ledger_cache_new();
	if (!w->codec || !w->out_codec || !w->ledger) {
		endpoint_worker_free(w);
		return E_MEMORY;
	}
	if (db_open(&e->target, &w->db))
		log_warn("worker-without-database", "tried again with the next message");
	*worker = w;
	return 0;
}

void endpoint_worker_free(struct endpoint_worker *w)
{
	if (!w)
		return;
	db_close(w->db);
	db_thread_end();
	codec_free(w->codec);
	codec_free(w->out_codec);
	ledger_cache_free(w->ledger);
	arena_free(w->arena);
	bytes_done(&w->content);
	free(w);
}

/* The connection may be made here only, so what is handed on is told again. */
int worker_database(struct passage *p)
{
	struct endpoint_worker *w = p->w;
	int rc = w->db ? db_ensure(w->db) : db_open(&w->e->target, &w->db);
	p->call.w.db = w->db;
	return rc;
}

/* The whole way. */
static int pass(struct passage *p)
{
	int rc;
	if (!soap_version_of(p->m->content_type))
		return E_HTTP_MEDIA_TYPE;
	if ((rc = identify(p)) || (rc = secure_request(p)) || (rc = decode(p)))
		return rc;
	return transact(p);
}

static void tell_log(const struct passage *p, int rc)
{
	const struct call *c = &p->call;
	int code = rc ? rc : p->refused;
	log_info(code ? "message-refused" : c->wait_ms > 0 ? "message-waits" : p->repeated ? "message-repeated" : "message-answered",
		 "operation=%s bytes=%zu code=%s items=%lld stored=%lld us=%lld", p->op ? p->op->name : "-", p->m->n, error_code(code),
		 (long long)c->items_in, (long long)c->items_stored, (long long)(clock_machine_us() - p->m->received_us));
}

/* Nothing of the message stays, nor memory that only a large one needs. */
static void clear(struct endpoint_worker *w)
{
	envelope_clear(w->codec);
	if (w->content.room > CONTENT_KEPT)
		bytes_done(&w->content);
	arena_reset(w->arena);
	log_set_trace(NULL);
	log_set_principal(NULL);
}

static int answer(struct passage *p)
{
	int rc = pass(p), status = 200;
	if (rc == E_DUPLICATE_ID)
		rc = answer_duplicate(p);
	if (!rc)
		rc = secure_answer(p);
	if (rc) {
		if (error_kind(rc) == ERROR_KIND_IDENTITY)
			identify_event(p, rc);
		status = answer_fault(p, rc);
	}
	if (!rc && p->call.w.seq != VALUE_NONE)
		answered_add(p->w->e->answered, p->call.w.seq, clock_machine_us());
	if (rc || p->refused)
		p->call.wait_ms = 0;
	tell_log(p, rc);
	return status;
}

int endpoint_serve(struct endpoint_worker *w, const struct endpoint_message *m, struct bytes *out, enum soap_version *version,
		   struct endpoint_wait *wait)
{
	struct passage p = { .w = w, .m = m, .arena = w->arena, .codec = w->codec, .out = out, .call = {
		.w = { .arena = w->arena, .db = w->db, .hub = w->e->hub, .now_ms = clock_business_ms(), .seq = VALUE_NONE,
		       .encode = outgoing_encode, .codec = w->out_codec, .ledger = w->ledger },
		.received_us = m->received_us, .waited_ms = m->waited_ms } };
	p.version = soap_version_of(m->content_type) == SOAP_VERSION_12 ? SOAP_VERSION_12 : SOAP_VERSION_11;
	diag_init(&p.call.diag, w->arena, (size_t)w->e->hub->most_diagnostics);
	log_set_principal(NULL);
	int status = random_name(p.trace) ? answer_fault(&p, E_INTERNAL) : 0;
	p.call.w.trace_id = p.trace;
	log_set_trace(p.trace);
	if (!status)
		status = answer(&p);
	*version = p.version;
	*wait = (struct endpoint_wait){ p.call.wait_ms, p.call.wait_key };
	clear(w);
	return status;
}
