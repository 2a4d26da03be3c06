/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* QueryOperation. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "compute/quality.h"
#include "handler/operation.h"
#include "store/ledger.h"
#include "store/operating.h"
#include "store/telemetry.h"

/* What was asked, and what is known. value[i]: 0 all, then aggregators, then stations, in the ledger's order. */
struct now {
	struct call *call;
	struct ledger ledger;
	struct telemetry_frames frames;
	struct operating_rows reported;
	struct operation_value *value;
	int64_t *known_us;              /* of each value: when its oldest frame came; 0: no frame */
};

/* One pile's sample is added to all it belongs to. */
static void add_sample(struct now *s, size_t which, const struct telemetry_frame *f, int64_t raw_w)
{
	struct operation_value *v = &s->value[which];

	v->power_w.v += raw_w;
	v->heard.v++;
	if (v->at.v == TIME_NONE || f->ts_ms < v->at.v)
		v->at.v = f->ts_ms;     /* a sum is as old as its oldest part */
	if (s->known_us[which] == 0 || f->received_us < s->known_us[which])
		s->known_us[which] = f->received_us;
}

static size_t value_of_aggregator(uint32_t aggregator) { return 1 + (size_t)aggregator; }
static size_t value_of_station(const struct now *s, uint32_t station) { return 1 + s->ledger.n_aggregators + (size_t)station; }

static void count_members(struct now *s)
{
	for (size_t i = 0; i < s->ledger.n_piles; i++) {
		const struct ledger_pile *p = &s->ledger.pile[i];

		if (!p->in_service)
			continue;
		s->value[0].members.v++;
		s->value[value_of_aggregator(p->aggregator)].members.v++;
		s->value[value_of_station(s, p->station)].members.v++;
	}
}

static void add_frame(struct now *s, const struct telemetry_frame *f)
{
	for (size_t i = 0; i < f->n; i++) {
		int64_t pile = ledger_pile_no(&s->ledger, f->pile_no[i]);
		const struct ledger_pile *p = pile < 0 ? NULL : &s->ledger.pile[pile];

		if (p == NULL || !p->in_service)
			continue;
		add_sample(s, 0, f, f->raw_w[i]);
		add_sample(s, value_of_aggregator(p->aggregator), f, f->raw_w[i]);
		add_sample(s, value_of_station(s, p->station), f, f->raw_w[i]);
	}
}

static int load(struct now *s)
{
	struct work *w = &s->call->w;
	int rc = ledger_load(w->arena, w->db, &s->ledger);

	if (rc == 0)
		rc = telemetry_frames_latest(w->arena, w->db, w->now_ms - MS_HOUR, &s->frames);
	return rc == 0 ? operating_latest(w->arena, w->db, w->now_ms - MS_HOUR, &s->reported) : rc;
}

static void name_values(struct now *s)
{
	struct arena *a = s->call->w.arena;

	s->value[0].resource_id = arena_strdup(a, "*");
	s->value[0].said_by = arena_strdup(a, s->call->w.hub->name);
	for (size_t i = 0; i < s->ledger.n_aggregators; i++) {
		struct operation_value *v = &s->value[1 + i];

		v->resource_id = v->said_by = arena_strdup(a, s->ledger.aggregator[i].id);
	}
	for (size_t i = 0; i < s->ledger.n_stations; i++) {
		struct operation_value *v = &s->value[1 + s->ledger.n_aggregators + i];

		v->resource_id = arena_strdup(a, s->ledger.station[i].id);
		v->said_by = s->value[value_of_aggregator(s->ledger.station[i].aggregator)].said_by;
	}
}

/* Whom a report is about; NULL: a pile, or what is registered no more. Ids of stations and of aggregators may be alike. */
static struct operation_value *value_of_report(struct now *s, const struct operating_row *r)
{
	int64_t owner = ledger_aggregator_no(&s->ledger, r->aggregator_no), station = ledger_station(&s->ledger, r->resource_id);

	if (owner >= 0 && station >= 0 && s->ledger.station[station].aggregator == (uint32_t)owner)
		return &s->value[value_of_station(s, (uint32_t)station)];
	if (owner >= 0 && strcmp(s->ledger.aggregator[owner].id, r->resource_id) == 0)
		return &s->value[value_of_aggregator((uint32_t)owner)];
	return NULL;
}

static void add_capability(struct now *s)
{
	for (size_t i = 0; i < s->reported.n; i++) {
		const struct operating_row *r = &s->reported.item[i];
		struct operation_value *v = value_of_report(s, r);

		if (v == NULL)
			continue;
		v->up_capability_w.v = r->up_w;
		v->down_capability_w.v = r->down_w;
	}
}

static void finish_values(struct now *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct operation_value *v = &s->value[i];

		v->quality.v = v->heard.v < v->members.v ? QUALITY_NT : 0;
		if (v->at.v == TIME_NONE)
			v->at.v = s->call->w.now_ms;
		v->known_at.v = s->known_us[i] > 0 ? s->known_us[i] / 1000 : s->call->received_us / 1000;
	}
}

/* Whether a value was asked for. */
static bool is_asked(const struct now *s, const struct dsp_query_operation *m, size_t i)
{
	const struct operation_value *v = &s->value[i];

	if (m->aggregator_id != NULL && (i == 0 || strcmp(v->said_by, m->aggregator_id) != 0))
		return false;
	return m->resource_id == NULL || strcmp(v->resource_id, m->resource_id) == 0;
}

static int check_asked(struct now *s, const struct dsp_query_operation *m)
{
	if (m->aggregator_id != NULL && ledger_aggregator(&s->ledger, m->aggregator_id) < 0)
		return refuse_item(s->call, E_UNKNOWN_RESOURCE, NULL, "aggregatorId");
	if (m->resource_id != NULL && strcmp(m->resource_id, "*") != 0 && ledger_aggregator(&s->ledger, m->resource_id) < 0 &&
	    ledger_station(&s->ledger, m->resource_id) < 0)
		return refuse_item(s->call, E_UNKNOWN_RESOURCE, NULL, "resourceId");
	return 0;
}

int operation_query(struct call *c, const struct dsp_query_operation *m, struct dsp_query_operation_response *answer)
{
	struct now s = { .call = c };
	size_t n;
	int rc = load(&s);

	if (rc == 0)
		rc = check_asked(&s, m);
	if (rc < 0)
		return rc;
	n = 1 + s.ledger.n_aggregators + s.ledger.n_stations;
	s.value = ARENA_ARRAY(c->w.arena, n, struct operation_value);
	s.known_us = ARENA_ARRAY(c->w.arena, n, int64_t);
	for (size_t i = 0; i < n; i++)
		s.value[i] = (struct operation_value){ .at = { TIME_NONE }, .up_capability_w = { VALUE_NONE },
			.down_capability_w = { VALUE_NONE } };
	name_values(&s);
	count_members(&s);
	for (size_t i = 0; i < s.frames.n; i++)
		add_frame(&s, &s.frames.item[i]);
	add_capability(&s);
	finish_values(&s, n);
	answer->polarity = ARENA_NEW(c->w.arena, enum polarity);
	*answer->polarity = POLARITY_LOAD;
	answer->value = ARENA_ARRAY(c->w.arena, n, struct operation_value);
	for (size_t i = 0; i < n; i++)
		if (is_asked(&s, m, i))
			answer->value[answer->n_value++] = s.value[i];
	/* it is there, but not this aggregator's */
	return answer->n_value > 0 ? 0 : refuse_item(c, E_UNKNOWN_RESOURCE, NULL, "resourceId");
}
