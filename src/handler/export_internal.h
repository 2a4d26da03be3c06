/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the files of export share. */
#ifndef VGI_HANDLER_EXPORT_INTERNAL_H
#define VGI_HANDLER_EXPORT_INTERNAL_H
#include "handler/day.h"
#include "handler/export.h"
#include "handler/export_csv.h"

/* A task of the day. What was never settled has a target and no curves. */
struct export_task {
	const struct day_task *is;
	bool settled;
	struct task_point_row *told;    /* [n_told] as accepted: those cancelled later stand from is->row.grid.n on */
	int n_told, n_planned;          /* n_planned: points of the schedule it started with */
	struct schedule schedule;       /* that one: revision 1 */
	size_t *station, *aggregator;   /* indices in the ledger, by row of the schedule */
};

struct export {
	struct work *w;
	const char *peers_folder;
	struct export_error *error;
	struct day day;
	struct export_task *task;       /* [day.n_tasks] by start */
	const struct export_task *first;        /* that was settled: day.csv and sessions.csv tell of it */
	const struct export_task **owner;       /* [day.grid.n] whose target and curves the contract's files have; NULL: none */
	unsigned beyond;                /* of enum export_beyond */
	int64_t cap_ratio_ppm, above_share_ppm;
	const char **end;               /* [day.grid.n] end of each interval as text */
};

/* Notes why; returns rc. */
int export_refuse(struct export *x, int rc, const char *format, ...) __attribute__((format(printf, 3, 4)));
const char *export_time(struct export *x, int64_t ts_ms);
/* The end of a point of a settled task, as text. */
static inline const char *export_end(const struct export *x, const struct export_task *t, int point)
{
	return x->end[t->is->first + point];
}
static inline bool export_owns(const struct export *x, const struct export_task *t, int point)
{
	return x->owner[t->is->first + point] == t;
}

/* Loads the tasks and decides which of the settled ones each interval is of. */
int export_tasks(struct export *x);

const char *export_window(int window);     /* "hold", "shave", "fill" */

/* Each writes one file behind its header. 0 or an error. */
typedef int export_fn(struct export *x, struct csv *c);
export_fn export_file_day, export_file_ledger, export_file_sessions, export_file_target;
export_fn export_file_tasks, export_file_targets, export_file_plans, export_file_revisions;
export_fn export_file_schedule, export_file_split, export_file_history, export_file_baseline, export_file_measured;
export_fn export_file_assessment, export_file_settlement, export_file_messages;
#endif
