/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The report as a terminal shows it: the chart to the character, the rest by what must stand in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "cli/language.h"
#include "cli/report_view.h"

enum { POINTS = 96, FIRST = 24, TARGETS = POINTS - FIRST, LINES = 12, LABEL = 9 };

static struct report_point point[POINTS];
static struct report_task task = { "T-1", 1781085600000, 1000, 900, 2000, 388315, 718086, 237 };
static struct report_aggregator aggregator = { "A1", 10000, 8000, 2400, -330, 2070, 96, 96, 7, 6 };
static struct report_unmet unmet[12];
static struct report_operation operation[] = { { "ReportFrame", true, 1440, 0, 0, VALUE_NONE, 1440, 1500, 2000000, 31415926 } };
static struct day_report report = { .hub = "hub", .date = 20614, .offset_min = 480, .step_min = 15, .day_class = "workday", .rule_set = "r-1",
	.point = point, .n_points = POINTS, .task = &task, .n_tasks = 1, .aggregator = &aggregator, .n_aggregators = 1, .platform_fen = -2070,
	.sessions = 18, .outcome = { 6, 12, 0, 0, 0 }, .unmet = unmet, .n_unmet = 12, .operation = operation, .n_operations = 1, .lost = 3,
	.chain_frames = 1440, .chain_longest_us = 1316715, .chain_limit_us = 10000000 };

/* Target 6 kW, then 12 kW from the 36th column on; planned as the target but for the first column; measured rising. */
static int begin(void **state)
{
	(void)state;
	for (int i = 0; i < POINTS; i++)
		point[i] = (struct report_point){ .end_ms = 1781064000000 + (i + 1) * INT64_C(900000), .target_w = VALUE_NONE, .planned_w = VALUE_NONE,
			.baseline_w = 0, .measured_w = 0, .complete = true };
	for (int i = 0; i < TARGETS; i++) {
		struct report_point *p = &point[FIRST + i];
		p->target_w = p->planned_w = i < TARGETS / 2 ? 6100 : 11900;
		p->measured_w = i * 100;
	}
	point[FIRST].planned_w = 3500;
	point[FIRST + 1].measured_w = VALUE_NONE;
	for (size_t i = 0; i < 12; i++)
		unmet[i] = (struct report_unmet){ "s", "A1", "ST", 10000, 9000, 9000, REPORT_STAY_TOO_SHORT };
	setenv("LC_ALL", "C", 1);
	return 0;
}

static char *drawn(void (*draw)(FILE *, const struct day_report *, const struct report_style *), const struct report_style *style)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	draw(f, &report, style);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void test_chart(void **state)
{
	char *text = drawn(report_chart, &(struct report_style){ false, false }), *next = NULL, *line;
	const char *rows[LINES + 2];
	int n = 0;
	(void)state;
	for (line = strtok_r(text, "\n", &next); line && n < LINES + 2; line = strtok_r(NULL, "\n", &next))
		rows[n++] = line;
	assert_int_equal(n, LINES + 2);
	for (int i = 0; i < LINES; i++) {
		assert_int_equal(strlen(rows[i]), LABEL + TARGETS);
		assert_int_equal(atof(rows[i]) * 10, (LINES - i) * 10);
		for (int c = 0; c < TARGETS; c++) {
			int from_bottom = LINES - 1 - i, target = c < TARGETS / 2 ? 6 : 11;
			char have = rows[i][LABEL + c];
			if (target == from_bottom)
				assert_int_equal(have, '=');
			else if (c == 0 && from_bottom == 3)
				assert_int_equal(have, 'o');
			else if (c != 1 && c * 100 >= (from_bottom + 1) * 1000)
				assert_int_equal(have, '#');
			else if (c == 1 || c * 100 < from_bottom * 1000)
				assert_int_equal(have, ' ');
		}
	}
	assert_memory_equal(rows[LINES] + LABEL, "18:00   20:00   22:00   00:00   ", 32);
	free(text);
	text = drawn(report_chart, &(struct report_style){ true, true });
	assert_non_null(strstr(text, "\033[31m━\033[0m"));
	free(text);
}

static void test_no_target_no_chart(void **state)
{
	struct report_point kept[POINTS];
	(void)state;
	memcpy(kept, point, sizeof kept);
	for (int i = 0; i < POINTS; i++)
		point[i].target_w = VALUE_NONE;
	char *text = drawn(report_chart, &(struct report_style){ false, false });
	assert_string_equal(text, "");
	free(text);
	memcpy(point, kept, sizeof kept);
}

static void test_report(void **state)
{
	static const char *const want[] = { "2026-06-10, workday, rules r-1\n", "deviation from the target (weighted rms) 1.000 kW planned, 2.000 kW measured; "
		"no schedule can be below 0.900 kW", "388.315 kW, delivered 718.086 kWh too little and left 237 vehicles short",
		"  A1             10.000          8.000         24.00          -3.30      20.70               96         7    6\n",
		"platform -20.70 CNY", "      12  unreachable: the stay is too short\n", "2 more unreachable ones",
		"  ReportFrame  in          1440         0        0     -     0.002  2.000     31.416\n",
		"(P7): 1.317 s of 10.000 s allowed, over 1440 frames. Lost: 3\n" };
	(void)state;
	char *text = drawn(report_print, &(struct report_style){ false, false });
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		if (!strstr(text, want[i]))
			fail_msg("not in it: %s\n%s", want[i], text);
	free(text);
	setenv("LC_ALL", "zh_CN.UTF-8", 1);
	text = drawn(report_print, &(struct report_style){ true, false });
	assert_non_null(strstr(text, "不可达：停留过短"));
	assert_null(strstr(text, "\033["));
	free(text);
	setenv("LC_ALL", "C", 1);
}

static void test_language(void **state)
{
	(void)state;
	setenv("LC_ALL", "zh_CN.GB18030", 1);
	assert_false(language_chinese() || language_utf8());
	setenv("LC_ALL", "en_US.utf8", 1);
	assert_true(language_utf8() && !language_chinese());
	setenv("LC_ALL", "", 1);
	setenv("LC_MESSAGES", "zh_CN.UTF-8", 1);
	setenv("LC_CTYPE", "zh_CN.UTF-8", 1);
	assert_true(language_chinese());
	setenv("LC_ALL", "C", 1);
	assert_false(language_chinese());
	assert_int_equal(language_width("abc"), 3);
	assert_int_equal(language_width("充电 a，"), 8);
	assert_int_equal(language_width("━é"), 2);
	assert_int_equal(language_width("\xe5"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_chart), cmocka_unit_test(test_no_target_no_chart), cmocka_unit_test(test_report),
		cmocka_unit_test(test_language) };
	return cmocka_run_group_tests_name("report view", tests, begin, NULL);
}
