/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The hub's own messages as envelopes and its reports as documents, for handlers that queue them (handler/work.h, encode_fn); and
 * its answers read again (told_fn). */
#ifndef VGI_ENDPOINT_OUTGOING_H
#define VGI_ENDPOINT_OUTGOING_H
#include "codec/soap/operation.h"
#include "handler/work.h"

/* codec: a struct codec. 0, E_MEMORY, E_INTERNAL. */
int outgoing_encode(void *codec, enum outgoing kind, const void *message, struct bytes *out);
int outgoing_told(void *codec, struct arena *a, enum role role, const char *operation, const void *answer, size_t n,
		  struct diagnostic **diagnostic, int *n_diagnostic);
const struct operation *outgoing_operation(enum outgoing kind);         /* of a message that is called; not of documents */
#endif
