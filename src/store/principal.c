/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "store/principal.h"

#define COLUMNS "p.principal_no, p.name, p.role, p.san, p.status, p.created_us, p.revoked_us, p.signature + 0, p.encryption + 0"

static const char *const limits[PRINCIPAL_LIMITS] = { "rate", "burst", "concurrent", "body", "items", "depth" };

const char *principal_limit_name(enum principal_limit limit) { return limits[limit]; }

int principal_limit_by_name(const char *name, enum principal_limit *limit)
{
	for (int i = 0; i < PRINCIPAL_LIMITS; i++)
		if (strcmp(limits[i], name) == 0) {
			*limit = (enum principal_limit)i;
			return 0;
		}
	return E_NOTHING;
}

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
		rc = db_copy_text(rows, 3, p->san, sizeof p->san);
	p->active = db_text(rows, 4) != NULL && strcmp(db_text(rows, 4), "active") == 0;
	p->created_us = db_int(rows, 5);
	p->revoked_us = db_int(rows, 6);
	p->signature = (enum principal_signature)(db_int(rows, 7) - 1);
	p->encryption = (enum principal_encryption)(db_int(rows, 8) - 1);
	for (int i = 0; i < PRINCIPAL_LIMITS; i++)
		p->limit[i] = VALUE_NONE;
	return rc;
}

static int insert_certificate(struct db *db, int64_t principal_no, const char *cert_sha256, int64_t not_after_us)
{
	return db_exec(db, "INSERT INTO principal_certificate (cert_sha256, principal_no, not_after_us, created_us)"
			   " VALUES (?, ?, ?, ?)",
		       DB_ARGS(DB_TEXT(cert_sha256), DB_INT(principal_no), DB_INT(not_after_us), DB_INT(clock_machine_us())));
}

static bool is_san(const char *san)
{
	size_t n = san != NULL ? strlen(san) : 0;

	for (size_t i = 0; i < n; i++)
		if (san[i] < 0x20 || san[i] > 0x7e)
			return false;
	return n <= 255;
}

static int insert(struct db *db, const struct principal_registration *r, int *principal_no)
{
	int rc = db_exec(db, "INSERT INTO principal (name, role, san, status, created_us) VALUES (?, ?, ?, 'active', ?)",
			 DB_ARGS(DB_TEXT(r->name), DB_TEXT(r->role), DB_TEXT(r->san), DB_INT(clock_machine_us())));
	int no = rc == 0 ? (int)db_insert_id(db) : 0;

	if (rc == 0)
		rc = insert_certificate(db, no, r->cert_sha256, r->not_after_us);
	if (rc == 0 && principal_no != NULL)
		*principal_no = no;
	return rc;
}

int principal_register(struct db *db, const struct principal_registration *r, int *principal_no)
{
	if (!is_name(r->name) || !is_role(r->role) || !is_fingerprint(r->cert_sha256) || !is_san(r->san))
		return E_FORMAT;
	return insert(db, r, principal_no);
}

int principal_add(struct db *db, const char *name, const char *role, const char *cert_sha256, int *principal_no)
{
	const struct principal_registration r = { name, role, cert_sha256, NULL, VALUE_NONE };
	int rc = db_begin(db);

	if (rc == 0)
		rc = principal_register(db, &r, principal_no);
	return db_end(db, rc);
}

int principal_revoke(struct db *db, const char *name)
{
	int rc = db_exec(db, "UPDATE principal SET status = 'revoked', revoked_us = COALESCE(revoked_us, ?)"
			 " WHERE name = ?",
			 DB_ARGS(DB_INT(clock_machine_us()), DB_TEXT(name)));

	return db_matched_one(db, rc);
}

int principal_set_san(struct db *db, const char *name, const char *san)
{
	if (!is_san(san))
		return E_FORMAT;
	return db_matched_one(db, db_exec(db, "UPDATE principal SET san = ? WHERE name = ?", DB_ARGS(DB_TEXT(san), DB_TEXT(name))));
}

int principal_set_limit(struct db *db, const char *name, enum principal_limit limit, int64_t value)
{
	struct principal p;
	int rc = principal_by_name(db, name, &p);

	if (rc < 0)
		return rc;
	if (value == VALUE_NONE)
		return db_exec(db, "DELETE FROM principal_limit WHERE principal_no = ? AND name = ?",
			       DB_ARGS(DB_INT(p.principal_no), DB_TEXT(limits[limit])));
	if (value < 0)
		return E_RANGE;
	return db_exec(db, "INSERT INTO principal_limit (principal_no, name, value) VALUES (?, ?, ?)"
			   " ON DUPLICATE KEY UPDATE value = VALUES(value)",
		       DB_ARGS(DB_INT(p.principal_no), DB_TEXT(limits[limit]), DB_INT(value)));
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
	return read_one(db, "SELECT " COLUMNS " FROM principal p WHERE p.name = ?", name, p);
}

int principal_by_fingerprint(struct db *db, const char *cert_sha256, struct principal *p)
{
	return read_one(db, "SELECT " COLUMNS " FROM principal_certificate c JOIN principal p USING (principal_no)"
			    " WHERE c.cert_sha256 = ?", cert_sha256, p);
}

int principal_list(struct arena *a, struct db *db, struct principal_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT " COLUMNS " FROM principal p ORDER BY p.name", DB_NO_ARGS, &rows);

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

int principal_certificate_add(struct db *db, const char *name, const char *cert_sha256, int64_t not_after_us)
{
	struct principal p;
	int rc = is_fingerprint(cert_sha256) ? principal_by_name(db, name, &p) : E_FORMAT;

	return rc < 0 ? rc : insert_certificate(db, p.principal_no, cert_sha256, not_after_us);
}

int principal_certificate_revoke(struct db *db, const char *name, const char *cert_sha256)
{
	int rc = db_exec(db, "UPDATE principal_certificate c JOIN principal p USING (principal_no)"
			     " SET c.revoked_us = COALESCE(c.revoked_us, ?) WHERE c.cert_sha256 = ? AND p.name = ?",
			 DB_ARGS(DB_INT(clock_machine_us()), DB_TEXT(cert_sha256), DB_TEXT(name)));

	return db_matched_one(db, rc);
}

int principal_certificate_list(struct arena *a, struct db *db, int principal_no, struct principal_certificates *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT cert_sha256, principal_no, not_after_us, created_us, revoked_us FROM principal_certificate"
			      " WHERE ? IN (0, principal_no) ORDER BY principal_no, created_us, cert_sha256",
			  DB_ARGS(DB_INT(principal_no)), &rows);

	*list = (struct principal_certificates){ NULL, 0 };
	if (rc < 0)
		return rc;
	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct principal_certificate);
	while ((rc = db_next(rows)) > 0) {
		struct principal_certificate *c = &list->item[list->n];

		*c = (struct principal_certificate){ .principal_no = (int)db_int(rows, 1), .not_after_us = db_int(rows, 2),
						     .created_us = db_int(rows, 3), .revoked_us = db_int(rows, 4) };
		rc = db_copy_text(rows, 0, c->cert_sha256, sizeof c->cert_sha256);
		if (rc < 0)
			break;
		list->n++;
	}
	db_rows_done(rows);
	return rc;
}
