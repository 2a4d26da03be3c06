/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Private to dispatch: what a task is decomposed from, at its start or at a later interval from which on it is revised,
 * and what is made of it. Everything is put in order by ids, so that it comes out the same whichever way and however
 * often the work is done. */
#ifndef VGI_HANDLER_DISPATCH_PLAN_H
#define VGI_HANDLER_DISPATCH_PLAN_H
#include "compute/decompose.h"
#include "handler/session_energy.h"
#include "handler/work.h"
#include "store/ledger.h"
#include "store/schedule.h"
#include "store/task.h"

/* vehicle[i] of the problem is sessions.item[i]; stations are the ledger's. */
struct dispatch_plan {
	struct work *w;
	struct task_row task;
	struct timegrid day;
	int from;                       /* point of the task at which the problem's grid begins */
	struct ledger ledger;           /* retired ones too: their sessions go on */
	struct session_list sessions;
	struct session_energy *energy;  /* before_wh: up to that point */
	struct decompose_problem problem;
	struct decompose_schedule schedule;
};

/* Whether every frame of the minute at which point `from` begins is in, or was waited for long enough, and everything up
 * to it is added up, late frames or not: what a session has by now is taken from it. 1, 0 (look again) or an error. w,
 * task and from are set; sets day. */
int dispatch_plan_ready(struct dispatch_plan *p);
/* Ledger, sessions, what they have, and the problem from point `from` on. */
int dispatch_plan_load(struct dispatch_plan *p);

/* A vehicle that gave back more than it took is short of that too: to charge it is to need so much more and to have
 * nothing. ≤ 0, in what is stored of vehicle i added to the problem's figures. */
int64_t dispatch_plan_given_back_wh(const struct dispatch_plan *p, size_t i);
/* The aggregator of a vehicle, index in the ledger. */
uint32_t dispatch_plan_aggregator(const struct dispatch_plan *p, size_t i);
/* The schedule as rows of points of the task, in the order of the sessions. */
struct schedule_row *dispatch_plan_rows(const struct dispatch_plan *p);
/* Whole watts of a deviation. */
int64_t dispatch_plan_whole_w(double w);
#endif
