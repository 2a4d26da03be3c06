/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What messages said, beside their journal rows, where a later revision takes their effect away (HISTORY_KEPT in
 * codec/soap/operations.def). Errors: db.h. */
#ifndef VGI_STORE_CONTENT_H
#define VGI_STORE_CONTENT_H
#include "base/arena.h"
#include "base/bytes.h"
#include "store/db.h"

struct content {
	bool gzip, sealed;              /* coded first, then sealed */
	struct octets bytes;            /* p NULL: none */
};
struct content_row { int64_t seq; struct content content; };

/* In the transaction that writes the journal rows `seq`: what n messages said. n may be 0. E_TOO_LARGE: more than the server takes. */
int content_write(struct arena *a, struct db *db, const struct content_row *row, size_t n);
/* What is kept of a message, in the arena. 0; E_NOTHING: nothing, or there is no such message. */
int content_find(struct arena *a, struct db *db, const char *sender, const char *message_id, struct content *content);
#endif
