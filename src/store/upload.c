/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/upload.h"

int upload_put(struct db *db, const struct upload_answer *u)
{
	return db_exec(db, "INSERT INTO upload_answer (document_id, accepted, reasons, known_ms, seq) VALUES (?, ?, ?, ?, ?)"
		" ON DUPLICATE KEY UPDATE accepted = VALUES(accepted), reasons = VALUES(reasons), known_ms = VALUES(known_ms),"
		" seq = VALUES(seq)",
		DB_ARGS(DB_TEXT(u->document_id), DB_INT(u->accepted), DB_TEXT(u->reasons), DB_INT(u->known_ms), DB_INT(u->seq)));
}
