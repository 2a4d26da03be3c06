/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <limits.h>
#include <string.h>
#include "base/error.h"

static void known_rows(void **state)
{
	(void)state;
	assert_string_equal(error_code(0), "ok");
	assert_string_equal(error_code(E_UNKNOWN_RESOURCE), "unknown-resource");
	assert_int_equal(error_kind(E_UNKNOWN_RESOURCE), ERROR_KIND_SENDER);
	assert_int_equal(error_kind(E_ROLE), ERROR_KIND_IDENTITY);
	assert_int_equal(error_kind(E_STORE_AWAY), ERROR_KIND_RETRY);
	assert_int_equal(error_kind(E_IO), ERROR_KIND_INTERNAL);
	assert_string_equal(error_text_zh(E_OVERLAP), "该条目与同一资源的另一条目重叠");
	assert_int_equal(error_by_code("gate-closed"), E_GATE_CLOSED);
	assert_int_equal(error_by_code("ok"), 0);
}

static void every_code_is_distinct_and_leads_back(void **state)
{
	(void)state;
	for (int i = 1; i < (int)VGI_ERROR_END; i++) {
		const char *code = error_code(-i);

		assert_int_equal(error_by_code(code), -i);      /* the first row with the code: so no other has it */
		for (const char *p = code; *p; p++)
			assert_true(islower((unsigned char)*p) || *p == '-');
	}
}

static void every_row_has_both_texts(void **state)
{
	char ascii[128];

	(void)state;
	for (int c = 1; c < 128; c++)
		ascii[c - 1] = (char)c;
	ascii[127] = '\0';
	for (int i = 1; i < (int)VGI_ERROR_END; i++) {
		assert_true(strlen(error_text_en(-i)) > 5);
		for (const char *p = error_text_en(-i); *p; p++)
			assert_true((unsigned char)*p < 0x80);
		assert_true(strspn(error_text_zh(-i), ascii) < strlen(error_text_zh(-i)));
	}
}

static void unknown_values_read_as_internal(void **state)
{
	static const int strange[] = { 1, 77, INT_MAX, INT_MIN, -(int)VGI_ERROR_END, -100000 };

	(void)state;
	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		assert_string_equal(error_code(strange[i]), "internal");
		assert_int_equal(error_kind(strange[i]), ERROR_KIND_INTERNAL);
		assert_string_equal(error_text_en(strange[i]), error_text_en(E_INTERNAL));
		assert_string_equal(error_text_zh(strange[i]), error_text_zh(E_INTERNAL));
	}
	assert_int_equal(error_by_code("no-such-code"), E_INTERNAL);
	assert_int_equal(error_by_code(""), E_INTERNAL);
	assert_int_equal(error_by_code(NULL), E_INTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_rows),
		cmocka_unit_test(every_code_is_distinct_and_leads_back),
		cmocka_unit_test(every_row_has_both_texts),
		cmocka_unit_test(unknown_values_read_as_internal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
