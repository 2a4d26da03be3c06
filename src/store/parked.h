/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Pieces of scheduled work that failed for a reason of their own and are set aside for a while. Errors: db.h. */
#ifndef VGI_STORE_PARKED_H
#define VGI_STORE_PARKED_H
#include "base/arena.h"
#include "store/db.h"

/* Machine time to the next try: a minute, doubled each time, at most an hour. */
enum { PARKED_FIRST_S = 60, PARKED_MOST_S = 3600 };

/* Sets a piece aside, or once more. code: a reason code. now_us: machine time. *tries: how often it has failed by now. */
int parked_add(struct db *db, const char *name, const char *due_key, const char *code, int64_t now_us, int64_t *tries);
/* It is done. Nothing happens if it was not parked. */
int parked_clear(struct db *db, const char *name, const char *due_key);

struct parked { const char *name, *due_key, *code; int64_t tries, first_us, next_try_us; };
struct parked_list { struct parked *item; size_t n; };
/* All of them, by name and key. */
int parked_list(struct arena *a, struct db *db, struct parked_list *list);
#endif
