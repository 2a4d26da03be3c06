/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* GET /SERVICE?wsdl and ?xsd=NAME: the contracts as installed, with addresses and imports that lead back to where they were
 * asked for. */
#ifndef VGI_ENDPOINT_CONTRACT_H
#define VGI_ENDPOINT_CONTRACT_H
#include "base/bytes.h"
#include "codec/soap/operation.h"

/* url: where the service is for whoever asks, "https://127.0.0.1:8443/aggregator", fit to stand in an attribute. Appends the document. 0; E_HTTP_PATH (nothing
 * of that name); E_IO, E_MEMORY. */
int contract_document(const char *wsdl_dir, const char *schema_dir, enum service service, const char *query, const char *url,
		      struct bytes *out);
#endif
