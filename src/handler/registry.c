/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ReportLedger: what is good is told apart first (registry_check), then written: the aggregator's row, operators,
 * stations, piles, and at last the retirement of what was not named. */
#include "handler/registry.h"
#include <string.h>
#include "base/error.h"
#include "handler/protect.h"
#include "handler/registry_check.h"
#include "handler/resources.h"
#include "store/ledger.h"

/* Rows of another transaction that came between look and write: all is to be done again on what it left. */
static int conflict(int rc)
{
	return rc == E_DUPLICATE_KEY ? E_STORE_CONFLICT : rc;
}

/* Takes the aggregator's row, so that two reports of one aggregator come one after the other. */
static int take_aggregator(struct call *c, const struct agg_report_ledger *m, uint32_t *no)
{
	struct ledger_contact sealed;
	int64_t stored;
	int rc;

	if (strcmp(m->aggregator->id, c->principal) != 0)
		return refuse_item(c, E_UNKNOWN_RESOURCE, NULL, "aggregator/id");
	rc = protect_aggregator(c, m->aggregator, &sealed);
	if (rc < 0)
		return rc;
	rc = ledger_lock(c->w.db, m->aggregator->id, no, &stored);
	if (rc == 0 && c->header->revision.v < stored)
		return refuse_item(c, E_REVISION, arena_printf(c->w.arena, "stored: %lld", (long long)stored),
				"header/revision");
	if (rc < 0 && rc != E_NOTHING)
		return rc;
	rc = conflict(ledger_put_aggregator(c->w.db, m->aggregator, &sealed, c->header->revision.v, c->w.seq, no));
	return rc < 0 ? rc : ledger_set_fallback(c->w.db, *no, m->fallback != NULL ? (int)*m->fallback : -1);
}

static int write_operators(struct call *c, const struct registry_intake *in, uint32_t aggregator_no)
{
	const struct party **good = ARENA_ARRAY(c->w.arena, in->n_operators, const struct party *);
	struct ledger_contact *sealed = ARENA_ARRAY(c->w.arena, in->n_operators, struct ledger_contact);
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < in->n_operators && rc == 0; i++)
		if (in->operator_good[i]) {
			rc = protect_operator(c, &in->operator[i], i, &sealed[n]);
			good[n++] = &in->operator[i];
		}
	c->items_stored += (int64_t)n;
	return rc < 0 ? rc : ledger_put_operators(c->w.arena, c->w.db, aggregator_no, good, sealed, n);
}

static int write_stations(struct call *c, const struct registry_intake *in, uint32_t aggregator_no)
{
	const struct station **fresh = ARENA_ARRAY(c->w.arena, in->n_stations, const struct station *);
	const struct station **standing = ARENA_ARRAY(c->w.arena, in->n_stations, const struct station *);
	size_t n_fresh = 0, n_standing = 0;
	int rc;

	for (size_t i = 0; i < in->n_stations; i++) {
		const struct registry_station *s = &in->station[i];

		if (s->good && s->stored < 0)
			fresh[n_fresh++] = s->told;
		else if (s->good)
			standing[n_standing++] = s->told;
	}
	c->items_stored += (int64_t)(n_fresh + n_standing);
	rc = ledger_renew_stations(c->w.arena, c->w.db, standing, n_standing, c->w.seq);
	if (rc == 0)
		rc = ledger_add_stations(c->w.arena, c->w.db, aggregator_no, fresh, n_fresh, c->w.seq);
	return conflict(rc);
}

struct piles { const struct pile **pile; uint32_t *station_no; size_t n; };

static struct piles piles_new(struct arena *a, size_t most)
{
	return (struct piles){ ARENA_ARRAY(a, most, const struct pile *), ARENA_ARRAY(a, most, uint32_t), 0 };
}

static void add_pile(struct piles *p, const struct pile *pile, uint32_t station_no)
{
	p->pile[p->n] = pile;
	p->station_no[p->n++] = station_no;
}

/* written: the ledger with the stations' numbers, after write_stations. */
static int write_piles(struct call *c, const struct registry_intake *in, const struct ledger *written)
{
	struct arena *a = c->w.arena;
	struct piles fresh = piles_new(a, in->n_piles), standing = piles_new(a, in->n_piles);
	int rc;

	for (size_t i = 0; i < in->n_piles; i++) {
		const struct registry_pile *p = &in->pile[i];
		int64_t station = p->good ? ledger_station(written, in->station[p->station].told->id) : -1;

		if (p->good && station < 0)
			return E_INTERNAL;
		if (p->good)
			add_pile(p->stored < 0 ? &fresh : &standing, p->told, written->station[station].no);
	}
	c->items_stored += (int64_t)(fresh.n + standing.n);
	rc = ledger_renew_piles(a, c->w.db, standing.pile, standing.station_no, standing.n, c->w.seq);
	if (rc == 0)
		rc = ledger_add_piles(a, c->w.db, fresh.pile, fresh.station_no, fresh.n, c->w.seq);
	return conflict(rc);
}

static int retire_stations(struct call *c, const struct registry_intake *in)
{
	const struct ledger *own = &in->own;
	bool *named = ARENA_ARRAY(c->w.arena, own->n_stations, bool);
	uint32_t *no = ARENA_ARRAY(c->w.arena, own->n_stations, uint32_t);
	size_t n = 0;

	for (size_t i = 0; i < in->n_stations; i++)
		if (in->station[i].stored >= 0)
			named[in->station[i].stored] = true;
	for (size_t i = 0; i < own->n_stations; i++)
		if (!named[i] && own->station[i].state != RESOURCE_STATE_RETIRED)
			no[n++] = own->station[i].no;
	return ledger_retire_stations(c->w.arena, c->w.db, no, n, c->w.seq);
}

static int retire_piles(struct call *c, const struct registry_intake *in)
{
	const struct ledger *own = &in->own;
	bool *named = ARENA_ARRAY(c->w.arena, own->n_piles, bool);
	uint32_t *no = ARENA_ARRAY(c->w.arena, own->n_piles, uint32_t);
	size_t n = 0;

	for (size_t i = 0; i < in->n_piles; i++)
		if (in->pile[i].stored >= 0)
			named[in->pile[i].stored] = true;
	for (size_t i = 0; i < own->n_piles; i++)
		if (!named[i] && own->pile[i].state != RESOURCE_STATE_RETIRED)
			no[n++] = own->pile[i].no;
	return ledger_retire_piles(c->w.arena, c->w.db, no, n, c->w.seq);
}

static int write_ledger(struct call *c, const struct registry_intake *in, uint32_t aggregator_no)
{
	struct ledger written;
	int rc = write_operators(c, in, aggregator_no);

	if (rc == 0)
		rc = write_stations(c, in, aggregator_no);
	if (rc == 0)
		rc = ledger_load_all_of(c->w.arena, c->w.db, c->principal, &written);
	if (rc == 0)
		rc = write_piles(c, in, &written);
	if (rc == 0)
		rc = retire_stations(c, in);
	if (rc == 0)
		rc = retire_piles(c, in);
	return rc;
}

int registry_report_ledger(struct call *c, const struct agg_report_ledger *m)
{
	struct registry_intake in;
	uint32_t no = 0;
	int rc;

	registry_unfold(c, m, &in);
	c->items_in = (int64_t)(in.n_operators + in.n_stations + in.n_piles);
	rc = take_aggregator(c, m, &no);
	if (rc == 0)
		rc = ledger_load_all_of(c->w.arena, c->w.db, c->principal, &in.own);
	if (rc == 0)
		rc = registry_check(c, &in);
	if (rc == 0)
		rc = write_ledger(c, &in, no);
	if (rc == 0)
		rc = resources_push(&c->w, c->principal, arena_printf(c->w.arena, "%s/%s", c->principal, c->header->message_id));
	return rc;
}
