/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* key create, rotate, reseal, list, remove; party list. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "base/clock.h"
#include "base/error.h"
#include "cli/actions.h"
#include "cli/audit.h"
#include "cli/output.h"
#include "handler/protect.h"

enum { BATCH = 500, CONTENT_BATCH = 16,         /* these may be megabytes each */
       CONFLICT_TRIES = 5 };

static int key_path(struct cli *c, const char **path)
{
	int code = cli_installation(c);
	*path = c->in_loaded ? c->in.protection.key_file : "";
	return code || **path ? code : cli_refuse(EX_CONFIG, "%s: [protection] key_file: expected a path, got nothing", c->config_path);
}

static int refuse_file(int rc, const struct keyfile_error *why)
{
	if (!*why->text)
		return cli_fail(rc, "key");
	return cli_refuse(rc == E_CONFIG ? EX_CANTCREAT : cli_exit_code(rc), "%s", why->text);
}

int action_key_create(struct cli *c)
{
	struct keyfile_error why = { "" };
	const char *path;
	int code = key_path(c, &path);
	if (code)
		return code;
	int rc = keyfile_create(path, &why);
	if (rc)
		return refuse_file(rc, &why);
	cli_note(c, "%s: made, key 1; keep a copy apart from the database's backups", path);
	return 0;
}

static struct work work_of(struct cli *c, const struct hub *hub)
{
	return (struct work){ .arena = c->arena, .db = c->db, .hub = hub, .seq = VALUE_NONE };
}

/* One transaction; deadlocks are tried again from where it began. */
static int renew_batch(struct work *w, enum protected_column column, struct protect_progress *p)
{
	struct protect_progress begun = *p;
	int rc = E_STORE_CONFLICT, more = 0;
	for (int i = 0; i < CONFLICT_TRIES && rc == E_STORE_CONFLICT; i++) {
		*p = begun;
		if ((rc = db_begin(w->db)))
			break;
		more = protect_renew(w, column, column == PROTECTED_MESSAGE_CONTENT ? CONTENT_BATCH : BATCH, p);
		rc = more < 0 ? more : db_commit(w->db);
		if (rc)
			db_rollback(w->db);
	}
	return rc ? rc : more;
}

static int reseal(struct cli *c)
{
	struct hub hub = { .vault = c->vault };
	struct protect_progress all = { 0 };
	int rc = 0;
	for (int column = 0; column < PROTECTED_COLUMNS && rc >= 0; column++) {
		struct protect_progress p = { 0 };
		do {
			struct arena *a = arena_new(0);
			struct work w = work_of(c, &hub);
			w.arena = a;
			rc = renew_batch(&w, (enum protected_column)column, &p);
			arena_free(a);
		} while (rc > 0);
		all.renewed += p.renewed;
		all.lost += p.lost;
	}
	if (rc < 0)
		return cli_fail(rc, "key reseal");
	cli_note(c, "%lld values sealed again, under key %u", (long long)all.renewed, vault_key(c->vault));
	if (all.lost)
		return cli_refuse(EX_DATAERR, "%lld values cannot be opened: their key is missing or they were changed",
				  (long long)all.lost);
	return c->json ? output_document(c, json_pack("{s:I, s:I}", "renewed", all.renewed, "key", (json_int_t)vault_key(c->vault))) : 0;
}

static int ready(struct cli *c)
{
	int code = cli_vault(c);
	return code ? code : cli_schema(c);
}

int action_key_reseal(struct cli *c)
{
	int code = ready(c);
	return code ? code : reseal(c);
}

/* The event comes before the file is touched, and counts once it was. */
static int begin_change(struct cli *c, const char *kind, const char *what)
{
	int rc = db_begin(c->db);
	if (!rc && (rc = audit_note(c, kind, NULL, what)))
		db_rollback(c->db);
	return rc;
}

int action_key_rotate(struct cli *c)
{
	struct keyfile_error why = { "" };
	uint32_t id = 0;
	int code = ready(c);            /* before the file is touched */
	if (code)
		return code;
	int rc = begin_change(c, "key-added", c->in.protection.key_file);
	if (!rc)
		rc = db_end(c->db, keyfile_add(c->in.protection.key_file, &id, &why));
	if (rc)
		return refuse_file(rc, &why);
	cli_note(c, "%s: key %u added", c->in.protection.key_file, id);
	vault_close(c->vault);
	c->vault = NULL;
	code = cli_vault(c);
	return code ? code : reseal(c);
}

/* ---- which keys are in use */

static int count_of(struct cli *c, uint32_t key, int64_t *n)
{
	int rc = 0;
	*n = 0;
	for (int column = 0; column < PROTECTED_COLUMNS && !rc; column++) {
		struct protected_counts counts;
		rc = protected_counts(c->arena, c->db, (enum protected_column)column, &counts);
		for (size_t i = 0; !rc && i < counts.n; i++) {
			enum suite suite;
			uint32_t id = 0;        /* 0: not sealed */
			bool sealed = seal_info((struct octets){ counts.item[i].head, PROTECTED_HEAD }, &id, &suite);
			if ((sealed ? id : 0) == key)
				*n += counts.item[i].n;
		}
	}
	return rc;
}

int action_key_list(struct cli *c)
{
	struct keyfile_error why = { "" };
	struct keyfile file;
	const char *path;
	int code = key_path(c, &path);
	if (!code)
		code = cli_schema(c);
	if (code)
		return code;
	int rc = keyfile_read(path, &file, &why);
	if (rc)
		return refuse_file(rc, &why);
	json_t *keys = json_array();
	int64_t n = 0;
	for (size_t i = 0; i < file.n && !rc; i++) {
		rc = count_of(c, file.key[i].id, &n);
		json_array_append_new(keys, json_pack("{s:I, s:o, s:b, s:I}", "key", (json_int_t)file.key[i].id,
			"created", output_time_ms(file.key[i].made_ms, 0), "seals", i + 1 == file.n, "values", n));
	}
	keyfile_done(&file);
	if (!rc)
		rc = count_of(c, 0, &n);
	if (rc) {
		json_decref(keys);
		return cli_fail(rc, "key list");
	}
	return output_document(c, json_pack("{s:o, s:I}", "keys", keys, "unsealed", n));
}

int action_key_remove(struct cli *c)
{
	struct keyfile_error why = { "" };
	const char *path, *text = c->argument[0];
	char *end;
	unsigned long id = strtoul(text, &end, 10);
	int64_t n = 0;
	int code = key_path(c, &path);
	if (!code && (*text < '1' || *text > '9' || *end || id > UINT32_MAX))
		code = cli_refuse(EX_USAGE, "expected the number of a key, got \"%s\"", text);
	if (!code)
		code = cli_schema(c);
	if (!code)
		code = cli_fail(count_of(c, (uint32_t)id, &n), "key remove");
	if (code)
		return code;
	if (n)
		return cli_refuse(EX_DATAERR, "%lld values are sealed under key %lu; run vgihub key reseal first", (long long)n, id);
	int rc = begin_change(c, "key-removed", arena_printf(c->arena, "key %lu of %s", id, path));
	if (!rc)
		rc = db_end(c->db, keyfile_remove(path, (uint32_t)id, &why));
	if (rc)
		return refuse_file(rc, &why);
	cli_note(c, "%s: key %lu removed", path, id);
	return 0;
}

/* ---- contacts in the clear */

static const unsigned char every[PROTECTED_HEAD];

/* Adds a column's texts to the rows of its table, by the row's name. */
static int add_column(struct cli *c, enum protected_column column, const char *kind, json_t *rows)
{
	struct hub hub = { .vault = c->vault };
	struct work w = work_of(c, &hub);
	struct protected_values values;
	int rc = protected_stale(c->arena, c->db, column, every, 0, INT32_MAX, &values);
	for (size_t i = 0; !rc && i < values.n; i++) {
		const char *text;
		char key[400];
		int opened = protect_open(&w, column, &values.item[i], &text);
		if (opened && opened != E_FORMAT && opened != E_NOTHING)
			return opened;
		snprintf(key, sizeof key, "%s %s", kind, values.item[i].row);
		json_t *row = json_object_get(rows, key);
		if (!row) {
			row = json_pack("{s:s, s:s, s:n, s:n}", "kind", kind, "party", values.item[i].row, "contact", "phone");
			json_object_set_new(rows, key, row);
		}
		json_object_set_new(row, protected_name(column), json_string(opened ? "?" : text));
	}
	return rc;
}

int action_party_list(struct cli *c)
{
	int code = ready(c);
	if (code)
		return code;
	json_t *rows = json_object(), *list = json_array(), *row;
	const char *key;
	int rc = add_column(c, PROTECTED_AGGREGATOR_CONTACT, "aggregator", rows);
	if (!rc)
		rc = add_column(c, PROTECTED_AGGREGATOR_PHONE, "aggregator", rows);
	if (!rc)
		rc = add_column(c, PROTECTED_OPERATOR_CONTACT, "operator", rows);
	if (!rc)
		rc = add_column(c, PROTECTED_OPERATOR_PHONE, "operator", rows);
	if (!rc)
		rc = audit_note(c, "contacts-read", NULL, "vgihub party list");
	json_object_foreach(rows, key, row)
		json_array_append(list, row);
	json_decref(rows);
	if (!rc)
		return output_document(c, list);
	json_decref(list);
	return cli_fail(rc, "party list");
}
