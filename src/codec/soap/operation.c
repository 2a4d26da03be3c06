/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Typed thunks around gSOAP's codecs, one set a row: no function pointer is cast, and the layout that the generic code relies
 * on is asserted here. */
#include "soapH.h"
#include <string.h>
#include "codec/soap/operation.h"

#define CODEC(P, ELEMENT, STEM) \
	static int get_##STEM(struct soap *s, void *x) \
	{ \
		soap_default__##P##__##ELEMENT(s, x); \
		return soap_get__##P##__##ELEMENT(s, x, #P ":" #ELEMENT, NULL) ? SOAP_OK : s->error ? s->error : SOAP_TAG_MISMATCH; \
	} \
	static int put_##STEM(struct soap *s, const void *x) { return soap_put__##P##__##ELEMENT(s, x, #P ":" #ELEMENT, ""); }

#define OPERATION(SERVICE, P, NAME, STEM, ROLES, REPEAT, PROTECTION, PRIVACY, KIND, HISTORY) \
	_Static_assert(offsetof(struct STEM, header) == 0 && offsetof(struct STEM##_response, ack) == 0, #NAME); \
	CODEC(P, NAME, STEM) \
	CODEC(P, NAME##Response, STEM##_response)
#include "codec/soap/operations.def"
#undef OPERATION

#define NAMESPACE_AGGREGATOR "urn:vgi:aggregator:1"
#define NAMESPACE_TRADING "urn:vgi:trading:1"
#define NAMESPACE_DISPATCH "urn:vgi:dispatch:1"
#define NAMESPACE_DISPATCH_SINK "urn:vgi:dispatch-sink:1"
#define NAMESPACE_TRADING_PLATFORM "urn:vgi:trading-platform:1"
#define NAMESPACE_AGGREGATOR_CALLBACK "urn:vgi:aggregator-callback:1"

#define OPERATION(SERVICE, P, NAME, STEM, ROLES, REPEAT, PROTECTION, PRIVACY, KIND, HISTORY) \
	[OPERATION_##P##_##NAME] = { OPERATION_##P##_##NAME, SERVICE_##SERVICE, #NAME, #P ":" #NAME, #P ":" #NAME "Response", \
	  NAMESPACE_##SERVICE "/" #NAME, ROLES, REPEAT_##REPEAT, PROTECTION_##PROTECTION, PRIVACY_##PRIVACY, KIND_##KIND, HISTORY_##HISTORY, \
	  sizeof(struct STEM), sizeof(struct STEM##_response), get_##STEM, put_##STEM, \
	  get_##STEM##_response, put_##STEM##_response },
const struct operation operations[OPERATION_N] = {
#include "codec/soap/operations.def"
};
#undef OPERATION

static const struct { const char *name, *ns; } services[SERVICE_N] = {
	[SERVICE_AGGREGATOR] = { "aggregator", NAMESPACE_AGGREGATOR },
	[SERVICE_TRADING] = { "trading", NAMESPACE_TRADING },
	[SERVICE_DISPATCH] = { "dispatch", NAMESPACE_DISPATCH },
	[SERVICE_DISPATCH_SINK] = { "dispatch-sink", NAMESPACE_DISPATCH_SINK },
	[SERVICE_TRADING_PLATFORM] = { "trading-platform", NAMESPACE_TRADING_PLATFORM },
	[SERVICE_AGGREGATOR_CALLBACK] = { "aggregator-callback", NAMESPACE_AGGREGATOR_CALLBACK },
};

const char *service_name(enum service service) { return services[service].name; }
const char *service_namespace(enum service service) { return services[service].ns; }

const struct operation *operation_find(enum service service, const char *name)
{
	for (size_t i = 0; i < OPERATION_N; i++)
		if (operations[i].service == service && !strcmp(operations[i].name, name))
			return &operations[i];
	return NULL;
}
