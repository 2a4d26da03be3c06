/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/p7.h"
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "compute/statistics.h"
#include "handler/day_messages.h"
#include "handler/telemetry.h"
#include "store/exchange.h"
#include "store/trace.h"

/* One message's time from one stage to another; begin or end VALUE_NONE: not measured. */
struct sample { int64_t begin_us, end_us; const char *party, *id; };

static void summarise(struct arena *a, const struct sample *sample, size_t n, struct p7_span *span)
{
	int64_t *us = ARENA_ARRAY(a, n, int64_t);
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		const struct sample *s = &sample[i];
		if (is_none(s->begin_us) || is_none(s->end_us) || s->end_us < s->begin_us)
			continue;
		us[k++] = s->end_us - s->begin_us;
		if (k == 1 || us[k - 1] > span->longest_us) {
			span->longest_us = us[k - 1];
			span->party = s->party;
			span->id = s->id;
		}
	}
	struct statistics_summary m = statistics_summarise(us, k);
	span->n = (int64_t)m.n;
	span->median_us = m.median;
	span->p99_us = m.p99;
}

/* -- upward */

static int by_id(const void *key, const void *item)
{
	return strcmp(key, ((const struct exchange_queued *)item)->message_id);
}

static int64_t queued_us(const struct rules *rules, const struct exchange_queue *queue, int64_t ts_ms)
{
	char id[TELEMETRY_PUSH_ID];
	telemetry_push_id(rules, (ts_ms + MS_MINUTE - 1) / MS_MINUTE * MS_MINUTE, id);
	const struct exchange_queued *q = queue->n ? bsearch(id, queue->item, queue->n, sizeof *queue->item, by_id) : NULL;
	return q ? q->created_us : VALUE_NONE;
}

static int load_upward(struct work *w, int32_t date, struct p7_span *span)
{
	static const char *const stage[] = { "received", "checked", "stored", "queued" };
	struct timegrid g = rules_grid(w->hub->rules, date);
	struct exchange_span day = day_span(w->hub->rules, date);
	struct trace_frames frames;
	struct exchange_queue queue;
	int rc = trace_frames(w->arena, w->db, g.start_ms, timegrid_end(&g, g.n - 1), &frames);
	if (!rc)
		rc = exchange_queued(w->arena, w->db, "PushOperation", &day, &queue);
	for (int k = 0; !rc && k < 4; k++) {
		struct sample *sample = ARENA_ARRAY(w->arena, frames.n, struct sample);
		int from = k < 3 ? k : 0, to = k < 3 ? k + 1 : 3;
		for (size_t i = 0; i < frames.n; i++) {
			const struct trace_frame *f = &frames.item[i];
			int64_t at[] = { f->received_us, f->checked_us, f->stored_us, queued_us(w->hub->rules, &queue, f->ts_ms) };
			sample[i] = (struct sample){ at[from], at[to], f->sender, f->message_id };
		}
		span[k] = (struct p7_span){ .upward = true, .from = stage[from], .to = stage[to] };
		summarise(w->arena, sample, frames.n, &span[k]);
	}
	return rc;
}

/* -- downward */

static int load_downward(struct work *w, int32_t date, struct p7_span *span)
{
	static const struct { const char *from, *to; int begin, end; } spans[] = {
		{ "received", "stored", 0, 1 }, { "begun", "queued", 2, 3 }, { "queued", "delivered", 3, 4 }, { "delivered", "acknowledged", 4, 5 },
		{ "begun", "acknowledged", 2, 5 }
	};
	struct trace_controls controls;
	int rc = trace_controls(w->arena, w->db, date, &controls);
	for (size_t k = 0; !rc && k < sizeof spans / sizeof *spans; k++) {
		struct sample *sample = ARENA_ARRAY(w->arena, controls.n, struct sample);
		for (size_t i = 0; i < controls.n; i++) {
			const struct trace_control *c = &controls.item[i];
			int64_t at[] = { c->received_us, c->stored_us, c->begun_us, c->queued_us, c->delivered_us, c->answered_us };
			sample[i] = (struct sample){ at[spans[k].begin], at[spans[k].end], c->aggregator_id, c->control_id };
		}
		span[k] = (struct p7_span){ .from = spans[k].from, .to = spans[k].to };
		summarise(w->arena, sample, controls.n, &span[k]);
	}
	return rc;
}

int p7_load(struct work *w, int32_t date, struct p7_span span[P7_SPANS])
{
	int rc = load_upward(w, date, span);
	return rc ? rc : load_downward(w, date, span + 4);
}
