/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/serve.h"
#include <stdlib.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "codec/soap/mtom.h"
#include "endpoint/answered.h"
#include "endpoint/outgoing.h"
#include "endpoint/passage.h"
#include "handler/hub_book.h"
#include "store/ledger.h"
#include "store/spool.h"

enum { CONTENT_KEPT = 1 << 20 };

/* ---- workers */

/* The i-th passage of the worker, made when it is needed first. NULL when memory is out. */
static struct passage *passage_of(struct endpoint_worker *w, size_t i)
{
	if (w->passage[i])
		return w->passage[i];
	struct passage *p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	p->codec = codec_new(&w->e->codec_limits);
	if (!p->codec) {
		free(p);
		return NULL;
	}
	p->arena = arena_new(0);
	return w->passage[i] = p;
}

int endpoint_worker_new(const struct endpoint *e, struct endpoint_worker **worker)
{
	struct endpoint_worker *w = calloc(1, sizeof *w);
	if (!w)
		return E_MEMORY;
	w->e = e;
	w->hub = e->book ? hub_book_take(e->book, NULL) : e->hub;
	w->arena = arena_new(0);
	w->out_codec = codec_new(NULL);
	w->ledger = ledger_cache_new();
	if (!w->out_codec || !w->ledger || !passage_of(w, 0)) {
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
	for (size_t i = 0; i < ENDPOINT_BATCH && w->passage[i]; i++) {
		codec_free(w->passage[i]->codec);
		arena_free(w->passage[i]->arena);
		free(w->passage[i]);
	}
	if (w->e->book)
		hub_book_give(w->e->book, w->hub);
	codec_free(w->out_codec);
	ledger_cache_free(w->ledger);
	arena_free(w->arena);
	bytes_done(&w->content);
	free(w);
}

int worker_database(struct endpoint_worker *w)
{
	return w->db ? db_ensure(w->db) : db_open(&w->e->target, &w->db);
}

/* ---- a passage's begin and end */

void passage_enter(const struct passage *p)
{
	log_set_trace(p->call.w.trace_id);
	log_set_principal(p->call.principal);
}

static int begin(struct endpoint_worker *w, struct passage *p, struct endpoint_exchange *x)
{
	*p = (struct passage){ .w = w, .x = x, .m = &x->m, .arena = p->arena, .codec = p->codec, .out = x->answer, .call = {
		.w = { .arena = p->arena, .hub = w->hub, .now_ms = clock_business_ms(), .seq = VALUE_NONE,
		       .encode = outgoing_encode, .told = outgoing_told, .codec = w->out_codec, .ledger = w->ledger },
		.received_us = x->m.received_us, .waited_ms = x->m.waited_ms } };
	if (x->m.replayed)
		p->call.w.now_ms = x->m.replayed->now_ms;
	p->version = soap_version_of(x->m.content_type) == SOAP_VERSION_12 ? SOAP_VERSION_12 : SOAP_VERSION_11;
	diag_init(&p->call.diag, p->arena, (size_t)w->e->hub->most_diagnostics);
	int rc = random_name(p->trace);
	p->call.w.trace_id = x->m.replayed ? x->m.replayed->trace_id : p->trace;
	passage_enter(p);
	return rc;
}

/* A message in an MTOM package is read like one without. */
static int unpack(struct passage *p)
{
	struct mtom_message plain = { 0 };
	const char *why;
	int rc;
	if (!mtom_present(p->m->content_type))
		return 0;
	if ((rc = mtom_open(p->arena, p->m->content_type, p->m->body, p->m->n, &plain, &why)))
		return diag_add(&p->call.diag, rc, why, ".");
	p->unpacked = *p->m;
	p->unpacked.content_type = plain.content_type;
	p->unpacked.body = plain.body;
	p->unpacked.n = plain.n;
	p->m = &p->unpacked;
	if (soap_version_of(plain.content_type) == SOAP_VERSION_12)
		p->version = SOAP_VERSION_12;
	return 0;
}

/* Everything up to the transaction. */
static int enter(struct passage *p)
{
	int rc;
	if (!soap_version_of(p->m->content_type) && !mtom_present(p->m->content_type))
		return E_HTTP_MEDIA_TYPE;
	if ((rc = identify(p)) || (rc = unpack(p)) || (rc = p->m->replayed ? receive_open(p) : secure_request(p)))
		return rc;
	rc = decode(p);
	return rc || p->m->replayed ? rc : secure_demand(p);
}

static void tell_log(const struct passage *p, int rc)
{
	const struct call *c = &p->call;
	int code = rc ? rc : p->refused;
	log_info(code ? "message-refused" : c->wait_ms > 0 ? "message-waits" : p->repeated ? "message-repeated" : "message-answered",
		 "operation=%s bytes=%zu code=%s items=%lld stored=%lld us=%lld", p->op ? p->op->name : "-", p->m->n, error_code(code),
		 (long long)c->items_in, (long long)c->items_stored, (long long)(clock_machine_us() - p->m->received_us));
}

void passage_conclude(struct passage *p, int rc)
{
	struct endpoint_exchange *x = p->x;
	passage_enter(p);
	x->status = 200;
	x->rc = rc;
	if (rc == E_DUPLICATE_ID)
		rc = answer_duplicate(p);
	if (!rc && !p->m->replayed)
		rc = secure_answer(p);
	if (rc) {
		if (error_kind(rc) == ERROR_KIND_IDENTITY)
			identify_event(p, rc);
		x->status = answer_fault(p, rc);
		if (secure_answer(p))
			x->status = answer_fault(p, rc);
	}
	if (!rc && p->call.w.seq != VALUE_NONE)
		answered_add(p->w->e->answered, p->call.w.seq, clock_machine_us());
	if (rc || p->refused)
		p->call.wait_ms = 0;
	tell_log(p, rc);
	x->version = p->version;
	x->wait = (struct endpoint_wait){ p->call.wait_ms, p->call.wait_key };
	p->m = NULL;
	x->done(x);
}

/* ---- the way */

/* Nothing of the messages stays, nor memory that only a large one needs. */
static void clear(struct endpoint_worker *w, size_t n)
{
	for (size_t i = 0; i < n && w->passage[i]; i++) {
		envelope_clear(w->passage[i]->codec);
		arena_reset(w->passage[i]->arena);
	}
	arena_reset(w->arena);
	if (w->content.room > CONTENT_KEPT)
		bytes_done(&w->content);
	log_set_trace(NULL);
	log_set_principal(NULL);
}

void endpoint_serve_many(struct endpoint_worker *w, struct endpoint_exchange *x, size_t n)
{
	struct passage *ready[ENDPOINT_BATCH];
	size_t n_ready = 0;
	if (w->e->book)
		w->hub = hub_book_take(w->e->book, w->hub);
	for (size_t i = 0; i < n; i++) {
		struct passage *p = passage_of(w, i);
		if (!p) {               /* the first is always there, and it is enough for one that is alone */
			x[i].alone = true;
			continue;
		}
		int rc = begin(w, p, &x[i]);
		if (!rc)
			rc = enter(p);
		if (rc)
			passage_conclude(p, rc);
		else
			ready[n_ready++] = p;
	}
	transact(w, ready, n_ready);
	clear(w, n);
}

static void answered_alone(struct endpoint_exchange *x) { (void)x; }

int endpoint_serve(struct endpoint_worker *w, const struct endpoint_message *m, struct bytes *out, enum soap_version *version,
		   struct endpoint_wait *wait)
{
	struct endpoint_exchange x = { .m = *m, .alone = true, .answer = out, .done = answered_alone };
	endpoint_serve_many(w, &x, 1);
	*version = x.version;
	*wait = x.wait;
	return x.status;
}
