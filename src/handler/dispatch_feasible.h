/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Private to dispatch: what a task may ask, by the market's clearing and by the potential last told (F2, F3). */
#ifndef VGI_HANDLER_DISPATCH_FEASIBLE_H
#define VGI_HANDLER_DISPATCH_FEASIBLE_H
#include "handler/work.h"
#include "store/task.h"

/* A point of a task. */
struct dispatch_bound {
	int64_t baseline_w;             /* as last told with the potential: what the task's change is counted from */
	int64_t cleared_w,
		price_e5; /* of the period that covers the interval, in the point's window; 0 and VALUE_NONE: none */
	int64_t potential_w;            /* in the window's direction; 0 in hold */
};

/* bound[i] of every point of the task. Refuses: the clearing named is not in force for the business date
 * (E_UNKNOWN_NOTICE); no potential of these intervals was told (E_ABOVE_POTENTIAL). */
int dispatch_feasible_load(struct call *c, const struct task_row *task, struct dispatch_bound **bound);
/* Prices are the cleared ones (E_PRICE_LIMIT). Points of which nothing was cleared are not looked at. */
int dispatch_feasible_prices(struct call *c, const struct task_row *task, const struct dispatch_bound *bound);
/* The change from baseline is within what was cleared (E_ABOVE_CLEARED) and within the potential (E_ABOVE_POTENTIAL),
 * in the window's direction. One diagnostic a point, in their order; the result is the first one's. */
int dispatch_feasible_amounts(struct call *c, const struct task_row *task, const struct dispatch_bound *bound);
/* The range of every point that would have been taken. */
void dispatch_feasible_tell(struct arena *a, const struct task_row *task, const struct dispatch_bound *bound,
		struct dsp_submit_dispatch_task_response *answer);
#endif
