/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/error.h"
#include "model/rules.h"

static void load(const char *name, struct rules *rules)
{
	const char *top = getenv("srcdir");
	struct settings_error error;
	char path[4096];

	snprintf(path, sizeof path, "%s/etc/rules/%s.rules", top ? top : ".", name);
	if (rules_load(path, rules, &error) < 0)
		fail_msg("%s", error.text);
}

static int32_t day(const char *text)
{
	int32_t date;

	assert_int_equal(date_parse(text, &date), 0);
	return date;
}

static void check_common(const struct rules *r)
{
	assert_int_equal(r->calendar.day_start_min, 12 * 60);
	assert_int_equal(r->calendar.offset_min, 8 * 60);
	assert_int_equal(r->calendar.step_min, 15);
	assert_int_equal(r->calendar.workdays, 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4);
	assert_int_equal(r->calendar.event.n, 1);
	assert_true(rules_dates_have(&r->calendar.event, day("2026-06-04")));
	assert_int_equal(r->telemetry.sample_s, 60);
	assert_int_equal(r->telemetry.min_completeness_ppm, 950000);
	assert_int_equal(r->baseline.days, 5);
	assert_int_equal(r->baseline.min_completeness_ppm, 950000);
	assert_int_equal(r->baseline.keep_low_ppm, 750000);
	assert_int_equal(r->baseline.keep_high_ppm, 1250000);
	assert_int_equal(r->baseline.adjust_min_ppm, RULES_PPM);
	assert_int_equal(r->baseline.adjust_max_ppm, RULES_PPM);
	assert_int_equal(r->settlement.settle_min, 60);
	assert_int_equal(r->quality.refuse_above_ppm, 1200000);
}

static void test_sichuan(void **state)
{
	struct rules r;
	int64_t cap, share;

	(void)state;
	load("sichuan-2023", &r);
	check_common(&r);
	assert_string_equal(r.name, "sichuan-2023");
	assert_int_equal(r.settlement.min_ratio_ppm, 0);
	assert_int_equal(r.settlement.floor_ratio_ppm, 900000);
	assert_int_equal(r.settlement.penalty_factor_ppm, 1100000);
	assert_true(rules_type_s(&r.settlement, &cap, &share));
	assert_int_equal(cap, 1100000);
	assert_int_equal(share, 500000);
	rules_done(&r);
}

static void test_threshold(void **state)
{
	struct rules r;
	int64_t cap, share;

	(void)state;
	load("threshold-80-120", &r);
	check_common(&r);
	assert_string_equal(r.name, "threshold-80-120");
	assert_int_equal(r.settlement.min_ratio_ppm, 800000);
	assert_int_equal(r.settlement.segments, 2);
	assert_int_equal(r.settlement.segment[1].from_ppm, 1200000);
	assert_int_equal(r.settlement.segment[1].share_ppm, 0);
	assert_int_equal(r.settlement.penalty_factor_ppm, 0);
	assert_false(rules_type_s(&r.settlement, &cap, &share));
	rules_done(&r);
}

#define HEAD "[rules]\nname = x\nversion = 1\nregion = y\n"
#define MONEY "[settlement]\nresponse = 0:1\nfloor_ratio = 0.9\npenalty_factor = 1.1\n"

static void parse(const char *text, struct rules *rules)
{
	struct settings_error error;

	if (rules_parse(text, "t", rules, &error) < 0)
		fail_msg("%s", error.text);
}

static void test_defaults_are_a_rule_set(void **state)
{
	struct rules r;
	int64_t cap, share;

	(void)state;
	parse(HEAD MONEY, &r);
	assert_int_equal(r.calendar.event.n, 0);
	assert_false(rules_dates_have(&r.calendar.event, day("2026-06-04")));
	assert_true(rules_type_s(&r.settlement, &cap, &share));
	assert_int_equal(cap, RULES_PPM);
	assert_int_equal(share, RULES_PPM);
	rules_done(&r);
	assert_null(r.name);
}

static void test_type_s_shapes(void **state)
{
	static const struct { const char *text; bool is; } shape[] = {
		{ "response = 0:1, 1.2:0\n", true }, { "response = 0:0.9, 1.2:0\n", false },
		{ "response = 0:1, 1.1:0.5, 1.5:0\n", false }, { "response = 0:1\nmin_ratio = 0.1\n", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
		struct rules r;
		int64_t cap = -1, share = -1;
		char text[256];

		snprintf(text, sizeof text, HEAD "[settlement]\nfloor_ratio = 0\npenalty_factor = 0\n%s", shape[i].text);
		parse(text, &r);
		assert_int_equal(rules_type_s(&r.settlement, &cap, &share), shape[i].is);
		if (shape[i].is) {
			assert_int_equal(cap, 1200000);
			assert_int_equal(share, 0);
		}
		rules_done(&r);
	}
}

/* Each wrong file says which key and what was expected, and leaves nothing behind. */
static void test_wrong_files(void **state)
{
	static const struct { const char *text, *says; } wrong[] = {
		{ MONEY, "[rules] name" },
		{ HEAD "[settlement]\nfloor_ratio = 1\npenalty_factor = 1\n", "[settlement] response" },
		{ HEAD "[settlement]\nfloor_ratio = 1\npenalty_factor = 1\nresponse = 0.1:1\n",
			"[settlement] response: expected from values" },
		{ HEAD "[settlement]\nfloor_ratio = 1\npenalty_factor = 1\nresponse = 0:1, 1.1:0.5, 1.1:0\n", "at place 3" },
		{ HEAD "[settlement]\nfloor_ratio = 1\npenalty_factor = 1\nresponse = 0:-1\n", "got \"0:-1\"" },
		{ HEAD "[settlement]\nfloor_ratio = 1\npenalty_factor = 1\nresponse = 0\n", "expected from:share" },
		{ HEAD "[settlement]\nfloor_ratio = 1\npenalty_factor = 1\nresponse = 0:x\n", "expected from:share" },
		{ HEAD "[settlement]\nfloor_ratio = 1\npenalty_factor = -1\nresponse = 0:1\n", "penalty_factor" },
		{ HEAD MONEY "period = 50\n", "[settlement] period" },
		{ HEAD MONEY "[calendar]\nstep = 10\n", "[calendar] step: expected 5 or 15, got 10" },
		{ HEAD MONEY "[calendar]\nday_start = 24:00\n", "[calendar] day_start" },
		{ HEAD MONEY "[calendar]\nworkdays = Mon, Mond\n", "got \"Mond\"" },
		{ HEAD MONEY "[calendar]\nevents = 2026-06-31\n", "[calendar] events: expected a date" },
		{ HEAD MONEY "[calendar]\nholidays = 2026-06-01, 2026-06-02, 2026-06-01\n", "got 2026-06-01 twice" },
		{ HEAD MONEY "[calendar]\nholidays = 2026-06-01\nmakeup = 2026-06-01\n", "[calendar] makeup" },
		{ HEAD MONEY "[telemetry]\nsample = 7\n", "[telemetry] sample" },
		{ HEAD MONEY "[telemetry]\nmin_completeness = 1.1\n", "min_completeness" },
		{ HEAD MONEY "[baseline]\nadjust_from = 15:10\n", "[baseline] adjust_from" },
		{ HEAD MONEY "[baseline]\nadjust_to = 17:01\n", "[baseline] adjust_to: expected a boundary" },
		{ HEAD MONEY "[baseline]\nadjust_to = 15:00\n", "[baseline] adjust_to: expected a time after" },
		{ HEAD MONEY "[quality]\nzerodrift = 1\n", "zerodrift" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct rules r;
		struct settings_error error;

		assert_int_equal(rules_parse(wrong[i].text, "t", &r, &error), E_CONFIG);
		if (!strstr(error.text, wrong[i].says))
			fail_msg("case %zu: \"%s\" does not say \"%s\"", i, error.text, wrong[i].says);
		assert_int_equal(strncmp(error.text, "t:", 2), 0);
		rules_done(&r);
	}
}

static void test_missing_file(void **state)
{
	struct rules r;
	struct settings_error error;

	(void)state;
	assert_int_equal(rules_load("/nowhere/x.rules", &r, &error), E_IO);
	assert_non_null(strstr(error.text, "/nowhere/x.rules"));
	rules_done(&r);
}

static void test_grid(void **state)
{
	struct rules r;
	struct timegrid g;
	int64_t noon, evening;

	(void)state;
	parse(HEAD MONEY, &r);
	g = rules_grid(&r, day("2026-06-10"));
	assert_int_equal(time_parse("2026-06-10T12:00:00+08:00", &noon), 0);
	assert_int_equal(time_parse("2026-06-11T11:59:59+08:00", &evening), 0);
	assert_int_equal(g.start_ms, noon);
	assert_int_equal(g.n, 96);
	assert_int_equal(g.step_ms, 15 * MS_MINUTE);
	assert_int_equal(rules_day_of(&r, noon), day("2026-06-10"));
	assert_int_equal(rules_day_of(&r, noon - 1), day("2026-06-09"));
	assert_int_equal(rules_day_of(&r, evening), day("2026-06-10"));
	assert_int_equal(rules_boundary(&r, 15 * 60), 12);
	assert_int_equal(rules_boundary_end(&r, 17 * 60), 20);
	assert_int_equal(rules_boundary(&r, 0), 48);
	assert_int_equal(rules_boundary(&r, 12 * 60), 0);
	assert_int_equal(rules_boundary_end(&r, 12 * 60), 96);
	rules_done(&r);
}

/* Every setting is documented, and the sample file names it. */
static void test_table(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	for (size_t i = 0; i < rules_settings_n; i++)
		assert_true(rules_settings[i].help && strlen(rules_settings[i].help) > 10);
	settings_sample(rules_settings, rules_settings_n, out);
	fclose(out);
	for (size_t i = 0; i < rules_settings_n; i++)
		assert_non_null(strstr(text, rules_settings[i].key));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sichuan), cmocka_unit_test(test_threshold), cmocka_unit_test(test_defaults_are_a_rule_set),
		cmocka_unit_test(test_type_s_shapes), cmocka_unit_test(test_wrong_files), cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_grid), cmocka_unit_test(test_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
