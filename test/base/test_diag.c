/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include "base/diag.h"
#include "base/error.h"

static void items_keep_error_path_and_detail(void **state)
{
	struct arena *a = arena_new(0);
	struct diag d;
	char detail[16] = "13.2 kW";

	(void)state;
	diag_init(&d, a, 10);
	assert_false(diag_any(&d));
	assert_int_equal(diag_add(&d, E_ABOVE_RATING, detail, "station[%d]/pile[%d]", 3, 17), E_ABOVE_RATING);
	assert_int_equal(diag_add(&d, E_NEGATIVE, NULL, "energy"), E_NEGATIVE);
	snprintf(detail, sizeof detail, "overwritten");         /* the list has copies */
	assert_true(diag_any(&d));
	assert_int_equal(d.n, 2);
	assert_int_equal(d.item[0].error, E_ABOVE_RATING);
	assert_string_equal(d.item[0].path, "station[3]/pile[17]");
	assert_string_equal(d.item[0].detail, "13.2 kW");
	assert_string_equal(d.item[1].path, "energy");
	assert_null(d.item[1].detail);
	arena_free(a);
}

/* For every bound: the first `most` are kept in order, the rest is counted. */
static void the_list_is_bounded(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t most = 1; most <= 70; most++) {
		struct diag d;

		diag_init(&d, a, most);
		for (size_t i = 0; i < 100; i++)
			assert_int_equal(diag_add(&d, E_RANGE, NULL, "item[%zu]", i), E_RANGE);
		assert_int_equal(d.n, most);
		assert_int_equal(d.lost, 100 - most);
		for (size_t i = 0; i < most; i++) {
			char path[32];

			snprintf(path, sizeof path, "item[%zu]", i);
			assert_string_equal(d.item[i].path, path);
		}
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_keep_error_path_and_detail),
		cmocka_unit_test(the_list_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
