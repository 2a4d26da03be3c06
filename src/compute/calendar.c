/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "compute/calendar.h"

enum day_class calendar_class(const struct rules_calendar *calendar, int32_t date)
{
	if (rules_dates_have(&calendar->makeup, date))
		return DAY_CLASS_WORKDAY;
	if (rules_dates_have(&calendar->holiday, date))
		return DAY_CLASS_OTHER;
	return calendar->workdays >> date_weekday(date) & 1u ? DAY_CLASS_WORKDAY : DAY_CLASS_OTHER;
}

bool calendar_is_event(const struct rules_calendar *calendar, int32_t date)
{
	return rules_dates_have(&calendar->event, date);
}

const char *calendar_class_name(enum day_class c)
{
	return c == DAY_CLASS_WORKDAY ? "workday" : "other";
}
