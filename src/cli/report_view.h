/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The day report on a terminal and as JSON. */
#ifndef VGI_CLI_REPORT_VIEW_H
#define VGI_CLI_REPORT_VIEW_H
#include <stdio.h>
#include <jansson.h>
#include "model/report.h"

/* How the terminal can draw: block characters or ASCII, colours or none. */
struct report_style { bool blocks, colour; };

void report_print(FILE *out, const struct day_report *r, const struct report_style *style);
/* Target, planned and measured curve over the tasks' intervals; at most 72 columns and 12 lines. Nothing without a target. */
void report_chart(FILE *out, const struct day_report *r, const struct report_style *style);

/* Rows for output_table and for the document. */
json_t *report_aggregator_rows(const struct day_report *r);
json_t *report_operation_rows(const struct day_report *r);
json_t *report_unmet_rows(const struct day_report *r, size_t most, bool unreachable_only);
json_t *report_document(const struct day_report *r);
#endif
