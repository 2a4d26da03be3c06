/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "soapH.h"
#include "hub.nsmap"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/error.h"
#include "codec/soap/envelope.h"

#if !defined(GSOAP_VERSION) || GSOAP_VERSION < 20891
#error "gSOAP 2.8.91 or newer is needed"
#endif

struct codec {
	struct soap soap;
	const char *in;
	size_t in_left;
	struct bytes *out;
	const struct operation *op;
	enum soap_version version;      /* of the message opened last */
	char error[256];
};

static size_t codec_recv(struct soap *soap, char *buf, size_t n)
{
	struct codec *c = soap->user;
	if (n > c->in_left)
		n = c->in_left;
	memcpy(buf, c->in, n);
	c->in += n;
	c->in_left -= n;
	return n;
}

static int codec_send(struct soap *soap, const char *buf, size_t n)
{
	struct codec *c = soap->user;
	return bytes_add(c->out, buf, n) ? SOAP_EOM : SOAP_OK;
}

static bool is_ours(const struct soap *soap, const char *uri)
{
	for (const struct Namespace *n = soap->local_namespaces ? soap->local_namespaces : soap->namespaces; n && n->id; n++)
		if (n->ns && !strcmp(n->ns, uri))
			return true;
	return false;
}

/* What a later minor version adds stands in a namespace of its own and is passed over (doc/versions.md); an unknown element of
 * ours, or of no namespace, is an error. A header block that must be understood is not understood. */
static int codec_ignore(struct soap *soap, const char *tag)
{
	if (soap->part == SOAP_IN_HEADER)
		return soap->mustUnderstand && !soap->other ? SOAP_MUSTUNDERSTAND : SOAP_OK;
	const char *uri = soap_current_namespace_tag(soap, tag);
	return uri && *uri && !is_ours(soap, uri) ? SOAP_OK : SOAP_TAG_MISMATCH;
}

struct codec *codec_new(const struct codec_limits *limits)
{
	struct codec *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	/* No ids and hrefs are followed, unknown elements of ours are errors, text is UTF-8. */
	soap_init2(&c->soap, SOAP_XML_STRICT | SOAP_XML_TREE | SOAP_C_UTFSTRING, SOAP_XML_TREE | SOAP_C_UTFSTRING);
	soap_set_namespaces(&c->soap, namespaces);
	c->soap.user = c;
	c->soap.frecv = codec_recv;
	c->soap.fsend = codec_send;
	c->soap.fignore = codec_ignore;
	c->soap.maxlevel = limits && limits->depth ? (unsigned)limits->depth : 64;
	c->soap.maxoccurs = limits && limits->occurs > 0 ? (size_t)limits->occurs : 200000;
	c->soap.maxlength = limits && limits->text ? (long)limits->text : 16L << 20;
	return c;
}

void codec_free(struct codec *c)
{
	if (!c)
		return;
	envelope_clear(c);
	soap_done(&c->soap);
	free(c);
}

void envelope_clear(struct codec *c)
{
	soap_destroy(&c->soap);
	soap_end(&c->soap);
	c->op = NULL;
}

void *codec_alloc(struct codec *c, size_t n)
{
	void *p = soap_malloc(&c->soap, n ? n : 1);
	if (p)
		memset(p, 0, n);
	return p;
}

static int failed(struct codec *c, int error)
{
	soap_set_fault(&c->soap);
	const char *text = soap_fault_string(&c->soap), *detail = soap_fault_detail(&c->soap);
	snprintf(c->error, sizeof c->error, "%s%s%s", text ? text : "unknown", detail ? ": " : "", detail ? detail : "");
	return error;
}

const char *codec_error(struct codec *c) { return c->error; }

/* gSOAP goes on using the envelope namespace it read last, whatever version is set. */
static void forget_namespaces(struct soap *s) { soap_set_namespaces(s, namespaces); }

/* Up to, not into, the child of the body. */
static int begin(struct codec *c, const char *message, size_t n)
{
	struct soap *s = &c->soap;
	envelope_clear(c);
	c->in = message;
	c->in_left = n;
	c->error[0] = '\0';
	forget_namespaces(s);
	c->version = SOAP_VERSION_11;
	if (soap_begin_recv(s) || soap_envelope_begin_in(s))
		return failed(c, E_XML_MALFORMED);
	c->version = s->version == 2 ? SOAP_VERSION_12 : SOAP_VERSION_11;
	if (soap_recv_header(s))
		return failed(c, s->error == SOAP_MUSTUNDERSTAND ? E_NOT_UNDERSTOOD : E_XML_MALFORMED);
	if (soap_body_begin_in(s) || soap_peek_element(s))
		return failed(c, E_XML_MALFORMED);
	return 0;
}

static int finish_in(struct codec *c)
{
	struct soap *s = &c->soap;
	return soap_body_end_in(s) || soap_envelope_end_in(s) || soap_end_recv(s) ? s->error : 0;
}

int envelope_open(struct codec *c, const char *message, size_t n, enum service service, const struct operation **op)
{
	int rc = begin(c, message, n);
	if (rc)
		return rc;
	for (size_t i = 0; i < OPERATION_N; i++)
		if (operations[i].service == service && !soap_match_tag(&c->soap, c->soap.tag, operations[i].request)) {
			*op = c->op = &operations[i];
			return 0;
		}
	snprintf(c->error, sizeof c->error, "%.64s", c->soap.tag);
	return E_OPERATION;
}

int envelope_request(struct codec *c, void **request)
{
	void *p = codec_alloc(c, c->op->request_size);
	if (!p)
		return E_MEMORY;
	if (c->op->get_request(&c->soap, p) || finish_in(c))
		return failed(c, E_SCHEMA);
	*request = p;
	return 0;
}

enum soap_version envelope_version(const struct codec *c)
{
	return c->version;
}

static int write_body(struct codec *c, int (*put)(struct soap *, const void *), const void *body, enum soap_version version,
		      struct bytes *out)
{
	struct soap *s = &c->soap;
	c->out = out;
	forget_namespaces(s);
	soap_set_version(s, (short)version);
	soap_serializeheader(s);
	if (soap_begin_send(s) || soap_envelope_begin_out(s) || soap_body_begin_out(s) || put(s, body) || soap_body_end_out(s) ||
	    soap_envelope_end_out(s) || soap_end_send(s))
		return failed(c, s->error == SOAP_EOM ? E_MEMORY : E_INTERNAL);
	return 0;
}

int envelope_write_answer(struct codec *c, const struct operation *op, const void *answer, struct bytes *out)
{
	return write_body(c, op->put_answer, answer, c->version, out);
}

int envelope_write_request(struct codec *c, const struct operation *op, const void *request, enum soap_version version,
			   struct bytes *out)
{
	return write_body(c, op->put_request, request, version, out);
}

/* Of a fault, what is ours in its detail; what is not ours has an empty code and the fault's own text. */
static int read_fault(struct codec *c, const struct vgi_fault **fault)
{
	struct soap *s = &c->soap;
	struct vgi_fault *own = codec_alloc(c, sizeof *own);
	if (!own)
		return E_MEMORY;
	if (soap_getfault(s) || finish_in(c))
		return failed(c, E_XML_MALFORMED);
	struct SOAP_ENV__Detail *d = s->version == 2 ? s->fault->SOAP_ENV__Detail : s->fault->detail;
	if (d && d->vgi__Fault) {
		*fault = d->vgi__Fault;
		return E_NOTHING;
	}
	const char *text = soap_fault_string(s);
	own->code = own->text_zh = soap_strdup(s, "");
	own->text_en = soap_strdup(s, text ? text : "");
	*fault = own;
	return E_NOTHING;
}

int envelope_read_answer(struct codec *c, const struct operation *op, const char *message, size_t n, void **answer,
			 const struct vgi_fault **fault)
{
	int rc = begin(c, message, n);
	if (rc)
		return rc;
	c->op = op;
	if (!soap_match_tag(&c->soap, c->soap.tag, "SOAP-ENV:Fault"))
		return read_fault(c, fault);
	void *p = codec_alloc(c, op->answer_size);
	if (!p)
		return E_MEMORY;
	if (op->get_answer(&c->soap, p) || finish_in(c))
		return failed(c, E_XML_MALFORMED);
	*answer = p;
	return 0;
}

const char *soap_content_type(enum soap_version version)
{
	return version == SOAP_VERSION_12 ? "application/soap+xml; charset=utf-8" : "text/xml; charset=utf-8";
}

enum soap_version soap_version_of(const char *content_type)
{
	static const struct { const char *type; enum soap_version version; } types[] = {
		{ "text/xml", SOAP_VERSION_11 }, { "application/soap+xml", SOAP_VERSION_12 } };
	for (size_t i = 0; content_type && i < 2; i++) {
		size_t n = strlen(types[i].type);
		if (!strncasecmp(content_type, types[i].type, n) && strchr("; \t", content_type[n]))
			return types[i].version;
	}
	return 0;
}
