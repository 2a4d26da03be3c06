/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Folders of settings: a file NAME.conf for each party, named by its principal. */
#ifndef VGI_MODEL_FOLDER_H
#define VGI_MODEL_FOLDER_H
#include <stddef.h>
#include "base/settings.h"

/* name: without the suffix, at most 64 bytes; path: of the file. 0, or an error with a text that ends the reading. */
typedef int folder_found(void *arg, const char *name, const char *path, struct settings_error *error);
/* Calls found for every *.conf of a folder, by name; others are not looked at. folder "": none. 0; E_CONFIG, E_IO, E_TOO_MANY (above
 * 10,000), E_MEMORY with a text; what found returned. */
int folder_each(const char *folder, folder_found *found, void *arg, struct settings_error *error);
#endif
