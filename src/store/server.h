/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the database server is and how it is set, for those who look after an installation. Errors: db.h. */
#ifndef VGI_STORE_SERVER_H
#define VGI_STORE_SERVER_H
#include "base/arena.h"
#include "store/db.h"

struct server {
	const char *version;            /* "10.11.6-MariaDB…" */
	int64_t flush;                  /* innodb_flush_log_at_trx_commit: 1 means that a commit is on disk */
	int64_t sync_binlog, log_bin;
	const char *sql_mode;           /* of this session */
	const char *cipher;             /* of this connection; "": no TLS */
	int64_t packet;                 /* max_allowed_packet, bytes */
	int64_t connections, read_only;
	const char *folder;             /* datadir, on the server's machine */
	int64_t now_us;                 /* its clock, UTC us */
};
int server_look(struct arena *a, struct db *db, struct server *server);
#endif
