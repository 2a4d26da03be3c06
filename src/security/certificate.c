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

static int read_file(const char *path, X509 **cert)
{
	FILE *f = fopen(path, "re");

	*cert = NULL;
	if (!f)
		return E_IO;
	*cert = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	ERR_clear_error();
	return *cert ? 0 : E_FORMAT;
}

int certificate_fingerprint_file(const char *path, char hex[CERTIFICATE_FINGERPRINT])
{
	X509 *cert;
	int rc = read_file(path, &cert);

	hex[0] = 0;
	if (!rc)
		rc = certificate_fingerprint(cert, hex);
	X509_free(cert);
	return rc;
}

int certificate_facts_file(const char *path, struct certificate_facts *facts)
{
	X509 *cert;
	int rc = read_file(path, &cert);

	*facts = (struct certificate_facts){ .names = "" };
	if (!rc)
		rc = certificate_fingerprint(cert, facts->fingerprint);
	if (!rc)
		rc = certificate_validity(cert, &facts->from_s, &facts->until_s);
	if (!rc)
		certificate_names(cert, facts->names, sizeof facts->names);
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

/* The text of a name and, for an otherName, its object identifier. NULL: of a kind that is left out. */
static const ASN1_STRING *text_of(const GENERAL_NAME *name, char kind[64])
{
	const OTHERNAME *other = name->type == GEN_OTHERNAME ? name->d.otherName : NULL;
	int n;

	switch (name->type) {
	case GEN_URI:
		snprintf(kind, 64, "URI:");
		return name->d.uniformResourceIdentifier;
	case GEN_DNS:
		snprintf(kind, 64, "DNS:");
		return name->d.dNSName;
	case GEN_OTHERNAME:
		if (other->value->type != V_ASN1_UTF8STRING && other->value->type != V_ASN1_IA5STRING &&
		    other->value->type != V_ASN1_PRINTABLESTRING)
			return NULL;
		memcpy(kind, "OID:", 4);
		n = OBJ_obj2txt(kind + 4, 56, other->type_id, 1);
		if (n < 1 || n >= 56)
			return NULL;
		memcpy(kind + 4 + n, "=", 2);
		return other->value->value.asn1_string;
	default:
		return NULL;
	}
}

void certificate_names(const X509 *cert, char *names, size_t room)
{
	GENERAL_NAMES *all = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	size_t used = 0;

	names[0] = 0;
	for (int i = 0; all && i < sk_GENERAL_NAME_num(all); i++) {
		char kind[64];
		const ASN1_STRING *s = text_of(sk_GENERAL_NAME_value(all, i), kind);
		size_t n = s ? (size_t)ASN1_STRING_length(s) : 0, k = s ? strlen(kind) : 0;

		if (!s || !n || used + k + n + 2 > room || !is_clean(ASN1_STRING_get0_data(s), n, 0x7e))
			continue;
		memcpy(names + used, kind, k);
		memcpy(names + used + k, ASN1_STRING_get0_data(s), n);
		used += k + n;
		names[used++] = '\n';
		names[used] = 0;
	}
	GENERAL_NAMES_free(all);
	ERR_clear_error();
}

bool certificate_has_name(const char *names, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = names; *line; line += strcspn(line, "\n") + 1)
		if (strcspn(line, "\n") == n && !memcmp(line, name, n))
			return true;
	return false;
}
