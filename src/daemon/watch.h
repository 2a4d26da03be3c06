/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Looks after what changes outside: principals in the database, revocation lists on disk, certificates that grow old. Has every
 * open connection asked whether it is still wanted when one of them has changed, and every half minute anyway, since lists
 * and certificates end by themselves. Writes security events, and a line of counters a minute. */
#ifndef VGI_DAEMON_WATCH_H
#define VGI_DAEMON_WATCH_H
struct daemon_hub;
struct watch;
int watch_start(struct daemon_hub *h, struct watch **watch);    /* its thread. 0, E_MEMORY */
void watch_stop(struct watch *w);       /* writes what is still noted, and the last counters. NULL allowed */
#endif
