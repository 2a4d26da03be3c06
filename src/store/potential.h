/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What dispatch was told of the adjustable potential: every answer is kept, the latest binds. Errors besides those
 * named: db.h. */
#ifndef VGI_STORE_POTENTIAL_H
#define VGI_STORE_POTENTIAL_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/timegrid.h"
#include "store/db.h"

struct potential_told {
	int32_t business_date;
	int64_t told_ms;                /* business time */
	const char *told_to;            /* principal */
	struct timegrid grid;
	/* grid.n each; up, down ≥ 0; 0 where nothing can be changed any more */
	const int64_t *baseline_w, *up_w, *down_w;
	bool needs_known;               /* vehicles' needs went in, else history alone */
};

int potential_tell(struct arena *a, struct db *db, const struct potential_told *told);
/* The latest for a business date, to whomever it was told. 0 or E_NOTHING. */
int potential_last_told(struct arena *a, struct db *db, int32_t business_date, struct potential_told *told);
/* What was told in [from_ms, to_ms), in order; at most `most`. */
struct potential_list { struct potential_told *item; size_t n; };
int potential_told_between(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, size_t most,
			   struct potential_list *list);
#endif
