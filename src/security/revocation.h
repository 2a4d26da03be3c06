/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Which certificates their authorities have withdrawn: revocation lists (RFC 5280, PEM or DER) and OCSP responses
 * (RFC 6960, DER), read from a file or a folder that somebody else keeps fresh. A set is immutable and counted; a fresh
 * one is read when the folder has changed. All functions are thread-safe.
 *
 * What counts: signed by the issuer of the certificate in question (an OCSP response also by a responder that the issuer
 * has certified for this), not with SHA-1 or MD5, within thisUpdate … nextUpdate. A certificate is
 *   revoked  if anything signed says so, even if it is outdated: what is withdrawn stays withdrawn;
 *   good     if it is not, and a list that is in force does not name it, or a response in force says good;
 *   unknown  else. Whether that is enough is the business of whoever asks. */
#ifndef VGI_SECURITY_REVOCATION_H
#define VGI_SECURITY_REVOCATION_H
#include <stddef.h>
#include <stdint.h>

struct x509_st;                                 /* OpenSSL's X509 */
struct revocations;

/* At most so many files in a folder (names that begin with '.' are passed over), and so many bytes in all. */
enum { REVOCATION_FILES = 4096, REVOCATION_BYTES = 256 << 20 };

enum revocation {
	REVOCATION_GOOD,
	REVOCATION_REVOKED,
	REVOCATION_STALE,                       /* unknown: what there is about its issuer is not in force (any more) */
	REVOCATION_MISSING                      /* unknown: there is nothing about it */
};
const char *revocation_name(enum revocation r);         /* "good", "revoked", "stale", "missing" */

struct revocation_error { char text[512]; };

/* Reads the file, or all files of the folder, at path. All or nothing: one file that is neither list nor response, that has
 * no nextUpdate, or that is of a kind that is not understood (delta, indirect, of one distribution point or of some
 * reasons) makes the whole E_CONFIG with a text; E_IO; E_TOO_LARGE; E_MEMORY. Signatures are looked at when a certificate
 * is. One reference, given back with revocations_free. */
int revocations_load(const char *path, struct revocations **set, struct revocation_error *error);
struct revocations *revocations_ref(struct revocations *set);   /* NULL allowed */
void revocations_free(struct revocations *set);                 /* NULL allowed */
/* Lists and responses in the set, for the log. */
void revocations_count(const struct revocations *set, size_t *lists, size_t *responses);
/* How long they count, at now_s: in force is what thisUpdate … nextUpdate say so of. */
struct revocation_times {
	size_t ended;                   /* lists and responses that are over */
	size_t in_force;
	int64_t from_s, until_s;        /* of that in force which ends first; seconds since 1970 */
};
void revocations_times(const struct revocations *set, int64_t now_s, struct revocation_times *times);
/* A number that changes when a file at path comes, goes or changes; 0 if path cannot be looked at. Cheap. */
uint64_t revocations_stamp(const char *path);

/* What is known at now_s (seconds since 1970, machine time) of cert, which issuer has signed. */
enum revocation revocations_check(struct revocations *set, struct x509_st *cert, struct x509_st *issuer, int64_t now_s);
#endif
