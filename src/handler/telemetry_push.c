/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Totals of a minute to dispatch, and which minutes are due. */
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "compute/quality.h"
#include "handler/push.h"
#include "handler/telemetry.h"
#include "security/digest.h"
#include "store/job.h"
#include "store/ledger.h"
#include "store/minute.h"
#include "store/telemetry.h"

enum { MINUTES_A_CALL = 60, MARKS_AT_ONCE = 64, MINUTES_MARKED = 32 };

char *telemetry_push_id(const struct rules *rules, int64_t ts_ms, char *buf)
{
	char text[18];

	time_format_compact(ts_ms, rules->calendar.offset_min, text);   /* 20260610 12:01:00 */
	snprintf(buf, TELEMETRY_PUSH_ID, "OP-%.8sT%.2s%.2s", text, text + 9, text + 12);
	return buf;
}

/* -- totals */
static void add_frame(const struct ledger *own, const struct telemetry_frame *f, struct operation_point *p)
{
	for (size_t i = 0; i < f->n; i++) {
		int64_t pile = ledger_pile_no(own, f->pile_no[i]);

		if (pile < 0 || !own->pile[pile].in_service)
			continue;
		p->power_w.v += f->raw_w[i];
		p->heard.v++;
	}
}

static struct operation_point point_of(const struct ledger *own, const struct telemetry_frames *frames)
{
	struct operation_point p = { .resource_id = (char *)(uintptr_t)own->aggregator[0].id };

	for (size_t i = 0; i < own->n_piles; i++)
		p.members.v += own->pile[i].in_service;
	for (size_t i = 0; i < frames->n; i++)
		if (frames->item[i].aggregator_no == own->aggregator[0].no)
			add_frame(own, &frames->item[i], &p);
	p.quality.v = p.heard.v < p.members.v ? QUALITY_NT : 0;
	return p;
}

/* Point 0 is all piles. */
static void sum_up(struct arena *a, struct operation_point *point, int n)
{
	point[0].resource_id = arena_strdup(a, "*");
	for (int i = 1; i < n; i++) {
		point[0].power_w.v += point[i].power_w.v;
		point[0].members.v += point[i].members.v;
		point[0].heard.v += point[i].heard.v;
		point[0].quality.v |= point[i].quality.v;
	}
}

static int totals_of(struct work *w, struct ledger_cache *cache, int64_t ts_ms, struct dsk_push_operation *m)
{
	const struct ledger *const *each;
	struct telemetry_frames frames;
	size_t n, k = 1;
	int rc = ledger_cached_each(cache, w->db, &each, &n);

	if (rc == 0)
		rc = telemetry_frames_at(w->arena, w->db, ts_ms, &frames);
	if (rc < 0)
		return rc;
	m->point = ARENA_ARRAY(w->arena, n + 1, struct operation_point);
	for (size_t i = 0; i < n; i++)
		if (each[i]->n_aggregators == 1)
			m->point[k++] = point_of(each[i], &frames);
	m->n_point = (int)k;
	sum_up(w->arena, m->point, m->n_point);
	return 0;
}

/* -- which version of a minute's totals these are */
_Static_assert((int)MINUTE_DIGEST == (int)DIGEST_SIZE, "the digest that is kept of totals is a SHA-256");

static int digest_of(const struct dsk_push_operation *m, unsigned char digest[DIGEST_SIZE])
{
	struct bytes text = BYTES_INIT;
	int rc = 0;

	for (int i = 0; rc == 0 && i < m->n_point; i++) {
		const struct operation_point *p = &m->point[i];

		rc = bytes_printf(&text, "%s %lld %d %d/%d\n", p->resource_id, (long long)p->power_w.v, p->quality.v, p->heard.v,
			p->members.v);
	}
	if (rc == 0)
		rc = digest_sha256(text.p, text.n, digest);
	bytes_done(&text);
	return rc;
}

/* 1 if m's totals are not those told last, with the revision they get; 0 if they are, with the one they have; or a negative
 * error. whole: all of them are told now, not one aggregator's. */
static int number(struct work *w, const struct dsk_push_operation *m, bool whole, int32_t *revision)
{
	struct minute_told last, now = { .known = whole };
	int rc = minute_lock(w->db, m->at.v, &last);

	if (rc == 0)
		rc = digest_of(m, now.digest);
	if (rc < 0)
		return rc;
	*revision = last.revision;
	if (last.known && memcmp(last.digest, now.digest, MINUTE_DIGEST) == 0)
		return 0;
	*revision = now.revision = last.revision + 1;
	rc = minute_put(w->db, m->at.v, &now);
	return rc < 0 ? rc : 1;
}

/* The place of a minute's mark. */
static struct minute_mark mark_of(const struct work *w, int64_t ts_ms)
{
	int64_t begin_ms = telemetry_interval(w->hub->rules, ts_ms);

	return (struct minute_mark){ begin_ms, minute_bit(begin_ms, ts_ms) };
}

/* -- one minute */
static struct header *header_of(struct work *w, int64_t ts_ms, const char *message_id)
{
	struct header *h = push_header(w, message_id);

	h->trace_id = h->message_id;
	h->business_date.v = rules_day_of(w->hub->rules, ts_ms - 1);
	return h;
}

static int queue(struct work *w, const struct dsk_push_operation *m)
{
	return push_queue(w, &(struct push_message){ .peer = w->hub->dispatch_peer, .kind = OUTGOING_PUSH_OPERATION,
		.header = m->header, .message = m, .items = m->n_point, .expires_ms = VALUE_NONE });
}

static int push_minute(struct work *w, struct ledger_cache *cache, int64_t ts_ms)
{
	char key[24], id[TELEMETRY_PUSH_ID];
	struct dsk_push_operation m = { .header = header_of(w, ts_ms, telemetry_push_id(w->hub->rules, ts_ms, id)),
		.at = { ts_ms }, .full = true, .polarity = POLARITY_LOAD };
	struct minute_mark mark = mark_of(w, ts_ms);
	int rc;

	m.header->created_at.v = ts_ms + w->hub->settle_ms;
	snprintf(key, sizeof key, "%013lld", (long long)ts_ms);
	rc = job_begin(w->db, TELEMETRY_PUSH_JOB, key);
	if (rc == 0)
		rc = minute_take(w->db, &mark);
	if (rc == 0)
		rc = totals_of(w, cache, ts_ms, &m);
	if (rc == 0)
		rc = number(w, &m, true, &m.header->revision.v);
	if (rc >= 0)
		rc = queue(w, &m);
	if (rc == 0)
		rc = job_finish(w->db, TELEMETRY_PUSH_JOB, key);
	return rc == E_DUPLICATE_KEY ? E_STORE_CONFLICT : rc;
}

/* -- minutes of which frames came after they were pushed */
/* Queues a minute's totals if they are not those told last. 1 queued, 0 not, or a negative error. */
static int correct_minute(struct work *w, struct ledger_cache *cache, int64_t ts_ms)
{
	char id[TELEMETRY_PUSH_ID];
	struct dsk_push_operation m = { .at = { ts_ms }, .full = true, .polarity = POLARITY_LOAD };
	int32_t revision = 0;
	int rc = totals_of(w, cache, ts_ms, &m);

	if (rc == 0)
		rc = number(w, &m, true, &revision);
	if (rc <= 0)
		return rc;
	telemetry_push_id(w->hub->rules, ts_ms, id);
	m.header = header_of(w, ts_ms, arena_printf(w->arena, "%s-%d", id, revision));
	m.header->revision.v = revision;
	rc = queue(w, &m);
	return rc < 0 ? rc : 1;
}

/* The marked minutes of an interval up to last_ms, at most `most`; those too old are no more than unmarked. How many were looked
 * at, or a negative error. */
static int correct_interval(struct work *w, struct ledger_cache *cache, const struct minute_mark *marked, int64_t last_ms, int most)
{
	struct minute_mark mark = { marked->begin_ms, 0 };
	int64_t ts_ms[MINUTES_MARKED];
	int n = 0, rc;

	for (int k = 0; k < MINUTES_MARKED && n < most; k++) {
		ts_ms[n] = marked->begin_ms + (k + 1) * (int64_t)MS_MINUTE;
		if (!(marked->minutes & (uint32_t)1 << k) || ts_ms[n] > last_ms)
			continue;
		mark.minutes |= (uint32_t)1 << k;
		n += ts_ms[n] > w->now_ms - w->hub->correct_ms;
	}
	rc = mark.minutes == 0 ? 0 : minute_take(w->db, &mark);
	for (int i = 0; i < n && rc >= 0; i++)
		rc = correct_minute(w, cache, ts_ms[i]);
	return rc < 0 ? rc : n;
}

static int correct(struct work *w, struct ledger_cache *cache, int64_t last_ms)
{
	struct minute_marks marks;
	int n = 0, rc = minute_marks(w->arena, w->db, last_ms, MARKS_AT_ONCE, &marks);

	for (size_t i = 0; rc >= 0 && i < marks.n && n < TELEMETRY_CORRECTIONS; i++) {
		rc = correct_interval(w, cache, &marks.item[i], last_ms, TELEMETRY_CORRECTIONS - n);
		n += rc;
	}
	return rc < 0 ? rc : 0;
}

/* -- which minute is next: 1 and the minute, 0 if none is due */
static int next_minute(struct work *w, int64_t last_ms, int64_t *ts_ms)
{
	int64_t due_ms = w->now_ms - w->hub->settle_ms, heard_ms;
	int rc;

	if (last_ms != VALUE_NONE) {
		*ts_ms = last_ms + MS_MINUTE;
		if (*ts_ms > due_ms)
			return 0;
		rc = telemetry_last_stamp(w->db, *ts_ms, &heard_ms);
		if (rc < 0)
			return rc;
		if (heard_ms != VALUE_NONE && heard_ms > *ts_ms - MS_HOUR)
			return 1;
	}
	rc = telemetry_next_stamp(w->db, last_ms == VALUE_NONE ? -1 : last_ms, &heard_ms);
	if (rc < 0 || heard_ms == VALUE_NONE)
		return rc;
	*ts_ms = (heard_ms + MS_MINUTE - 1) / MS_MINUTE * MS_MINUTE;
	return *ts_ms <= due_ms;
}

static int push_due(struct work *w, struct ledger_cache *cache)
{
	int64_t last_ms, ts_ms = 0;
	int n = 0, rc = telemetry_last_minute(w->db, TELEMETRY_PUSH_JOB, &last_ms);

	while (rc == 0 && n < MINUTES_A_CALL && (rc = next_minute(w, last_ms, &ts_ms)) > 0) {
		rc = push_minute(w, cache, ts_ms);
		last_ms = ts_ms;
		n += rc == 0;
	}
	if (rc == 0 && n > 0)
		rc = correct(w, cache, last_ms);
	return rc < 0 ? rc : n;
}

/* With the worker's ledgers, or such as are kept for this once. */
static int with_ledgers(struct work *w, int (*run)(struct work *w, struct ledger_cache *cache, void *arg), void *arg)
{
	struct ledger_cache *own = w->ledger != NULL ? NULL : ledger_cache_new(), *cache = own != NULL ? own : w->ledger;
	int rc = cache == NULL ? E_MEMORY : run(w, cache, arg);

	ledger_cache_free(own);
	return rc;
}

static int run_due(struct work *w, struct ledger_cache *cache, void *arg)
{
	(void)arg;
	return push_due(w, cache);
}

int telemetry_push_operation(struct work *w)
{
	return push_has_peer(w->hub->dispatch_peer) ? with_ledgers(w, run_due, NULL) : 0;
}

/* -- once more */
static void keep_only(struct dsk_push_operation *m, const char *aggregator_id)
{
	int n = 0;

	for (int i = 0; i < m->n_point; i++)
		if (strcmp(m->point[i].resource_id, aggregator_id) == 0)
			m->point[n++] = m->point[i];
	m->n_point = n;
}

struct again { struct dsk_push_operation message; const char *aggregator_id; };

static int run_again(struct work *w, struct ledger_cache *cache, void *arg)
{
	struct again *again = arg;
	struct dsk_push_operation *m = &again->message;
	int rc = totals_of(w, cache, m->at.v, m);

	m->full = again->aggregator_id == NULL;
	if (rc == 0)
		rc = number(w, m, m->full, &m->header->revision.v);
	if (rc < 0)
		return rc;
	if (!m->full)
		keep_only(m, again->aggregator_id);
	return queue(w, m);
}

int telemetry_push_again(struct work *w, int64_t ts_ms, const char *aggregator_id, const char *message_id)
{
	struct again again = { { .header = push_header(w, message_id), .at = { ts_ms }, .polarity = POLARITY_LOAD },
		aggregator_id };

	again.message.header->business_date.v = rules_day_of(w->hub->rules, ts_ms - 1);
	return with_ledgers(w, run_again, &again);
}

int telemetry_minute_complete(struct work *w, int64_t ts_ms)
{
	bool complete = false;
	int rc = telemetry_complete_at(w->db, ts_ms, &complete);

	return rc < 0 ? rc : complete;
}
