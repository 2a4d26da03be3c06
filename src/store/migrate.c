/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "store/migrate.h"

enum { FILES_MOST = 999 };

/* -- reading the folder */
static bool is_sql(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && strcmp(name + n - 4, ".sql") == 0;
}

/* NNN_name.sql */
static int parse_name(struct arena *a, const char *file, struct migrate_file *m)
{
	if (strspn(file, "0123456789") != 3 || file[3] != '_' || strlen(file) < 9 || strlen(file) > 72) {
		log_error("migrate", "%s is not named NNN_name.sql", file);
		return E_CONFIG;
	}
	m->number = (int)strtol(file, NULL, 10);
	m->name = arena_strndup(a, file + 4, strlen(file) - 8);
	return 0;
}

static int read_one(struct arena *a, const char *folder, const char *file, struct migrate_file *m)
{
	struct bytes b = BYTES_INIT;
	int rc = parse_name(a, file, m);

	if (rc == 0)
		rc = bytes_read_file(&b, arena_printf(a, "%s/%s", folder, file));
	if (rc == 0) {
		char *text = arena_alloc(a, b.n + 1);

		if (b.n > 0)
			memcpy(text, b.p, b.n);
		m->text = text;
		m->n = b.n;
	}
	bytes_done(&b);
	return rc;
}

static int by_number(const void *a, const void *b)
{
	return ((const struct migrate_file *)a)->number - ((const struct migrate_file *)b)->number;
}

static int check_numbers(const char *folder, const struct migrate_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		if (files->item[i].number != (int)i + 1) {
			log_error("migrate", "%s: number %03zu is missing or stands twice", folder, i + 1);
			return E_CONFIG;
		}
	}
	if (files->n == 0)
		log_error("migrate", "%s: no NNN_name.sql there", folder);
	return files->n == 0 ? E_CONFIG : 0;
}

int migrate_read(struct arena *a, const char *folder, struct migrate_files *files)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int rc = 0;

	*files = (struct migrate_files){ ARENA_ARRAY(a, FILES_MOST, struct migrate_file), 0 };
	if (dir == NULL) {
		log_error("migrate", "%s: %s", folder, strerror(errno));
		return E_IO;
	}
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		if (!is_sql(entry->d_name))
			continue;
		rc = files->n < FILES_MOST ? read_one(a, folder, entry->d_name, &files->item[files->n]) : E_CONFIG;
		files->n += rc == 0;
	}
	closedir(dir);
	if (rc < 0)
		return rc;
	qsort(files->item, files->n, sizeof *files->item, by_number);
	return check_numbers(folder, files);
}

/* -- the table */
static int make_table(struct db *db)
{
	static const char SQL[] =
		"CREATE TABLE IF NOT EXISTS schema_version ("
		" number SMALLINT NOT NULL PRIMARY KEY COMMENT 'NNN of the file NNN_name.sql',"
		" name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'name of the file',"
		" sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'of the file, lower-case hex',"
		" applied_us BIGINT NOT NULL COMMENT 'machine time, UTC us since 1970'"
		") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='migrations applied to this database'";

	return db_run(db, SQL, sizeof SQL - 1);
}

/* The server hashes: this room has no other use for a hash function. */
static int hash_files(struct db *db, struct migrate_files *files)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < files->n; i++) {
		struct db_rows *rows = NULL;

		rc = db_query(db, "SELECT SHA2(?, 256)", DB_ARGS(DB_BYTES(files->item[i].text, files->item[i].n)),
			      &rows);
		if (rc == 0 && db_next(rows) > 0)
			rc = db_copy_text(rows, 0, files->item[i].sha256, sizeof files->item[i].sha256);
		db_rows_done(rows);
	}
	return rc;
}

/* How many of the files are applied, always the first ones. E_SCHEMA_VERSION if the table tells of others. */
static int count_applied(struct db *db, const struct migrate_files *files, size_t *n)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT number, name, sha256 FROM schema_version ORDER BY number", DB_NO_ARGS, &rows);
	int got = 0;

	*n = 0;
	while (rc == 0 && (got = db_next(rows)) > 0) {
		const struct migrate_file *m = *n < files->n ? &files->item[*n] : NULL;

		if (m == NULL || db_int(rows, 0) != m->number) {
			log_error("migrate", "the database has %03lld_%s, this program has not",
				  (long long)db_int(rows, 0), db_text(rows, 1));
			rc = E_SCHEMA_VERSION;
		} else if (strcmp(db_text(rows, 2), m->sha256) != 0) {
			log_error("migrate", "%03d_%s.sql has changed since it was applied", m->number, m->name);
			rc = E_SCHEMA_VERSION;
		}
		++*n;
	}
	db_rows_done(rows);
	return rc < 0 ? rc : got < 0 ? got : 0;
}

/* -- applying */
static int apply(struct db *db, const struct migrate_file *m)
{
	const char *begin;
	size_t at = 0, length;
	int rc;

	while ((rc = migrate_next_statement(m->text, m->n, &at, &begin, &length)) > 0) {
		rc = db_run(db, begin, length);
		if (rc < 0)
			break;
	}
	if (rc == 0)
		rc = db_exec(db, "INSERT INTO schema_version (number, name, sha256, applied_us) VALUES (?, ?, ?, ?)",
			     DB_ARGS(DB_INT(m->number), DB_TEXT(m->name), DB_TEXT(m->sha256),
				     DB_INT(clock_machine_us())));
	if (rc < 0)
		log_error("migrate", "%03d_%s.sql failed before byte %zu: %s", m->number, m->name, at, error_code(rc));
	else
		log_notice("migrate", "applied %03d_%s.sql", m->number, m->name);
	return rc;
}

static int apply_missing(struct db *db, const struct migrate_files *files, int *applied)
{
	size_t n = 0;
	int rc = make_table(db);

	if (rc == 0)
		rc = count_applied(db, files, &n);
	for (; rc == 0 && n < files->n; n++) {
		rc = apply(db, &files->item[n]);
		*applied += rc == 0;
	}
	return rc;
}

int migrate_run(struct db *db, const char *folder, int *applied)
{
	struct arena *a = arena_new(0);
	struct migrate_files files;
	int64_t locked = 0;
	int n = 0, rc = migrate_read(a, folder, &files);

	if (rc == 0)
		rc = hash_files(db, &files);
	if (rc == 0)    /* the lock is the server's, hence with the database in its name; lost with the connection */
		rc = db_query_int(db, "SELECT GET_LOCK(CONCAT('vgihub migrate ', DATABASE()), 20)", DB_NO_ARGS,
				  &locked);
	if (rc == 0 && locked != 1) {
		log_error("migrate", "another migration of this database is running");
		rc = E_BUSY;
	}
	if (rc == 0)
		rc = apply_missing(db, &files, &n);
	if (locked == 1)
		db_query_int(db, "SELECT RELEASE_LOCK(CONCAT('vgihub migrate ', DATABASE()))", DB_NO_ARGS, &locked);
	if (applied != NULL)
		*applied = n;
	arena_free(a);
	return rc;
}

static int has_table(struct db *db, bool *has)
{
	int64_t n = 0;
	int rc = db_query_int(db, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
			      " AND table_name = 'schema_version'", DB_NO_ARGS, &n);

	*has = n > 0;
	return rc;
}

int migrate_check(struct db *db, const char *folder)
{
	struct arena *a = arena_new(0);
	struct migrate_files files;
	size_t n = 0;
	bool has = false;
	int rc = migrate_read(a, folder, &files);

	if (rc == 0)
		rc = hash_files(db, &files);
	if (rc == 0)
		rc = has_table(db, &has);
	if (rc == 0 && has)
		rc = count_applied(db, &files, &n);
	if (rc == 0 && n < files.n) {
		log_error("migrate", "%03d_%s.sql is not applied to the database", files.item[n].number,
			  files.item[n].name);
		rc = E_SCHEMA_VERSION;
	}
	arena_free(a);
	return rc;
}
