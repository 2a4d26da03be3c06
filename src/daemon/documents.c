/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "daemon/documents.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "security/parcel.h"

static int say(struct hub_error *e, int rc, const char *what, const char *why)
{
	if (rc)
		snprintf(e->text, sizeof e->text, "%.500s: %.250s", what, why);
	return rc;
}

static int check_folder(const char *path, const char *partner, struct hub_error *error)
{
	char what[500];
	if (access(path, R_OK | W_OK | X_OK) == 0)
		return 0;
	snprintf(what, sizeof what, "[exchange] partner %.64s: expected a folder to write to, %.380s", partner, path);
	return say(error, E_CONFIG, what, strerror(errno));
}

static int add_drop(const struct installation *in, const struct cms_signer *signer, struct documents *d, size_t i, struct hub_error *error)
{
	const struct partner *p = &d->partners.item[i];
	struct cms_error why = { "" };
	int rc = check_folder(p->drop_dir, p->name, error);
	if (!rc && *p->certificate)
		rc = say(error, parcel_reader(p->certificate, clock_machine_ms(), &d->reader[i], &why), p->name, why.text);
	d->drop[d->n_drops++] = (struct drop){ p->drop_dir, signer, d->reader[i], in->hub.name };
	return rc;
}

static int add_inbox(const struct installation *in, struct documents *d, const struct partner *p, struct hub_error *error)
{
	struct cms_error why = { "" };
	int rc = check_folder(p->inbox, p->name, error);
	if (!rc)
		rc = check_folder(p->opened, p->name, error);
	if (!rc && !d->own)
		rc = say(error, parcel_opener(in->protection.open_certificate, in->protection.open_key, clock_machine_ms(), &d->own, &why),
			 "[protection] open_certificate", why.text);
	d->inbox[d->n_inboxes++] = (struct inbox){ p->name, p->inbox, p->opened, p->signer };
	return rc;
}

int documents_load(const struct installation *in, const struct cms_signer *signer, struct documents *d, struct hub_error *error)
{
	struct settings_error why = { "" };
	int rc = say(error, partners_load(in->exchange.partners, &d->partners, &why), "[exchange] partners", why.text);
	size_t n = d->partners.n;               /* with an error those that were read before it */
	d->reader = calloc(n + 1, sizeof *d->reader);
	d->drop = calloc(n + 1, sizeof *d->drop);
	d->inbox = calloc(n + 1, sizeof *d->inbox);
	if (!rc && (!d->reader || !d->drop || !d->inbox))
		return say(error, E_MEMORY, "[exchange]", error_text_en(E_MEMORY));
	for (size_t i = 0; i < n && !rc; i++) {
		if (*d->partners.item[i].drop_dir)
			rc = add_drop(in, signer, d, i, error);
		if (!rc && *d->partners.item[i].inbox)
			rc = add_inbox(in, d, &d->partners.item[i], error);
	}
	if (!rc && !n)
		d->drop[d->n_drops++] = (struct drop){ .folder = in->hub.drop_dir, .signer = signer };
	return rc;
}

int documents_start(struct documents *d, const struct installation *in, struct security_log *log)
{
	struct inbox_config config = { d->inbox, d->n_inboxes, d->own, (size_t)in->exchange.max_document, log };
	return d->n_inboxes ? inbox_start(&config, in->exchange.poll_s, &d->watch) : 0;
}

void documents_stop(struct documents *d)
{
	inbox_stop(d->watch);
	d->watch = NULL;
}

void documents_done(struct documents *d)
{
	documents_stop(d);
	for (size_t i = 0; d->reader && i < d->partners.n; i++)
		parcel_key_close(d->reader[i]);
	parcel_key_close(d->own);
	free(d->reader);
	free(d->drop);
	free(d->inbox);
	partners_done(&d->partners);
}
