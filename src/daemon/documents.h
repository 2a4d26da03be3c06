/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What documents are exchanged with whom, as [exchange] says: where they are written to, and the folders that are looked into. */
#ifndef VGI_DAEMON_DOCUMENTS_H
#define VGI_DAEMON_DOCUMENTS_H
#include "channel/drop.h"
#include "channel/inbox.h"
#include "daemon/hub.h"
#include "model/installation.h"
#include "model/partners.h"

struct documents {
	struct partners partners;
	struct parcel_key **reader;             /* by partner; NULL: it reads them in the clear */
	struct parcel_key *own;                 /* NULL: no partner has an inbox */
	struct drop *drop; size_t n_drops;      /* those of the partners, or without partners [hub] drop_dir alone */
	struct inbox *inbox; size_t n_inboxes;
	struct inbox_watch *watch;
};

/* Reads everything; signer may be NULL. 0; E_CONFIG, E_IO, E_MEMORY with a text; documents_done in any case. */
int documents_load(const struct installation *in, const struct cms_signer *signer, struct documents *d, struct hub_error *error);
/* Begins to look into the folders of partners, if there are any. 0, E_MEMORY. */
int documents_start(struct documents *d, const struct installation *in, struct security_log *log);
void documents_stop(struct documents *d);       /* looks no more; may be called again */
void documents_done(struct documents *d);
#endif
