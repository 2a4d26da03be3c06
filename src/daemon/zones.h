/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The TLS contexts of all listeners and peers, and the files of revocation lists they came with, which are looked at now and
 * then. Not thread-safe but for what tls.h says of the contexts. */
#ifndef VGI_DAEMON_ZONES_H
#define VGI_DAEMON_ZONES_H
#include "daemon/hub.h"
#include "model/installation.h"

enum { ZONES = INSTALLATION_LISTENERS + INSTALLATION_PEERS };

struct security_log;
struct tls;
struct zones {
	struct tls *tls[ZONES];         /* listeners, then peers; NULL: that peer is not called */
	uint64_t stamp[ZONES];          /* of its revocations as they were read last */
};

/* All or nothing. 0, E_CONFIG, E_IO, E_TOO_LARGE, E_MEMORY with a text. */
int zones_load(const struct installation *in, struct zones *z, struct hub_error *error);
/* z shows and believes from now on what fresh does, in the same contexts where both have one; fresh is given back. */
void zones_renew(struct zones *z, struct zones *fresh);
/* Reads revocations that have changed. What cannot be read leaves the former in force, is logged once and noted in log.
 * True: something is believed or withdrawn that was not before. */
bool zones_refresh(struct zones *z, const struct installation *in, struct security_log *log);
/* Logs each own certificate that ends within so many days. */
void zones_warn(const struct zones *z, int64_t days);
void zones_done(struct zones *z);
/* The same for one context; *stamp: of the revocations at path ("": none) as they were read last. */
bool zone_refresh(const char *name, const char *path, struct tls *tls, uint64_t *stamp, struct security_log *log);
void zone_warn(const char *name, struct tls *tls, int64_t days);
const char *zone_name(int zone);        /* its section in vgihub.conf */
#endif
