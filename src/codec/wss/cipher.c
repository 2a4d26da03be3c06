/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* AES-256-GCM alone: what was tampered with does not open, so there is nothing to ask an oracle about. */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <limits.h>
#include <string.h>
#include "base/error.h"
#include "codec/wss/parts.h"
#include "security/digest.h"

#define AES256_GCM NS_XENC11 "aes256-gcm"
#define OAEP_MGF1P NS_XENC "rsa-oaep-mgf1p"
#define OAEP NS_XENC11 "rsa-oaep"
#define MGF1_SHA256 NS_XENC11 "mgf1sha256"
#define SHA1 NS_DSIG "sha1"
#define SHA256 NS_XENC "sha256"
enum { KEY_SIZE = 32, IV_SIZE = 12, TAG_SIZE = 16, WRAPPED_MOST = 1024 };

/* ---- reading */

static int refuse(const char **why, int rc, const char *text)
{
	*why = text;
	return rc;
}

static bool is_algorithm(struct arena *a, const xmlNode *node, const char *uri)
{
	const char *own = node ? node_attribute(a, node, NULL, "Algorithm") : NULL;
	return own && !strcmp(own, uri);
}

/* OAEP with one hash throughout, and no label. */
static enum wss_wrap read_wrap(struct arena *a, const xmlNode *method)
{
	xmlNodePtr digest = node_only(method, NS_DSIG, "DigestMethod"), mgf = node_only(method, NS_XENC11, "MGF");
	int parts = 0;
	for (xmlNodePtr child = node_first(method); child; child = node_next(child))
		parts++;
	if (parts != !!digest + !!mgf)
		return WSS_WRAP_NONE;
	if (is_algorithm(a, method, OAEP_MGF1P) && !mgf && (!digest || is_algorithm(a, digest, SHA1)))
		return WSS_WRAP_OAEP_SHA1;
	if (is_algorithm(a, method, OAEP) && is_algorithm(a, digest, SHA256) && is_algorithm(a, mgf, MGF1_SHA256))
		return WSS_WRAP_OAEP_SHA256;
	return WSS_WRAP_NONE;
}

static int read_value(struct arena *a, const xmlNode *element, unsigned char **p, size_t *n)
{
	xmlNodePtr data = node_only(element, NS_XENC, "CipherData"), value = data ? node_only(data, NS_XENC, "CipherValue") : NULL;
	return value && !node_next(node_first(data)) ? node_octets(a, value, p, n) : E_FORMAT;
}

static bool set_oaep(EVP_PKEY_CTX *c, enum wss_wrap wrap)
{
	const EVP_MD *md = wrap == WSS_WRAP_OAEP_SHA1 ? EVP_sha1() : EVP_sha256();
	return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING) == 1 && EVP_PKEY_CTX_set_rsa_oaep_md(c, md) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(c, md) == 1;
}

static bool unwrap(EVP_PKEY *key, enum wss_wrap wrap, const unsigned char *p, size_t n, unsigned char cek[KEY_SIZE])
{
	unsigned char out[WRAPPED_MOST];
	size_t out_n = sizeof out;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	bool good = n <= WRAPPED_MOST && c && EVP_PKEY_decrypt_init(c) == 1 && set_oaep(c, wrap) &&
		    EVP_PKEY_decrypt(c, out, &out_n, p, n) == 1 && out_n == KEY_SIZE;
	if (good)
		memcpy(cek, out, KEY_SIZE);
	OPENSSL_cleanse(out, sizeof out);
	EVP_PKEY_CTX_free(c);
	ERR_clear_error();
	return good;
}

/* p: nonce, text, tag; the text is written to out. */
static bool open_gcm(const unsigned char cek[KEY_SIZE], unsigned char *p, size_t n, unsigned char *out, int *out_n)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int last = 0;
	if (n < IV_SIZE + TAG_SIZE || n > INT32_MAX) {
		EVP_CIPHER_CTX_free(c);
		return false;
	}
	bool good = c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, cek, p) == 1 &&
		    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, p + n - TAG_SIZE) == 1 &&
		    EVP_DecryptUpdate(c, out, out_n, p + IV_SIZE, (int)(n - IV_SIZE - TAG_SIZE)) == 1 &&
		    EVP_DecryptFinal_ex(c, out + *out_n, &last) == 1;
	EVP_CIPHER_CTX_free(c);
	ERR_clear_error();
	return good;
}

/* The key names the one thing it is for, and the body is that thing. */
static int find_data(struct arena *a, const struct tree *t, const xmlNode *key, xmlNodePtr *data, const char **why)
{
	xmlNodePtr list = node_only(key, NS_XENC, "ReferenceList"), reference = list ? node_only(list, NS_XENC, "DataReference") : NULL;
	const char *uri = reference ? node_attribute(a, reference, NULL, "URI") : NULL;
	*data = node_first(t->body);
	if (!node_is(*data, NS_XENC, "EncryptedData") || node_next(*data))
		return refuse(why, E_SECURITY_HEADER, "there is a key but the body is not encrypted");
	const char *id = node_attribute(a, *data, NULL, "Id"), *type = node_attribute(a, *data, NULL, "Type");
	if (!uri || *uri != '#' || !id || strcmp(uri + 1, id))
		return refuse(why, E_SECURITY_HEADER, "the key does not name the body's EncryptedData");
	if (!type || (strcmp(type, NS_XENC "Content") && strcmp(type, NS_XENC "Element")))
		return refuse(why, E_SECURITY_HEADER, "what is encrypted is neither an element nor content");
	return 0;
}

/* A word nobody can have put into the message stands for the data while the rest is written; then the plain text takes its place, and
 * the whole is read anew like any message. */
static int splice(struct arena *a, struct tree *t, xmlNodePtr data, const unsigned char *text, size_t n, const char **plain,
		  size_t *plain_n)
{
	char word[RANDOM_NAME];
	xmlChar *all = NULL;
	int all_n = 0;
	if (random_name(word))
		return E_INTERNAL;
	xmlNodePtr stand_in = xmlNewDocText(t->doc, (const xmlChar *)word);
	if (!stand_in)
		return E_MEMORY;
	xmlFreeNode(xmlReplaceNode(data, stand_in));
	xmlDocDumpMemoryEnc(t->doc, &all, &all_n, "UTF-8");
	const char *at = all ? memmem(all, (size_t)all_n, word, RANDOM_NAME - 1) : NULL;
	if (!at) {
		xmlFree(all);
		return E_MEMORY;
	}
	size_t before = (size_t)(at - (const char *)all), behind = (size_t)all_n - before - (RANDOM_NAME - 1);
	char *p = arena_alloc(a, before + n + behind + 1);
	memcpy(p, all, before);
	memcpy(p + before, text, n);
	memcpy(p + before + n, at + RANDOM_NAME - 1, behind);
	xmlFree(all);
	*plain = p;
	*plain_n = before + n + behind;
	return 0;
}

static int read_methods(struct arena *a, const struct wss_policy *policy, const xmlNode *key, const xmlNode *data, enum wss_wrap *wrap,
			const char **why)
{
	xmlNodePtr method = node_only(key, NS_XENC, "EncryptionMethod");
	*wrap = method ? read_wrap(a, method) : WSS_WRAP_NONE;
	if (*wrap == WSS_WRAP_NONE || (*wrap == WSS_WRAP_OAEP_SHA1 && !policy->oaep_sha1))
		return refuse(why, E_SECURITY_ALGORITHM, "the way the key is wrapped is not accepted");
	method = node_only(data, NS_XENC, "EncryptionMethod");
	if (!is_algorithm(a, method, AES256_GCM) || node_first(method))
		return refuse(why, E_SECURITY_ALGORITHM, "the encryption algorithm is not accepted");
	return 0;
}

int cipher_open(struct arena *a, const struct wss_policy *policy, struct tree *t, xmlNodePtr encrypted_key, const char **plain,
		size_t *plain_n, enum wss_wrap *wrap, const char **why)
{
	unsigned char *wrapped, *sealed, *text, cek[KEY_SIZE];
	size_t wrapped_n, sealed_n;
	xmlNodePtr data;
	int text_n = 0, rc = find_data(a, t, encrypted_key, &data, why);
	if (!rc) rc = read_methods(a, policy, encrypted_key, data, wrap, why);
	if (rc)
		return rc;
	*why = "it cannot be decrypted with the hub's key";
	if (!policy->key || read_value(a, encrypted_key, &wrapped, &wrapped_n) || read_value(a, data, &sealed, &sealed_n))
		return E_DECRYPTION;
	text = arena_alloc(a, sealed_n + 1);
	bool good = unwrap(policy->key, *wrap, wrapped, wrapped_n, cek) && open_gcm(cek, sealed, sealed_n, text, &text_n);
	OPENSSL_cleanse(cek, sizeof cek);
	return good ? splice(a, t, data, text, (size_t)text_n, plain, plain_n) : E_DECRYPTION;
}

/* ---- writing */

/* The RSA key of a certificate, NULL if it has none. */
static EVP_PKEY *recipient_key(const unsigned char *der, size_t n)
{
	const unsigned char *p = der;
	X509 *certificate = n <= LONG_MAX ? d2i_X509(NULL, &p, (long)n) : NULL;
	EVP_PKEY *key = certificate ? X509_get_pubkey(certificate) : NULL;
	X509_free(certificate);
	ERR_clear_error();
	if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && key_is_strong(key))
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

bool wss_can_encrypt(const unsigned char *der, size_t n)
{
	EVP_PKEY *key = recipient_key(der, n);
	EVP_PKEY_free(key);
	return key != NULL;
}

static bool wrap_key(EVP_PKEY *key, const struct wss_seal *seal, const unsigned char cek[KEY_SIZE], unsigned char *out, size_t *n)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	bool good = c && EVP_PKEY_encrypt_init(c) == 1 && set_oaep(c, seal->wrap) && EVP_PKEY_encrypt(c, out, n, cek, KEY_SIZE) == 1;
	EVP_PKEY_CTX_free(c);
	ERR_clear_error();
	return good;
}

static int seal_gcm(const unsigned char cek[KEY_SIZE], const void *p, size_t n, struct bytes *out)
{
	unsigned char iv[IV_SIZE], tag[TAG_SIZE];
	int part = 0, last = 0;
	char *to = NULL;
	if (n > INT32_MAX || RAND_bytes(iv, IV_SIZE) != 1)
		return E_INTERNAL;
	int rc = bytes_add(out, iv, IV_SIZE);
	if (!rc) rc = bytes_add(out, p, n);             /* room; overwritten in place */
	if (!rc) rc = bytes_add(out, tag, TAG_SIZE);
	if (rc)
		return rc;
	to = out->p + IV_SIZE;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	bool good = c && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, cek, iv) == 1 &&
		    EVP_EncryptUpdate(c, (unsigned char *)to, &part, p, (int)n) == 1 &&
		    EVP_EncryptFinal_ex(c, (unsigned char *)to + part, &last) == 1 &&
		    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, to + n) == 1;
	EVP_CIPHER_CTX_free(c);
	ERR_clear_error();
	return good ? 0 : E_INTERNAL;
}

static int write_key(const struct wss_seal *seal, const unsigned char *wrapped, size_t n, struct bytes *out)
{
	int rc = bytes_adds(out, "<xenc:EncryptedKey xmlns:xenc=\"" NS_XENC "\">");
	if (!rc && seal->wrap == WSS_WRAP_OAEP_SHA1)
		rc = bytes_adds(out, "<xenc:EncryptionMethod Algorithm=\"" OAEP_MGF1P "\"><ds:DigestMethod xmlns:ds=\"" NS_DSIG
				"\" Algorithm=\"" SHA1 "\"/></xenc:EncryptionMethod>");
	else if (!rc)
		rc = bytes_adds(out, "<xenc:EncryptionMethod Algorithm=\"" OAEP "\"><ds:DigestMethod xmlns:ds=\"" NS_DSIG "\" Algorithm=\""
				SHA256 "\"/><xenc11:MGF xmlns:xenc11=\"" NS_XENC11 "\" Algorithm=\"" MGF1_SHA256
				"\"/></xenc:EncryptionMethod>");
	if (!rc) rc = bytes_adds(out, "<xenc:CipherData><xenc:CipherValue>");
	if (!rc) rc = canon_base64(out, wrapped, n);
	return rc ? rc : bytes_adds(out, "</xenc:CipherValue></xenc:CipherData><xenc:ReferenceList><xenc:DataReference URI=\"#data\"/>"
				    "</xenc:ReferenceList></xenc:EncryptedKey>");
}

static int write_data(const struct bytes *sealed, struct bytes *out)
{
	int rc = bytes_adds(out, "<xenc:EncryptedData xmlns:xenc=\"" NS_XENC "\" Id=\"data\" Type=\"" NS_XENC "Content\">"
			    "<xenc:EncryptionMethod Algorithm=\"" AES256_GCM "\"/><xenc:CipherData><xenc:CipherValue>");
	if (!rc) rc = canon_base64(out, sealed->p, sealed->n);
	return rc ? rc : bytes_adds(out, "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>");
}

int cipher_close(const struct wss_seal *seal, const void *p, size_t n, struct bytes *key_block, struct bytes *data)
{
	unsigned char cek[KEY_SIZE], wrapped[WRAPPED_MOST];
	size_t wrapped_n = sizeof wrapped;
	struct bytes sealed = BYTES_INIT;
	EVP_PKEY *key = recipient_key(seal->recipient, seal->recipient_n);
	if (!key || seal->wrap == WSS_WRAP_NONE) {
		EVP_PKEY_free(key);
		return E_CONFIG;
	}
	int rc = RAND_bytes(cek, KEY_SIZE) == 1 && wrap_key(key, seal, cek, wrapped, &wrapped_n) ? 0 : E_INTERNAL;
	EVP_PKEY_free(key);
	if (!rc) rc = seal_gcm(cek, p, n, &sealed);
	OPENSSL_cleanse(cek, sizeof cek);
	if (!rc) rc = write_key(seal, wrapped, wrapped_n, key_block);
	if (!rc) rc = write_data(&sealed, data);
	bytes_done(&sealed);
	return rc;
}
