/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The day report as an XML document by schemas/vgi-report.xsd. */
#ifndef VGI_CODEC_XML_DAY_REPORT_H
#define VGI_CODEC_XML_DAY_REPORT_H
#include "base/bytes.h"
#include "model/report.h"

/* Adds to out. 0, E_MEMORY, E_TOO_LARGE. */
int xml_day_report(const struct day_report *r, struct bytes *out);
#endif
