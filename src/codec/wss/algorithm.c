/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The whole list of what is accepted: nothing is looked up in a library by a name that came with a message. */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>
#include "base/error.h"
#include "codec/wss/parts.h"

#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE2007 "http://www.w3.org/2007/05/xmldsig-more#"
enum { RSA_LEAST = 2048, RSA_MOST = 8192, EC_BYTES_MOST = 48 };

static const struct signature_algorithm algorithms[] = {
	{ MORE "rsa-sha256", EVP_PKEY_RSA, "SHA256", false }, { MORE "rsa-sha384", EVP_PKEY_RSA, "SHA384", false },
	{ MORE "rsa-sha512", EVP_PKEY_RSA, "SHA512", false }, { MORE2007 "sha256-rsa-MGF1", EVP_PKEY_RSA, "SHA256", true },
	{ MORE2007 "sha384-rsa-MGF1", EVP_PKEY_RSA, "SHA384", true }, { MORE2007 "sha512-rsa-MGF1", EVP_PKEY_RSA, "SHA512", true },
	{ MORE "ecdsa-sha256", EVP_PKEY_EC, "SHA256", false }, { MORE "ecdsa-sha384", EVP_PKEY_EC, "SHA384", false },
	{ MORE "ecdsa-sha512", EVP_PKEY_EC, "SHA512", false },
};

const struct signature_algorithm *signature_algorithm(const char *uri)
{
	for (size_t i = 0; uri && i < sizeof algorithms / sizeof *algorithms; i++)
		if (!strcmp(uri, algorithms[i].uri))
			return &algorithms[i];
	return NULL;
}

const struct signature_algorithm *signature_algorithm_of(const EVP_PKEY *key)
{
	if (!key_is_strong(key))
		return NULL;
	return signature_algorithm(EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? MORE "rsa-sha256" : MORE "ecdsa-sha256");
}

static const struct { const char *uri, *name; } digests[] = {
	{ NS_XENC "sha256", "SHA256" }, { MORE "sha384", "SHA384" }, { NS_XENC "sha512", "SHA512" } };

const char *digest_algorithm(const char *uri)
{
	for (size_t i = 0; uri && i < sizeof digests / sizeof *digests; i++)
		if (!strcmp(uri, digests[i].uri))
			return digests[i].name;
	return NULL;
}

const char *wss_algorithm(enum wss_use use, size_t i)
{
	static const char *const ciphers[] = { NS_XENC11 "aes256-gcm", NS_XENC11 "rsa-oaep" };
	switch (use) {
	case WSS_USE_SIGNATURE: return i < sizeof algorithms / sizeof *algorithms ? algorithms[i].uri : NULL;
	case WSS_USE_DIGEST: return i < sizeof digests / sizeof *digests ? digests[i].uri : NULL;
	case WSS_USE_OLD_ENCRYPTION: return i == 0 ? NS_XENC "rsa-oaep-mgf1p" : NULL;
	case WSS_USE_ENCRYPTION: return i < sizeof ciphers / sizeof *ciphers ? ciphers[i] : NULL;
	}
	return NULL;
}

/* Bytes of a coordinate, 0 for a curve that is not accepted. */
static size_t ec_bytes(const EVP_PKEY *key)
{
	char group[40];
	size_t n = 0;
	if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, &n) != 1)
		return 0;
	return !strcmp(group, "prime256v1") ? 32 : !strcmp(group, "secp384r1") ? 48 : 0;
}

bool key_is_strong(const EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA: return bits >= RSA_LEAST && bits <= RSA_MOST;
	case EVP_PKEY_EC: return ec_bytes(key) > 0;
	default: return false;
	}
}

static int set_padding(const struct signature_algorithm *alg, EVP_PKEY_CTX *c)
{
	if (alg->type != EVP_PKEY_RSA)
		return 1;
	if (!alg->pss)
		return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING);
	if (EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) != 1)
		return 0;
	return EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST);
}

/* r and s one behind the other → DER. NULL if it cannot be. */
static unsigned char *ecdsa_der(const unsigned char *value, size_t half, int *n)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(value, (int)half, NULL), *s = BN_bin2bn(value + half, (int)half, NULL);
	unsigned char *der = NULL;
	if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
		*n = i2d_ECDSA_SIG(sig, &der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(sig);
	return der;
}

static bool verify_raw(const struct signature_algorithm *alg, EVP_PKEY *key, const void *text, size_t n, const unsigned char *value,
		       size_t value_n)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	EVP_PKEY_CTX *k = NULL;
	bool good = c && EVP_DigestVerifyInit_ex(c, &k, alg->digest, NULL, NULL, key, NULL) == 1 && set_padding(alg, k) == 1 &&
		    EVP_DigestVerify(c, value, value_n, text, n) == 1;
	EVP_MD_CTX_free(c);
	ERR_clear_error();
	return good;
}

int signature_verify(const struct signature_algorithm *alg, EVP_PKEY *key, const void *text, size_t n, const unsigned char *value,
		     size_t value_n)
{
	if (EVP_PKEY_get_base_id(key) != alg->type)
		return E_SIGNATURE_INVALID;
	if (alg->type == EVP_PKEY_RSA)
		return verify_raw(alg, key, text, n, value, value_n) ? 0 : E_SIGNATURE_INVALID;
	size_t half = ec_bytes(key);
	int der_n = 0;
	if (!half || value_n != 2 * half)
		return E_SIGNATURE_INVALID;
	unsigned char *der = ecdsa_der(value, half, &der_n);
	bool good = der && der_n > 0 && verify_raw(alg, key, text, n, der, (size_t)der_n);
	OPENSSL_free(der);
	return good ? 0 : E_SIGNATURE_INVALID;
}

static int make_raw(struct arena *a, const struct signature_algorithm *alg, EVP_PKEY *key, const void *text, size_t n,
		    unsigned char **value, size_t *value_n)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	EVP_PKEY_CTX *k = NULL;
	int rc = E_INTERNAL;
	*value_n = (size_t)EVP_PKEY_get_size(key);
	*value = arena_alloc(a, *value_n);
	if (c && EVP_DigestSignInit_ex(c, &k, alg->digest, NULL, NULL, key, NULL) == 1 && set_padding(alg, k) == 1 &&
	    EVP_DigestSign(c, *value, value_n, text, n) == 1)
		rc = 0;
	EVP_MD_CTX_free(c);
	ERR_clear_error();
	return rc;
}

int signature_make(struct arena *a, const struct signature_algorithm *alg, EVP_PKEY *key, const void *text, size_t n,
		   unsigned char **value, size_t *value_n)
{
	size_t half = ec_bytes(key);
	int rc = make_raw(a, alg, key, text, n, value, value_n);
	if (rc || alg->type != EVP_PKEY_EC)
		return rc;
	const unsigned char *der = *value;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)*value_n);
	unsigned char *raw = arena_alloc(a, 2 * EC_BYTES_MOST);
	if (!sig || !half || BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int)half) < 0 ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + half, (int)half) < 0)
		rc = E_INTERNAL;
	ECDSA_SIG_free(sig);
	*value = raw;
	*value_n = 2 * half;
	return rc;
}
