/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Waiting for work that anybody may bring: soon again while there is some, ever more seldom while there is none, and at once
 * when somebody in this process rings. What another process brought is found by the next look. */
#ifndef VGI_CHANNEL_IDLE_H
#define VGI_CHANNEL_IDLE_H
#include <stdbool.h>
#include <stdint.h>

struct idle;
/* least_ms: between two looks, whatever rings; most_ms ≥ least_ms: without work. NULL when memory is out. */
struct idle *idle_new(int64_t least_ms, int64_t most_ms);
void idle_free(struct idle *i);         /* NULL allowed; nobody may wait any more */

/* After a look that found nothing: waits least_ms the first time, twice as long each further time, at most most_ms. Machine
 * time. */
void idle_wait(struct idle *i);
void idle_reset(struct idle *i);        /* there was work: the next wait is a short one */
void idle_ring(struct idle *i);         /* there is work now: cuts the present or next wait to least_ms */
void idle_end(struct idle *i);          /* for good: every wait returns at once */
bool idle_ended(struct idle *i);        /* all of these from any thread */
#endif
