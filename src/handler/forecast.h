/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* From metered history to baselines and to the potential told to dispatch (F1, F6). A shared service: dispatch,
 * assessment, settlement and export read baselines through it. Aggregators without stations have no load and no
 * baseline. Everything returned lives in the work's arena. */
#ifndef VGI_HANDLER_FORECAST_H
#define VGI_HANDLER_FORECAST_H
#include "compute/baseline.h"
#include "handler/work.h"
#include "store/baseline.h"
#include "store/potential.h"

struct ledger;

/* The days before a business date, back to the earliest of which any meter has a reading, at most the rules'
 * history_oldest days; none left out. Aggregators by id, those that have stations. */
struct forecast_days {
	size_t n;                       /* intervals of a day */
	size_t n_days, n_aggregators;
	uint32_t *aggregator;           /* index in the ledger */
	struct baseline_day *day;       /* [aggregator * n_days + d], d = 0 the earliest; stored, due: meter values */
};
/* Sums the meters of the ledger's stations. n_days may be 0. */
int forecast_history(struct work *w, const struct ledger *ledger, int32_t business_date, struct forecast_days *days);

/* Makes the baselines of a business date by rule B and stores them with their history, in place of what stood there;
 * the same inputs give the same rows, so it may be run at any time and again. Once a task for the date is accepted the
 * days it is taken from are final: then nothing is done. The same-day factor is taken, if the rules have one, from
 * telemetry once the rules' adjustment window and the wait for its samples have passed, over the window's valid
 * intervals; until then it is 1, and forecast_baseline_finish makes up for it. E_NO_BASELINE: an aggregator has no eligible day, and nothing is stored for any; which one is logged
 * ("no-baseline"). E_STORE_CONFLICT too if another transaction made them meanwhile. */
int forecast_baseline(struct work *w, int32_t business_date);
/* The same; E_NO_BASELINE also adds to diag, at path "header/businessDate", detail: the aggregator's id. */
int forecast_baseline_diag(struct work *w, int32_t business_date, struct diag *diag);

/* What stands: by aggregator id, and their sum. E_NO_BASELINE if there is none, or not on the rules' grid. */
struct forecast_baselines {
	struct timegrid grid;           /* of the business date */
	struct baseline_set set;        /* set.n == grid.n */
	int64_t *total_w;               /* [grid.n] */
};
int forecast_baseline_load(struct work *w, int32_t business_date, struct forecast_baselines *baselines);
/* What a day is assessed by: loads the same after having put the same-day factor of the whole window into the baselines
 * that stand, also of a date for which a task was accepted before the window was over. The days stay as they are, and
 * so does what was told to dispatch, by which the task was accepted. */
int forecast_baseline_finish(struct work *w, int32_t business_date, struct forecast_baselines *baselines);

/* Answers baseline and potential of the header's business date (absent: today's) and keeps what it told: it binds until
 * told anew (potential_last_told). Makes the baseline first. Where an aggregator has reported sessions that arrive on
 * that day, these are taken to be all, and its potential comes from its vehicles' needs and what they were measured to
 * have by now; else from history. Of intervals that have begun the potential is 0. E_NO_BASELINE as above;
 * E_TIME_FUTURE: the date lies further ahead than the rules allow. */
int forecast_query_potential(struct call *c, const struct dsp_query_potential *m,
			     struct dsp_query_potential_response *answer);
/* Computes baseline and potential of a business date, of which baselines stand, and notes that they were told to
 * somebody: then they bind. Errors as above, without diagnostics. */
int forecast_tell_potential(struct work *w, int32_t date, const char *told_to, struct potential_told *told);
#endif
