/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>
#include "base/arena.h"
#include "base/rng.h"

static bool all_zero(const unsigned char *p, size_t n)
{
	while (n-- > 0)
		if (*p++)
			return false;
	return true;
}

/* Random sizes up to several blocks: aligned, zeroed, disjoint (each keeps its own filling). */
static void pieces_are_zeroed_aligned_and_disjoint(void **state)
{
	enum { N = 400 };
	static unsigned char *piece[N];
	static size_t size[N];
	struct arena *a = arena_new(512);
	struct rng r;
	size_t sum = 0;

	(void)state;
	rng_seed(&r, 1);
	for (size_t i = 0; i < N; i++) {
		size[i] = (size_t)rng_below(&r, i % 10 ? 100 : 3000);
		piece[i] = arena_alloc(a, size[i]);
		assert_non_null(piece[i]);
		assert_int_equal((uintptr_t)piece[i] % _Alignof(max_align_t), 0);
		assert_true(all_zero(piece[i], size[i]));
		memset(piece[i], (int)(i % 255) + 1, size[i]);
		sum += size[i];
		assert_int_equal(arena_used(a), sum);
	}
	for (size_t i = 0; i < N; i++)
		for (size_t k = 0; k < size[i]; k++)
			assert_int_equal(piece[i][k], i % 255 + 1);
	arena_free(a);
}

static void memory_is_zero_again_after_reset(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	for (int round = 0; round < 3; round++) {
		unsigned char *small = arena_alloc(a, 1000), *large = arena_alloc(a, 100000);

		assert_true(all_zero(small, 1000));
		assert_true(all_zero(large, 100000));
		memset(small, 0xff, 1000);
		memset(large, 0xff, 100000);
		assert_int_equal(arena_used(a), 101000);
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(a);
}

static void reset_of_many_blocks_keeps_the_arena_usable(void **state)
{
	struct arena *a = arena_new(64);
	void *first = arena_alloc(a, 60);

	(void)state;
	for (int i = 0; i < 50; i++)
		arena_alloc(a, 60);
	arena_reset(a);
	assert_ptr_equal(arena_alloc(a, 60), first);
	assert_string_equal(arena_strdup(a, "again"), "again");
	arena_free(a);
	arena_free(NULL);
}

static void strings(void **state)
{
	struct arena *a = arena_new(32);
	const char unended[3] = { 'a', 'b', 'c' };

	(void)state;
	assert_null(arena_strdup(a, NULL));
	assert_null(arena_strndup(a, NULL, 3));
	assert_string_equal(arena_strdup(a, ""), "");
	assert_string_equal(arena_strndup(a, unended, 3), "abc");
	assert_string_equal(arena_strndup(a, "abcdef", 2), "ab");
	assert_string_equal(arena_strndup(a, "ab", 9), "ab");
	assert_string_equal(arena_printf(a, "station[%d]/%s", 3, "a text that is longer than one block of this arena"),
			    "station[3]/a text that is longer than one block of this arena");
	assert_string_equal(arena_printf(a, "%s", ""), "");
	arena_free(a);
}

static void arrays(void **state)
{
	struct arena *a = arena_new(0);
	int64_t *v = ARENA_ARRAY(a, 1000, int64_t);

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(v[i], 0);
	assert_int_equal(arena_used(a), 8000);
	assert_non_null(ARENA_ARRAY(a, 0, int64_t));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_disjoint),
		cmocka_unit_test(memory_is_zero_again_after_reset),
		cmocka_unit_test(reset_of_many_blocks_keeps_the_arena_usable),
		cmocka_unit_test(strings),
		cmocka_unit_test(arrays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
