/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The schema's history: files NNN_name.sql of one folder (schemas/sql), applied in order, each once, recorded in table
 * schema_version with the file's SHA-256. Statements end at a ; outside quotes and comments; no DELIMITER, no client
 * commands. MariaDB commits every change of a table by itself, so a file that fails half way is not undone: write files
 * whose statements may be repeated (CREATE TABLE IF NOT EXISTS …); the next run begins with the failed file again. */
#ifndef VGI_STORE_MIGRATE_H
#define VGI_STORE_MIGRATE_H
#include "base/arena.h"
#include "store/db.h"

struct migrate_file {
	int number;                     /* 1..999 */
	const char *name;               /* "base" of 001_base.sql */
	const char *text; size_t n;
	char sha256[65];                /* lower-case hex */
};
struct migrate_files { struct migrate_file *item; size_t n; };

/* Reads the folder, by number. 0; E_IO; E_CONFIG (a number twice or missing, another name than NNN_name.sql, or no
 * file: logged). Files not ending in .sql are passed over. */
int migrate_read(struct arena *a, const char *folder, struct migrate_files *files);
/* Applies what is missing. Runs under a named lock, so that several may be started at once. *applied (may be NULL): how
 * many files. E_SCHEMA_VERSION: a file applied earlier has changed or is gone (logged); errors of migrate_read and
 * db.h. */
int migrate_run(struct db *db, const char *folder, int *applied);
/* Does the database have exactly the files of the folder? 0; E_SCHEMA_VERSION (logged: which); errors as above. */
int migrate_check(struct db *db, const char *folder);

/* The next statement of text[n] from *at on: its begin and length without the ;, surrounding blanks and comments before
 * it. 1 a statement, 0 the end, E_FORMAT an open quote or comment. Pure. */
int migrate_next_statement(const char *text, size_t n, size_t *at, const char **begin, size_t *length);
#endif
