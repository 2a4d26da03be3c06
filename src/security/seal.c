/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/seal.h"
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>
#include "base/error.h"
#include "security/vault.h"

enum { FORM = 1, HEAD = 6 };

/* What is authenticated beside the text: the head of the value and its place, each part with its length before it. */
static struct suite_part context_of(struct arena *a, const struct seal_place *place, const unsigned char head[HEAD])
{
	const char *part[] = { place->table, place->column, place->row };
	size_t n = HEAD, at = HEAD;
	unsigned char *p;

	for (int i = 0; i < 3; i++)
		n += 4 + strlen(part[i]);
	p = arena_alloc(a, n);
	memcpy(p, head, HEAD);
	for (int i = 0; i < 3; i++) {
		size_t k = strlen(part[i]);

		for (int b = 0; b < 4; b++)
			p[at++] = (unsigned char)(k >> 8 * b);
		memcpy(p + at, part[i], k);
		at += k;
	}
	return (struct suite_part){ p, n };
}

static int seal_gcm(const struct vault_key *key, const struct suite_part *context, const void *value, size_t n,
		unsigned char *body, size_t *body_n)
{
	*body_n = SUITE_GCM_NONCE + n + SUITE_GCM_TAG;
	return suite_gcm_seal(key->aes, body, context, value, n, body + SUITE_GCM_NONCE, body + SUITE_GCM_NONCE + n);
}

static int seal_sm4(const struct vault_key *key, const struct suite_part *context, const void *value, size_t n,
		unsigned char *body, size_t *body_n)
{
	size_t text_n;
	int rc = suite_sm4_seal(key->sm4, body, value, n, body + SUITE_SM4_IV, &text_n);
	struct suite_part part[] = { *context, { body, SUITE_SM4_IV + text_n } };

	*body_n = SUITE_SM4_IV + text_n + SUITE_MAC;
	return rc ? rc : suite_mac(SUITE_CHINESE, key->mac, sizeof key->mac, part, 2, body + SUITE_SM4_IV + text_n);
}

int seal_value(struct arena *a, struct vault *vault, const struct seal_place *place, const void *value, size_t n,
		struct octets *sealed)
{
	unsigned char *p = arena_alloc(a, n + SEAL_OVERHEAD);
	enum suite suite = vault_suite(vault);
	struct vault_key key;
	size_t body_n = 0;
	int rc;

	vault_newest(vault, &key);
	p[0] = FORM;
	p[1] = (unsigned char)suite;
	for (int b = 0; b < 4; b++)
		p[2 + b] = (unsigned char)(key.id >> 8 * b);
	rc = RAND_bytes(p + HEAD, SUITE_SM4_IV) == 1 ? 0 : E_INTERNAL;  /* the nonce, or the longer iv */
	if (!rc) {
		struct suite_part context = context_of(a, place, p);

		rc = (suite == SUITE_CHINESE ? seal_sm4 : seal_gcm)(&key, &context, value, n, p + HEAD, &body_n);
	}
	OPENSSL_cleanse(&key, sizeof key);
	*sealed = (struct octets){ p, HEAD + body_n };
	return rc;
}

static int open_gcm(const struct vault_key *key, const struct suite_part *context, const unsigned char *body, size_t n,
		unsigned char *out, size_t *out_n)
{
	if (n < SUITE_GCM_NONCE + SUITE_GCM_TAG)
		return E_FORMAT;
	*out_n = n - SUITE_GCM_NONCE - SUITE_GCM_TAG;
	return suite_gcm_open(key->aes, body, context, body + SUITE_GCM_NONCE, *out_n, body + SUITE_GCM_NONCE + *out_n, out);
}

static int open_sm4(const struct vault_key *key, const struct suite_part *context, const unsigned char *body, size_t n,
		unsigned char *out, size_t *out_n)
{
	unsigned char mac[SUITE_MAC];
	struct suite_part part[] = { *context, { body, n - SUITE_MAC } };
	int rc;

	if (n < SUITE_SM4_IV + 16 + SUITE_MAC)
		return E_FORMAT;
	rc = suite_mac(SUITE_CHINESE, key->mac, sizeof key->mac, part, 2, mac);
	if (!rc && CRYPTO_memcmp(mac, body + n - SUITE_MAC, SUITE_MAC))
		rc = E_FORMAT;
	return rc ? rc : suite_sm4_open(key->sm4, body, body + SUITE_SM4_IV, n - SUITE_SM4_IV - SUITE_MAC, out, out_n);
}

bool seal_info(struct octets sealed, uint32_t *key, enum suite *suite)
{
	if (sealed.p == NULL || sealed.n < HEAD || sealed.p[0] != FORM || sealed.p[1] > SUITE_CHINESE)
		return false;
	*suite = (enum suite)sealed.p[1];
	*key = bytes_get_u32(sealed.p + 2);
	return true;
}

int seal_open(struct arena *a, struct vault *vault, const struct seal_place *place, struct octets sealed,
		struct octets *value)
{
	struct suite_part context;
	struct vault_key key;
	enum suite suite;
	unsigned char *out;
	size_t n = 0;
	uint32_t id;
	int rc;

	*value = (struct octets){ NULL, 0 };
	if (!seal_info(sealed, &id, &suite))
		return E_FORMAT;
	if ((rc = vault_find(vault, id, &key)))
		return rc;
	context = context_of(a, place, sealed.p);
	out = arena_alloc(a, sealed.n + 1);
	rc = (suite == SUITE_CHINESE ? open_sm4 : open_gcm)(&key, &context, sealed.p + HEAD, sealed.n - HEAD, out, &n);
	OPENSSL_cleanse(&key, sizeof key);
	if (rc)
		return rc;
	out[n] = '\0';
	*value = (struct octets){ out, n };
	return 0;
}
