/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/certificate.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"

int certificate_fingerprint(const X509 *cert, char hex[CERTIFICATE_FINGERPRINT])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	hex[0] = 0;
	if (X509_digest(cert, EVP_sha256(), md, &n) != 1 || n != 32)
		return E_INTERNAL;
	for (unsigned i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", md[i]);
	return 0;
}

int certificate_fingerprint_file(const char *path, char hex[CERTIFICATE_FINGERPRINT])
{
	FILE *f = fopen(path, "re");
	X509 *cert;
	int rc;

	hex[0] = 0;
	if (!f)
		return E_IO;
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	if (!cert) {
		ERR_clear_error();
		return E_FORMAT;
	}
	rc = certificate_fingerprint(cert, hex);
	X509_free(cert);
	return rc;
}

static int seconds_of(const ASN1_TIME *t, int64_t *s)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, rest = 0;
	int rc = t && epoch && ASN1_TIME_diff(&days, &rest, epoch, t) == 1 ? 0 : E_FORMAT;

	ASN1_TIME_free(epoch);
	if (!rc && s)
		*s = (int64_t)days * 86400 + rest;
	return rc;
}

int certificate_validity(const X509 *cert, int64_t *from_s, int64_t *until_s)
{
	int rc = seconds_of(X509_get0_notBefore(cert), from_s);

	return rc ? rc : seconds_of(X509_get0_notAfter(cert), until_s);
}

static bool is_clean(const unsigned char *s, size_t n, unsigned char highest)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < 0x20 || s[i] == 0x7f || s[i] > highest)
			return false;
	return true;
}

int certificate_subject(const X509 *cert, char *name, size_t room)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	int n, rc = E_FORMAT;

	name[0] = 0;
	if (at < 0)
		return E_FORMAT;
	n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (n > 0 && (size_t)n < room && is_clean(utf8, (size_t)n, 0xff)) {
		memcpy(name, utf8, (size_t)n);
		name[n] = 0;
		rc = 0;
	}
	OPENSSL_free(utf8);
	ERR_clear_error();
	return rc;
}

int certificate_uris(struct arena *a, const X509 *cert, const char ***uri, size_t *n)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	int count = names ? sk_GENERAL_NAME_num(names) : 0, rc = 0;

	*n = 0;
	*uri = ARENA_ARRAY(a, (size_t)count, const char *);
	for (int i = 0; i < count && !rc; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		const unsigned char *s;
		size_t len;

		if (name->type != GEN_URI)
			continue;
		s = ASN1_STRING_get0_data(name->d.uniformResourceIdentifier);
		len = (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier);
		if (is_clean(s, len, 0x7e))
			(*uri)[(*n)++] = arena_strndup(a, (const char *)s, len);
		else
			rc = E_FORMAT;
	}
	if (rc)
		*n = 0;
	GENERAL_NAMES_free(names);
	return rc;
}
