/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Callers in threads, each with a connection of its own, post messages that were encoded before the clock started, and
 * compare each answer's acknowledgement with the one expected. */
#ifndef VGI_BENCH_LOAD_H
#define VGI_BENCH_LOAD_H
#include <stdbool.h>
#include <stddef.h>
#include "base/bytes.h"
#include "bench/place.h"
#include "codec/soap/operation.h"

enum { LOAD_MOST_CALLERS = 1000 };

struct load {
	const struct place *place;
	int callers;                    /* caller i calls as aggregator i mod 8 */
	enum operation_id operation;
	const char *expected;           /* a part of every answer that is as it should be */
	const struct bytes *message;    /* [callers × n], a caller's own in a row */
	size_t n;
	bool again;                     /* from the first message on when all are sent */
	bool connect_anew;              /* for each call */
	int64_t most_us;                /* no further call begins later than this; 0: until all are sent */
	/* Around each call if not NULL: waits until message i may go; notes that it is answered. */
	void (*before)(void *state, int caller, size_t i);
	void (*after)(void *state, int caller, size_t i);
	void *state;
};

struct load_result {
	int64_t calls, failed;          /* failed ones are among calls */
	struct place_cost spent;
	int32_t median_us, p99_us, most_us;     /* of the answer times, client's side: post to answer, connecting included */
};

/* 0 or a negative error; the first failure of a call is told on stderr, and the load goes on. */
int load_run(const struct load *l, struct load_result *result);
#endif
