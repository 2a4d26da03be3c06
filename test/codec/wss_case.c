/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "codec/wss_case.h"
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "codec/wss/parts.h"
#include "security/certificate.h"

static struct arena *texts;

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "wss_case: %s\n", what);
	abort();
}

static struct arena *kept(void)
{
	if (!texts)
		texts = arena_new(0);
	return texts;
}

void case_done(void)
{
	arena_free(texts);
	texts = NULL;
}

void case_key_make(struct case_key *k, const char *kind, long from_s, long to_s)
{
	long bits = strtol(kind, NULL, 10);
	time_t now = (time_t)(CASE_NOW_US / 1000000);
	k->key = bits > 256 ? EVP_RSA_gen((unsigned)bits) : EVP_EC_gen(kind);
	k->certificate = X509_new();
	must(k->key && k->certificate, kind);
	ASN1_INTEGER_set(X509_get_serialNumber(k->certificate), 7);
	X509_time_adj_ex(X509_getm_notBefore(k->certificate), 0, from_s, &now);
	X509_time_adj_ex(X509_getm_notAfter(k->certificate), 0, to_s, &now);
	X509_NAME *name = X509_get_subject_name(k->certificate);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)kind, -1, -1, 0);
	X509_set_issuer_name(k->certificate, name);
	must(X509_set_pubkey(k->certificate, k->key) == 1 && X509_sign(k->certificate, k->key, EVP_sha256()) > 0, "certificate");
	must(certificate_fingerprint(k->certificate, k->fingerprint) == 0, "fingerprint");
}

void case_key_done(struct case_key *k)
{
	EVP_PKEY_free(k->key);
	X509_free(k->certificate);
}

const char *case_printf(const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	const char *text = arena_vprintf(kept(), format, ap);
	va_end(ap);
	return text;
}

const char *case_plain(const char *soap)
{
	return case_printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<S:Envelope xmlns:S=\"%s\" xmlns:o=\"urn:order\"><S:Body><o:order no=\"1\">"
			   "<o:power>7 &lt; 8</o:power><o:name>\xE7\xAB\x99</o:name></o:order></S:Body></S:Envelope>", soap);
}

const unsigned char *case_der(const struct case_key *k, size_t *n)
{
	unsigned char *der = NULL;
	int length = i2d_X509(k->certificate, &der);
	must(length > 0, "DER");
	const unsigned char *copy = memcpy(arena_alloc(kept(), (size_t)length), der, (size_t)length);
	OPENSSL_free(der);
	*n = (size_t)length;
	return copy;
}

const char *case_closed(const struct case_key *key, const struct case_key *recipient, enum wss_wrap wrap, const char *plain)
{
	struct bytes out = BYTES_INIT;
	struct wss_seal seal = { .key = key ? key->key : NULL, .certificate = key ? key->certificate : NULL,
		.wrap = wrap, .now_us = CASE_NOW_US, .life_us = 300000000 };
	if (recipient)
		seal.recipient = case_der(recipient, &seal.recipient_n);
	must(wss_close(kept(), &seal, plain, strlen(plain), &out) == 0, "wss_close");
	const char *text = arena_strndup(kept(), out.p, out.n);
	bytes_done(&out);
	return text;
}

const char *case_sealed_text(const struct case_key *recipient, const char *text)
{
	struct wss_seal seal = { .wrap = WSS_WRAP_OAEP_SHA256 };
	struct bytes key = BYTES_INIT, data = BYTES_INIT;
	seal.recipient = case_der(recipient, &seal.recipient_n);
	const char *message = case_closed(NULL, recipient, WSS_WRAP_OAEP_SHA256, case_plain(NS_SOAP11));
	must(cipher_close(&seal, text, strlen(text), &key, &data) == 0, "cipher_close");
	message = case_replaced(message, case_cut(message, "<xenc:EncryptedKey", "</xenc:EncryptedKey>"), key.p);
	message = case_replaced(message, case_cut(message, "<xenc:EncryptedData", "</xenc:EncryptedData>"), data.p);
	bytes_done(&key);
	bytes_done(&data);
	return message;
}

const char *case_replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	must(at, from);
	return case_printf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

const char *case_cut(const char *text, const char *begin, const char *end)
{
	const char *from = strstr(text, begin), *to = from ? strstr(from, end) : NULL;
	must(to, begin);
	return arena_strndup(kept(), from, (size_t)(to - from) + strlen(end));
}

static const char *with_value(const char *text, const unsigned char *value, size_t n)
{
	char base64[2000];
	must(n < 1400, "signature");
	EVP_EncodeBlock((unsigned char *)base64, value, (int)n);
	return case_replaced(text, case_cut(text, "<ds:SignatureValue>", "</ds:SignatureValue>"),
			     case_printf("<ds:SignatureValue>%s</ds:SignatureValue>", base64));
}

/* DER → r and s one behind the other, of P-256. */
static size_t raw_ecdsa(unsigned char *value, size_t n)
{
	const unsigned char *p = value;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
	unsigned char raw[64];
	must(sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32) == 32 && BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32) == 32, "ECDSA");
	ECDSA_SIG_free(sig);
	memcpy(value, raw, 64);
	return 64;
}

const char *case_signed_anew(const char *text, EVP_PKEY *key, const EVP_MD *md)
{
	const char *info = case_cut(text, "<ds:SignedInfo", "</ds:SignedInfo>");
	unsigned char value[1024];
	size_t n = sizeof value;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	must(EVP_DigestSignInit(c, NULL, md, NULL, key) == 1 &&
	     EVP_DigestSign(c, value, &n, (const unsigned char *)info, strlen(info)) == 1, "sign");
	EVP_MD_CTX_free(c);
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
		n = raw_ecdsa(value, n);
	return with_value(text, value, n);
}

const char *case_signed_hmac(const char *text, const void *key, size_t n)
{
	const char *info = case_cut(text, "<ds:SignedInfo", "</ds:SignedInfo>");
	unsigned char value[EVP_MAX_MD_SIZE];
	unsigned value_n = 0;
	must(HMAC(EVP_sha256(), key, (int)n, (const unsigned char *)info, strlen(info), value, &value_n) != NULL, "HMAC");
	return with_value(text, value, value_n);
}
