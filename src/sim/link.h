/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A principal's line to one service of the hub. A message goes out until it is answered: over a lost connection, a
 * hub that restarts or a database that is away, the same bytes with the same message id are sent again, with pauses
 * that grow from 50 ms to 1 s, until patience is at an end. One thread at a time a link. */
#ifndef VGI_SIM_LINK_H
#define VGI_SIM_LINK_H
#include <stdatomic.h>
#include "base/bytes.h"
#include "codec/soap/operation.h"
#include "sim/counts.h"
#include "sim/progress.h"

struct tls;
struct link;

/* What all links share; outlives them. */
struct link_common {
	int64_t patience_ms;
	const atomic_bool *stop;        /* when it becomes true, calls end with E_STOPPING */
	struct counts *counts;          /* is told of the messages of journalled operations */
	struct progress *progress;      /* is told what cannot be got over */
	_Atomic int64_t retries;
};

struct link_address { char host[256]; int port; };

/* principal: name shown in the header, in texts and in the counts; outlives the link, as common does. Connects at the
 * first call. Holds a reference to tls. 0, E_CONFIG, E_MEMORY. */
int link_new(struct link_common *common, struct tls *tls, const struct link_address *at, enum service service,
	     const char *principal, struct link **link);
/* Every message goes out this much later. */
void link_set_delay(struct link *l, int64_t delay_ms);
void link_free(struct link *l);                 /* NULL allowed */

/* Sends and waits. items: as the answer should count them. *answer is the operation's answer struct whatever its
 * acknowledgement says; it lives until the next call. 0; E_TIMEOUT (patience), E_STOPPING, or why the hub did not
 * answer it otherwise (told to progress). */
int link_call(struct link *l, enum operation_id id, const void *request, int64_t items, const void **answer);
/* The same, but whatever is not accepted whole, with all items stored, is an error too (told to progress). answer may
 * be NULL. */
int link_tell(struct link *l, enum operation_id id, const void *request, int64_t items, const void **answer);

/* Answer times so far in µs of machine time, from the first send to the answer that counts, in the order of the
 * calls. */
size_t link_times(const struct link *l, enum operation_id id, const int32_t **us);
#endif
