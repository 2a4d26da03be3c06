/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* SOAP faults, written without a codec, so that they can be told when nothing else works (out of memory, overload, a broken
 * request line). */
#ifndef VGI_CODEC_SOAP_FAULT_H
#define VGI_CODEC_SOAP_FAULT_H
#include "base/bytes.h"
#include "base/diag.h"
#include "codec/soap/envelope.h"

/* Appends a whole envelope: fault code by the error (Client/Sender, Server/Receiver, MustUnderstand), both texts, retry, the trace id
 * (NULL: none) and the diagnostics (NULL: none, at most 1000 are told). 0, E_MEMORY, E_TOO_LARGE. */
int fault_write(struct bytes *out, enum soap_version version, int error, const char *trace_id, const struct diag *diag);
/* HTTP status that goes with it, as the SOAP bindings say: 503 where the sender may try again, 415 where the content type
 * is no SOAP, 400 for a sender's fault in SOAP 1.2, else 500 (SOAP 1.1 knows no other). */
int fault_http_status(enum soap_version version, int error);
#endif
