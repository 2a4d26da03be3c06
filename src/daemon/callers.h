/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Aggregators that are called: the files of [aggregator_callback] peers, and how each is trusted. Not thread-safe but for what
 * tls.h says of the contexts. */
#ifndef VGI_DAEMON_CALLERS_H
#define VGI_DAEMON_CALLERS_H
#include "channel/sender.h"
#include "daemon/zones.h"
#include "model/callbacks.h"

struct caller_context;
struct callers {
	struct callbacks list;
	struct caller_context *context;         /* [0] that of all who have no authorities of their own; then one each for the others */
	size_t n_contexts;
};

/* All or nothing. 0; E_CONFIG, E_IO, E_TOO_MANY, E_TOO_LARGE, E_MEMORY with a text. */
int callers_load(const struct installation *in, struct callers *c, struct hub_error *error);
void callers_done(struct callers *c);
/* Everybody who is called: aggregators, and the peers of the installation with the contexts of z. Lives as long as all three; the
 * array is the caller's, to be freed. NULL: out of memory. */
struct sender_peer *callers_peers(const struct installation *in, const struct callers *c, struct tls *const *zone, size_t *n);
/* As zones_refresh and zones_warn. */
bool callers_refresh(struct callers *c, struct security_log *log);
void callers_warn(const struct callers *c, int64_t days);
#endif
