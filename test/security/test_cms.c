/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Signatures of documents: made and read by ourselves, read by the openssl command, refused when anything is not as it was; the
 * example of GB/T 32918.5 for SM2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include "base/error.h"
#include "lib/skip.h"
#include "security/pki.h"
#include "security/cms.h"

static const char text[] = "<! Entity=VGI !>\nday 2026-06-10\n";
static struct cms_error error;

/* The openssl command with this line, in the folder of the certificates: its exit status. */
static int openssl(const char *line)
{
	char command[2000];

	snprintf(command, sizeof command, "cd '%s' && openssl %s >/dev/null 2>&1", pki_path("."), line);
	return system(command);
}

static void save(const char *name, const void *p, size_t n)
{
	FILE *f = fopen(pki_path(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static struct cms_signer *signer_of(enum suite suite, const char *certificate, const char *key)
{
	struct cms_signer *s = NULL;

	if (cms_signer_open(suite, pki_path(certificate), pki_path(key), &s, &error))
		fail_msg("%s", error.text);
	return s;
}

static void a_cms_signature_is_read_by_openssl(void **state)
{
	struct cms_signer *s = signer_of(SUITE_INTERNATIONAL, "hub.pem", "hub.key");
	struct bytes signature = BYTES_INIT;

	(void)state;
	assert_string_equal(cms_suffix(s), ".p7s");
	assert_int_equal(cms_sign(s, text, sizeof text - 1, &signature), 0);
	save("day", text, sizeof text - 1);
	save("day.p7s", signature.p, signature.n);
	assert_int_equal(openssl("cms -verify -binary -purpose any -inform DER -in day.p7s -content day -CAfile ca.pem"), 0);
	assert_int_not_equal(openssl("cms -verify -binary -purpose any -inform DER -in day.p7s -content day -CAfile foreign/ca.pem"), 0);
	assert_int_equal(cms_verify(pki_path("ca.pem"), text, sizeof text - 1, signature.p, signature.n, &error), 0);
	bytes_done(&signature);
	cms_signer_close(s);
}

static void anything_else_is_refused(void **state)
{
	struct cms_signer *s = signer_of(SUITE_INTERNATIONAL, "hub.pem", "hub.key");
	struct bytes signature = BYTES_INIT;
	char bent[sizeof text];

	(void)state;
	memcpy(bent, text, sizeof text);
	bent[20] ^= 1;
	assert_int_equal(cms_sign(s, text, sizeof text - 1, &signature), 0);
	assert_int_equal(cms_verify(pki_path("ca.pem"), bent, sizeof bent - 1, signature.p, signature.n, &error), E_FORMAT);
	assert_int_equal(cms_verify(pki_path("ca.pem"), text, sizeof text - 2, signature.p, signature.n, &error), E_FORMAT);
	assert_int_equal(cms_verify(pki_path("foreign/ca.pem"), text, sizeof text - 1, signature.p, signature.n, &error), E_FORMAT);
	assert_int_equal(cms_verify(pki_path("ca.pem"), text, sizeof text - 1, signature.p, signature.n - 1, &error), E_FORMAT);
	assert_int_equal(cms_verify(pki_path("ca.pem"), text, sizeof text - 1, "", 0, &error), E_FORMAT);
	assert_int_equal(cms_verify(pki_path("none.pem"), text, sizeof text - 1, signature.p, signature.n, &error), E_CONFIG);
	signature.p[signature.n - 5] ^= 1;
	assert_int_equal(cms_verify(pki_path("ca.pem"), text, sizeof text - 1, signature.p, signature.n, &error), E_FORMAT);
	bytes_done(&signature);
	cms_signer_close(s);
}

static void sha1_is_refused(void **state)
{
	struct cms_signer *s = NULL;
	struct bytes signature = BYTES_INIT;

	(void)state;
	save("day", text, sizeof text - 1);
	assert_int_equal(openssl("cms -sign -binary -md sha1 -outform DER -in day -out sha1.p7s -signer hub.pem -inkey hub.key"), 0);
	assert_int_equal(bytes_read_file(&signature, pki_path("sha1.p7s")), 0);
	assert_int_equal(cms_verify(pki_path("ca.pem"), text, sizeof text - 1, signature.p, signature.n, &error), E_FORMAT);
	assert_non_null(strstr(error.text, "digest"));
	assert_int_equal(openssl("req -x509 -sha1 -newkey rsa:2048 -nodes -keyout old.key -out old.pem -subj /CN=old -days 2"), 0);
	assert_int_equal(chmod(pki_path("old.key"), 0600), 0);
	assert_int_equal(cms_signer_open(SUITE_INTERNATIONAL, pki_path("old.pem"), pki_path("old.key"), &s, &error), E_CONFIG);
	assert_non_null(strstr(error.text, "SHA-1"));
	bytes_done(&signature);
}

static void keys_that_do_not_fit_are_refused(void **state)
{
	struct cms_signer *s = NULL;

	(void)state;
	assert_int_equal(cms_signer_open(SUITE_INTERNATIONAL, pki_path("hub.pem"), pki_path("a-1.key"), &s, &error), E_CONFIG);
	assert_int_equal(cms_signer_open(SUITE_INTERNATIONAL, pki_path("none.pem"), pki_path("hub.key"), &s, &error), E_CONFIG);
	assert_int_equal(cms_signer_open(SUITE_INTERNATIONAL, pki_path("hub.key"), pki_path("hub.key"), &s, &error), E_CONFIG);
	assert_int_equal(cms_signer_open(SUITE_CHINESE, pki_path("hub.pem"), pki_path("hub.key"), &s, &error), E_CONFIG);
	assert_int_equal(openssl("req -x509 -sha256 -newkey rsa:1024 -nodes -keyout short.key -out short.pem -subj /CN=short -days 2"), 0);
	assert_int_equal(chmod(pki_path("short.key"), 0600), 0);
	assert_int_equal(cms_signer_open(SUITE_INTERNATIONAL, pki_path("short.pem"), pki_path("short.key"), &s, &error), E_CONFIG);
	assert_int_equal(chmod(pki_path("short.key"), 0640), 0);
	assert_int_equal(cms_signer_open(SUITE_INTERNATIONAL, pki_path("short.pem"), pki_path("short.key"), &s, &error), E_CONFIG);
	assert_non_null(strstr(error.text, "owner alone"));
	assert_null(s);
}

/* -- SM2 */
static EVP_PKEY *public_of(const char *hex)
{
	unsigned char point[65];
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	for (size_t i = 0; i < sizeof point; i++) {
		unsigned v;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		point[i] = (unsigned char)v;
	}
	OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "SM2", 0);
	OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point);
	params = OSSL_PARAM_BLD_to_param(build);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static bool no_chinese(void)
{
	const char *missing;

	return !suite_available(SUITE_CHINESE, &missing);
}

static void the_standards_example(void **state)
{
	static const unsigned char signature[] = {
		0x30, 0x46, 0x02, 0x21, 0x00,
		0xF5, 0xA0, 0x3B, 0x06, 0x48, 0xD2, 0xC4, 0x63, 0x0E, 0xEA, 0xC5, 0x13, 0xE1, 0xBB, 0x81, 0xA1,
		0x59, 0x44, 0xDA, 0x38, 0x27, 0xD5, 0xB7, 0x41, 0x43, 0xAC, 0x7E, 0xAC, 0xEE, 0xE7, 0x20, 0xB3,
		0x02, 0x21, 0x00,
		0xB1, 0xB6, 0xAA, 0x29, 0xDF, 0x21, 0x2F, 0xD8, 0x76, 0x31, 0x82, 0xBC, 0x0D, 0x42, 0x1C, 0xA1,
		0xBB, 0x90, 0x38, 0xFD, 0x1F, 0x7F, 0x42, 0xD4, 0x84, 0x0B, 0x69, 0xC4, 0x85, 0xBB, 0xC1, 0xAA
	};
	EVP_PKEY *key;

	(void)state;
	if (no_chinese())
		SKIP_TEST("this OpenSSL has no SM2");
	key = public_of("0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
			"CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13");
	assert_int_equal(cms_verify_sm2(key, "message digest", 14, signature, sizeof signature), 0);
	assert_int_equal(cms_verify_sm2(key, "message digesu", 14, signature, sizeof signature), E_FORMAT);
	EVP_PKEY_free(key);
}

static void sm2_signatures_there_and_back(void **state)
{
	struct bytes signature = BYTES_INIT;
	struct cms_signer *s;
	EVP_PKEY *key;
	X509 *cert;
	FILE *f;

	(void)state;
	if (no_chinese())
		SKIP_TEST("this OpenSSL has no SM2");
	assert_int_equal(openssl("genpkey -algorithm SM2 -out sm2.key"), 0);
	assert_int_equal(openssl("req -x509 -new -sm3 -sigopt distid:1234567812345678 -key sm2.key -out sm2.pem -subj /CN=hub -days 2"), 0);
	assert_int_equal(chmod(pki_path("sm2.key"), 0600), 0);
	s = signer_of(SUITE_CHINESE, "sm2.pem", "sm2.key");
	assert_string_equal(cms_suffix(s), ".sig");
	assert_int_equal(cms_sign(s, text, sizeof text - 1, &signature), 0);
	f = fopen(pki_path("sm2.pem"), "r");
	assert_non_null(f);
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	key = X509_get_pubkey(cert);
	assert_int_equal(cms_verify_sm2(key, text, sizeof text - 1, signature.p, signature.n), 0);
	assert_int_equal(cms_verify_sm2(key, text, sizeof text - 2, signature.p, signature.n), E_FORMAT);
	save("day", text, sizeof text - 1);
	save("day.sig", signature.p, signature.n);
	assert_int_equal(openssl("x509 -in sm2.pem -noout -pubkey -out sm2.pub"), 0);
	assert_int_equal(openssl("dgst -sm3 -verify sm2.pub -sigopt distid:1234567812345678 -signature day.sig day"), 0);
	EVP_PKEY_free(key);
	X509_free(cert);
	bytes_done(&signature);
	cms_signer_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cms_signature_is_read_by_openssl), cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(sha1_is_refused), cmocka_unit_test(keys_that_do_not_fit_are_refused),
		cmocka_unit_test(the_standards_example), cmocka_unit_test(sm2_signatures_there_and_back),
	};

	pki_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
