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

/* The GetCapabilities of all services are alike but for their type. */
#define CAPABILITIES(P, SERVICE) \
	static int tell_##P##_capabilities(struct call *c, const struct P##_get_capabilities *in, \
					   struct P##_get_capabilities_response *out) \
	{ \
		struct capabilities told; \
		int rc = capabilities_tell(c, SERVICE_##SERVICE, &told); \
		(void)in; \
		if (rc) return rc; \
		out->service = told.service; out->contract_version = told.contract_version; \
		out->oldest_contract = told.oldest_contract; out->software = told.software; \
		out->server_time = told.server_time; out->business_time = told.business_time; out->step_min = told.step_min; \
		out->n_operation = told.n_operation; out->operation = told.operation; \
		out->n_limit = told.n_limit; out->limit = told.limit; \
		out->n_algorithm = told.n_algorithm; out->algorithm = told.algorithm; \
		return 0; \
	}

CAPABILITIES(agg, AGGREGATOR)
CAPABILITIES(trd, TRADING)
CAPABILITIES(dsp, DISPATCH)

/* Typed thunks, so that no function pointer is cast and a handler of another message does not compile. */
#define TAKES(P, NAME, STEM, HANDLER) \
	static int call_##STEM(struct call *c, const void *in, void *out) \
	{ const struct STEM *request = in; (void)out; return HANDLER(c, request); }
#define GIVES(P, NAME, STEM, HANDLER) \
	static int call_##STEM(struct call *c, const void *in, void *out) \
	{ const struct STEM *request = in; struct STEM##_response *answer = out; return HANDLER(c, request, answer); }
#include "endpoint/bindings.def"
#undef TAKES
#undef GIVES

#define TAKES(P, NAME, STEM, HANDLER) [OPERATION_##P##_##NAME] = call_##STEM,
#define GIVES TAKES
binding_fn *const bindings[OPERATION_N] = {
#include "endpoint/bindings.def"
};
#undef TAKES
#undef GIVES
