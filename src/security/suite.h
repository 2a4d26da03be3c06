/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The two families of algorithms an installation may choose from for what it stores and signs (S3), and the primitives
 * both are made of. International: RSA or ECDSA with SHA-256, AES-256-GCM, HMAC-SHA-256. Chinese: SM2 with SM3, SM4-CBC
 * with HMAC-SM3 (GB/T 32918, 32905, 32907), where the linked OpenSSL has them. SHA-1 and MD5 are in neither.
 * All functions are thread-safe. */
#ifndef VGI_SECURITY_SUITE_H
#define VGI_SECURITY_SUITE_H
#include <stdbool.h>
#include <stddef.h>

enum suite { SUITE_INTERNATIONAL, SUITE_CHINESE };      /* in the order of [protection] suite; numbers stand in stored values */
enum { SUITE_MAC = 32, SUITE_SM4_KEY = 16, SUITE_SM4_IV = 16, SUITE_AES_KEY = 32, SUITE_GCM_NONCE = 12, SUITE_GCM_TAG = 16 };

const char *suite_name(enum suite suite);               /* "international", "chinese" */
/* Whether the linked OpenSSL, as it is configured, can do all of it; else *missing names what it cannot, e.g. "SM4-CBC". */
bool suite_available(enum suite suite, const char **missing);
/* Whether a signature algorithm (OpenSSL's NID, as of a certificate) rests on a digest that is refused: SHA-1, MD5, or none
 * that is known. */
bool suite_signature_refused(int signature_nid);

/* The digest of the suite: SHA-256, SM3. 0 or E_INTERNAL. */
int suite_digest(enum suite suite, const void *p, size_t n, unsigned char digest[SUITE_MAC]);
/* HMAC with the suite's digest over n_parts parts, one behind the other. 0 or E_INTERNAL. */
struct suite_part { const void *p; size_t n; };
int suite_mac(enum suite suite, const void *key, size_t key_n, const struct suite_part *part, size_t n_parts,
		unsigned char mac[SUITE_MAC]);
/* A key for one purpose from a secret that is itself uniformly random: HKDF-Expand (RFC 5869) with the suite's digest and
 * `purpose` as info. n ≤ 255 * 32. 0 or E_INTERNAL. */
int suite_derive(enum suite suite, const unsigned char *secret, size_t secret_n, const char *purpose, unsigned char *key,
		size_t n);

/* AES-256-GCM (NIST SP 800-38D). text and out: n bytes, may be the same. The second gives E_FORMAT if tag, aad or text are
 * not what was sealed (out is then zeroed). Else 0 or E_INTERNAL. */
int suite_gcm_seal(const unsigned char key[SUITE_AES_KEY], const unsigned char nonce[SUITE_GCM_NONCE],
		const struct suite_part *aad, const void *text, size_t n, unsigned char *out,
		unsigned char tag[SUITE_GCM_TAG]);
int suite_gcm_open(const unsigned char key[SUITE_AES_KEY], const unsigned char nonce[SUITE_GCM_NONCE],
		const struct suite_part *aad, const void *sealed, size_t n, const unsigned char tag[SUITE_GCM_TAG],
		unsigned char *out);
/* SM4-CBC with PKCS#7 padding. The first needs room for n + 16 bytes, both tell how many came out. Without authentication:
 * check a MAC before opening. 0, E_FORMAT (padding or length), E_INTERNAL (SM4 is not there). */
int suite_sm4_seal(const unsigned char key[SUITE_SM4_KEY], const unsigned char iv[SUITE_SM4_IV], const void *text, size_t n,
		unsigned char *out, size_t *out_n);
int suite_sm4_open(const unsigned char key[SUITE_SM4_KEY], const unsigned char iv[SUITE_SM4_IV], const void *sealed,
		size_t n, unsigned char *out, size_t *out_n);
#endif
