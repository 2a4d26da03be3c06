/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Every message of the samples (VGI_SAMPLES, or doc/integration/samples) is valid, decodes, and what is encoded from it has the
 * same elements with the same texts in the same order: no operation loses or changes anything on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "codec/soap/envelope.h"
#include "codec/soap/guard.h"

static struct guard *guard;
static struct codec *codec;
static char samples[600];

static int set_up(void **state)
{
	char schemas[600], wsdl[600];
	const char *top = getenv("srcdir"), *own = getenv("VGI_SAMPLES"), *why = "";
	(void)state;
	snprintf(schemas, sizeof schemas, "%s/schemas", top ? top : ".");
	snprintf(wsdl, sizeof wsdl, "%s/wsdl", top ? top : ".");
	snprintf(samples, sizeof samples, "%s%s", own ? own : top ? top : ".", own ? "" : "/doc/integration/samples");
	codec = codec_new(NULL);
	int rc = guard_new(schemas, wsdl, &(struct guard_limits){ 20, 100000, 1000000 }, &guard, &why);
	if (rc)
		print_error("%s\n", why);
	return rc || !codec;
}

static int tear_down(void **state)
{
	(void)state;
	guard_free(guard);
	codec_free(codec);
	return 0;
}

/* An element that begins at a tag: its local name and the text up to the next tag, without blanks around it. */
struct leaf { const char *name, *text; int name_n, text_n; };

static bool next_leaf(const char **at, struct leaf *leaf)
{
	const char *p = *at;
	while ((p = strchr(p, '<')) && (p[1] == '/' || p[1] == '?' || p[1] == '!'))
		p++;
	if (!p)
		return false;
	size_t n = strcspn(++p, " \t\r\n/>");
	const char *colon = memchr(p, ':', n);
	leaf->name = colon ? colon + 1 : p;
	leaf->name_n = (int)(p + n - leaf->name);
	p += strcspn(p, ">");
	leaf->text = p + 1 + strspn(p + 1, " \t\r\n");
	const char *end = leaf->text + strcspn(leaf->text, "<");
	for (*at = end; end > leaf->text && strchr(" \t\r\n", end[-1]); )
		end--;
	leaf->text_n = (int)(end - leaf->text);
	return true;
}

static void assert_same(const char *have, const char *want)
{
	struct leaf h, w;
	have = strstr(have, "Body>");
	want = strstr(want, "Body>");
	assert_true(have && want);
	bool more;
	do {
		more = next_leaf(&want, &w);
		assert_int_equal(next_leaf(&have, &h), more);
		if (more && (h.name_n != w.name_n || memcmp(h.name, w.name, (size_t)w.name_n) || h.text_n != w.text_n ||
			     memcmp(h.text, w.text, (size_t)w.text_n)))
			fail_msg("have %.*s \"%.*s\", want %.*s \"%.*s\"", h.name_n, h.name, h.text_n, h.text, w.name_n, w.name,
				 w.text_n, w.text);
	} while (more);
}

static void read_sample(const struct operation *op, const char *rest, struct bytes *b)
{
	char path[800];
	snprintf(path, sizeof path, "%s/%s/%s%s.xml", samples, service_name(op->service), op->name, rest);
	bytes_clear(b);
	if (bytes_read_file(b, path))
		fail_msg("%s cannot be read", path);
	if (guard_check(guard, b->p, b->n, NULL))
		fail_msg("%s is not valid", path);
}

static void request_comes_back(const struct operation *op, struct bytes *in, struct bytes *out)
{
	const struct operation *found;
	void *request;
	read_sample(op, "", in);
	for (int v = SOAP_VERSION_11; v <= SOAP_VERSION_12; v++) {
		assert_int_equal(envelope_open(codec, in->p, in->n, op->service, &found), 0);
		assert_ptr_equal(found, op);
		if (envelope_request(codec, &request))
			fail_msg("%s: %s", op->name, codec_error(codec));
		bytes_clear(out);
		assert_int_equal(envelope_write_request(codec, op, request, (enum soap_version)v, out), 0);
		assert_int_equal(guard_check(guard, out->p, out->n, NULL), 0);
		assert_same(out->p, in->p);
	}
}

static void answer_comes_back(const struct operation *op, struct bytes *in, struct bytes *out)
{
	const struct vgi_fault *fault = NULL;
	void *answer;
	read_sample(op, "Response", in);
	if (envelope_read_answer(codec, op, in->p, in->n, &answer, &fault))
		fail_msg("%sResponse: %s", op->name, codec_error(codec));
	bytes_clear(out);
	assert_int_equal(envelope_write_answer(codec, op, answer, out), 0);
	assert_int_equal(guard_check(guard, out->p, out->n, NULL), 0);
	assert_same(out->p, in->p);
}

static void test_all_come_back(void **state)
{
	struct bytes in = BYTES_INIT, out = BYTES_INIT;
	(void)state;
	for (size_t i = 0; i < OPERATION_N; i++) {
		request_comes_back(&operations[i], &in, &out);
		answer_comes_back(&operations[i], &in, &out);
	}
	bytes_done(&in);
	bytes_done(&out);
}

/* `text` stands before the first end tag named `before` of a good request; then the guard says `checked` and the decoder `read`. */
static void put_in(const char *before, const char *text, int checked, int read)
{
	const struct operation *op = operation_of(OPERATION_agg_TestConnection), *found;
	struct bytes in = BYTES_INIT, b = BYTES_INIT;
	void *request;
	read_sample(op, "", &in);
	const char *at = strstr(in.p, before);
	assert_non_null(at);
	bytes_add(&b, in.p, (size_t)(at - in.p));
	bytes_adds(&b, text);
	bytes_adds(&b, at);
	assert_string_equal(error_code(guard_check(guard, b.p, b.n, NULL)), error_code(checked));
	assert_int_equal(envelope_open(codec, b.p, b.n, SERVICE_AGGREGATOR, &found), 0);
	assert_string_equal(error_code(envelope_request(codec, &request)), error_code(read));
	if (!read) {
		bytes_clear(&b);
		assert_int_equal(envelope_write_request(codec, op, request, SOAP_VERSION_11, &b), 0);
		assert_same(b.p, in.p);
	}
	bytes_done(&in);
	bytes_done(&b);
}

/* What a later minor version may add is passed over, where it may stand; anything else is refused as before. */
static void test_later_versions(void **state)
{
	static const char later[] = "<n:more xmlns:n='urn:vgi:aggregator:1.2' n:kind='x'>1<n:inner><n:deep/>t</n:inner></n:more>";
	char many[21 * sizeof later] = "";
	(void)state;
	put_in("</s:header>", later, 0, 0);
	put_in("</s:TestConnection>", later, 0, 0);
	put_in("</t:sender>", later, E_SCHEMA, E_SCHEMA);
	put_in("<s:echo>", later, E_SCHEMA, 0);
	put_in("</s:TestConnection>", "<s:more/>", E_SCHEMA, E_SCHEMA);
	put_in("</s:TestConnection>", "<more/>", E_SCHEMA, E_SCHEMA);
	put_in("</s:TestConnection>", "<t:more/>", 0, E_SCHEMA);
	for (int i = 0; i < 21; i++)
		strcat(many, later);
	put_in("</s:TestConnection>", many, E_SCHEMA, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_all_come_back), cmocka_unit_test(test_later_versions) };
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
