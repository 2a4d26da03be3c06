/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Messages of a report: how many, how fast, what was lost; and P7's processing chain. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "compute/statistics.h"
#include "handler/day_messages.h"
#include "handler/report_parts.h"
#include "handler/telemetry.h"

/* ---- by operation and direction */

static struct report_operation *row_of(struct day_report *r, const char *operation, bool inward)
{
	for (size_t i = 0; i < r->n_operations; i++)
		if (r->operation[i].inward == inward && !strcmp(r->operation[i].operation, operation))
			return &r->operation[i];
	struct report_operation *o = &r->operation[r->n_operations++];
	*o = (struct report_operation){ .operation = operation, .inward = inward };
	return o;
}

static void add_lost(struct day_report *r, struct report_operation *o, int64_t lost)
{
	if (is_none(lost) || is_none(o->lost)) {
		o->lost = VALUE_NONE;
		return;
	}
	o->lost += lost;
	r->lost += lost;
}

/* Inward, lost is what a peer sent and the hub has no row of; only the peers' own counts can tell. */
static void add_message(struct day_report *r, const struct day_message *m)
{
	struct report_operation *o = row_of(r, m->operation, m->inward);
	int64_t known = m->accepted + m->rejected;
	o->messages += m->sent;
	o->rejected += m->rejected;
	if (m->inward)
		add_lost(r, o, m->peer_told ? m->sent - known : VALUE_NONE);
	else
		add_lost(r, o, m->expired);
	o->waiting += m->waiting;
}

static int by_name(const void *a, const void *b)
{
	const struct report_operation *x = a, *y = b;
	return x->inward != y->inward ? (int)y->inward - (int)x->inward : strcmp(x->operation, y->operation);
}

/* times: by operation */
static void add_times(struct work *w, struct day_report *r, bool inward, const struct exchange_times *times)
{
	int64_t *us = ARENA_ARRAY(w->arena, times->n, int64_t);
	for (size_t i = 0, n; i < times->n; i += n) {
		for (n = 0; i + n < times->n && !strcmp(times->item[i + n].operation, times->item[i].operation); n++)
			us[n] = times->item[i + n].us;
		struct report_operation *o = row_of(r, times->item[i].operation, inward);
		struct statistics_summary s = statistics_summarise(us, n);
		o->timed = (int64_t)s.n;
		o->median_us = s.median;
		o->p99_us = s.p99;
		o->longest_us = s.most;
	}
}

static int load_operations(struct work *w, int32_t date, const char *peers_folder, struct day_report *r, const char **problem)
{
	struct exchange_span span = day_span(w->hub->rules, date);
	struct exchange_times in, out;
	struct day_messages m;
	int rc = day_messages(w, date, peers_folder, &m, problem);
	if (!rc)
		rc = exchange_times_in(w->arena, w->db, &span, &in);
	if (!rc)
		rc = exchange_times_out(w->arena, w->db, &span, &out);
	if (rc)
		return rc;
	r->operation = ARENA_ARRAY(w->arena, m.n + in.n + out.n, struct report_operation);
	for (size_t i = 0; i < m.n; i++)
		add_message(r, &m.item[i]);
	add_times(w, r, true, &in);
	add_times(w, r, false, &out);
	if (r->n_operations)
		qsort(r->operation, r->n_operations, sizeof *r->operation, by_name);
	return 0;
}

/* ---- P7 */

static int by_id(const void *key, const void *item)
{
	return strcmp(key, ((const struct exchange_queued *)item)->message_id);
}

/* A frame that came after its minute had been told is in no chain. */
static void put_chain(const struct rules *rules, const struct exchange_frames *frames, const struct exchange_queue *queue,
		struct day_report *r)
{
	char id[TELEMETRY_PUSH_ID];
	for (size_t i = 0; i < frames->n && queue->n; i++) {
		const struct exchange_queued *q = bsearch(telemetry_push_id(rules, frames->item[i].ts_ms, id), queue->item, queue->n,
			sizeof *queue->item, by_id);
		int64_t us = q ? q->created_us - frames->item[i].received_us : -1;
		if (us < 0)
			continue;
		r->chain_frames++;
		r->chain_longest_us = us > r->chain_longest_us ? us : r->chain_longest_us;
	}
}

static int load_chain(struct work *w, int32_t date, struct day_report *r)
{
	struct timegrid g = rules_grid(w->hub->rules, date);
	struct exchange_span span = day_span(w->hub->rules, date);
	struct exchange_frames frames;
	struct exchange_queue queue;
	int rc = exchange_frames(w->arena, w->db, g.start_ms, timegrid_end(&g, g.n - 1), &frames);
	if (!rc)
		rc = exchange_queued(w->arena, w->db, "PushOperation", &span, &queue);
	if (!rc)
		put_chain(w->hub->rules, &frames, &queue, r);
	return rc;
}

int report_messages(struct work *w, int32_t date, const char *peers_folder, struct day_report *r, const char **problem)
{
	int rc = load_operations(w, date, peers_folder, r, problem);
	return rc ? rc : load_chain(w, date, r);
}
