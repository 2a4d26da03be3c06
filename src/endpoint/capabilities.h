/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What a service tells of itself. */
#ifndef VGI_ENDPOINT_CAPABILITIES_H
#define VGI_ENDPOINT_CAPABILITIES_H
#include <stdbool.h>
#include "codec/soap/operation.h"
#include "handler/work.h"

/* The limits that are told, as endpoint_new was given them. */
struct endpoint_limits { int64_t max_body, depth, elements, text, deadline_ms; };
void capabilities_set_limits(const struct endpoint_limits *limits);     /* before threads start */
/* What takes protected messages: which of their algorithms are told. NULL, as at first: none. Before threads start. */
struct secure;
void capabilities_set_messages(const struct secure *secure);
void capabilities_set_tls(bool only_13);                                /* which versions are told; any thread */

struct capabilities {
	char *service, *contract_version, *oldest_contract, *software;
	struct instant server_time, business_time;
	struct count_list step_min;
	int n_operation; char **operation;      /* those the caller's role may use */
	int n_limit; struct limit *limit;
	int n_algorithm; struct algorithm *algorithm;
};
/* In the arena of the call. 0. */
int capabilities_tell(struct call *call, enum service service, struct capabilities *told);
#endif
