/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/parcel.h"
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "security/cms_files.h"

static const char magic[8] = { 'V', 'G', 'I', '-', 'D', 'O', 'C', '\n' };
enum { FORM = 1, SECRET = 32, WRAPPED_MOST = 1024, RSA_LEAST = 2048, RSA_MOST = 8192 };
enum { AT_FORM = 8, AT_SUITE = 9, AT_SENDER_N = 12, AT_NAME_N = 16, AT_WRAPPED_N = 20, AT_TEXT_N = 24, AT_KEY = 32, AT_IV = 64, HEAD = 80 };

struct parcel_key {
	enum suite suite;
	EVP_PKEY *key;
	unsigned char id[SUITE_MAC];    /* digest of the public key */
};

/* -- keys */
static int name_key(struct parcel_key *k)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(k->key, &der);
	int rc = n > 0 ? suite_digest(k->suite, der, (size_t)n, k->id) : E_INTERNAL;

	OPENSSL_free(der);
	return rc;
}

static int choose_suite(struct parcel_key *k, const char *path, struct cms_error *error)
{
	const char *missing;
	int bits = EVP_PKEY_get_bits(k->key);

	if (EVP_PKEY_is_a(k->key, "SM2"))
		k->suite = SUITE_CHINESE;
	else if (EVP_PKEY_is_a(k->key, "RSA") && bits >= RSA_LEAST && bits <= RSA_MOST)
		k->suite = SUITE_INTERNATIONAL;
	else
		return cms_refuse(error, E_CONFIG, path, "expected an RSA key of 2048 to 8192 bits, or an SM2 key");
	return suite_available(k->suite, &missing) ? 0 : cms_refuse(error, E_CONFIG, path, "the linked OpenSSL does not have this suite");
}

/* key: to be given back with parcel_key_close, after an error too. */
static int use(struct parcel_key *k, const char *path, struct cms_error *error)
{
	int rc = choose_suite(k, path, error);

	if (!rc && (rc = name_key(k)))
		cms_refuse(error, rc, path, error_text_en(rc));
	ERR_clear_error();
	return rc;
}

int parcel_reader(const char *certificate, int64_t now_ms, struct parcel_key **key, struct cms_error *error)
{
	struct parcel_key *k = calloc(1, sizeof *k);
	X509 *x = NULL;
	int rc = k ? cms_read_certificate(certificate, &x, error) : E_MEMORY;

	if (!rc && !cms_in_force(x, now_ms))
		rc = cms_refuse(error, E_CONFIG, certificate, "is not valid now");
	if (!rc && !(k->key = X509_get_pubkey(x)))
		rc = cms_refuse(error, E_CONFIG, certificate, "has no key that can be used");
	X509_free(x);
	if (!rc)
		rc = use(k, certificate, error);
	if (rc)
		parcel_key_close(k);
	else
		*key = k;
	return rc;
}

int parcel_opener(const char *certificate, const char *key_file, int64_t now_ms, struct parcel_key **key, struct cms_error *error)
{
	struct parcel_key *k = NULL;
	EVP_PKEY *own = NULL;
	int rc = parcel_reader(certificate, now_ms, &k, error);

	if (!rc)
		rc = cms_read_key(key_file, &own, error);
	if (!rc && EVP_PKEY_eq(k->key, own) != 1)
		rc = cms_refuse(error, E_CONFIG, key_file, "is not the key of this certificate");
	ERR_clear_error();
	if (rc) {
		EVP_PKEY_free(own);
		parcel_key_close(k);
		return rc;
	}
	EVP_PKEY_free(k->key);
	k->key = own;
	*key = k;
	return 0;
}

void parcel_key_close(struct parcel_key *k)
{
	if (k)
		EVP_PKEY_free(k->key);
	free(k);
}

enum suite parcel_suite(const struct parcel_key *k)
{
	return k->suite;
}

/* -- the secret of a parcel */
static bool set_padding(const struct parcel_key *k, EVP_PKEY_CTX *c)
{
	return k->suite == SUITE_CHINESE || (EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_oaep_md(c, EVP_sha256()) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(c, EVP_sha256()) == 1);
}

static int wrap(const struct parcel_key *k, const unsigned char secret[SECRET], unsigned char out[WRAPPED_MOST], size_t *n)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, k->key, NULL);

	*n = WRAPPED_MOST;
	bool good = c && EVP_PKEY_encrypt_init(c) == 1 && set_padding(k, c) && EVP_PKEY_encrypt(c, out, n, secret, SECRET) == 1;
	EVP_PKEY_CTX_free(c);
	ERR_clear_error();
	return good ? 0 : E_INTERNAL;
}

static bool unwrap(const struct parcel_key *k, const unsigned char *p, size_t n, unsigned char secret[SECRET])
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, k->key, NULL);
	unsigned char out[WRAPPED_MOST];
	size_t out_n = sizeof out;
	bool good = c && EVP_PKEY_decrypt_init(c) == 1 && set_padding(k, c) && EVP_PKEY_decrypt(c, out, &out_n, p, n) == 1 && out_n == SECRET;

	if (good)
		memcpy(secret, out, SECRET);
	OPENSSL_cleanse(out, sizeof out);
	EVP_PKEY_CTX_free(c);
	ERR_clear_error();
	return good;
}

struct keys { unsigned char cipher[SUITE_AES_KEY], mac[SUITE_MAC]; };

static int derive(enum suite suite, const unsigned char secret[SECRET], struct keys *k)
{
	if (suite == SUITE_INTERNATIONAL)
		return suite_derive(suite, secret, SECRET, "vgihub document 1 aes-256-gcm", k->cipher, SUITE_AES_KEY);
	int rc = suite_derive(suite, secret, SECRET, "vgihub document 1 sm4-cbc", k->cipher, SUITE_SM4_KEY);

	return rc ? rc : suite_derive(suite, secret, SECRET, "vgihub document 1 hmac-sm3", k->mac, sizeof k->mac);
}

/* -- writing */
static size_t tag_size(enum suite suite)
{
	return suite == SUITE_CHINESE ? SUITE_MAC : SUITE_GCM_TAG;
}

static uint64_t sealed_size(enum suite suite, size_t n)
{
	return suite == SUITE_CHINESE ? (uint64_t)n / 16 * 16 + 16 : n;
}

static void put_number(unsigned char *p, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

static int add_head(const struct parcel_key *k, const char *sender, const char *name, const unsigned char *wrapped, size_t wrapped_n,
		size_t n, struct bytes *out)
{
	unsigned char head[HEAD] = { 0 };

	memcpy(head, magic, sizeof magic);
	head[AT_FORM] = FORM;
	head[AT_SUITE] = (unsigned char)k->suite;
	put_number(head + AT_SENDER_N, strlen(sender), 4);
	put_number(head + AT_NAME_N, strlen(name), 4);
	put_number(head + AT_WRAPPED_N, wrapped_n, 4);
	put_number(head + AT_TEXT_N, sealed_size(k->suite, n), 8);
	memcpy(head + AT_KEY, k->id, sizeof k->id);
	if (RAND_bytes(head + AT_IV, k->suite == SUITE_CHINESE ? SUITE_SM4_IV : SUITE_GCM_NONCE) != 1)
		return E_INTERNAL;
	int rc = bytes_add(out, head, sizeof head);
	if (!rc) rc = bytes_adds(out, sender);
	if (!rc) rc = bytes_adds(out, name);
	return rc ? rc : bytes_add(out, wrapped, wrapped_n);
}

/* Behind the head, which begins at `begin` of out. */
static int add_text(enum suite suite, const struct keys *keys, const void *p, size_t n, size_t begin, struct bytes *out)
{
	static const unsigned char room[16 + SUITE_MAC];
	size_t head_n = out->n - begin, sealed_n = (size_t)sealed_size(suite, n);
	int rc = bytes_add(out, p, n);          /* room for what takes its place */

	if (!rc)
		rc = bytes_add(out, room, sealed_n - n + tag_size(suite));
	if (rc)
		return rc;
	unsigned char *head = (unsigned char *)out->p + begin, *text = head + head_n;
	struct suite_part all = { head, head_n };

	if (suite == SUITE_INTERNATIONAL)
		return suite_gcm_seal(keys->cipher, head + AT_IV, &all, p, n, text, text + sealed_n);
	if ((rc = suite_sm4_seal(keys->cipher, head + AT_IV, p, n, text, &sealed_n)))
		return rc;
	all.n += sealed_n;
	return suite_mac(suite, keys->mac, sizeof keys->mac, &all, 1, text + sealed_n);
}

int parcel_seal(const struct parcel_key *k, const char *sender, const char *name, const void *p, size_t n, struct bytes *out)
{
	unsigned char secret[SECRET], wrapped[WRAPPED_MOST];
	size_t wrapped_n = 0, begin = out->n;
	struct keys keys = { { 0 }, { 0 } };

	if (!*sender || strlen(sender) > PARCEL_SENDER || !*name || strlen(name) > PARCEL_NAME)
		return E_RANGE;
	int rc = RAND_priv_bytes(secret, sizeof secret) == 1 ? wrap(k, secret, wrapped, &wrapped_n) : E_INTERNAL;
	if (!rc) rc = derive(k->suite, secret, &keys);
	if (!rc) rc = add_head(k, sender, name, wrapped, wrapped_n, n, out);
	if (!rc) rc = add_text(k->suite, &keys, p, n, begin, out);
	OPENSSL_cleanse(secret, sizeof secret);
	OPENSSL_cleanse(&keys, sizeof keys);
	if (rc && out->p) {             /* nothing half sealed, and none of the text, stays */
		OPENSSL_cleanse(out->p + begin, out->n - begin);
		out->n = begin;
	}
	return rc;
}

/* -- reading */
/* Where everything is; all of it lies within the n bytes, and they are all of it. */
struct layout { size_t sender_n, name_n, wrapped_n, text_n, head_n; };

static bool lay_out(const unsigned char *p, size_t n, enum suite suite, struct layout *l)
{
	if (n < HEAD || memcmp(p, magic, sizeof magic) || p[AT_FORM] != FORM || p[AT_SUITE] != suite || p[AT_SUITE + 1] || p[AT_SUITE + 2])
		return false;
	l->sender_n = bytes_get_u32(p + AT_SENDER_N);
	l->name_n = bytes_get_u32(p + AT_NAME_N);
	l->wrapped_n = bytes_get_u32(p + AT_WRAPPED_N);
	if (!l->sender_n || l->sender_n > PARCEL_SENDER || !l->name_n || l->name_n > PARCEL_NAME || l->wrapped_n > WRAPPED_MOST)
		return false;
	l->head_n = HEAD + l->sender_n + l->name_n + l->wrapped_n;
	if (n < l->head_n + tag_size(suite))
		return false;
	l->text_n = n - l->head_n - tag_size(suite);
	return (bytes_get_u32(p + AT_TEXT_N) | (uint64_t)bytes_get_u32(p + AT_TEXT_N + 4) << 32) == l->text_n;
}

/* Into parcel->text, which has room for the text. */
static bool open_text(enum suite suite, const struct keys *keys, const unsigned char *p, const struct layout *l, struct bytes *text)
{
	struct suite_part all = { p, l->head_n };
	const unsigned char *sealed = p + l->head_n, *tag = sealed + l->text_n;
	unsigned char mac[SUITE_MAC];
	size_t n = l->text_n;

	if (suite == SUITE_INTERNATIONAL)
		return !suite_gcm_open(keys->cipher, p + AT_IV, &all, sealed, n, tag, (unsigned char *)text->p);
	all.n += l->text_n;
	if (suite_mac(suite, keys->mac, sizeof keys->mac, &all, 1, mac) || CRYPTO_memcmp(mac, tag, sizeof mac) ||
	    suite_sm4_open(keys->cipher, p + AT_IV, sealed, n, (unsigned char *)text->p, &n))
		return false;
	text->n = n;
	text->p[n] = '\0';
	return true;
}

static int refuse(const char **why, int rc, const char *text)
{
	*why = text;
	return rc;
}

static int open_laid_out(const struct parcel_key *k, const unsigned char *p, const struct layout *l, struct bytes *text, const char **why)
{
	unsigned char secret[SECRET];
	struct keys keys = { { 0 }, { 0 } };
	bool good = unwrap(k, p + HEAD + l->sender_n + l->name_n, l->wrapped_n, secret) && !derive(k->suite, secret, &keys) &&
		open_text(k->suite, &keys, p, l, text);

	OPENSSL_cleanse(secret, sizeof secret);
	OPENSSL_cleanse(&keys, sizeof keys);
	return good ? 0 : refuse(why, E_DECRYPTION, "it is not as it was sealed");
}

static void take_text(char *to, const unsigned char *p, size_t n)
{
	memcpy(to, p, n);
	to[n] = '\0';
}

int parcel_open(const struct parcel_key *k, const void *data, size_t n, size_t most, struct parcel *parcel, const char **why)
{
	const unsigned char *p = data;
	struct layout l;

	*parcel = (struct parcel){ .text = BYTES_INIT };
	if (!lay_out(p, n, k->suite, &l))
		return refuse(why, E_DECRYPTION, "it is no parcel of this form and suite, or not all of it");
	if (l.text_n > most)
		return refuse(why, E_TOO_LARGE, "it is too large");
	if (memcmp(p + AT_KEY, k->id, sizeof k->id))
		return refuse(why, E_DECRYPTION, "it was sealed to another key");
	int rc = bytes_add(&parcel->text, p + l.head_n, l.text_n);      /* room; nothing of it is looked at */
	if (!rc)
		rc = open_laid_out(k, p, &l, &parcel->text, why);
	if (rc) {
		bytes_done(&parcel->text);
		return *why ? rc : refuse(why, rc, error_text_en(rc));
	}
	take_text(parcel->sender, p + HEAD, l.sender_n);
	take_text(parcel->name, p + HEAD + l.sender_n, l.name_n);
	if (strlen(parcel->sender) == l.sender_n && strlen(parcel->name) == l.name_n)
		return 0;
	bytes_done(&parcel->text);
	return refuse(why, E_DECRYPTION, "its names are no text");
}
