/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/alarm.h"
#include <string.h>
#include "base/log.h"
#include "handler/push.h"
#include "store/event.h"
#include "store/outbox.h"

#define PARKED "outbox-parked"

enum { TEXT_MOST = 200,                 /* characters of a text in the contract */
       PARKED_A_CALL = 32 };

/* What is told of each kind in Chinese, and whether its subject is an aggregator; others are the hub's own. */
struct kind { const char *kind, *zh; bool of_aggregator; };
static const struct kind kinds[] = {
	{ "share-returned", "聚合商未执行控制，其份额已重新分配", true },
	{ "cancellation-unheard", "聚合商未确认任务取消", true },
	{ "document-refused", "上报文件被拒收", false },
	{ PARKED, "消息无法得到应答，已搁置", false },
	{ "replay-aside", "已接收的报文因平台内部错误未能入库，已搁置", false },
	{ "task-parked", "调度任务无法执行，已搁置", false },
};

static const struct kind *kind_of(const char *kind)
{
	static const struct kind other = { "", "平台告警", false };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return &kinds[i];
	return &other;
}

static const char *shown(const char *text)
{
	return text == NULL || *text == '\0' ? "-" : text;
}

static struct alarm_event event_of(struct arena *a, const struct event *r)
{
	const struct kind *kind = kind_of(r->kind);
	char *text = arena_printf(a, "%s %s: %s", shown(r->subject), shown(r->reference), r->detail);

	return (struct alarm_event){ .event_id = arena_printf(a, "EV-%lld", (long long)r->seq), .code = arena_strdup(a, r->kind),
		.severity = SEVERITY_ERROR, .state = EVENT_STATE_RAISED,
		.aggregator_id = kind->of_aggregator ? arena_strdup(a, r->subject) : NULL, .raised_at = { r->at_ms },
		.cleared_at = { TIME_NONE }, .text_en = arena_strndup(a, text, TEXT_MOST),
		.text_zh = arena_strdup(a, kind->zh) };
}

int alarm_push(struct work *w, const char *message_id, const struct event *event, size_t n)
{
	struct dsk_push_event m = { .header = push_header(w, message_id), .event = ARENA_ARRAY(w->arena, n, struct alarm_event) };

	for (size_t i = 0; i < n; i++)
		m.event[m.n_event++] = event_of(w->arena, &event[i]);
	return push_queue(w, &(struct push_message){ .peer = w->hub->dispatch_peer, .kind = OUTGOING_PUSH_EVENT,
		.header = m.header, .message = &m, .items = m.n_event, .expires_ms = VALUE_NONE });
}

/* Fills row->seq. */
static int record(struct work *w, struct event *row)
{
	int rc;

	row->trace_id = w->trace_id;
	row->at_ms = w->now_ms;
	log_error(row->kind, "subject=%s reference=%s detail=\"%s\"", row->subject, row->reference, row->detail);
	rc = event_record(w->db, row);
	row->seq = rc == 0 ? db_insert_id(w->db) : 0;
	return rc;
}

static int push_one(struct work *w, const struct event *row)
{
	if (!push_has_peer(w->hub->dispatch_peer))
		return 0;
	return alarm_push(w, arena_printf(w->arena, "EV-%lld", (long long)row->seq), row, 1);
}

int alarm_raise(struct work *w, const char *kind, const char *subject, const char *reference, const char *detail)
{
	struct event row = { .kind = kind, .subject = subject, .reference = reference, .detail = detail };
	int rc = record(w, &row);

	return rc < 0 ? rc : push_one(w, &row);
}

/* -- parked messages */

/* An alarm that could not be told is noted only: told in its turn it would be parked too, and so on without end. */
static int tell_parked(struct work *w, const struct outbox_message *m)
{
	struct event row = { .kind = PARKED, .subject = m->peer, .reference = m->message_id,
		.detail = arena_printf(w->arena, "%s after %lld tries: %s", m->operation, (long long)m->attempts,
			m->last_error != NULL ? m->last_error : "-") };
	int rc = record(w, &row);

	return rc < 0 || strcmp(m->operation, "PushEvent") == 0 ? rc : push_one(w, &row);
}

int alarm_parked_due(struct work *w)
{
	struct outbox_list list;
	int rc = outbox_parked_untold(w->arena, w->db, PARKED, PARKED_A_CALL, &list);

	for (size_t i = 0; i < list.n && rc == 0; i++)
		rc = tell_parked(w, &list.item[i]);
	return rc < 0 ? rc : (int)list.n;
}
