/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A message refused in the middle, where the schema asks for unique values, leaves nothing behind: what libxml2 takes and gives
 * back is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlmemory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "codec/soap/envelope.h"
#include "codec/soap/guard.h"

enum { DEPTH = 20, ELEMENTS = 300, TEXT = 1000 };

static struct guard *guard;
static struct arena *arena;
static struct bytes message;            /* a good one */
static long blocks;                     /* of libxml2, now */

static void *take(size_t n)
{
	void *p = malloc(n);
	blocks += p != NULL;
	return p;
}

static void *take_more(void *p, size_t n)
{
	void *q = realloc(p, n);
	blocks += !p && q;
	return q;
}

static void give(void *p)
{
	blocks -= p != NULL;
	free(p);
}

static char *take_copy(const char *s)
{
	char *p = strdup(s);
	blocks += p != NULL;
	return p;
}

static void write_message(void)
{
	struct header header = { .message_id = "m-1", .sender = "D", .created_at = { 1781060400000 }, .revision = { 1 },
		.business_date = { DATE_NONE } };
	struct target_point p[2];
	struct grid g = { .start = { 1781060400000 }, .step_min = { 15 }, .count = { 1 } };
	struct dsp_submit_dispatch_task t = { .header = &header, .task_id = "T", .grid = &g, .n_point = 2, .point = p };
	struct codec *codec = codec_new(NULL);
	assert_non_null(codec);
	for (int i = 0; i < 2; i++)
		p[i] = (struct target_point){ .no = { i + 1 }, .end = { 1781060460000 }, .window = WINDOW_SHAVE, .target_w = { 1000000 },
			.weight = { 50000 }, .price_e5 = { 350000 } };
	assert_int_equal(envelope_write_request(codec, operation_of(OPERATION_dsp_SubmitDispatchTask), &t, SOAP_VERSION_11, &message), 0);
	codec_free(codec);
}

static int set_up(void **state)
{
	char schemas[600], wsdl[600];
	const char *top = getenv("srcdir"), *why = "";
	(void)state;
	if (xmlMemSetup(give, take, take_more, take_copy))
		return -1;
	snprintf(schemas, sizeof schemas, "%s/schemas", top ? top : ".");
	snprintf(wsdl, sizeof wsdl, "%s/wsdl", top ? top : ".");
	arena = arena_new(0);
	write_message();
	int rc = guard_new(schemas, wsdl, &(struct guard_limits){ DEPTH, ELEMENTS, TEXT }, &guard, &why);
	if (rc)
		print_error("%s\n", why);
	return rc;
}

static int tear_down(void **state)
{
	(void)state;
	guard_free(guard);
	bytes_done(&message);
	arena_free(arena);
	return 0;
}

static bool nobody_may(void *arg, const char *name) { (void)arg; (void)name; return false; }

/* Twice, because the first may leave what is kept for the next. */
static void leaves_nothing(const struct guard_caller *caller, const struct bytes *b, int error)
{
	long before = 0;
	for (int i = 0; i < 2; i++) {
		struct diag diag;
		diag_init(&diag, arena, 10);
		before = blocks;
		assert_string_equal(error_code(guard_check_for(guard, caller, b->p, b->n, &diag)), error_code(error));
		xmlResetLastError();
	}
	if (blocks != before)
		print_error("%s: %ld blocks left of ...%s\n", error_code(error), blocks - before, b->p + (b->n > 60 ? b->n - 60 : 0));
	assert_int_equal(blocks, before);
}

/* The good message up to the end of what is named, and then so many times something else. */
static void broken(const char *upto, const char *piece, int times, int error)
{
	struct bytes b = BYTES_INIT;
	const char *at = strstr(message.p, upto);
	assert_non_null(at);
	bytes_add(&b, message.p, (size_t)(at - message.p) + strlen(upto));
	for (int i = 0; i < times; i++)
		bytes_adds(&b, piece);
	leaves_nothing(&(struct guard_caller){ .may = NULL }, &b, error);
	bytes_done(&b);
}

/* Before the first point, in the value that shall be unique, behind it, between two points. */
static const char *const places[] = { "<dsp:SubmitDispatchTask>", "<vgi:no>1", "</vgi:no>", "</dsp:point>", "<vgi:no>2" };
static void everywhere(const char *piece, int times, int error)
{
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		broken(places[i], piece, times, error);
}

static void test_good(void **state)
{
	(void)state;
	leaves_nothing(&(struct guard_caller){ .may = NULL }, &message, 0);
}

static void test_malformed(void **state)
{
	(void)state;
	everywhere("", 0, E_XML_MALFORMED);
	everywhere("</x>", 1, E_XML_MALFORMED);
	everywhere("<x>&y;</x>", 1, E_XML_MALFORMED);
}

static void test_limits(void **state)
{
	(void)state;
	everywhere("<x>", DEPTH, E_TOO_DEEP);
	everywhere("<x/>", ELEMENTS, E_TOO_MANY);
	everywhere("x", TEXT + 1, E_TOO_LARGE);
}

static void test_not_for_the_caller(void **state)
{
	(void)state;
	leaves_nothing(&(struct guard_caller){ .may = nobody_may }, &message, E_ROLE);
	leaves_nothing(&(struct guard_caller){ .limits = { .depth = 4 } }, &message, E_TOO_DEEP);
	leaves_nothing(&(struct guard_caller){ .limits = { .elements = 14 } }, &message, E_TOO_MANY);
}

/* One that is read to its end, but not as the schema has it. */
static void test_not_unique(void **state)
{
	struct bytes b = BYTES_INIT;
	(void)state;
	bytes_add(&b, message.p, message.n);
	char *second = strstr(b.p, "<vgi:no>2");
	assert_non_null(second);
	second[strlen("<vgi:no>")] = '1';
	leaves_nothing(&(struct guard_caller){ .may = NULL }, &b, E_SCHEMA);
	bytes_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good), cmocka_unit_test(test_malformed), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_not_for_the_caller), cmocka_unit_test(test_not_unique),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
