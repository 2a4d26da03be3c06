/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Packages as stacks write them, and such as none may send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/bytes.h"
#include "base/error.h"
#include "codec/soap/mtom.h"

#define TYPE "multipart/related; type=\"application/xop+xml\"; boundary=\"b:1\"; start=\"<root>\"; start-info=\"text/xml\""
#define ROOT "--b:1\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"text/xml\"\r\nContent-Transfer-Encoding: binary\r\n" \
	"Content-ID: <root>\r\n\r\n"
#define XOP "xmlns:xop=\"http://www.w3.org/2004/08/xop/include\""
#define END "\r\n--b:1--\r\n"

static struct arena *arena;
static struct mtom_message message;
static const char *why;

static int set_up(void **state) { (void)state; arena = arena_new(0); return 0; }
static int tear_down(void **state) { (void)state; arena_free(arena); return 0; }

static int open_n(const char *type, const char *package, size_t n)
{
	char *exact = test_malloc(n ? n : 1);
	memcpy(exact, package, n);
	memset(&message, 0, sizeof message);
	int rc = mtom_open(arena, type, exact, n, &message, &why);
	test_free(exact);
	assert_true(rc == 0 || *why);
	return rc;
}

static void reads(const char *type, const char *package, const char *content_type, const char *body)
{
	int rc = open_n(type, package, strlen(package));
	if (rc)
		fail_msg("%s: %s\n%s", error_code(rc), why, package);
	assert_string_equal(message.content_type, content_type);
	assert_string_equal(message.body, body);
	assert_int_equal(message.n, strlen(body));
}

static void test_presence(void **state)
{
	(void)state;
	assert_true(mtom_present(TYPE));
	assert_true(mtom_present("Multipart/Related;boundary=x"));
	assert_false(mtom_present("text/xml; charset=utf-8"));
	assert_false(mtom_present("multipart/relatedness"));
	assert_false(mtom_present(NULL));
}

static void test_reads(void **state)
{
	(void)state;
	reads(TYPE, ROOT "<e/>" END, "text/xml", "<e/>");
	reads(TYPE, "\r\n" ROOT "<e/>" "\r\n--b:1--", "text/xml", "<e/>");
	/* SOAP 1.2 with the action in the type; boundary without quotes; no start: the first part */
	reads("multipart/related;boundary=uuid;type=\"application/xop+xml\";start-info=\"application/soap+xml\"",
	      "--uuid\r\ncontent-type: application/xop+xml;type=\"application/soap+xml; action=urn:x\"\r\n\r\n<e/>\r\n--uuid--",
	      "application/soap+xml; action=urn:x", "<e/>");
	/* the root need not be the first */
	reads(TYPE, "--b:1\r\nContent-ID: <x>\r\n\r\nxyz\r\n" ROOT "<e/>" END, "text/xml", "<e/>");
	/* what only looks like a delimiter */
	reads(TYPE, ROOT "<e>\r\n-b:1\r\n--b</e>" END, "text/xml", "<e>\r\n-b:1\r\n--b</e>");
}

static void test_references(void **state)
{
	(void)state;
	reads(TYPE, ROOT "<e><d><xop:Include " XOP " href=\"cid:x@y\"/></d></e>" "\r\n--b:1\r\nContent-ID: <x@y>\r\n\r\nMan" END, "text/xml",
	      "<e><d>TWFu</d></e>");
	reads(TYPE, ROOT "<e><i:Include href='cid:x%40y' xmlns:i='http://www.w3.org/2004/08/xop/include'></i:Include></e>"
	      "\r\n--b:1\r\nContent-ID: <x@y>\r\n\r\nMa" END, "text/xml", "<e>TWE=</e>");
	reads(TYPE, ROOT "<e><xop:Include " XOP " href=\"cid:x\"/></e>" "\r\n--b:1\r\nContent-ID: <x>\r\n\r\n\xff" END, "text/xml", "<e>/w==</e>");
	reads(TYPE, ROOT "<e><xop:Include " XOP " href=\"cid:x\"/></e>" "\r\n--b:1\r\nContent-ID: <x>\r\n\r\n" END, "text/xml", "<e></e>");
	/* none: another namespace, in a comment, in CDATA */
	reads(TYPE, ROOT "<e><xop:Include xmlns:xop=\"urn:x\" href=\"cid:x\"/></e>" END, "text/xml", "<e><xop:Include xmlns:xop=\"urn:x\" href=\"cid:x\"/></e>");
	reads(TYPE, ROOT "<e><!-- <xop:Include " XOP " href=\"cid:x\"/> --></e>" END, "text/xml", "<e><!-- <xop:Include " XOP " href=\"cid:x\"/> --></e>");
	reads(TYPE, ROOT "<e><![CDATA[<xop:Include " XOP " href=\"cid:x\"/>]]></e>" END, "text/xml",
	      "<e><![CDATA[<xop:Include " XOP " href=\"cid:x\"/>]]></e>");
}

static void test_binary(void **state)
{
	static const char package[] = ROOT "<e><xop:Include " XOP " href=\"cid:x\"/></e>\r\n--b:1\r\nContent-ID: <x>\r\n\r\n\0\r\n\0" END;
	(void)state;
	assert_int_equal(open_n(TYPE, package, sizeof package - 1), 0);
	assert_string_equal(message.body, "<e>AA0KAA==</e>");
}

static void test_refused(void **state)
{
	static const struct { const char *type, *package; int error; } bad[] = {
		{ TYPE, "", E_XML_MALFORMED }, { TYPE, "--b:1", E_XML_MALFORMED }, { TYPE, "--b:1--", E_XML_MALFORMED },
		{ TYPE, "hello\r\n" ROOT "<e/>" END, E_XML_MALFORMED }, { TYPE, ROOT "<e/>" END "more", E_XML_MALFORMED },
		{ TYPE, ROOT "<e/>", E_XML_MALFORMED }, { TYPE, "--b:1x\r\n\r\n<e/>" END, E_XML_MALFORMED },
		{ TYPE, "--b:1\r\nContent-ID: <root>\r\n", E_XML_MALFORMED }, { TYPE, "--b:1\r\nnonsense\r\n\r\n<e/>" END, E_XML_MALFORMED },
		{ TYPE, "--b:1\r\nContent-ID: <root>\r\n folded\r\n\r\n<e/>" END, E_XML_MALFORMED },
		{ TYPE, "--b:1\r\nContent-ID: <root>\r\nContent-ID: <root>\r\n\r\n<e/>" END, E_XML_MALFORMED },
		{ TYPE, ROOT "<e/>\r\n" ROOT "<f/>" END, E_XML_MALFORMED },
		{ TYPE, "--b:1\r\nContent-ID: <other>\r\n\r\n<e/>" END, E_XML_MALFORMED },
		{ TYPE, "--b:1\r\nContent-ID: <root>\r\nContent-Transfer-Encoding: base64\r\n\r\nPGUvPg==" END, E_XML_MALFORMED },
		{ TYPE, "--b:1\r\nContent-ID: <root>\r\nContent-Type: text/html\r\n\r\n<e/>" END, E_HTTP_MEDIA_TYPE },
		{ "multipart/related; boundary=b:1; start-info=\"text/html\"", "--b:1\r\nContent-Type: application/xop+xml\r\n\r\n<e/>" END, E_HTTP_MEDIA_TYPE },
		{ "multipart/related; start-info=\"text/xml\"", ROOT "<e/>" END, E_XML_MALFORMED },
		{ "multipart/related; boundary=\"b:1", ROOT "<e/>" END, E_XML_MALFORMED },
		{ "multipart/related; boundary=b:1; boundary=b:2", ROOT "<e/>" END, E_XML_MALFORMED },
		{ TYPE, ROOT "<e><xop:Include " XOP " href=\"cid:no\"/></e>" END, E_XML_MALFORMED },
		{ TYPE, ROOT "<e><xop:Include " XOP " href=\"http://x/\"/></e>" END, E_XML_MALFORMED } };
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (open_n(bad[i].type, bad[i].package, strlen(bad[i].package)) != bad[i].error)
			fail_msg("%zu: %s %s", i, bad[i].type, bad[i].package);
}

static void test_bounds(void **state)
{
	struct bytes b = BYTES_INIT;
	(void)state;
	bytes_adds(&b, ROOT "<e/>");
	for (int i = 1; i < MTOM_PARTS; i++)
		bytes_adds(&b, "\r\n--b:1\r\n\r\nx");
	size_t n = b.n;
	bytes_adds(&b, END);
	assert_int_equal(open_n(TYPE, b.p, b.n), 0);
	b.n = n;
	bytes_adds(&b, "\r\n--b:1\r\n\r\nx" END);
	assert_int_equal(open_n(TYPE, b.p, b.n), E_TOO_MANY);
	bytes_clear(&b);                                /* one part, many references */
	bytes_adds(&b, ROOT "<e>");
	for (int i = 0; i < 20; i++)
		bytes_adds(&b, "<xop:Include " XOP " href=\"cid:x\"/>");
	bytes_adds(&b, "</e>\r\n--b:1\r\nContent-ID: <x>\r\n\r\n");
	for (int i = 0; i < 1000; i++)
		bytes_adds(&b, "0123456789");
	bytes_adds(&b, END);
	assert_int_equal(open_n(TYPE, b.p, b.n), E_TOO_LARGE);
	bytes_clear(&b);                                /* a head without end */
	bytes_adds(&b, "--b:1\r\nX: ");
	for (int i = 0; i < MTOM_HEAD; i++)
		bytes_adds(&b, "x");
	bytes_adds(&b, "\r\n\r\n<e/>" END);
	assert_int_equal(open_n(TYPE, b.p, b.n), E_XML_MALFORMED);
	bytes_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_presence), cmocka_unit_test(test_reads), cmocka_unit_test(test_references),
		cmocka_unit_test(test_binary), cmocka_unit_test(test_refused), cmocka_unit_test(test_bounds) };
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
