/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The day report as an E-file; its blocks and columns are explained in schemas/efile/day-report.md. */
#ifndef VGI_CODEC_EFILE_DAY_REPORT_H
#define VGI_CODEC_EFILE_DAY_REPORT_H
#include "base/bytes.h"
#include "model/report.h"

/* Adds to out. 0; E_FORMAT (an id that the language cannot hold), E_MEMORY, E_TOO_LARGE. */
int efile_day_report(const struct day_report *r, struct bytes *out);
#endif
