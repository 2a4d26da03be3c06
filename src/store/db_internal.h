/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the files of the database layer share. For db*.c only. */
#ifndef VGI_STORE_DB_INTERNAL_H
#define VGI_STORE_DB_INTERNAL_H
#include <mysql.h>
#include "store/db.h"

enum { DB_ARGS_MAX = 64 };      /* ? in one statement */

struct db_statement {
	const char *sql;                /* its address is the key */
	MYSQL_STMT *stmt;
	unsigned n_params, n_fields, generation;
	bool busy;                      /* a struct db_rows walks its result */
	bool kept;                      /* in the cache; else closed with its rows */
};

struct db {
	char denied[256];               /* see db_denied */
	struct db_target target;
	MYSQL *mysql;                   /* NULL: not connected */
	unsigned generation;            /* counts connections: tells statements of an earlier one */
	size_t packet_most;             /* the server's max_allowed_packet */
	bool array_binding;
	bool in_transaction;
	bool begun;                     /* the server knows of the transaction: something was written in it */
	char savepoint[40];             /* asked for and not sent, because nothing was written since; "": none */
	char outset[40];                /* the savepoint before which nothing was written: undone with the whole; "": none */
	int64_t writes;                 /* statements sent that may change something */
	int broken;                     /* in a transaction: why nothing more is done in it */
	bool told_away;                 /* logged that it is away: once, not once a try */
	int64_t affected, insert_id;
	struct db_statement **slot;     /* open addressing by address, room a power of two */
	size_t n, room;
	uint64_t *note;                 /* keys of db_note in this transaction */
	size_t n_notes, notes_room;
};

/* What was under way when the server or the library reported an error. */
enum db_stage { DB_STAGE_READ, DB_STAGE_WRITE, DB_STAGE_COMMIT };

/* db_error.c: maps, logs, notes in db what the error means for connection and transaction. sql names the statement. */
int db_fail(struct db *db, enum db_stage stage, const char *sql, unsigned number, const char *sqlstate,
	    const char *message);
int db_fail_mysql(struct db *db, enum db_stage stage, const char *sql);
int db_fail_stmt(struct db *db, enum db_stage stage, const struct db_statement *s);
/* The class of a server or library error number; *lost: the connection is gone with it. */
int db_error_class(unsigned number, bool *lost);
bool db_error_is_setup(unsigned number);        /* wrong user, password, database: an installation's mistake */

/* db.c: may this statement be sent now? Connects again outside a transaction; within one, tells the server of it before the
 * first statement that is more than a plain SELECT. */
int db_ready(struct db *db, const char *sql);

/* db_note.c: the transaction has ended; tell: and stands, or may. */
void db_notes_end(struct db *db, bool tell);

/* db_cache.c */
int db_statement_get(struct db *db, const char *sql, struct db_statement **s);  /* prepared; busy ones are not shared */
void db_statement_give(struct db_statement *s);         /* frees its result, and itself if it is not kept */
void db_statements_drop(struct db *db);                 /* all kept ones, with their connection */

/* db_stmt.c: fills bind[args.n]; date: room for the texts of dates. */
struct db_dates { char text[DB_ARGS_MAX][12]; };
int db_bind_args(struct db *db, const struct db_statement *s, struct db_args args, MYSQL_BIND *bind,
		 struct db_dates *dates);
#endif
