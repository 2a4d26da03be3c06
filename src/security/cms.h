/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Detached signatures of documents (D10, S3). International: CMS SignedData (RFC 5652) in DER with the signer's certificate, RSA
 * or ECDSA with SHA-256, beside the document as NAME.p7s; `openssl cms -verify -binary -inform DER` reads it. Chinese: the
 * SM2 signature with SM3 over the document (GB/T 32918.2, user id 1234567812345678 as GM/T 0009 says), the DER sequence of
 * r and s, as NAME.sig; OpenSSL 3.0 has no CMS for SM2. SHA-1 and MD5 are refused, in signatures and in the certificate. */
#ifndef VGI_SECURITY_CMS_H
#define VGI_SECURITY_CMS_H
#include <stddef.h>
#include <stdint.h>
#include "base/bytes.h"
#include "security/suite.h"

struct evp_pkey_st;                             /* OpenSSL's EVP_PKEY */
struct cms_signer;                              /* certificate and key; any thread, at any time */
struct cms_error { char text[512]; };

/* Reads both files (PEM). 0; E_CONFIG: not readable, key open to others, not of this certificate, not of the suite (RSA of 2048
 * bits or more, or a curve of 256 or more; SM2), a certificate signed with a refused digest, or OpenSSL lacks the suite. */
int cms_signer_open(enum suite suite, const char *certificate, const char *key, struct cms_signer **signer,
		struct cms_error *error);
void cms_signer_close(struct cms_signer *signer);       /* NULL allowed */
const char *cms_suffix(const struct cms_signer *signer);        /* ".p7s", ".sig" */
/* Adds the signature of n bytes to out. 0, E_MEMORY or E_INTERNAL. */
int cms_sign(const struct cms_signer *signer, const void *p, size_t n, struct bytes *out);

/* Whether a .p7s is of these bytes and of somebody the authorities in the file `trust` (PEM) vouch for. 0; E_FORMAT with a
 * text: it is not; E_CONFIG: trust cannot be read. */
int cms_verify(const char *trust, const void *p, size_t n, const void *signature, size_t signature_n, struct cms_error *error);
/* Whether a signature, .p7s or where the certificate (PEM) has an SM2 key .sig, is of these bytes and of the holder of this very
 * certificate. 0; E_FORMAT with a text: it is not; E_CONFIG: the certificate cannot be read, or is not valid at now_ms. */
int cms_verify_by(const char *certificate, int64_t now_ms, const void *p, size_t n, const void *signature, size_t signature_n,
		struct cms_error *error);
/* Whether an SM2 signature is of these bytes and of this key. 0 or E_FORMAT. */
int cms_verify_sm2(struct evp_pkey_st *key, const void *p, size_t n, const void *signature, size_t signature_n);
#endif
