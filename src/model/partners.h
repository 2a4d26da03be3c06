/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Who documents are exchanged with as files: one file each in a folder, named by the principal: "dispatch.conf". A section [partner] says
 * where its documents lie and how they are protected. */
#ifndef VGI_MODEL_PARTNERS_H
#define VGI_MODEL_PARTNERS_H
#include "base/settings.h"

struct partner {
	char *name;                     /* principal; allocated */
	char *drop_dir;                 /* documents for it; "": it gets none */
	char *certificate;              /* they are encrypted to; "": they are not */
	char *inbox;                    /* encrypted documents of its own; "": none are taken */
	char *opened;                   /* where they lie when they are opened; needed with an inbox */
	char *signer;                   /* whose signature these must have; "": none is asked for */
};
struct partners { struct partner *item; size_t n; };    /* by name */

extern const struct setting partner_settings[];
extern const size_t partner_settings_n;

/* Reads every *.conf of a folder; "": none. 0; E_CONFIG, E_IO, E_TOO_MANY, E_MEMORY with a text. partners_done gives all back, after
 * an error too. */
int partners_load(const char *folder, struct partners *list, struct settings_error *error);
void partners_done(struct partners *list);
#endif
