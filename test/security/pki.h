/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A throw-away PKI in a temporary folder for tests that talk TLS, made by etc/trial/pki.sh. Whatever fails here
 * aborts. */
#ifndef VGI_TEST_SECURITY_PKI_H
#define VGI_TEST_SECURITY_PKI_H
#include <stdbool.h>
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

/* Writes a revocation list of the authority issuer ("ca", "foreign/ca") that withdraws the certificate in the file revoked (NULL:
 * none), in PEM, or in DER where the name ends in ".der". Times from now in seconds. */
void pki_crl(const char *file, const char *issuer, const char *revoked, int from_s, int until_s);
/* What an OCSP response says, and who signs it. */
struct pki_ocsp {
	const char *issuer;                     /* whose certificates it speaks of */
	const char *certificate;                /* file of the one it speaks of */
	const char *signer;                     /* name whose certificate and key sign; its certificate goes with it */
	int status, from_s, until_s;            /* V_OCSP_CERTSTATUS_…; until_s 0: no nextUpdate */
	const struct evp_md_st *digest;         /* of the certificate's id and of the signature */
};
void pki_ocsp(const char *file, const struct pki_ocsp *o);
/* A certificate NAME.pem and key for signing OCSP responses in the name of ca, for days from now (negative: it is over). */
void pki_responder(const char *name, const char *issuer, bool for_ocsp, int days);
#endif
