/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Values sealed at rest under the keys of a key file (D10, A12, S3). A sealed value says which key and algorithms opened it
 * again, and it opens only in its place: table, column and row are authenticated with it, so it cannot be moved to another
 * row or column unseen.
 *
 *     byte 0      1, the form
 *     byte 1      enum suite
 *     bytes 2..5  key id, little endian
 *     then        international: nonce 12, text n, tag 16 (AES-256-GCM)
 *                 chinese:       iv 16, text padded to 16, HMAC-SM3 32 over all before it and the place (encrypt, then MAC)
 *
 * Each kind of key is derived from the file's secret for itself (HKDF). Nonces are random: renew the key before 2^32 values
 * were sealed under it (NIST SP 800-38D, 8.3). */
#ifndef VGI_SECURITY_SEAL_H
#define VGI_SECURITY_SEAL_H
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/bytes.h"
#include "security/keyfile.h"
#include "security/suite.h"

enum { SEAL_OVERHEAD = 6 + 16 + 16 + 32 };      /* most bytes by which a sealed value is longer */

struct vault;                                   /* the keys in use; any thread, at any time */

/* Reads the key file; E_CONFIG also if the linked OpenSSL lacks the suite. Errors otherwise as keyfile_read. */
int vault_open(const char *path, enum suite suite, struct vault **vault, struct keyfile_error *error);
void vault_close(struct vault *vault);          /* wipes the keys; NULL allowed */
/* The key that seals now. A key added to the file is taken up within a second, so a rotation needs no restart; while the
 * file cannot be read, the keys stay as they were and "keyfile-unreadable" is logged. */
uint32_t vault_key(struct vault *vault);

/* Where a value lives. row: what names the row for good, e.g. an aggregator id; not a number given by the store. */
struct seal_place { const char *table, *column, *row; };

/* Seals n bytes. *sealed lies in the arena. 0 or E_INTERNAL. */
int seal_value(struct arena *a, struct vault *vault, const struct seal_place *place, const void *value, size_t n,
		struct octets *sealed);
/* Opens; *value lies in the arena, with a NUL behind it. E_FORMAT: not a sealed value, changed, or from another place.
 * E_NOTHING: its key is not in the file. */
int seal_open(struct arena *a, struct vault *vault, const struct seal_place *place, struct octets sealed,
		struct octets *value);
/* The id of the key a value is sealed under, and its suite; false: this is no sealed value. */
bool seal_info(struct octets sealed, uint32_t *key, enum suite *suite);

/* A user's pseudonym: HMAC with the vault's suite under a key of its own, over who (an aggregator id) and the user's id. The
 * same user of two aggregators has two pseudonyms that cannot be told to belong together. Not to be undone, even with the
 * key, but by trying every id. 0 or E_INTERNAL. */
int pseudonym_make(struct vault *vault, const char *who, const char *user_id, unsigned char pseudonym[SUITE_MAC]);
#endif
