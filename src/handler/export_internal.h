/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the files of export share. */
#ifndef VGI_HANDLER_EXPORT_INTERNAL_H
#define VGI_HANDLER_EXPORT_INTERNAL_H
#include "handler/day.h"
#include "handler/export.h"
#include "handler/export_csv.h"

struct export {
	struct work *w;
	const char *peers_folder;
	struct export_error *error;
	struct day day;
	const struct day_task *task;
	int64_t cap_ratio_ppm, above_share_ppm;
	const char **end;               /* [day.grid.n] end of each interval as text */
	size_t *station_of_session, *aggregator_of_session;    /* indices in the ledger, by row of the schedule */
};

/* Notes why; returns rc. */
int export_refuse(struct export *x, int rc, const char *format, ...) __attribute__((format(printf, 3, 4)));
const char *export_time(struct export *x, int64_t ts_ms);
/* The interval of the day that a point of the task is. */
static inline int export_interval(const struct export *x, int point) { return x->task->first + point; }

const char *export_window(int window);     /* "hold", "shave", "fill" */

/* Each writes one file behind its header. 0 or an error. */
typedef int export_fn(struct export *x, struct csv *c);
export_fn export_file_day, export_file_ledger, export_file_sessions, export_file_target;
export_fn export_file_schedule, export_file_revisions, export_file_split, export_file_history, export_file_baseline, export_file_measured;
export_fn export_file_assessment, export_file_settlement, export_file_messages;
#endif
