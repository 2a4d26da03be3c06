/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* From any id somebody has at hand to the trace ids of the matter. */
#ifndef VGI_STORE_TRACE_H
#define VGI_STORE_TRACE_H
#include "base/arena.h"
#include "store/db.h"

struct trace_ids { const char **id; size_t n; };

/* id: a trace id, a message id of the journal (of any sender) or of the outbox, or a task id: then the message that brought
 * the task and all control messages made of it. By trace id, none twice; n = 0: nothing has it. Errors: db.h. */
int trace_find(struct arena *a, struct db *db, const char *id, struct trace_ids *ids);
#endif
