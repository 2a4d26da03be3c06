/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/clock.h"
#include "base/error.h"
#include "endpoint/bindings.h"
#include "endpoint/passage.h"
#include "security/digest.h"
#include "store/journal.h"

enum { CONFLICT_TRIES = 5, CONFLICT_US = 10000000 };

static int digest_of(struct passage *p, unsigned char digest[DIGEST_SIZE])
{
	struct header *h = request_header(p->request), said = *h;
	bytes_clear(&p->w->content);
	h->trace_id = NULL;             /* what a resending sender may rightly change is no content */
	h->created_at.v = TIME_NONE;
	int rc = envelope_write_request(p->codec, p->op, p->request, SOAP_VERSION_11, &p->w->content);
	*h = said;
	return rc ? rc : digest_sha256(p->w->content.p, p->w->content.n, digest);
}

static int begin_journal(struct passage *p, struct journal_entry *entry)
{
	const struct header *h = p->call.header;
	unsigned char digest[DIGEST_SIZE];
	int rc = digest_of(p, digest);
	if (rc)
		return rc;
	return journal_begin(p->arena, p->w->db, &(struct journal_message){
		.sender = h->sender, .message_id = h->message_id, .service = service_name(p->op->service), .operation = p->op->name,
		.revision = h->revision.v, .digest = digest, .conversation_id = h->conversation_id, .correlation_id = h->correlation_id,
		.trace_id = p->call.w.trace_id, .business_date = h->business_date.v, .created_ms = h->created_at.v,
		.received_us = p->m->received_us, .checked_us = p->checked_us, .bytes_in = (int64_t)p->m->n }, entry);
}

static int finish_journal(struct passage *p, int refused)
{
	int rc = answer_write(p, refused);
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
	p->answer = arena_alloc(p->arena, p->op->answer_size);
	return bindings[p->op->id](&p->call, p->request, p->answer);
}

/* Journal, effect, answer. */
static int store_and_run(struct passage *p)
{
	struct journal_entry entry;
	int rc = begin_journal(p, &entry);
	if (rc)
		return rc;
	if (entry.repeated)
		return answer_again(p, entry.answer, entry.answer_n);
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
	return answer_write(p, refused);
}

static int transact_once(struct passage *p)
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
int transact(struct passage *p)
{
	size_t findings = p->call.diag.n;
	int64_t until_us = clock_monotonic_us() + CONFLICT_US;
	int rc = worker_database(p);
	if (rc)
		return rc;
	rc = E_STORE_CONFLICT;
	for (int i = 0; i < CONFLICT_TRIES && rc == E_STORE_CONFLICT && (i == 0 || clock_monotonic_us() < until_us); i++) {
		p->refused = 0;
		p->repeated = false;
		p->call.diag.n = findings;
		p->call.diag.lost = 0;
		p->call.items_in = p->call.items_stored = 0;
		p->call.w.seq = VALUE_NONE;
		rc = transact_once(p);
	}
	return rc;
}
