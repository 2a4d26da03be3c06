/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "model/partners.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "model/folder.h"

#define FILE_(KEY, HELP) { .section = "partner", .key = #KEY, .type = SETTING_PATH, .offset = offsetof(struct partner, KEY), .fallback = "", \
	.unit = "", .help = HELP }

const struct setting partner_settings[] = {
	FILE_(drop_dir, "Folder that documents for it are written to; empty: it gets none."),
	FILE_(certificate, "PEM of the certificate, RSA or SM2, that they are encrypted to; empty: they are not encrypted."),
	FILE_(inbox, "Folder that it puts encrypted documents into; empty: none are taken."),
	FILE_(opened, "Folder for these documents once they are opened; the hub alone may write there. Needed with inbox."),
	FILE_(signer, "PEM of the certificate whose detached signature must lie beside each of these; empty: none must."),
};
const size_t partner_settings_n = sizeof partner_settings / sizeof *partner_settings;

static int add(void *arg, const char *name, const char *path, struct settings_error *error)
{
	struct partners *list = arg;
	struct partner *more = realloc(list->item, (list->n + 1) * sizeof *more), *p;
	if (!more)
		return E_MEMORY;
	list->item = more;
	p = &more[list->n];
	*p = (struct partner){ .name = NULL };
	int rc = settings_load(path, partner_settings, partner_settings_n, p, error);
	if (rc)
		return rc;
	if (*p->inbox && !*p->opened) {
		snprintf(error->text, sizeof error->text, "%.200s: [partner] opened: expected a folder, since there is an inbox, got nothing", path);
		settings_done(partner_settings, partner_settings_n, p);
		return E_CONFIG;
	}
	p->name = strdup(name);
	list->n++;
	return p->name ? 0 : E_MEMORY;
}

int partners_load(const char *folder, struct partners *list, struct settings_error *error)
{
	*list = (struct partners){ 0 };
	return folder_each(folder, add, list, error);
}

void partners_done(struct partners *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->item[i].name);
		settings_done(partner_settings, partner_settings_n, &list->item[i]);
	}
	free(list->item);
	*list = (struct partners){ 0 };
}
