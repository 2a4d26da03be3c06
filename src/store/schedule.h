/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Schedules of charging sessions under a task (F3): one row a session of the business day, also for those that were
 * gone before it or come after it. What is read lives in the arena. Errors besides those named: db.h. */
#ifndef VGI_STORE_SCHEDULE_H
#define VGI_STORE_SCHEDULE_H
#include "base/arena.h"
#include "store/db.h"

struct schedule_row {
	uint32_t session_no;
	int32_t first, n;               /* points of the task, from 0: those the session touches; n = 0: none */
	const int64_t *power_w;         /* [n] mean power, zeros too */
	int64_t before_wh;              /* measured before the start of control */
	int64_t reachable_wh, planned_wh;       /* compute/decompose.h */
	/* read only, not written */
	uint32_t aggregator_no, pile_no;
	const char *aggregator_id, *session_id, *pile_id;
};
/* By session id, those of the same id by aggregator id. */
struct schedule { struct schedule_row *item; size_t n; };

int schedule_save(struct arena *a, struct db *db, const char *task_id, int32_t revision, const struct schedule_row *row,
	size_t n);
/* One revision of a task's schedule, of all aggregators or of one; n = 0: there is none. */
int schedule_load(struct arena *a, struct db *db, const char *task_id, int32_t revision, struct schedule *schedule);
int schedule_load_of(struct arena *a, struct db *db, const char *task_id, int32_t revision, uint32_t aggregator_no,
		struct schedule *schedule);
#endif
