/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Mutated HTTP messages, E-files, configurations, rule sets and migrations through their readers. Each reader gets exactly its
 * bytes, so that one read behind them is seen; what it says must fit what it returns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "codec/efile/parser.h"
#include "fuzz/corpus.h"
#include "model/rules.h"
#include "net/http.h"
#include "store/migrate.h"

typedef void reader(struct rng *rng, char *text, size_t n);     /* text[n] is 0 and may be read by readers of strings */

static void fuzz(const char *const *seeds, const char *const *words, reader *read, int rounds)
{
	struct bytes in = BYTES_INIT, other = BYTES_INIT, out = BYTES_INIT;
	struct rng rng;
	size_t n = 0;
	while (seeds[n])
		n++;
	rng_seed(&rng, corpus_seed());
	for (int i = 0; i < corpus_rounds(rounds); i++) {
		bytes_clear(&in);
		bytes_clear(&other);
		bytes_adds(&in, seeds[rng_below(&rng, n)]);
		bytes_adds(&other, seeds[rng_below(&rng, n)]);
		corpus_mutate(&rng, &in, &other, words, &out);
		char *exact = malloc(out.n + 1);
		memcpy(exact, out.p, out.n + 1);
		read(&rng, exact, out.n);
		free(exact);
	}
	bytes_done(&in);
	bytes_done(&other);
	bytes_done(&out);
}

/* ---- HTTP: the same result, however the bytes are cut */
struct seen { int result; size_t used, body; int messages; };

static struct seen http_in_pieces(struct rng *rng, enum http_role role, const char *text, size_t n, size_t most)
{
	struct http_reader r;
	struct seen s = { 0 };
	size_t at = 0;
	http_reader_init(&r, role, 400, 500);
	while (at < n && s.result >= 0) {
		size_t used = 0, give = (size_t)rng_below(rng, most) + 1;
		if (give > n - at)
			give = n - at;
		char *exact = malloc(give);
		memcpy(exact, text + at, give);
		s.result = http_reader_feed(&r, exact, give, &used);
		free(exact);
		assert_true(used <= give && (used > 0 || s.result != HTTP_MORE));
		assert_true(r.body.n <= 500);
		at += used;
		if (s.result == HTTP_DONE) {
			s.messages++;
			s.body += r.body.n;
			http_reader_reset(&r);
		}
	}
	s.used = s.result < 0 ? 0 : at;         /* where an error is seen is the reader's own affair */
	if (s.result == HTTP_HEAD)
		s.result = HTTP_MORE;           /* told at the last byte or with the next feed */
	http_reader_done(&r);
	return s;
}

static void read_http(struct rng *rng, char *text, size_t n)
{
	enum http_role role = strncmp(text, "HTTP/", 5) ? HTTP_REQUEST : HTTP_ANSWER;
	struct seen whole = http_in_pieces(rng, role, text, n, 1 << 20), bytes = http_in_pieces(rng, role, text, n, 1),
		pieces = http_in_pieces(rng, role, text, n, 40);
	assert_int_equal(whole.result, bytes.result);
	assert_int_equal(whole.messages, bytes.messages);
	assert_int_equal(whole.body, bytes.body);
	assert_int_equal(whole.used, bytes.used);
	assert_int_equal(whole.result, pieces.result);
	assert_int_equal(whole.body, pieces.body);
}

static void test_http(void **state)
{
	static const char *const seeds[] = {
		"POST /aggregator HTTP/1.1\r\nHost: h:1\r\nContent-Type: text/xml; charset=utf-8\r\nSOAPAction: \"a\"\r\nContent-Length: 5\r\n\r\nhello",
		"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n",
		"GET /aggregator?wsdl HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/xml\r\n\r\nokHTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
		NULL };
	static const char *const words[] = { "\r\n", "\n", "\r", ":", " ", "\t", "Content-Length: 5\r\n", "Content-Length: 18446744073709551616\r\n", "+5", "-1", "0x5",
		"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n", "FFFFFFFFFFFFFFFF", ";x=1", "0\r\n\r\n", "0\r\nX: y\r\n\r\n", "HTTP/1.1", "HTTP/9.9",
		" folded\r\n", "Connection: close\r\n", "Content-Encoding: gzip\r\n", "/", "?", "\x80", NULL };
	(void)state;
	fuzz(seeds, words, read_http, 40000);
}

/* ---- E-files */
static void read_efile(struct rng *rng, char *text, size_t n)
{
	struct arena *a = arena_new(0);
	struct efile_limits limits = { 300, 20, 50, 10, 8, rng_below(rng, 2) };
	struct efile_error error = { 0 };
	struct efile file;
	char *exact = malloc(n ? n : 1);
	memcpy(exact, text, n);
	int rc = efile_parse(a, exact, n, &limits, &file, &error);
	free(exact);
	if (rc) {
		if (error.line <= 0 || !error.text[0])
			print_error("%s line %d %s: %.*s\n", error_code(rc), error.line, error.text, (int)n, text);
		assert_true(error.line > 0 && error.text[0] && memchr(error.text, 0, sizeof error.text) && memchr(error.block, 0, sizeof error.block));
	} else {
		assert_true(file.n_blocks <= limits.blocks);
		for (size_t i = 0, length = 0; i < file.n_blocks; i++) {
			const struct efile_block *b = &file.block[i];
			assert_true(b->n_columns <= limits.columns && b->n_rows <= limits.rows);
			for (size_t k = 0; k < b->n_rows * b->n_columns; k++)
				length += b->cell[k] ? strlen(b->cell[k]) : 0;
			assert_true(length <= n);
		}
	}
	arena_free(a);
}

static void test_efile(void **state)
{
	static const char *const seeds[] = {
		"<! System=VGI Version=1.0 Code=UTF-8 Data=1.0 Entity=hub type=DayReport dataTime='20260611 12:00:00' !>\n<Curve::hub date=2026-06-10>\n"
		"@ \xE5\xBA\x8F name power\n/@ x y z\n$ - - kW\n# 1 'a b' -1.500\n# 2 - -\n# 3 '-' 0\n# 4 '' 7\n</Curve::hub>\n<B>\n@ n\n#1 5\n</B>\n",
		"<!Entity=x!>\r\n// note\r\n<A::b>\r\n@\tn\ta\tb\r\n#\t1\tx\ty\r\n#\t2\t'q r'\t-\r\n</A::b>\r\n", NULL };
	static const char *const words[] = { "<", ">", "'", "\n", "\r\n", "#", "@", "@@", "@#", "$", "/@", "//", "-", "::", "</", "<!", "!>", " ", "\t", "=", "\xFF", "''",
		"<A::b>", "</A::b>", "\n# 1 1 1 1 1 1\n", NULL };
	(void)state;
	fuzz(seeds, words, read_efile, 40000);
}

/* ---- configuration and rules: an error has a text, a success holds what the bounds promise */
static const struct setting settings[] = {
	{ "a", "text", SETTING_TEXT, 0, "x", 1, 20, 0, NULL, "", "" }, { "a", "path", SETTING_PATH, 8, "p", 0, 0, 0, NULL, "", "" },
	{ "a", "int", SETTING_INT, 16, "5", -7, 9000, 0, NULL, "", "" }, { "b", "yes", SETTING_BOOL, 24, "no", 0, 0, 0, NULL, "", "" },
	{ "b", "dec", SETTING_DECIMAL, 32, "1.5", 0, 2000000, 6, NULL, "", "" }, { "b", "time", SETTING_TIME, 40, "12:00", 0, 1439, 0, NULL, "", "" },
	{ "b", "off", SETTING_OFFSET, 44, "+08:00", -840, 840, 0, NULL, "", "" }, { "b", "choice", SETTING_CHOICE, 48, "x", 0, 0, 0, "x|y|z", "", "" },
	{ "b", "list", SETTING_LIST, 56, "", 0, 5, 0, NULL, "", "" } };
struct target { char *text, *path; int64_t number; bool yes; int64_t dec; int time, off, choice; struct settings_list list; };

static void read_settings(struct rng *rng, char *text, size_t n)
{
	struct target t;
	struct settings_error error = { "" };
	(void)rng; (void)n;
	assert_int_equal(offsetof(struct target, list), 56);
	int rc = settings_parse(text, "f", "/d", settings, sizeof settings / sizeof *settings, &t, &error);
	if (rc)
		assert_true(error.text[0] && memchr(error.text, 0, sizeof error.text));
	else
		assert_true(t.number >= -7 && t.number <= 9000 && t.dec >= 0 && t.dec <= 2000000 && t.time >= 0 && t.time < 1440 && abs(t.off) <= 840 &&
			    t.choice >= 0 && t.choice < 3 && t.list.n <= 5 && strlen(t.text) - 1 < 20);
	settings_done(settings, sizeof settings / sizeof *settings, &t);
}

static void test_settings(void **state)
{
	static const char *const seeds[] = { "[a]\ntext = hello # c\npath = ../x\nint = 12\n[b]\nyes = yes\ndec = 0.25\ntime = 23:59\noff = -03:30\nchoice = y\nlist = a, b, c\n",
		"# only\n\n[b]\nchoice=z\nlist=\n[a]\nint=-7\n", NULL };
	static const char *const words[] = { "[", "]", "=", "#", " #", "\n", "\r\n", ",", ",,", "\t", "24:00", "-0:1", "+14:01", "99999999999999999999", "-9223372036854775808",
		"0.0000001", "1e5", "NaN", "\xFF", "[a]", "[b]", "[zz]", "int = 1\n", NULL };
	(void)state;
	fuzz(seeds, words, read_settings, 40000);
}

static void read_rules(struct rng *rng, char *text, size_t n)
{
	struct rules rules;
	struct settings_error error = { "" };
	(void)rng; (void)n;
	int rc = rules_parse(text, "f", &rules, &error);
	if (rc) {
		assert_true(error.text[0]);
	} else {
		assert_true(rules.calendar.step_min == 5 || rules.calendar.step_min == 15);
		assert_true(rules.settlement.segments >= 1 && rules.settlement.segments <= RULES_SEGMENTS_MAX);
		struct timegrid g = rules_grid(&rules, 20614);
		assert_true(g.n > 0 && (int64_t)g.n * g.step_ms == INT64_C(86400000));
		int64_t cap, share;
		rules_type_s(&rules.settlement, &cap, &share);
	}
	rules_done(&rules);
}

static void test_rules(void **state)
{
	static const char *const words[] = { "0", "-1", "1", "1.000001", "15", "7", "24:00", "00:00", "+14:00", "2026-02-29", "2026-06-04, 2026-06-04", "0:1", "0:1, 0:1", "0:1, 1.2:0.5, 0.8:1",
		"999999999999", "[", "\n", "=", ",", ":", "#", "1234567", NULL };
	struct bytes file = BYTES_INIT;
	char path[600];
	const char *top = getenv("srcdir");
	(void)state;
	snprintf(path, sizeof path, "%s/etc/rules/sichuan-2023.rules", top ? top : ".");
	assert_int_equal(bytes_read_file(&file, path), 0);
	fuzz((const char *const[]){ file.p, NULL }, words, read_rules, 8000);
	bytes_done(&file);
}

/* ---- migrations */
static void read_sql(struct rng *rng, char *text, size_t n)
{
	size_t at = 0, length, before;
	const char *begin, *last = text;
	char *exact = malloc(n ? n : 1);
	int rc;
	(void)rng;
	memcpy(exact, text, n);
	last = exact;
	while (before = at, (rc = migrate_next_statement(exact, n, &at, &begin, &length)) == 1) {
		assert_true(at > before && at <= n && length > 0);
		assert_true(begin >= last && begin + length <= exact + n);
		last = begin + length;
	}
	if (rc && rc != E_FORMAT)
		print_error("%d %s: %.*s\n", rc, error_code(rc), (int)n, exact);
	assert_true(rc == 0 || rc == E_FORMAT);
	free(exact);
}

static void test_migrations(void **state)
{
	static const char *const seeds[] = { "-- a\nCREATE TABLE t (a INT COMMENT 'x; y', `b;` INT); /* c; */ INSERT INTO t VALUES ('it''s', \"q\\\"\");\n# z\nSELECT 1", ";;;", NULL };
	static const char *const words[] = { ";", "'", "''", "\"", "`", "\\", "--", "-- ", "#", "/*", "*/", "/*!", "\n", " ", "\\'", NULL };
	(void)state;
	fuzz(seeds, words, read_sql, 40000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_http), cmocka_unit_test(test_efile), cmocka_unit_test(test_settings), cmocka_unit_test(test_rules),
		cmocka_unit_test(test_migrations) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
