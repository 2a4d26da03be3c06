/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/push.h"
#include "store/control.h"
#include "store/outbox.h"

/* Names of the operations, as the outbox has them. */
static const char *operation_name(enum outgoing kind)
{
	static const char *const name[OUTGOING_MESSAGES] = {
		[OUTGOING_PUSH_OPERATION] = "PushOperation",
		[OUTGOING_PUSH_TASK_PROGRESS] = "PushTaskProgress",
		[OUTGOING_PUSH_STATIC] = "PushStatic",
		[OUTGOING_PUSH_POTENTIAL] = "PushPotential",
		[OUTGOING_PUSH_PLAN] = "PushPlan",
		[OUTGOING_PUSH_EVENT] = "PushEvent",
		[OUTGOING_PUSH_SETTLEMENT] = "PushSettlement",
		[OUTGOING_DECLARE_BID] = "DeclareBid",
		[OUTGOING_REPORT_RESPONSE] = "ReportResponse",
		[OUTGOING_DELIVER_CONTROL] = CONTROL_OPERATION,
		[OUTGOING_DELIVER_ASSESSMENT] = "DeliverAssessment",
		[OUTGOING_DELIVER_SETTLEMENT] = "DeliverSettlement",
		[OUTGOING_DELIVER_NOTICE] = "DeliverNotice",
		[OUTGOING_REQUEST_LEDGER] = "RequestLedger",
	};

	return name[kind];
}

bool push_has_peer(const char *peer)
{
	return peer != NULL && *peer != '\0';
}

struct header *push_header(struct work *w, const char *message_id)
{
	struct header *h = ARENA_NEW(w->arena, struct header);

	*h = (struct header){ .message_id = arena_strdup(w->arena, message_id),
		.correlation_id = w->correlation_id == NULL ? NULL : arena_strdup(w->arena, w->correlation_id),
		.trace_id = arena_strdup(w->arena, w->trace_id), .sender = arena_strdup(w->arena, w->hub->name),
		.created_at = { w->now_ms }, .revision = { 1 }, .business_date = { DATE_NONE } };
	return h;
}

int push_queue(struct work *w, const struct push_message *m)
{
	struct bytes body = BYTES_INIT;
	int rc;

	if (!push_has_peer(m->peer))
		return 0;
	rc = w->encode(w->codec, m->kind, m->message, &body);
	if (rc == 0)
		rc = outbox_put(w->db, &(struct outbox_message){
			.peer = m->peer, .operation = operation_name(m->kind), .message_id = m->header->message_id,
			.correlation_id = m->header->correlation_id, .trace_id = m->header->trace_id,
			.caused_by_seq = w->seq, .channel = OUTBOX_PUSH,
			.body = body.p, .body_n = body.n, .items = m->items, .created_ms = m->header->created_at.v,
			.expires_ms = m->expires_ms }, NULL);
	bytes_done(&body);
	return rc;
}
