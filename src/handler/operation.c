/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ReportOperation. */
#include "handler/operation.h"
#include "base/error.h"
#include "handler/registry_common.h"
#include "store/operating.h"

/* -- one resource */

/* Load positive, whatever the message says. */
static struct operating_row row_of(struct call *c, const struct agg_report_operation *m, const struct resource_operation *r)
{
	bool turned = m->polarity == POLARITY_GEN;
	struct operating_row row = {
		.resource_id = r->resource_id, .at_ms = m->at.v, .known_ms = c->w.now_ms, .revision = c->header->revision.v,
		.seq = c->w.seq, .service = r->state, .control = r->control, .location = r->location, .mode = r->mode,
		.up_blocked = r->up_blocked, .down_blocked = r->down_blocked, .power_w = r->charge_power_w.v,
		.up_w = r->up_capability_w.v, .up_rate_w_min = r->up_rate_w_min.v, .up_minutes = r->up_duration_min.v,
		.down_w = r->down_capability_w.v, .down_rate_w_min = r->down_rate_w_min.v,
		.down_minutes = r->down_duration_min.v, .least_w = r->least_w.v, .most_w = r->most_w.v
	};

	if (turned) {
		row.power_w = -row.power_w;
		row.least_w = r->most_w.v == VALUE_NONE ? VALUE_NONE : -r->most_w.v;
		row.most_w = r->least_w.v == VALUE_NONE ? VALUE_NONE : -r->least_w.v;
	}
	return row;
}

static int check_power(struct call *c, const struct ledger *own, const struct operating_row *r, size_t no)
{
	int64_t rated_w = registry_rated_w(own, r->resource_id);

	if (rated_w < 0)
		return refuse_item(c, E_UNKNOWN_RESOURCE, NULL, "resource[%zu]/resourceId", no);
	if (r->power_w < 0 && !registry_exports(own, r->resource_id))
		return refuse_item(c, E_NEGATIVE, NULL, "resource[%zu]/chargePowerKw", no);
	if (r->power_w > rated_w || r->power_w < -rated_w)
		return refuse_item(c, E_ABOVE_RATING, NULL, "resource[%zu]/chargePowerKw", no);
	/* by turning from giving all to taking all a resource can change by twice its rating */
	if (r->up_w > 2 * rated_w)
		return refuse_item(c, E_ABOVE_RATING, NULL, "resource[%zu]/upCapabilityKw", no);
	if (r->down_w > 2 * rated_w)
		return refuse_item(c, E_ABOVE_RATING, NULL, "resource[%zu]/downCapabilityKw", no);
	return 0;
}

static int check_one(struct call *c, const struct ledger *own, const struct standing *stands, const struct operating_row *r,
		     bool repeat, size_t no)
{
	int rc = check_power(c, own, r, no);

	if (rc < 0)
		return rc;
	if (repeat)
		return refuse_item(c, E_DUPLICATE_ITEM, NULL, "resource[%zu]/resourceId", no);
	if (r->least_w != VALUE_NONE && r->most_w != VALUE_NONE && r->least_w > r->most_w)
		return refuse_item(c, E_RANGE, "least above most", "resource[%zu]/leastKw", no);
	return registry_revision(c, stands, &(struct registry_matter){ r->resource_id, r->at_ms }, "resource", no);
}

static void find_repeats(struct call *c, const struct agg_report_operation *m, bool *repeat)
{
	struct registry_matter *matter = ARENA_ARRAY(c->w.arena, (size_t)m->n_resource, struct registry_matter);

	for (int i = 0; i < m->n_resource; i++)
		matter[i] = (struct registry_matter){ m->resource[i].resource_id, m->at.v };
	registry_matters_repeat(c->w.arena, matter, (size_t)m->n_resource, repeat);
}

int operation_report(struct call *c, const struct agg_report_operation *m)
{
	size_t n = (size_t)m->n_resource, good = 0;
	struct operating_row *row = ARENA_ARRAY(c->w.arena, n, struct operating_row);
	bool *repeat = ARENA_ARRAY(c->w.arena, n, bool);
	struct standing stands = { NULL, 0 };
	const struct ledger *own;
	int rc = registry_instant(c, m->at.v);

	c->items_in = m->n_resource;
	if (rc == 0)
		rc = ledger_of(c->w.arena, c->w.ledger, c->w.db, c->principal, &own);
	if (rc == 0 && own->n_aggregators > 0)
		rc = operating_standing(c->w.arena, c->w.db, own->aggregator[0].no, m->at.v, m->at.v + 1, &stands);
	if (rc < 0)
		return rc;
	find_repeats(c, m, repeat);
	for (size_t i = 0; i < n; i++) {
		row[good] = row_of(c, m, &m->resource[i]);
		if (check_one(c, own, &stands, &row[good], repeat[i], i + 1) == 0)
			row[good++].aggregator_no = own->aggregator[0].no;
	}
	c->items_stored = (int64_t)good;
	rc = operating_put(c->w.arena, c->w.db, row, good);
	return rc == E_DUPLICATE_KEY ? E_STORE_CONFLICT : rc;
}
