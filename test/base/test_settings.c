/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/bytes.h"
#include "base/error.h"
#include "base/settings.h"

struct target {
	char *name, *certificate;
	int64_t workers, ratio_ppm, any;
	bool trial;
	int gate, offset, mode;
	struct settings_list hosts;
};

static const struct setting table[] = {
	{ "hub", "name", SETTING_TEXT, offsetof(struct target, name), "hub", 1, 8, 0, NULL, "", "Name of this hub." },
	{ "net", "workers", SETTING_INT, offsetof(struct target, workers), "8", 1, 256, 0, NULL, "threads",
	  "Worker threads." },
	{ "net", "certificate", SETTING_PATH, offsetof(struct target, certificate), "", 0, 0, 0, NULL, "",
	  "Certificate file." },
	{ "hub", "ratio", SETTING_DECIMAL, offsetof(struct target, ratio_ppm), "0.8", 0, 1000000, 6, NULL, "",
	  "Floor of the ratio." },
	{ "hub", "any", SETTING_INT, offsetof(struct target, any), "-5", 0, 0, 0, NULL, "ms", "Any number." },
	{ "hub", "trial", SETTING_BOOL, offsetof(struct target, trial), "no", 0, 0, 0, NULL, "", "Trial mode." },
	{ "hub", "gate", SETTING_TIME, offsetof(struct target, gate), "17:00", 0, 0, 0, NULL, "", "Gate closure." },
	{ "hub", "offset", SETTING_OFFSET, offsetof(struct target, offset), "+08:00", -720, 840, 0, NULL, "",
	  "Local time." },
	{ "hub", "mode", SETTING_CHOICE, offsetof(struct target, mode), "soap", 0, 0, 0, "file|soap|iec104", "",
	  "Main channel." },
	{ "net", "hosts", SETTING_LIST, offsetof(struct target, hosts), "", 0, 3, 0, NULL, "", "Database hosts." },
};
enum { N = sizeof table / sizeof *table };

static int parse(const char *text, struct target *t, struct settings_error *e)
{
	return settings_parse(text, "hub.conf", "/etc/vgihub", table, N, t, e);
}

static void defaults_fill_an_empty_file(void **state)
{
	struct settings_error e;
	struct target t;

	(void)state;
	memset(&t, 0xa5, sizeof t);             /* what stood there before does not matter */
	assert_int_equal(parse("", &t, &e), 0);
	assert_string_equal(e.text, "");
	assert_string_equal(t.name, "hub");
	assert_string_equal(t.certificate, "");
	assert_int_equal(t.workers, 8);
	assert_int_equal(t.ratio_ppm, 800000);
	assert_int_equal(t.any, -5);
	assert_false(t.trial);
	assert_int_equal(t.gate, 1020);
	assert_int_equal(t.offset, 480);
	assert_int_equal(t.mode, 1);
	assert_int_equal(t.hosts.n, 0);
	settings_done(table, N, &t);
	assert_null(t.name);
	settings_done(table, N, &t);
}

static void every_type_is_read(void **state)
{
	static const char text[] =
		"# a file\n"
		"[ hub ]\r\n"
		"  name = a #b\t# the name\r\n"
		"ratio=1\n"
		"any = -9223372036854775807\n"
		"trial = yes\n"
		"\n"
		"[net]\n"
		"workers = 256 # all\n"
		"certificate = tls/hub=1#a.pem\n"
		"hosts = db1:3306 , [::1]:3306,db3\n"
		"[hub]\n"
		"gate = 24:00\n"
		"offset = -03:30\n"
		"mode = iec104";
	struct settings_error e;
	struct target t;

	(void)state;
	assert_int_equal(parse(text, &t, &e), 0);
	assert_string_equal(t.name, "a");
	assert_string_equal(t.certificate, "/etc/vgihub/tls/hub=1#a.pem");
	assert_int_equal(t.workers, 256);
	assert_int_equal(t.ratio_ppm, 1000000);
	assert_int_equal(t.any, -INT64_MAX);
	assert_true(t.trial);
	assert_int_equal(t.gate, 1440);
	assert_int_equal(t.offset, -210);
	assert_int_equal(t.mode, 2);
	assert_int_equal(t.hosts.n, 3);
	assert_string_equal(t.hosts.item[0], "db1:3306");
	assert_string_equal(t.hosts.item[1], "[::1]:3306");
	assert_string_equal(t.hosts.item[2], "db3");
	settings_done(table, N, &t);
}

/* File and line, key, what was expected, what was got. */
static void errors_say_where_what_was_expected_and_what_was_got(void **state)
{
	static const struct { const char *text, *error; } row[] = {
		{ "[net]\nworkers = many\n",
		  "hub.conf:2: [net] workers: expected a whole number from 1 to 256, got \"many\"" },
		{ "[net]\n\nworkers = 0\n",
		  "hub.conf:3: [net] workers: expected a whole number from 1 to 256, got \"0\"" },
		{ "[net]\nworkers = 257",
		  "hub.conf:2: [net] workers: expected a whole number from 1 to 256, got \"257\"" },
		{ "[net]\nworkers = 4.0",
		  "hub.conf:2: [net] workers: expected a whole number from 1 to 256, got \"4.0\"" },
		{ "[net]\nworkers =",
		  "hub.conf:2: [net] workers: expected a whole number from 1 to 256, got \"\"" },
		{ "[net]\nworkers = 99999999999999999999",
		  "hub.conf:2: [net] workers: expected a whole number from 1 to 256, got \"99999999999999999999\"" },
		{ "[hub]\nany = 1e3",
		  "hub.conf:2: [hub] any: expected a whole number, got \"1e3\"" },
		{ "[hub]\nratio = 1.000001",
		  "hub.conf:2: [hub] ratio: expected a number from 0.000000 to 1.000000 "
		  "with at most 6 fraction digits, got \"1.000001\"" },
		{ "[hub]\nratio = 0.1234567",
		  "hub.conf:2: [hub] ratio: expected a number from 0.000000 to 1.000000 "
		  "with at most 6 fraction digits, got \"0.1234567\"" },
		{ "[hub]\nname =",
		  "hub.conf:2: [hub] name: expected text (1 to 8 bytes), got \"\"" },
		{ "[hub]\nname = 123456789",
		  "hub.conf:2: [hub] name: expected text (1 to 8 bytes), got \"123456789\"" },
		{ "[hub]\ntrial = true",
		  "hub.conf:2: [hub] trial: expected yes or no, got \"true\"" },
		{ "[hub]\ngate = 24:01",
		  "hub.conf:2: [hub] gate: expected a time of day such as 17:00, got \"24:01\"" },
		{ "[hub]\noffset = -12:01",
		  "hub.conf:2: [hub] offset: expected an offset from UTC such as +08:00, "
		  "from -12:00 to +14:00, got \"-12:01\"" },
		{ "[hub]\nmode = soa",
		  "hub.conf:2: [hub] mode: expected one of file, soap, iec104, got \"soa\"" },
		{ "[hub]\nmode = file|soap",
		  "hub.conf:2: [hub] mode: expected one of file, soap, iec104, got \"file|soap\"" },
		{ "[net]\nhosts = a,,b",
		  "hub.conf:2: [net] hosts: expected words separated by commas (0 to 3 words), got \"a,,b\"" },
		{ "[net]\nhosts = a b",
		  "hub.conf:2: [net] hosts: expected words separated by commas (0 to 3 words), got \"a b\"" },
		{ "[net]\nhosts = a,b,c,d",
		  "hub.conf:2: [net] hosts: expected words separated by commas (0 to 3 words), got \"a,b,c,d\"" },
		{ "[nets]",
		  "hub.conf:1: [nets]: unknown section, expected one of [hub], [net]" },
		{ "[hub]\nworkers = 3",
		  "hub.conf:2: [hub] workers: unknown key, expected one of "
		  "name, ratio, any, trial, gate, offset, mode" },
		{ "[net]\n= 3",
		  "hub.conf:2: [net] : unknown key, expected one of workers, certificate, hosts" },
		{ "[net]\nworkers = 3\nworkers = 3",
		  "hub.conf:3: [net] workers: repeated, expected once, given first in line 2" },
		{ "workers = 3",
		  "hub.conf:1: workers: expected a [section] line before the first key" },
		{ "[net]\nworkers 3",
		  "hub.conf:2: expected \"key = value\", got \"workers 3\"" },
		{ "[net",
		  "hub.conf:1: expected \"[section]\", got \"[net\"" },
		{ "[net] workers = 3",
		  "hub.conf:1: expected \"[section]\", got \"[net] workers = 3\"" },
		{ "[hub]\nname = a\x1b[31m",
		  "hub.conf:2: expected text, got the control character 0x1b in column 9" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct settings_error e;
		struct target t;

		memset(&t, 0xa5, sizeof t);
		assert_int_equal(parse(row[i].text, &t, &e), E_CONFIG);
		assert_string_equal(e.text, row[i].error);
		assert_null(t.name);
		assert_null(t.hosts.item);
		settings_done(table, N, &t);
	}
}

static void mandatory_keys_must_be_given(void **state)
{
	static const struct setting one[] = { { "db", "user", SETTING_TEXT, 0, NULL, 1, 32, 0, NULL, "",
			"Database user." } };
	struct settings_error e;
	char *user;

	(void)state;
	assert_int_equal(settings_parse("[db]\n", "x.conf", NULL, one, 1, &user, &e), E_CONFIG);
	assert_string_equal(e.text,
			"x.conf: [db] user: expected text (1 to 32 bytes), got nothing: this key must be given");
	assert_int_equal(settings_parse("[db]\nuser = vgi\n", "x.conf", NULL, one, 1, &user, &e), 0);
	assert_string_equal(user, "vgi");
	settings_done(one, 1, &user);
}

static void paths_are_taken_from_the_folder_of_the_file(void **state)
{
	struct bytes b = BYTES_INIT;
	char folder[] = "/tmp/vgi-test-settings-XXXXXX", path[64], expected[80];
	struct settings_error e;
	struct target t;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/a.conf", folder);
	snprintf(expected, sizeof expected, "%s/b.pem", folder);
	assert_int_equal(bytes_adds(&b, "[net]\ncertificate = b.pem\n"), 0);
	assert_int_equal(bytes_write_file(&b, path), 0);
	assert_int_equal(settings_load(path, table, N, &t, &e), 0);
	assert_string_equal(t.certificate, expected);
	settings_done(table, N, &t);
	bytes_clear(&b);
	assert_int_equal(bytes_adds(&b, "[net]\ncertificate = /b.pem\n"), 0);
	assert_int_equal(bytes_write_file(&b, path), 0);
	assert_int_equal(settings_load(path, table, N, &t, &e), 0);
	assert_string_equal(t.certificate, "/b.pem");
	settings_done(table, N, &t);
	unlink(path);
	rmdir(folder);
	bytes_done(&b);
}

static void files_that_cannot_be_read(void **state)
{
	struct bytes b = BYTES_INIT;
	char path[] = "/tmp/vgi-test-settings-XXXXXX", expected[128];
	int fd = mkstemp(path);
	struct settings_error e;
	struct target t;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(bytes_add(&b, "[net]\nworkers = 3\0\n", 19), 0);
	assert_int_equal(bytes_write_file(&b, path), 0);
	assert_int_equal(settings_load(path, table, N, &t, &e), E_CONFIG);
	snprintf(expected, sizeof expected, "%s:2: expected text, got a zero byte", path);
	assert_string_equal(e.text, expected);
	for (int i = 0; i < 150000; i++)
		assert_int_equal(bytes_adds(&b, "# much\n"), 0);
	assert_int_equal(bytes_write_file(&b, path), 0);
	assert_int_equal(settings_load(path, table, N, &t, &e), E_TOO_LARGE);
	unlink(path);
	assert_int_equal(settings_load(path, table, N, &t, &e), E_IO);
	snprintf(expected, sizeof expected,
			"%s: expected a readable file of at most 1 MiB, got No such file or directory", path);
	assert_string_equal(e.text, expected);
	settings_done(table, N, &t);
	bytes_done(&b);
}

/* The longest names and values fit the error, cut. */
static void long_input_is_cut_in_messages(void **state)
{
	char text[6000] = "[hub]\nmode = ", name[600];
	struct settings_error e;
	struct target t;

	(void)state;
	memset(text + 13, 'x', 5000);
	assert_int_equal(parse(text, &t, &e), E_CONFIG);
	assert_non_null(strstr(e.text, "xxx\" ..."));
	assert_true(strlen(e.text) < 200);
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(settings_parse(text, name, NULL, table, N, &t, &e), E_CONFIG);
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
}

static char *sample_text(void)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	settings_sample(table, N, f);
	assert_int_equal(fclose(f), 0);
	return text;
}

/* The sample is valid as it is, and with every key uncommented; both give the defaults. */
static void the_sample_gives_the_defaults(void **state)
{
	char *text = sample_text();
	struct settings_error e;
	struct target t;
	size_t keys = 0;

	(void)state;
	for (int round = 0; round < 2; round++) {
		if (parse(text, &t, &e))
			fail_msg("%s", e.text);
		assert_string_equal(t.name, "hub");
		assert_int_equal(t.workers, 8);
		assert_int_equal(t.ratio_ppm, 800000);
		assert_int_equal(t.gate, 1020);
		assert_int_equal(t.mode, 1);
		settings_done(table, N, &t);
		for (char *p = text; round == 0 && *p; p++)
			if (*p == '#' && p[1] != ' ') {
				*p = ' ';
				keys++;
			}
	}
	assert_int_equal(keys, N);
	free(text);
}

static void the_sample_tells_bounds_unit_and_help(void **state)
{
	char *text = sample_text(), *hub;

	(void)state;
	assert_non_null(strstr(text, "[net]\n\n# Worker threads.\n"
			       "# a whole number from 1 to 256, in threads. Default: 8\n#workers = 8\n"));
	assert_non_null(strstr(text, "# one of file, soap, iec104. Default: soap\n#mode = soap\n"));
	assert_non_null(strstr(text, "# a path. Default: empty\n#certificate = \n"));
	hub = strstr(text, "[hub]");
	assert_non_null(hub);
	assert_null(strstr(hub + 1, "[hub]"));          /* each section once, though the table goes back to it */
	free(text);
}

static void expectations_are_cut_to_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++) {
		char whole[256];

		settings_expected(&table[i], whole, sizeof whole);
		for (size_t size = 1; size < 40; size++) {
			char *part = malloc(size);      /* exactly as large, for the sanitizer */

			settings_expected(&table[i], part, size);
			assert_true(strlen(part) < size);
			assert_memory_equal(part, whole, strlen(part));
			free(part);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_fill_an_empty_file),
		cmocka_unit_test(every_type_is_read),
		cmocka_unit_test(errors_say_where_what_was_expected_and_what_was_got),
		cmocka_unit_test(mandatory_keys_must_be_given),
		cmocka_unit_test(paths_are_taken_from_the_folder_of_the_file),
		cmocka_unit_test(files_that_cannot_be_read),
		cmocka_unit_test(long_input_is_cut_in_messages),
		cmocka_unit_test(the_sample_gives_the_defaults),
		cmocka_unit_test(the_sample_tells_bounds_unit_and_help),
		cmocka_unit_test(expectations_are_cut_to_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
