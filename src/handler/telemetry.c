/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ReportFrame: one minute of one aggregator, laid over its ledger so that every sample is looked at once. */
#include "handler/telemetry.h"
#include <string.h>
#include "base/error.h"
#include "compute/quality.h"
#include "handler/push.h"
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
	int *heard;                     /* number in the message of the sample that named it first, 0: none did */
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
		if (in->heard[pile] > 0) {
			refuse_item(in->c, E_DUPLICATE_ITEM, NULL, "pileId[%d]", i + 1);
			continue;
		}
		in->heard[pile] = i + 1;
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
		.revision = c->header->revision.v, .known_ms = c->w.now_ms, .received_us = c->received_us, .n = n, .pile_no = pile_no, .raw_w = raw, .filtered_w = filtered,
		.quality = quality
	};
}

/* -- a minute of which other messages spoke before */
/* Samples of piles for which a newer revision stands are refused. */
static void refuse_outdated(struct intake *in, const struct telemetry_frame *part)
{
	struct call *c = in->c;

	for (size_t i = 0; part->revision > c->header->revision.v && i < part->n; i++) {
		int64_t pile = ledger_pile_no(in->own, part->pile_no[i]);

		if (pile < 0 || !in->good[pile])
			continue;
		in->good[pile] = false;
		in->n--;
		refuse_item(c, E_REVISION, arena_printf(c->w.arena, "stored: %lld", (long long)part->revision), "powerKw[%d]", in->heard[pile]);
	}
}

/* However many messages spoke of the minute, only those that are newer than this one are read. */
static int refuse_by_newer(struct intake *in, const struct telemetry_frame *standing, bool has_parts)
{
	struct work *w = &in->c->w;
	struct telemetry_frames newer = { NULL, 0 };
	int rc = 0;

	if (standing->revision <= in->c->header->revision.v)
		return 0;
	if (has_parts)
		rc = telemetry_newer_parts(w->arena, w->db, standing->aggregator_no, standing->ts_ms, in->c->header->revision.v, &newer);
	else
		refuse_outdated(in, standing);
	for (size_t i = newer.n; rc == 0 && i > 0; i--)
		refuse_outdated(in, &newer.item[i - 1]);
	return rc;
}

/* What stands and this message, which counts wherever it has a sample left. */
static int put_together(struct intake *in, const struct telemetry_frame *standing, bool has_parts)
{
	struct work *w = &in->c->w;
	struct telemetry_frame own = frame_of(in), whole;
	int rc = has_parts ? 0 : telemetry_add_part(w->arena, w->db, standing);

	if (rc == 0)
		rc = telemetry_add_part(w->arena, w->db, &own);
	if (rc < 0)
		return rc;
	telemetry_merge(w->arena, standing, &own, &whole);
	whole.revision = standing->revision > own.revision ? standing->revision : own.revision;
	return telemetry_replace_frame(w->arena, w->db, &whole);
}

/* Parts of equal revisions count in the order of their numbers; one that was numbered before another that overtook it gets a
 * new number, with the next try. */
static int complete_frame(struct intake *in)
{
	struct call *c = in->c;
	uint32_t aggregator_no = in->own->aggregator[0].no;
	struct telemetry_frame standing;
	int64_t samples = 0;
	int rc = telemetry_lock_frame(c->w.arena, c->w.db, aggregator_no, in->m->at.v, &standing);

	if (rc == 0 && standing.seq > c->w.seq)
		rc = E_STORE_CONFLICT;
	if (rc == 0)
		rc = telemetry_count_parts(c->w.db, aggregator_no, in->m->at.v, &samples);
	if (rc == 0 && samples + (int64_t)in->n > TELEMETRY_MINUTE_MAX)
		rc = refuse_item(c, E_TOO_MANY, "so many samples of this minute came already", "at");
	if (rc == 0)
		rc = refuse_by_newer(in, &standing, samples > 0);
	return rc < 0 || in->n == 0 ? rc : put_together(in, &standing, samples > 0);
}

int64_t telemetry_interval(const struct rules *rules, int64_t ts_ms)
{
	struct timegrid grid = rules_grid(rules, rules_day_of(rules, ts_ms - 1));

	return timegrid_begin(&grid, timegrid_index_of_stamp(&grid, ts_ms));
}

/* Stamps between whole minutes are in no totals. */
static int64_t minute_to_tell(const struct work *w, int64_t ts_ms)
{
	return push_has_peer(w->hub->dispatch_peer) && ts_ms % MS_MINUTE == 0 ? ts_ms : VALUE_NONE;
}

static int store(struct intake *in)
{
	struct work *w = &in->c->w;
	struct telemetry_frame frame = frame_of(in);
	int rc = telemetry_add_frame(w->arena, w->db, &frame);

	if (rc == E_DUPLICATE_KEY)
		rc = complete_frame(in);
	in->c->items_stored = (int64_t)in->n;
	if (rc < 0 || in->n == 0)
		return rc;
	return telemetry_mark(w->db, frame.aggregator_no, telemetry_interval(w->hub->rules, frame.ts_ms), minute_to_tell(w, frame.ts_ms));
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
	in.heard = ARENA_ARRAY(c->w.arena, in.own->n_piles, int);
	in.good = ARENA_ARRAY(c->w.arena, in.own->n_piles, bool);
	in.raw_w = ARENA_ARRAY(c->w.arena, in.own->n_piles, int64_t);
	in.result = ARENA_ARRAY(c->w.arena, in.own->n_piles, struct quality_result);
	take_samples(&in);
	return in.n == 0 ? 0 : store(&in);
}
