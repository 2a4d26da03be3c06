/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/outgoing.h"
#include "base/error.h"
#include "codec/efile/day_report.h"
#include "codec/soap/envelope.h"
#include "codec/xml/day_report.h"

const struct operation *outgoing_operation(enum outgoing kind)
{
	static const enum operation_id of[OUTGOING_MESSAGES] = {
		[OUTGOING_PUSH_OPERATION] = OPERATION_dsk_PushOperation,
		[OUTGOING_PUSH_TASK_PROGRESS] = OPERATION_dsk_PushTaskProgress,
		[OUTGOING_PUSH_STATIC] = OPERATION_dsk_PushStatic,
		[OUTGOING_PUSH_POTENTIAL] = OPERATION_dsk_PushPotential,
		[OUTGOING_PUSH_PLAN] = OPERATION_dsk_PushPlan,
		[OUTGOING_PUSH_EVENT] = OPERATION_dsk_PushEvent,
		[OUTGOING_PUSH_SETTLEMENT] = OPERATION_dsk_PushSettlement,
		[OUTGOING_DECLARE_BID] = OPERATION_tpf_DeclareBid,
		[OUTGOING_REPORT_RESPONSE] = OPERATION_tpf_ReportResponse,
		[OUTGOING_DELIVER_CONTROL] = OPERATION_acb_DeliverControl,
		[OUTGOING_DELIVER_ASSESSMENT] = OPERATION_acb_DeliverAssessment,
		[OUTGOING_DELIVER_SETTLEMENT] = OPERATION_acb_DeliverSettlement,
		[OUTGOING_DELIVER_NOTICE] = OPERATION_acb_DeliverNotice,
		[OUTGOING_REQUEST_LEDGER] = OPERATION_acb_RequestLedger,
	};
	return operation_of(of[kind]);
}

int outgoing_encode(void *codec, enum outgoing kind, const void *message, struct bytes *out)
{
	if (kind == OUTGOING_DAY_REPORT_EFILE)
		return efile_day_report(message, out);
	if (kind == OUTGOING_DAY_REPORT_XML)
		return xml_day_report(message, out);
	int rc = envelope_write_request(codec, outgoing_operation(kind), message, SOAP_VERSION_11, out);
	envelope_clear(codec);          /* nothing was decoded by it, so nobody else would */
	return rc;
}

/* The roles of a service's operations are its own, so that a role has one service. */
static const struct operation *operation_for(enum role role, const char *name)
{
	for (int s = 0; s < SERVICE_SERVED_N; s++) {
		const struct operation *op = operation_find((enum service)s, name);
		if (op && op->roles & role)
			return op;
	}
	return NULL;
}

static struct diagnostic *copy_of(struct arena *a, const struct ack *ack)
{
	struct diagnostic *d = ARENA_ARRAY(a, (size_t)ack->n_diagnostic, struct diagnostic);
	for (int i = 0; i < ack->n_diagnostic; i++) {
		const struct diagnostic *told = &ack->diagnostic[i];
		d[i] = *told;
		d[i].code = arena_strdup(a, told->code);
		d[i].path = arena_strdup(a, told->path);
		d[i].text_en = arena_strdup(a, told->text_en);
		d[i].text_zh = arena_strdup(a, told->text_zh);
	}
	return d;
}

int outgoing_told(void *codec, struct arena *a, enum role role, const char *operation, const void *answer, size_t n,
		  struct diagnostic **diagnostic, int *n_diagnostic)
{
	const struct operation *op = operation_for(role, operation);
	const struct vgi_fault *fault = NULL;
	void *read = NULL;
	int rc = op ? envelope_read_answer(codec, op, answer, n, &read, &fault) : E_FORMAT;
	if (!rc && answer_ack(read)->n_diagnostic > 0) {
		*n_diagnostic = answer_ack(read)->n_diagnostic;
		*diagnostic = copy_of(a, answer_ack(read));
	}
	envelope_clear(codec);
	return rc ? E_FORMAT : 0;
}
