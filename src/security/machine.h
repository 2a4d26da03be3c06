/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the linked OpenSSL is and can do on this machine, and what a certificate says of itself, for those who look after an
 * installation. Thread-safe. */
#ifndef VGI_SECURITY_MACHINE_H
#define VGI_SECURITY_MACHINE_H
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"

struct machine {
	const char *version;            /* "OpenSSL 3.0.14 4 Jun 2024": the library at run time */
	const char *providers;          /* "default legacy" */
	bool fips;                      /* only approved algorithms are given out */
	bool random;                    /* the generator works */
	bool tls13, sm2, sm3, sm4, aes_gcm;
	bool sm2_cms;                   /* CMS can be written with an SM2 signature */
};
void machine_look(struct arena *a, struct machine *m);

/* The first certificate of a PEM file. */
struct machine_certificate {
	char subject[200];
	int64_t from_ms, until_ms;      /* validity, UTC ms */
	const char *signature;          /* OpenSSL's name, e.g. "RSA-SHA256" */
	bool weak;                      /* signed with a refused digest; self-signed authorities do not count */
};
/* 0, E_IO, E_FORMAT. */
int machine_certificate(const char *path, struct machine_certificate *certificate);
#endif
