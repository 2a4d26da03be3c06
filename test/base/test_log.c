/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/bytes.h"
#include "base/error.h"
#include "base/log.h"

/* log4c 1.2.4 keeps no pointer to what a rolling file is made from, and never frees it. For LeakSanitizer only. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:liblog4c\n";
}

static char folder[64], captured[80];
static int real_stderr = -1;

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/vgi-test-log-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(captured, sizeof captured, "%s/stderr", folder);
	return 0;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "stderr", "log4crc", "hub.log.0", "hub.log.1" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[128];

		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

/* Each test begins with stderr in a file of its own, at the level INFO, without names. */
static int capture(void **state)
{
	(void)state;
	fflush(stderr);
	real_stderr = dup(STDERR_FILENO);
	if (real_stderr < 0 || !freopen(captured, "w", stderr))
		return -1;
	setvbuf(stderr, NULL, _IONBF, 0);
	log_set_trace(NULL);
	log_set_principal("");
	return log_open(NULL, LOG_LEVEL_INFO);
}

static int restore(void **state)
{
	(void)state;
	log_close();
	fflush(stderr);
	return dup2(real_stderr, STDERR_FILENO) < 0 || close(real_stderr) ? -1 : 0;
}

/* What has come to stderr so far; valid until the next call. */
static const char *output(void)
{
	static struct bytes b;

	assert_int_equal(bytes_read_file(&b, captured), 0);
	return b.p;
}

static size_t lines_in(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* The text behind "time LEVEL " in the only line there is. */
static const char *only_line(void)
{
	const char *text = output();

	assert_int_equal(lines_in(text), 1);
	assert_true(strlen(text) > 37 && text[10] == 'T' && strncmp(text + 23, "+00:00 ", 7) == 0);
	return text + 37;
}

static void a_line_has_time_level_trace_principal_event_text(void **state)
{
	(void)state;
	log_set_trace("7f3a");
	log_set_principal("agg-01");
	log_warn("frame-stored", "rows=%d station=%s", 12, "S1");
	assert_string_equal(only_line() - 7, "WARN   7f3a agg-01 frame-stored rows=12 station=S1\n");
}

static void absent_names_are_dashes(void **state)
{
	(void)state;
	log_error("x", "k=v");
	assert_string_equal(only_line() - 7, "ERROR  - - x k=v\n");
}

static void the_level_decides(void **state)
{
	static const enum log_level all[] = {
		LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG
	};
	size_t expected = 0;

	(void)state;
	for (size_t set = 0; set < 5; set++) {
		log_set_level(all[set]);
		for (size_t i = 0; i < 5; i++) {
			assert_int_equal(log_enabled(all[i]), i <= set);
			log_event(all[i], "e", "%zu", i);
		}
		expected += set + 1;
		assert_int_equal(lines_in(output()), expected);
	}
}

static void one_event_is_one_line_whatever_it_holds(void **state)
{
	(void)state;
	log_set_trace("a\nb c");
	log_set_principal("p\x1b[31m");
	log_error("evil", "%s", "1\n2\r3\t4\\5\x1b[0m\x7f\x01 "
		  "\xc2\x85 \xe2\x80\xa8 \x9b \xe4\xb8 \xc0\xaf \xed\xa0\x80 \xf8 充电 é 😀");
	assert_string_equal(only_line(),
		"a\\nb_c p\\x1b[31m evil "
		"1\\n2\\r3\\t4\\\\5\\x1b[0m\\x7f\\x01 \\xc2\\x85 \\xe2\\x80\\xa8 \\x9b \\xe4\\xb8 \\xc0\\xaf "
		"\\xed\\xa0\\x80 \\xf8 充电 é 😀\n");
}

/* All byte values: what comes out is one line of printable UTF-8. */
static void every_byte_is_harmless(void **state)
{
	const char *text;

	(void)state;
	for (int c = 1; c < 256; c++)
		log_error("byte", "%c", c);
	text = output();
	assert_int_equal(lines_in(text), 255);
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		assert_true(*p == '\n' || (*p >= 0x20 && *p < 0x7f));
}

static void long_texts_and_names_are_cut(void **state)
{
	char *text = malloc(100001);
	const char *line;

	(void)state;
	memset(text, 'x', 100000);
	text[100000] = '\0';
	log_set_trace(text);
	log_error("long", "%s", text);
	line = only_line();
	assert_int_equal(strspn(line, "x"), 64);
	assert_string_equal(line + strlen(line) - 5, "x...\n");
	assert_true(strlen(line) < 2300);
	memset(text, '\x01', 100000);           /* four times as long once escaped */
	log_set_trace(text);
	log_set_principal(text);
	log_error("long", "%s", text);
	line = output();
	assert_int_equal(lines_in(line), 2);
	assert_string_equal(line + strlen(line) - 4, "...\n");
	assert_true(strlen(strchr(line, '\n') + 1) < 37 + 4096);
	free(text);
}

static void errno_is_kept(void **state)
{
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(full >= 0);
	assert_true(dup2(full, STDERR_FILENO) >= 0);
	close(full);
	errno = EBUSY;
	log_error("x", "%s", "y");              /* writing fails with ENOSPC */
	assert_int_equal(errno, EBUSY);
}

static void *log_as(void *name)
{
	log_set_trace(name);
	log_set_principal(name);
	for (int i = 0; i < 200; i++)
		log_info("thread", "name=%s", (const char *)name);
	return NULL;
}

static void threads_have_names_of_their_own(void **state)
{
	static char names[4][8] = { "t1", "t2", "t3", "t4" };
	pthread_t thread[4];
	char *text, *rest, *line;
	int n = 0;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, log_as, names[i]), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	rest = text = strdup(output());
	for (; (line = strsep(&rest, "\n")) && *line; n++) {
		char expected[64];

		snprintf(expected, sizeof expected, "%.2s %.2s thread name=%.2s", line + 37, line + 37, line + 37);
		assert_string_equal(line + 37, expected);
	}
	assert_int_equal(n, 800);
	free(text);
}

static const char *write_log4crc(const char *elements)
{
	static char path[80];
	struct bytes b = BYTES_INIT;

	snprintf(path, sizeof path, "%s/log4crc", folder);
	assert_int_equal(bytes_printf(&b, "<?xml version=\"1.0\"?>\n<!DOCTYPE log4c SYSTEM \"\">\n%s\n", elements), 0);
	assert_int_equal(bytes_write_file(&b, path), 0);
	bytes_done(&b);
	return path;
}

#define LAYOUT "<layout name=\"dated_r\" type=\"dated_r\"/>"
#define CATEGORY(appender) "<category name=\"vgihub\" priority=\"error\" appender=\"" appender "\"/>"

static void configurations_that_lose_events_are_refused(void **state)
{
	static const struct { const char *elements, *why; } row[] = {
		{ "<log4c></log4c>", "no appender" },
		{ "<log4c>" LAYOUT "<appender name=\"a1\" type=\"nonsense\" layout=\"dated_r\"/>"
		  CATEGORY("a1") "</log4c>", "type" },
		{ "<log4c><layout name=\"dated\" type=\"dated\"/>"
		  "<appender name=\"stdout\" type=\"stream\" layout=\"dated\"/>"
		  CATEGORY("stdout") "</log4c>", "layout" },
		{ "<log4c>" LAYOUT "<appender name=\"/tmp/x.log\" type=\"stream\" layout=\"dated_r\"/>"
		  CATEGORY("/tmp/x.log") "</log4c>", "stream" },
		{ "<!-- outside --><log4c>" LAYOUT "</log4c>", "comment" },
		{ "<log4c>" LAYOUT "</log4c><!-- outside -->", "comment" },
		{ "<log4c>", "cannot read" },
		{ "<other/>", "<log4c>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		size_t before = strlen(output());
		const char *said;

		assert_int_equal(log_open(write_log4crc(row[i].elements), LOG_LEVEL_INFO), E_CONFIG);
		said = output() + before;
		assert_non_null(strstr(said, "log-config"));
		assert_non_null(strstr(said, row[i].why));
	}
	assert_int_equal(log_open("/nonexistent/log4crc", LOG_LEVEL_INFO), E_IO);
	assert_non_null(strstr(output(), "No such file"));
	log_info("still", "here=%d", 1);
	assert_non_null(strstr(output(), "still here=1\n"));
}

/* A rolling file: our level rules, not the category's, and after log_close events go to stderr again. */
static void log4c_writes_where_it_is_told(void **state)
{
	struct bytes elements = BYTES_INIT, file = BYTES_INIT;
	char path[80];

	(void)state;
	assert_int_equal(bytes_printf(&elements, "<log4c><config><reread>1</reread></config>" LAYOUT
		"<rollingpolicy name=\"p\" type=\"sizewin\" maxsize=\"100000\" maxnum=\"2\"/>"
		"<appender name=\"file\" type=\"rollingfile\" logdir=\"%s\" prefix=\"hub.log\" layout=\"dated_r\" "
		"rollingpolicy=\"p\"/>"
		CATEGORY("file") "</log4c>", folder), 0);
	assert_int_equal(log_open(write_log4crc(elements.p), LOG_LEVEL_NOTICE), 0);
	log_set_trace("t9");
	log_info("hidden", "%s", "");
	log_notice("shown", "k=%s", "100%s\n");
	log_close();
	log_notice("after", "%s", "close");
	snprintf(path, sizeof path, "%s/hub.log.0", folder);
	assert_int_equal(bytes_read_file(&file, path), 0);
	assert_int_equal(lines_in(file.p), 1);
	assert_non_null(strstr(file.p, "NOTICE   vgihub - t9 - shown k=100%s\\n\n"));
	assert_string_equal(only_line(), "t9 - after close\n");
	bytes_done(&elements);
	bytes_done(&file);
}

/* The sample in etc/ is one that log_open takes. */
static void the_sample_is_accepted(void **state)
{
	const char *srcdir = getenv("srcdir");
	char path[1024];

	(void)state;
	snprintf(path, sizeof path, "%s/etc/log4crc", srcdir ? srcdir : ".");
	assert_int_equal(log_open(path, LOG_LEVEL_INFO), 0);
	log_info("sample", "n=%d", 1);
	assert_non_null(strstr(output(), "vgihub - - - sample n=1\n"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, capture, restore)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_has_time_level_trace_principal_event_text),
		TEST(absent_names_are_dashes),
		TEST(the_level_decides),
		TEST(one_event_is_one_line_whatever_it_holds),
		TEST(every_byte_is_harmless),
		TEST(long_texts_and_names_are_cut),
		TEST(errno_is_kept),
		TEST(threads_have_names_of_their_own),
		TEST(configurations_that_lose_events_are_refused),
		TEST(log4c_writes_where_it_is_told),
		TEST(the_sample_is_accepted),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
