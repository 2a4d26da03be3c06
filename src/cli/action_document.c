/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* document seal, open. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include "base/clock.h"
#include "base/error.h"
#include "channel/drop.h"
#include "cli/actions.h"
#include "model/partners.h"
#include "security/parcel.h"

static int read_file(const struct cli *c, const char *path, struct bytes *b)
{
	b->most = (size_t)c->in.exchange.max_document;
	int rc = bytes_read_file(b, path);
	return rc ? cli_fail(rc, path) : 0;
}

static const struct partner *find(const struct partners *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->item[i].name, name))
			return &list->item[i];
	return NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* As the daemon would. */
static int seal(struct cli *c, const struct partner *p, const struct bytes *text)
{
	const char *path = c->argument[1];
	struct parcel_key *reader = NULL;
	struct cms_signer *signer = NULL;
	struct cms_error why = { "" };
	int rc = *p->certificate ? parcel_reader(p->certificate, clock_machine_ms(), &reader, &why) : 0;
	if (!rc && *c->in.protection.sign_certificate)
		rc = cms_signer_open((enum suite)c->in.protection.suite, c->in.protection.sign_certificate, c->in.protection.sign_key, &signer, &why);
	int code = rc ? cli_refuse(cli_exit_code(rc), "%s", why.text) : 0;
	if (!code)
		code = cli_fail(drop_write(&(struct drop){ p->drop_dir, signer, reader, c->in.hub.name }, base_name(path), text->p, text->n), path);
	if (!code)
		cli_note(c, "%s/%s%s: written, %s, %s", p->drop_dir, base_name(path), reader ? PARCEL_SUFFIX : "",
			 reader ? suite_name(parcel_suite(reader)) : "in the clear", signer ? "signed" : "not signed");
	parcel_key_close(reader);
	cms_signer_close(signer);
	return code;
}

int action_document_seal(struct cli *c)
{
	struct settings_error why = { "" };
	struct partners list = { 0 };
	struct bytes text = BYTES_INIT;
	int code = cli_installation(c);
	if (code)
		return code;
	int rc = partners_load(c->in.exchange.partners, &list, &why);
	const struct partner *p = rc ? NULL : find(&list, c->argument[0]);
	if (rc)
		code = cli_refuse(cli_exit_code(rc), "%s", why.text);
	else if (!p || !*p->drop_dir)
		code = cli_refuse(EX_USAGE, "%s: no documents are written for a partner of this name", c->argument[0]);
	if (!code)
		code = read_file(c, c->argument[1], &text);
	if (!code)
		code = seal(c, p, &text);
	bytes_done(&text);
	partners_done(&list);
	return code;
}

int action_document_open(struct cli *c)
{
	const char *path = c->argument[0], *reason = NULL;
	struct parcel parcel = { .text = BYTES_INIT };
	struct bytes file = BYTES_INIT;
	struct parcel_key *own = NULL;
	struct cms_error why = { "" };
	int code = cli_installation(c);
	if (code)
		return code;
	int rc = parcel_opener(c->in.protection.open_certificate, c->in.protection.open_key, clock_machine_ms(), &own, &why);
	if (rc)
		code = cli_refuse(cli_exit_code(rc), "%s", why.text);
	if (!code)
		code = read_file(c, path, &file);
	if (!code && (rc = parcel_open(own, file.p, file.n, (size_t)c->in.exchange.max_document, &parcel, &reason)))
		code = cli_refuse(EX_DATAERR, "%s: %s: %s", path, error_code(rc), reason);
	if (!code) {
		cli_note(c, "from %s, %s; whether it is signed was not looked at", parcel.sender, parcel.name);
		if (fwrite(parcel.text.p, 1, parcel.text.n, stdout) != parcel.text.n || fflush(stdout))
			code = cli_refuse(EX_IOERR, "standard output could not be written");
	}
	bytes_done(&parcel.text);
	bytes_done(&file);
	parcel_key_close(own);
	return code;
}
