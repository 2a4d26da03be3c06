/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/error.h"
#include "base/timegrid.h"
#include "codec/soap/scan.h"
#include "codec/wss/parts.h"

enum { IDS_MOST = 2000, TREE_DEPTH = 64 };

/* ---- reading */

struct reader { int depth, depth_most, things, things_most, error; };

static void stop(xmlParserCtxtPtr parser, int error)
{
	struct reader *r = parser->_private;
	if (!r->error)
		r->error = error;
	xmlStopParser(parser);
}

static void on_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name; (void)external; (void)system;
	stop(context, E_DOCTYPE);
}

/* SOAP forbids them, and canonical text would have them. */
static void on_instruction(void *context, const xmlChar *target, const xmlChar *data)
{
	(void)target; (void)data;
	stop(context, E_XML_MALFORMED);
}

static void on_start(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int n_ns, const xmlChar **ns,
		     int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	xmlParserCtxtPtr parser = context;
	struct reader *r = parser->_private;
	r->things += 1 + n_ns + n_attributes;
	if (r->error)
		return;
	if (++r->depth > r->depth_most)
		stop(parser, E_TOO_DEEP);
	else if (r->things > r->things_most)
		stop(parser, E_TOO_MANY);
	else
		xmlSAX2StartElementNs(context, local, prefix, uri, n_ns, ns, n_attributes, n_defaulted, attributes);
}

static void on_end(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	xmlParserCtxtPtr parser = context;
	struct reader *r = parser->_private;
	if (r->error)
		return;
	r->depth--;
	xmlSAX2EndElementNs(context, local, prefix, uri);
}

/* Comments are left out and CDATA is text, as in canonical text; so a text is one node however it was cut. */
static void set_handlers(xmlSAXHandler *sax)
{
	xmlSAXVersion(sax, 2);
	sax->internalSubset = on_doctype;
	sax->startElementNs = on_start;
	sax->endElementNs = on_end;
	sax->processingInstruction = on_instruction;
	sax->cdataBlock = sax->ignorableWhitespace = xmlSAX2Characters;
	sax->comment = NULL;
	sax->warning = sax->error = NULL;
	sax->serror = NULL;
}

static int parse(const struct wss_policy *policy, const char *message, size_t n, xmlDocPtr *doc)
{
	struct reader r = { .depth_most = policy->depth < TREE_DEPTH ? policy->depth : TREE_DEPTH,
		.things_most = policy->elements > INT32_MAX / 2 ? INT32_MAX : 2 * policy->elements };
	xmlParserCtxtPtr parser = xmlCreateMemoryParserCtxt(message, (int)n);
	if (!parser)
		return n ? E_MEMORY : E_XML_MALFORMED;
	xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT);
	set_handlers(parser->sax);
	parser->_private = &r;
	xmlParseDocument(parser);
	int rc = r.error ? r.error : !parser->wellFormed || !parser->nsWellFormed || !parser->myDoc ? E_XML_MALFORMED : 0;
	*doc = parser->myDoc;
	parser->myDoc = NULL;
	xmlFreeParserCtxt(parser);
	if (rc) {
		xmlFreeDoc(*doc);
		*doc = NULL;
	}
	return rc;
}

/* ---- the envelope's shape */

static bool is_for_us(struct arena *a, const char *soap, const xmlNode *block)
{
	static const char *const us[] = { "", "http://schemas.xmlsoap.org/soap/actor/next", NS_SOAP12 "/role/next",
		NS_SOAP12 "/role/ultimateReceiver" };
	const char *role = node_attribute(a, block, soap, strcmp(soap, NS_SOAP12) ? "actor" : "role");
	for (size_t i = 0; role && i < sizeof us / sizeof *us; i++)
		if (!strcmp(role, us[i]))
			return true;
	return !role;
}

static bool must_be_understood(struct arena *a, const char *soap, const xmlNode *block)
{
	const char *must = node_attribute(a, block, soap, "mustUnderstand");
	return must && (!strcmp(must, "1") || !strcmp(must, "true"));
}

static int find_security(struct arena *a, struct tree *t, const xmlNode *header, const char **why)
{
	for (xmlNodePtr block = node_first(header); block; block = node_next(block)) {
		if (!is_for_us(a, t->soap, block))
			continue;
		if (!node_is(block, NS_WSSE, "Security")) {
			if (!must_be_understood(a, t->soap, block))
				continue;
			*why = "another header block must be understood";
			return E_NOT_UNDERSTOOD;
		}
		if (t->security) {
			*why = "two Security blocks for the receiver";
			return E_SECURITY_HEADER;
		}
		t->security = block;
	}
	return 0;
}

/* Envelope with at most a header, then one body, and nothing else. */
static int find_parts(struct arena *a, struct tree *t, const char **why)
{
	xmlNodePtr root = xmlDocGetRootElement(t->doc), child, header = NULL;
	*why = "not a SOAP envelope of header and one body";
	t->soap = node_is(root, NS_SOAP12, "Envelope") ? NS_SOAP12 : NS_SOAP11;
	if (!node_is(root, t->soap, "Envelope"))
		return E_SCHEMA;
	t->envelope = root;
	child = node_first(root);
	if (child && node_is(child, t->soap, "Header")) {
		header = child;
		child = node_next(child);
	}
	if (!child || !node_is(child, t->soap, "Body"))
		return E_SCHEMA;
	t->body = child;
	if (node_next(child)) {
		*why = "something follows the body";
		return E_SIGNATURE_SCOPE;
	}
	return header ? find_security(a, t, header, why) : 0;
}

int tree_read(const struct wss_policy *policy, const char *message, size_t n, struct tree *t, const char **why)
{
	*t = (struct tree){ NULL, NULL, NULL, NULL, NULL };
	*why = "a protected message is larger than this service accepts";
	if (n > policy->most || n > INT32_MAX)
		return E_TOO_LARGE;
	int rc = scan_message(message, n, why);
	if (rc)
		return rc;
	*why = "the message cannot be read";
	if ((rc = parse(policy, message, n, &t->doc)))
		return rc;
	struct arena *a = arena_new(1024);
	rc = find_parts(a, t, why);
	arena_free(a);
	if (rc)
		tree_done(t);
	return rc;
}

void tree_done(struct tree *t)
{
	xmlFreeDoc(t->doc);
	*t = (struct tree){ NULL, NULL, NULL, NULL, NULL };
}

/* ---- ids */

static bool names_element(const xmlAttr *attribute)
{
	const char *ns = attribute->ns ? (const char *)attribute->ns->href : NULL;
	return !strcasecmp((const char *)attribute->name, "id") &&
	       (!ns || !strcmp(ns, NS_WSU) || !strcmp(ns, (const char *)XML_XML_NAMESPACE));
}

static xmlNodePtr following(xmlNodePtr node, const xmlNode *root)
{
	if (node->type == XML_ELEMENT_NODE && node->children)
		return node->children;
	while (node != root && !node->next)
		node = node->parent;
	return node == root ? NULL : node->next;
}

static int by_text(const void *x, const void *y) { return strcmp(*(const char *const *)x, *(const char *const *)y); }

bool tree_ids_unique(struct arena *a, const struct tree *t)
{
	const char **id = ARENA_ARRAY(a, IDS_MOST, const char *);
	size_t n = 0;
	for (xmlNodePtr node = t->envelope; node; node = following(node, t->envelope)) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
			if (!names_element(attribute))
				continue;
			if (n == IDS_MOST)
				return false;
			id[n++] = node_attribute(a, node, attribute->ns ? (const char *)attribute->ns->href : NULL,
						 (const char *)attribute->name);
		}
	}
	qsort(id, n, sizeof *id, by_text);
	for (size_t i = 1; i < n; i++)
		if (!strcmp(id[i - 1], id[i]))
			return false;
	return true;
}

/* ---- nodes */

bool node_is(const xmlNode *node, const char *ns, const char *name)
{
	return node && node->type == XML_ELEMENT_NODE && node->ns && !strcmp((const char *)node->name, name) &&
	       !strcmp((const char *)node->ns->href, ns);
}

static xmlNodePtr element_from(xmlNodePtr node)
{
	while (node && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

xmlNodePtr node_first(const xmlNode *parent) { return element_from(parent->children); }
xmlNodePtr node_next(const xmlNode *node) { return element_from(node->next); }

int node_count(const xmlNode *parent, const char *ns, const char *name)
{
	int n = 0;
	for (xmlNodePtr child = node_first(parent); child; child = node_next(child))
		n += node_is(child, ns, name);
	return n;
}

xmlNodePtr node_only(const xmlNode *parent, const char *ns, const char *name)
{
	xmlNodePtr found = NULL;
	for (xmlNodePtr child = node_first(parent); child; child = node_next(child)) {
		if (!node_is(child, ns, name))
			continue;
		if (found)
			return NULL;
		found = child;
	}
	return found;
}

const char *node_text(struct arena *a, const xmlNode *node)
{
	const xmlNode *child = node->children;
	if (!child)
		return "";
	if (child->next || child->type != XML_TEXT_NODE)
		return NULL;
	return arena_strdup(a, (const char *)child->content);
}

const char *node_attribute(struct arena *a, const xmlNode *node, const char *ns, const char *name)
{
	xmlChar *value = ns ? xmlGetNsProp(node, (const xmlChar *)name, (const xmlChar *)ns) : xmlGetNoNsProp(node, (const xmlChar *)name);
	const char *copy = arena_strdup(a, (const char *)value);
	xmlFree(value);
	return copy;
}

int node_octets(struct arena *a, const xmlNode *node, unsigned char **p, size_t *n)
{
	const char *text = node_text(a, node);
	if (!text)
		return E_FORMAT;
	size_t length = strlen(text), k = 0, pad = 0;
	char *packed = arena_alloc(a, length + 1);
	for (size_t i = 0; i < length; i++)
		if (!strchr(" \t\r\n", text[i]))
			packed[k++] = text[i];
	while (pad < 2 && pad < k && packed[k - 1 - pad] == '=')
		pad++;
	if (!k || k % 4 || k > INT32_MAX || memchr(packed, '=', k - pad))
		return E_FORMAT;
	*p = arena_alloc(a, k / 4 * 3 + 1);
	int decoded = EVP_DecodeBlock(*p, (const unsigned char *)packed, (int)k);
	if (decoded < (int)pad)
		return E_FORMAT;
	*n = (size_t)decoded - pad;
	return 0;
}

int node_time(struct arena *a, const xmlNode *node, int64_t *us)
{
	const char *text = node_text(a, node);
	int64_t ts_ms;
	if (!text || time_parse(text + strspn(text, " \t\r\n"), &ts_ms))
		return E_FORMAT;
	*us = ts_ms * 1000;
	return 0;
}
