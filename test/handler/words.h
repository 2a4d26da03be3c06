/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Stands for the codec: every message the hub pushes, as words of all it says; absent values show as "-". */
#ifndef TEST_HANDLER_WORDS_H
#define TEST_HANDLER_WORDS_H
#include "handler/desk.h"
#include "handler/telemetry.h"
#include "store/outbox.h"

static inline const char *words_text(const char *s)
{
	return s == NULL ? "-" : s;
}

/* A value or "-". */
static inline const char *words_value(int64_t v)
{
	return v == VALUE_NONE ? "-" : arena_printf(desk.arena, "%lld", (long long)v);
}

static inline const char *words_count(int32_t v)
{
	return v == COUNT_NONE ? "-" : arena_printf(desk.arena, "%d", v);
}

/* "06-10T18:00" as desk_at takes it, or "-". */
static inline const char *words_time(int64_t ts_ms)
{
	char text[40];

	return ts_ms == TIME_NONE ? "-" : arena_strndup(desk.arena, time_format(ts_ms, 480, text) + 5, 11);
}

static inline void words_watts(struct bytes *out, const struct watt_list *list)
{
	for (int i = 0; i < list->n; i++)
		bytes_printf(out, " %lld", (long long)list->item[i].v);
}

static inline void words_header(struct bytes *out, const struct header *h)
{
	char date[16];

	bytes_printf(out, "%s of %s for %s revision %d day %s\n", h->message_id, h->sender, words_text(h->correlation_id),
		h->revision.v, date_format(h->business_date.v, date));
}

static inline void words_grid(struct bytes *out, const struct grid *g)
{
	bytes_printf(out, "%s %d x %d %s%s\n", words_time(g->start.v), g->count.v, g->step_min.v,
		g->value == CURVE_VALUE_MEAN ? "mean" : "instant", g->reference == CURVE_REFERENCE_DEVIATION ? " deviation" : "");
	assert_int_equal(g->polarity, POLARITY_LOAD);
}

static inline void words_operation(struct bytes *out, const struct dsk_push_operation *m)
{
	words_header(out, m->header);
	bytes_printf(out, "at %s %s\n", words_time(m->at.v), m->full ? "full" : "part");
	for (int i = 0; i < m->n_point; i++)
		bytes_printf(out, "%s %s %s %s/%s\n", m->point[i].resource_id, words_value(m->point[i].power_w.v),
			words_count(m->point[i].quality.v), words_count(m->point[i].heard.v), words_count(m->point[i].members.v));
}

static inline void words_static(struct bytes *out, const struct static_aggregator *g)
{
	bytes_printf(out, "%s %s %s\n", g->id, words_text(g->contact), words_text(g->phone));
	for (int i = 0; i < g->n_station; i++) {
		const struct static_station *s = &g->station[i];

		bytes_printf(out, " %s limit %s rated %s meter %s operator %s position %s voltage %s state %d\n", s->id,
			words_value(s->limit_w.v), words_value(s->rated_w.v), words_text(s->meter_no), words_text(s->operator_id),
			s->position == NULL ? "-" : words_value(s->position->longitude.v),
			s->voltage_level == NULL ? "-" : words_value(*s->voltage_level), (int)s->state);
		for (int k = 0; k < s->n_pile; k++)
			bytes_printf(out, "  %s kind %d rated %s connectors %s state %d\n", s->pile[k].id, (int)s->pile[k].kind,
				words_value(s->pile[k].rated_w.v), words_count(s->pile[k].connectors.v), (int)s->pile[k].state);
	}
}

static inline void words_push_static(struct bytes *out, const struct dsk_push_static *m)
{
	words_header(out, m->header);
	for (int i = 0; i < m->n_aggregator; i++)
		words_static(out, &m->aggregator[i]);
}

static inline void words_potential(struct bytes *out, const struct dsk_push_potential *m)
{
	words_header(out, m->header);
	bytes_printf(out, "horizon %d made %s confidence %s ", (int)m->horizon, words_time(m->made_at.v),
		words_value(m->confidence_ratio.v));
	words_grid(out, m->grid);
	for (int i = 0; i < m->n_curve; i++) {
		const struct potential_curve *c = &m->curve[i];

		assert_int_equal(c->baseline_w.n, m->grid->count.v);
		assert_int_equal(c->up_w.n, m->grid->count.v);
		assert_int_equal(c->down_w.n, m->grid->count.v);
		bytes_printf(out, "%s", c->resource_id);
		words_watts(out, &c->baseline_w);
		bytes_printf(out, " up");
		words_watts(out, &c->up_w);
		bytes_printf(out, " down");
		words_watts(out, &c->down_w);
		bytes_printf(out, "\n");
	}
}

static inline void words_plan(struct bytes *out, const struct dsk_push_plan *m)
{
	words_header(out, m->header);
	bytes_printf(out, "horizon %d made %s ", (int)m->horizon, words_time(m->made_at.v));
	words_grid(out, m->grid);
	for (int i = 0; i < m->n_curve; i++) {
		bytes_printf(out, "%s", m->curve[i].resource_id);
		words_watts(out, &m->curve[i].power_w);
		bytes_printf(out, "\n");
	}
}

static inline void words_event(struct bytes *out, const struct dsk_push_event *m)
{
	words_header(out, m->header);
	for (int i = 0; i < m->n_event; i++) {
		const struct alarm_event *e = &m->event[i];

		bytes_printf(out, "%s %s severity %d state %d of %s %s raised %s cleared %s | %s | %s\n", e->event_id, e->code,
			(int)e->severity, (int)e->state, words_text(e->aggregator_id), words_text(e->resource_id),
			words_time(e->raised_at.v), words_time(e->cleared_at.v), e->text_en, e->text_zh);
	}
}

static inline void words_statement(struct bytes *out, const struct statement_mwh *s)
{
	char date[16];

	bytes_printf(out, "%s day %s rules %s revision %d total %s\n", s->account, date_format(s->business_date.v, date),
		s->rule_set, s->revision.v, words_value(s->total_fen.v));
	for (int i = 0; i < s->n_line; i++) {
		const struct settlement_line_mwh *l = &s->line[i];

		bytes_printf(out, " %s %d %d %s %s %s %s %s\n", words_time(l->end.v), (int)l->window, (int)l->item,
			words_value(l->asked_wh.v), words_value(l->delivered_wh.v), words_value(l->energy_wh.v),
			words_value(l->price_e5.v), words_value(l->amount_fen.v));
	}
}

static inline void words_settlement(struct bytes *out, const struct dsk_push_settlement *m)
{
	words_header(out, m->header);
	for (int i = 0; i < m->n_statement; i++)
		words_statement(out, &m->statement[i]);
}

static inline void words_declare(struct bytes *out, const struct tpf_declare_bid *m)
{
	words_header(out, m->header);
	for (int i = 0; i < m->n_offer; i++) {
		const struct offer *o = &m->offer[i];

		bytes_printf(out, "%s %s %s revision %d at %s\n", m->notice_id, o->bid_id, o->aggregator_id, o->revision.v,
			words_time(o->submitted_at.v));
		for (int p = 0; p < o->n_period; p++) {
			bytes_printf(out, " %s to %s window %d", words_time(o->period[p].start.v), words_time(o->period[p].end.v),
				(int)o->period[p].window);
			for (int k = 0; k < o->period[p].n_segment; k++)
				bytes_printf(out, " %d:%s@%s", o->period[p].segment[k].no.v,
					words_value(o->period[p].segment[k].volume_w.v),
					words_value(o->period[p].segment[k].price_e5.v));
			bytes_printf(out, "\n");
		}
	}
}

static inline void words_response(struct bytes *out, const struct tpf_report_response *m)
{
	words_header(out, m->header);
	bytes_printf(out, "%s %s ", m->task_id, words_text(m->clearing_id));
	words_grid(out, m->grid);
	for (int i = 0; i < m->n_point; i++) {
		const struct response_point *p = &m->point[i];

		bytes_printf(out, "%d %s %d %s %s %s %s %s %d\n", p->no.v, words_time(p->end.v), (int)p->window,
			words_value(p->asked_w.v), words_value(p->baseline_w.v), words_value(p->measured_w.v),
			words_value(p->delivered_w.v), words_value(p->delivered_wh.v), p->valid);
	}
}

static inline int words_encode(void *codec, enum outgoing kind, const void *message, struct bytes *out)
{
	(void)codec;
	switch (kind) {
	case OUTGOING_PUSH_OPERATION: words_operation(out, message); break;
	case OUTGOING_PUSH_STATIC: words_push_static(out, message); break;
	case OUTGOING_PUSH_POTENTIAL: words_potential(out, message); break;
	case OUTGOING_PUSH_PLAN: words_plan(out, message); break;
	case OUTGOING_PUSH_EVENT: words_event(out, message); break;
	case OUTGOING_PUSH_SETTLEMENT: words_settlement(out, message); break;
	case OUTGOING_DECLARE_BID: words_declare(out, message); break;
	case OUTGOING_REPORT_RESPONSE: words_response(out, message); break;
	default: return bytes_printf(out, "message of kind %d", (int)kind);
	}
	return bytes_printf(out, "%s", "");
}

/* A call whose pushes are kept as words, with a message id of its own ("m<number>"). */
static inline struct call *words_begin(const char *principal, const char *now, int32_t revision)
{
	struct call *c = desk_begin(principal, now, revision);

	desk.header.message_id = arena_printf(desk.arena, "m%lld", (long long)c->w.seq);
	c->w.encode = words_encode;
	return c;
}

/* A frame of an aggregator of desk_aggregator: its first n piles, power_w each; came in at machine time received_ms. */
static inline void words_frame(const char *who, const char *now, const char *at, int n, int64_t power_w, int64_t received_ms)
{
	struct call *c = words_begin(who, now, 1);
	char *id[8];
	struct watt power[8];
	struct count quality[8] = { { 0 } };

	for (int i = 0; i < n; i++) {
		id[i] = arena_printf(desk.arena, "%s-%d", who, i + 1);
		power[i].v = power_w;
	}
	c->received_us = received_ms * 1000;
	assert_items(desk_end(telemetry_report_frame(c, &(struct agg_report_frame){ &desk.header, { desk_at(at) }, { 60 },
		POLARITY_LOAD, { n, id }, { n, power }, { n, quality } })), n, n);
}

/* First column of all rows of a query, a line each. */
static inline const char *words_rows(const char *sql)
{
	struct db_rows *rows = NULL;
	const char *text = "";

	assert_int_equal(db_query_at(desk.db, sql, DB_NO_ARGS, &rows), 0);
	while (db_next(rows) > 0)
		text = arena_printf(desk.arena, "%s%s\n", text, words_text(db_text(rows, 0)));
	db_rows_done(rows);
	return text;
}

/* What stands in the outbox under a message id. */
static inline const char *words_pushed(const char *message_id, const char *peer, const char *operation)
{
	struct outbox_message m;

	if (outbox_find(desk.arena, desk.db, message_id, &m) != 0)
		fail_msg("%s is not in the outbox, but\n%s", message_id, words_rows("SELECT message_id FROM outbox ORDER BY seq"));
	assert_string_equal(m.peer, peer);
	assert_string_equal(m.operation, operation);
	assert_int_equal(m.channel, OUTBOX_PUSH);
	return arena_strndup(desk.arena, m.body, m.body_n);
}
#endif
