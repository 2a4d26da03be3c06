/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ReportPlan. */
#include "handler/plan.h"
#include "base/error.h"
#include "handler/push.h"
#include "handler/registry.h"
#include "handler/registry_common.h"
#include "store/plan.h"

/* -- whole message */
static int check_lengths(struct call *c, const struct agg_report_plan *m)
{
	int rc = 0;

	for (int i = 0; i < m->n_plan; i++) {
		int count = m->plan[i].grid->count.v, one = 0;

		if (count < 1 || count > REGISTRY_POINTS_MAX)
			one = refuse_item(c, E_CURVE_LENGTH, NULL, "plan[%d]/grid/count", i + 1);
		else if (m->plan[i].power_w.n != count)
			one = refuse_item(c, E_CURVE_LENGTH, NULL, "plan[%d]/powerKw", i + 1);
		rc = rc == 0 ? one : rc;
	}
	return rc;
}

/* -- one plan */
static int64_t length_ms(const struct grid *g)
{
	return (int64_t)g->count.v * g->step_min.v * MS_MINUTE;
}

static int check_grid(struct call *c, enum plan_horizon horizon, const struct grid *g, size_t no)
{
	struct timegrid day = rules_grid(c->w.hub->rules, rules_day_of(c->w.hub->rules, c->w.now_ms));
	int rc;

	if (g->reference != CURVE_REFERENCE_ABSOLUTE || g->value != CURVE_VALUE_MEAN)
		return refuse_item(c, E_RANGE, "absolute means", "plan[%zu]/grid", no);
	if (g->step_min.v < 1 || MS_DAY / MS_MINUTE % g->step_min.v != 0)
		return refuse_item(c, E_TIME_GRID, NULL, "plan[%zu]/grid/stepMin", no);
	if ((g->start.v - day.start_ms) % (g->step_min.v * (int64_t)MS_MINUTE) != 0)
		return refuse_item(c, E_TIME_GRID, NULL, "plan[%zu]/grid/start", no);
	if (horizon == PLAN_HORIZON_REAL_TIME && length_ms(g) > PLAN_REAL_TIME_MOST_MIN * (int64_t)MS_MINUTE)
		return refuse_item(c, E_RANGE, "longer than a real-time plan", "plan[%zu]/grid/count", no);
	rc = registry_time(&c->w, g->start.v, g->start.v + length_ms(g));
	return rc < 0 ? refuse_item(c, rc, NULL, "plan[%zu]/grid/start", no) : 0;
}

/* Load positive. */
static const int64_t *column_of(struct arena *a, const struct plan *p)
{
	int64_t *w = ARENA_ARRAY(a, (size_t)p->power_w.n, int64_t);

	for (int i = 0; i < p->power_w.n; i++)
		w[i] = p->grid->polarity == POLARITY_GEN ? -p->power_w.item[i].v : p->power_w.item[i].v;
	return w;
}

static int check_values(struct call *c, const struct ledger *own, const struct plan_row *r, size_t no)
{
	int64_t rated_w = registry_rated_w(own, r->resource_id);
	bool exports = registry_exports(own, r->resource_id);

	for (size_t i = 0; i < r->n; i++) {
		if (r->power_w[i] < 0 && !exports)
			return refuse_item(c, E_NEGATIVE, NULL, "plan[%zu]/powerKw[%zu]", no, i + 1);
		if (r->power_w[i] > rated_w || r->power_w[i] < -rated_w || r->power_w[i] > INT32_MAX || r->power_w[i] < -INT32_MAX)
			return refuse_item(c, E_ABOVE_RATING, NULL, "plan[%zu]/powerKw[%zu]", no, i + 1);
	}
	return 0;
}

/* What stands already, and what of the message stands in it twice. */
struct known { struct registry_matter *matter; bool *repeat; struct standing stands; };

static int check_one(struct call *c, const struct ledger *own, const struct known *k, const struct agg_report_plan *m,
		     const struct plan_row *r, size_t i)
{
	size_t no = i + 1;
	int rc;

	if (!registry_owns(own, r->resource_id))
		return refuse_item(c, E_UNKNOWN_RESOURCE, NULL, "plan[%zu]/resourceId", no);
	if (k->repeat[i])
		return refuse_item(c, E_DUPLICATE_ITEM, NULL, "plan[%zu]", no);
	rc = check_grid(c, m->horizon, m->plan[i].grid, no);
	if (rc == 0)
		rc = check_values(c, own, r, no);
	return rc < 0 ? rc : registry_revision(c, &k->stands, &k->matter[i], "plan", no);
}

static int load(struct call *c, const struct ledger *own, const struct agg_report_plan *m, struct known *k)
{
	size_t n = (size_t)m->n_plan;
	int64_t from_ms, to_ms;

	*k = (struct known){ ARENA_ARRAY(c->w.arena, n, struct registry_matter), ARENA_ARRAY(c->w.arena, n, bool), { NULL, 0 } };
	for (size_t i = 0; i < n; i++)
		k->matter[i] = (struct registry_matter){ m->plan[i].resource_id, m->plan[i].grid->start.v };
	registry_matters_repeat(c->w.arena, k->matter, n, k->repeat);
	registry_matters_span(k->matter, n, &from_ms, &to_ms);
	if (own->n_aggregators == 0)
		return 0;
	return plan_standing(c->w.arena, c->w.db, own->aggregator[0].no, m->horizon, from_ms, to_ms, &k->stands);
}

static struct plan_row row_of(struct call *c, const struct agg_report_plan *m, const struct plan *p)
{
	return (struct plan_row){ .resource_id = p->resource_id, .horizon = m->horizon, .start_ms = p->grid->start.v,
		.step_min = p->grid->step_min.v, .n = (size_t)p->power_w.n, .power_w = column_of(c->w.arena, p),
		.known_ms = c->w.now_ms, .revision = c->header->revision.v, .seq = c->w.seq };
}

static int store_and_push(struct call *c, const struct plan_row *row, size_t n)
{
	int pushed, rc = plan_put(c->w.arena, c->w.db, row, n);

	if (rc == 0 && n > 0 && push_has_peer(c->w.hub->dispatch_peer))
		rc = plan_push(&c->w, c->w.seq, arena_printf(c->w.arena, "%s/%s", c->principal, c->header->message_id), c->w.now_ms,
			&pushed);
	return rc == E_DUPLICATE_KEY ? E_STORE_CONFLICT : rc;
}

int plan_report(struct call *c, const struct agg_report_plan *m)
{
	size_t n = (size_t)m->n_plan, good = 0;
	struct plan_row *row = ARENA_ARRAY(c->w.arena, n, struct plan_row);
	struct known known;
	const struct ledger *own;
	int rc = check_lengths(c, m);

	c->items_in = m->n_plan;
	if (rc == 0)
		rc = ledger_of(c->w.arena, c->w.ledger, c->w.db, c->principal, &own);
	if (rc == 0)
		rc = load(c, own, m, &known);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		row[good] = row_of(c, m, &m->plan[i]);
		if (check_one(c, own, &known, m, &row[good], i) == 0)
			row[good++].aggregator_no = own->aggregator[0].no;
	}
	c->items_stored = (int64_t)good;
	return store_and_push(c, row, good);
}
