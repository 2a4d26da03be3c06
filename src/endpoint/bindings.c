/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/bindings.h"
#include "base/clock.h"
#include "endpoint/capabilities.h"
#include "endpoint/serve.h"
#include "handler/assessment.h"
#include "handler/battery.h"
#include "handler/control.h"
#include "handler/dispatch.h"
#include "handler/forecast.h"
#include "handler/market.h"
#include "handler/message_status.h"
#include "handler/meter.h"
#include "handler/metered.h"
#include "handler/operation.h"
#include "handler/plan.h"
#include "handler/protect.h"
#include "handler/recall.h"
#include "handler/registry.h"
#include "handler/resources.h"
#include "handler/settlement.h"
#include "handler/telemetry.h"
#include "handler/upload.h"

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

/* TestConnection touches nothing: whoever gets this far is known, and the store was there a moment ago or is not now. */
#define CONNECTION(P) \
	static int test_##P##_connection(struct call *c, const struct P##_test_connection *in, \
					 struct P##_test_connection_response *out) \
	{ \
		out->principal = arena_strdup(c->w.arena, c->principal); \
		out->server_time.v = clock_machine_ms(); \
		out->store_available = db_ensure(c->w.db) == 0; \
		out->echo = in->echo; \
		return 0; \
	}

CONNECTION(agg)
CONNECTION(trd)
CONNECTION(dsp)

/* Typed thunks, so that no function pointer is cast and a handler of another message does not compile. */
#define TAKES(P, NAME, STEM, HANDLER) \
	static int call_##STEM(struct call *c, const void *in, void *out) \
	{ const struct STEM *request = in; (void)out; return HANDLER(c, request); }
#define GIVES(P, NAME, STEM, HANDLER) \
	static int call_##STEM(struct call *c, const void *in, void *out) \
	{ const struct STEM *request = in; struct STEM##_response *answer = out; return HANDLER(c, request, answer); }
#define AHEAD(P, NAME, STEM, HANDLER) \
	static int ahead_##STEM(struct call *const *c, const void *const *in, size_t n) \
	{ \
		const struct STEM *request[ENDPOINT_BATCH] = { NULL }; \
		for (size_t i = 0; i < n; i++) request[i] = in[i]; \
		return HANDLER(c, request, n); \
	}
#define KEEPS(P, NAME, STEM, HANDLER) \
	static const void *keep_##STEM(struct arena *a, const void *in) { const struct STEM *request = in; return HANDLER(a, request); }
#include "endpoint/bindings.def"
#undef TAKES
#undef GIVES
#undef AHEAD
#undef KEEPS

#define AHEAD(P, NAME, STEM, HANDLER)
#define KEEPS AHEAD
#define TAKES(P, NAME, STEM, HANDLER) [OPERATION_##P##_##NAME] = call_##STEM,
#define GIVES TAKES
binding_fn *const bindings[OPERATION_N] = {
#include "endpoint/bindings.def"
};
#undef TAKES
#undef GIVES
#undef AHEAD
#undef KEEPS

#define TAKES(P, NAME, STEM, HANDLER)
#define GIVES TAKES
#define KEEPS(P, NAME, STEM, HANDLER)
#define AHEAD(P, NAME, STEM, HANDLER) [OPERATION_##P##_##NAME] = ahead_##STEM,
ahead_fn *const aheads[OPERATION_N] = {
#include "endpoint/bindings.def"
};
#undef TAKES
#undef GIVES
#undef AHEAD
#undef KEEPS

#define TAKES(P, NAME, STEM, HANDLER)
#define GIVES TAKES
#define AHEAD TAKES
#define KEEPS(P, NAME, STEM, HANDLER) [OPERATION_##P##_##NAME] = keep_##STEM,
keep_fn *const keeps[OPERATION_N] = {
#include "endpoint/bindings.def"
};
#undef TAKES
#undef GIVES
#undef AHEAD
#undef KEEPS
