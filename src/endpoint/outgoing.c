/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/outgoing.h"
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
