/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The parts of a report; for report.c. */
#ifndef VGI_HANDLER_REPORT_PARTS_H
#define VGI_HANDLER_REPORT_PARTS_H
#include "compute/calendar.h"
#include "handler/day.h"
#include "model/report.h"

void report_curves(struct work *w, const struct day *day, struct day_report *r);
void report_tasks(struct work *w, const struct day *day, struct day_report *r);
void report_money(struct work *w, const struct day *day, struct day_report *r);
void report_needs(struct work *w, const struct day *day, struct day_report *r);
int report_messages(struct work *w, int32_t date, const char *peers_folder, struct day_report *r, const char **problem);
#endif
