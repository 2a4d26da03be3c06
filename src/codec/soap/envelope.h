/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* SOAP envelopes ↔ structs of model/messages.h, in both directions, SOAP 1.1 and 1.2, all in memory. A codec is one gSOAP
 * context (about 160 KB); one a thread. What it decodes lives in it until the next envelope_open, envelope_read_answer or
 * envelope_clear; so answer first. */
#ifndef VGI_CODEC_SOAP_ENVELOPE_H
#define VGI_CODEC_SOAP_ENVELOPE_H
#include <stdbool.h>
#include "base/bytes.h"
#include "codec/soap/operation.h"

struct codec;
enum soap_version { SOAP_VERSION_11 = 1, SOAP_VERSION_12 = 2 };

struct codec_limits { int depth, occurs; size_t text; };      /* second line behind the guard; 0 means 64, 200000, 16 MiB */
struct codec *codec_new(const struct codec_limits *limits);     /* NULL when memory is out */
void codec_free(struct codec *c);

/* -- served side */
/* Reads up to the body's child and finds its row in `service`. 0; E_OPERATION; E_XML_MALFORMED; E_NOT_UNDERSTOOD (a header
 * block that must be; the hub knows none). */
int envelope_open(struct codec *c, const char *message, size_t n, enum service service, const struct operation **op);
/* The rest: *request is a struct of the operation. 0; E_SCHEMA (what the guard lets pass and the codec does not: detail in
 * codec_error). */
int envelope_request(struct codec *c, void **request);
/* The version the message came in; 1.1 if none could be told. */
enum soap_version envelope_version(const struct codec *c);
/* Appends the answer, in the version of the request. 0, E_MEMORY, E_INTERNAL. */
int envelope_write_answer(struct codec *c, const struct operation *op, const void *answer, struct bytes *out);
/* Appends an envelope with the operation's request element: for the client, the outbox and the content digest. */
int envelope_write_request(struct codec *c, const struct operation *op, const void *request, enum soap_version version,
			   struct bytes *out);

/* -- calling side */
/* Decodes an answer: *answer is a struct of the operation. 0; E_NOTHING: it is a fault, then *fault is set (its code may be
 * "" when the fault is not of this system); E_XML_MALFORMED. */
int envelope_read_answer(struct codec *c, const struct operation *op, const char *message, size_t n, void **answer,
			 const struct vgi_fault **fault);

const char *codec_error(struct codec *c);               /* what gSOAP said last, one line */
void envelope_clear(struct codec *c);                   /* frees what was decoded */
void *codec_alloc(struct codec *c, size_t n);           /* zeroed, same life as what was decoded; NULL when memory is out */

/* Content type of a version, and its version from a content type header (0 if it is neither). */
const char *soap_content_type(enum soap_version version);
enum soap_version soap_version_of(const char *content_type);
#endif
