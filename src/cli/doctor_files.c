/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Rule set, certificates, revocation lists, key file, signer. */
#include <stdio.h>
#include "base/clock.h"
#include "base/timegrid.h"
#include "cli/doctor.h"
#include "model/partners.h"
#include "security/cms.h"
#include "security/machine.h"
#include "security/parcel.h"
#include "security/revocation.h"
#include "security/seal.h"
#include "security/tls.h"

enum { SOON_DAYS = 30, KEY_OLD_DAYS = 400 };

static const char *check_name(struct doctor *d, const char *section, const char *what)
{
	return arena_printf(d->c->arena, "%s %s", section, what);
}

static void tell_certificate(struct doctor *d, const char *check, const char *path)
{
	struct machine_certificate c;
	char until[32];
	if (machine_certificate(path, &c)) {
		doctor_tell(d, DOCTOR_FAIL, check, "name a file with a certificate in PEM form", "%s holds none", path);
		return;
	}
	int64_t now_ms = clock_machine_ms(), days = (c.until_ms - now_ms) / MS_DAY;
	time_format(c.until_ms, 0, until);
	if (c.weak)
		doctor_tell(d, DOCTOR_FAIL, check, "have it issued anew, signed with SHA-256 or better", "%s is signed with %s", c.subject, c.signature);
	else if (now_ms < c.from_ms || now_ms >= c.until_ms)
		doctor_tell(d, DOCTOR_FAIL, check, "put a certificate that is valid now there", "%s is not valid now, until %s", c.subject, until);
	else
		doctor_tell(d, days < SOON_DAYS ? DOCTOR_WARN : DOCTOR_OK, check, "renew it in time", "%s, %s, until %s (%lld days)", c.subject,
			    c.signature, until, (long long)days);
}

/* A list that is made anew in time is never in the last quarter of its life. */
static void tell_revocation_times(struct doctor *d, const char *check, const struct revocation_times *t, size_t lists, size_t responses, int64_t now_s)
{
	const char *advice = "put lists of all authorities in use there", *counts = arena_printf(d->c->arena, "%zu lists, %zu responses", lists, responses);
	char until[32];
	if (!t->in_force) {
		doctor_tell(d, DOCTOR_FAIL, check, advice, "%s, none in force", counts);
		return;
	}
	bool late = t->until_s - now_s < (t->until_s - t->from_s) / 4;
	time_format(t->until_s * 1000, 0, until);
	if (t->ended || late)
		advice = "look at what fetches them: fresh ones must come before nextUpdate, and take the place of the old";
	doctor_tell(d, t->ended || late ? DOCTOR_WARN : DOCTOR_OK, check, advice, "%s, %zu of them over, the next ends %s", counts, t->ended, until);
}

static void tell_revoked(struct doctor *d, const char *check, const char *path)
{
	struct revocations *set = NULL;
	struct revocation_error why = { "" };
	struct revocation_times times;
	size_t lists = 0, responses = 0;
	int64_t now_s = clock_machine_ms() / 1000;
	if (!*path) {
		doctor_tell(d, DOCTOR_WARN, check, "name revocation lists, or revoke principals by hand", "none configured");
		return;
	}
	if (revocations_load(path, &set, &why)) {
		doctor_tell(d, DOCTOR_FAIL, check, "put lists and responses that are in force there, and nothing else", "%s", why.text);
		return;
	}
	revocations_count(set, &lists, &responses);
	revocations_times(set, now_s, &times);
	revocations_free(set);
	tell_revocation_times(d, check, &times, lists, responses, now_s);
}

static void tell_listener(struct doctor *d, const char *name, const struct installation_listener *l)
{
	struct tls_files files = { .certificate = l->certificate, .key = l->key, .trust = l->trust,
		.revoked = *l->revoked ? l->revoked : NULL };
	struct tls_error why = { "" };
	struct tls *tls = NULL;
	int rc = tls_server_new(&files, &tls, &why);
	tls_free(tls);
	doctor_tell(d, rc ? DOCTOR_FAIL : DOCTOR_OK, check_name(d, name, "tls"), "certificate, key (mode 0600), trust and revoked must fit together",
		    "%s", rc ? why.text : "certificate, key and trust fit");
	tell_certificate(d, check_name(d, name, "certificate"), l->certificate);
	tell_certificate(d, check_name(d, name, "authority"), l->trust);
	tell_revoked(d, check_name(d, name, "revocation"), l->revoked);
}

static void tell_keys(struct doctor *d)
{
	const char *path = d->c->in.protection.key_file;
	struct keyfile_error why = { "" };
	struct keyfile file;
	struct vault *vault = NULL;
	if (!*path) {
		doctor_tell(d, DOCTOR_WARN, "key file", "set [protection] key_file and run vgihub key create", "none: messages with personal fields are refused");
		return;
	}
	if (keyfile_read(path, &file, &why) || vault_open(path, (enum suite)d->c->in.protection.suite, &vault, &why)) {
		doctor_tell(d, DOCTOR_FAIL, "key file", "it must be readable for the daemon's user alone and of this form", "%s", why.text);
		return;
	}
	int64_t days = (clock_machine_ms() - file.key[file.n - 1].made_ms) / MS_DAY;
	doctor_tell(d, days > KEY_OLD_DAYS ? DOCTOR_WARN : DOCTOR_OK, "key file", "run vgihub key rotate", "%zu keys, the newest %lld days old, suite %s",
		    file.n, (long long)days, suite_name((enum suite)d->c->in.protection.suite));
	keyfile_done(&file);
	vault_close(vault);
}

static void tell_signer(struct doctor *d)
{
	const char *certificate = d->c->in.protection.sign_certificate;
	struct cms_signer *signer = NULL;
	struct cms_error why = { "" };
	if (!*certificate) {
		doctor_tell(d, DOCTOR_WARN, "signing", "set [protection] sign_certificate and sign_key", "documents are not signed");
		return;
	}
	if (cms_signer_open((enum suite)d->c->in.protection.suite, certificate, d->c->in.protection.sign_key, &signer, &why))
		doctor_tell(d, DOCTOR_FAIL, "signing", "certificate and key must fit together and the suite", "%s", why.text);
	else
		tell_certificate(d, "signing", certificate);
	cms_signer_close(signer);
}

/* The certificates that documents are encrypted to and signed with; the folders: doctor_folders.c. */
static void tell_partners(struct doctor *d)
{
	struct settings_error why = { "" };
	struct partners list;
	struct parcel_key *own = NULL;
	struct cms_error no = { "" };
	const char *certificate = d->c->in.protection.open_certificate;
	if (partners_load(d->c->in.exchange.partners, &list, &why))
		doctor_tell(d, DOCTOR_FAIL, "partners", "see vgihub config check", "%s", why.text);
	for (size_t i = 0; i < list.n; i++) {
		const struct partner *p = &list.item[i];
		if (*p->certificate)
			tell_certificate(d, check_name(d, p->name, "documents"), p->certificate);
		if (*p->signer)
			tell_certificate(d, check_name(d, p->name, "signer"), p->signer);
	}
	if (*certificate && parcel_opener(certificate, d->c->in.protection.open_key, clock_machine_ms(), &own, &no))
		doctor_tell(d, DOCTOR_FAIL, "opening", "certificate and key must fit together, RSA or SM2", "%s", no.text);
	else if (*certificate)
		tell_certificate(d, "opening", certificate);
	parcel_key_close(own);
	partners_done(&list);
}

void doctor_files(struct doctor *d)
{
	static const char *const names[INSTALLATION_LISTENERS] = { "dispatch", "trading", "aggregator" };
	static const char *const peers[INSTALLATION_PEERS] = { [PEER_DISPATCH_SINK] = "dispatch_sink", [PEER_TRADING_PLATFORM] = "trading_platform" };
	const struct installation *in = &d->c->in;
	bool rules = cli_rules(d->c) == 0;
	doctor_tell(d, rules ? DOCTOR_OK : DOCTOR_FAIL, "rules", "see vgihub config check", "%s", rules ? d->c->rules.name : in->hub.rules);
	for (int i = 0; i < INSTALLATION_LISTENERS; i++)
		tell_listener(d, names[i], &in->listener[i]);
	for (int i = 0; i < INSTALLATION_PEERS; i++)
		if (*in->peer[i].name)
			tell_revoked(d, check_name(d, peers[i], "revocation"), in->peer[i].revoked);
	tell_keys(d);
	tell_signer(d);
	tell_partners(d);
	doctor_folders(d);
}
