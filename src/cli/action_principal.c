/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* principal add, list, revoke, add-certificate, revoke-certificate, limit, protect. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "base/clock.h"
#include "base/decimal.h"
#include "base/error.h"
#include "cli/actions.h"
#include "cli/audit.h"
#include "cli/output.h"
#include "security/certificate.h"
#include "security/role.h"
#include "store/principal.h"
#include "store/signature.h"

/* What the certificate of --cert says; it must carry the name of --san, if one is given. */
static int read_certificate(const struct cli *c, struct certificate_facts *facts)
{
	const char *path = c->option[OPTION_CERT], *san = c->option[OPTION_SAN];
	errno = 0;
	int rc = certificate_facts_file(path, facts);
	if (rc == E_IO)
		return cli_refuse(EX_NOINPUT, "%s: %s", path, errno ? strerror(errno) : "cannot be read");
	if (rc)
		return cli_refuse(EX_DATAERR, "%s: holds no certificate in PEM form", path);
	if (san && !certificate_has_name(facts->names, san))
		return cli_refuse(EX_DATAERR, "%s: does not carry the name %s; it has:\n%s", path, san, *facts->names ? facts->names : "none");
	if (facts->until_s < clock_machine_ms() / 1000)
		return cli_refuse(EX_DATAERR, "%s: the certificate has expired", path);
	return 0;
}

static int refuse_name(const char *name)
{
	return cli_refuse(EX_USAGE, "a name has 1 to 64 letters, digits and _ . : * / -, got \"%s\"", name);
}

int action_principal_add(struct cli *c)
{
	const char *name = c->argument[0], *role = c->option[OPTION_ROLE];
	struct certificate_facts facts;
	if (!role_by_name(role))
		return cli_refuse(EX_USAGE, "no such role: %s", role);
	int code = read_certificate(c, &facts);
	if (!code)
		code = cli_schema(c);
	if (code)
		return code;
	int rc = db_begin(c->db);
	if (!rc)
		rc = audit_end(c, principal_register(c->db, &(struct principal_registration){ .name = name, .role = role,
			.cert_sha256 = facts.fingerprint, .not_after_us = facts.until_s * 1000000, .san = c->option[OPTION_SAN] }, NULL),
			"principal-added", name, arena_printf(c->arena, "role %s, certificate %s", role, facts.fingerprint));
	if (rc == E_DUPLICATE_KEY)
		return cli_refuse(EX_DATAERR, "%s: name or certificate is registered already", name);
	if (rc == E_FORMAT)
		return refuse_name(name);
	if (rc)
		return cli_fail(rc, name);
	cli_note(c, "%s added, role %s, certificate %s", name, role, facts.fingerprint);
	return 0;
}

/* A row a certificate. */
static void add_rows(json_t *rows, const struct principal *p, const struct principal_certificates *all)
{
	static const char *const signature[] = { "never", "control", "always" }, *const encryption[] = { "never", "personal", "always" };
	for (size_t i = 0; i < all->n; i++) {
		const struct principal_certificate *x = &all->item[i];
		if (x->principal_no != p->principal_no)
			continue;
		json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:o}", "name", p->name, "role", p->role,
			"status", p->active && x->revoked_us == VALUE_NONE ? "active" : "revoked", "signature", signature[p->signature],
			"encryption", encryption[p->encryption], "created", output_time_us(x->created_us),
			"revoked", output_time_us(p->active ? x->revoked_us : p->revoked_us), "expires", output_time_us(x->not_after_us),
			"certificate", x->cert_sha256, "san", output_text(*p->san ? p->san : NULL)));
	}
}

int action_principal_list(struct cli *c)
{
	struct principal_certificates certificates = { 0 };
	struct principal_list list = { 0 };
	int code = cli_schema(c);
	if (!code)
		code = cli_fail(principal_list(c->arena, c->db, &list), "principal list");
	if (!code)
		code = cli_fail(principal_certificate_list(c->arena, c->db, 0, &certificates), "principal list");
	if (code)
		return code;
	json_t *rows = json_array();
	for (size_t i = 0; i < list.n; i++)
		add_rows(rows, &list.item[i], &certificates);
	return output_document(c, rows);
}

int action_principal_revoke(struct cli *c)
{
	const char *name = c->argument[0];
	int code = cli_schema(c);
	if (!code)
		code = cli_fail(db_begin(c->db), name);
	if (!code)
		code = cli_fail(audit_end(c, principal_revoke(c->db, name), "principal-revoked", name, "with all its certificates"), name);
	if (!code)
		cli_note(c, "%s revoked", name);
	return code;
}

static int add_certificate(struct db *db, const char *name, const struct certificate_facts *facts, const char *san)
{
	int rc = principal_certificate_add(db, name, facts->fingerprint, facts->until_s * 1000000);
	return rc || !san ? rc : principal_set_san(db, name, san);
}

int action_principal_add_certificate(struct cli *c)
{
	const char *name = c->argument[0];
	struct certificate_facts facts;
	struct principal p;
	int code = read_certificate(c, &facts);
	if (!code)
		code = cli_schema(c);
	if (!code)
		code = cli_fail(principal_by_name(c->db, name, &p), name);
	if (code)
		return code;
	if (!c->option[OPTION_SAN] && *p.san && !certificate_has_name(facts.names, p.san))
		return cli_refuse(EX_DATAERR, "%s: does not carry the name %s, with which %s is registered", c->option[OPTION_CERT], p.san, name);
	const char *san = c->option[OPTION_SAN];
	int rc = db_begin(c->db);
	if (!rc)
		rc = audit_end(c, add_certificate(c->db, name, &facts, san), "certificate-added", name,
			arena_printf(c->arena, "certificate %s%s%s", facts.fingerprint, san ? ", name " : "", san ? san : ""));
	if (rc == E_DUPLICATE_KEY)
		return cli_refuse(EX_DATAERR, "%s: the certificate is registered already", c->option[OPTION_CERT]);
	if (!rc)
		cli_note(c, "%s: certificate %s added", name, facts.fingerprint);
	return cli_fail(rc, name);
}

int action_principal_revoke_certificate(struct cli *c)
{
	const char *name = c->argument[0], *path = c->option[OPTION_CERT];
	char fingerprint[CERTIFICATE_FINGERPRINT];
	int rc = certificate_fingerprint_file(path, fingerprint);
	if (rc)
		return cli_refuse(rc == E_IO ? EX_NOINPUT : EX_DATAERR, "%s: %s", path,
				  rc == E_IO ? "cannot be read" : "holds no certificate in PEM form");
	int code = cli_schema(c);
	if (!code)
		code = cli_fail(db_begin(c->db), name);
	if (!code)
		code = cli_fail(audit_end(c, principal_certificate_revoke(c->db, name, fingerprint), "certificate-revoked", name,
			arena_printf(c->arena, "certificate %s", fingerprint)), name);
	if (!code)
		cli_note(c, "%s: certificate %s revoked", name, fingerprint);
	return code;
}

int action_principal_limit(struct cli *c)
{
	const char *name = c->argument[0], *key = c->argument[1], *text = c->argument[2];
	enum principal_limit limit;
	int64_t value = VALUE_NONE;
	if (principal_limit_by_name(key, &limit))
		return cli_refuse(EX_USAGE, "no such limit: %s; expected rate, burst, concurrent, body, items or depth", key);
	if (strcmp(text, "default") && (decimal_parse(text, 0, &value) || value < 0))
		return cli_refuse(EX_USAGE, "expected a whole number from 0 or \"default\", got \"%s\"", text);
	int code = cli_schema(c);
	if (!code)
		code = cli_fail(db_begin(c->db), name);
	if (!code)
		code = cli_fail(audit_end(c, principal_set_limit(c->db, name, limit, value), "limit-changed", name,
			arena_printf(c->arena, "%s is %s", key, text)), name);
	if (!code)
		cli_note(c, "%s: %s is %s", name, key, text);
	return code;
}

int action_principal_protect(struct cli *c)
{
	const char *name = c->argument[0], *signature = c->option[OPTION_SIGNATURE], *encryption = c->option[OPTION_ENCRYPTION];
	if (!signature && !encryption)
		return cli_refuse(EX_USAGE, "--signature or --encryption is needed");
	int code = cli_schema(c);
	if (code)
		return code;
	int rc = db_begin(c->db);
	if (!rc)
		rc = audit_end(c, signature_policy(c->db, name, signature, encryption), "protection-changed", name,
			arena_printf(c->arena, "signature %s, encryption %s", signature ? signature : "as before", encryption ? encryption : "as before"));
	if (rc == E_FORMAT)
		return cli_refuse(EX_USAGE, "--signature is never, control or always; --encryption is never, personal or always");
	if (!rc)
		cli_note(c, "%s: signature %s, encryption %s", name, signature ? signature : "as before", encryption ? encryption : "as before");
	return cli_fail(rc, name);
}
