/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Key files: modes, forms, rotation. Sealed values: back in their place only, under any key of the file, in both suites. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/error.h"
#include "lib/skip.h"
#include "security/seal.h"

static char folder[] = "/tmp/vgihub-seal.XXXXXX";
static char path[64], fresh[72];
static struct keyfile_error error;
static struct arena *arena;
static const struct seal_place phone = { "aggregator", "phone", "A1" };

static int begin(void **state)
{
	(void)state;
	unlink(path);
	unlink(fresh);
	arena_reset(arena);
	return keyfile_create(path, &error);
}

static struct vault *opened(enum suite suite)
{
	struct vault *v = NULL;

	if (vault_open(path, suite, &v, &error))
		fail_msg("%s", error.text);
	return v;
}

static struct octets sealed_text(struct vault *v, const struct seal_place *place, const char *text)
{
	struct octets sealed;

	assert_int_equal(seal_value(arena, v, place, text, strlen(text), &sealed), 0);
	return sealed;
}

static void assert_opens(struct vault *v, const struct seal_place *place, struct octets sealed, const char *text)
{
	struct octets value;

	assert_int_equal(seal_open(arena, v, place, sealed, &value), 0);
	assert_int_equal(value.n, strlen(text));
	assert_string_equal(value.p, text);
}

/* -- the file */
static void write_text(const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void a_key_file_is_for_its_owner(void **state)
{
	static const mode_t wrong[] = { 0640, 0604, 0620, 0601, 0644 };
	struct keyfile file;
	struct stat st;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(chmod(path, wrong[i]), 0);
		assert_int_equal(keyfile_read(path, &file, &error), E_CONFIG);
		assert_non_null(strstr(error.text, "for its owner alone"));
	}
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(keyfile_read(path, &file, &error), 0);
	assert_int_equal(keyfile_create(path, &error), E_CONFIG);
	assert_int_equal(keyfile_read(folder, &file, &error), E_CONFIG);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(keyfile_read(path, &file, &error), E_IO);
}

#define Z "0000000000000000000000000000000000000000000000000000000000000000"
#define T " 2026-06-10T00:00:00Z "

static void only_key_files_are_read(void **state)
{
	static const char *const wrong[] = {
		"", "vgihub-keys 2\npseudonym " Z "\nkey 1" T Z "\n", "vgihub-keys 1\nkey 1" T Z "\n",
		"vgihub-keys 1\npseudonym " Z "\n", "vgihub-keys 1\npseudonym " Z "\nkey 0" T Z "\n",
		"vgihub-keys 1\npseudonym " Z "\nkey 2" T Z "\nkey 1" T Z "\n",
		"vgihub-keys 1\npseudonym " Z "\nkey 1" T Z "0\n", "vgihub-keys 1\npseudonym " Z "\nkey 1 yesterday " Z "\n",
		"vgihub-keys 1\npseudonym " Z "\npseudonym " Z "\nkey 1" T Z "\n", "vgihub-keys 1\npseudonym " Z "\nkey 4294967296" T Z "\n",
		"vgihub-keys 1\npseudonym " Z "\nkey 1" T Z "\nmore\n", "vgihub-keys 1\npseudonym 0\nkey 1" T Z "\n",
	};
	struct keyfile file, zero;

	(void)state;
	memset(&zero, 0, sizeof zero);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		write_text(wrong[i], 0600);
		assert_int_equal(keyfile_read(path, &file, &error), E_CONFIG);
		assert_memory_equal(&file, &zero, sizeof file);
		assert_null(strstr(error.text, "00000"));
	}
	write_text("vgihub-keys 1\n# a remark\n\npseudonym " Z "\nkey 7" T Z "\n", 0600);
	assert_int_equal(keyfile_read(path, &file, &error), 0);
	assert_int_equal(file.n, 1);
	assert_int_equal(file.key[0].id, 7);
}

static void keys_come_and_go(void **state)
{
	struct keyfile before, after;
	uint32_t id = 0;
	FILE *f;

	(void)state;
	assert_int_equal(keyfile_read(path, &before, &error), 0);
	assert_int_equal(keyfile_add(path, &id, &error), 0);
	assert_int_equal(id, 2);
	assert_int_equal(keyfile_read(path, &after, &error), 0);
	assert_int_equal(after.n, 2);
	assert_memory_equal(after.pseudonym, before.pseudonym, KEYFILE_SECRET);
	assert_memory_equal(after.key[0].secret, before.key[0].secret, KEYFILE_SECRET);
	assert_memory_not_equal(after.key[1].secret, before.key[0].secret, KEYFILE_SECRET);
	assert_int_equal(keyfile_remove(path, 2, &error), E_CONFIG);
	assert_int_equal(keyfile_remove(path, 9, &error), E_CONFIG);
	f = fopen(fresh, "w");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(keyfile_remove(path, 1, &error), E_CONFIG);
	assert_non_null(strstr(error.text, "another change"));
	assert_int_equal(unlink(fresh), 0);
	assert_int_equal(keyfile_remove(path, 1, &error), 0);
	assert_int_equal(keyfile_add(path, &id, &error), 0);
	assert_int_equal(id, 3);        /* a number is not given twice */
	while (keyfile_add(path, &id, &error) == 0)
		;
	assert_int_equal(id, 2 + KEYFILE_KEYS);
	assert_int_equal(access(fresh, F_OK), -1);
}

/* -- values */
static void there_and_back(struct vault *v)
{
	char text[300] = "";

	for (size_t n = 0; n < sizeof text - 1; n += 7) {
		memset(text, 'x', n);
		text[n] = '\0';
		assert_opens(v, &phone, sealed_text(v, &phone, text), text);
	}
}

/* Every bit of a sealed value counts, and every part of its place. */
static void nothing_else_opens(struct vault *v)
{
	static const struct seal_place elsewhere[] = {
		{ "aggregator", "phone", "A2" }, { "aggregator", "contact", "A1" }, { "pile_operator", "phone", "A1" },
		{ "aggregato", "rphone", "A1" }, { "aggregator", "phoneA", "1" },
	};
	struct octets sealed = sealed_text(v, &phone, "0755-1234"), value;
	unsigned char *bent = arena_alloc(arena, sealed.n);

	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		assert_int_equal(seal_open(arena, v, &elsewhere[i], sealed, &value), E_FORMAT);
	for (size_t bit = 0; bit < 8 * sealed.n; bit++) {
		memcpy(bent, sealed.p, sealed.n);
		bent[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_int_not_equal(seal_open(arena, v, &phone, (struct octets){ bent, sealed.n }, &value), 0);
		assert_null(value.p);
	}
	for (size_t n = 0; n < sealed.n; n++)
		assert_int_not_equal(seal_open(arena, v, &phone, (struct octets){ sealed.p, n }, &value), 0);
	assert_int_equal(seal_open(arena, v, &phone, (struct octets){ NULL, 0 }, &value), E_FORMAT);
	assert_opens(v, &phone, sealed, "0755-1234");
}

static void values_open_in_their_place_only(void **state)
{
	struct vault *v = opened(SUITE_INTERNATIONAL);
	struct octets one = sealed_text(v, &phone, "0755"), two = sealed_text(v, &phone, "0755");

	(void)state;
	there_and_back(v);
	nothing_else_opens(v);
	assert_memory_not_equal(one.p, two.p, one.n);
	vault_close(v);
}

static void the_chinese_suite_too(void **state)
{
	const char *missing;
	struct vault *v, *other;

	(void)state;
	if (!suite_available(SUITE_CHINESE, &missing))
		SKIP_TEST("this OpenSSL has no SM2, SM3 and SM4");
	v = opened(SUITE_CHINESE);
	there_and_back(v);
	nothing_else_opens(v);
	other = opened(SUITE_INTERNATIONAL);    /* whichever is chosen now, what was sealed by the other opens */
	assert_opens(other, &phone, sealed_text(v, &phone, "0755"), "0755");
	assert_opens(v, &phone, sealed_text(other, &phone, "0755"), "0755");
	vault_close(v);
	vault_close(other);
}

static void a_new_key_is_taken_up(void **state)
{
	struct vault *before = opened(SUITE_INTERNATIONAL), *after;
	struct octets old = sealed_text(before, &phone, "0755"), value, now;
	enum suite suite;
	uint32_t id = 0, key = 0;

	(void)state;
	assert_int_equal(keyfile_add(path, &id, &error), 0);
	after = opened(SUITE_INTERNATIONAL);
	now = sealed_text(after, &phone, "0755");
	assert_true(seal_info(now, &key, &suite));
	assert_int_equal(key, 2);
	assert_opens(after, &phone, old, "0755");
	assert_opens(before, &phone, now, "0755");      /* an unknown key is looked for in the file */
	assert_int_equal(vault_key(before), 2);
	assert_int_equal(keyfile_remove(path, 1, &error), 0);
	vault_close(after);
	after = opened(SUITE_INTERNATIONAL);
	assert_int_equal(seal_open(arena, after, &phone, old, &value), E_NOTHING);
	vault_close(after);
	vault_close(before);
}

static void pseudonyms_stay_and_do_not_meet(void **state)
{
	struct vault *v = opened(SUITE_INTERNATIONAL);
	unsigned char one[SUITE_MAC], again[SUITE_MAC], other[SUITE_MAC];
	uint32_t id;

	(void)state;
	assert_int_equal(pseudonym_make(v, "A1", "user-1", one), 0);
	assert_int_equal(keyfile_add(path, &id, &error), 0);
	vault_close(v);
	v = opened(SUITE_INTERNATIONAL);
	assert_int_equal(pseudonym_make(v, "A1", "user-1", again), 0);
	assert_memory_equal(one, again, sizeof one);
	assert_int_equal(pseudonym_make(v, "A2", "user-1", other), 0);
	assert_memory_not_equal(one, other, sizeof one);
	assert_int_equal(pseudonym_make(v, "A1", "user-2", other), 0);
	assert_memory_not_equal(one, other, sizeof one);
	assert_int_equal(pseudonym_make(v, "A1u", "ser-1", other), 0);
	assert_memory_not_equal(one, other, sizeof one);
	vault_close(v);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(keyfile_create(path, &error), 0);
	v = opened(SUITE_INTERNATIONAL);
	assert_int_equal(pseudonym_make(v, "A1", "user-1", other), 0);
	assert_memory_not_equal(one, other, sizeof one);
	vault_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_key_file_is_for_its_owner, begin), cmocka_unit_test_setup(only_key_files_are_read, begin),
		cmocka_unit_test_setup(keys_come_and_go, begin), cmocka_unit_test_setup(values_open_in_their_place_only, begin),
		cmocka_unit_test_setup(the_chinese_suite_too, begin), cmocka_unit_test_setup(a_new_key_is_taken_up, begin),
		cmocka_unit_test_setup(pseudonyms_stay_and_do_not_meet, begin),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof path, "%s/keys", folder);
	snprintf(fresh, sizeof fresh, "%s.new", path);
	arena = arena_new(0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	unlink(path);
	rmdir(folder);
	return failed;
}
