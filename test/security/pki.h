/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A throw-away PKI in a temporary folder for tests that talk TLS, made by etc/trial/pki.sh. Whatever fails here
 * aborts. */
#ifndef VGI_TEST_SECURITY_PKI_H
#define VGI_TEST_SECURITY_PKI_H
#include "security/tls.h"

/* Makes the folder: CA "ca" with the names hub, a-1, a-2; apart, CA "foreign/ca" with a-1 and hub. Removed at exit. */
void pki_make(void);
/* Runs pki.sh once more for one name. Returns its exit status. */
int pki_add(const char *name);
/* A path in it, e.g. pki_path("a-1.pem"). Good for the next 31 calls of this thread. */
const char *pki_path(const char *file);
struct tls_files pki_files(const char *name);           /* identity name, trust ca; name NULL: no identity */
struct tls *pki_server(const char *name);
struct tls *pki_client(const char *name);               /* NULL: without identity */
struct tls *pki_foreign_client(void);                   /* identity of a CA nobody trusts, itself trusting ours */
#endif
