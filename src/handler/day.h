/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Everything stored of one business day, loaded once for export and report. Read-only; lives in the work's arena. */
#ifndef VGI_HANDLER_DAY_H
#define VGI_HANDLER_DAY_H
#include "handler/work.h"
#include "store/assessment.h"
#include "store/baseline.h"
#include "store/ledger.h"
#include "store/schedule.h"
#include "store/session.h"
#include "store/settlement.h"
#include "store/task.h"

/* One task of the day with what was made of it. */
struct day_task {
	struct task_row row;
	int first;                              /* of the day's intervals at which it starts; -1: off the day's grid */
	struct schedule schedule;               /* the revision in force; n = 0 before it is decomposed */
	struct assessment_rows assessment;
};

struct day {
	int32_t date;
	struct timegrid grid;                   /* of the business day */
	struct ledger ledger;                   /* as it stands now; of what is retired, what the day had */
	struct day_task *task; size_t n_tasks;  /* by start */
	struct session_list sessions;           /* whose stay touches the day */
	struct session_result *result;          /* of sessions.item; session_no 0: none */
	struct baseline_set baseline;           /* n_items 0: none */
	struct settlement_row settlement; bool settled;
	struct { int64_t *stored, *load_w; } total;     /* [aggregator * grid.n + i]: samples; Σ of the piles' means */
};

/* E_NOTHING: no task was accepted for the day. */
int day_load(struct work *w, int32_t date, struct day *day);
/* Samples due in an interval from an aggregator, and whether enough of them came for the interval to count (rule 5 of the
 * day format). aggregator: index in the ledger. */
int64_t day_due(const struct work *w, const struct day *day, size_t aggregator);
bool day_valid(const struct work *w, const struct day *day, size_t aggregator, int interval);
#endif
