/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What aggregators were asked and what they delivered, one row an aggregator and shave or fill interval (A8). What is
 * read lives in the arena. Errors besides those named: db.h. */
#ifndef VGI_STORE_ASSESSMENT_H
#define VGI_STORE_ASSESSMENT_H
#include <stdbool.h>
#include "base/arena.h"
#include "model/types.h"
#include "store/db.h"

struct assessment_row {
	uint32_t aggregator_no;
	const char *aggregator_id;      /* read only, not written */
	int32_t no;                     /* point of the task, from 0 */
	enum window window;             /* shave or fill */
	int64_t asked_w, measured_w;
	bool valid;
	int64_t delivered_w;
};
/* By aggregator id and point. */
struct assessment_rows { struct assessment_row *item; size_t n; };

/* In a transaction: takes the place of what stands for the task. */
int assessment_save(struct arena *a, struct db *db, const char *task_id, const struct assessment_row *row, size_t n);
/* Of all aggregators or of one (by id); n = 0: there is none. */
int assessment_load(struct arena *a, struct db *db, const char *task_id, struct assessment_rows *rows);
int assessment_load_of(
	struct arena *a, struct db *db, const char *task_id, const char *aggregator_id, struct assessment_rows *rows);
#endif
