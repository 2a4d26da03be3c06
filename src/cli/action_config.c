/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* config check, config sample, rules sample. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "cli/actions.h"
#include "codec/soap/guard.h"
#include "model/callbacks.h"
#include "model/partners.h"
#include "security/certificate.h"
#include "security/cms.h"
#include "security/message_key.h"
#include "security/parcel.h"
#include "security/tls_zone.h"
#include "store/migrate.h"

static int check_contracts(struct cli *c)
{
	struct guard_limits limits = { (int)c->in.net.depth, (int)c->in.net.elements, (size_t)c->in.net.text };
	struct guard *guard = NULL;
	const char *why = "";
	int rc = guard_new(c->in.contracts.schema_dir, c->in.contracts.wsdl_dir, &limits, &guard, &why);
	guard_free(guard);
	return rc ? cli_refuse(EX_CONFIG, "%s: [contracts] %s", c->config_path, why) : 0;
}

/* Gives the context back; its own certificate must be in force. whose: a principal, or "". */
static int check_context(struct cli *c, const char *section, const char *whose, struct tls *tls)
{
	int64_t end_s = tls ? tls_expiry(tls) : 0;
	tls_free(tls);
	return !end_s || end_s > clock_machine_ms() / 1000 ? 0 :
		cli_refuse(EX_CONFIG, "%s: [%s] %s%scertificate: has expired", c->config_path, section, whose, *whose ? ": " : "");
}

static int check_callback(struct cli *c, const struct callback *b)
{
	struct tls_error why = { "" };
	struct tls *tls = NULL;
	if (tls_callback_new(&c->in, b, &tls, &why))
		return cli_refuse(EX_CONFIG, "%s: [aggregator_callback] %s: %s", c->config_path, b->name, why.text);
	return check_context(c, "aggregator_callback", b->name, tls);
}

static int check_callbacks(struct cli *c)
{
	struct settings_error why = { "" };
	struct callbacks list;
	int code = 0;
	if (callbacks_load(c->in.callback.peers, &list, &why))
		code = cli_refuse(EX_CONFIG, "%s: [aggregator_callback] peers: %s", c->config_path, why.text);
	for (size_t i = 0; !code && i < list.n; i++)
		code = check_callback(c, &list.item[i]);
	callbacks_done(&list);
	return code;
}

static int check_peers(struct cli *c)
{
	static const char *const names[INSTALLATION_PEERS] = { "dispatch_sink", "trading_platform" };
	struct tls_error why = { "" };
	struct tls *tls = NULL;
	int code = 0;
	for (int i = 0; !code && i < INSTALLATION_PEERS; i++)
		code = tls_peer_new(&c->in, i, &tls, &why) ? cli_refuse(EX_CONFIG, "%s: [%s] %s", c->config_path, names[i], why.text)
							    : check_context(c, names[i], "", tls);
	return code ? code : check_callbacks(c);
}

static int check_tls(struct cli *c)
{
	static const char *const names[INSTALLATION_LISTENERS] = { "dispatch", "trading", "aggregator" };
	struct tls_error why = { "" };
	struct tls *tls = NULL;
	int code = 0;
	for (int i = 0; !code && i < INSTALLATION_LISTENERS; i++)
		code = tls_listener_new(&c->in, i, &tls, &why) ? cli_refuse(EX_CONFIG, "%s: [%s] %s", c->config_path, names[i], why.text)
								: check_context(c, names[i], "", tls);
	return code ? code : check_peers(c);
}

/* Where [wss] names no files, messages are signed with those of the listeners, which are looked at already. */
static int check_wss(struct cli *c)
{
	struct tls_error why = { "" };
	struct message_key *key = NULL;
	struct certificate_facts facts;
	if (!*c->in.wss.key && !*c->in.wss.certificate)
		return 0;
	int rc = message_key_new(c->in.wss.certificate, c->in.wss.key, &key, &why);
	message_key_free(key);
	if (rc)
		return cli_refuse(EX_CONFIG, "%s: [wss] %s", c->config_path, why.text);
	if (certificate_facts_file(c->in.wss.certificate, &facts) || facts.until_s <= clock_machine_ms() / 1000)
		return cli_refuse(EX_CONFIG, "%s: [wss] certificate: %s has expired", c->config_path, c->in.wss.certificate);
	return 0;
}

static int check_migrations(struct cli *c)
{
	struct migrate_files files;
	int rc = migrate_read(c->arena, c->in.contracts.sql_dir, &files);
	return rc ? cli_refuse(EX_CONFIG, "%s: [contracts] sql_dir: expected the folder of migrations, got %s (%s)", c->config_path,
			       c->in.contracts.sql_dir, error_text_en(rc)) : 0;
}

/* where: the file and section that name it. */
static int check_folder(const char *where, const char *key, const char *folder)
{
	return access(folder, W_OK | X_OK) == 0 ? 0 :
		cli_refuse(EX_CONFIG, "%s %s: expected a folder that can be written, %s: %s", where, key, folder, strerror(errno));
}

static int check_protection(struct cli *c)
{
	struct cms_signer *signer = NULL;
	struct cms_error why = { "" };
	if (*c->in.protection.sign_certificate && cms_signer_open((enum suite)c->in.protection.suite,
	    c->in.protection.sign_certificate, c->in.protection.sign_key, &signer, &why))
		return cli_refuse(EX_CONFIG, "%s: [protection] %s", c->config_path, why.text);
	cms_signer_close(signer);
	return *c->in.protection.key_file ? cli_vault(c) : 0;
}

/* Partners of documents, and the keys for them. */
static int check_exchange(struct cli *c)
{
	struct settings_error why = { "" };
	struct cms_error no = { "" };
	struct partners list = { 0 };
	struct parcel_key *key = NULL;
	int rc = partners_load(c->in.exchange.partners, &list, &why), code = rc ? cli_refuse(EX_CONFIG, "%s: [exchange] partners: %s", c->config_path, why.text) : 0;
	for (size_t i = 0; !code && i < list.n; i++) {
		const struct partner *p = &list.item[i];
		if (*p->certificate && parcel_reader(p->certificate, clock_machine_ms(), &key, &no))
			code = cli_refuse(EX_CONFIG, "%s: [exchange] %s: certificate: %s", c->config_path, p->name, no.text);
		parcel_key_close(key);
		key = NULL;
		if (!code && *p->inbox && parcel_opener(c->in.protection.open_certificate, c->in.protection.open_key, clock_machine_ms(), &key, &no))
			code = cli_refuse(EX_CONFIG, "%s: [protection] open_certificate: %s", c->config_path, no.text);
		parcel_key_close(key);
		key = NULL;
		const struct { const char *name, *folder; } folder[] = { { "drop_dir", p->drop_dir }, { "inbox", p->inbox }, { "opened", p->opened } };
		for (size_t k = 0; !code && k < sizeof folder / sizeof *folder; k++)
			if (*folder[k].folder)
				code = check_folder(arena_printf(c->arena, "%s/%s.conf: [partner]", c->in.exchange.partners, p->name), folder[k].name,
						    folder[k].folder);
	}
	partners_done(&list);
	return code;
}

int action_config_check(struct cli *c)
{
	int code = cli_rules(c);
	if (!code)
		code = check_contracts(c);
	if (!code)
		code = check_migrations(c);
	if (!code)
		code = check_tls(c);
	if (!code)
		code = check_wss(c);
	if (!code)
		code = check_protection(c);
	if (!code)
		code = check_exchange(c);
	if (!code)
		code = check_folder(arena_printf(c->arena, "%s: [hub]", c->config_path), "drop_dir", c->in.hub.drop_dir);
	if (!code && *c->in.spool.dir)
		code = check_folder(arena_printf(c->arena, "%s: [spool]", c->config_path), "dir", c->in.spool.dir);
	if (!code)
		cli_note(c, "%s: no error found", c->config_path);
	return code;
}

static int sampled(void)
{
	return fflush(stdout) || ferror(stdout) ? cli_refuse(EX_IOERR, "standard output could not be written") : 0;
}

int action_config_sample(struct cli *c)
{
	(void)c;
	settings_sample(installation_settings, installation_settings_n, stdout);
	return sampled();
}

int action_rules_sample(struct cli *c)
{
	(void)c;
	settings_sample(rules_settings, rules_settings_n, stdout);
	return sampled();
}
