/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/machine.h"
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include "base/error.h"
#include "base/timegrid.h"
#include "security/certificate.h"
#include "security/suite.h"

struct names { struct arena *a; const char *text; };

static int add_provider(OSSL_PROVIDER *provider, void *arg)
{
	struct names *n = arg;

	n->text = arena_printf(n->a, "%s%s%s", n->text, *n->text ? " " : "", OSSL_PROVIDER_get0_name(provider));
	return 1;
}

static bool has_tls13(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	bool has = ctx && SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
		SSL_CTX_set_ciphersuites(ctx, "TLS_AES_256_GCM_SHA384") == 1;

	SSL_CTX_free(ctx);
	return has;
}

/* A certificate that is of use for nothing but to be named in a signature. */
static X509 *passing_certificate(EVP_PKEY *key)
{
	X509 *cert = X509_new();

	if (cert && ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1 && X509_gmtime_adj(X509_getm_notBefore(cert), 0) &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), 60) && X509_set_pubkey(cert, key) == 1 && X509_sign(cert, key, EVP_sm3()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

/* Tried, not looked up: OpenSSL 3.0 signs, but what it signed cannot be written. */
static bool has_sm2_cms(void)
{
	const unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP;
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
	X509 *cert = key ? passing_certificate(key) : NULL;
	BIO *content = BIO_new_mem_buf("x", 1);
	CMS_ContentInfo *cms = cert ? CMS_sign(NULL, NULL, NULL, NULL, flags | CMS_PARTIAL) : NULL;
	bool has = cms && content && CMS_add1_signer(cms, cert, key, EVP_sm3(), flags) && CMS_final(cms, content, NULL, flags) == 1 &&
		i2d_CMS_ContentInfo(cms, NULL) > 0;

	CMS_ContentInfo_free(cms);
	BIO_free(content);
	X509_free(cert);
	EVP_PKEY_free(key);
	return has;
}

void machine_look(struct arena *a, struct machine *m)
{
	struct names names = { a, "" };
	EVP_SIGNATURE *sm2 = EVP_SIGNATURE_fetch(NULL, "SM2", NULL);
	EVP_MD *sm3 = EVP_MD_fetch(NULL, "SM3", NULL);
	EVP_CIPHER *sm4 = EVP_CIPHER_fetch(NULL, "SM4-CBC", NULL), *aes = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);

	OSSL_PROVIDER_do_all(NULL, add_provider, &names);
	*m = (struct machine){ .version = OpenSSL_version(OPENSSL_VERSION), .providers = names.text,
		.fips = EVP_default_properties_is_fips_enabled(NULL) == 1, .random = RAND_status() == 1, .tls13 = has_tls13(),
		.sm2 = sm2 != NULL, .sm3 = sm3 != NULL, .sm4 = sm4 != NULL, .aes_gcm = aes != NULL, .sm2_cms = has_sm2_cms() };
	EVP_SIGNATURE_free(sm2);
	EVP_MD_free(sm3);
	EVP_CIPHER_free(sm4);
	EVP_CIPHER_free(aes);
	ERR_clear_error();
}

static int64_t ms_of(const ASN1_TIME *t)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;

	if (epoch)
		ASN1_TIME_diff(&days, &seconds, epoch, t);
	ASN1_TIME_free(epoch);
	return days * (int64_t)MS_DAY + seconds * (int64_t)MS_SECOND;
}

int machine_certificate(const char *path, struct machine_certificate *c)
{
	FILE *f = fopen(path, "re");
	X509 *cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	int signature;

	if (f)
		fclose(f);
	ERR_clear_error();
	if (!cert)
		return f ? E_FORMAT : E_IO;
	if (certificate_subject(cert, c->subject, sizeof c->subject))
		snprintf(c->subject, sizeof c->subject, "without a name");
	signature = X509_get_signature_nid(cert);
	c->from_ms = ms_of(X509_get0_notBefore(cert));
	c->until_ms = ms_of(X509_get0_notAfter(cert));
	c->signature = signature == NID_undef ? "unknown" : OBJ_nid2sn(signature);
	c->weak = !(X509_get_extension_flags(cert) & EXFLAG_SS) && suite_signature_refused(signature);
	X509_free(cert);
	return 0;
}
