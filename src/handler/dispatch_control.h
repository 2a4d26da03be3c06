/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Private to dispatch: who is handed a curve when a schedule was made. */
#ifndef VGI_HANDLER_DISPATCH_CONTROL_H
#define VGI_HANDLER_DISPATCH_CONTROL_H
#include "handler/dispatch_plan.h"

/* Queues one control message of the plan's revision, in force from its point on, to each of the ledger's aggregators, or
 * to those marked in to[] (by index in the ledger). row: the schedule as stored, in the order of the sessions. */
int dispatch_control_queue(const struct dispatch_plan *p, const struct schedule_row *row, const bool *to);
/* The same with n rows that say themselves whose they are (schedule_load); of the plan only w, task, from and ledger. */
int dispatch_control_queue_rows(const struct dispatch_plan *p, const struct schedule_row *row, size_t n, const bool *to);
#endif
