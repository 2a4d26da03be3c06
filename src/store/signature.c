/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/signature.h"
#include <string.h>
#include "base/error.h"

static bool is_word(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (word && !strcmp(word, *words))
			return true;
	return !word;
}

int signature_policy(struct db *db, const char *name, const char *signature, const char *encryption)
{
	static const char *const signatures[] = { "never", "control", "always", NULL }, *const encryptions[] = { "never", "personal", "always", NULL };
	if (!is_word(signature, signatures) || !is_word(encryption, encryptions))
		return E_FORMAT;
	int rc = db_exec(db, "UPDATE principal SET signature = COALESCE(?, signature), encryption = COALESCE(?, encryption) WHERE name = ?",
			 DB_ARGS(DB_TEXT(signature), DB_TEXT(encryption), DB_TEXT(name)));
	return db_matched_one(db, rc);
}

int signature_keep_certificate(struct db *db, const char *cert_sha256, const void *der, size_t n)
{
	if (n > SIGNATURE_CERTIFICATE_MOST)
		return E_TOO_LARGE;
	return db_exec(db, "UPDATE principal_certificate SET der = ? WHERE cert_sha256 = ? AND der IS NULL",
		       DB_ARGS(DB_BYTES(der, n), DB_TEXT(cert_sha256)));
}

int signature_certificate(struct arena *a, struct db *db, int principal_no, const unsigned char **der, size_t *n)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT der FROM principal_certificate WHERE principal_no = ? AND revoked_us IS NULL AND der IS NOT NULL"
			  " ORDER BY created_us DESC LIMIT 1", DB_ARGS(DB_INT(principal_no)), &rows);
	if (rc)
		return rc;
	rc = db_next(rows);
	if (rc > 0) {
		const void *p = db_bytes(rows, 0, n);
		*der = memcpy(arena_alloc(a, *n + 1), p, *n);
	}
	db_rows_done(rows);
	return rc > 0 ? 0 : rc ? rc : E_NOTHING;
}

int signature_seen(struct db *db, int principal_no, const unsigned char digest[SIGNATURE_DIGEST], int64_t expires_us)
{
	int rc = db_exec(db, "INSERT INTO signature_seen (principal_no, digest, expires_us) VALUES (?, ?, ?)",
			 DB_ARGS(DB_INT(principal_no), DB_BYTES(digest, SIGNATURE_DIGEST), DB_INT(expires_us)));
	return rc == E_DUPLICATE_KEY ? E_SIGNATURE_REPLAY : rc;
}

int signature_forget(struct db *db, int64_t now_us)
{
	return db_exec(db, "DELETE FROM signature_seen WHERE expires_us < ? LIMIT 10000", DB_ARGS(DB_INT(now_us)));
}
