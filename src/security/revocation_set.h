/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A set of lists and responses as revocation_read.c fills and revocation.c asks it; for these two alone. */
#ifndef VGI_SECURITY_REVOCATION_SET_H
#define VGI_SECURITY_REVOCATION_SET_H
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include "security/revocation.h"

/* A list or a response. vouched_by is the issuer for which its signature has been found good, so that it is looked at once
 * and not with every certificate; guarded by the set's lock. */
struct revocation_source {
	X509_CRL *crl;                          /* or */
	OCSP_BASICRESP *response;
	bool of_users, of_authorities;          /* lists: which certificates they speak of */
	X509 *vouched_by;
	X509 *responder;                        /* of a response: who has signed it, if not the issuer; within response */
};

struct revocations {
	atomic_int references;
	pthread_mutex_t lock;
	struct revocation_source *source;
	size_t n, room;
};

/* Adds one more, empty source; NULL if memory is out. */
struct revocation_source *revocations_add(struct revocations *set);
#endif
