/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Who is played and how, as it is said on the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/error.h"
#include "sim/cast.h"

static struct cast cast;

static int fresh(void **state)
{
	(void)state;
	memset(&cast, 0, sizeof(cast));
	return 0;
}

static void taken(enum cast_option option, const char *value)
{
	assert_string_equal(error_code(cast_take(&cast, option, value)), "ok");
}

static void refused(enum cast_option option, const char *value, int error)
{
	assert_string_equal(error_code(cast_take(&cast, option, value)), error_code(error));
}

static void nobody_is_changed_unasked(void **state)
{
	(void)state;
	assert_false(cast.changed);
	for (int i = 0; i < CAST_PARTIES; i++)
		for (int minute = -60; minute <= WORLD_MINUTES + 1; minute++)
			assert_true(cast_is_there(&cast, i, minute));
}

static void left_out(void **state)
{
	(void)state;
	taken(CAST_WITHOUT, "A3");
	taken(CAST_WITHOUT, "trading");
	assert_true(cast.changed);
	for (int i = 0; i < CAST_PARTIES; i++)
		assert_int_equal(cast_is_there(&cast, i, 0), i != 2 && i != CAST_TRADING);
	refused(CAST_WITHOUT, "A9", E_UNKNOWN_RESOURCE);
	refused(CAST_WITHOUT, "", E_UNKNOWN_RESOURCE);
	refused(CAST_WITHOUT, "A", E_UNKNOWN_RESOURCE);
	refused(CAST_WITHOUT, "A1=1", E_FORMAT);
}

static void only(void **state)
{
	(void)state;
	taken(CAST_ONLY, "A8");
	taken(CAST_ONLY, "dispatch");
	for (int i = 0; i < CAST_PARTIES; i++)
		assert_int_equal(cast_is_there(&cast, i, 0), i == 7 || i == CAST_DISPATCH);
}

static void so_often(void **state)
{
	(void)state;
	taken(CAST_REFUSE, "A1");
	taken(CAST_REFUSE, "A2=3");
	taken(CAST_LOSE, "dispatch=1");
	taken(CAST_DELAY, "A4=250");
	assert_true(cast.part[0].refuse > 100000);
	assert_int_equal(cast.part[1].refuse, 3);
	assert_int_equal(cast.part[CAST_DISPATCH].lose, 1);
	assert_int_equal(cast.part[3].delay_ms, 250);
	refused(CAST_REFUSE, "A1=0", E_RANGE);
	refused(CAST_REFUSE, "A1=x", E_FORMAT);
	refused(CAST_REFUSE, "A1=", E_FORMAT);
	refused(CAST_DELAY, "A1", E_FORMAT);
	refused(CAST_DELAY, "A1=60001", E_RANGE);
}

static void down_for_a_while(void **state)
{
	(void)state;
	taken(CAST_DOWN, "A1=18:00-18:40");
	taken(CAST_DOWN, "A2=23:50-00:10");
	taken(CAST_DOWN, "A3=11:00-12:00");
	assert_true(cast_is_there(&cast, 0, 359));
	assert_false(cast_is_there(&cast, 0, 360));
	assert_false(cast_is_there(&cast, 0, 399));
	assert_true(cast_is_there(&cast, 0, 400));
	assert_false(cast_is_there(&cast, 1, 720));
	assert_true(cast_is_there(&cast, 2, -60));      /* the morning before is another day */
	assert_false(cast_is_there(&cast, 2, 1380));
	assert_false(cast_is_there(&cast, 2, WORLD_MINUTES));
	refused(CAST_DOWN, "A1=18:00-18:00", E_TIME_ORDER);
	refused(CAST_DOWN, "A1=11:00-13:00", E_TIME_ORDER);
	refused(CAST_DOWN, "A1=24:00-24:10", E_RANGE);
	refused(CAST_DOWN, "A1=18:60-19:00", E_RANGE);
	refused(CAST_DOWN, "A1=18:00", E_FORMAT);
	refused(CAST_DOWN, "A1=18:00-19:00x", E_FORMAT);
	refused(CAST_DOWN, "A1=18:00:00:00:00:00-19:00", E_FORMAT);
	refused(CAST_DOWN, "A1=-1:00-19:00", E_FORMAT);
	refused(CAST_DOWN, "A1= 1:00-19:00", E_FORMAT);
	refused(CAST_DOWN, "A1", E_FORMAT);
}

static void called(void **state)
{
	struct link_address at;

	(void)state;
	taken(CAST_CALLBACK, "A5=[::1]:8446");
	assert_string_equal(cast.part[4].callback.host, "::1");
	assert_int_equal(cast.part[4].callback.port, 8446);
	refused(CAST_CALLBACK, "dispatch=127.0.0.1:1", E_RANGE);
	refused(CAST_CALLBACK, "A5", E_FORMAT);
	refused(CAST_CALLBACK, "A5=127.0.0.1", E_FORMAT);
	assert_int_equal(cast_address("127.0.0.1:65536", &at), E_FORMAT);
	assert_int_equal(cast_address(":80", &at), E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nobody_is_changed_unasked, fresh), cmocka_unit_test_setup(left_out, fresh),
		cmocka_unit_test_setup(only, fresh), cmocka_unit_test_setup(so_often, fresh),
		cmocka_unit_test_setup(down_for_a_while, fresh), cmocka_unit_test_setup(called, fresh) };

	return cmocka_run_group_tests_name("cast", tests, NULL, NULL);
}
