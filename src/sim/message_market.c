/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What is said in the market, and the task. */
#include "sim/message.h"

enum { STEP_MIN = WORLD_STEP_S / 60, GATE_CLOSE_MIN = 14 * 60 + 30 };

static char *text(const char *s) { return (char *)s; }

static int64_t step_ms(const struct world *w, size_t step) { return timegrid_begin(&w->grid, (int)step); }

static const char *paper_id(const struct message_from *from, const char *kind)
{
	return arena_printf(from->arena, "%s-%s", kind, message_day(from->arena, from->world->date));
}

const char *message_notice_id(const struct message_from *from) { return paper_id(from, "N"); }
const char *message_clearing_id(const struct message_from *from) { return paper_id(from, "X"); }

const char *message_task_id(const struct message_from *from, int number)
{
	return arena_printf(from->arena, "T-%s-%d", message_day(from->arena, from->world->date), number);
}

const struct trd_publish_market_notice *message_notice(const struct message_from *from,
	const int64_t baseline_w[WORLD_STEPS], int64_t *items)
{
	const struct world *w = from->world;
	struct trd_publish_market_notice *m = ARENA_NEW(from->arena, struct trd_publish_market_notice);
	struct notice *n = ARENA_NEW(from->arena, struct notice);

	*n = (struct notice){ .notice_id = text(message_notice_id(from)), .product = text("peak-regulation"),
		.title = text("Evening peak and night valley, load of charging piles"), .trade_date = { w->date },
		.gate_close = { w->grid.start_ms + (int64_t)(GATE_CLOSE_MIN - WORLD_NOON_MIN) * MS_MINUTE },
		.n_period = PLAN_PERIODS, .period = ARENA_ARRAY(from->arena, PLAN_PERIODS, struct notice_period) };
	for (size_t k = 0; k < PLAN_PERIODS; k++) {
		size_t first = plan_period_first(k);
		enum window window = plan_window(first);

		n->period[k] = (struct notice_period){ { step_ms(w, first) },
			{ step_ms(w, first + PLAN_PERIOD_STEPS) }, window, { plan_demand_w(baseline_w, k) },
			{ window == WINDOW_SHAVE ? PLAN_SHAVE_CAP_E5 : PLAN_FILL_CAP_E5 } };
	}
	m->header = message_header(from, n->notice_id);
	m->notice = n;
	*items = PLAN_PERIODS;
	return m;
}

/* The number of the market's period that starts then; PLAN_PERIODS if none does. */
static size_t period_at(const struct world *w, int64_t start_ms)
{
	size_t k = 0;

	while (k < PLAN_PERIODS && step_ms(w, plan_period_first(k)) != start_ms)
		k++;
	return k;
}

const struct agg_submit_bid *message_bid(const struct message_from *from, size_t aggregator,
	const struct notice *notice, const int64_t baseline_w[WORLD_STEPS], int64_t scale_ppm, int64_t *items)
{
	struct agg_submit_bid *m = ARENA_NEW(from->arena, struct agg_submit_bid);
	const char *day = message_day(from->arena, from->world->date);
	const char *id = arena_printf(from->arena, "B-%s-%s", from->sender, day);

	*m = (struct agg_submit_bid){ .header = message_header(from, id), .bid_id = text(id),
		.notice_id = notice->notice_id,
		.period = ARENA_ARRAY(from->arena, (size_t)notice->n_period, struct bid_period) };
	m->header->conversation_id = notice->notice_id;
	for (int i = 0; i < notice->n_period; i++) {
		const struct notice_period *asked = &notice->period[i];
		size_t k = period_at(from->world, asked->start.v);
		int64_t bid_w = k < PLAN_PERIODS ? plan_bid_w(baseline_w, k, scale_ppm) : 0;
		struct bid_period *p = &m->period[m->n_period];

		if (bid_w < PLAN_SEGMENTS)
			continue;
		*p = (struct bid_period){ asked->start, asked->end, asked->window, PLAN_SEGMENTS,
			ARENA_ARRAY(from->arena, PLAN_SEGMENTS, struct bid_segment) };
		plan_segments(bid_w, asked->window, aggregator, p->segment);
		m->n_period++;
	}
	*items = m->n_period;
	return m;
}

const struct trd_submit_clearing_result *message_clearing(const struct message_from *from,
	const int64_t cleared_w[PLAN_PERIODS], int64_t *items)
{
	const struct world *w = from->world;
	struct trd_submit_clearing_result *m = ARENA_NEW(from->arena, struct trd_submit_clearing_result);
	const char *id = message_clearing_id(from);

	*m = (struct trd_submit_clearing_result){ .header = message_header(from, id),
		.notice_id = text(message_notice_id(from)), .clearing_id = text(id), .n_period = PLAN_PERIODS,
		.period = ARENA_ARRAY(from->arena, PLAN_PERIODS, struct cleared_period) };
	m->header->conversation_id = m->notice_id;
	for (size_t k = 0; k < PLAN_PERIODS; k++) {
		size_t first = plan_period_first(k);
		enum window window = plan_window(first);

		m->period[k] = (struct cleared_period){ { step_ms(w, first) },
			{ step_ms(w, first + PLAN_PERIOD_STEPS) }, window, { cleared_w[k] },
			{ plan_price_e5(window) } };
	}
	*items = PLAN_PERIODS;
	return m;
}

const struct dsp_submit_dispatch_task *message_task(const struct message_from *from, int number,
	const struct plan_point point[PLAN_TASK_STEPS], bool cleared, int64_t *items)
{
	const struct world *w = from->world;
	struct dsp_submit_dispatch_task *m = ARENA_NEW(from->arena, struct dsp_submit_dispatch_task);
	const char *day = message_day(from->arena, w->date);

	*m = (struct dsp_submit_dispatch_task){
		.header = message_header(from, arena_printf(from->arena, "D-%s-%d", day, number)),
		.task_id = text(message_task_id(from, number)), .clearing_id = cleared ? text(message_clearing_id(from)) : NULL,
		.grid = ARENA_NEW(from->arena, struct grid), .n_point = PLAN_TASK_STEPS,
		.point = ARENA_ARRAY(from->arena, PLAN_TASK_STEPS, struct target_point) };
	m->header->conversation_id = text(message_notice_id(from));
	*m->grid = (struct grid){ { step_ms(w, PLAN_TASK_FIRST) }, { STEP_MIN }, { PLAN_TASK_STEPS }, CURVE_VALUE_MEAN,
		CURVE_REFERENCE_ABSOLUTE, POLARITY_LOAD };
	for (size_t i = 0; i < PLAN_TASK_STEPS; i++)
		m->point[i] = (struct target_point){ { (int32_t)i + 1 }, { step_ms(w, PLAN_TASK_FIRST + i + 1) },
			point[i].window, { point[i].target_w }, { point[i].weight_ppm }, { point[i].price_e5 } };
	*items = PLAN_TASK_STEPS;
	return m;
}
