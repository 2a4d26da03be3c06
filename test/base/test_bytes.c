/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/bytes.h"
#include "base/error.h"

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/vgi-test-bytes-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

/* Removes what stands in the folder; returns how many entries there were. */
static int empty_folder(void)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.') {
			char path[512];

			snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
			if (unlink(path))
				rmdir(path);
			n++;
		}
	closedir(d);
	return n;
}

static int remove_folder(void **state)
{
	(void)state;
	empty_folder();
	return rmdir(folder);
}

static void content_is_always_terminated(void **state)
{
	struct bytes b = BYTES_INIT;

	(void)state;
	assert_int_equal(bytes_add(&b, NULL, 0), 0);
	assert_string_equal(b.p, "");
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(bytes_add(&b, "x", 1), 0);
		assert_int_equal(b.n, i + 1);
		assert_int_equal(strlen(b.p), i + 1);
	}
	bytes_clear(&b);
	assert_int_equal(b.n, 0);
	assert_string_equal(b.p, "");
	assert_int_equal(bytes_printf(&b, "%05d|%s", 42, "y"), 0);
	assert_string_equal(b.p, "00042|y");
	bytes_done(&b);
	assert_null(b.p);
	bytes_done(&b);
}

static void the_cap_holds_and_keeps_the_content(void **state)
{
	struct bytes b = { .most = 5 };

	(void)state;
	assert_int_equal(bytes_adds(&b, "abc"), 0);
	assert_int_equal(bytes_adds(&b, "def"), E_TOO_LARGE);
	assert_int_equal(bytes_printf(&b, "%d", 123), E_TOO_LARGE);
	assert_int_equal(bytes_add_u32(&b, 1), E_TOO_LARGE);
	assert_int_equal(bytes_add(&b, "", SIZE_MAX), E_TOO_LARGE);
	assert_int_equal(bytes_add_xml(&b, "a&"), E_TOO_LARGE);
	assert_string_equal(b.p, "abc");
	assert_int_equal(bytes_adds(&b, "de"), 0);
	assert_int_equal(bytes_adds(&b, ""), 0);
	assert_int_equal(bytes_adds(&b, "f"), E_TOO_LARGE);
	assert_string_equal(b.p, "abcde");
	assert_int_equal(b.n, 5);
	bytes_done(&b);
}

static void xml_is_escaped(void **state)
{
	struct bytes b = BYTES_INIT;

	(void)state;
	assert_int_equal(bytes_add_xml(&b, "a<b>&\"c'\x01\x1f\t\n\r充电"), 0);
	assert_string_equal(b.p, "a&lt;b&gt;&amp;&quot;c&apos;??\t\n&#13;充电");
	bytes_clear(&b);
	assert_int_equal(bytes_add_xml(&b, "充\xE7\x94<\xC0\xAF\xED\xA0\x80\xF5\xFFz"), 0);      /* torn, not shortest, surrogate, beyond */
	assert_string_equal(b.p, "充??&lt;???????z");
	bytes_clear(&b);
	assert_int_equal(bytes_add_xml(&b, ""), 0);
	assert_string_equal(b.p, "");
	bytes_done(&b);
}

static void numbers_are_little_endian(void **state)
{
	static const unsigned char expected[] = { 0xef, 0xbe, 0xad, 0xde };
	static const uint32_t values[] = { 0, 1, 0x80000000U, 0xffffffffU, 0x01020304U };
	struct bytes b = BYTES_INIT;

	(void)state;
	assert_int_equal(bytes_adds(&b, "x"), 0);       /* makes what follows unaligned */
	assert_int_equal(bytes_add_u32(&b, 0xdeadbeefU), 0);
	assert_memory_equal(b.p + 1, expected, 4);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		assert_int_equal(bytes_add_u32(&b, values[i]), 0);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		assert_int_equal(bytes_get_u32(b.p + 5 + 4 * i), values[i]);
	bytes_done(&b);
}

static void files_come_back_as_written(void **state)
{
	struct bytes b = BYTES_INIT, back = BYTES_INIT;
	const char *path = in_folder("data");

	(void)state;
	for (uint32_t i = 0; i < 50000; i++)
		assert_int_equal(bytes_add_u32(&b, i * 2654435761U), 0);
	assert_int_equal(bytes_write_file(&b, path), 0);
	assert_int_equal(bytes_adds(&back, "old"), 0);
	assert_int_equal(bytes_read_file(&back, path), 0);
	assert_int_equal(back.n, b.n);
	assert_memory_equal(back.p, b.p, b.n);
	bytes_clear(&b);
	assert_int_equal(bytes_write_file(&b, path), 0);
	assert_int_equal(bytes_read_file(&back, path), 0);
	assert_int_equal(back.n, 0);
	assert_int_equal(empty_folder(), 1);    /* no temporary file is left */
	bytes_done(&b);
	bytes_done(&back);
}

static void reading_respects_the_cap(void **state)
{
	struct bytes b = BYTES_INIT, exact = { .most = 6 }, small = { .most = 5 };
	const char *path = in_folder("six");

	(void)state;
	assert_int_equal(bytes_adds(&b, "sixsix"), 0);
	assert_int_equal(bytes_write_file(&b, path), 0);
	assert_int_equal(bytes_read_file(&exact, path), 0);
	assert_string_equal(exact.p, "sixsix");
	assert_int_equal(bytes_read_file(&small, path), E_TOO_LARGE);
	assert_int_equal(small.n, 0);
	assert_int_equal(bytes_read_file(&small, in_folder("absent")), E_IO);
	assert_int_equal(bytes_read_file(&small, folder), E_IO);
	empty_folder();
	bytes_done(&b);
	bytes_done(&exact);
	bytes_done(&small);
}

/* Where others may write: a pipe would never end, a link would lead elsewhere. */
static void of_a_foreign_folder_files_alone_are_read(void **state)
{
	struct bytes b = { .most = 6 };
	char file[128], place[128];

	(void)state;
	snprintf(file, sizeof file, "%s", in_folder("six"));
	assert_int_equal(bytes_adds(&b, "sixsix"), 0);
	assert_int_equal(bytes_write_file(&b, file), 0);
	bytes_clear(&b);
	assert_int_equal(bytes_read_foreign(&b, file), 0);
	assert_string_equal(b.p, "sixsix");
	snprintf(place, sizeof place, "%s", in_folder("link"));
	assert_int_equal(symlink(file, place), 0);
	assert_int_equal(bytes_read_foreign(&b, place), E_RANGE);
	assert_int_equal(b.n, 0);
	snprintf(place, sizeof place, "%s", in_folder("pipe"));
	assert_int_equal(mkfifo(place, 0600), 0);
	assert_int_equal(bytes_read_foreign(&b, place), E_RANGE);
	assert_int_equal(bytes_read_foreign(&b, folder), E_RANGE);
	assert_int_equal(bytes_read_foreign(&b, in_folder("absent")), E_IO);
	assert_int_equal(errno, ENOENT);
	b.most = 5;
	assert_int_equal(bytes_read_foreign(&b, file), E_TOO_LARGE);
	empty_folder();
	bytes_done(&b);
}

static void a_failed_write_leaves_nothing_behind(void **state)
{
	struct bytes b = BYTES_INIT;
	const char *path = in_folder("taken");

	(void)state;
	assert_int_equal(bytes_adds(&b, "new"), 0);
	assert_int_equal(mkdir(path, 0700), 0);                 /* a file cannot be renamed onto a folder */
	assert_int_equal(bytes_write_file(&b, path), E_IO);
	assert_int_equal(empty_folder(), 1);
	assert_int_equal(bytes_write_file(&b, in_folder("absent/x")), E_IO);
	bytes_done(&b);
}

static char shared[128];

enum { WRITERS = 4, ROUNDS = 40, SIZE = 100000 };

static void *write_often(void *letter)
{
	struct bytes b = BYTES_INIT;

	int r = 0;

	for (int i = 0; i < SIZE; i++)
		r |= bytes_add(&b, letter, 1);
	for (int i = 0; i < ROUNDS; i++)
		r |= bytes_write_file(&b, shared);
	bytes_done(&b);
	return r ? NULL : letter;
}

/* A reader between several writers never sees a torn or mixed file. */
static void readers_see_all_or_nothing(void **state)
{
	static char letters[WRITERS] = { 'a', 'b', 'c', 'd' };
	pthread_t thread[WRITERS];
	struct bytes b = BYTES_INIT;
	void *result;

	(void)state;
	snprintf(shared, sizeof shared, "%s", in_folder("shared"));
	assert_non_null(write_often(&letters[0]));
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, write_often, &letters[i]), 0);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(bytes_read_file(&b, shared), 0);
		assert_int_equal(b.n, SIZE);
		for (size_t k = 1; k < b.n; k++)
			assert_true(b.p[k] == b.p[0]);
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(pthread_join(thread[i], &result), 0);
		assert_ptr_equal(result, &letters[i]);
	}
	assert_int_equal(empty_folder(), 1);
	bytes_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content_is_always_terminated),
		cmocka_unit_test(the_cap_holds_and_keeps_the_content),
		cmocka_unit_test(xml_is_escaped),
		cmocka_unit_test(numbers_are_little_endian),
		cmocka_unit_test(files_come_back_as_written),
		cmocka_unit_test(reading_respects_the_cap),
		cmocka_unit_test(of_a_foreign_folder_files_alone_are_read),
		cmocka_unit_test(a_failed_write_leaves_nothing_behind),
		cmocka_unit_test(readers_see_all_or_nothing),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
