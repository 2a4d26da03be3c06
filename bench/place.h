/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A running trial (etc/trial/day.sh --up) as a load generator finds it: where the hub (or a peer of it) listens, with which
 * certificates its aggregators call, and what server, database and machine have cost so far. */
#ifndef VGI_BENCH_PLACE_H
#define VGI_BENCH_PLACE_H
#include <stdint.h>
#include <sys/types.h>

struct tls;
enum { PLACE_AGGREGATORS = 8, PLACE_PATH = 300, PLACE_PROCESSES = 8 };

struct place {
	char dir[PLACE_PATH], pki[PLACE_PATH], clock[PLACE_PATH];
	int base_port;                          /* dispatch; trading, aggregator and dispatch's sink follow */
	int port;                               /* where aggregators call, on 127.0.0.3 */
	const char *server;                     /* who answers there: its name and processes */
	pid_t process[PLACE_PROCESSES];
	int processes;
	pid_t database;
	struct tls *tls[PLACE_AGGREGATORS];     /* of A1 … A8 */
};

/* 0; a negative error, told on stderr. */
int place_open(const char *dir, struct place *p);
void place_done(struct place *p);
/* From now on p means the peer of bench/peer_node that runs in this trial. 0; a negative error, told on stderr. */
int place_turn_to_peer(struct place *p);

/* CPU time used so far, user and system, in µs (the kernel counts in 10 ms). */
struct place_cost { int64_t server_us, database_us, own_us, machine_us, wall_us; };
void place_cost(const struct place *p, struct place_cost *cost);
/* What was spent between two looks. */
struct place_cost place_spent(const struct place_cost *from, const struct place_cost *to);
int place_cores(void);
/* "A1" … */
const char *place_aggregator(int index);
#endif
