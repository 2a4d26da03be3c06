/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What was asked of each aggregator and what it delivered (A8, F6). */
#ifndef VGI_HANDLER_ASSESSMENT_H
#define VGI_HANDLER_ASSESSMENT_H
#include "handler/work.h"

/* Measures, assesses and stores one ended task: a line for each shave and fill interval of each aggregator that has
 * piles and a baseline; measured deviation over the intervals in which all aggregators with piles are valid; what each
 * session of the business day got. Reads stored inputs only: run again it gives the same. E_UNKNOWN_TASK,
 * E_NO_BASELINE. */
int assessment_run(struct work *w, const char *task_id);
/* QueryAssessment of an aggregator (its own lines) and of dispatch (all), by aggregator id and interval, of the
 * header's business date (absent: today's). E_NOTHING at path "header/businessDate". */
int assessment_query(
	struct call *call, const struct agg_query_assessment *in, struct agg_query_assessment_response *answer);
int assessment_query_all(
	struct call *call, const struct dsp_query_assessment *in, struct dsp_query_assessment_response *answer);
/* The lines of one aggregator of a business date, by interval. *n = 0: there are none. */
int assessment_lines(struct work *w, int32_t date, const char *aggregator_id, struct assessment_line **line, int *n);
#endif
