/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/server.h"
#include "base/error.h"

int server_look(struct arena *a, struct db *db, struct server *s)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT VERSION(), @@innodb_flush_log_at_trx_commit, @@sync_binlog, @@log_bin, @@sql_mode,"
			" (SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'SSL_CIPHER'),"
			" @@max_allowed_packet, @@max_connections, @@global.read_only, @@datadir,"
			" CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)", DB_NO_ARGS, &rows);

	if (rc < 0)
		return rc;
	rc = db_next(rows);
	if (rc > 0)
		*s = (struct server){
			.version = arena_strdup(a, db_text(rows, 0)), .flush = db_int(rows, 1), .sync_binlog = db_int(rows, 2),
			.log_bin = db_int(rows, 3), .sql_mode = arena_strdup(a, db_text(rows, 4)),
			.cipher = db_is_null(rows, 5) ? "" : arena_strdup(a, db_text(rows, 5)), .packet = db_int(rows, 6),
			.connections = db_int(rows, 7), .read_only = db_int(rows, 8), .folder = arena_strdup(a, db_text(rows, 9)),
			.now_us = db_int(rows, 10)
		};
	db_rows_done(rows);
	return rc < 0 ? rc : rc ? 0 : E_NOTHING;
}
