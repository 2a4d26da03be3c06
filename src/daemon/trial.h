/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The trial socket: a unix socket over which business time is driven. One line a command, one line an answer:
 *   get              -> "ok 1781060400000"
 *   set MS           -> "ok MS" when the clock is stored and moved and everything due is done; "error CODE"
 *   stop NAME COUNT  -> "ok MS": the process stops itself (SIGSTOP) at the COUNTth passing of a named point, for crash tests
 *   fault CODE [OPERATION] -> "ok MS": the next message of this operation, of any if none is named, fails with this reason code
 *                       after its handler has run, at every try; once. "ok" as CODE takes it back
 * It exists in trial mode only. */
#ifndef VGI_DAEMON_TRIAL_H
#define VGI_DAEMON_TRIAL_H
#include "daemon/scheduler.h"

struct trial;
/* Listens at path (replacing a stale socket, but nothing else; mode 0600). 0, E_IO, E_MEMORY. */
int trial_start(const char *path, struct scheduler *scheduler, struct trial **trial);
void trial_stop(struct trial *t);       /* NULL allowed */
/* For struct hub: passes a named point. Any thread. */
void trial_checkpoint(const char *name);
/* For struct hub: the error asked for the next message of this operation, once; else 0. Any thread. */
int trial_fault(const char *operation);
#endif
