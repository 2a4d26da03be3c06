/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The day as a report, for the terminal, and as documents for the drop directory. */
#ifndef VGI_HANDLER_REPORT_H
#define VGI_HANDLER_REPORT_H
#include "handler/work.h"
#include "model/report.h"

#define REPORT_JOB "report-day"                 /* store/job.h; due_key: the business date */
#define REPORT_PEER "drop"                      /* peer of the outbox rows */
#define REPORT_OPERATION "DayReport"
enum { REPORT_CHAIN_LIMIT_US = 10000000,        /* P7 */
       REPORT_NAME = 32 };

/* Loads the report of a business date with a task, at whatever state it is: what is not yet known is absent. peers_folder: as in
 * handler/day_messages.h, for what was lost on the way in; NULL: not known. *problem says what is wrong with it. E_NOTHING: the
 * day has no task; errors of day_messages and db.h. */
int report_load(struct work *w, int32_t date, const char *peers_folder, struct day_report *report, const char **problem);

/* "VGI_DAY_20260610.E", ".xml": file names and message ids. buf ≥ REPORT_NAME; returns buf. */
char *report_name(int32_t date, const char *suffix, char *buf);

/* Scheduled, in the caller's transaction: a business date whose tasks are all settled and whose last minute's totals are queued
 * for dispatch (or an hour has passed since its end, after which a silent hub tells none), each once: queues both documents for
 * the drop directory. 1: done, 0: none is due, or an error. */
int report_due(struct work *w);
#endif
