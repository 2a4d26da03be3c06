/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* principal add, list, revoke. */
#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include "base/error.h"
#include "cli/actions.h"
#include "cli/output.h"
#include "security/certificate.h"
#include "security/role.h"
#include "store/principal.h"

int action_principal_add(struct cli *c)
{
	const char *name = c->argument[0], *role = c->option[OPTION_ROLE], *cert = c->option[OPTION_CERT];
	char fingerprint[CERTIFICATE_FINGERPRINT];
	if (!role_by_name(role))
		return cli_refuse(EX_USAGE, "no such role: %s", role);
	errno = 0;
	int rc = certificate_fingerprint_file(cert, fingerprint);
	if (rc == E_IO)
		return cli_refuse(EX_NOINPUT, "%s: %s", cert, errno ? strerror(errno) : "cannot be read");
	if (rc)
		return cli_refuse(EX_DATAERR, "%s: holds no certificate in PEM form", cert);
	int code = cli_schema(c);
	if (code)
		return code;
	rc = principal_add(c->db, name, role, fingerprint, NULL);
	if (rc == E_DUPLICATE_KEY)
		return cli_refuse(EX_DATAERR, "%s: name or certificate is registered already", name);
	if (rc == E_FORMAT)
		return cli_refuse(EX_USAGE, "a name has 1 to 64 letters, digits and _ . : * / -, got \"%s\"", name);
	if (rc)
		return cli_fail(rc, name);
	cli_note(c, "%s added, role %s, certificate %s", name, role, fingerprint);
	return 0;
}

int action_principal_list(struct cli *c)
{
	struct principal_list list = { 0 };
	int code = cli_schema(c);
	if (!code)
		code = cli_fail(principal_list(c->arena, c->db, &list), "principal list");
	if (code)
		return code;
	json_t *rows = json_array();
	for (size_t i = 0; i < list.n; i++) {
		const struct principal *p = &list.item[i];
		json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:o, s:o, s:s}", "name", p->name, "role", p->role,
			"status", p->active ? "active" : "revoked", "created", output_time_us(p->created_us),
			"revoked", output_time_us(p->revoked_us), "certificate", p->cert_sha256));
	}
	return output_document(c, rows);
}

int action_principal_revoke(struct cli *c)
{
	const char *name = c->argument[0];
	int code = cli_schema(c);
	if (!code)
		code = cli_fail(principal_revoke(c->db, name), name);
	if (!code)
		cli_note(c, "%s revoked", name);
	return code;
}
