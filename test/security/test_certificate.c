/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Names in certificates: those of the trial PKI, and ones that were forged. The openssl command is the second
 * opinion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/bytes.h"
#include "base/error.h"
#include "security/certificate.h"
#include "security/pki.h"

static X509 *load(const char *file)
{
	FILE *f = fopen(pki_path(file), "r");
	X509 *cert;

	assert_non_null(f);
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	assert_non_null(cert);
	return cert;
}

/* The fingerprint as the openssl command sees it: "sha256 Fingerprint=AB:CD:…" → "abcd…". */
static void second_opinion(const char *file, char hex[CERTIFICATE_FINGERPRINT])
{
	char command[500], line[300], *s;
	size_t n = 0;
	FILE *f;

	snprintf(command, sizeof command, "openssl x509 -in '%s' -noout -fingerprint -sha256", pki_path(file));
	f = popen(command, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof line, f));
	assert_int_equal(pclose(f), 0);
	s = strchr(line, '=');
	assert_non_null(s);
	for (s++; *s && n + 1 < CERTIFICATE_FINGERPRINT; s++)
		if (*s != ':' && *s != '\n')
			hex[n++] = (char)(*s >= 'A' && *s <= 'F' ? *s - 'A' + 'a' : *s);
	hex[n] = 0;
}

static void test_fingerprint(void **state)
{
	static const char *const files[] = { "ca.pem", "hub.pem", "a-1.pem", "foreign/a-1.pem" };
	char mine[CERTIFICATE_FINGERPRINT], file[CERTIFICATE_FINGERPRINT], theirs[CERTIFICATE_FINGERPRINT];

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		X509 *cert = load(files[i]);

		second_opinion(files[i], theirs);
		assert_int_equal(strlen(theirs), 64);
		assert_int_equal(certificate_fingerprint(cert, mine), 0);
		assert_int_equal(certificate_fingerprint_file(pki_path(files[i]), file), 0);
		assert_string_equal(mine, theirs);
		assert_string_equal(file, theirs);
		X509_free(cert);
	}
	assert_int_equal(certificate_fingerprint_file(pki_path("nowhere.pem"), file), E_IO);
	assert_string_equal(file, "");
	assert_int_equal(certificate_fingerprint_file(pki_path("a-1.key"), file), E_FORMAT);
}

static void test_names(void **state)
{
	struct arena *a = arena_new(0);
	char name[CERTIFICATE_NAME], four[4];
	const char **uri;
	size_t n;
	X509 *cert = load("a-1.pem");

	(void)state;
	assert_int_equal(certificate_subject(cert, name, sizeof name), 0);
	assert_string_equal(name, "a-1");
	assert_int_equal(certificate_subject(cert, four, 4), 0);
	assert_int_equal(certificate_subject(cert, four, 3), E_FORMAT);         /* no room for the NUL */
	assert_string_equal(four, "");
	assert_int_equal(certificate_uris(a, cert, &uri, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(uri[0], "urn:vgi:principal:a-1");
	X509_free(cert);
	cert = load("ca.pem");
	assert_int_equal(certificate_uris(a, cert, &uri, &n), 0);
	assert_int_equal(n, 0);
	X509_free(cert);
	arena_free(a);
}

static X509 *named(const char *name, int n, int type)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_NAME_new();

	if (name)
		X509_NAME_add_entry_by_txt(subject, "CN", type, (const unsigned char *)name, n, -1, 0);
	X509_set_subject_name(cert, subject);
	X509_NAME_free(subject);
	return cert;
}

static void add_uri(X509 *cert, const char *s, int n)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	ASN1_STRING_set(text, s, n);
	GENERAL_NAME_set0_value(name, GEN_URI, text);
	names = names ? names : GENERAL_NAMES_new();
	sk_GENERAL_NAME_push(names, name);
	X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_REPLACE);
	GENERAL_NAMES_free(names);
}

static void test_forged(void **state)
{
	static const struct { const char *name; int n, rc;
	} names[] = { { "hub", 3, 0 },
		      { "\xe8\x81\x9a\xe5\x90\x88", 6, 0 },
		      { "hub\0.evil", 9, E_FORMAT },
		      { "a\nb", 3, E_FORMAT },
		      { "a\x7f", 2, E_FORMAT },
		      { NULL, 0, E_FORMAT } };
	struct arena *a = arena_new(0);
	char name[CERTIFICATE_NAME];
	const char **uri;
	size_t n;
	X509 *cert;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		cert = named(names[i].name, names[i].n, V_ASN1_UTF8STRING);
		assert_int_equal(certificate_subject(cert, name, sizeof name), names[i].rc);
		assert_string_equal(name, names[i].rc ? "" : names[i].name);
		X509_free(cert);
	}
	cert = named("\x80\x5a\x54\x08", 4, V_ASN1_BMPSTRING);           /* 聚合 would be 80 5A 54 08 in UTF-16 */
	assert_int_equal(certificate_subject(cert, name, sizeof name), 0);
	assert_string_equal(name, "\xe8\x81\x9a\xe5\x90\x88");
	add_uri(cert, "urn:one", 7);
	add_uri(cert, "urn:two", 7);
	assert_int_equal(certificate_uris(a, cert, &uri, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(uri[0], "urn:one");
	assert_string_equal(uri[1], "urn:two");
	add_uri(cert, "urn:vgi:principal:hub\0x", 23);
	assert_int_equal(certificate_uris(a, cert, &uri, &n), E_FORMAT);
	assert_int_equal(n, 0);
	X509_free(cert);
	arena_free(a);
}

/* The script makes what is missing, changes nothing that is there, and keeps keys to their owner. */
static void test_pki(void **state)
{
	static const char *const keys[] = { "ca.key", "hub.key", "a-1.key", "later.key" };
	struct bytes before = BYTES_INIT, after = BYTES_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(bytes_read_file(&before, pki_path("hub.pem")), 0);
	assert_int_equal(pki_add("hub"), 0);
	assert_int_equal(bytes_read_file(&after, pki_path("hub.pem")), 0);
	assert_int_equal(before.n, after.n);
	assert_memory_equal(before.p, after.p, before.n);
	assert_int_equal(pki_add("later"), 0);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		assert_int_equal(stat(pki_path(keys[i]), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	tls_free(pki_server("later"));
	assert_int_equal(pki_add("../outside"), 64);
	assert_int_equal(pki_add("a b"), 64);
	assert_int_equal(pki_add("ca"), 64);
	assert_int_equal(stat(pki_path("../outside.key"), &st), -1);
	bytes_done(&before);
	bytes_done(&after);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_fingerprint), cmocka_unit_test(test_names),
					    cmocka_unit_test(test_forged), cmocka_unit_test(test_pki) };

	pki_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
