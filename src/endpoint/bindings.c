/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/bindings.h"
#include "endpoint/capabilities.h"
#include "handler/assessment.h"
#include "handler/control.h"
#include "handler/dispatch.h"
#include "handler/forecast.h"
#include "handler/market.h"
#include "handler/meter.h"
#include "handler/registry.h"
#include "handler/settlement.h"
#include "handler/telemetry.h"

/* An operation whose answer is the acknowledgement alone, and one whose handler fills the answer. */
#define TAKES(STEM, HANDLER) \
	static int run_##STEM(struct call *c, const struct STEM *in, struct STEM##_response *out) \
	{ (void)out; return HANDLER(c, in); }
#define GIVES(STEM, HANDLER) \
	static int run_##STEM(struct call *c, const struct STEM *in, struct STEM##_response *out) \
	{ return HANDLER(c, in, out); }

TAKES(agg_report_ledger, registry_report_ledger)
TAKES(agg_report_sessions, registry_report_sessions)
TAKES(agg_report_capability, registry_report_capability)
TAKES(agg_report_frame, telemetry_report_frame)
GIVES(agg_fetch_notices, market_fetch_notices)
TAKES(agg_submit_bid, market_submit_bid)
GIVES(agg_fetch_control, control_fetch)
TAKES(agg_acknowledge_control, control_acknowledge)
GIVES(agg_query_assessment, assessment_query)
GIVES(agg_query_settlement, settlement_query)
TAKES(trd_publish_market_notice, market_publish_notice)
GIVES(trd_query_bids, market_query_bids)
TAKES(trd_submit_clearing_result, market_submit_clearing)
TAKES(trd_submit_meter_data, meter_submit)
GIVES(trd_query_settlement, settlement_query_all)
GIVES(dsp_submit_dispatch_task, dispatch_submit_task)
GIVES(dsp_query_dispatch_task, dispatch_query_task)
GIVES(dsp_query_potential, forecast_query_potential)
GIVES(dsp_query_assessment, assessment_query_all)

/* The GetCapabilities of all services are alike but for their type. */
#define CAPABILITIES(P, SERVICE) \
	static int run_##P##_get_capabilities(struct call *c, const struct P##_get_capabilities *in, \
					      struct P##_get_capabilities_response *out) \
	{ \
		struct capabilities told; \
		int rc = capabilities_tell(c, SERVICE_##SERVICE, &told); \
		(void)in; \
		if (rc) return rc; \
		out->service = told.service; out->contract_version = told.contract_version; out->software = told.software; \
		out->server_time = told.server_time; out->business_time = told.business_time; out->step_min = told.step_min; \
		out->n_operation = told.n_operation; out->operation = told.operation; \
		out->n_limit = told.n_limit; out->limit = told.limit; \
		return 0; \
	}

CAPABILITIES(agg, AGGREGATOR)
CAPABILITIES(trd, TRADING)
CAPABILITIES(dsp, DISPATCH)

/* Typed thunks, so that no function pointer is cast; what the hub calls itself has none. */
#define THUNK(STEM) static int call_##STEM(struct call *c, const void *in, void *out) { return run_##STEM(c, in, out); }
#define THUNK_AGGREGATOR(STEM) THUNK(STEM)
#define THUNK_TRADING(STEM) THUNK(STEM)
#define THUNK_DISPATCH(STEM) THUNK(STEM)
#define THUNK_DISPATCH_SINK(STEM)
#define OPERATION(SERVICE, P, NAME, STEM, ROLES, REPEAT) THUNK_##SERVICE(STEM)
#include "codec/soap/operations.def"
#undef OPERATION

#define ROW_AGGREGATOR(STEM) call_##STEM
#define ROW_TRADING(STEM) call_##STEM
#define ROW_DISPATCH(STEM) call_##STEM
#define ROW_DISPATCH_SINK(STEM) NULL
#define OPERATION(SERVICE, P, NAME, STEM, ROLES, REPEAT) [OPERATION_##P##_##NAME] = ROW_##SERVICE(STEM),
binding_fn *const bindings[OPERATION_N] = {
#include "codec/soap/operations.def"
};
#undef OPERATION
