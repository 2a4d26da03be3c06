/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include "base/error.h"
#include "base/log.h"
#include "store/db_internal.h"

struct error_row { unsigned number; int error; bool lost; };

/* Everything that is not here is E_INTERNAL: a defect of ours, or of the schema. */
static const struct error_row table[] = {
	{ CR_CONNECTION_ERROR,          E_STORE_AWAY, true },
	{ CR_CONN_HOST_ERROR,           E_STORE_AWAY, true },
	{ CR_UNKNOWN_HOST,              E_STORE_AWAY, true },
	{ CR_SERVER_GONE_ERROR,         E_STORE_AWAY, true },
	{ CR_SERVER_HANDSHAKE_ERR,      E_STORE_AWAY, true },
	{ CR_SERVER_LOST,               E_STORE_AWAY, true },
	{ CR_SERVER_LOST_EXTENDED,      E_STORE_AWAY, true },
	{ CR_MALFORMED_PACKET,          E_STORE_AWAY, true },
	{ CR_SSL_CONNECTION_ERROR,      E_STORE_AWAY, true },
	{ ER_CONNECTION_KILLED,         E_STORE_AWAY, true },
	{ ER_SERVER_SHUTDOWN,           E_STORE_AWAY, true },
	{ ER_NORMAL_SHUTDOWN,           E_STORE_AWAY, true },
	{ ER_NET_READ_ERROR,            E_STORE_AWAY, true },
	{ ER_NET_READ_INTERRUPTED,      E_STORE_AWAY, true },
	{ ER_NET_ERROR_ON_WRITE,        E_STORE_AWAY, true },
	{ ER_NET_WRITE_INTERRUPTED,     E_STORE_AWAY, true },
	{ ER_HANDSHAKE_ERROR,           E_STORE_AWAY, true },
	{ ER_QUERY_INTERRUPTED,         E_STORE_AWAY, false },
	{ ER_CON_COUNT_ERROR,           E_STORE_AWAY, true },
	{ ER_HOST_IS_BLOCKED,           E_STORE_AWAY, true },
	{ ER_TOO_MANY_USER_CONNECTIONS, E_STORE_AWAY, true },
	{ ER_USER_LIMIT_REACHED,        E_STORE_AWAY, false },
	{ ER_UNKNOWN_COM_ERROR,         E_STORE_AWAY, false },  /* 1047: a Galera node outside the primary component */
	{ ER_OPTION_PREVENTS_STATEMENT, E_STORE_AWAY, false },  /* --read-only */
	{ ER_READ_ONLY_MODE,            E_STORE_AWAY, false },
	{ ER_DISK_FULL,                 E_STORE_AWAY, false },
	{ ER_RECORD_FILE_FULL,          E_STORE_AWAY, false },
	{ ER_LOCK_DEADLOCK,             E_STORE_CONFLICT, false },
	{ ER_LOCK_WAIT_TIMEOUT,         E_STORE_CONFLICT, false },
	{ ER_CHECKREAD,                 E_STORE_CONFLICT, false },
	{ ER_DUP_ENTRY,                 E_DUPLICATE_KEY, false },
	{ ER_DUP_ENTRY_WITH_KEY_NAME,   E_DUPLICATE_KEY, false },
	{ ER_NET_PACKET_TOO_LARGE,      E_TOO_LARGE, true },
	{ CR_NET_PACKET_TOO_LARGE,      E_TOO_LARGE, true },
	{ CR_OUT_OF_MEMORY,             E_MEMORY, false },
	{ ER_DBACCESS_DENIED_ERROR,     E_CONFIG, false },      /* 1044, 1142, 1143, 1227, 1370: a right that the account has not */
	{ ER_TABLEACCESS_DENIED_ERROR,  E_CONFIG, false },
	{ ER_COLUMNACCESS_DENIED_ERROR, E_CONFIG, false },
	{ ER_SPECIFIC_ACCESS_DENIED_ERROR, E_CONFIG, false },
	{ ER_PROCACCESS_DENIED_ERROR,   E_CONFIG, false },
};

/* Server errors whose text holds names of the schema or of the installation, but no values of ours. */
static const unsigned tellable[] = {
	ER_DBACCESS_DENIED_ERROR, ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR,
	ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR, ER_SPECIFIC_ACCESS_DENIED_ERROR, ER_PROCACCESS_DENIED_ERROR, ER_BAD_DB_ERROR, ER_NO_SUCH_TABLE, ER_TABLE_EXISTS_ERROR,
	ER_BAD_FIELD_ERROR, ER_PARSE_ERROR, ER_UNKNOWN_COM_ERROR, ER_UNKNOWN_SYSTEM_VARIABLE,
};

int db_error_class(unsigned number, bool *lost)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (table[i].number == number) {
			*lost = table[i].lost;
			return table[i].error;
		}
	}
	*lost = false;
	return E_INTERNAL;
}

bool db_error_is_setup(unsigned number)
{
	return number == ER_DBACCESS_DENIED_ERROR || number == ER_ACCESS_DENIED_ERROR || number == ER_BAD_DB_ERROR ||
		number == ER_ACCESS_DENIED_NO_PASSWORD_ERROR || number == CR_AUTH_PLUGIN_CANNOT_LOAD;
}

static bool may_tell(unsigned number)
{
	if (number >= CR_MIN_ERROR && number <= CR_MYSQL_LAST_ERROR)
		return true;
	for (size_t i = 0; i < sizeof tellable / sizeof *tellable; i++) {
		if (tellable[i] == number)
			return true;
	}
	return false;
}

int db_fail(struct db *db, enum db_stage stage, const char *sql, unsigned number, const char *sqlstate,
	    const char *message)
{
	bool lost;
	int error = db_error_class(number, &lost);

	if (error == E_DUPLICATE_KEY || error == E_STORE_CONFLICT)
		log_debug("db-conflict", "error=%u statement=%.200s", number, sql);
	else
		log_event(error == E_INTERNAL || error == E_CONFIG ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN, "db-error",
			  "error=%u sqlstate=%s text=%s statement=%.200s",
			  number, sqlstate, may_tell(number) ? message : "-", sql);
	if (error == E_CONFIG)
		snprintf(db->denied, sizeof db->denied, "%s", message);
	if (db->in_transaction && (lost || error == E_STORE_AWAY || error == E_STORE_CONFLICT))
		db->broken = error;
	if (lost) {
		db_statements_drop(db);
		mysql_close(db->mysql);
		db->mysql = NULL;
	}
	bool by_itself = stage == DB_STAGE_WRITE && !db->in_transaction;
	if (lost && error == E_STORE_AWAY && (by_itself || stage == DB_STAGE_COMMIT))
		return E_STORE_UNCERTAIN;
	return error;
}

int db_fail_mysql(struct db *db, enum db_stage stage, const char *sql)
{
	/* copied: db_fail may close the connection that owns the texts */
	char sqlstate[8], message[MYSQL_ERRMSG_SIZE];

	snprintf(sqlstate, sizeof sqlstate, "%s", mysql_sqlstate(db->mysql));
	snprintf(message, sizeof message, "%s", mysql_error(db->mysql));
	return db_fail(db, stage, sql, mysql_errno(db->mysql), sqlstate, message);
}

int db_fail_stmt(struct db *db, enum db_stage stage, const struct db_statement *s)
{
	char sqlstate[8], message[MYSQL_ERRMSG_SIZE];

	snprintf(sqlstate, sizeof sqlstate, "%s", mysql_stmt_sqlstate(s->stmt));
	snprintf(message, sizeof message, "%s", mysql_stmt_error(s->stmt));
	return db_fail(db, stage, s->sql, mysql_stmt_errno(s->stmt), sqlstate, message);
}
