/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Puts an export where it is wanted, all of it or nothing, at whatever instant the process is killed. */
#ifndef VGI_HANDLER_EXPORT_FOLDER_H
#define VGI_HANDLER_EXPORT_FOLDER_H
#include "handler/export.h"

/* Writes the documents into a new folder beside `folder`, syncs it, and puts it in the place of `folder` in one step. What stood
 * there before is removed, but for a subfolder "sent" (the other sides' record), which is kept; leftovers of exports that were
 * killed are cleared away. Refused, with nothing changed: a folder that holds anything but an export and "sent". 0; E_CONFIG
 * (refused), E_IO; error->text says more. */
int export_write(const char *folder, const struct export_documents *documents, struct export_error *error);
#endif
