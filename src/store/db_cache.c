/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/log.h"
#include "store/db_internal.h"

static size_t place_of(const struct db *db, const char *sql)
{
	return (size_t)(((uint64_t)(uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (db->room - 1);
}

static struct db_statement *find(const struct db *db, const char *sql)
{
	if (db->room == 0)
		return NULL;
	for (size_t i = place_of(db, sql); db->slot[i] != NULL; i = (i + 1) & (db->room - 1)) {
		if (db->slot[i]->sql == sql)
			return db->slot[i];
	}
	return NULL;
}

static void put(struct db *db, struct db_statement *s)
{
	size_t i = place_of(db, s->sql);

	while (db->slot[i] != NULL)
		i = (i + 1) & (db->room - 1);
	db->slot[i] = s;
}

/* At most half full, so that searches stay short. */
static int grow(struct db *db)
{
	struct db_statement **old = db->slot;
	size_t n_old = db->room;

	if (2 * (db->n + 1) <= db->room)
		return 0;
	struct db_statement **slot = calloc(n_old == 0 ? 64 : 2 * n_old, sizeof *slot);
	if (slot == NULL)
		return E_MEMORY;
	db->slot = slot;
	db->room = n_old == 0 ? 64 : 2 * n_old;
	for (size_t i = 0; i < n_old; i++) {
		if (old[i] != NULL)
			put(db, old[i]);
	}
	free(old);
	return 0;
}

static int prepare(struct db *db, struct db_statement *s)
{
	static const my_bool measure = 1;

	s->stmt = mysql_stmt_init(db->mysql);
	if (s->stmt == NULL)
		return E_MEMORY;
	mysql_stmt_attr_set(s->stmt, STMT_ATTR_UPDATE_MAX_LENGTH, &measure);
	/* nothing is executed yet, so a lost connection is no uncertainty */
	if (mysql_stmt_prepare(s->stmt, s->sql, (unsigned long)strlen(s->sql)) != 0)
		return db_fail_stmt(db, DB_STAGE_READ, s);
	s->n_params = (unsigned)mysql_stmt_param_count(s->stmt);
	s->n_fields = mysql_stmt_field_count(s->stmt);
	return 0;
}

static void statement_free(struct db_statement *s)
{
	if (s->stmt != NULL)
		mysql_stmt_close(s->stmt);
	free(s);
}

int db_statement_get(struct db *db, const char *sql, struct db_statement **s)
{
	struct db_statement *found = find(db, sql);
	int rc;

	if (found != NULL && !found->busy) {
		found->busy = true;
		*s = found;
		return 0;
	}
	struct db_statement *made = calloc(1, sizeof *made);
	if (made == NULL)
		return E_MEMORY;
	made->sql = sql;
	made->busy = true;
	made->generation = db->generation;
	rc = prepare(db, made);
	if (rc == 0 && found == NULL)
		rc = grow(db);
	if (rc < 0) {
		statement_free(made);
		return rc;
	}
	if (found == NULL) {
		made->kept = true;
		put(db, made);
		db->n++;
	}
	*s = made;
	return 0;
}

void db_statement_give(struct db_statement *s)
{
	s->busy = false;
	if (s->kept)
		mysql_stmt_free_result(s->stmt);
	else
		statement_free(s);
}

/* A busy one stays with whoever uses it, and is freed when it is given back. */
void db_statements_drop(struct db *db)
{
	for (size_t i = 0; i < db->room; i++) {
		struct db_statement *s = db->slot[i];

		if (s == NULL)
			continue;
		s->kept = false;
		if (!s->busy)
			statement_free(s);
	}
	free(db->slot);
	db->slot = NULL;
	db->n = db->room = 0;
}
