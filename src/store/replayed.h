/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Messages that were taken into the file journal and refused when they were replayed, where the journal has no row that says so:
 * the id belongs to another message, or its sender may not send it any more. */
#ifndef VGI_STORE_REPLAYED_H
#define VGI_STORE_REPLAYED_H
#include "base/arena.h"
#include "store/db.h"

struct replayed {
	const char *sender, *message_id, *operation, *trace_id, *code;  /* code: reason, base/errors.def */
	const unsigned char *digest;                                    /* 32 bytes, of the content; not read back */
	int64_t received_us, refused_us;                                /* machine time; refused_us is given by replayed_refuse */
};
int replayed_refuse(struct db *db, const struct replayed *r);           /* again: 0 */
/* The latest of this id. Strings in the arena. 0 or E_NOTHING. */
int replayed_find(struct arena *a, struct db *db, const char *sender, const char *message_id, struct replayed *r);
#endif
