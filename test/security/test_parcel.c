/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Encrypted documents: there and back under both suites, refused with any bit changed, cut anywhere, or sealed to somebody else; and
 * signatures of one known signer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/error.h"
#include "lib/skip.h"
#include "security/parcel.h"
#include "security/pki.h"

enum { MOST = 1 << 20 };
static struct cms_error error;
static int64_t now_ms;

static int openssl(const char *line)
{
	char command[2000];

	snprintf(command, sizeof command, "cd '%s' && openssl %s >/dev/null 2>&1", pki_path("."), line);
	return system(command);
}

static void make_pairs(void)
{
	assert_int_equal(openssl("req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.pem -subj /CN=rsa -days 2"), 0);
	assert_int_equal(openssl("req -x509 -newkey rsa:2048 -nodes -keyout rsa2.key -out rsa2.pem -subj /CN=rsa2 -days 2"), 0);
	assert_int_equal(chmod(pki_path("rsa.key"), 0600) | chmod(pki_path("rsa2.key"), 0600), 0);
	now_ms = clock_machine_ms() + 1000;     /* a certificate of this very second is valid */
	const char *missing;
	if (!suite_available(SUITE_CHINESE, &missing))
		return;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(openssl(i ? "genpkey -algorithm SM2 -out sm22.key" : "genpkey -algorithm SM2 -out sm2.key"), 0);
		assert_int_equal(openssl(i ? "req -x509 -new -sm3 -sigopt distid:1234567812345678 -key sm22.key -out sm22.pem -subj /CN=sm22 -days 2"
			: "req -x509 -new -sm3 -sigopt distid:1234567812345678 -key sm2.key -out sm2.pem -subj /CN=sm2 -days 2"), 0);
		assert_int_equal(chmod(pki_path(i ? "sm22.key" : "sm2.key"), 0600), 0);
	}
}

static struct parcel_key *reader(const char *certificate)
{
	struct parcel_key *k = NULL;

	if (parcel_reader(pki_path(certificate), now_ms, &k, &error))
		fail_msg("%s", error.text);
	return k;
}

static struct parcel_key *opener(const char *certificate, const char *key)
{
	struct parcel_key *k = NULL;

	if (parcel_opener(pki_path(certificate), pki_path(key), now_ms, &k, &error))
		fail_msg("%s", error.text);
	return k;
}

static int opened(const struct parcel_key *own, const void *p, size_t n, size_t most)
{
	struct parcel parcel;
	const char *why = NULL;
	int rc = parcel_open(own, p, n, most, &parcel, &why);

	assert_true(rc ? why != NULL && !parcel.text.p : parcel.text.p != NULL);
	bytes_done(&parcel.text);
	return rc;
}

static void there_and_back(struct parcel_key *to, struct parcel_key *own)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 31, 32, 33, 1000, 65536 };
	static char text[65536];
	struct bytes first = BYTES_INIT;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * 31 >> 3);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct bytes sealed = BYTES_INIT;
		struct parcel parcel;
		const char *why = NULL;

		assert_int_equal(bytes_adds(&sealed, "before"), 0);     /* appended, what was there stays */
		assert_int_equal(parcel_seal(to, "hub", "day.E", text, sizes[i], &sealed), 0);
		assert_memory_equal(sealed.p, "beforeVGI-DOC\n", 14);
		if (sizes[i] >= 16)
			assert_null(memmem(sealed.p, sealed.n, text, 16));
		assert_int_equal(parcel_open(own, sealed.p + 6, sealed.n - 6, MOST, &parcel, &why), 0);
		assert_int_equal(parcel.text.n, sizes[i]);
		assert_memory_equal(parcel.text.p, text, sizes[i]);
		assert_int_equal(parcel.text.p[sizes[i]], 0);
		assert_string_equal(parcel.sender, "hub");
		assert_string_equal(parcel.name, "day.E");
		bytes_done(&parcel.text);
		if (first.n == sealed.n - 6)
			assert_memory_not_equal(first.p, sealed.p + 6, first.n);
		bytes_clear(&first);
		assert_int_equal(bytes_add(&first, sealed.p + 6, sealed.n - 6), 0);
		bytes_done(&sealed);
	}
	bytes_done(&first);
}

static void nothing_else_opens(struct parcel_key *to, struct parcel_key *own, struct parcel_key *other)
{
	struct bytes b = BYTES_INIT;

	assert_int_equal(parcel_seal(to, "hub", "day.E", "what nobody else may read", 25, &b), 0);
	assert_int_equal(opened(own, b.p, b.n, MOST), 0);
	assert_int_equal(opened(other, b.p, b.n, MOST), E_DECRYPTION);
	for (size_t i = 0; i < b.n; i++) {
		b.p[i] ^= (char)(1 << i % 8);
		assert_int_equal(opened(own, b.p, b.n, MOST), E_DECRYPTION);
		b.p[i] ^= (char)(1 << i % 8);
	}
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(opened(own, b.p, n, MOST), E_DECRYPTION);
	assert_int_equal(bytes_adds(&b, "x"), 0);
	assert_int_equal(opened(own, b.p, b.n, MOST), E_DECRYPTION);
	assert_int_equal(opened(own, b.p, b.n - 1, 32), 0);
	assert_int_equal(opened(own, b.p, b.n - 1, 8), E_TOO_LARGE);
	bytes_done(&b);
}

static void names_are_bounded(struct parcel_key *to)
{
	struct bytes b = { .most = 100 };
	char name[PARCEL_NAME + 2];

	memset(name, 'n', sizeof name);
	name[sizeof name - 1] = '\0';
	assert_int_equal(parcel_seal(to, "hub", name, "x", 1, &b), E_RANGE);
	assert_int_equal(parcel_seal(to, name, "day", "x", 1, &b), E_RANGE);
	assert_int_equal(parcel_seal(to, "", "day", "x", 1, &b), E_RANGE);
	assert_int_equal(parcel_seal(to, "hub", "", "x", 1, &b), E_RANGE);
	assert_int_equal(parcel_seal(to, "hub", "day", "x", 1, &b), E_TOO_LARGE);
	assert_int_equal(b.n, 0);
	bytes_done(&b);
}

static void all_of(const char *certificate, const char *key, const char *other_certificate, const char *other_key, enum suite suite)
{
	struct parcel_key *to = reader(certificate), *own = opener(certificate, key), *other = opener(other_certificate, other_key);

	assert_int_equal(parcel_suite(to), suite);
	assert_int_equal(parcel_suite(own), suite);
	there_and_back(to, own);
	nothing_else_opens(to, own, other);
	names_are_bounded(to);
	parcel_key_close(to);
	parcel_key_close(own);
	parcel_key_close(other);
}

static void international(void **state)
{
	(void)state;
	all_of("rsa.pem", "rsa.key", "rsa2.pem", "rsa2.key", SUITE_INTERNATIONAL);
}

static bool no_chinese(void)
{
	const char *missing;

	return !suite_available(SUITE_CHINESE, &missing);
}

static void chinese(void **state)
{
	(void)state;
	if (no_chinese())
		SKIP_TEST("this OpenSSL has no SM2");
	all_of("sm2.pem", "sm2.key", "sm22.pem", "sm22.key", SUITE_CHINESE);
}

/* A parcel of one suite is none of the other: the key decides, not the file. */
static void suites_are_not_mixed(void **state)
{
	struct bytes b = BYTES_INIT;

	(void)state;
	if (no_chinese())
		SKIP_TEST("this OpenSSL has no SM2");
	struct parcel_key *rsa = opener("rsa.pem", "rsa.key"), *sm2 = opener("sm2.pem", "sm2.key");
	assert_int_equal(parcel_seal(sm2, "hub", "day", "text", 4, &b), 0);
	assert_int_equal(opened(rsa, b.p, b.n, MOST), E_DECRYPTION);
	b.p[9] = SUITE_INTERNATIONAL;
	assert_int_equal(opened(rsa, b.p, b.n, MOST), E_DECRYPTION);
	bytes_done(&b);
	parcel_key_close(rsa);
	parcel_key_close(sm2);
}

static void keys_that_do_not_fit_are_refused(void **state)
{
	struct parcel_key *k = NULL;

	(void)state;
	assert_int_equal(parcel_reader(pki_path("hub.pem"), now_ms, &k, &error), E_CONFIG);
	assert_non_null(strstr(error.text, "RSA"));
	assert_int_equal(parcel_reader(pki_path("none.pem"), now_ms, &k, &error), E_CONFIG);
	assert_int_equal(parcel_reader(pki_path("rsa.pem"), now_ms + INT64_C(3) * 86400000, &k, &error), E_CONFIG);
	assert_non_null(strstr(error.text, "not valid now"));
	assert_int_equal(parcel_opener(pki_path("rsa.pem"), pki_path("rsa2.key"), now_ms, &k, &error), E_CONFIG);
	assert_non_null(strstr(error.text, "not the key"));
	assert_int_equal(openssl("req -x509 -newkey rsa:1024 -nodes -keyout short.key -out short.pem -subj /CN=short -days 2"), 0);
	assert_int_equal(parcel_reader(pki_path("short.pem"), now_ms, &k, &error), E_CONFIG);
	assert_int_equal(chmod(pki_path("rsa2.key"), 0640), 0);
	assert_int_equal(parcel_opener(pki_path("rsa2.pem"), pki_path("rsa2.key"), now_ms, &k, &error), E_CONFIG);
	assert_non_null(strstr(error.text, "owner alone"));
	assert_int_equal(chmod(pki_path("rsa2.key"), 0600), 0);
	assert_null(k);
}

static void signed_by(enum suite suite, const char *certificate, const char *key, const char *other)
{
	struct bytes signature = BYTES_INIT;
	struct cms_signer *s = NULL;

	assert_int_equal(cms_signer_open(suite, pki_path(certificate), pki_path(key), &s, &error), 0);
	assert_int_equal(cms_sign(s, "text", 4, &signature), 0);
	assert_int_equal(cms_verify_by(pki_path(certificate), now_ms, "text", 4, signature.p, signature.n, &error), 0);
	assert_int_equal(cms_verify_by(pki_path(other), now_ms, "text", 4, signature.p, signature.n, &error), E_FORMAT);
	assert_int_equal(cms_verify_by(pki_path(certificate), now_ms, "texu", 4, signature.p, signature.n, &error), E_FORMAT);
	assert_int_equal(cms_verify_by(pki_path(certificate), now_ms, "text", 4, signature.p, signature.n - 1, &error), E_FORMAT);
	assert_int_equal(cms_verify_by(pki_path(certificate), now_ms, "text", 4, "", 0, &error), E_FORMAT);
	assert_int_equal(cms_verify_by(pki_path(certificate), now_ms + INT64_C(5000) * 86400000, "text", 4, signature.p, signature.n, &error),
		E_CONFIG);
	bytes_done(&signature);
	cms_signer_close(s);
}

/* a-1 and hub have the same authority: that does not do. */
static void signatures_of_one_known_signer(void **state)
{
	(void)state;
	signed_by(SUITE_INTERNATIONAL, "a-1.pem", "a-1.key", "hub.pem");
	signed_by(SUITE_INTERNATIONAL, "rsa.pem", "rsa.key", "rsa2.pem");
	if (!no_chinese())
		signed_by(SUITE_CHINESE, "sm2.pem", "sm2.key", "sm22.pem");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(international), cmocka_unit_test(chinese), cmocka_unit_test(suites_are_not_mixed),
		cmocka_unit_test(keys_that_do_not_fit_are_refused), cmocka_unit_test(signatures_of_one_known_signer),
	};

	pki_make();
	make_pairs();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
