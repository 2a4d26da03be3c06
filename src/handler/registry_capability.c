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

static int check_revision(struct call *c, const struct capability_list *stored, const struct capability *k, size_t no)
{
	int64_t i = capability_find(stored, k->resource_id, k->grid->start.v);

	if (i < 0 || stored->item[i].revision <= c->header->revision.v)
		return 0;
	return refuse_item(c, E_REVISION, arena_printf(c->w.arena, "stored: %lld", (long long)stored->item[i].revision),
			"capability[%zu]", no);
}

static int check_one(struct call *c, const struct ledger *own, const struct capability_list *stored,
		const struct capability *k, bool repeat, size_t no)
{
	int rc;

	if (!registry_owns(own, k->resource_id))
		return refuse_item(c, E_UNKNOWN_RESOURCE, NULL, "capability[%zu]/resourceId", no);
	if (repeat)
		return refuse_item(c, E_DUPLICATE_ITEM, NULL, "capability[%zu]", no);
	rc = check_grid(c, k->grid, no);
	if (rc == 0)
		rc = check_values(c, k, no);
	if (rc == 0)
		rc = check_revision(c, stored, k, no);
	return rc;
}

/* -- what stands already, of the starts in the message */
static int load_stored(struct call *c, const struct ledger *own, const struct agg_report_capability *m,
		struct capability_list *stored)
{
	int64_t from_ms = INT64_MAX, to_ms = INT64_MIN + 1;

	*stored = (struct capability_list){ 0 };
	if (own->n_aggregators == 0)
		return 0;
	for (int i = 0; i < m->n_capability; i++) {
		int64_t start_ms = m->capability[i].grid->start.v;

		from_ms = start_ms < from_ms ? start_ms : from_ms;
		to_ms = start_ms + 1 > to_ms ? start_ms + 1 : to_ms;
	}
	return capability_revisions(c->w.arena, c->w.db, own->aggregator[0].no, from_ms, to_ms, stored);
}

static void find_repeats(struct call *c, const struct agg_report_capability *m, bool *repeat)
{
	const char **key = ARENA_ARRAY(c->w.arena, (size_t)m->n_capability, const char *);

	for (int i = 0; i < m->n_capability; i++)
		key[i] = arena_printf(c->w.arena, "%s %lld", m->capability[i].resource_id,
				(long long)m->capability[i].grid->start.v);
	registry_repeats(c->w.arena, key, (size_t)m->n_capability, repeat);
}

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

static struct capability_row row_of(struct call *c, const struct capability *k)
{
	return (struct capability_row){
		.resource_id = k->resource_id, .start_ms = k->grid->start.v, .step_min = k->grid->step_min.v,
		.n = (size_t)k->up_w.n, .up_w = column_of(c->w.arena, &k->up_w),
		.down_w = column_of(c->w.arena, &k->down_w), .up_rate_w_min = k->up_rate_w_min.v,
		.down_rate_w_min = k->down_rate_w_min.v, .up_minutes = minutes_of(k->up_minutes),
		.down_minutes = minutes_of(k->down_minutes), .revision = c->header->revision.v, .seq = c->w.seq
	};
}

int registry_report_capability(struct call *c, const struct agg_report_capability *m)
{
	struct capability_row *row = ARENA_ARRAY(c->w.arena, (size_t)m->n_capability, struct capability_row);
	bool *repeat = ARENA_ARRAY(c->w.arena, (size_t)m->n_capability, bool);
	struct capability_list stored;
	const struct ledger *own;
	size_t n = 0;
	int rc = check_lengths(c, m);

	c->items_in = m->n_capability;
	if (rc == 0)
		rc = ledger_of(c->w.arena, c->w.ledger, c->w.db, c->principal, &own);
	if (rc == 0)
		rc = load_stored(c, own, m, &stored);
	if (rc < 0)
		return rc;
	find_repeats(c, m, repeat);
	for (int i = 0; i < m->n_capability; i++)
		if (check_one(c, own, &stored, &m->capability[i], repeat[i], (size_t)i + 1) == 0)
			row[n++] = row_of(c, &m->capability[i]);
	c->items_stored = (int64_t)n;
	return n == 0 ? 0 : capability_put(c->w.arena, c->w.db, own->aggregator[0].no, row, n);
}
