/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/error.h"
#include "base/log.h"
#include "store/db_internal.h"

/* What every session is: the one place that states isolation, time zone and strictness. A lock is waited for less long
 * than an answer (read_timeout_s), so that a conflict is told as one. */
static const char ISOLATION[] = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
static const char SESSION[] =
	"SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = 10, autocommit = 1,"
	" sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
	"NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO'";

static void library_start(void)
{
	mysql_server_init(0, NULL, NULL);
}

void db_thread_end(void)
{
	mysql_thread_end();
}

/* -- connecting */
static void set_options(MYSQL *m, const struct db_target *t)
{
	unsigned connect_s = t->connect_timeout_s ? t->connect_timeout_s : 5;
	unsigned read_s = t->read_timeout_s ? t->read_timeout_s : 30;
	unsigned write_s = t->write_timeout_s ? t->write_timeout_s : 30;
	static const unsigned no = 0, tcp = MYSQL_PROTOCOL_TCP;
	static const my_bool yes = 1;

	mysql_options(m, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(m, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	mysql_options(m, MYSQL_OPT_READ_TIMEOUT, &read_s);
	mysql_options(m, MYSQL_OPT_WRITE_TIMEOUT, &write_s);
	mysql_options(m, MYSQL_OPT_LOCAL_INFILE, &no);
	if (t->host == NULL)
		return;
	mysql_options(m, MYSQL_OPT_PROTOCOL, &tcp);     /* "localhost" would mean the unix socket */
	mysql_options(m, MYSQL_OPT_SSL_CA, t->tls_ca);
	mysql_options(m, MYSQL_OPT_SSL_ENFORCE, &yes);
	mysql_options(m, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
	mysql_options(m, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
	if (t->tls_cert != NULL)
		mysql_options(m, MYSQL_OPT_SSL_CERT, t->tls_cert);
	if (t->tls_key != NULL)
		mysql_options(m, MYSQL_OPT_SSL_KEY, t->tls_key);
}

/* First line of the password file, without its end. */
static int read_password(const struct db_target *t, struct bytes *password)
{
	int rc = 0;

	if (t->password_file != NULL)
		rc = bytes_read_file(password, t->password_file);
	if (rc < 0) {
		log_error("db-config", "cannot read the password file %s", t->password_file);
		return E_CONFIG;
	}
	if (password->p != NULL)
		password->p[strcspn(password->p, "\r\n")] = '\0';
	return 0;
}

static int query_size(MYSQL *m, const char *sql, size_t *value)
{
	MYSQL_RES *result = NULL;
	MYSQL_ROW row = NULL;

	if (mysql_real_query(m, sql, (unsigned long)strlen(sql)) == 0)
		result = mysql_store_result(m);
	if (result != NULL)
		row = mysql_fetch_row(result);
	if (row != NULL && row[0] != NULL)
		*value = (size_t)strtoull(row[0], NULL, 10);
	mysql_free_result(result);
	return row != NULL ? 0 : E_STORE_AWAY;
}

static bool has_array_binding(MYSQL *m, const struct db_target *t)
{
	unsigned long extended = 0;

	if (t->no_array_binding || mariadb_get_infov(m, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES,
						     &extended) != 0)
		return false;
	return (extended & (unsigned long)(MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
}

/* Told once when it goes and once when it comes back, not at every try. */
static int connect_failed(struct db *db, MYSQL *m)
{
	unsigned number = mysql_errno(m);
	bool lost;
	int error = db_error_is_setup(number) ? E_CONFIG : db_error_class(number, &lost);

	if (!db->told_away)
		log_error("db-away", "cannot connect: error=%u %s", number, mysql_error(m));
	db->told_away = true;
	mysql_close(m);
	return error == E_INTERNAL ? E_CONFIG : error;
}

static int connect_now(struct db *db)
{
	const struct db_target *t = &db->target;
	struct bytes password = { .most = 4096 };
	MYSQL *m = NULL;
	int rc = read_password(t, &password);

	if (rc < 0)
		goto out;
	m = mysql_init(NULL);
	if (m == NULL) {
		rc = E_MEMORY;
		goto out;
	}
	set_options(m, t);
	if (mysql_real_connect(m, t->host, t->user, password.p, t->database, t->port, t->socket,
			       CLIENT_FOUND_ROWS) == NULL ||
	    mysql_real_query(m, ISOLATION, sizeof ISOLATION - 1) != 0 ||
	    mysql_real_query(m, SESSION, sizeof SESSION - 1) != 0 ||
	    query_size(m, "SELECT @@max_allowed_packet", &db->packet_most) < 0) {
		rc = connect_failed(db, m);
		goto out;
	}
	db->mysql = m;
	db->generation++;
	db->array_binding = has_array_binding(m, t);
	if (db->told_away)
		log_notice("db-back", "connected again");
	db->told_away = false;
out:
	if (password.p != NULL)
		explicit_bzero(password.p, password.room);
	bytes_done(&password);
	return rc;
}

static int check_target(const struct db_target *t)
{
	if ((t->socket == NULL) == (t->host == NULL)) {
		log_error("db-config", "give either a unix socket or a host of the database");
		return E_CONFIG;
	}
	if (t->host != NULL && t->tls_ca == NULL) {
		log_error("db-config", "a database reached by TCP needs tls_ca: the connection is never in clear");
		return E_CONFIG;
	}
	return 0;
}

int db_open(const struct db_target *target, struct db **db)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int rc = check_target(target);

	if (rc < 0)
		return rc;
	pthread_once(&once, library_start);
	struct db *made = calloc(1, sizeof *made);
	if (made == NULL)
		return E_MEMORY;
	made->target = *target;
	rc = connect_now(made);
	if (rc < 0)
		db_close(made);
	else
		*db = made;
	return rc;
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	db_statements_drop(db);
	if (db->mysql != NULL)
		mysql_close(db->mysql);
	free(db->note);
	free(db);
}

/* An idle connection has nothing to read; if it has, the server said farewell or closed it. */
static bool looks_dead(struct db *db)
{
	struct pollfd p = { .fd = mysql_get_socket(db->mysql), .events = POLLIN };

	return poll(&p, 1, 0) != 0 && mysql_ping(db->mysql) != 0;
}

const char *db_denied(const struct db *db)
{
	return db->denied;
}

int db_ensure(struct db *db)
{
	if (db->in_transaction)
		return db->mysql == NULL ? E_STORE_AWAY : 0;
	if (db->mysql != NULL && looks_dead(db)) {
		log_warn("db-lost", "the idle connection was closed: error=%u", mysql_errno(db->mysql));
		db_statements_drop(db);
		mysql_close(db->mysql);
		db->mysql = NULL;
	}
	if (db->mysql != NULL)
		return 0;
	int rc = connect_now(db);
	return rc == E_MEMORY ? rc : rc < 0 ? E_STORE_AWAY : 0;
}

/* -- transactions. The server is told of one, and of a savepoint, only when something is to be written: a transaction that only
 * reads costs no round trip, and under READ COMMITTED its statements read what they would have read inside one. */
static int run(struct db *db, enum db_stage stage, const char *text)
{
	if (mysql_real_query(db->mysql, text, (unsigned long)strlen(text)) != 0)
		return db_fail_mysql(db, stage, text);
	return 0;
}

/* A SELECT that takes no lock. */
static bool only_reads(const char *sql)
{
	return strncmp(sql, "SELECT", 6) == 0 && strstr(sql, "FOR UPDATE") == NULL && strstr(sql, "SHARE MODE") == NULL;
}

/* Nothing is done yet, so a connection that turns out to be lost is opened again, once. */
static int tell_begin(struct db *db)
{
	db->in_transaction = false;
	int rc = run(db, DB_STAGE_READ, "START TRANSACTION");
	if (rc == E_STORE_AWAY && db->mysql == NULL) {
		rc = db_ensure(db);
		if (rc == 0)
			rc = run(db, DB_STAGE_READ, "START TRANSACTION");
	}
	db->in_transaction = true;
	db->begun = rc == 0;
	db->broken = rc;
	memcpy(db->outset, db->savepoint, sizeof db->outset);
	db->savepoint[0] = '\0';
	return rc;
}

static int tell_savepoint(struct db *db)
{
	char text[64];

	snprintf(text, sizeof text, "SAVEPOINT `%s`", db->savepoint);
	if (strcmp(db->outset, db->savepoint) == 0)
		db->outset[0] = '\0';
	db->savepoint[0] = '\0';
	return run(db, DB_STAGE_WRITE, text);
}

int db_ready(struct db *db, const char *sql)
{
	int rc = db->in_transaction ? db->broken : db_ensure(db);

	if (rc < 0 || only_reads(sql))
		return rc;
	db->writes++;
	if (db->in_transaction && !db->begun)
		rc = tell_begin(db);
	if (rc == 0 && db->savepoint[0] != '\0')
		rc = tell_savepoint(db);
	return rc;
}

int64_t db_writes(const struct db *db)
{
	return db->writes;
}

int db_begin(struct db *db)
{
	int rc;

	if (db->in_transaction) {
		log_error("db-misuse", "a transaction is open already");
		return E_INTERNAL;
	}
	rc = db_ensure(db);
	db->in_transaction = rc == 0;
	db->begun = false;
	db->broken = 0;
	return rc;
}

static void ended(struct db *db)
{
	db->in_transaction = db->begun = false;
	db->savepoint[0] = db->outset[0] = '\0';
	db->broken = 0;
}

int db_commit(struct db *db)
{
	int rc;

	if (!db->in_transaction) {
		log_error("db-misuse", "commit without a transaction");
		return E_INTERNAL;
	}
	rc = db->broken;
	if (rc == 0 && db->begun)
		rc = run(db, DB_STAGE_COMMIT, "COMMIT");
	db_notes_end(db, rc == 0 || rc == E_STORE_UNCERTAIN);
	if (rc < 0)
		db_rollback(db);
	ended(db);
	return rc;
}

void db_rollback(struct db *db)
{
	db_notes_end(db, false);
	if (db->in_transaction && db->begun && db->mysql != NULL)
		run(db, DB_STAGE_READ, "ROLLBACK");     /* fails only with the connection, which undoes it as well */
	ended(db);
}

int db_end(struct db *db, int rc)
{
	if (rc == 0)
		return db_commit(db);
	db_rollback(db);
	return rc;
}

bool db_in_transaction(const struct db *db)
{
	return db->in_transaction;
}

static int check_savepoint(const struct db *db, const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	if (!db->in_transaction || n == 0 || n > 32 || name[n] != '\0') {
		log_error("db-misuse", "savepoint %.32s: no transaction, or no name", name);
		return E_INTERNAL;
	}
	return db->broken;
}

int db_savepoint(struct db *db, const char *name)
{
	int rc = check_savepoint(db, name);

	if (rc == 0 && db->savepoint[0] != '\0' && strcmp(db->savepoint, name) != 0)
		rc = db_ready(db, "");
	if (rc == 0)
		snprintf(db->savepoint, sizeof db->savepoint, "%s", name);
	return rc;
}

/* What is undone is all there was: the transaction goes on as one of which the server does not know yet. */
static int start_over(struct db *db)
{
	int rc = run(db, DB_STAGE_WRITE, "ROLLBACK");

	if (rc == 0) {
		db->begun = false;
		memcpy(db->savepoint, db->outset, sizeof db->savepoint);
		db->outset[0] = '\0';
	}
	return rc;
}

int db_rollback_to(struct db *db, const char *name)
{
	char text[64];
	int rc = check_savepoint(db, name);

	if (rc < 0 || strcmp(db->savepoint, name) == 0)         /* nothing was written since */
		return rc;
	if (strcmp(db->outset, name) == 0)
		return start_over(db);
	snprintf(text, sizeof text, "ROLLBACK TO SAVEPOINT `%s`", name);
	return run(db, DB_STAGE_WRITE, text);
}

int db_run(struct db *db, const char *text, size_t n)
{
	char name[201];         /* for the log; text need not end where the statement does */
	int rc = db_ready(db, "");

	if (rc < 0)
		return rc;
	if (mysql_real_query(db->mysql, text, (unsigned long)n) != 0) {
		snprintf(name, sizeof name, "%.*s", (int)(n < 200 ? n : 200), text);
		return db_fail_mysql(db, DB_STAGE_WRITE, name);
	}
	mysql_free_result(mysql_store_result(db->mysql));
	db->affected = (int64_t)mysql_affected_rows(db->mysql);
	return 0;
}
