/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/error.h"
#include "codec/soap/envelope.h"
#include "codec/soap/mtom.h"
#include "fuzz/targets.h"

const char *const mtom_words[] = { "\r\n", "\r\n--b", "--", "\r\n--b--", "Content-ID: <a>\r\n", "Content-Type: application/xop+xml; type=\"text/xml\"\r\n",
	"Content-Transfer-Encoding: binary\r\n", "Content-Transfer-Encoding: base64\r\n", "; boundary=b", "; start=\"<a>\"", "\"", ";", "=", "<",
	"<x:Include xmlns:x=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:a\"/>", "</x:Include>", "cid:", "%61", "<!--", "-->", "<![CDATA[", "]]>", "\x80", NULL };

int fuzz_mtom(const uint8_t *p, size_t n)
{
	const char *line = n ? memchr(p, '\n', n) : NULL, *why = NULL;
	struct mtom_message m = { 0 };
	struct arena *a = arena_new(0);
	if (!line || memchr(p, '\0', (size_t)(line - (const char *)p))) {
		arena_free(a);
		return 0;
	}
	const char *type = arena_strndup(a, (const char *)p, (size_t)(line - (const char *)p)), *package = line + 1;
	size_t length = n - (size_t)(package - (const char *)p);
	int rc = mtom_open(a, type, package, length, &m, &why);
	HOLDS(!rc == !*why || rc);
	HOLDS(rc == 0 || rc == E_HTTP_MEDIA_TYPE || rc == E_XML_MALFORMED || rc == E_TOO_MANY || rc == E_TOO_LARGE);
	HOLDS(rc || (m.n <= 2 * length + 1024 && m.body[m.n] == '\0' && soap_version_of(m.content_type)));
	arena_free(a);
	return !rc;
}

void mtom_seeds(struct fuzz_seeds *s)
{
	static const char *const package[] = {
		"multipart/related; type=\"application/xop+xml\"; boundary=b; start=\"<a>\"; start-info=\"text/xml\"\n"
		"--b\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"text/xml\"\r\nContent-ID: <a>\r\n\r\n<e><f>1</f></e>\r\n--b--\r\n",
		"multipart/related; boundary=\"b\"; type=\"application/xop+xml\"; start-info=\"application/soap+xml\"\n"
		"--b\r\nContent-Type: application/xop+xml; type=\"application/soap+xml\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
		"<e><f><xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:c%40d\"/></f></e>\r\n"
		"--b\r\nContent-ID: <c@d>\r\n\r\n\x01\x02\x03\xff\r\n--b\r\n\r\n\r\n--b--" };
	for (size_t i = 0; i < sizeof package / sizeof *package; i++)
		fuzz_seed(s, package[i], strlen(package[i]));
}
