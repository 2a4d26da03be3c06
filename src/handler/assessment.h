/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What was asked of each aggregator and what it delivered (A8, F6). */
#ifndef VGI_HANDLER_ASSESSMENT_H
#define VGI_HANDLER_ASSESSMENT_H
#include "handler/work.h"

/* Measures, assesses and stores one ended task: assessment lines, measured deviation, what each session of the day got. */
int assessment_run(struct work *w, const char *task_id);
/* QueryAssessment of an aggregator (its own lines) and of dispatch (all). E_NOTHING. */
int assessment_query(struct call *call, const struct agg_query_assessment *in, struct agg_query_assessment_response *answer);
int assessment_query_all(struct call *call, const struct dsp_query_assessment *in, struct dsp_query_assessment_response *answer);
#endif
