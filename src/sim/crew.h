/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A fixed number of threads that all do the same thing to different members, over and over: one thread an aggregator,
 * so that each keeps its connection and its buffers. */
#ifndef VGI_SIM_CREW_H
#define VGI_SIM_CREW_H
#include <stddef.h>

struct crew;
typedef int crew_fn(void *context, size_t member);

/* 0, E_MEMORY */
int crew_new(size_t n, struct crew **crew);
void crew_free(struct crew *c);         /* nothing may be in work; NULL allowed */
/* Sets all members to work and returns; crew_wait must follow before the next start. */
void crew_start(struct crew *c, crew_fn *fn, void *context);
/* Until all are done: 0, or the error of the first member (by number) that failed. */
int crew_wait(struct crew *c);
static inline int crew_run(struct crew *c, crew_fn *fn, void *context)
{
	crew_start(c, fn, context);
	return crew_wait(c);
}
#endif
