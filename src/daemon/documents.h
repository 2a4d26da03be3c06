/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What documents are exchanged with whom, as [exchange] says: one page of the book that sender and inbox work by. */
#ifndef VGI_DAEMON_DOCUMENTS_H
#define VGI_DAEMON_DOCUMENTS_H
#include "channel/folders.h"
#include "daemon/hub.h"
#include "model/installation.h"

/* Reads everything; signer may be NULL. `lasting` is the installation as it was when the hub started: it, and signer, must outlive the
 * page; `in` need not. 0; E_CONFIG, E_IO, E_TOO_MANY, E_MEMORY with a text. */
int documents_load(const struct installation *in, const struct installation *lasting, const struct cms_signer *signer,
		   struct folders **folders, struct hub_error *error);
void documents_free(struct folders *folders);   /* one that is in no book; NULL allowed */
#endif
