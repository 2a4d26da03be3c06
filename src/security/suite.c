/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/suite.h"
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/objects.h>
#include <openssl/params.h>
#include <string.h>
#include "base/error.h"

const char *suite_name(enum suite suite)
{
	return suite == SUITE_CHINESE ? "chinese" : "international";
}

static const char *digest_name(enum suite suite)
{
	return suite == SUITE_CHINESE ? "SM3" : "SHA256";
}

/* -- what OpenSSL has */
static bool has_digest(const char *name)
{
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);

	EVP_MD_free(md);
	return md != NULL;
}

static bool has_cipher(const char *name)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);

	EVP_CIPHER_free(cipher);
	return cipher != NULL;
}

static bool has_signature(const char *name)
{
	EVP_SIGNATURE *signature = EVP_SIGNATURE_fetch(NULL, name, NULL);

	EVP_SIGNATURE_free(signature);
	return signature != NULL;
}

bool suite_available(enum suite suite, const char **missing)
{
	static const char *const digest[] = { "SHA256", "SM3" };
	static const char *const cipher[] = { "AES-256-GCM", "SM4-CBC" };
	static const char *const signature[] = { "RSA", "SM2" };

	*missing = NULL;
	if (!has_digest(digest[suite]))
		*missing = digest[suite];
	else if (!has_cipher(cipher[suite]))
		*missing = cipher[suite];
	else if (!has_signature(signature[suite]))
		*missing = signature[suite];
	ERR_clear_error();
	return *missing == NULL;
}

bool suite_signature_refused(int signature_nid)
{
	int digest = NID_undef, key = NID_undef;

	if (OBJ_find_sigid_algs(signature_nid, &digest, &key) != 1)
		return true;
	if (digest == NID_undef)        /* the algorithm has a digest of its own (Ed25519), or says it in parameters (PSS) */
		return signature_nid != NID_ED25519 && signature_nid != NID_ED448 && signature_nid != NID_rsassaPss;
	return digest == NID_sha1 || digest == NID_md5 || digest == NID_md5_sha1 || digest == NID_md4 || digest == NID_md2;
}

/* -- digests */
int suite_digest(enum suite suite, const void *p, size_t n, unsigned char digest[SUITE_MAC])
{
	size_t size = 0;

	return EVP_Q_digest(NULL, digest_name(suite), NULL, p, n, digest, &size) == 1 && size == SUITE_MAC ? 0 : E_INTERNAL;
}

int suite_mac(enum suite suite, const void *key, size_t key_n, const struct suite_part *part, size_t n_parts,
		unsigned char mac[SUITE_MAC])
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)digest_name(suite), 0),
		OSSL_PARAM_construct_end()
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	size_t size = 0;
	bool good = ctx && EVP_MAC_init(ctx, key, key_n, params) == 1;

	for (size_t i = 0; good && i < n_parts; i++)
		good = EVP_MAC_update(ctx, part[i].p, part[i].n) == 1;
	good = good && EVP_MAC_final(ctx, mac, &size, SUITE_MAC) == 1 && size == SUITE_MAC;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(hmac);
	return good ? 0 : E_INTERNAL;
}

int suite_derive(enum suite suite, const unsigned char *secret, size_t secret_n, const char *purpose, unsigned char *key,
		size_t n)
{
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)digest_name(suite), 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret, secret_n),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)purpose, strlen(purpose)),
		OSSL_PARAM_construct_end()
	};
	EVP_KDF *hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = hkdf ? EVP_KDF_CTX_new(hkdf) : NULL;
	bool good = ctx && EVP_KDF_derive(ctx, key, n, params) == 1;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(hkdf);
	return good ? 0 : E_INTERNAL;
}

/* -- ciphers */
static bool gcm_begin(EVP_CIPHER_CTX *ctx, bool sealing, const unsigned char *key, const unsigned char *nonce,
		const struct suite_part *aad)
{
	int n;

	if (!ctx || aad->n > INT_MAX || EVP_CipherInit_ex2(ctx, EVP_aes_256_gcm(), key, nonce, sealing, NULL) != 1)
		return false;
	return aad->n == 0 || EVP_CipherUpdate(ctx, NULL, &n, aad->p, (int)aad->n) == 1;
}

int suite_gcm_seal(const unsigned char key[SUITE_AES_KEY], const unsigned char nonce[SUITE_GCM_NONCE],
		const struct suite_part *aad, const void *text, size_t n, unsigned char *out,
		unsigned char tag[SUITE_GCM_TAG])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char none[16];
	int k;
	bool good = n <= INT_MAX && gcm_begin(ctx, true, key, nonce, aad) &&
		(n == 0 || EVP_CipherUpdate(ctx, out, &k, text, (int)n) == 1) && EVP_CipherFinal_ex(ctx, none, &k) == 1 &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SUITE_GCM_TAG, tag) == 1;

	EVP_CIPHER_CTX_free(ctx);
	return good ? 0 : E_INTERNAL;
}

int suite_gcm_open(const unsigned char key[SUITE_AES_KEY], const unsigned char nonce[SUITE_GCM_NONCE],
		const struct suite_part *aad, const void *sealed, size_t n, const unsigned char tag[SUITE_GCM_TAG],
		unsigned char *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char expected[SUITE_GCM_TAG], none[16];
	int k, rc = E_INTERNAL;

	memcpy(expected, tag, sizeof expected);
	if (n <= INT_MAX && gcm_begin(ctx, false, key, nonce, aad) &&
	    (n == 0 || EVP_CipherUpdate(ctx, out, &k, sealed, (int)n) == 1) &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SUITE_GCM_TAG, expected) == 1)
		rc = EVP_CipherFinal_ex(ctx, none, &k) == 1 ? 0 : E_FORMAT;
	EVP_CIPHER_CTX_free(ctx);
	if (rc && n <= INT_MAX)
		OPENSSL_cleanse(out, n);
	ERR_clear_error();
	return rc;
}

static int sm4(bool sealing, const unsigned char *key, const unsigned char *iv, const void *in, size_t n,
		unsigned char *out, size_t *out_n)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "SM4-CBC", NULL);
	EVP_CIPHER_CTX *ctx = cipher ? EVP_CIPHER_CTX_new() : NULL;
	int first = 0, rest = 0, rc = E_INTERNAL;

	if (ctx && n <= INT_MAX - 16 && EVP_CipherInit_ex2(ctx, cipher, key, iv, sealing, NULL) == 1 &&
	    EVP_CipherUpdate(ctx, out, &first, in, (int)n) == 1)
		rc = EVP_CipherFinal_ex(ctx, out + first, &rest) == 1 ? 0 : E_FORMAT;
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	ERR_clear_error();
	*out_n = rc ? 0 : (size_t)first + (size_t)rest;
	return rc;
}

int suite_sm4_seal(const unsigned char key[SUITE_SM4_KEY], const unsigned char iv[SUITE_SM4_IV], const void *text, size_t n,
		unsigned char *out, size_t *out_n)
{
	return sm4(true, key, iv, text, n, out, out_n);
}

int suite_sm4_open(const unsigned char key[SUITE_SM4_KEY], const unsigned char iv[SUITE_SM4_IV], const void *sealed,
		size_t n, unsigned char *out, size_t *out_n)
{
	return sm4(false, key, iv, sealed, n, out, out_n);
}
