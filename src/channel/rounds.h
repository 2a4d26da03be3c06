/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A thread that looks for work again and again until it is told to end: soon again after a round that found some, ever more seldom
 * while there is none (idle.h), and at once when somebody rings. */
#ifndef VGI_CHANNEL_ROUNDS_H
#define VGI_CHANNEL_ROUNDS_H
#include <stdbool.h>
#include <stdint.h>

struct rounds;
/* One round; whether there was work. In the thread, which says db_thread_end after the last. */
typedef bool rounds_fn(void *arg);
/* Starts one, named so in the log (a static text); least_ms, most_ms: between two rounds without work, as of idle_new. *rounds is there before the first
 * round. 0; E_MEMORY: it is NULL. */
int rounds_start(const char *name, rounds_fn *go, void *arg, int64_t least_ms, int64_t most_ms, struct rounds **rounds);
/* Any thread, those of the rounds too: */
void rounds_ring(struct rounds *r);             /* there is work now */
void rounds_end(struct rounds *r);              /* this round is the last; whoever goes through much asks rounds_ended in between */
bool rounds_ended(struct rounds *r);
/* Whether its thread is gone by then; until_us: machine time. One thread, which alone may stop it too. */
bool rounds_over(struct rounds *r, int64_t until_us);
void rounds_stop(struct rounds *r);             /* ends, waits for the thread, frees. NULL allowed */
#endif
