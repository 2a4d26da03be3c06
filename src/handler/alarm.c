/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/alarm.h"
#include <string.h>
#include "base/log.h"
#include "handler/push.h"
#include "store/event.h"
#include "store/outbox.h"

#define PARKED "outbox-parked"

enum { TEXT_MOST = 200 };               /* characters of a text in the contract */

/* What is told of each kind in Chinese; the detail is in English and follows. */
static const struct { const char *kind, *zh; } kinds[] = {
	{ "share-returned", "聚合商未执行控制，其份额已重新分配" },
	{ "document-refused", "上报文件被拒收" },
	{ PARKED, "消息无法得到应答，已搁置" },
	{ "task-parked", "调度任务无法执行，已搁置" },
};

static const char *text_zh(const char *kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].zh;
	return "平台告警";
}

static struct alarm_event event_of(struct arena *a, const struct event *r)
{
	char *subject = r->subject != NULL && *r->subject != '\0' ? arena_strdup(a, r->subject) : NULL;

	return (struct alarm_event){ .event_id = arena_printf(a, "EV-%lld", (long long)r->seq), .code = arena_strdup(a, r->kind),
		.severity = SEVERITY_ERROR, .state = EVENT_STATE_RAISED, .resource_id = subject, .raised_at = { r->at_ms },
		.cleared_at = { TIME_NONE }, .text_en = arena_strndup(a, r->detail, TEXT_MOST),
		.text_zh = arena_strdup(a, text_zh(r->kind)) };
}

int alarm_push(struct work *w, const char *message_id, const struct event *event, size_t n)
{
	struct dsk_push_event m = { .header = push_header(w, message_id), .event = ARENA_ARRAY(w->arena, n, struct alarm_event) };

	for (size_t i = 0; i < n; i++)
		m.event[m.n_event++] = event_of(w->arena, &event[i]);
	return push_queue(w, &(struct push_message){ .peer = w->hub->dispatch_peer, .kind = OUTGOING_PUSH_EVENT,
		.header = m.header, .message = &m, .items = m.n_event, .created_ms = w->now_ms, .expires_ms = VALUE_NONE }, w->seq);
}

int alarm_raise(struct work *w, const char *kind, const char *subject, const char *reference, const char *detail)
{
	struct event row = { .kind = kind, .subject = subject, .reference = reference, .detail = detail,
		.trace_id = w->trace_id, .at_ms = w->now_ms };
	int rc;

	log_error(kind, "subject=%s reference=%s detail=\"%s\"", subject, reference, detail);
	rc = event_record(w->db, &row);
	row.seq = db_insert_id(w->db);
	if (rc < 0 || !push_has_peer(w->hub->dispatch_peer))
		return rc;
	return alarm_push(w, arena_printf(w->arena, "EV-%lld", (long long)row.seq), &row, 1);
}

int alarm_parked_due(struct work *w)
{
	struct outbox_list list;
	int rc = outbox_parked(w->arena, w->db, &list);

	for (size_t i = 0; i < list.n && rc == 0; i++) {
		const struct outbox_message *m = &list.item[i];
		bool told;

		rc = event_was_told(w->db, PARKED, m->message_id, &told);
		if (rc < 0 || told)
			continue;
		rc = alarm_raise(w, PARKED, m->peer, m->message_id, arena_printf(w->arena, "%s after %lld tries: %s", m->operation,
			(long long)m->attempts, m->last_error != NULL ? m->last_error : "-"));
		return rc < 0 ? rc : 1;
	}
	return rc;
}
