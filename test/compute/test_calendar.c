/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "compute/calendar.h"

static int32_t day(const char *text)
{
	int32_t date;

	assert_int_equal(date_parse(text, &date), 0);
	return date;
}

/* Monday to Thursday; one holiday (a Tuesday), one make-up Sunday, one event day. */
static struct rules_calendar calendar(int32_t dates[3])
{
	dates[0] = day("2026-06-16");
	dates[1] = day("2026-06-14");
	dates[2] = day("2026-06-04");
	return (struct rules_calendar){ .workdays = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4, .holiday = { &dates[0], 1 },
		.makeup = { &dates[1], 1 }, .event = { &dates[2], 1 } };
}

static void test_classes(void **state)
{
	static const struct { const char *date; enum day_class c; } want[] = {
		{ "2026-06-08", DAY_CLASS_WORKDAY }, { "2026-06-09", DAY_CLASS_WORKDAY }, { "2026-06-10", DAY_CLASS_WORKDAY },
		{ "2026-06-11", DAY_CLASS_WORKDAY }, { "2026-06-12", DAY_CLASS_OTHER }, { "2026-06-13", DAY_CLASS_OTHER },
		{ "2026-06-07", DAY_CLASS_OTHER }, { "2026-06-16", DAY_CLASS_OTHER }, { "2026-06-14", DAY_CLASS_WORKDAY },
	};
	int32_t dates[3];
	struct rules_calendar k = calendar(dates);

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		if (calendar_class(&k, day(want[i].date)) != want[i].c)
			fail_msg("%s", want[i].date);
}

static void test_events(void **state)
{
	int32_t dates[3];
	struct rules_calendar k = calendar(dates);

	(void)state;
	assert_true(calendar_is_event(&k, day("2026-06-04")));
	assert_false(calendar_is_event(&k, day("2026-06-03")));
	assert_int_equal(calendar_class(&k, day("2026-06-04")), DAY_CLASS_WORKDAY);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(calendar_class_name(DAY_CLASS_WORKDAY), "workday");
	assert_string_equal(calendar_class_name(DAY_CLASS_OTHER), "other");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes), cmocka_unit_test(test_events), cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
