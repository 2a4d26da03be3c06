/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What tls.c and tls_verify.c share: whom the connections of one SSL_CTX believe. */
#ifndef VGI_SECURITY_TLS_VERIFY_H
#define VGI_SECURITY_TLS_VERIFY_H
#include <openssl/ssl.h>
#include <stdbool.h>

struct revocations;

/* Makes ctx ask the revocations it is given with verify_set, and look again before a session is resumed. server: the other
 * side is a client. 0 or E_MEMORY. */
int verify_install(SSL_CTX *ctx, bool server, bool accept_unknown);
/* Takes a reference of its own; NULL: none are asked. */
void verify_set(SSL_CTX *ctx, struct revocations *set);
/* Whether ctx would believe this certificate now; untrusted (NULL allowed) may help to build the chain. An X509_V_… code,
 * X509_V_OK for yes. */
int verify_now(SSL_CTX *ctx, X509 *cert, STACK_OF(X509) *untrusted);
#endif
