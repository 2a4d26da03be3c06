/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Signed messages kept in memory: known ones are told, forgotten ones make room, and what may be missing is admitted. Times are given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/error.h"
#include "endpoint/seen.h"

#define SECOND INT64_C(1000000)
enum { LATE = 61 };             /* seconds after which what is over is forgotten for sure */

static bool sure;

static int note(struct seen *s, int who, unsigned char what, unsigned char more, int64_t until_s, int64_t now_s)
{
	unsigned char digest[SEEN_DIGEST] = { what, 7 };

	digest[SEEN_DIGEST - 1] = more;
	return seen_note(s, who, digest, until_s * SECOND, now_s * SECOND, &sure);
}

static void known_ones_are_told(void **state)
{
	struct seen *s = seen_new(100, 0);

	(void)state;
	assert_int_equal(note(s, 1, 1, 1, 300, 10), 0);
	assert_true(sure);
	assert_int_equal(note(s, 1, 1, 1, 300, 300), E_SIGNATURE_REPLAY);
	assert_int_equal(note(s, 2, 1, 1, 300, 11), 0);         /* somebody else's */
	assert_int_equal(note(s, 1, 1, 2, 300, 11), 0);         /* the same bucket */
	assert_int_equal(note(s, 1, 2, 1, 300, 11), 0);
	assert_int_equal(note(s, 1, 1, 2, 300, 12), E_SIGNATURE_REPLAY);
	assert_int_equal(note(s, 2, 1, 1, 300, 12), E_SIGNATURE_REPLAY);
	assert_int_equal(note(s, 1, 1, 1, 900, 300 + LATE), 0); /* its time stamp refuses it by then */
	assert_int_equal(note(s, 1, 1, 1, 900, 301 + LATE), E_SIGNATURE_REPLAY);
	seen_free(s);
}

static void blind_at_first(void **state)
{
	struct seen *s = seen_new(100, 420 * SECOND);

	(void)state;
	assert_int_equal(note(s, 1, 1, 1, 700, 420), 0);
	assert_false(sure);
	assert_int_equal(note(s, 1, 1, 1, 700, 421), E_SIGNATURE_REPLAY);
	assert_int_equal(note(s, 1, 2, 1, 700, 421), 0);
	assert_true(sure);
	seen_free(s);
}

static void blind_when_full(void **state)
{
	struct seen *s = seen_new(200, 0);

	(void)state;
	for (int i = 0; i < 200; i++)
		assert_int_equal(note(s, 1, (unsigned char)i, 1, 100 + i, 10), 0);
	assert_int_equal(note(s, 1, 3, 9, 500, 11), 0);         /* no place */
	assert_int_equal(note(s, 1, 3, 9, 500, 12), 0);         /* so it is not known … */
	assert_false(sure);                                     /* … and that is admitted, */
	assert_int_equal(note(s, 1, 3, 1, 500, 12), E_SIGNATURE_REPLAY);
	assert_int_equal(note(s, 1, 3, 9, 600, 500), 0);        /* until it cannot come any more */
	assert_false(sure);
	assert_int_equal(note(s, 1, 4, 9, 700, 601), 0);        /* all others are over: there is room again */
	assert_true(sure);
	assert_int_equal(note(s, 1, 4, 9, 700, 602), E_SIGNATURE_REPLAY);
	for (int i = 0; i < 150; i++)
		assert_int_equal(note(s, 2, (unsigned char)i, 1, 1100, 603), 0);
	assert_true(sure);
	assert_int_equal(note(s, 2, 149, 1, 1100, 604), E_SIGNATURE_REPLAY);
	seen_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_ones_are_told), cmocka_unit_test(blind_at_first), cmocka_unit_test(blind_when_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
