/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Dispatch tasks with their points (F3). What is read lives in the arena. Errors besides those named: db.h. */
#ifndef VGI_STORE_TASK_H
#define VGI_STORE_TASK_H
#include "base/arena.h"
#include "base/timegrid.h"
#include "model/types.h"
#include "store/db.h"

struct task_point_row {
	enum window window;
	int64_t target_w, weight_ppm;
	int64_t price_e5;               /* cleared; VALUE_NONE in hold */
	int64_t planned_w;              /* what the schedule in force reaches; VALUE_NONE before the first */
};

/* Figures of the decomposition the task started with and of the yardstick beside it; VALUE_NONE before it. Deviations: weighted rms. */
struct task_plan {
	int64_t planned_deviation_w;
	int64_t least_deviation_w;      /* proven lower bound */
	int64_t proportional_deviation_w, proportional_missed_wh, proportional_short;   /* see compute/proportional.h */
};

struct task_row {
	const char *task_id;
	enum task_state state;
	int32_t business_date;
	const char *clearing_id;        /* NULL: the clearings in force */
	const char *sender;
	struct timegrid grid;           /* from the start of control on */
	int32_t revision;               /* of the schedule, 0 before it is decomposed */
	int32_t told_revision;          /* of the message that set the task */
	int64_t accepted_ms;
	struct task_plan plan;
	int64_t measured_deviation_w;   /* VALUE_NONE: not assessed, or never heard of all aggregators at once */
	int64_t seq;                    /* journal row */
	struct task_point_row *point;   /* [grid.n] */
};
struct task_rows { struct task_row *item; size_t n; };

/* In a transaction: a newly accepted task, in place of what stands under its id, points included. Written are the
 * fields up to accepted_ms, seq and the points without planned_w. */
int task_save(struct arena *a, struct db *db, const struct task_row *task);
/* 0 or E_NOTHING. The second locks the task until the end of the transaction. */
int task_find(struct arena *a, struct db *db, const char *task_id, struct task_row *task);
int task_lock(struct arena *a, struct db *db, const char *task_id, struct task_row *task);
/* All points the task was accepted with, those cancelled later behind the others. planned_w of a point that was cancelled
 * before the task began is VALUE_NONE. */
int task_told(struct arena *a, struct db *db, const char *task_id, struct task_point_row **point, int *n);
/* All tasks of a business date, by start. */
int task_of_day(struct arena *a, struct db *db, int32_t business_date, struct task_rows *tasks);
/* Lets one transaction at a time decide about new tasks of a business date: locks its baselines, without which no task
 * is accepted, until the end of the transaction. */
int task_lock_day(struct db *db, int32_t business_date);

#define TASK_START_JOB "start-task"
#define TASK_SETTLE_JOB "settle-task"
/* The earliest accepted task that starts at or before now_ms; the earliest started one of a business date before
 * `date`; without those whose start or settlement is set aside now (store/parked.h). Locked until the end of the
 * transaction. 0 or E_NOTHING. */
int task_lock_to_start(struct arena *a, struct db *db, int64_t now_ms, struct task_row *task);
int task_lock_to_settle(struct arena *a, struct db *db, int32_t date, struct task_row *task);

/* An accepted task becomes a started one with revision 1 of its schedule. planned_w: [n]. E_NOTHING: it was not
 * accepted. */
int task_start(struct arena *a, struct db *db, const char *task_id, const struct task_plan *plan,
	const int64_t *planned_w, size_t n);
/* A later revision of the schedule is in force; planned_w: [n] of the whole curve. */
int task_revise(struct arena *a, struct db *db, const char *task_id, int32_t revision, const int64_t *planned_w,
	size_t n);
int task_set_revision(struct db *db, const char *task_id, int32_t revision);
/* The task ends behind its first n points; the others stay on record, for task_told alone. */
int task_shorten(struct db *db, const char *task_id, int32_t n);
int task_set_measured(struct db *db, const char *task_id, int64_t measured_deviation_w);
int task_set_state(struct db *db, const char *task_id, enum task_state state);
#endif
