/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The served operations: the handler of each, one row in bindings.def. */
#ifndef VGI_ENDPOINT_BINDINGS_H
#define VGI_ENDPOINT_BINDINGS_H
#include "codec/soap/operation.h"
#include "handler/work.h"

/* request and answer: structs of the operation; answer zeroed, its ack filled by the caller. NULL: the hub does not serve it. */
typedef int binding_fn(struct call *call, const void *request, void *answer);
extern binding_fn *const bindings[OPERATION_N];
/* For n (≤ ENDPOINT_BATCH) messages of an operation, before their handlers: looks up into call[i]->ahead, in the arena of call[0]. NULL:
 * each handler looks up by itself. */
typedef int ahead_fn(struct call *const *call, const void *const *request, size_t n);
extern ahead_fn *const aheads[OPERATION_N];
/* The request as it may be kept word for word (endpoint/history.h): itself or a copy in the arena. NULL: as it is. */
typedef const void *keep_fn(struct arena *a, const void *request);
extern keep_fn *const keeps[OPERATION_N];
#endif
