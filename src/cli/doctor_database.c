/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The database: reachable, durable, strict, of this program's schema, with nothing left in the clear. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "cli/doctor.h"
#include "store/migrate.h"
#include "store/overview.h"
#include "store/protected.h"
#include "store/server.h"

enum { PACKET = 64 << 20, CLOCKS_US = 2000000, OTHERS = 3 };

static bool is_old(const char *version)
{
	char *end;
	long major = strtol(version, &end, 10), minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
	return major < 10 || (major == 10 && minor < 5);
}

static void tell_durability(struct doctor *d, const struct server *s)
{
	doctor_tell(d, s->flush == 1 ? DOCTOR_OK : DOCTOR_FAIL, "commits on disk",
		    "set innodb_flush_log_at_trx_commit = 1: what is acknowledged may be lost", "innodb_flush_log_at_trx_commit = %lld", (long long)s->flush);
	if (s->log_bin)
		doctor_tell(d, s->sync_binlog == 1 ? DOCTOR_OK : DOCTOR_WARN, "binary log", "set sync_binlog = 1", "on, sync_binlog = %lld",
			    (long long)s->sync_binlog);
	else
		doctor_tell(d, DOCTOR_WARN, "binary log", "without replica or binary log the database's disk is the only copy", "off");
}

static void tell_settings(struct doctor *d, const struct server *s)
{
	bool strict = strstr(s->sql_mode, "STRICT_TRANS_TABLES") || strstr(s->sql_mode, "STRICT_ALL_TABLES");
	int64_t need = d->c->in.net.workers + OTHERS;
	doctor_tell(d, strict ? DOCTOR_OK : DOCTOR_FAIL, "sql_mode", "something resets the session's sql_mode; look at init_connect", "%s", s->sql_mode);
	doctor_tell(d, s->packet >= PACKET ? DOCTOR_OK : DOCTOR_WARN, "packet", "set max_allowed_packet = 64M", "max_allowed_packet = %lld", (long long)s->packet);
	doctor_tell(d, s->connections >= need ? DOCTOR_OK : DOCTOR_FAIL, "connections", "raise max_connections above [net] workers + 3",
		    "max_connections = %lld, needed %lld", (long long)s->connections, (long long)need);
	doctor_tell(d, s->read_only ? DOCTOR_FAIL : DOCTOR_OK, "writable", "this server is a replica or was set read_only", s->read_only ? "read_only" : "yes");
	if (*d->c->in.database.host)
		doctor_tell(d, *s->cipher ? DOCTOR_OK : DOCTOR_FAIL, "database tls", "the server must offer TLS", "%s", *s->cipher ? s->cipher : "none");
	else
		doctor_tell(d, DOCTOR_OK, "database tls", NULL, "unix socket");
}

static void tell_server(struct doctor *d, const struct server *s)
{
	int64_t apart_us = llabs(s->now_us - clock_machine_us());
	doctor_tell(d, is_old(s->version) ? DOCTOR_FAIL : DOCTOR_OK, "database version", "MariaDB 10.5 or later is needed", "%s", s->version);
	tell_durability(d, s);
	tell_settings(d, s);
	doctor_tell(d, apart_us > CLOCKS_US ? DOCTOR_WARN : DOCTOR_OK, "database clock", "keep both clocks by NTP", "%lld ms apart", (long long)(apart_us / 1000));
	if (*d->c->in.database.socket)
		doctor_room(d, "database room", s->folder, 0);
}

static void tell_schema(struct doctor *d)
{
	int version = 0, rc = migrate_check(d->c->db, d->c->in.contracts.sql_dir);
	overview_schema_version(d->c->db, &version);
	doctor_tell(d, rc ? DOCTOR_FAIL : DOCTOR_OK, "schema", "run vgihub migrate with the account that may", rc ? "version %d is not this program's" : "version %d",
		    version);
	int64_t clear = 0;
	for (int column = 0; column < PROTECTED_COLUMNS && !rc; column++) {
		static const unsigned char none[PROTECTED_HEAD];
		struct protected_counts counts;
		rc = protected_counts(d->c->arena, d->c->db, (enum protected_column)column, &counts);
		for (size_t i = 0; !rc && i < counts.n; i++)
			clear += memcmp(counts.item[i].head, none, PROTECTED_HEAD) ? 0 : counts.item[i].n;
	}
	if (!rc)
		doctor_tell(d, clear ? DOCTOR_FAIL : DOCTOR_OK, "personal fields", "run vgihub key reseal", "%lld in the clear", (long long)clear);
}

void doctor_database(struct doctor *d)
{
	struct server s;
	int rc = d->c->db ? 0 : db_open(&d->c->target, &d->c->db);
	if (!rc)
		rc = server_look(d->c->arena, d->c->db, &s);
	if (rc) {
		doctor_tell(d, DOCTOR_FAIL, "database", "start it; look at [database] and its password file", "%s", error_text_en(rc));
		return;
	}
	tell_server(d, &s);
	tell_schema(d);
}
