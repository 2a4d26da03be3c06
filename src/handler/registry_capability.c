/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ReportCapability. */
#include "base/error.h"
#include "handler/registry.h"
#include "handler/registry_common.h"
#include "store/capability.h"
#include "store/ledger.h"

/* -- whole message */
static int check_length(struct call *c, const struct capability *k, size_t no)
{
	int count = k->grid->count.v;

	if (count < 1 || count > REGISTRY_POINTS_MAX)
		return refuse_item(c, E_CURVE_LENGTH, NULL, "capability[%zu]/grid/count", no);
	if (k->up_w.n != count)
		return refuse_item(c, E_CURVE_LENGTH, NULL, "capability[%zu]/upKw", no);
	if (k->down_w.n != count)
		return refuse_item(c, E_CURVE_LENGTH, NULL, "capability[%zu]/downKw", no);
	return 0;
}

static int check_lengths(struct call *c, const struct agg_report_capability *m)
{
	int rc = 0;

	for (int i = 0; i < m->n_capability; i++) {
		int one = check_length(c, &m->capability[i], (size_t)i + 1);

		rc = rc == 0 ? one : rc;
	}
	return rc;
}

/* -- one resource */
static int check_column(struct call *c, const struct watt_list *column, const char *name, size_t no)
{
	for (int i = 0; i < column->n; i++) {
		if (column->item[i].v < 0)
			return refuse_item(c, E_NEGATIVE, NULL, "capability[%zu]/%s[%d]", no, name, i + 1);
		if (column->item[i].v > INT32_MAX)
			return refuse_item(c, E_RANGE, NULL, "capability[%zu]/%s[%d]", no, name, i + 1);
	}
	return 0;
}

static int check_rate(struct call *c, struct watt rate, const char *name, size_t no)
{
	if (rate.v != VALUE_NONE && rate.v < 0)
		return refuse_item(c, E_NEGATIVE, NULL, "capability[%zu]/%s", no, name);
	return 0;
}

static int check_values(struct call *c, const struct capability *k, size_t no)
{
	int rc = check_column(c, &k->up_w, "upKw", no);

	if (rc == 0)
		rc = check_column(c, &k->down_w, "downKw", no);
	if (rc == 0)
		rc = check_rate(c, k->up_rate_w_min, "upRateKwMin", no);
	if (rc == 0)
		rc = check_rate(c, k->down_rate_w_min, "downRateKwMin", no);
	return rc;
}

static int64_t end_of(const struct grid *g)
{
	return g->start.v + (int64_t)g->count.v * g->step_min.v * MS_MINUTE;
}

static int check_grid(struct call *c, const struct grid *g, size_t no)
{
	struct timegrid day = rules_grid(c->w.hub->rules, rules_day_of(c->w.hub->rules, c->w.now_ms));
	int rc;

	if (g->step_min.v < 1 || g->step_min.v > MS_DAY / MS_MINUTE)
		return refuse_item(c, E_RANGE, NULL, "capability[%zu]/grid/stepMin", no);
	if ((g->start.v - day.start_ms) % (g->step_min.v * (int64_t)MS_MINUTE) != 0)
		return refuse_item(c, E_TIME_GRID, NULL, "capability[%zu]/grid/start", no);
	rc = registry_time(&c->w, g->start.v, end_of(g));
	return rc < 0 ? refuse_item(c, rc, NULL, "capability[%zu]/grid/start", no) : 0;
}

/* What stands already, and what of the message stands in it twice. */
struct known { struct registry_matter *matter; bool *repeat; struct standing stands; };

static int check_one(struct call *c, const struct ledger *own, const struct known *known, const struct capability *k, size_t i)
{
	size_t no = i + 1;
	int rc;

	if (!registry_owns(own, k->resource_id))
		return refuse_item(c, E_UNKNOWN_RESOURCE, NULL, "capability[%zu]/resourceId", no);
	if (known->repeat[i])
		return refuse_item(c, E_DUPLICATE_ITEM, NULL, "capability[%zu]", no);
	rc = check_grid(c, k->grid, no);
	if (rc == 0)
		rc = check_values(c, k, no);
	return rc < 0 ? rc : registry_revision(c, &known->stands, &known->matter[i], "capability", no);
}

static int load(struct call *c, const struct ledger *own, const struct agg_report_capability *m, struct known *k)
{
	size_t n = (size_t)m->n_capability;
	int64_t from_ms, to_ms;

	*k = (struct known){ ARENA_ARRAY(c->w.arena, n, struct registry_matter), ARENA_ARRAY(c->w.arena, n, bool), { NULL, 0 } };
	for (size_t i = 0; i < n; i++)
		k->matter[i] = (struct registry_matter){ m->capability[i].resource_id, m->capability[i].grid->start.v };
	registry_matters_repeat(c->w.arena, k->matter, n, k->repeat);
	registry_matters_span(k->matter, n, &from_ms, &to_ms);
	if (own->n_aggregators == 0)
		return 0;
	return capability_standing(c->w.arena, c->w.db, own->aggregator[0].no, from_ms, to_ms, &k->stands);
}

/* -- storing */
static const int64_t *column_of(struct arena *a, const struct watt_list *column)
{
	int64_t *w = ARENA_ARRAY(a, (size_t)column->n, int64_t);

	for (int i = 0; i < column->n; i++)
		w[i] = column->item[i].v;
	return w;
}

static int64_t minutes_of(struct count minutes)
{
	return minutes.v == COUNT_NONE ? VALUE_NONE : minutes.v;
}

static struct capability_row row_of(struct call *c, uint32_t aggregator_no, const struct capability *k)
{
	return (struct capability_row){
		.aggregator_no = aggregator_no, .resource_id = k->resource_id, .start_ms = k->grid->start.v, .step_min = k->grid->step_min.v,
		.n = (size_t)k->up_w.n, .up_w = column_of(c->w.arena, &k->up_w),
		.down_w = column_of(c->w.arena, &k->down_w), .up_rate_w_min = k->up_rate_w_min.v,
		.down_rate_w_min = k->down_rate_w_min.v, .up_minutes = minutes_of(k->up_minutes),
		.down_minutes = minutes_of(k->down_minutes), .known_ms = c->w.now_ms, .revision = c->header->revision.v, .seq = c->w.seq
	};
}

int registry_report_capability(struct call *c, const struct agg_report_capability *m)
{
	size_t n = (size_t)m->n_capability, good = 0;
	struct capability_row *row = ARENA_ARRAY(c->w.arena, n, struct capability_row);
	struct known known;
	const struct ledger *own;
	int rc = check_lengths(c, m);

	c->items_in = m->n_capability;
	if (rc == 0)
		rc = ledger_of(c->w.arena, c->w.ledger, c->w.db, c->principal, &own);
	if (rc == 0)
		rc = load(c, own, m, &known);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (check_one(c, own, &known, &m->capability[i], i) == 0)
			row[good++] = row_of(c, own->aggregator[0].no, &m->capability[i]);
	c->items_stored = (int64_t)good;
	rc = capability_put(c->w.arena, c->w.db, row, good);
	return rc == E_DUPLICATE_KEY ? E_STORE_CONFLICT : rc;
}
