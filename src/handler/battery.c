/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/battery.h"
#include "base/error.h"
#include "handler/registry_common.h"
#include "store/battery.h"
#include "store/session.h"

static struct battery_row row_of(struct call *c, const struct agg_report_battery *m, const struct battery *b)
{
	return (struct battery_row){ .at_ms = m->at.v, .known_ms = c->w.now_ms, .soc_ppm = b->soc_ratio.v,
		.capacity_wh = b->capacity_wh.v, .charge_w = b->max_charge_w.v, .discharge_w = b->max_discharge_w.v,
		.least_soc_ppm = b->least_soc_ratio.v, .target_soc_ppm = b->target_soc_ratio.v, .health_ppm = b->health_ratio.v,
		.revision = c->header->revision.v, .seq = c->w.seq };
}

/* What is known of the aggregator's sessions and of their batteries at that instant. */
struct known { uint32_t aggregator_no; struct session_list sessions; struct standing stands; };

static int check_values(struct call *c, const struct battery_row *r, size_t no)
{
	if (r->capacity_wh < 1 || r->capacity_wh > BATTERY_CAPACITY_MAX_WH)
		return refuse_item(c, E_RANGE, NULL, "battery[%zu]/capacityKwh", no);
	if (r->least_soc_ppm != VALUE_NONE && r->target_soc_ppm != VALUE_NONE && r->least_soc_ppm > r->target_soc_ppm)
		return refuse_item(c, E_RANGE, "above the target", "battery[%zu]/leastSocPercent", no);
	return 0;
}

/* Fills row->session_no. */
static int check_one(struct call *c, const struct known *k, const struct battery *b, struct battery_row *row, bool repeat,
		     size_t no)
{
	int64_t i = session_find(&k->sessions, k->aggregator_no, b->session_id);
	int rc;

	if (i < 0)
		return refuse_item(c, E_UNKNOWN_SESSION, NULL, "battery[%zu]/sessionId", no);
	if (repeat)
		return refuse_item(c, E_DUPLICATE_ITEM, NULL, "battery[%zu]/sessionId", no);
	row->session_no = k->sessions.item[i].no;
	rc = check_values(c, row, no);
	return rc < 0 ? rc : registry_revision(c, &k->stands, &(struct registry_matter){ b->session_id, row->at_ms }, "battery", no);
}

static void find_repeats(struct call *c, const struct agg_report_battery *m, bool *repeat)
{
	struct registry_matter *matter = ARENA_ARRAY(c->w.arena, (size_t)m->n_battery, struct registry_matter);

	for (int i = 0; i < m->n_battery; i++)
		matter[i] = (struct registry_matter){ m->battery[i].session_id, m->at.v };
	registry_matters_repeat(c->w.arena, matter, (size_t)m->n_battery, repeat);
}

static int load(struct call *c, int64_t at_ms, struct known *k)
{
	const struct ledger *own;
	int rc = ledger_of(c->w.arena, c->w.ledger, c->w.db, c->principal, &own);

	*k = (struct known){ 0 };
	if (rc < 0 || own->n_aggregators == 0)
		return rc;
	k->aggregator_no = own->aggregator[0].no;
	rc = session_load_of(c->w.arena, c->w.db, k->aggregator_no, at_ms, at_ms + 1, &k->sessions);
	return rc < 0 ? rc : battery_standing(c->w.arena, c->w.db, k->aggregator_no, at_ms, at_ms + 1, &k->stands);
}

int battery_report(struct call *c, const struct agg_report_battery *m)
{
	size_t n = (size_t)m->n_battery, good = 0;
	struct battery_row *row = ARENA_ARRAY(c->w.arena, n, struct battery_row);
	bool *repeat = ARENA_ARRAY(c->w.arena, n, bool);
	struct known known;
	int rc = registry_instant(c, m->at.v);

	c->items_in = m->n_battery;
	if (rc == 0)
		rc = load(c, m->at.v, &known);
	if (rc < 0)
		return rc;
	find_repeats(c, m, repeat);
	for (size_t i = 0; i < n; i++) {
		row[good] = row_of(c, m, &m->battery[i]);
		good += check_one(c, &known, &m->battery[i], &row[good], repeat[i], i + 1) == 0;
	}
	c->items_stored = (int64_t)good;
	rc = battery_put(c->w.arena, c->w.db, row, good);
	return rc == E_DUPLICATE_KEY ? E_STORE_CONFLICT : rc;
}
