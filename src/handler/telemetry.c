/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ReportFrame: one minute of one aggregator, laid over its ledger so that every sample is looked at once. */
#include "handler/telemetry.h"
#include <string.h>
#include "base/error.h"
#include "compute/quality.h"
#include "handler/telemetry_past.h"
#include "store/ledger.h"
#include "store/settlement.h"
#include "store/telemetry.h"

/* Columns by place of the pile in the ledger. */
struct intake {
	struct call *c;
	const struct agg_report_frame *m;
	const struct ledger *own;
	struct quality_state *past;     /* before this frame */
	bool *heard;                    /* named already, good or not */
	bool *good;
	int64_t *raw_w;
	struct quality_result *result;
	size_t n;                       /* good ones */
};

/* -- whole message */
static int check_columns(struct call *c, const struct agg_report_frame *m)
{
	if (m->power_w.n != m->pile_id.n)
		return refuse_item(c, E_COLUMN_LENGTH, NULL, "powerKw");
	if (m->quality.item != NULL && m->quality.n != m->pile_id.n)
		return refuse_item(c, E_COLUMN_LENGTH, NULL, "quality");
	if (m->pile_id.n > TELEMETRY_SAMPLES_MAX)
		return refuse_item(c, E_TOO_MANY, NULL, "pileId");
	return 0;
}

static int check_time(struct call *c, const struct agg_report_frame *m)
{
	const struct hub *hub = c->w.hub;
	int64_t period_s = hub->rules->telemetry.sample_s, age_ms = c->w.now_ms - m->at.v;

	if (m->period_s.v != period_s)
		return refuse_item(c, E_RANGE, NULL, "periodS");
	if (m->at.v % (period_s * MS_SECOND) != 0)
		return refuse_item(c, E_TIME_GRID, NULL, "at");
	if (age_ms > hub->sample_past_ms)
		return refuse_item(c, E_TIME_ANCIENT, NULL, "at");
	if (-age_ms > hub->sample_future_ms)
		return refuse_item(c, E_TIME_FUTURE, NULL, "at");
	return 0;
}

/* Once a day is settled what was measured on it stands. Only of days before today's is it to be asked. */
static int check_settled(struct call *c, const struct agg_report_frame *m)
{
	const struct rules *rules = c->w.hub->rules;
	int32_t date = rules_day_of(rules, m->at.v - 1), revision = 0;
	int rc = 0;

	if (date < rules_day_of(rules, c->w.now_ms))
		rc = settlement_revision(c->w.db, date, &revision);
	if (rc < 0 || revision == 0)
		return rc;
	return refuse_item(c, E_TIME_ANCIENT, "its business day is settled", "at");
}

/* -- samples */
/* Frames mostly name piles in the ledger's order: look beside the last one first. */
static int64_t find_pile(const struct ledger *own, const char *id, int64_t last)
{
	int64_t next = last + 1;

	if ((size_t)next < own->n_piles && strcmp(own->pile[next].id, id) == 0)
		return next;
	return ledger_pile(own, id);
}

static int take_sample(struct intake *in, int i, int64_t pile)
{
	const struct agg_report_frame *m = in->m;
	const struct ledger_pile *p = &in->own->pile[pile];
	struct quality_point point = { .rated_w = p->rated_w, .bidirectional = p->kind == PILE_KIND_V2G };
	struct quality_sample sample = {
		.raw_w = m->polarity == POLARITY_GEN ? -m->power_w.item[i].v : m->power_w.item[i].v, .ts_ms = m->at.v,
		.told = m->quality.item == NULL ? 0 : (uint16_t)m->quality.item[i].v
	};
	int rc = quality_check(in->c->w.hub->rules, &point, &in->past[pile], &sample, in->c->w.now_ms,
			&in->result[pile]);

	if (rc < 0)
		return refuse_item(in->c, rc, NULL, "powerKw[%d]", i + 1);
	in->raw_w[pile] = sample.raw_w;
	in->good[pile] = true;
	in->n++;
	return 0;
}

static void take_samples(struct intake *in)
{
	int64_t pile = -1;

	for (int i = 0; i < in->m->pile_id.n; i++) {
		int64_t found = find_pile(in->own, in->m->pile_id.item[i], pile);

		if (found < 0) {
			refuse_item(in->c, E_UNKNOWN_RESOURCE, NULL, "pileId[%d]", i + 1);
			continue;
		}
		pile = found;
		if (in->heard[pile]) {
			refuse_item(in->c, E_DUPLICATE_ITEM, NULL, "pileId[%d]", i + 1);
			continue;
		}
		in->heard[pile] = true;
		take_sample(in, i, pile);
	}
}

/* -- storing */
static struct telemetry_frame frame_of(const struct intake *in)
{
	struct call *c = in->c;
	uint32_t *pile_no = ARENA_ARRAY(c->w.arena, in->n, uint32_t);
	int64_t *raw = ARENA_ARRAY(c->w.arena, in->n, int64_t), *filtered = ARENA_ARRAY(c->w.arena, in->n, int64_t);
	uint16_t *quality = ARENA_ARRAY(c->w.arena, in->n, uint16_t);
	size_t n = 0;

	for (size_t i = 0; i < in->own->n_piles; i++) {
		uint32_t pile = in->own->pile_by_no[i];

		if (!in->good[pile])
			continue;
		pile_no[n] = in->own->pile[pile].no;
		raw[n] = in->raw_w[pile];
		filtered[n] = in->result[pile].filtered_w;
		quality[n++] = in->result[pile].code;
	}
	return (struct telemetry_frame){
		.aggregator_no = in->own->aggregator[0].no, .ts_ms = in->m->at.v, .seq = c->w.seq,
		.received_us = c->received_us, .n = n, .pile_no = pile_no, .raw_w = raw, .filtered_w = filtered,
		.quality = quality
	};
}

static int store_frame(struct work *w, const struct telemetry_frame *f)
{
	struct telemetry_frame older, merged;
	int rc = telemetry_add_frame(w->arena, w->db, f);

	if (rc != E_DUPLICATE_KEY)
		return rc;
	rc = telemetry_lock_frame(w->arena, w->db, f->aggregator_no, f->ts_ms, &older);
	if (rc < 0)
		return rc;
	telemetry_merge(w->arena, &older, f, &merged);
	return telemetry_replace_frame(w->arena, w->db, &merged);
}

/* Begin of the interval in which a sample stamped ts_ms ends: begin < stamp ≤ end. */
static int64_t interval_of(const struct rules *rules, int64_t ts_ms)
{
	struct timegrid grid = rules_grid(rules, rules_day_of(rules, ts_ms - 1));

	return timegrid_begin(&grid, timegrid_index_of_stamp(&grid, ts_ms));
}

static int store(const struct intake *in)
{
	struct work *w = &in->c->w;
	struct telemetry_frame frame = frame_of(in);
	int rc = store_frame(w, &frame);

	in->c->items_stored = (int64_t)in->n;
	return rc < 0 ? rc : telemetry_mark(w->db, frame.aggregator_no, interval_of(w->hub->rules, frame.ts_ms));
}

int telemetry_report_frame(struct call *c, const struct agg_report_frame *m)
{
	struct intake in = { .c = c, .m = m };
	int rc = check_columns(c, m);

	c->items_in = m->pile_id.n;
	if (rc == 0)
		rc = check_time(c, m);
	if (rc == 0)
		rc = check_settled(c, m);
	if (rc == 0)
		rc = ledger_of(c->w.arena, c->w.ledger, c->w.db, c->principal, &in.own);
	if (rc == 0)
		rc = telemetry_past(&c->w, in.own, m->at.v, &in.past);
	if (rc < 0)
		return rc;
	in.heard = ARENA_ARRAY(c->w.arena, in.own->n_piles, bool);
	in.good = ARENA_ARRAY(c->w.arena, in.own->n_piles, bool);
	in.raw_w = ARENA_ARRAY(c->w.arena, in.own->n_piles, int64_t);
	in.result = ARENA_ARRAY(c->w.arena, in.own->n_piles, struct quality_result);
	take_samples(&in);
	return in.n == 0 ? 0 : store(&in);
}
