/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "daemon/documents.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "model/partners.h"
#include "security/parcel.h"

struct documents {
	struct folders folders;                 /* first: who has these has all */
	struct partners partners;
	struct parcel_key **reader;             /* by partner; NULL: it reads them in the clear */
	struct parcel_key *own;                 /* NULL: no partner has an inbox */
	struct drop *drop;                      /* those of the partners, or without partners [hub] drop_dir alone */
	struct inbox *inbox;
};

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

static int add_drop(const struct installation *lasting, const struct cms_signer *signer, struct documents *d, size_t i, struct hub_error *error)
{
	const struct partner *p = &d->partners.item[i];
	struct cms_error why = { "" };
	int rc = check_folder(p->drop_dir, p->name, error);
	if (!rc && *p->certificate)
		rc = say(error, parcel_reader(p->certificate, clock_machine_ms(), &d->reader[i], &why), p->name, why.text);
	d->drop[d->folders.n_drops++] = (struct drop){ p->drop_dir, signer, d->reader[i], lasting->hub.name };
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
	d->inbox[d->folders.inbox.n++] = (struct inbox){ p->name, p->inbox, p->opened, p->signer };
	return rc;
}

static int load_all(const struct installation *in, const struct installation *lasting, const struct cms_signer *signer, struct documents *d,
		    struct hub_error *error)
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
			rc = add_drop(lasting, signer, d, i, error);
		if (!rc && *d->partners.item[i].inbox)
			rc = add_inbox(in, d, &d->partners.item[i], error);
	}
	if (!rc && !n)
		d->drop[d->folders.n_drops++] = (struct drop){ .folder = lasting->hub.drop_dir, .signer = signer };
	return rc;
}

void documents_free(struct folders *folders)
{
	struct documents *d = (struct documents *)folders;
	if (!d)
		return;
	for (size_t i = 0; d->reader && i < d->partners.n; i++)
		parcel_key_close(d->reader[i]);
	parcel_key_close(d->own);
	free(d->reader);
	free(d->drop);
	free(d->inbox);
	partners_done(&d->partners);
	free(d);
}

static void free_page(struct page *page)
{
	documents_free((struct folders *)page);
}

int documents_load(const struct installation *in, const struct installation *lasting, const struct cms_signer *signer,
		   struct folders **folders, struct hub_error *error)
{
	struct documents *d = calloc(1, sizeof *d);
	int rc = d ? load_all(in, lasting, signer, d, error) : say(error, E_MEMORY, "[exchange]", error_text_en(E_MEMORY));
	if (rc) {
		documents_free(d ? &d->folders : NULL);
		return rc;
	}
	d->folders.page.free = free_page;
	d->folders.drop = d->drop;
	d->folders.inbox.inbox = d->inbox;
	d->folders.inbox.key = d->own;
	d->folders.inbox.most = (size_t)in->exchange.max_document;
	*folders = &d->folders;
	return 0;
}
