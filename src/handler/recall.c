/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/recall.h"
#include <string.h>
#include "base/error.h"
#include "handler/alarm.h"
#include "handler/message_id.h"
#include "handler/plan.h"
#include "handler/potential_push.h"
#include "handler/push.h"
#include "handler/telemetry.h"
#include "store/ledger.h"
#include "store/plan.h"

/* One recall; key: who asked by which message. */
struct recall {
	struct call *call;
	const struct dsp_recall_data *m;
	const char *key;
	int64_t aggregator_no;          /* -1: all */
	int n;                          /* messages queued */
};

static int check_span(struct call *c, const struct dsp_recall_data *m)
{
	if (m->to.v <= m->from.v)
		return refuse_item(c, E_TIME_ORDER, NULL, "to");
	if (m->to.v > c->w.now_ms)
		return refuse_item(c, E_TIME_FUTURE, NULL, "to");
	if (m->from.v < c->w.now_ms - c->w.hub->rules->telemetry.history_oldest_days * MS_DAY)
		return refuse_item(c, E_TIME_ANCIENT, NULL, "from");
	if (m->to.v - m->from.v > RECALL_DAYS * MS_DAY)
		return refuse_item(c, E_TOO_MANY, arena_printf(c->w.arena, "at most %d days", RECALL_DAYS), "to");
	return 0;
}

static int too_many(struct recall *r)
{
	return refuse_item(r->call, E_TOO_MANY, arena_printf(r->call->w.arena, "at most %d messages", RECALL_MESSAGES_MOST), "to");
}

static int find_resource(struct recall *r)
{
	struct work *w = &r->call->w;
	struct ledger ledger;
	int64_t aggregator;
	int rc;

	r->aggregator_no = -1;
	if (r->m->resource_id == NULL)
		return 0;
	rc = ledger_load_of(w->arena, w->db, r->m->resource_id, &ledger);
	if (rc < 0)
		return rc;
	aggregator = ledger_aggregator(&ledger, r->m->resource_id);
	if (aggregator < 0)
		return refuse_item(r->call, E_UNKNOWN_RESOURCE, NULL, "resourceId");
	r->aggregator_no = ledger.aggregator[aggregator].no;
	return 0;
}

static int next_id(struct recall *r, const char **id)
{
	if (r->n == RECALL_MESSAGES_MOST)
		return too_many(r);
	return message_id_of(r->call->w.arena, "RC", arena_printf(r->call->w.arena, "%s-%d", r->key, ++r->n), id);
}

static int recall_operation(struct recall *r)
{
	struct work *w = &r->call->w;
	int64_t ts_ms = (r->m->from.v + MS_MINUTE - 1) / MS_MINUTE * MS_MINUTE, until_ms = w->now_ms - w->hub->settle_ms;
	const char *id;
	int rc = 0;

	if (until_ms > r->m->to.v - 1)
		until_ms = r->m->to.v - 1;
	if (until_ms - ts_ms >= (int64_t)RECALL_MESSAGES_MOST * MS_MINUTE)
		return too_many(r);
	for (; ts_ms <= until_ms && rc == 0; ts_ms += MS_MINUTE) {
		rc = next_id(r, &id);
		if (rc == 0)
			rc = telemetry_push_again(w, ts_ms, r->m->resource_id, id);
	}
	return rc;
}

static int recall_potential(struct recall *r)
{
	struct work *w = &r->call->w;
	struct potential_list list;
	int rc = potential_told_between(w->arena, w->db, r->m->from.v, r->m->to.v, RECALL_MESSAGES_MOST + 1, &list);

	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		const char *id;

		rc = next_id(r, &id);
		if (rc == 0)
			rc = potential_push(w, id, &list.item[i]);
	}
	return rc;
}

static int recall_plan(struct recall *r)
{
	struct work *w = &r->call->w;
	struct plan_messages list;
	int rc = plan_messages(w->arena, w->db, r->aggregator_no, r->m->from.v, r->m->to.v, RECALL_MESSAGES_MOST + 1, &list);

	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		int n;

		rc = plan_push(w, list.item[i].seq, arena_printf(w->arena, "RC-%s-%zu", r->key, i + 1), list.item[i].known_ms, &n);
		if (rc == 0 && (r->n += n) > RECALL_MESSAGES_MOST)
			rc = too_many(r);
	}
	return rc;
}

/* A message of those from *from_ms on, of that instant behind *after_seq; both become the last one's. 0 or E_NOTHING: none is left. */
static int recall_page(struct recall *r, struct work *w, int64_t *from_ms, int64_t *after_seq)
{
	struct event_list list;
	const char *id;
	int rc = event_between(w->arena, w->db, *from_ms, r->m->to.v, *after_seq, ALARM_EVENTS_MOST, &list);

	if (rc == 0 && list.n == 0)
		rc = E_NOTHING;
	if (rc == 0)
		rc = next_id(r, &id);
	if (rc < 0)
		return rc;
	*from_ms = list.item[list.n - 1].at_ms;
	*after_seq = list.item[list.n - 1].seq;
	return alarm_push(w, id, list.item, list.n);
}

/* However many they are, one message of them is in memory. */
static int recall_events(struct recall *r)
{
	struct work page = r->call->w;
	int64_t n, from_ms = r->m->from.v, after_seq = 0;
	int rc = event_count_between(page.db, r->m->from.v, r->m->to.v, RECALL_EVENTS_MOST + 1, &n);

	if (rc == 0 && n > RECALL_EVENTS_MOST)
		rc = refuse_item(r->call, E_TOO_MANY, arena_printf(page.arena, "at most %d events", RECALL_EVENTS_MOST), "to");
	page.arena = arena_new(0);
	while (rc == 0) {
		arena_reset(page.arena);
		rc = recall_page(r, &page, &from_ms, &after_seq);
	}
	arena_free(page.arena);
	return rc == E_NOTHING ? 0 : rc;
}

static int recall(struct recall *r)
{
	switch (r->m->kind) {
	case RECALL_KIND_OPERATION: return recall_operation(r);
	case RECALL_KIND_POTENTIAL: return recall_potential(r);
	case RECALL_KIND_PLAN: return recall_plan(r);
	case RECALL_KIND_EVENTS: return recall_events(r);
	}
	return E_INTERNAL;
}

int recall_data(struct call *c, const struct dsp_recall_data *m, struct dsp_recall_data_response *answer)
{
	struct recall r = { .call = c, .m = m,
		.key = arena_printf(c->w.arena, "%s/%s", c->principal, c->header->message_id) };
	int rc = check_span(c, m);

	c->items_in = 1;
	if (rc == 0 && !push_has_peer(c->w.hub->dispatch_peer))
		rc = refuse_item(c, E_NOTHING, "the hub has no dispatch system to push to", ".");
	if (rc == 0)
		rc = find_resource(&r);
	c->w.correlation_id = c->header->message_id;
	if (rc == 0)
		rc = recall(&r);
	if (rc < 0)
		return rc;
	c->items_stored = 1;
	answer->recall_id = arena_strdup(c->w.arena, c->header->message_id);
	answer->documents.v = r.n;
	return 0;
}
