/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What messages said, kept beside their journal rows (store/content.h): coded, and sealed where the operation is personal. */
#ifndef VGI_ENDPOINT_HISTORY_H
#define VGI_ENDPOINT_HISTORY_H
#include "base/arena.h"
#include "base/bytes.h"
#include "store/content.h"

struct vault;

/* What is kept of the message (sender, message_id), as it was written: an envelope of SOAP 1.1, put in place of what `text` held. vault:
 * may be NULL where it is not sealed. 0; E_CONFIG: it is sealed and vault is NULL; E_NOTHING: its key is not in the file; E_FORMAT: it
 * was changed; E_TOO_LARGE (text's cap), E_MEMORY. */
int history_open(struct arena *a, struct vault *vault, const char *sender, const char *message_id, const struct content *kept,
		struct bytes *text);
#endif
