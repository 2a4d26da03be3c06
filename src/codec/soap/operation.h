/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The operation table: one row an operation of a contract (operations.def). Constant; any thread. */
#ifndef VGI_CODEC_SOAP_OPERATION_H
#define VGI_CODEC_SOAP_OPERATION_H
#include <stddef.h>
#include "model/messages.h"
#include "security/role.h"

/* Those the hub serves come first, then those it calls. */
enum service {
	SERVICE_AGGREGATOR, SERVICE_TRADING, SERVICE_DISPATCH,
	SERVICE_DISPATCH_SINK, SERVICE_TRADING_PLATFORM, SERVICE_AGGREGATOR_CALLBACK,
	SERVICE_N, SERVICE_SERVED_N = SERVICE_DISPATCH_SINK
};

/* What a repeated message id does. */
enum repeat {
	REPEAT_READ,            /* nothing is stored: it runs again */
	REPEAT_RECORDED,        /* answered anew each time; what was told is recorded under a transaction, without a journal row */
	REPEAT_STORED           /* journalled: same content gets the first answer again, other content is refused */
};

/* Whether a message must carry a signature (WS-Security) where the policy of the principal says so. */
enum protection {
	PROTECTION_PLAIN,       /* the TLS connection is enough */
	PROTECTION_SIGNED       /* what binds somebody: bids, clearing, settlement, tasks, control and its acknowledgement, recall */
};

/* Whether message or answer tells of contacts, vehicles, plates, or what somebody is going to do: encrypted where the policy of the
 * principal says so, and on a disk of the hub sealed or not at all. */
enum privacy { PRIVACY_COMMON, PRIVACY_PERSONAL };

/* What the message is, as far as it matters while the database is away. */
enum kind {
	KIND_QUERY,             /* asks: cannot be answered without the database */
	KIND_TASK,              /* must be decided upon now: refused until the database is back */
	KIND_REPORT,            /* may be taken into the durable file journal and answered ACK_STATUS_RECEIVED */
	KIND_BULK               /* the same, large and frequent: telemetry */
};

/* Whether the content of a message that was taken is kept beside its journal row. */
enum history {
	HISTORY_NONE,           /* nothing is stored of it, or in rows that no later message takes away */
	HISTORY_KEPT            /* a later revision replaces its effect: the message itself is what tells of it then */
};

enum operation_id {
#define OPERATION(SERVICE, P, NAME, STEM, ROLES, REPEAT, PROTECTION, PRIVACY, KIND, HISTORY) OPERATION_##P##_##NAME,
#include "codec/soap/operations.def"
#undef OPERATION
	OPERATION_N
};

struct soap;
struct operation {
	enum operation_id id;
	enum service service;
	const char *name;               /* "ReportFrame" */
	const char *request, *answer;   /* qualified element names, "agg:ReportFrame", "agg:ReportFrameResponse" */
	const char *action;             /* SOAP action */
	unsigned roles;                 /* who may call it at the hub */
	enum repeat repeat;
	enum protection protection;
	enum privacy privacy;
	enum kind kind;
	enum history history;
	size_t request_size, answer_size;       /* of the structs in model/messages.h */
	/* Codecs; used by envelope.c only. Each 0 or a gSOAP error. */
	int (*get_request)(struct soap *soap, void *request);
	int (*put_request)(struct soap *soap, const void *request);
	int (*get_answer)(struct soap *soap, void *answer);
	int (*put_answer)(struct soap *soap, const void *answer);
};
extern const struct operation operations[OPERATION_N];

const char *service_name(enum service service);         /* "aggregator" …; also the address and the file name of its contract */
const char *service_namespace(enum service service);    /* "urn:vgi:aggregator:1" … */
/* The row of this service with this local name, NULL if there is none. */
const struct operation *operation_find(enum service service, const char *name);
static inline const struct operation *operation_of(enum operation_id id) { return &operations[id]; }

/* The header stands first in every request, the acknowledgement first in every answer (asserted in operation.c). */
static inline struct header *request_header(const void *request) { return *(struct header *const *)request; }
static inline struct ack *answer_ack(const void *answer) { return *(struct ack *const *)answer; }
#endif
