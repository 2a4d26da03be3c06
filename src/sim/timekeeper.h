/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Drives the hub's business time over its trial socket (one line a command: "set MS", answered "ok MS" or "error
 * CODE"). The one thing the player does outside SOAP. Not thread-safe. */
#ifndef VGI_SIM_TIMEKEEPER_H
#define VGI_SIM_TIMEKEEPER_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct timekeeper;
/* path of the socket; connects at the first use. 0; E_RANGE: the path is too long for a socket; E_MEMORY. stop: when
 * it becomes true, waiting ends. */
int timekeeper_new(const char *path, int64_t patience_ms, const atomic_bool *stop, struct timekeeper **t);
void timekeeper_free(struct timekeeper *t);             /* NULL allowed */
/* The clock is moved by somebody else: timekeeper_set then waits until it stands at ts_ms or later. */
void timekeeper_follow(struct timekeeper *t);
/* Moves the hub's clock and waits until everything due is done. Tried again, over a new connection where needed,
 * while the hub or its database are away. 0; E_TIME_ORDER: the hub's clock is ahead of ts_ms; E_TIMEOUT: patience is
 * at an end; E_STOPPING; or what else the hub said. */
int timekeeper_set(struct timekeeper *t, int64_t ts_ms);
/* Commands that had to be sent again. */
int64_t timekeeper_retries(const struct timekeeper *t);
#endif
