/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "codec/soap/fault.h"
#include <stdio.h>
#include "base/error.h"
#include "codec/soap/diagnostic.h"

static int add_element(struct bytes *b, const char *name, const char *text)
{
	int rc = bytes_printf(b, "<vgi:%s>", name);
	if (!rc) rc = bytes_add_xml(b, text);
	return rc ? rc : bytes_printf(b, "</vgi:%s>", name);
}

static int add_diagnostic(struct bytes *b, const struct diag_item *item)
{
	char text[DIAGNOSTIC_TEXT + 1];
	int rc = bytes_adds(b, "<vgi:diagnostic>");
	if (!rc) rc = add_element(b, "code", error_code(item->error));
	if (!rc) rc = bytes_adds(b, "<vgi:severity>error</vgi:severity>");
	snprintf(text, sizeof text, "%s", item->path);
	if (!rc) rc = add_element(b, "path", text);
	if (!rc) rc = add_element(b, "textEn", diagnostic_text(item->error, item->detail, false, text));
	if (!rc) rc = add_element(b, "textZh", diagnostic_text(item->error, item->detail, true, text));
	return rc ? rc : bytes_adds(b, "</vgi:diagnostic>");
}

static int add_detail(struct bytes *b, int error, const char *trace_id, const struct diag *diag)
{
	int rc = bytes_adds(b, "<vgi:Fault xmlns:vgi=\"urn:vgi:types:1\">");
	if (!rc) rc = add_element(b, "code", error_code(error));
	if (!rc) rc = bytes_printf(b, "<vgi:retry>%s</vgi:retry>", error_kind(error) == ERROR_KIND_RETRY ? "true" : "false");
	if (!rc) rc = add_element(b, "textEn", error_text_en(error));
	if (!rc) rc = add_element(b, "textZh", error_text_zh(error));
	if (!rc && trace_id && *trace_id) rc = add_element(b, "traceId", trace_id);
	for (size_t i = 0; !rc && diag && i < diag->n && i < DIAGNOSTICS_MOST; i++)
		rc = add_diagnostic(b, &diag->item[i]);
	return rc ? rc : bytes_adds(b, "</vgi:Fault>");
}

static int write_11(struct bytes *b, const char *who, int error, const char *trace_id, const struct diag *diag)
{
	int rc = bytes_printf(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP-ENV:Body><SOAP-ENV:Fault>"
		"<faultcode>SOAP-ENV:%s</faultcode><faultstring>%s: ", who, error_code(error));
	if (!rc) rc = bytes_add_xml(b, error_text_en(error));
	if (!rc) rc = bytes_adds(b, "</faultstring><detail>");
	if (!rc) rc = add_detail(b, error, trace_id, diag);
	return rc ? rc : bytes_adds(b, "</detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>");
}

static int write_12(struct bytes *b, const char *who, int error, const char *trace_id, const struct diag *diag)
{
	int rc = bytes_printf(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://www.w3.org/2003/05/soap-envelope\"><SOAP-ENV:Body><SOAP-ENV:Fault>"
		"<SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:%s</SOAP-ENV:Value></SOAP-ENV:Code><SOAP-ENV:Reason>"
		"<SOAP-ENV:Text xml:lang=\"en\">%s: ", who, error_code(error));
	if (!rc) rc = bytes_add_xml(b, error_text_en(error));
	if (!rc) rc = bytes_adds(b, "</SOAP-ENV:Text></SOAP-ENV:Reason><SOAP-ENV:Detail>");
	if (!rc) rc = add_detail(b, error, trace_id, diag);
	return rc ? rc : bytes_adds(b, "</SOAP-ENV:Detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>");
}

int fault_write(struct bytes *out, enum soap_version version, int error, const char *trace_id, const struct diag *diag)
{
	enum error_kind kind = error_kind(error);
	bool sender = kind == ERROR_KIND_SENDER || kind == ERROR_KIND_IDENTITY, header = error == E_NOT_UNDERSTOOD;
	if (version == SOAP_VERSION_12)
		return write_12(out, header ? "MustUnderstand" : sender ? "Sender" : "Receiver", error, trace_id, diag);
	return write_11(out, header ? "MustUnderstand" : sender ? "Client" : "Server", error, trace_id, diag);
}

int fault_http_status(enum soap_version version, int error)
{
	if (error_kind(error) == ERROR_KIND_RETRY)
		return 503;
	if (error == E_HTTP_MEDIA_TYPE)
		return 415;
	if (version == SOAP_VERSION_12 && error_kind(error) != ERROR_KIND_INTERNAL && error != E_NOT_UNDERSTOOD)
		return 400;
	return 500;
}
