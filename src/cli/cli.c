/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "cli/cli.h"
#include <stdarg.h>
#include <stdio.h>
#include <sysexits.h>
#include "base/clock.h"
#include "base/error.h"
#include "cli/language.h"
#include "security/seal.h"
#include "store/business_clock.h"
#include "store/migrate.h"

int cli_exit_code(int rc)
{
	switch (rc) {
	case 0: return EX_OK;
	case E_CONFIG: case E_SCHEMA_VERSION: return EX_CONFIG;
	case E_IO: return EX_IOERR;
	case E_NOTHING: case E_UNKNOWN_TASK: case E_NO_BASELINE: return EX_NOINPUT;
	default: break;
	}
	switch (error_kind(rc)) {
	case ERROR_KIND_RETRY: return EX_TEMPFAIL;
	case ERROR_KIND_SENDER: return EX_DATAERR;
	case ERROR_KIND_IDENTITY: return EX_NOPERM;
	default: return EX_SOFTWARE;
	}
}

int cli_fail(int rc, const char *what)
{
	if (rc)
		fprintf(stderr, "vgihub: %s: %s\n", what, language_say(error_text_en(rc), error_text_zh(rc)));
	return cli_exit_code(rc);
}

int cli_refuse(int code, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	fputs("vgihub: ", stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
	return code;
}

void cli_note(const struct cli *c, const char *format, ...)
{
	va_list ap;
	if (c->quiet)
		return;
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
}

int cli_date(const char *text, int32_t *date)
{
	return date_parse(text, date) ? cli_refuse(EX_USAGE, "expected a date such as 2026-06-10, got \"%s\"", text) : 0;
}

static const char *given(const char *text) { return *text ? text : NULL; }

int cli_installation(struct cli *c)
{
	struct settings_error why = { "" };
	if (c->in_loaded)
		return 0;
	int rc = installation_load(c->config_path, &c->in, &why);
	if (rc)
		return cli_refuse(rc == E_IO ? EX_CONFIG : cli_exit_code(rc), "%s", why.text);
	c->in_loaded = true;
	c->target = (struct db_target){ .socket = given(c->in.database.socket), .host = given(c->in.database.host),
		.port = (unsigned)c->in.database.port, .user = c->in.database.user, .database = c->in.database.name,
		.password_file = given(c->in.database.password_file), .tls_ca = given(c->in.database.tls_ca) };
	return 0;
}

int cli_rules(struct cli *c)
{
	struct settings_error why = { "" };
	int code = cli_installation(c);
	if (code || c->rules_loaded)
		return code;
	if (rules_load(c->in.hub.rules, &c->rules, &why))
		return cli_refuse(EX_CONFIG, "%s", why.text);
	c->rules_loaded = true;
	return 0;
}

int cli_database(struct cli *c)
{
	int code = cli_installation(c);
	return code || c->db ? code : cli_fail(db_open(&c->target, &c->db), "database");
}

int cli_schema(struct cli *c)
{
	int code = cli_database(c);
	return code ? code : cli_fail(migrate_check(c->db, c->in.contracts.sql_dir), "database");
}

int cli_vault(struct cli *c)
{
	struct keyfile_error why = { "" };
	int code = cli_installation(c);
	if (code || c->vault)
		return code;
	if (!*c->in.protection.key_file)
		return cli_refuse(EX_CONFIG, "%s: [protection] key_file: expected a path, got nothing", c->config_path);
	int rc = vault_open(c->in.protection.key_file, (enum suite)c->in.protection.suite, &c->vault, &why);
	return rc ? cli_refuse(cli_exit_code(rc), "%s", why.text) : 0;
}

int cli_now(struct cli *c, int64_t *now_ms)
{
	*now_ms = clock_machine_ms();
	if (!c->in.trial.enabled)
		return 0;
	int rc = business_clock_load(c->db, now_ms);
	if (rc == E_NOTHING && time_parse(c->in.trial.start, now_ms) == 0)
		rc = 0;
	return cli_fail(rc, "business clock");
}

void cli_done(struct cli *c)
{
	vault_close(c->vault);
	db_close(c->db);
	db_thread_end();
	if (c->rules_loaded)
		rules_done(&c->rules);
	if (c->in_loaded)
		installation_done(&c->in);
	arena_free(c->arena);
}
