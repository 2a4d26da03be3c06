/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Documents encrypted to one reader, as files NAME.vgp (S3). The reader's certificate decides the suite: RSA, then RSA-OAEP and
 * AES-256-GCM; SM2, then SM2 encryption (GB/T 32918.4) and SM4-CBC with HMAC-SM3, encrypt, then MAC. Sender and name are
 * authenticated with the text. Who the sender is the parcel cannot tell, since anybody can encrypt to a certificate: a detached
 * signature over the file (cms.h) does. doc/internals/documents.md has the format byte for byte.
 *
 *     0   "VGI-DOC\n", form 1, enum suite, 0, 0
 *     12  bytes of sender, of name, of wrapped secret: 4 each; bytes of sealed text: 8. Little endian
 *     32  digest of the reader's public key (SubjectPublicKeyInfo, DER): SHA-256 or SM3, 32
 *     64  iv 16 (of GCM's nonce the first 12, then 0)
 *     80  sender, name, wrapped secret, sealed text, tag (GCM 16 over all before as associated data; HMAC-SM3 32 over all before)
 *
 * The secret is 32 random bytes for this parcel alone; keys come from it by HKDF-Expand, one for each purpose. All functions are
 * thread-safe. */
#ifndef VGI_SECURITY_PARCEL_H
#define VGI_SECURITY_PARCEL_H
#include <stddef.h>
#include "base/bytes.h"
#include "security/cms.h"

#define PARCEL_SUFFIX ".vgp"
enum { PARCEL_SENDER = 64, PARCEL_NAME = 100 };         /* most bytes of each */

struct parcel_key;
/* The key of a reader that is written to. 0; E_CONFIG: not readable, not in force at now_ms, neither RSA of 2048 to 8192 bits nor SM2, or
 * OpenSSL lacks the suite; E_MEMORY. */
int parcel_reader(const char *certificate, int64_t now_ms, struct parcel_key **key, struct cms_error *error);
/* The own key that parcels are opened with; errors too if the key is open to others, or not that of the certificate. */
int parcel_opener(const char *certificate, const char *key_file, int64_t now_ms, struct parcel_key **key, struct cms_error *error);
void parcel_key_close(struct parcel_key *key);          /* NULL allowed */
enum suite parcel_suite(const struct parcel_key *key);

/* What was in a parcel. */
struct parcel { char sender[PARCEL_SENDER + 1], name[PARCEL_NAME + 1]; struct bytes text; };
/* Appends a parcel with n bytes. 0; E_RANGE: sender or name empty or too long; E_TOO_LARGE, E_MEMORY, E_INTERNAL. */
int parcel_seal(const struct parcel_key *reader, const char *sender, const char *name, const void *p, size_t n, struct bytes *out);
/* Nothing is decrypted before all of it is known to be as it was sealed. 0: parcel->text is to be released with bytes_done.
 * E_DECRYPTION, the one answer to whatever is wrong; *why says what, for the log: static text. E_TOO_LARGE: text above `most`. */
int parcel_open(const struct parcel_key *own, const void *p, size_t n, size_t most, struct parcel *parcel, const char **why);
#endif
