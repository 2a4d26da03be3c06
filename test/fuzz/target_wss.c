/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Protected messages: whatever is done to one, what is handed on as signed is what was signed, letter by letter. Keys are made anew in
 * each process, so that an input kept from another one is refused sooner. */
#include <string.h>
#include "base/error.h"
#include "codec/wss_case.h"
#include "fuzz/targets.h"

const char *const wss_words[] = { "<", ">", "/>", "</wsse:Security>", "<wsse:Security>", "wsu:Id=\"body\"", " Id=\"body\"", " xml:id=\"body\"", "URI=\"#body\"",
	"URI=\"\"", "URI=\"#x\"", "http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
	"http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/2000/09/xmldsig#enveloped-signature", "<ds:Transform Algorithm=\"x\"/>",
	"<ds:Reference URI=\"#body\"/>", "<SOAP-ENV:Body>", "</SOAP-ENV:Body>", "<SOAP-ENV:Header>", "</SOAP-ENV:Header>", "<!-- -->", "<![CDATA[x]]>",
	"<?x y?>", "<!DOCTYPE a>", "&#65;", "&lt;", "xmlns=\"\"", "xmlns:x=\"urn:x\"", "AAAA", "=", "==", "2026-01-01T00:00:00Z", " SOAP-ENV:actor=\"urn:o\"",
	"\xE6\xB5\x8B", "\xC0\x80", NULL };

static struct case_key rsa, ec;
static struct arena *arena;

static bool may_sign(void *arg, const char *fingerprint)
{
	(void)arg;
	return !strcmp(fingerprint, rsa.fingerprint) || !strcmp(fingerprint, ec.fingerprint);
}

static struct wss_policy policy = { .most = 1 << 17, .depth = 32, .elements = 1000, .now_us = CASE_NOW_US, .life_us = 300000000,
	.skew_us = 60000000, .may_sign = may_sign, .oaep_sha1 = true };
static char *good[8];                           /* what is handed on of each seed */
static size_t n_good;

static void get_ready(void)
{
	if (arena)
		return;
	arena = arena_new(0);
	case_key_make(&rsa, "2048", -3600, 3600);
	case_key_make(&ec, "P-256", -3600, 3600);
	policy.key = rsa.key;
}

int fuzz_wss(const uint8_t *p, size_t n)
{
	struct wss_result r;
	const char *why = NULL;
	get_ready();
	int rc = wss_open(arena, &policy, (const char *)p, n, &r, &why);
	HOLDS(!rc || (why && *why));
	HOLDS(rc || r.message);
	if (!rc && r.is_signed) {
		size_t i = 0;
		while (i < n_good && (strlen(good[i]) != r.n || memcmp(good[i], r.message, r.n)))
			i++;
		HOLDS(i < n_good);
	}
	arena_reset(arena);
	return !rc;
}

void wss_seeds(struct fuzz_seeds *s)
{
	static const char *const soap[] = { "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope" };
	get_ready();
	n_good = 0;
	for (int i = 0; i < 6; i++) {
		const struct case_key *key = i < 4 ? (i & 1 ? &ec : &rsa) : NULL, *recipient = i > 1 ? &rsa : NULL;
		const char *message = case_closed(key, recipient, !recipient ? WSS_WRAP_NONE : i & 1 ? WSS_WRAP_OAEP_SHA256 : WSS_WRAP_OAEP_SHA1,
						  case_plain(soap[i & 1])), *why;
		struct wss_result r;
		HOLDS(!wss_open(arena, &policy, message, strlen(message), &r, &why));
		if (r.is_signed) {
			good[n_good] = strndup(r.message, r.n);
			HOLDS(good[n_good++]);
		}
		fuzz_seed(s, message, strlen(message));
	}
	arena_reset(arena);
}
