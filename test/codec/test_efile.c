/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* E language: what is written is read back as it was, by a parser that knows nothing of the writer; real files; what is refused
 * and where. The XML report against its schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include "base/error.h"
#include "base/rng.h"
#include "codec/efile/day_report.h"
#include "codec/efile/parser.h"
#include "codec/efile/writer.h"
#include "codec/xml/day_report.h"
#include "lib/skip.h"

#define OK(CALL) assert_string_equal(error_code(CALL), "ok")

static struct arena *arena;
static struct efile file;
static struct efile_error error;

static int parse(const char *text) { return efile_parse(arena, text, strlen(text), &EFILE_LIMITS, &file, &error); }

static int begin(void **state) { (void)state; arena = arena_new(0); return 0; }
static int end(void **state) { (void)state; arena_free(arena); return 0; }

/* ---- writer */

static const struct efile_column columns[] = { { "name", "名称", NULL }, { "power", "功率", "kW" } };

static void test_written_exactly(void **state)
{
	struct bytes b = BYTES_INIT;
	struct efile_writer w;
	(void)state;
	efile_begin(&w, &b, "hub", "DayReport", INT64_C(1781150400123), 480);
	efile_block(&w, "Curve", "hub", "2026-06-10", columns, 2);
	efile_text(&w, "充电站 1");
	efile_decimal(&w, -1500, 3);
	efile_text(&w, NULL);
	efile_decimal(&w, VALUE_NONE, 3);
	efile_text(&w, "-");
	efile_decimal(&w, 0, 0);
	efile_text(&w, "");
	efile_decimal(&w, 7, 0);
	efile_text(&w, "http://x");
	efile_decimal(&w, 7, 0);
	efile_block_end(&w);
	assert_int_equal(w.rc, 0);
	assert_string_equal(b.p, "<! System=VGI Version=1.0 Code=UTF-8 Data=1.0 Entity=hub type=DayReport dataTime='20260611 12:00:00' !>\n"
		"<Curve::hub date=2026-06-10>\n@ 序号 name power\n/@ 序号 名称 功率\n$ - - kW\n# 1 '充电站 1' -1.500\n# 2 - -\n# 3 '-' 0\n"
		"# 4 '' 7\n# 5 'http://x' 7\n</Curve::hub>\n");
	bytes_done(&b);
}

static int write_one(const char *value)
{
	struct bytes b = BYTES_INIT;
	struct efile_writer w;
	efile_begin(&w, &b, "hub", "t", 0, 0);
	efile_block(&w, "A", "hub", NULL, columns, 1);
	efile_text(&w, value);
	efile_block_end(&w);
	bytes_done(&b);
	return w.rc;
}

static void test_values_that_cannot_be_written(void **state)
{
	static const char *const wrong[] = { "it's", "say \"x\"", "two\nlines", "\x01", "\xff\xfe", "\xc0\xaf", "\xed\xa0\x80", "cut \xe5\x85" };
	struct bytes b = BYTES_INIT;
	struct efile_writer w;
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_string_equal(error_code(write_one(wrong[i])), "format");
	assert_int_equal(write_one("’typographic’ is no quote"), 0);
	efile_begin(&w, &b, "two words", "t", 0, 0);
	assert_string_equal(error_code(w.rc), "format");
	efile_begin(&w, &b, "hub", "t", 0, 0);          /* a row that is not full */
	efile_block(&w, "A", "hub", NULL, columns, 2);
	efile_text(&w, "x");
	efile_block_end(&w);
	assert_string_equal(error_code(w.rc), "internal");
	efile_begin(&w, &b, "hub", "t", 0, 0);          /* a value outside of blocks */
	efile_text(&w, "x");
	assert_string_equal(error_code(w.rc), "internal");
	bytes_done(&b);
}

/* ---- round trip of random tables */

enum { ROUNDS = 200, ROWS = 20, COLUMNS = 5, LENGTH = 12 };

static const char *random_value(struct rng *r)
{
	static const char *const piece[] = { "a", "-", " ", "\t", "/", "//", "<", ">", "#", "@", "=", "1.5", "电", "&", "!", "*", "%", "$", ":", "𠀀" };
	char *s = arena_alloc(arena, 5 * LENGTH);
	size_t n = rng_below(r, LENGTH);
	if (rng_below(r, 6) == 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		strncat(s, piece[rng_below(r, sizeof piece / sizeof *piece)], 4);
	return s;
}

static void assert_same(const char *have, const char *want)
{
	if (want)
		assert_string_equal(have, want);
	else
		assert_null(have);
}

static void test_round_trip(void **state)
{
	struct efile_column column[COLUMNS] = { { "c1", "列", "kW" }, { "c2", "x y", NULL }, { "c3", "-", "-" }, { "c4", "z", NULL }, { "c5", "z", "h" } };
	struct rng r;
	(void)state;
	rng_seed(&r, 20260610);
	for (int round = 0; round < ROUNDS; round++) {
		const char *value[ROWS][COLUMNS];
		struct bytes b = BYTES_INIT;
		struct efile_writer w;
		size_t rows = rng_below(&r, ROWS + 1), n = 1 + rng_below(&r, COLUMNS);
		efile_begin(&w, &b, "hub", "t", 0, 0);
		efile_block(&w, "A", "hub", "x y", column, n);
		for (size_t i = 0; i < rows; i++)
			for (size_t k = 0; k < n; k++)
				efile_text(&w, value[i][k] = random_value(&r));
		efile_block_end(&w);
		efile_block(&w, "B", "hub", NULL, column, 1);
		efile_block_end(&w);
		assert_int_equal(w.rc, 0);
		if (efile_parse(arena, b.p, b.n, &EFILE_LIMITS, &file, &error))
			fail_msg("line %d: %s\n%s", error.line, error.text, b.p);
		assert_int_equal(file.n_blocks, 2);
		assert_string_equal(efile_attribute(&file.block[0].attributes, "date"), "x y");
		assert_int_equal(file.block[0].n_rows, rows);
		assert_int_equal(file.block[0].n_columns, n);
		for (size_t i = 0; i < rows; i++)
			for (size_t k = 0; k < n; k++)
				assert_same(efile_cell(&file.block[0], i, k), value[i][k]);
		for (size_t k = 0; k < n; k++) {
			assert_string_equal(file.block[0].column[k], column[k].name);
			assert_same(file.block[0].unit[k], column[k].unit);
			assert_same(file.block[0].alias[k], column[k].alias);
		}
		bytes_done(&b);
		arena_reset(arena);
	}
}

/* ---- parser */

/* The standard's liberties as files of the kind found in the field take them. */
static void test_real_forms(void **state)
{
	(void)state;
	OK(parse("<! Entity=华东 type=测试2011-11-03 dataTime='20120411 11:12:14' !>\n<test::华东 DDMM='华东电网' date='2012-04-11 11:12' >\n"
		"@顺序 单位名称 发生时间 次数 \n#1 花花电网 无 1000 \n#2 花花电网 无 1000 \n</test::华东>\n"));
	assert_string_equal(efile_attribute(&file.declaration, "dataTime"), "20120411 11:12:14");
	assert_string_equal(file.block[0].class_, "test");
	assert_string_equal(file.block[0].entity, "华东");
	assert_string_equal(efile_attribute(&file.block[0].attributes, "date"), "2012-04-11 11:12");
	assert_int_equal(file.block[0].n_rows, 2);
	assert_string_equal(file.block[0].index[1], "2");
	assert_int_equal(efile_column(&file.block[0], "次数"), 2);
	assert_string_equal(efile_cell(&file.block[0], 1, 2), "1000");

	OK(parse("<!Entity=福建\ttype=新能源\ttime='2018-10-12 16:30:13'>\r\n<system>\r\n@\t序号\t地区\t时间\r\n#\t0\t'福建'\t'2018-10-12 16:30:13'\r\n"
		"</system>\r\n"));
	assert_string_equal(file.block[0].entity, "");
	assert_string_equal(efile_cell(&file.block[0], 0, 1), "2018-10-12 16:30:13");

	OK(parse("\xef\xbb\xbf// no declaration\n\n<F::x cap='48.0'>\n\n@id v   // tail\n#1 http://h/p\n#2 'a // b'\n#3 -\n#4 -3.5\n</F::x>\n<E::y/>\n"));
	assert_int_equal(file.n_blocks, 2);
	assert_string_equal(efile_cell(&file.block[0], 0, 0), "http://h/p");
	assert_string_equal(efile_cell(&file.block[0], 1, 0), "a // b");
	assert_null(efile_cell(&file.block[0], 2, 0));
	assert_string_equal(efile_cell(&file.block[0], 3, 0), "-3.5");
	OK(parse(""));
	assert_int_equal(file.n_blocks, 0);
}

static void test_refused_with_line(void **state)
{
	static const struct { const char *text; int line; const char *block, *code; } wrong[] = {
		{ "x\n", 1, "", "format" },
		{ "<A::b>\n@ n v\n# 1 1 2\n</A::b>\n", 3, "A::b", "format" },
		{ "<A::b>\n@ n v w\n# 1 1\n</A::b>\n", 3, "A::b", "format" },
		{ "<A::b>\n# 1 1\n</A::b>\n", 2, "A::b", "format" },
		{ "<A::b>\n@ n v\n@ n w\n</A::b>\n", 3, "A::b", "format" },
		{ "<A::b>\n@ n\n</A::b>\n", 2, "A::b", "format" },
		{ "<A::b>\n@ n v\n# 1 'x\n</A::b>\n", 3, "A::b", "format" },
		{ "<A::b>\n@ n v\n# 1 'x'y\n</A::b>\n", 3, "A::b", "format" },
		{ "<A::b>\n@ n v\n# 1 x'y\n</A::b>\n", 3, "A::b", "format" },
		{ "<A::b>\n@ n v\n</A::c>\n", 3, "A::b", "format" },
		{ "<A::b>\n@ n v\n</A>\n", 3, "A::b", "format" },
		{ "<A::b>\n@ n v\n", 2, "A::b", "format" },
		{ "<A::b>\n<C::d>\n", 2, "A::b", "format" },
		{ "</A::b>\n", 1, "", "format" },
		{ "<A::b\n", 1, "", "format" },
		{ "<A:: x=1>\n</A::>\n", 1, "A::", "format" },
		{ "<A::b x>\n</A::b>\n", 1, "A::b", "format" },
		{ "<A::b>\n@@ n v\n</A::b>\n", 2, "A::b", "format" },
		{ "<A::b>\n@# n v\n</A::b>\n", 2, "A::b", "format" },
		{ "<A::b>\n@ n v\n* p 1\n</A::b>\n", 3, "A::b", "format" },
		{ "<A::b>\n@ n v\n# 1 1\n$ - kW\n</A::b>\n", 4, "A::b", "format" },
		{ "<A::b>\n@ n v\n$ -\n</A::b>\n", 3, "A::b", "format" },
		{ "<A::b>\n</A::b>\n<! a=1 !>\n", 3, "", "format" },
		{ "<! a=1\n", 1, "", "format" },
		{ "<A::b>\n@ n v\n# 1 \xff\n</A::b>\n", 3, "", "format" } };
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const char *code = error_code(parse(wrong[i].text));
		if (strcmp(code, wrong[i].code) || error.line != wrong[i].line || strcmp(error.block, wrong[i].block))
			fail_msg("case %zu: %s in line %d of \"%s\": %s", i, code, error.line, error.block, error.text);
		assert_true(*error.text);
	}
}

static void test_limits(void **state)
{
	const char *text = "<A::b x=1 y=2>\n@ n v w\n# 1 1 2\n# 2 1 2\n</A::b>\n<C::d>\n@ n v\n# 1 1\n</C::d>\n";
	struct efile_limits right = { 14, 3, 3, 2, 2, false }, l;
	(void)state;
	OK(efile_parse(arena, text, strlen(text), &right, &file, &error));
	assert_int_equal(file.n_blocks, 2);
	l = right, l.line = 13;
	assert_string_equal(error_code(efile_parse(arena, text, strlen(text), &l, &file, &error)), "too-large");
	l = right, l.columns = 1;
	assert_string_equal(error_code(efile_parse(arena, text, strlen(text), &l, &file, &error)), "too-many-items");
	l = right, l.rows = 2;
	assert_string_equal(error_code(efile_parse(arena, text, strlen(text), &l, &file, &error)), "too-many-items");
	assert_int_equal(error.line, 8);
	l = right, l.blocks = 1;
	assert_string_equal(error_code(efile_parse(arena, text, strlen(text), &l, &file, &error)), "too-many-items");
	l = right, l.attributes = 1;
	assert_string_equal(error_code(efile_parse(arena, text, strlen(text), &l, &file, &error)), "too-many-items");
}

/* Bytes of a good file changed at random: never a crash, and a line when refused. */
static void test_damaged(void **state)
{
	const char *good = "<! a='x y' !>\n<A::b x=1>\n@ n v w // c\n/@ n v w\n# 1 'a b' -\n# 2 1 2\n</A::b>\n<C::d/>\n";
	size_t n = strlen(good);
	struct rng r;
	(void)state;
	rng_seed(&r, 7);
	for (int i = 0; i < 20000; i++) {
		char *s = arena_strdup(arena, good);
		for (size_t k = 1 + rng_below(&r, 3); k > 0; k--)
			s[rng_below(&r, n)] = "<>/#@'\" -=:\n\tx\x80"[rng_below(&r, 15)];
		if (efile_parse(arena, s, n - rng_below(&r, 10), &EFILE_LIMITS, &file, &error))
			assert_true(*error.text);
		if (i % 100 == 0)
			arena_reset(arena);
	}
}

/* The samples of public repositories, where they are: tables in rows are read, other forms refused. */
static void test_samples(void **state)
{
	static const struct { const char *name; size_t blocks; bool tabs; } read[] = { { "elanguage_horizontal.dt", 1, false },
		{ "fj_cdq_old_headerless.dt", 1, false }, { "fj_cdq_new_163013.dt", 2, true } };
	static const char *const refused[] = { "elanguage_single_column.dt", "elanguage_multi_column.dt", "psd_sccp_ieee90.gbk.sce" };
	const char *folder = getenv("TRIAL_DATA");
	struct bytes b = BYTES_INIT;
	(void)state;
	if (!folder || bytes_read_file(&b, arena_printf(arena, "%s/e-files/elanguage_horizontal.dt", folder)))
		SKIP_TEST("the sample files are not there");
	for (size_t i = 0; i < sizeof read / sizeof *read; i++) {
		OK(bytes_read_file(&b, arena_printf(arena, "%s/e-files/%s", folder, read[i].name)));
		struct efile_limits limits = EFILE_LIMITS;
		limits.tabs = read[i].tabs;
		if (efile_parse(arena, b.p, b.n, &limits, &file, &error))
			fail_msg("%s:%d: %s", read[i].name, error.line, error.text);
		assert_true(file.n_blocks >= read[i].blocks && file.block[0].n_rows > 0);
	}
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		OK(bytes_read_file(&b, arena_printf(arena, "%s/e-files/%s", folder, refused[i])));
		assert_string_equal(error_code(efile_parse(arena, b.p, b.n, &EFILE_LIMITS, &file, &error)), "format");
	}
	bytes_done(&b);
}

/* ---- the report */

static struct report_point point[] = { { 1781085600000, WINDOW_SHAVE, 1500, 1400, 9000, VALUE_NONE, false },
	{ 1781086500000, WINDOW_FILL, -1, 0, 1, 2, true }, { 1781087400000, WINDOW_HOLD, VALUE_NONE, VALUE_NONE, VALUE_NONE, 5, true } };
static struct report_task task[] = { { "T<1>&", 1781085600000, 1, 2, VALUE_NONE, VALUE_NONE, VALUE_NONE, VALUE_NONE } };
static struct report_aggregator aggregator[] = { { "A", 10000, -13000, 3600, -330, 3270, 95, 96, 7, 6 }, { "B", 0, 0, 0, 0, 0, 0, 96, 0, 0 } };
static struct report_unmet unmet[] = { { "s 1", "A", NULL, 1000, 900, VALUE_NONE, REPORT_UNKNOWN } };
static struct report_operation operation[] = { { "ReportFrame", true, 1440, 1, 0, VALUE_NONE, 1440, 1500, 2000000, 31415926 },
	{ "PushOperation", false, 3, 0, 1, 2, 0, 0, 0, 0 } };
static const struct day_report report = { .hub = "hub", .date = 20614, .offset_min = 480, .step_min = 15, .day_class = "workday", .rule_set = "r-1",
	.made_ms = 1781150405000, .point = point, .n_points = 3, .task = task, .n_tasks = 1, .aggregator = aggregator, .n_aggregators = 2,
	.platform_fen = -3270, .sessions = 7, .outcome = { 6, 0, 0, 0, 1 }, .unmet = unmet, .n_unmet = 1, .operation = operation, .n_operations = 2,
	.lost = 2, .chain_frames = 1440, .chain_longest_us = 123456, .chain_limit_us = 10000000 };

static const struct efile_block *block(const char *name)
{
	for (size_t i = 0; i < file.n_blocks; i++)
		if (!strcmp(file.block[i].class_, name))
			return &file.block[i];
	fail_msg("no block %s", name);
	return NULL;
}

static void assert_cell(const char *name, size_t row, const char *column, const char *want)
{
	const struct efile_block *b = block(name);
	int c = efile_column(b, column);
	assert_true(c >= 0 && row < b->n_rows);
	assert_same(efile_cell(b, row, (size_t)c), want);
}

static void test_report_as_efile(void **state)
{
	struct bytes b = BYTES_INIT;
	(void)state;
	OK(efile_day_report(&report, &b));
	if (efile_parse(arena, b.p, b.n, &EFILE_LIMITS, &file, &error))
		fail_msg("line %d: %s", error.line, error.text);
	assert_int_equal(file.n_blocks, 7);
	assert_string_equal(efile_attribute(&file.declaration, "dataTime"), "20260611 12:00:05");
	assert_string_equal(efile_attribute(&block("Curve")->attributes, "date"), "2026-06-10");
	assert_int_equal(block("Curve")->n_rows, 3);
	assert_cell("Curve", 0, "end", "2026-06-10T18:00:00+08:00");
	assert_cell("Curve", 0, "measured", NULL);
	assert_cell("Curve", 1, "target", "-0.001");
	assert_cell("Curve", 2, "target", NULL);
	assert_cell("Task", 0, "task", "T<1>&");
	assert_cell("Task", 0, "proportionalShort", NULL);
	assert_cell("Aggregator", 0, "delivered", "-13.000");
	assert_cell("Aggregator", 0, "shortfall", "-3.30");
	assert_cell("Needs", REPORT_UNKNOWN, "sessions", "1");
	assert_cell("Unmet", 0, "session", "s 1");
	assert_cell("Unmet", 0, "station", NULL);
	assert_cell("Message", 0, "lost", NULL);
	assert_cell("Message", 0, "longest", "31.415926");
	assert_cell("Message", 1, "median", NULL);
	assert_string_equal(block("Aggregator")->unit[1], "kWh");
	assert_string_equal(block("Aggregator")->alias[0], "聚合商");
	bytes_done(&b);
	struct report_unmet quoted = unmet[0];
	struct day_report bad = report;
	quoted.session_id = "it's";
	bad.unmet = &quoted;
	assert_string_equal(error_code(efile_day_report(&bad, &b)), "format");
	bytes_done(&b);
}

static int validate(const struct bytes *b, xmlSchemaPtr schema)
{
	xmlDocPtr doc = xmlReadMemory(b->p, (int)b->n, "report.xml", NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	xmlSchemaValidCtxtPtr v = xmlSchemaNewValidCtxt(schema);
	int rc = xmlSchemaValidateDoc(v, doc);
	xmlSchemaFreeValidCtxt(v);
	xmlFreeDoc(doc);
	return rc;
}

static void quiet(void *context, const char *format, ...) { (void)context, (void)format; }

static void test_report_as_xml(void **state)
{
	const char *top = getenv("srcdir");
	struct bytes b = BYTES_INIT;
	(void)state;
	xmlSchemaParserCtxtPtr p = xmlSchemaNewParserCtxt(arena_printf(arena, "%s/schemas/vgi-report.xsd", top ? top : "."));
	xmlSchemaPtr schema = xmlSchemaParse(p);
	assert_non_null(schema);
	OK(xml_day_report(&report, &b));
	assert_int_equal(validate(&b, schema), 0);
	assert_non_null(strstr(b.p, "<Task id=\"T&lt;1&gt;&amp;\" start=\"2026-06-10T18:00:00+08:00\" plannedDeviationKw=\"0.001\" leastDeviationKw=\"0.002\"/>"));
	assert_non_null(strstr(b.p, "<Point end=\"2026-06-10T18:00:00+08:00\" window=\"shave\" targetKw=\"1.500\" plannedKw=\"1.400\" "
		"baselineKw=\"9.000\" complete=\"false\"/>"));
	/* the schema is no formality */
	struct day_report bad = report;
	bad.day_class = NULL;
	bytes_clear(&b);
	OK(xml_day_report(&bad, &b));
	xmlSetGenericErrorFunc(NULL, quiet);
	assert_int_not_equal(validate(&b, schema), 0);
	xmlSetGenericErrorFunc(NULL, NULL);
	xmlSchemaFree(schema);
	xmlSchemaFreeParserCtxt(p);
	xmlCleanupParser();
	bytes_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written_exactly), cmocka_unit_test(test_values_that_cannot_be_written), cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_real_forms), cmocka_unit_test(test_refused_with_line), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_damaged), cmocka_unit_test(test_samples), cmocka_unit_test(test_report_as_efile),
		cmocka_unit_test(test_report_as_xml) };
	return cmocka_run_group_tests_name("efile", tests, begin, end);
}
