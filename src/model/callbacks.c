/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "model/callbacks.h"
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"

#define AT(FIELD) offsetof(struct callback, FIELD)
#define SUFFIX ".conf"
enum { MOST = 10000, NAME_MOST = 64 };

const struct setting callback_settings[] = {
	{ .section = "callback", .key = "host", .type = SETTING_TEXT, .offset = AT(host), .fallback = NULL, .min = 1, .max = 200,
	  .unit = "", .help = "Where the aggregator's service is; its certificate must name it." },
	{ .section = "callback", .key = "port", .type = SETTING_INT, .offset = AT(port), .fallback = "443", .min = 1, .max = 65535,
	  .unit = "", .help = "TCP port of it." },
	{ .section = "callback", .key = "path", .type = SETTING_TEXT, .offset = AT(path), .fallback = "/aggregator-callback", .min = 1,
	  .max = 200, .unit = "", .help = "Path of it." },
	{ .section = "callback", .key = "trust", .type = SETTING_PATH, .offset = AT(trust), .fallback = "", .unit = "",
	  .help = "PEM of the authorities that may vouch for it; empty: those of [aggregator_callback]." },
};
const size_t callback_settings_n = sizeof callback_settings / sizeof *callback_settings;

static int is_file_of_one(const struct dirent *e)
{
	size_t n = strlen(e->d_name), k = strlen(SUFFIX);
	return e->d_name[0] != '.' && n > k && !strcmp(e->d_name + n - k, SUFFIX);
}

static int load_one(const char *folder, const char *file, struct callback *c, struct settings_error *error)
{
	char path[1024];
	size_t n = strlen(file) - strlen(SUFFIX);
	if (n > NAME_MOST || (size_t)snprintf(path, sizeof path, "%s/%s", folder, file) >= sizeof path) {
		snprintf(error->text, sizeof error->text, "%.200s: expected a principal's name, got \"%.200s\"", folder, file);
		return E_CONFIG;
	}
	int rc = settings_load(path, callback_settings, callback_settings_n, c, error);
	if (rc)
		return rc;
	c->name = strndup(file, n);
	return c->name ? 0 : E_MEMORY;
}

static int load_all(const char *folder, struct dirent **entry, size_t n, struct callbacks *list, struct settings_error *error)
{
	int rc = n > MOST ? E_TOO_MANY : 0;
	list->item = rc ? NULL : calloc(n + 1, sizeof *list->item);
	list->name = rc ? NULL : calloc(n + 1, sizeof *list->name);
	if (!rc && (!list->item || !list->name))
		rc = E_MEMORY;
	if (rc)
		snprintf(error->text, sizeof error->text, "%.400s: %s", folder, error_text_en(rc));
	for (size_t i = 0; !rc && i < n; i++) {
		rc = load_one(folder, entry[i]->d_name, &list->item[i], error);
		list->name[i] = list->item[i].name;
		list->n = i + 1;
	}
	return rc;
}

int callbacks_load(const char *folder, struct callbacks *list, struct settings_error *error)
{
	struct dirent **entry = NULL;
	*list = (struct callbacks){ 0 };
	if (!*folder)
		return 0;
	int n = scandir(folder, &entry, is_file_of_one, alphasort);
	if (n < 0) {
		snprintf(error->text, sizeof error->text, "%.400s: %s", folder, strerror(errno));
		return E_IO;
	}
	int rc = load_all(folder, entry, (size_t)n, list, error);
	for (int i = 0; i < n; i++)
		free(entry[i]);
	free(entry);
	return rc;
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
