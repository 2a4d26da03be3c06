/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <libxml/c14n.h>
#include <limits.h>
#include "base/error.h"
#include "codec/wss/parts.h"

struct sink { struct bytes *out; int error; };

static int on_text(void *context, const char *p, int n)
{
	struct sink *s = context;
	if (!s->error)
		s->error = bytes_add(s->out, p, (size_t)n);
	return s->error ? -1 : n;
}

static int on_close(void *context) { (void)context; return 0; }

/* libxml2 writes whole documents. So the element stands alone in its document for the moment: its parents, and with them the
 * namespaces in scope, stay where they are, and nothing else is walked over. */
int canon_add(xmlNodePtr element, char **prefixes, struct bytes *out)
{
	struct sink sink = { out, 0 };
	xmlDocPtr doc = element->doc;
	xmlNodePtr first = doc->children, next = element->next;
	xmlOutputBufferPtr buffer = xmlOutputBufferCreateIO(on_text, on_close, &sink, NULL);
	if (!buffer)
		return E_MEMORY;
	doc->children = element;
	element->next = NULL;
	int rc = xmlC14NExecute(doc, NULL, NULL, XML_C14N_EXCLUSIVE_1_0, (xmlChar **)prefixes, 0, buffer);
	doc->children = first;
	element->next = next;
	if (xmlOutputBufferClose(buffer) < 0 || rc < 0)
		return sink.error ? sink.error : E_XML_MALFORMED;
	return sink.error;
}

int canon_base64(struct bytes *out, const void *p, size_t n)
{
	enum { PIECE = 3 * 1024 };
	unsigned char text[PIECE / 3 * 4 + 1];
	const unsigned char *from = p;
	int rc = 0;
	for (size_t at = 0; !rc && at < n; at += PIECE) {
		int length = EVP_EncodeBlock(text, from + at, (int)(n - at < PIECE ? n - at : PIECE));
		rc = bytes_add(out, text, (size_t)length);
	}
	return rc;
}
