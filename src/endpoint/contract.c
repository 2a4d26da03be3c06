/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/contract.h"
#include <stdio.h>
#include <string.h>
#include "base/error.h"

/* Appends text with every `from` replaced by `to`. */
static int add_replaced(struct bytes *out, const char *text, const char *from, const char *to)
{
	int rc = 0;
	for (const char *at; !rc && (at = strstr(text, from)); text = at + strlen(from)) {
		rc = bytes_add(out, text, (size_t)(at - text));
		if (!rc)
			rc = bytes_adds(out, to);
	}
	return rc ? rc : bytes_adds(out, text);
}

static int replace(struct bytes *b, const char *from, const char *to)
{
	struct bytes fresh = BYTES_INIT;
	int rc = add_replaced(&fresh, b->p, from, to);
	if (rc) {
		bytes_done(&fresh);
		return rc;
	}
	bytes_done(b);
	*b = fresh;
	return 0;
}

/* The file a query names; only names of this contract lead to a file. */
static int find(enum service service, const char *wsdl_dir, const char *schema_dir, const char *query, char *path, size_t size)
{
	const char *name = service_name(service);
	if (!query)
		return E_HTTP_PATH;
	if (!strcmp(query, "wsdl"))
		snprintf(path, size, "%s/%s.wsdl", wsdl_dir, name);
	else if (!strcmp(query, "xsd=vgi-types"))
		snprintf(path, size, "%s/vgi-types.xsd", schema_dir);
	else if (!strncmp(query, "xsd=", 4) && !strcmp(query + 4, name))
		snprintf(path, size, "%s/%s.xsd", wsdl_dir, name);
	else
		return E_HTTP_PATH;
	return 0;
}

int contract_document(const char *wsdl_dir, const char *schema_dir, enum service service, const char *query, const char *url,
		      struct bytes *out)
{
	char path[1024], from[128], to[256];
	const char *name = service_name(service);
	struct bytes text = BYTES_INIT;
	int rc = find(service, wsdl_dir, schema_dir, query, path, sizeof path);
	if (!rc)
		rc = bytes_read_file(&text, path);
	if (!rc)
		rc = replace(&text, "\"../schemas/vgi-types.xsd\"", "\"?xsd=vgi-types\"");
	snprintf(from, sizeof from, "schemaLocation=\"%s.xsd\"", name);
	snprintf(to, sizeof to, "schemaLocation=\"?xsd=%s\"", name);
	if (!rc)
		rc = replace(&text, from, to);
	snprintf(from, sizeof from, "https://localhost/%s", name);
	if (!rc)
		rc = replace(&text, from, url);
	if (!rc)
		rc = bytes_add(out, text.p, text.n);
	bytes_done(&text);
	return rc;
}
