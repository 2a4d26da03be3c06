/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What kind of day a business date is, by a rule set's calendar. Pure; any thread. */
#ifndef VGI_COMPUTE_CALENDAR_H
#define VGI_COMPUTE_CALENDAR_H
#include <stdbool.h>
#include <stdint.h>
#include "model/rules.h"

enum day_class { DAY_CLASS_WORKDAY, DAY_CLASS_OTHER, DAY_CLASSES };

/* A make-up date is a workday, else a holiday is other, else the weekday decides. */
enum day_class calendar_class(const struct rules_calendar *calendar, int32_t date);
/* Whether load was called on this date, so that it may stand in no baseline. */
bool calendar_is_event(const struct rules_calendar *calendar, int32_t date);
/* "workday", "other": as in the day format and the contracts. Static. */
const char *calendar_class_name(enum day_class c);
#endif
