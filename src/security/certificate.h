/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Who a certificate names, and for how long: its SHA-256 fingerprint, the common name of its subject, its alternative
 * names, its validity.
 * Reads only; whether a certificate is to be trusted is decided in tls.h. All functions are thread-safe. */
#ifndef VGI_SECURITY_CERTIFICATE_H
#define VGI_SECURITY_CERTIFICATE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

struct x509_st;                                 /* OpenSSL's X509 */

enum {
	CERTIFICATE_FINGERPRINT = 65,           /* room for 64 lower-case hex digits and the NUL */
	CERTIFICATE_NAMES = 2048,               /* room for the lines of certificate_names */
	CERTIFICATE_NAME = 200                  /* enough for any common name: at most 64 characters of UTF-8 */
};

/* SHA-256 over the DER form, as `openssl x509 -fingerprint -sha256` shows it, without colons. 0 or E_INTERNAL. */
int certificate_fingerprint(const struct x509_st *cert, char hex[CERTIFICATE_FINGERPRINT]);
/* The same of the first certificate in the PEM file at path. 0, E_IO (not readable), E_FORMAT (no certificate in
 * it). */
int certificate_fingerprint_file(const char *path, char hex[CERTIFICATE_FINGERPRINT]);

/* notBefore and notAfter, seconds since 1970; either may be NULL. 0, E_FORMAT. */
int certificate_validity(const struct x509_st *cert, int64_t *from_s, int64_t *until_s);

/* The first common name of the subject as UTF-8. 0; E_FORMAT (and an empty name) if there is none, if it does not fit,
 * or if it has control characters or a NUL inside, with which names have been forged. */
int certificate_subject(const struct x509_st *cert, char *name, size_t room);

/* The n URIs of the subject's alternative names, in their order, copied into the arena. 0; E_FORMAT if one of them has
 * anything but printing ASCII characters (then *n is 0). No alternative names: 0 and *n = 0. */
int certificate_uris(struct arena *a, const struct x509_st *cert, const char ***uri, size_t *n);

/* The alternative names as lines "URI:urn:vgi:principal:A1\n", "DNS:hub.example\n", "OID:1.3.6.1.4.1.99999.1=text\n" (an
 * otherName that is a text), in their order; other kinds, and names with anything but printing ASCII, are left out. Not
 * more than fit: those that do not are left out too. room ≥ 1. */
void certificate_names(const struct x509_st *cert, char *names, size_t room);
/* Whether one of these lines is name ("URI:…"), letter for letter. */
bool certificate_has_name(const char *names, const char *name);
/* What principals are registered with, of the first certificate in the PEM file at path. 0, E_IO, E_FORMAT. */
struct certificate_facts { char fingerprint[CERTIFICATE_FINGERPRINT], names[CERTIFICATE_NAMES]; int64_t from_s, until_s; };
int certificate_facts_file(const char *path, struct certificate_facts *facts);
#endif
