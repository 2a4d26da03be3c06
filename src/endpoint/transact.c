/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <stdatomic.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "endpoint/bindings.h"
#include "endpoint/passage.h"
#include "handler/callback.h"
#include "handler/ledger_request.h"

enum { CONFLICT_TRIES = 5, CONFLICT_US = 10000000,
       GROUP_US = 5000,         /* a transaction takes no further message after that */
       SLOW_US = 20000,         /* what takes so long is not done beside others */
       CAREFUL_GROUPS = 16 };   /* after one in which something was known */
_Static_assert((int)ENDPOINT_BATCH <= (int)JOURNAL_BATCH, "the rows of a group are written at once");

/* What the handler of each operation took, about; any worker. */
static atomic_int handler_us[OPERATION_N];

/* Messages that share a transaction. */
struct group {
	struct endpoint_worker *w;
	struct passage **p;
	size_t n;                               /* shrinks when it is closed early */
	bool alone;                             /* one message, which can be undone to a savepoint */
	bool asks;                              /* which of them are known, before it does anything */
	bool met;                               /* without asking: one of them stands already, or somebody writes it */
	int rc[ENDPOINT_BATCH];                 /* how each ended, if the transaction is committed */
	int64_t first_seq, begun_us;
	struct journal_row row[ENDPOINT_BATCH];
	size_t n_rows;
	struct content_row content[ENDPOINT_BATCH];
	size_t n_content;
	int stopped;                            /* replaying: why nothing more is taken, so that the order stays */
};

/* ---- handlers */

static bool is_refusal(int error)
{
	enum error_kind kind = error_kind(error);
	return error && (kind == ERROR_KIND_SENDER || kind == ERROR_KIND_IDENTITY);
}

static void note_time(enum operation_id id, int64_t us)
{
	int before = handler_us[id], now = us < 1000000000 ? (int)us : 1000000000;
	handler_us[id] = before - before / 8 + now / 8;
}

/* Of which every item was refused, nothing is taken: then the first item says why. */
static int taken(const struct call *c)
{
	bool nothing = c->items_in > 0 && c->items_stored == 0 && c->diag.n > 0;
	return nothing ? c->diag.item[0].error : 0;
}

/* An aggregator that speaks of what is not in its ledger is to report it anew. */
static void want_ledger(const struct passage *p)
{
	const struct diag *d = &p->call.diag;
	struct ledger_wants *wants = p->call.w.hub->ledger_wants;
	size_t i = 0;
	while (i < d->n && d->item[i].error != E_UNKNOWN_RESOURCE)
		i++;
	if (i == d->n || !wants || p->call.role != ROLE_AGGREGATOR || p->op->id == OPERATION_agg_ReportLedger ||
	    !callback_is_run(p->call.w.hub, p->call.principal))
		return;
	ledger_want(wants, p->call.principal, arena_printf(p->arena, "%s %s: %s is not in the ledger", p->op->name,
		p->call.header->message_id, d->item[i].path));
}

/* Nothing stays of an earlier try. */
static void afresh(struct passage *p)
{
	p->refused = 0;
	p->repeated = false;
	p->call.diag.n = p->call.diag.lost = 0;
	p->call.items_in = p->call.items_stored = p->call.wait_ms = 0;
}

static int run(struct passage *p)
{
	int64_t begun_us = clock_monotonic_us();
	passage_enter(p);
	afresh(p);
	p->answer = arena_alloc(p->arena, p->op->answer_size);
	int rc = bindings[p->op->id](&p->call, p->request, p->answer);
	note_time(p->op->id, clock_monotonic_us() - begun_us);
	if (!rc)
		rc = taken(&p->call);
	return p->fault ? p->fault : rc;
}

/* The worker's connection, for these messages. 0 or the errors of worker_database. */
static int reach_database(struct endpoint_worker *w, struct passage **p, size_t n)
{
	int rc = worker_database(w);
	for (size_t i = 0; i < n; i++)
		p[i]->call.w.db = w->db;
	return rc;
}

/* ---- one group: journal, effects, answers */

int passage_content(struct passage *p, const void *request)
{
	struct header *h = request_header(request), said = *h;
	bytes_clear(&p->w->content);
	h->trace_id = NULL;             /* what a resending sender may rightly change is no content */
	h->created_at.v = TIME_NONE;
	int rc = envelope_write_request(p->codec, p->op, request, SOAP_VERSION_11, &p->w->content);
	*h = said;
	return rc;
}

static int digest_of(struct passage *p)
{
	int rc = passage_content(p, p->request);
	return rc ? rc : digest_sha256(p->w->content.p, p->w->content.n, p->digest);
}

static void add_row(struct group *g, const struct passage *p, int refused)
{
	const struct header *h = p->call.header;
	const struct ack *ack = answer_ack(p->answer);
	g->row[g->n_rows++] = (struct journal_row){ p->call.w.seq, {
		.sender = h->sender, .message_id = h->message_id, .service = service_name(p->op->service), .operation = p->op->name,
		.revision = h->revision.v, .digest = p->digest, .conversation_id = h->conversation_id, .correlation_id = h->correlation_id,
		.trace_id = p->call.w.trace_id, .business_date = h->business_date.v, .created_ms = h->created_at.v,
		.received_us = p->m->received_us, .checked_us = p->checked_us, .bytes_in = (int64_t)(p->m->replayed ? p->n : p->m->n) }, {
		.status = refused ? JOURNAL_REJECTED : ack->status == ACK_STATUS_ACCEPTED ? JOURNAL_ACCEPTED : JOURNAL_PARTLY,
		.items_in = p->call.items_in, .items_stored = ack->items_stored.v, .answer = p->out->p, .answer_n = p->out->n } };
	if (!refused && p->kept.bytes.p)
		g->content[g->n_content++] = (struct content_row){ p->call.w.seq, p->kept };
}

/* A message refused after it had written can be undone alone only where nobody else's effect came before the savepoint. */
static int effect(struct group *g, size_t i)
{
	struct passage *p = g->p[i];
	struct db *db = g->w->db;
	int64_t writes = db_writes(db);
	int rc = g->alone ? db_savepoint(db, "effect") : 0;
	if (rc)
		return rc;
	p->call.w.seq = g->first_seq + (int64_t)i;
	int refused = run(p);
	if (refused && !is_refusal(refused))
		return refused;
	if (refused && db_writes(db) != writes && (rc = g->alone ? db_rollback_to(db, "effect") : E_STORE_CONFLICT))
		return rc;
	if (!(rc = answer_write(p, refused)) && (refused || !(rc = history_keep(p))))
		add_row(g, p, refused);
	return rc;
}

/* Known already: its answer, or its refusal, is there. */
static int meet(struct group *g, size_t i, const struct journal_entry *e)
{
	struct passage *p = g->p[i];
	afresh(p);
	p->call.w.seq = VALUE_NONE;
	if (memcmp(e->digest, p->digest, sizeof p->digest)) {
		g->rc[i] = E_DUPLICATE_ID;
		return 0;
	}
	return answer_again(p, e->answer, e->answer_n);
}

/* The same message twice: the second is looked up when the first is committed. */
static bool came_before(const struct group *g, const struct journal_key *key, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(key[k].message_id, key[i].message_id) && !strcmp(key[k].sender, key[i].sender))
			return true;
	return i > 0 && clock_monotonic_us() - g->begun_us > GROUP_US;
}

/* What several new messages of the group would ask the database for one by one, where an operation knows how. */
static int look_ahead(struct group *g, const struct journal_entry *entry)
{
	struct call *call[ENDPOINT_BATCH];
	const void *request[ENDPOINT_BATCH];
	for (size_t i = 0; i < g->n; i++)
		g->p[i]->call.ahead = NULL;
	for (size_t first = 0; first < g->n; first++) {
		const struct operation *op = g->p[first]->op;
		size_t n = 0;
		if (!aheads[op->id] || !is_none(entry[first].seq))
			continue;
		for (size_t i = 0; i < g->n; i++) {
			if (g->p[i]->op != op || !is_none(entry[i].seq))
				continue;
			if (i < first)
				break;                  /* seen to */
			call[n] = &g->p[i]->call;
			request[n++] = g->p[i]->request;
		}
		int rc = n > 1 ? aheads[op->id](call, request, n) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

static int fill(struct group *g)
{
	struct journal_key key[ENDPOINT_BATCH];
	struct journal_entry entry[ENDPOINT_BATCH];
	int rc = 0;
	for (size_t i = 0; i < g->n; i++) {
		key[i] = (struct journal_key){ g->p[i]->call.header->sender, g->p[i]->call.header->message_id };
		entry[i].seq = VALUE_NONE;
	}
	if (g->asks)
		rc = journal_find_each(g->w->arena, g->w->db, key, g->n, entry);
	if (!rc)
		rc = look_ahead(g, entry);
	for (size_t i = 0; i < g->n && !rc; i++) {
		if (came_before(g, key, i))
			g->n = i;
		else
			rc = entry[i].seq == VALUE_NONE ? effect(g, i) : meet(g, i, &entry[i]);
	}
	if (!rc && g->n_rows)
		g->met = (rc = journal_write(g->w->arena, g->w->db, g->row, g->n_rows)) == E_STORE_CONFLICT;
	return rc ? rc : content_write(g->w->arena, g->w->db, g->content, g->n_content);
}

static int commit(struct group *g)
{
	const struct endpoint *e = g->w->e;
	if (g->n_rows && e->hub->checkpoint)
		e->hub->checkpoint("commit");
	int rc = db_commit(g->w->db);
	if (rc)
		return rc;
	if (g->n_rows && e->committed)
		e->committed(e->committed_arg);
	for (size_t i = 0; i < g->n; i++)
		want_ledger(g->p[i]);
	return 0;
}

static int run_group(struct group *g)
{
	struct endpoint_worker *w = g->w;
	int rc = reach_database(w, g->p, g->n);
	arena_reset(w->arena);
	g->n_rows = g->n_content = 0;
	g->met = false;
	memset(g->rc, 0, sizeof g->rc);
	g->begun_us = clock_monotonic_us();
	if (!rc)
		rc = journal_numbers_take(w->e->numbers, w->db, (int64_t)g->n, &g->first_seq);
	if (!rc)
		rc = db_begin(w->db);
	if (rc)
		return rc;
	if ((rc = fill(g)))
		db_rollback(w->db);
	else
		rc = commit(g);
	return rc;
}

/* ---- one after the other */

/* Deadlocks and lost races are tried again from the start, with a clean slate; but a try may wait for a lock as long as the
 * database lets it, and the sender does not wait for ever. */
static int again(int (*once)(void *arg), void *arg)
{
	int64_t until_us = clock_monotonic_us() + CONFLICT_US;
	int rc = E_STORE_CONFLICT;
	for (int i = 0; i < CONFLICT_TRIES && rc == E_STORE_CONFLICT && (i == 0 || clock_monotonic_us() < until_us); i++)
		rc = once(arg);
	return rc;
}

static int group_once(void *arg) { return run_group(arg); }

static bool is_away(int rc) { return rc == E_STORE_AWAY || rc == E_STORE_UNCERTAIN; }

/* One whose signature the database could not be asked about. */
static void receive_signed(struct passage *p, int why)
{
	int rc = digest_of(p);
	if (rc)
		passage_conclude(p, rc);
	else
		receive(&p, 1, why);
}

static void conclude_group(struct group *g, int rc)
{
	bool replayed = g->p[0]->m->replayed != NULL;
	if (!replayed && is_away(rc)) {
		receive(g->p, g->n, rc);
		return;
	}
	if (replayed && rc && error_kind(rc) == ERROR_KIND_RETRY)
		g->stopped = rc;
	for (size_t i = 0; i < g->n; i++)
		passage_conclude(g->p[i], rc ? rc : g->rc[i]);
}

static void store_alone(struct group *g, struct passage **p)
{
	g->p = p;
	g->n = 1;
	g->alone = g->asks = true;
	conclude_group(g, g->stopped ? g->stopped : again(group_once, g));
}

/* That a message is known is rare. So several new ones do not ask: the rows of those that are not new are refused by the journal's
 * key, all is undone, and is done again by asking; and so do the next groups, as who repeats one message repeats others. What waited in
 * the file journal may have been done before. */
static int run_together(struct group *g)
{
	struct endpoint_worker *w = g->w;
	g->asks = w->careful > 0 || g->p[0]->m->replayed;
	w->careful -= w->careful > 0;
	int rc = run_group(g);
	if (!g->met || g->asks)
		return rc;
	g->asks = true;
	w->careful = CAREFUL_GROUPS;
	return run_group(g);
}

/* Stores the first of these messages, together; how many. */
static size_t store_some(struct group *g, struct passage **p, size_t n)
{
	if (n == 1 || g->stopped) {
		store_alone(g, p);
		return 1;
	}
	g->p = p;
	g->n = n;
	g->alone = false;
	int rc = run_together(g);
	n = g->n;
	if (!rc || is_away(rc))
		conclude_group(g, rc);
	else
		for (size_t i = 0; i < n; i++)
			store_alone(g, p + i);
	return n;
}

static int read_once(void *arg)
{
	struct passage *p = arg;
	int rc = reach_database(p->w, &p, 1);
	if (!rc)
		rc = db_begin(p->w->db);
	if (rc)
		return rc;
	int refused = run(p);
	want_ledger(p);
	rc = refused && !is_refusal(refused) ? refused : answer_write(p, refused);
	if (!rc && !refused)
		return db_commit(p->w->db);
	db_rollback(p->w->db);          /* what a refused query did before is undone too */
	return rc;
}

/* By sender, so that two workers lock in one order; among messages of a sender as they came. */
static void insert(struct passage **list, size_t n, struct passage *p)
{
	for (; n > 0 && strcmp(list[n - 1]->call.principal, p->call.principal) > 0; n--)
		list[n] = list[n - 1];
	list[n] = p;
}

void transact(struct endpoint_worker *w, struct passage **p, size_t n)
{
	struct passage *stored[ENDPOINT_BATCH];
	struct group g = { .w = w };
	size_t n_stored = 0;
	for (size_t i = 0; i < n; i++) {
		bool store = p[i]->op->repeat == REPEAT_STORED;
		int rc = 0;
		if (!p[i]->fault && w->e->hub->fault)
			p[i]->fault = w->e->hub->fault(p[i]->op->name);
		if (n > 1 && !p[i]->m->replayed && handler_us[p[i]->op->id] > SLOW_US)
			p[i]->x->alone = true;
		else if ((rc = secure_once(p[i])) && !(store && p[i]->surely_new && is_away(rc)))
			passage_conclude(p[i], rc);
		else if (rc)
			receive_signed(p[i], rc);
		else if (store && (rc = digest_of(p[i])))
			passage_conclude(p[i], rc);
		else if (store && receive_behind(p[i]))
			continue;
		else if (store)
			insert(stored, n_stored++, p[i]);
		else
			passage_conclude(p[i], again(read_once, p[i]));
	}
	for (size_t i = 0; i < n_stored;)
		i += store_some(&g, stored + i, n_stored - i);
}
