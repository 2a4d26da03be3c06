/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/cms.h"
#include <errno.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/error.h"
#include "security/cms_files.h"
#include "security/tls.h"

static const char sm2_id[] = "1234567812345678";

struct cms_signer {
	enum suite suite;
	X509 *certificate;
	EVP_PKEY *key;
};

int cms_refuse(struct cms_error *error, int rc, const char *path, const char *why)
{
	snprintf(error->text, sizeof error->text, "%.300s: %.200s", path, why);
	return rc;
}

/* -- the signer's files */
int cms_read_certificate(const char *path, X509 **certificate, struct cms_error *error)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return cms_refuse(error, E_CONFIG, path, strerror(errno));
	*certificate = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	ERR_clear_error();
	if (!*certificate)
		return cms_refuse(error, E_CONFIG, path, "holds no certificate in PEM form");
	if (suite_signature_refused(X509_get_signature_nid(*certificate)))
		return cms_refuse(error, E_CONFIG, path, "is signed with a digest that is refused (SHA-1, MD5)");
	return 0;
}

int cms_read_key(const char *path, EVP_PKEY **key, struct cms_error *error)
{
	FILE *f = fopen(path, "re");
	struct stat st;

	if (!f)
		return cms_refuse(error, E_CONFIG, path, strerror(errno));
	if (fstat(fileno(f), &st) || (st.st_mode & 077)) {
		fclose(f);
		return cms_refuse(error, E_CONFIG, path, "a private key must be for its owner alone; use chmod 600");
	}
	*key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	ERR_clear_error();
	return *key ? 0 : cms_refuse(error, E_CONFIG, path, "holds no private key in PEM form");
}

bool cms_in_force(const X509 *certificate, int64_t now_ms)
{
	time_t now = (time_t)(now_ms / 1000);

	return X509_cmp_time(X509_get0_notBefore(certificate), &now) < 0 && X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0;
}

static bool fits(enum suite suite, const EVP_PKEY *key)
{
	if (suite == SUITE_CHINESE)
		return EVP_PKEY_is_a(key, "SM2");
	return (EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= 2048) ||
		(EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) >= 256);
}

int cms_signer_open(enum suite suite, const char *certificate, const char *key, struct cms_signer **signer,
		struct cms_error *error)
{
	struct cms_signer *s = calloc(1, sizeof *s);
	const char *missing;
	int rc;

	error->text[0] = '\0';
	if (!s)
		return E_MEMORY;
	s->suite = suite;
	if (!suite_available(suite, &missing))
		rc = cms_refuse(error, E_CONFIG, suite_name(suite), "the linked OpenSSL does not have this suite");
	else if (!(rc = cms_read_certificate(certificate, &s->certificate, error)))
		rc = cms_read_key(key, &s->key, error);
	if (!rc && X509_check_private_key(s->certificate, s->key) != 1)
		rc = cms_refuse(error, E_CONFIG, key, "is not the key of this certificate");
	if (!rc && !fits(suite, s->key))
		rc = cms_refuse(error, E_CONFIG, key, suite == SUITE_CHINESE ? "expected an SM2 key"
			    : "expected RSA of 2048 bits or more, or a curve of 256 or more");
	ERR_clear_error();
	if (rc) {
		cms_signer_close(s);
		return rc;
	}
	*signer = s;
	return 0;
}

void cms_signer_close(struct cms_signer *s)
{
	if (!s)
		return;
	X509_free(s->certificate);
	EVP_PKEY_free(s->key);
	free(s);
}

const char *cms_suffix(const struct cms_signer *s)
{
	return s->suite == SUITE_CHINESE ? ".sig" : ".p7s";
}

/* -- SM2 */
static EVP_MD_CTX *sm2_context(EVP_PKEY *key, EVP_PKEY_CTX **pkey)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	*pkey = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (ctx && *pkey && EVP_PKEY_CTX_set1_id(*pkey, sm2_id, sizeof sm2_id - 1) > 0) {
		EVP_MD_CTX_set_pkey_ctx(ctx, *pkey);
		return ctx;
	}
	EVP_MD_CTX_free(ctx);
	return NULL;
}

static int sign_sm2(const struct cms_signer *s, const void *p, size_t n, struct bytes *out)
{
	unsigned char signature[256];
	size_t size = sizeof signature;
	EVP_PKEY_CTX *pkey;
	EVP_MD_CTX *ctx = sm2_context(s->key, &pkey);
	bool good = ctx && EVP_DigestSignInit_ex(ctx, NULL, "SM3", NULL, NULL, s->key, NULL) == 1 &&
		EVP_DigestSign(ctx, signature, &size, p, n) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_CTX_free(pkey);
	ERR_clear_error();
	return good ? bytes_add(out, signature, size) : E_INTERNAL;
}

int cms_verify_sm2(EVP_PKEY *key, const void *p, size_t n, const void *signature, size_t signature_n)
{
	EVP_PKEY_CTX *pkey;
	EVP_MD_CTX *ctx = sm2_context(key, &pkey);
	bool good = ctx && EVP_DigestVerifyInit_ex(ctx, NULL, "SM3", NULL, NULL, key, NULL) == 1 &&
		EVP_DigestVerify(ctx, signature, signature_n, p, n) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_CTX_free(pkey);
	ERR_clear_error();
	return good ? 0 : E_FORMAT;
}

/* -- CMS */
static int put_der(CMS_ContentInfo *cms, struct bytes *out)
{
	unsigned char *der = NULL;
	int n = i2d_CMS_ContentInfo(cms, &der);
	int rc = n > 0 ? bytes_add(out, der, (size_t)n) : E_INTERNAL;

	OPENSSL_free(der);
	return rc;
}

static int sign_cms(const struct cms_signer *s, const void *p, size_t n, struct bytes *out)
{
	const unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP;
	BIO *content = n <= INT_MAX ? BIO_new_mem_buf(p, (int)n) : NULL;
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags | CMS_PARTIAL);
	int rc = E_INTERNAL;

	if (content && cms && CMS_add1_signer(cms, s->certificate, s->key, EVP_sha256(), flags) &&
	    CMS_final(cms, content, NULL, flags) == 1)
		rc = put_der(cms, out);
	CMS_ContentInfo_free(cms);
	BIO_free(content);
	ERR_clear_error();
	return rc;
}

int cms_sign(const struct cms_signer *s, const void *p, size_t n, struct bytes *out)
{
	return s->suite == SUITE_CHINESE ? sign_sm2(s, p, n, out) : sign_cms(s, p, n, out);
}

/* The digests its signers used; at least one signer. */
static bool has_good_digests(CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) *all = CMS_get0_SignerInfos(cms);

	for (int i = 0; i < sk_CMS_SignerInfo_num(all); i++) {
		X509_ALGOR *digest = NULL;

		CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(all, i), NULL, NULL, &digest, NULL);
		switch (digest ? OBJ_obj2nid(digest->algorithm) : NID_undef) {
		case NID_sha256: case NID_sha384: case NID_sha512: break;
		default: return false;
		}
	}
	return sk_CMS_SignerInfo_num(all) > 0;
}

/* Authorities of a file; chains with 112 bits of security at least, which leaves SHA-1 out; for any purpose. */
static X509_STORE *store_of(const char *trust)
{
	X509_STORE *store = X509_STORE_new();

	if (store && X509_STORE_load_file(store, trust) == 1) {
		X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store), 2);
		X509_VERIFY_PARAM_set_purpose(X509_STORE_get0_param(store), X509_PURPOSE_ANY);
		return store;
	}
	X509_STORE_free(store);
	return NULL;
}

int cms_verify(const char *trust, const void *p, size_t n, const void *signature, size_t signature_n, struct cms_error *error)
{
	const unsigned char *der = signature;
	X509_STORE *store = store_of(trust);
	BIO *content = n <= INT_MAX ? BIO_new_mem_buf(p, (int)n) : NULL;
	CMS_ContentInfo *cms = signature_n <= LONG_MAX ? d2i_CMS_ContentInfo(NULL, &der, (long)signature_n) : NULL;
	char why[200];
	int rc = 0;

	error->text[0] = '\0';
	if (!store)
		rc = cms_refuse(error, E_CONFIG, trust, "holds no authorities in PEM form");
	else if (!cms || der != (const unsigned char *)signature + signature_n || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)
		rc = cms_refuse(error, E_FORMAT, "signature", "is not a CMS signature in DER form");
	else if (!has_good_digests(cms))
		rc = cms_refuse(error, E_FORMAT, "signature", "uses a digest that is refused");
	else if (!content || CMS_verify(cms, NULL, store, content, NULL, CMS_BINARY | CMS_DETACHED) != 1)
		rc = cms_refuse(error, E_FORMAT, "signature", tls_last_error(why, sizeof why));
	CMS_ContentInfo_free(cms);
	BIO_free(content);
	X509_STORE_free(store);
	ERR_clear_error();
	return rc;
}

/* -- of one signer that is known */
static int verify_by_cms(X509 *certificate, const void *p, size_t n, const void *signature, size_t signature_n)
{
	const unsigned char *der = signature;
	STACK_OF(X509) *known = sk_X509_new_null();
	BIO *content = n <= INT_MAX ? BIO_new_mem_buf(p, (int)n) : NULL;
	CMS_ContentInfo *cms = signature_n <= LONG_MAX ? d2i_CMS_ContentInfo(NULL, &der, (long)signature_n) : NULL;
	bool good = known && sk_X509_push(known, certificate) && content && cms && der == (const unsigned char *)signature + signature_n &&
		OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed && has_good_digests(cms) &&
		CMS_verify(cms, known, NULL, content, NULL, CMS_BINARY | CMS_DETACHED | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY) == 1;

	CMS_ContentInfo_free(cms);
	BIO_free(content);
	sk_X509_free(known);
	return good ? 0 : E_FORMAT;
}

int cms_verify_by(const char *certificate, int64_t now_ms, const void *p, size_t n, const void *signature, size_t signature_n,
		struct cms_error *error)
{
	X509 *x = NULL;
	int rc = cms_read_certificate(certificate, &x, error);

	if (!rc && !cms_in_force(x, now_ms))
		rc = cms_refuse(error, E_CONFIG, certificate, "is not valid now");
	if (!rc) {
		EVP_PKEY *key = X509_get0_pubkey(x);
		rc = key && EVP_PKEY_is_a(key, "SM2") ? cms_verify_sm2(key, p, n, signature, signature_n)
			: verify_by_cms(x, p, n, signature, signature_n);
		if (rc)
			cms_refuse(error, rc, "signature", "is not of this document and this signer");
	}
	X509_free(x);
	ERR_clear_error();
	return rc;
}
