/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What stands already of what aggregators report of one matter (a resource, a charging session) at an instant or from a
 * start on. Tables of such reports keep every revision; the greatest is in force, and a new one is held against it.
 * Errors: db.h. */
#ifndef VGI_STORE_STANDING_H
#define VGI_STORE_STANDING_H
#include "base/arena.h"
#include "store/db.h"

struct standing_row { const char *id; int64_t at_ms, revision; };
struct standing { struct standing_row *item; size_t n; };

/* Reads rows of (id, instant, greatest revision), ordered by id and instant. For files of this room, which know the tables;
 * sql must outlive the connection. */
int standing_load(struct arena *a, struct db *db, const char *sql, struct db_args args, struct standing *stands);
/* The revision in force of (id, instant), VALUE_NONE: there is none. */
int64_t standing_revision(const struct standing *stands, const char *id, int64_t at_ms);
#endif
