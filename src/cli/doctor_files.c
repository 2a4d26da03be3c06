/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Rule set, certificates, revocation lists, key file, signer, drop directory. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/timegrid.h"
#include "cli/doctor.h"
#include "security/cms.h"
#include "security/machine.h"
#include "security/revocation.h"
#include "security/seal.h"
#include "security/tls.h"

enum { SOON_DAYS = 30, KEY_OLD_DAYS = 400 };
#define ROOM_LOW INT64_C(1000000000)

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

static void tell_revoked(struct doctor *d, const char *check, const char *path)
{
	struct revocations *set = NULL;
	struct revocation_error why = { "" };
	size_t lists = 0, responses = 0;
	if (!*path) {
		doctor_tell(d, DOCTOR_WARN, check, "name revocation lists, or revoke principals by hand", "none configured");
		return;
	}
	if (revocations_load(path, &set, &why)) {
		doctor_tell(d, DOCTOR_FAIL, check, "put lists and responses that are in force there, and nothing else", "%s", why.text);
		return;
	}
	revocations_count(set, &lists, &responses);
	revocations_free(set);
	doctor_tell(d, lists + responses ? DOCTOR_OK : DOCTOR_FAIL, check, "put lists of all authorities in use there", "%zu lists, %zu responses",
		    lists, responses);
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

void doctor_room(struct doctor *d, const char *check, const char *path)
{
	struct statvfs fs;
	if (statvfs(path, &fs))
		return;
	int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	doctor_tell(d, free_bytes < ROOM_LOW ? DOCTOR_WARN : DOCTOR_OK, check, "make room", "%lld MB free at %s", (long long)(free_bytes / 1000000), path);
}

void doctor_files(struct doctor *d)
{
	static const char *const names[INSTALLATION_LISTENERS] = { "dispatch", "trading", "aggregator" };
	const struct installation *in = &d->c->in;
	bool rules = cli_rules(d->c) == 0;
	doctor_tell(d, rules ? DOCTOR_OK : DOCTOR_FAIL, "rules", "see vgihub config check", "%s", rules ? d->c->rules.name : in->hub.rules);
	for (int i = 0; i < INSTALLATION_LISTENERS; i++)
		tell_listener(d, names[i], &in->listener[i]);
	tell_keys(d);
	tell_signer(d);
	bool writable = access(in->hub.drop_dir, W_OK | X_OK) == 0;
	doctor_tell(d, writable ? DOCTOR_OK : DOCTOR_FAIL, "drop directory", "make it writable for the daemon's user", "%s%s%s", in->hub.drop_dir,
		    writable ? "" : ": ", writable ? "" : strerror(errno));
	doctor_room(d, "drop room", in->hub.drop_dir);
}
