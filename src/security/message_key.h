/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The key and certificate that messages are signed with, and opened with where the key is RSA. A handle that can be given fresh
 * files while it is in use; all functions are thread-safe. */
#ifndef VGI_SECURITY_MESSAGE_KEY_H
#define VGI_SECURITY_MESSAGE_KEY_H
#include <stdbool.h>
#include <stdint.h>
#include "security/tls.h"

struct evp_pkey_st;                             /* OpenSSL's EVP_PKEY and X509 */
struct x509_st;
struct message_key;

/* Reads two PEM files; the key is refused if it is open to anybody but its owner, or not that of the certificate. 0; E_CONFIG,
 * E_IO, E_MEMORY with a text. */
int message_key_new(const char *certificate, const char *key, struct message_key **mk, struct tls_error *error);
/* A handle in use has what fresh had, which is freed. Until former_until_us (of message_key_former's clock) the former key still
 * opens what was encrypted before others knew of the fresh one. */
void message_key_renew(struct message_key *mk, struct message_key *fresh, int64_t former_until_us);
void message_key_free(struct message_key *mk);  /* NULL allowed */

/* One reference each, given back with message_key_give. */
void message_key_take(struct message_key *mk, struct evp_pkey_st **key, struct x509_st **certificate);
void message_key_give(struct evp_pkey_st *key, struct x509_st *certificate);    /* NULL allowed */
/* The key that was in use before the last renewal, a reference; NULL when there is none or its time is over. */
struct evp_pkey_st *message_key_former(struct message_key *mk, int64_t now_us);
bool message_key_opens(struct message_key *mk); /* it is RSA: messages may be encrypted to it */
#endif
