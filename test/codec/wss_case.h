/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Keys made in memory and messages changed as an attacker would. Whatever fails here aborts. */
#ifndef VGI_TEST_CODEC_WSS_CASE_H
#define VGI_TEST_CODEC_WSS_CASE_H
#include <openssl/evp.h>
#include <openssl/x509.h>
#include "codec/wss/wss.h"

#define CASE_NOW_US INT64_C(1800000000000000)

struct case_key { EVP_PKEY *key; X509 *certificate; char fingerprint[65]; };
/* kind: bits of an RSA key as text ("2048"), or the name of a curve. Valid from `from_s` to `to_s` seconds of CASE_NOW_US. */
void case_key_make(struct case_key *k, const char *kind, long from_s, long to_s);
void case_key_done(struct case_key *k);

/* All in an arena of the cases, freed by case_done. */
const char *case_plain(const char *soap);                /* an envelope as the hub writes it: one element "order" in the body */
const unsigned char *case_der(const struct case_key *k, size_t *n);     /* its certificate */
/* Signed with key, encrypted to recipient (NULL: not). */
const char *case_closed(const struct case_key *key, const struct case_key *recipient, enum wss_wrap wrap, const char *plain);
/* Encrypted to recipient and not signed, with this text for the body's content, well-formed or not. */
const char *case_sealed_text(const struct case_key *recipient, const char *text);
/* text with the first `from` replaced; aborts if it is not there. */
const char *case_replaced(const char *text, const char *from, const char *to);
/* From the first `begin` to the end of the next `end` behind it. */
const char *case_cut(const char *text, const char *begin, const char *end);
/* The SignedInfo that text has now, signed anew. The key says how; md: e.g. EVP_sha1(). */
const char *case_signed_anew(const char *text, EVP_PKEY *key, const EVP_MD *md);
/* The same with an HMAC under these bytes as key, which is what RSA-to-HMAC confusion would accept. */
const char *case_signed_hmac(const char *text, const void *key, size_t n);
const char *case_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void case_done(void);
#endif
