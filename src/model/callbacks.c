/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "model/callbacks.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "model/folder.h"

#define AT(FIELD) offsetof(struct callback, FIELD)

const struct setting callback_settings[] = {
	{ .section = "callback", .key = "host", .type = SETTING_TEXT, .offset = AT(host), .fallback = NULL, .min = 1, .max = 200,
	  .unit = "", .help = "Where the aggregator's service is; its certificate must name it." },
	{ .section = "callback", .key = "port", .type = SETTING_INT, .offset = AT(port), .fallback = "443", .min = 1, .max = 65535,
	  .unit = "", .help = "TCP port of it." },
	{ .section = "callback", .key = "path", .type = SETTING_TEXT, .offset = AT(path), .fallback = "/aggregator-callback", .min = 1,
	  .max = 200, .unit = "", .help = "Path of it." },
	{ .section = "callback", .key = "trust", .type = SETTING_PATH, .offset = AT(trust), .fallback = "", .unit = "",
	  .help = "PEM of the authorities that may vouch for it; empty: those of [aggregator_callback]." },
	{ .section = "callback", .key = "revoked", .type = SETTING_PATH, .offset = AT(revoked), .fallback = "", .unit = "",
	  .help = "File or folder of revocation lists and OCSP responses; empty: as in [aggregator_callback]." },
};
const size_t callback_settings_n = sizeof callback_settings / sizeof *callback_settings;

static int add(void *arg, const char *name, const char *path, struct settings_error *error)
{
	struct callbacks *list = arg;
	struct callback *item = realloc(list->item, (list->n + 1) * sizeof *item);
	if (item)
		list->item = item;
	const char **names = realloc(list->name, (list->n + 1) * sizeof *names);
	if (names)
		list->name = names;
	if (!item || !names)
		return E_MEMORY;
	struct callback *c = &item[list->n];
	*c = (struct callback){ .name = NULL };
	int rc = settings_load(path, callback_settings, callback_settings_n, c, error);
	if (rc)
		return rc;
	names[list->n++] = c->name = strdup(name);
	return c->name ? 0 : E_MEMORY;
}

int callbacks_load(const char *folder, struct callbacks *list, struct settings_error *error)
{
	*list = (struct callbacks){ 0 };
	return folder_each(folder, add, list, error);
}

void callbacks_done(struct callbacks *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->item[i].name);
		settings_done(callback_settings, callback_settings_n, &list->item[i]);
	}
	free(list->item);
	free(list->name);
	*list = (struct callbacks){ 0 };
}
