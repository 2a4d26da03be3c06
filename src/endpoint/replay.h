/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Messages that were taken into the file journal go the way of all others, in the order in which they came, once the database is
 * there again. Their senders have their answer already; what they are refused for now is kept for QueryMessageStatus.
 * One that fails by a defect of this side is no sender's fault and not lost: it is set aside (store/spool.h) with an alarm, the others go
 * on, and it is tried again at the next start. */
#ifndef VGI_ENDPOINT_REPLAY_H
#define VGI_ENDPOINT_REPLAY_H
#include "endpoint/serve.h"

struct replay;
/* e->hub->spool: not NULL. 0, E_MEMORY. */
int replay_new(const struct endpoint *e, struct replay **replay);
void replay_free(struct replay *r);             /* NULL allowed; in the thread that used it */
/* Until none waits, or until stop says so, which is asked before each transaction (NULL: never). 0; E_STOPPING; an error that may
 * pass (E_STORE_AWAY …): some wait still, in their order. One thread at a time. */
int replay_all(struct replay *r, bool (*stop)(void *arg), void *arg);
#endif
