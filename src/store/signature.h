/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Protection of messages themselves: what is asked of a principal, what it is encrypted to, and the signed messages that came
 * already. What is asked is read with the principal (store/principal.h). */
#ifndef VGI_STORE_SIGNATURE_H
#define VGI_STORE_SIGNATURE_H
#include "base/arena.h"
#include "store/db.h"

enum { SIGNATURE_DIGEST = 32, SIGNATURE_CERTIFICATE_MOST = 8192 };

/* Words of the two columns; NULL: as it is. 0; E_NOTHING: no such name; E_FORMAT: no such word. */
int signature_policy(struct db *db, const char *name, const char *signature, const char *encryption);

/* Keeps the DER form of a registered certificate, if it is not kept yet. 0, also where it is kept; E_TOO_LARGE. */
int signature_keep_certificate(struct db *db, const char *cert_sha256, const void *der, size_t n);
/* The certificate kept last of a principal's that are in use: *der is in the arena. 0 or E_NOTHING. */
int signature_certificate(struct arena *a, struct db *db, int principal_no, const unsigned char **der, size_t *n);

/* Keeps that this message came, at once and for itself. 0; E_SIGNATURE_REPLAY: it came before; E_STORE_…: not known. Must stand
 * outside a transaction. */
int signature_seen(struct db *db, int principal_no, const unsigned char digest[SIGNATURE_DIGEST], int64_t expires_us);
/* Forgets what its time stamp refuses since before now_us; at most 10,000 rows a call. */
int signature_forget(struct db *db, int64_t now_us);
#endif
