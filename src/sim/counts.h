/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* How many messages this side sent, had answered and took, by peer, direction and operation, in distinct message ids:
 * each is told here once, however often it is repeated. Thread-safe. */
#ifndef VGI_SIM_COUNTS_H
#define VGI_SIM_COUNTS_H
#include <stdbool.h>
#include <stdint.h>

struct counts;
struct counts *counts_new(void);                /* NULL when memory is out */
void counts_free(struct counts *c);             /* NULL allowed */

/* peer and operation must outlive c. Toward the hub: before the first send, with the items sent … */
void counts_sent(struct counts *c, const char *peer, const char *operation, int64_t items);
/* … and once its answer is there, whatever it says. */
void counts_acked(struct counts *c, const char *peer, const char *operation);
/* From the hub: what became of a message. */
void counts_taken(struct counts *c, const char *peer, const char *operation, bool accepted, int64_t items_stored);
/* messages.csv in folder (sim/record.h). 0, E_IO, E_MEMORY. */
int counts_write(struct counts *c, const char *folder);
#endif
