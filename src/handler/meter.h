/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Readings of the grid's revenue meters: what load history and baselines are made of (F1, F6). */
#ifndef VGI_HANDLER_METER_H
#define VGI_HANDLER_METER_H
#include "handler/work.h"

/* Stores series of readings; items are readings. A series that is refused, with all its readings: E_UNKNOWN_METER,
 * E_CURVE_LENGTH (no reading or more than METER_RUN_MAX), E_TIME_GRID (step not the rules', start off the grid),
 * E_TIME_FUTURE (ends after now), E_TIME_ANCIENT (begins more than the rules' history_oldest days ago), E_OVERLAP
 * (shares a part with another series of the message or with stored readings that reach beyond it). Stored readings that
 * lie wholly within a series are replaced. A single reading: E_NEGATIVE (a station without V2G piles cannot export),
 * E_RANGE (beyond 32 bits of W); the readings around it are stored, as two runs. Paths: "series[3]/meterNo",
 * "series[3]/meanMw[17]". */
int meter_submit(struct call *c, const struct trd_submit_meter_data *m);
#endif
