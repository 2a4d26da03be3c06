/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "model/folder.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"

#define SUFFIX ".conf"
enum { MOST = 10000, NAME_MOST = 64 };

static int is_file_of_one(const struct dirent *e)
{
	size_t n = strlen(e->d_name), k = strlen(SUFFIX);
	return e->d_name[0] != '.' && n > k && !strcmp(e->d_name + n - k, SUFFIX);
}

static int found_one(const char *folder, const char *file, folder_found *found, void *arg, struct settings_error *error)
{
	char path[1024], name[NAME_MOST + 1];
	size_t n = strlen(file) - strlen(SUFFIX);
	if (n > NAME_MOST || (size_t)snprintf(path, sizeof path, "%s/%s", folder, file) >= sizeof path) {
		snprintf(error->text, sizeof error->text, "%.200s: expected a principal's name, got \"%.200s\"", folder, file);
		return E_CONFIG;
	}
	snprintf(name, sizeof name, "%.*s", (int)n, file);
	return found(arg, name, path, error);
}

int folder_each(const char *folder, folder_found *found, void *arg, struct settings_error *error)
{
	struct dirent **entry = NULL;
	if (!*folder)
		return 0;
	int n = scandir(folder, &entry, is_file_of_one, alphasort);
	if (n < 0) {
		snprintf(error->text, sizeof error->text, "%.400s: %s", folder, strerror(errno));
		return E_IO;
	}
	int rc = n > MOST ? E_TOO_MANY : 0;
	error->text[0] = '\0';
	for (int i = 0; i < n; i++) {
		if (!rc)
			rc = found_one(folder, entry[i]->d_name, found, arg, error);
		free(entry[i]);
	}
	free(entry);
	if (rc && !*error->text)
		snprintf(error->text, sizeof error->text, "%.400s: %s", folder, error_text_en(rc));
	return rc;
}
