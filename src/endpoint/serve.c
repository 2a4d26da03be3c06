/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/serve.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "codec/soap/fault.h"
#include "endpoint/acknowledge.h"
#include "endpoint/answered.h"
#include "endpoint/bindings.h"
#include "endpoint/outgoing.h"
#include "security/digest.h"
#include "store/journal.h"
#include "store/ledger.h"
#include "store/principal.h"
#include "store/security_event.h"

enum { CONFLICT_TRIES = 5, CONFLICT_US = 10000000, CONTENT_KEPT = 1 << 20 };

struct endpoint_worker {
	const struct endpoint *e;
	struct db *db;
	struct codec *codec, *out_codec;
	struct arena *arena;
	struct ledger_cache *ledger;
	struct bytes content;                           /* the request written anew, for its digest */
};

/* A message on its way. */
struct passage {
	struct endpoint_worker *w;
	const struct endpoint_message *m;
	const struct operation *op;
	void *request, *answer;
	struct call call;
	struct bytes *out;
	enum soap_version version;
	int refused;                                    /* why the acknowledgement in out says rejected; 0: it does not */
	bool repeated;                                  /* out holds the first answer to this message */
	int64_t checked_us;
	char trace[RANDOM_NAME];
};

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
static int ensure_database(struct passage *p)
{
	struct endpoint_worker *w = p->w;
	int rc = w->db ? db_ensure(w->db) : db_open(&w->e->target, &w->db);
	p->call.w.db = w->db;
	return rc;
}

/* ---- before the transaction */

static void security_event(struct passage *p, int error)
{
	log_set_principal(p->call.principal);
	log_warn("identity-refused", "code=%s peer=%s certificate=%.16s", error_code(error), p->m->peer_address, p->m->peer_fingerprint);
	if (ensure_database(p) == 0)
		security_event_add(p->w->db, error_code(error), p->call.principal, p->m->peer_address, p->m->peer_fingerprint);
}

static unsigned roles_of(enum service service)
{
	switch (service) {
	case SERVICE_AGGREGATOR: return ROLE_AGGREGATOR | ROLE_OPERATOR | ROLE_AUDITOR | ROLE_REGULATOR;
	case SERVICE_TRADING: return ROLE_TRADING;
	case SERVICE_DISPATCH: return ROLE_DISPATCH;
	default: return 0;
	}
}

static int identify(struct passage *p)
{
	struct principal who;
	int rc = ensure_database(p);
	if (!rc)
		rc = principal_book_refresh(p->w->e->principals, p->w->db);
	if (!rc)
		rc = principal_book_find(p->w->e->principals, p->m->peer_fingerprint, &who);
	if (rc && rc != E_CERTIFICATE_REVOKED)
		return rc;
	p->call.principal = arena_strdup(p->w->arena, who.name);
	p->call.role = role_by_name(who.role);
	log_set_principal(who.name);
	if (rc)
		return rc;
	return p->call.role & roles_of(p->m->service) ? 0 : E_WRONG_LISTENER;
}

static int check_header(struct passage *p)
{
	const struct hub *hub = p->w->e->hub;
	const struct header *h = p->call.header = request_header(p->request);
	if (strcmp(h->sender, p->call.principal))
		return diag_add(&p->call.diag, E_SENDER, h->sender, "header/sender");
	if (h->trace_id)
		p->call.w.trace_id = h->trace_id;
	log_set_trace(p->call.w.trace_id);
	int64_t age = p->call.w.now_ms - h->created_at.v;
	if (p->op->repeat == REPEAT_READ)
		return 0;               /* nothing is stored: who has a wrong clock may ask for the hub's */
	if (age > hub->created_past_ms || -age > hub->created_future_ms) {
		char created[40], now[40];
		return diag_add(&p->call.diag, E_CREATED_TIME, arena_printf(p->w->arena, "%s, the hub has %s",
			time_format(h->created_at.v, hub->rules->calendar.offset_min, created),
			time_format(p->call.w.now_ms, hub->rules->calendar.offset_min, now)), "header/createdAt");
	}
	return 0;
}

/* What filters on the way may have decided by is what is done, or nothing. */
static int check_action(struct passage *p)
{
	const char *said = p->m->soap_action;
	if (!said || !*said || !strcmp(said, p->op->action))
		return 0;
	return diag_add(&p->call.diag, E_OPERATION, arena_printf(p->w->arena, "SOAPAction \"%.100s\" is not that of the body's %s", said,
		p->op->name), ".");
}

static int decode(struct passage *p)
{
	int rc = envelope_open(p->w->codec, p->m->body, p->m->n, p->m->service, &p->op);
	p->version = envelope_version(p->w->codec);
	if (rc)
		return diag_add(&p->call.diag, rc, arena_strdup(p->w->arena, codec_error(p->w->codec)), ".");
	if ((rc = check_action(p)))
		return rc;
	if (!(p->op->roles & p->call.role))
		return diag_add(&p->call.diag, E_ROLE, p->op->name, ".");
	if ((rc = envelope_request(p->w->codec, &p->request)))
		return diag_add(&p->call.diag, rc, arena_strdup(p->w->arena, codec_error(p->w->codec)), ".");
	return 0;
}

/* ---- the transaction */

static int digest_of(struct passage *p, unsigned char digest[DIGEST_SIZE])
{
	struct header *h = request_header(p->request), said = *h;
	bytes_clear(&p->w->content);
	h->trace_id = NULL;             /* what a resending sender may rightly change is no content */
	h->created_at.v = TIME_NONE;
	int rc = envelope_write_request(p->w->codec, p->op, p->request, SOAP_VERSION_11, &p->w->content);
	*h = said;
	return rc ? rc : digest_sha256(p->w->content.p, p->w->content.n, digest);
}

static int write_answer(struct passage *p, int refused)
{
	p->refused = refused;
	*(struct ack **)p->answer = acknowledge(&p->call, refused);
	bytes_clear(p->out);
	return envelope_write_answer(p->w->codec, p->op, p->answer, p->out);
}

static int begin_journal(struct passage *p, struct journal_entry *entry)
{
	const struct header *h = p->call.header;
	unsigned char digest[DIGEST_SIZE];
	int rc = digest_of(p, digest);
	if (rc)
		return rc;
	return journal_begin(p->w->arena, p->w->db, &(struct journal_message){
		.sender = h->sender, .message_id = h->message_id, .service = service_name(p->op->service), .operation = p->op->name,
		.revision = h->revision.v, .digest = digest, .conversation_id = h->conversation_id, .correlation_id = h->correlation_id,
		.trace_id = p->call.w.trace_id, .business_date = h->business_date.v, .created_ms = h->created_at.v,
		.received_us = p->m->received_us, .checked_us = p->checked_us, .bytes_in = (int64_t)p->m->n }, entry);
}

static int finish_journal(struct passage *p, int refused)
{
	int rc = write_answer(p, refused);
	if (rc)
		return rc;
	const struct ack *ack = answer_ack(p->answer);
	return journal_finish(p->w->db, p->call.w.seq, &(struct journal_result){
		.status = refused ? JOURNAL_REJECTED : ack->status == ACK_STATUS_ACCEPTED ? JOURNAL_ACCEPTED : JOURNAL_PARTLY,
		.items_in = p->call.items_in, .items_stored = ack->items_stored.v, .answer = p->out->p, .answer_n = p->out->n });
}

static bool is_refusal(int error)
{
	enum error_kind kind = error_kind(error);
	return error && (kind == ERROR_KIND_SENDER || kind == ERROR_KIND_IDENTITY);
}

static int run(struct passage *p)
{
	p->answer = arena_alloc(p->w->arena, p->op->answer_size);
	return bindings[p->op->id](&p->call, p->request, p->answer);
}

/* The first answer, byte for byte; encoded anew where the message now comes in the other SOAP version. */
static int answer_again(struct passage *p, const struct journal_entry *entry)
{
	struct codec *reader = p->w->out_codec;
	const struct vgi_fault *fault = NULL;
	void *answer = NULL;
	p->repeated = true;
	bytes_clear(p->out);
	int rc = envelope_read_answer(reader, p->op, entry->answer, entry->answer_n, &answer, &fault);
	if (!rc && envelope_version(reader) != p->version)
		rc = envelope_write_answer(p->w->codec, p->op, answer, p->out);
	else
		rc = bytes_add(p->out, entry->answer, entry->answer_n);
	envelope_clear(reader);
	return rc;
}

/* Journal, effect, answer. */
static int store_and_run(struct passage *p)
{
	struct journal_entry entry;
	int rc = begin_journal(p, &entry);
	if (rc)
		return rc;
	if (entry.repeated)
		return answer_again(p, &entry);
	p->call.w.seq = entry.seq;
	if ((rc = db_savepoint(p->w->db, "effect")))
		return rc;
	int refused = run(p);
	if (refused && !is_refusal(refused))
		return refused;
	if (refused && (rc = db_rollback_to(p->w->db, "effect")))
		return rc;
	return finish_journal(p, refused);
}

static int read_and_run(struct passage *p)
{
	int refused = run(p);
	if (refused && !is_refusal(refused))
		return refused;
	return write_answer(p, refused);
}

static int transact(struct passage *p)
{
	struct db *db = p->w->db;
	int rc = db_begin(db);
	if (!rc)
		rc = p->op->repeat == REPEAT_STORED ? store_and_run(p) : read_and_run(p);
	bool new_row = p->call.w.seq != VALUE_NONE;
	if (rc || (p->refused && !new_row)) {           /* what a refused query did before is undone too */
		db_rollback(db);
		return rc;
	}
	if (new_row && p->w->e->hub->checkpoint)
		p->w->e->hub->checkpoint("commit");
	rc = db_commit(db);
	if (!rc && new_row && p->w->e->committed)
		p->w->e->committed(p->w->e->committed_arg);
	return rc;
}

/* Deadlocks and lost races are tried again from the start, with a clean slate; but a try may wait for a lock as long as the
 * database lets it, and the sender does not wait for ever. */
static int transact_again(struct passage *p)
{
	size_t findings = p->call.diag.n;
	int64_t until_us = clock_monotonic_us() + CONFLICT_US;
	int rc = E_STORE_CONFLICT;
	for (int i = 0; i < CONFLICT_TRIES && rc == E_STORE_CONFLICT && (i == 0 || clock_monotonic_us() < until_us); i++) {
		p->refused = 0;
		p->repeated = false;
		p->call.diag.n = findings;
		p->call.diag.lost = 0;
		p->call.items_in = p->call.items_stored = 0;
		p->call.w.seq = VALUE_NONE;
		rc = transact(p);
	}
	return rc;
}

/* ---- the whole way */

static int pass(struct passage *p)
{
	int rc;
	if (!soap_version_of(p->m->content_type))
		return E_HTTP_MEDIA_TYPE;
	if ((rc = identify(p)) || (rc = guard_check(p->w->e->guard, p->m->body, p->m->n, &p->call.diag)) || (rc = decode(p)) ||
	    (rc = check_header(p)))
		return rc;
	p->checked_us = clock_machine_us();
	if ((rc = ensure_database(p)))
		return rc;
	return transact_again(p);
}

static int answer_fault(struct passage *p, int error)
{
	bytes_clear(p->out);
	fault_write(p->out, p->version, error, p->call.w.trace_id, &p->call.diag);
	return fault_http_status(p->version, error);
}

/* A message id used for other content is refused by acknowledgement like any other content error, but leaves no journal row:
 * the id's row belongs to the first message. */
static int answer_duplicate(struct passage *p)
{
	p->answer = arena_alloc(p->w->arena, p->op->answer_size);
	diag_add(&p->call.diag, E_DUPLICATE_ID, p->call.header->message_id, "header/messageId");
	return write_answer(p, E_DUPLICATE_ID);
}

static void tell_log(const struct passage *p, int rc)
{
	const struct call *c = &p->call;
	int code = rc ? rc : p->refused;
	log_info(code ? "message-refused" : p->repeated ? "message-repeated" : "message-answered",
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
	if (rc) {
		if (error_kind(rc) == ERROR_KIND_IDENTITY)
			security_event(p, rc);
		status = answer_fault(p, rc);
	}
	if (!rc && p->call.w.seq != VALUE_NONE)
		answered_add(p->w->e->answered, p->call.w.seq, clock_machine_us());
	tell_log(p, rc);
	return status;
}

int endpoint_serve(struct endpoint_worker *w, const struct endpoint_message *m, struct bytes *out, enum soap_version *version)
{
	struct passage p = { .w = w, .m = m, .out = out, .call = {
		.w = { .arena = w->arena, .db = w->db, .hub = w->e->hub, .now_ms = clock_business_ms(), .seq = VALUE_NONE,
		       .encode = outgoing_encode, .codec = w->out_codec, .ledger = w->ledger },
		.received_us = m->received_us } };
	p.version = soap_version_of(m->content_type) == SOAP_VERSION_12 ? SOAP_VERSION_12 : SOAP_VERSION_11;
	diag_init(&p.call.diag, w->arena, (size_t)w->e->hub->most_diagnostics);
	log_set_principal(NULL);
	int status = random_name(p.trace) ? answer_fault(&p, E_INTERNAL) : 0;
	p.call.w.trace_id = p.trace;
	log_set_trace(p.trace);
	if (!status)
		status = answer(&p);
	*version = p.version;
	clear(w);
	return status;
}
