/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "codec/soap/guard.h"
#include <errno.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/bytes.h"
#include "base/error.h"
#include "codec/soap/scan.h"

enum { PATH_LEVELS = 64, NAME_LENGTH = 40, ENVELOPE_LEVELS = 3, FINDINGS = 20,
       HEADER_ATTRIBUTES = 4096 };      /* of all header blocks: the decoder compares each with all */
static const size_t COPIED_MOST = (size_t)256 << 20;     /* see on_text */

struct guard {
	xmlSchemaPtr schema;
	struct guard_limits limits;
};

/* Where the parser is: the open elements, each with its name and its number among equal siblings in a row. */
struct level { char name[NAME_LENGTH]; int number; char last_child[NAME_LENGTH]; int last_number; };
struct cursor {
	xmlParserCtxtPtr parser;
	struct guard_limits limits;
	const struct guard_caller *caller;
	struct diag *diag;
	int depth, at, elements, header, error, found;          /* at: depth of the element spoken of, also while it is being closed */
	size_t text, copied;
	struct level level[PATH_LEVELS];
};

/* The rest is read without telling anybody. xmlStopParser would free the input, in which the text and attribute values lie that
 * the validator gets next; disableSAX alone does not keep plain text back. */
static void stop(struct cursor *p, int error)
{
	if (!p->error)
		p->error = error;
	p->parser->disableSAX = 1;
	p->parser->sax->characters = p->parser->sax->ignorableWhitespace = p->parser->sax->cdataBlock = NULL;
}

static void on_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	struct cursor *p = context;
	(void)name; (void)external; (void)system;
	stop(p, E_DOCTYPE);
	xmlStopParser(p->parser);       /* nothing is handed on here, and no declaration shall be read */
}

/* Cut without tearing a character: the path of a finding goes into the answer. */
static void copy_name(char *to, const char *from)
{
	size_t n = strnlen(from, NAME_LENGTH - 1);
	while (n > 0 && ((unsigned char)from[n] & 0xC0) == 0x80)
		n--;
	memcpy(to, from, n);
	to[n] = '\0';
}

static void on_start(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int n_ns, const xmlChar **ns,
		     int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	struct cursor *p = context;
	(void)prefix; (void)uri; (void)ns; (void)n_defaulted; (void)attributes;
	p->text = 0;
	if (++p->elements > p->limits.elements)
		stop(p, E_TOO_MANY);
	if (++p->depth > p->limits.depth || p->depth > PATH_LEVELS) {
		stop(p, E_TOO_DEEP);
		return;
	}
	p->at = p->depth;
	struct level *here = &p->level[p->depth - 1];
	memset(here, 0, sizeof *here);
	copy_name(here->name, (const char *)local);
	here->number = 1;
	if (p->depth == ENVELOPE_LEVELS && !strcmp(p->level[1].name, "Body") && p->caller->may &&
	    !p->caller->may(p->caller->arg, (const char *)local))
		stop(p, E_ROLE);
	if (p->depth > 2 && !strcmp(p->level[1].name, "Header") && (p->header += n_ns + n_attributes) > HEADER_ATTRIBUTES)
		stop(p, E_TOO_MANY);
	if (p->depth > 1) {
		struct level *up = here - 1;
		here->number = strcmp(up->last_child, here->name) ? 1 : up->last_number + 1;
		memcpy(up->last_child, here->name, sizeof here->name);
		up->last_number = here->number;
	}
}

static void on_end(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	struct cursor *p = context;
	(void)local; (void)prefix; (void)uri;
	p->at = p->depth--;
	p->text = 0;
}

/* Text comes in pieces, one a character reference, a comment between or 300 bytes of Chinese; the validator puts each behind the
 * former ones and copies them all. Unbounded, 10 MB of references are hours. */
static void on_text(void *context, const xmlChar *text, int n)
{
	struct cursor *p = context;
	(void)text;
	p->at = p->depth;
	p->text += (size_t)n;
	p->copied += p->text;
	if (p->text > p->limits.text || p->copied > COPIED_MOST)
		stop(p, E_TOO_LARGE);
}

/* The path below the body's child; its own name; or the whole path where the fault lies above it. */
static const char *path_here(const struct cursor *p, char *buf, size_t size)
{
	int to = p->at < PATH_LEVELS ? p->at : PATH_LEVELS;
	int from = to > ENVELOPE_LEVELS ? ENVELOPE_LEVELS : to == ENVELOPE_LEVELS ? to - 1 : 0;
	size_t n = 0;
	buf[0] = '\0';
	for (int i = from; i < to && n + NAME_LENGTH + 16 < size; i++) {
		const struct level *l = &p->level[i];
		n += (size_t)snprintf(buf + n, size - n, l->number > 1 || i + 1 < to ? "%s%s[%d]" : "%s%s", i > from ? "/" : "", l->name,
				      l->number);
	}
	return n ? buf : ".";
}

static void note(struct cursor *p, int error, const char *text)
{
	char path[160], line[200];
	size_t n = 0;
	if (!p->diag || p->found++ >= FINDINGS)
		return;
	for (; text && *text && *text != '\n' && n + 1 < sizeof line; text++)
		line[n++] = *text;
	line[n] = '\0';
	diag_add(p->diag, error, n ? line : NULL, "%s", path_here(p, path, sizeof path));
}

/* libxml2 begins its texts with the element's name in Clark notation, which the path says better. */
static void on_invalid(void *context, xmlErrorPtr e)
{
	const char *text = e->message ? e->message : "", *colon = strncmp(text, "Element '", 9) ? NULL : strstr(text, "': ");
	note(context, E_SCHEMA, colon ? colon + 3 : text);
}

static void quiet(void *context, const char *format, ...) { (void)context; (void)format; }

/* Of elements that never ended, what watched over their unique values goes into the validator's cache only now, behind the
 * emptying of that cache, and xmlSchemaFreeValidCtxt does not look into it (libxml2 2.9): the end of a second, empty run does. */
static void unplug(xmlSchemaValidCtxtPtr valid, xmlSchemaSAXPlugPtr plug)
{
	xmlSAXHandlerPtr none = NULL;
	void *nobody = NULL;
	xmlSchemaSAXUnplug(plug);
	if ((plug = xmlSchemaSAXPlug(valid, &none, &nobody)))
		xmlSchemaSAXUnplug(plug);
}

static int parse(const struct guard *g, xmlParserCtxtPtr parser, struct cursor *p)
{
	xmlSAXHandler sax, *own = parser->sax;
	memset(&sax, 0, sizeof sax);
	sax.initialized = XML_SAX2_MAGIC;
	sax.internalSubset = on_doctype;
	sax.startElementNs = on_start;
	sax.endElementNs = on_end;
	sax.characters = sax.cdataBlock = sax.ignorableWhitespace = on_text;
	parser->sax = &sax;
	parser->userData = p;
	int rc = E_MEMORY;
	xmlSchemaValidCtxtPtr valid = xmlSchemaNewValidCtxt(g->schema);
	xmlSchemaSAXPlugPtr plug = NULL;
	if (!valid)
		goto out;
	xmlSchemaSetValidStructuredErrors(valid, on_invalid, p);
	if (!(plug = xmlSchemaSAXPlug(valid, &parser->sax, &parser->userData)))
		goto out;
	xmlParseDocument(parser);
	rc = p->error ? p->error : !parser->wellFormed ? E_XML_MALFORMED : xmlSchemaIsValid(valid) != 1 ? E_SCHEMA : 0;
	if (rc == E_XML_MALFORMED)
		note(p, rc, parser->lastError.message);
	else if (rc && rc != E_SCHEMA)
		note(p, rc, NULL);
out:
	if (plug)
		unplug(valid, plug);
	xmlSchemaFreeValidCtxt(valid);
	parser->sax = own;
	return rc;
}

static int narrower(int own, int all) { return own > 0 && own < all ? own : all; }

int guard_check(const struct guard *g, const char *message, size_t n, struct diag *diag)
{
	return guard_check_for(g, &(struct guard_caller){ .may = NULL }, message, n, diag);
}

int guard_check_for(const struct guard *g, const struct guard_caller *caller, const char *message, size_t n, struct diag *diag)
{
	const char *problem;
	if (n > INT32_MAX)
		return E_TOO_LARGE;
	if (!n)
		return diag ? diag_add(diag, E_XML_MALFORMED, "there is nothing", ".") : E_XML_MALFORMED;
	int rc = scan_message(message, n, &problem);
	if (rc)
		return diag ? diag_add(diag, rc, problem, ".") : rc;
	xmlParserCtxtPtr parser = xmlCreateMemoryParserCtxt(message, (int)n);
	if (!parser)
		return E_MEMORY;
	xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT);
	struct cursor p = { .parser = parser, .caller = caller, .diag = diag, .limits = {
		.depth = narrower(caller->limits.depth, g->limits.depth), .elements = narrower(caller->limits.elements, g->limits.elements),
		.text = g->limits.text } };
	rc = parse(g, parser, &p);
	if (parser->myDoc)
		xmlFreeDoc(parser->myDoc);
	xmlFreeParserCtxt(parser);
	return rc;
}

static char first_problem[256];
static void on_schema_error(void *context, const char *format, ...)
{
	va_list ap;
	(void)context;
	if (first_problem[0])
		return;
	va_start(ap, format);
	vsnprintf(first_problem, sizeof first_problem, format, ap);
	va_end(ap);
}

/* libxml2 passes over an import that it cannot read. */
static int check_readable(const char *folder, const char *file)
{
	struct bytes path = BYTES_INIT;
	int rc = bytes_printf(&path, "%s/%s", folder, file);
	if (!rc && access((const char *)path.p, R_OK)) {
		snprintf(first_problem, sizeof first_problem, "%s: %s", (const char *)path.p, strerror(errno));
		rc = E_CONFIG;
	}
	bytes_done(&path);
	return rc;
}

/* One schema that imports all. */
static int write_importer(struct bytes *b, const char *schema_dir, const char *wsdl_dir)
{
	static const struct { const char *ns, *file; int wsdl; } part[] = {
		{ "http://schemas.xmlsoap.org/soap/envelope/", "soap-envelope-1.1.xsd", 0 },
		{ "http://www.w3.org/2003/05/soap-envelope", "soap-envelope-1.2.xsd", 0 },
		{ "urn:vgi:types:1", "vgi-types.xsd", 0 },
		{ "urn:vgi:aggregator:1", "aggregator.xsd", 1 }, { "urn:vgi:trading:1", "trading.xsd", 1 },
		{ "urn:vgi:dispatch:1", "dispatch.xsd", 1 }, { "urn:vgi:dispatch-sink:1", "dispatch-sink.xsd", 1 },
		{ "urn:vgi:trading-platform:1", "trading-platform.xsd", 1 },
		{ "urn:vgi:aggregator-callback:1", "aggregator-callback.xsd", 1 },
	};
	int rc = bytes_adds(b, "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">");
	for (size_t i = 0; !rc && i < sizeof part / sizeof *part; i++) {
		const char *folder = part[i].wsdl ? wsdl_dir : schema_dir;
		rc = check_readable(folder, part[i].file);
		if (!rc) rc = bytes_printf(b, "<xs:import namespace=\"%s\" schemaLocation=\"", part[i].ns);
		if (!rc) rc = bytes_add_xml(b, folder);
		if (!rc) rc = bytes_printf(b, "/%s\"/>", part[i].file);
	}
	return rc ? rc : bytes_adds(b, "</xs:schema>");
}

int guard_new(const char *schema_dir, const char *wsdl_dir, const struct guard_limits *limits, struct guard **guard,
	      const char **problem)
{
	struct bytes text = BYTES_INIT;
	struct guard *g = calloc(1, sizeof *g);
	first_problem[0] = '\0';
	int rc = g ? write_importer(&text, schema_dir, wsdl_dir) : E_MEMORY;
	if (rc)
		goto out;
	g->limits = *limits;
	xmlInitParser();
	xmlSchemaInitTypes();
	xmlSetGenericErrorFunc(NULL, quiet);
	xmlSchemaParserCtxtPtr c = xmlSchemaNewMemParserCtxt(text.p, (int)text.n);
	if (c) {
		xmlSchemaSetParserErrors(c, on_schema_error, quiet, NULL);
		g->schema = xmlSchemaParse(c);
		xmlSchemaFreeParserCtxt(c);
	}
	if (!g->schema)
		rc = E_CONFIG;
out:
	bytes_done(&text);
	*problem = first_problem[0] ? first_problem : "the schemas cannot be read";
	if (rc)
		guard_free(g);
	else
		*guard = g;
	return rc;
}

void guard_free(struct guard *g)
{
	if (!g)
		return;
	xmlSchemaFree(g->schema);
	free(g);
}
