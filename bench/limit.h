/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What this machine can do at best, measured in the same run as what the hub does. */
#ifndef VGI_BENCH_LIMIT_H
#define VGI_BENCH_LIMIT_H
#include <stddef.h>
#include <stdint.h>
#include "bench/place.h"

/* Appends a second of `bytes` each that are on disk before they count, into a file of dir that was filled before (as a
 * database's log file is), by `threads` writers that share one fdatasync where they can: one of those waiting syncs for
 * all that have written by then. syncs: how many it took. 0 or E_IO, E_MEMORY (told on stderr). */
struct limit_appends { double a_second, syncs_a_second; };
int limit_append(const char *dir, int threads, size_t bytes, int64_t most_us, struct limit_appends *rate);

/* Full mutual TLS handshakes between two OpenSSL ends in memory with the trial's certificates: CPU µs of the server's
 * side and of the client's. 0 or E_TLS. */
struct limit_handshake { double server_us, client_us; };
int limit_handshake(const struct place *p, int64_t most_us, struct limit_handshake *cost);
#endif
