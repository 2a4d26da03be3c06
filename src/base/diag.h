/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What was wrong and where: a bounded list of (error, path of the item, detail), filled by whoever checks, answered
 * by the endpoint. Not thread-safe; strings live in the arena it was made with. */
#ifndef VGI_BASE_DIAG_H
#define VGI_BASE_DIAG_H
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"

/* path e.g. "station[3]/pile[17]", detail may be NULL */
struct diag_item { int error; const char *path, *detail; };
/* lost: beyond most, counted only */
struct diag { struct arena *arena; struct diag_item *item; size_t n, room, most, lost; };

void diag_init(struct diag *d, struct arena *a, size_t most);   /* most: how many are kept (≥ 1) */
/* Adds one and returns `error`, so that a check can `return diag_add(…)`. path_format makes the path; detail may be
 * NULL. */
int diag_add(struct diag *d, int error, const char *detail, const char *path_format, ...)
	__attribute__((format(printf, 4, 5)));
static inline bool diag_any(const struct diag *d) { return d->n + d->lost > 0; }
#endif
