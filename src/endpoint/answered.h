/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* When answers went out. Workers only put the moment aside; it is written into the journal later and for many messages at
 * once, so that no answer waits for it. A crash loses the moments of the last fraction of a second, never a message.
 * Messages with numbers in a row that were answered within a millisecond, as those of one transaction are, share the moment
 * of the last of them: one statement for all costs a tenth. */
#ifndef VGI_ENDPOINT_ANSWERED_H
#define VGI_ENDPOINT_ANSWERED_H
#include <stdint.h>

struct db;
struct answered;
struct answered *answered_new(void);            /* NULL when memory is out */
void answered_free(struct answered *a);         /* NULL allowed */

/* The message of journal row seq was answered at this machine time. Any thread. While more than 65,536 moments wait, because the
 * database is away, further ones are not noted. */
void answered_add(struct answered *a, int64_t seq, int64_t at_us);
/* Writes what was put aside. One thread at a time, outside a transaction. 0, or the errors of db_exec_bulk: then it is tried
 * again with the next call. */
int answered_note(struct answered *a, struct db *db);
#endif
