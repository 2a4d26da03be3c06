/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "store/principal.h"

#define COLUMNS "principal_no, name, role, cert_sha256, status, created_us, revoked_us"

static const char *const roles[] = { "dispatch", "trading", "aggregator", "operator", "auditor", "regulator" };

static bool is_role(const char *role)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		if (strcmp(roles[i], role) == 0)
			return true;
	}
	return false;
}

static bool is_name(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:*/-");

	return n >= 1 && n <= 64 && name[n] == '\0';
}

static bool is_fingerprint(const char *hex)
{
	return strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64;
}

static int read_row(const struct db_rows *rows, struct principal *p)
{
	int rc = db_copy_text(rows, 1, p->name, sizeof p->name);

	p->principal_no = (int)db_int(rows, 0);
	if (rc == 0)
		rc = db_copy_text(rows, 2, p->role, sizeof p->role);
	if (rc == 0)
		rc = db_copy_text(rows, 3, p->cert_sha256, sizeof p->cert_sha256);
	p->active = db_text(rows, 4) != NULL && strcmp(db_text(rows, 4), "active") == 0;
	p->created_us = db_int(rows, 5);
	p->revoked_us = db_int(rows, 6);
	return rc;
}

int principal_add(struct db *db, const char *name, const char *role, const char *cert_sha256, int *principal_no)
{
	int rc;

	if (!is_name(name) || !is_role(role) || !is_fingerprint(cert_sha256))
		return E_FORMAT;
	rc = db_exec(db, "INSERT INTO principal (name, role, cert_sha256, status, created_us)"
		     " VALUES (?, ?, ?, 'active', ?)",
		     DB_ARGS(DB_TEXT(name), DB_TEXT(role), DB_TEXT(cert_sha256), DB_INT(clock_machine_us())));
	if (rc == 0 && principal_no != NULL)
		*principal_no = (int)db_insert_id(db);
	return rc;
}

int principal_revoke(struct db *db, const char *name)
{
	int rc = db_exec(db, "UPDATE principal SET status = 'revoked', revoked_us = COALESCE(revoked_us, ?)"
			 " WHERE name = ?",
			 DB_ARGS(DB_INT(clock_machine_us()), DB_TEXT(name)));

	return db_matched_one(db, rc);
}

static int read_one(struct db *db, const char *sql, const char *key, struct principal *p)
{
	struct db_rows *rows = NULL;
	int rc = db_query_at(db, sql, DB_ARGS(DB_TEXT(key)), &rows);

	if (rc < 0)
		return rc;
	rc = db_next(rows);
	if (rc == 0)
		rc = E_NOTHING;
	else if (rc > 0)
		rc = read_row(rows, p);
	db_rows_done(rows);
	return rc;
}

int principal_by_name(struct db *db, const char *name, struct principal *p)
{
	return read_one(db, "SELECT " COLUMNS " FROM principal WHERE name = ?", name, p);
}

int principal_by_fingerprint(struct db *db, const char *cert_sha256, struct principal *p)
{
	return read_one(db, "SELECT " COLUMNS " FROM principal WHERE cert_sha256 = ?", cert_sha256, p);
}

int principal_list(struct arena *a, struct db *db, struct principal_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT " COLUMNS " FROM principal ORDER BY name", DB_NO_ARGS, &rows);

	*list = (struct principal_list){ NULL, 0 };
	if (rc < 0)
		return rc;
	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct principal);
	while ((rc = db_next(rows)) > 0) {
		rc = read_row(rows, &list->item[list->n]);
		if (rc < 0)
			break;
		list->n++;
	}
	db_rows_done(rows);
	return rc;
}
