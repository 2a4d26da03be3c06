/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The key and certificate that messages are signed with, and opened with where the key is RSA. A handle that can be given fresh
 * files while it is in use; all functions are thread-safe. */
#ifndef VGI_SECURITY_MESSAGE_KEY_H
#define VGI_SECURITY_MESSAGE_KEY_H
#include "security/tls.h"

struct evp_pkey_st;                             /* OpenSSL's EVP_PKEY and X509 */
struct x509_st;
struct message_key;

/* Reads two PEM files; the key is refused if it is open to anybody but its owner, or not that of the certificate. 0; E_CONFIG,
 * E_IO, E_MEMORY with a text. */
int message_key_new(const char *certificate, const char *key, struct message_key **mk, struct tls_error *error);
/* The same into a handle in use; after an error it has what it had. */
int message_key_renew(struct message_key *mk, const char *certificate, const char *key, struct tls_error *error);
void message_key_free(struct message_key *mk);  /* NULL allowed */

/* One reference each, given back with message_key_give. */
void message_key_take(struct message_key *mk, struct evp_pkey_st **key, struct x509_st **certificate);
void message_key_give(struct evp_pkey_st *key, struct x509_st *certificate);    /* NULL allowed */
#endif
