/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Revocation lists and OCSP responses: what counts, what does not, and what a file must be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "security/pki.h"
#include "security/revocation.h"

static X509 *ca, *a1, *a2, *foreign_ca, *foreign_a1;

static X509 *load(const char *file)
{
	FILE *f = fopen(pki_path(file), "r");
	X509 *cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	assert_non_null(cert);
	fclose(f);
	return cert;
}

static void load_certificates(void)
{
	ca = load("ca.pem");
	a1 = load("a-1.pem");
	a2 = load("a-2.pem");
	foreign_ca = load("foreign/ca.pem");
	foreign_a1 = load("foreign/a-1.pem");
}

static struct revocations *must_load(const char *name)
{
	struct revocation_error error;
	struct revocations *set;

	if (revocations_load(pki_path(name), &set, &error))
		fail_msg("%s", error.text);
	return set;
}

static enum revocation ask_at(const char *name, X509 *cert, X509 *issuer, int64_t later_s)
{
	struct revocations *set = must_load(name);
	enum revocation r = revocations_check(set, cert, issuer, clock_machine_ms() / 1000 + later_s);

	assert_int_equal(revocations_check(set, cert, issuer, clock_machine_ms() / 1000 + later_s), r);  /* remembered */
	revocations_free(set);
	return r;
}

static enum revocation ask(const char *name, X509 *cert) { return ask_at(name, cert, ca, 0); }

static void test_list(void **state)
{
	static const char *const files[] = { "list.pem", "list.der" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		pki_crl(files[i], "ca", "a-1.pem", -60, 3600);
		assert_int_equal(ask(files[i], a1), REVOCATION_REVOKED);
		assert_int_equal(ask(files[i], a2), REVOCATION_GOOD);
		assert_int_equal(ask_at(files[i], a2, ca, 3700), REVOCATION_STALE);
		assert_int_equal(ask_at(files[i], a1, ca, 3700), REVOCATION_REVOKED);   /* what is withdrawn stays withdrawn */
		assert_int_equal(ask_at(files[i], a2, ca, -3600), REVOCATION_STALE);
		assert_int_equal(ask_at(files[i], foreign_a1, foreign_ca, 0), REVOCATION_MISSING);
	}
}

/* The other authority has the same name: only its key tells them apart. */
static void test_foreign_list(void **state)
{
	(void)state;
	assert_int_equal(X509_NAME_cmp(X509_get_subject_name(ca), X509_get_subject_name(foreign_ca)), 0);
	pki_crl("list.pem", "foreign/ca", "a-1.pem", -60, 3600);
	assert_int_equal(ask("list.pem", a1), REVOCATION_MISSING);
	assert_int_equal(ask("list.pem", a2), REVOCATION_MISSING);
}

static void test_response(void **state)
{
	const struct { int status, from_s, until_s; enum revocation says; } rows[] = {
		{ V_OCSP_CERTSTATUS_GOOD, -60, 3600, REVOCATION_GOOD },
		{ V_OCSP_CERTSTATUS_REVOKED, -60, 3600, REVOCATION_REVOKED },
		{ V_OCSP_CERTSTATUS_UNKNOWN, -60, 3600, REVOCATION_MISSING },
		{ V_OCSP_CERTSTATUS_GOOD, -7200, -3600, REVOCATION_STALE },
		{ V_OCSP_CERTSTATUS_GOOD, 3600, 7200, REVOCATION_STALE },
		{ V_OCSP_CERTSTATUS_REVOKED, -7200, -3600, REVOCATION_REVOKED },
	};
	struct pki_ocsp o = { .issuer = "ca", .certificate = "a-1.pem", .signer = "ca", .digest = EVP_sha256() };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		o.status = rows[i].status;
		o.from_s = rows[i].from_s;
		o.until_s = rows[i].until_s;
		pki_ocsp("response.der", &o);
		assert_int_equal(ask("response.der", a1), rows[i].says);
		assert_int_equal(ask("response.der", a2), REVOCATION_MISSING);
		assert_int_equal(ask_at("response.der", foreign_a1, foreign_ca, 0), REVOCATION_MISSING);
	}
}

/* Who may sign: the issuer, whom it has certified for that and is in force; nobody else, and not with SHA-1. */
static void test_signers(void **state)
{
	const struct { const char *signer; const EVP_MD *digest; enum revocation says; } rows[] = {
		{ "ca", EVP_sha256(), REVOCATION_REVOKED },    { "ca", EVP_sha1(), REVOCATION_MISSING },
		{ "ca", EVP_sha512(), REVOCATION_REVOKED },    { "responder", EVP_sha256(), REVOCATION_REVOKED },
		{ "bystander", EVP_sha256(), REVOCATION_MISSING }, { "a-2", EVP_sha256(), REVOCATION_MISSING },
		{ "foreign/ca", EVP_sha256(), REVOCATION_MISSING }, { "foreign/responder", EVP_sha256(), REVOCATION_MISSING },
		{ "late", EVP_sha256(), REVOCATION_STALE },
	};
	struct pki_ocsp o = { .issuer = "ca", .certificate = "a-1.pem", .status = V_OCSP_CERTSTATUS_REVOKED, .from_s = -60,
			      .until_s = 3600 };

	(void)state;
	pki_responder("responder", "ca", true, 10);
	pki_responder("bystander", "ca", false, 10);
	pki_responder("late", "ca", true, -1);
	pki_responder("foreign/responder", "foreign/ca", true, 10);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		o.signer = rows[i].signer;
		o.digest = rows[i].digest;
		pki_ocsp("response.der", &o);
		if (ask("response.der", a1) != rows[i].says)
			fail_msg("row %zu, %s", i, rows[i].signer);
	}
}

static void make_folder(const char *name)
{
	char command[500];

	snprintf(command, sizeof command, "rm -rf '%s' && mkdir '%s'", pki_path(name), pki_path(name));
	assert_int_equal(system(command), 0);
}

/* All that lies in a folder counts together; a responder that a list withdraws says nothing any more. */
static void test_folder(void **state)
{
	struct pki_ocsp o = { .issuer = "ca", .certificate = "a-1.pem", .signer = "responder", .digest = EVP_sha256(),
			      .status = V_OCSP_CERTSTATUS_GOOD, .from_s = -60, .until_s = 3600 };
	size_t lists, responses;
	struct revocations *set;
	uint64_t stamp;

	(void)state;
	make_folder("folder");
	stamp = revocations_stamp(pki_path("folder"));
	assert_int_equal(ask("folder", a1), REVOCATION_MISSING);
	pki_responder("responder", "ca", true, 10);
	pki_ocsp("folder/a.ocsp", &o);
	assert_int_not_equal(revocations_stamp(pki_path("folder")), stamp);
	stamp = revocations_stamp(pki_path("folder"));
	assert_int_equal(revocations_stamp(pki_path("folder")), stamp);
	assert_int_equal(ask("folder", a1), REVOCATION_GOOD);
	assert_int_equal(ask("folder", a2), REVOCATION_MISSING);
	pki_crl("folder/b.crl", "ca", "responder.pem", -60, 3600);
	pki_crl("folder/.hidden", "ca", "a-2.pem", -60, 3600);
	assert_int_not_equal(revocations_stamp(pki_path("folder")), stamp);
	assert_int_equal(ask("folder", a1), REVOCATION_GOOD);                   /* by the list */
	assert_int_equal(ask("folder", a2), REVOCATION_GOOD);
	o.status = V_OCSP_CERTSTATUS_REVOKED;
	pki_ocsp("folder/a.ocsp", &o);
	assert_int_equal(ask("folder", a1), REVOCATION_GOOD);                   /* withdrawn by the withdrawn: not */
	pki_crl("folder/c.crl", "ca", "a-1.pem", -7200, -3600);
	assert_int_equal(ask("folder", a1), REVOCATION_REVOKED);                /* outdated, but signed */
	set = must_load("folder");
	revocations_count(set, &lists, &responses);
	assert_int_equal(lists, 2);
	assert_int_equal(responses, 1);
	revocations_free(set);
	revocations_free(NULL);
}

static void put(const char *name, const char *p, size_t n)
{
	struct bytes b = BYTES_INIT;

	assert_int_equal(bytes_add(&b, p, n), 0);
	assert_int_equal(bytes_write_file(&b, pki_path(name)), 0);
	bytes_done(&b);
}

static void assert_refused(const char *name, int rc, const char *word)
{
	struct revocation_error error;
	struct revocations *set;

	assert_int_equal(revocations_load(pki_path(name), &set, &error), rc);
	assert_null(set);
	if (!strstr(error.text, word))
		fail_msg("%s: %s", word, error.text);
}

/* One bad file is the end of the whole: the caller goes on with what it had. */
static void test_bad_files(void **state)
{
	struct pki_ocsp o = { .issuer = "ca", .certificate = "a-1.pem", .signer = "ca", .digest = EVP_sha256(),
			      .status = V_OCSP_CERTSTATUS_GOOD, .from_s = -60, .until_s = 0 };
	struct bytes b = BYTES_INIT;

	(void)state;
	make_folder("bad");
	pki_crl("bad/list.der", "ca", NULL, -60, 3600);
	assert_int_equal(ask("bad", a1), REVOCATION_GOOD);
	assert_int_equal(bytes_read_file(&b, pki_path("bad/list.der")), 0);
	put("bad/torn.der", b.p, b.n - 1);
	assert_refused("bad", E_CONFIG, "torn.der: neither");
	put("bad/torn.der", "", 0);
	assert_refused("bad", E_CONFIG, "torn.der: neither");
	assert_int_equal(unlink(pki_path("bad/torn.der")), 0);
	assert_int_equal(bytes_add(&b, "x", 1), 0);
	put("bad/more.der", b.p, b.n);
	assert_refused("bad", E_CONFIG, "more.der: neither");
	assert_int_equal(unlink(pki_path("bad/more.der")), 0);
	pki_ocsp("bad/forever.ocsp", &o);
	assert_refused("bad", E_CONFIG, "without nextUpdate");
	assert_int_equal(unlink(pki_path("bad/forever.ocsp")), 0);
	pki_crl("bad/list.pem", "ca", NULL, -60, 3600);
	assert_int_equal(bytes_read_file(&b, pki_path("bad/list.pem")), 0);
	put("bad/list.pem", b.p, b.n - 30);
	assert_refused("bad", E_CONFIG, "list.pem: no usable");
	assert_refused("nowhere", E_IO, "No such file");
	assert_int_equal(revocations_stamp(pki_path("nowhere")), 0);
	bytes_done(&b);
}

/* Lists that speak of a part of the certificates only are no proof that one is good, and are not taken. */
static void test_partial_lists(void **state)
{
	static const struct { const char *extension; const char *value; int nid; } rows[] = {
		{ "part", "onlysomereasons:keyCompromise", NID_issuing_distribution_point },
		{ "indirect", "indirectCRL:TRUE", NID_issuing_distribution_point },
		{ "point", "fullname:URI:http://x/1.crl", NID_issuing_distribution_point },
	};
	EVP_PKEY *key = NULL;
	FILE *f = fopen(pki_path("ca.key"), "r");

	(void)state;
	assert_non_null(f);
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	for (size_t i = 0; i <= sizeof rows / sizeof *rows; i++) {
		bool users = i == sizeof rows / sizeof *rows;
		X509_EXTENSION *e = X509V3_EXT_nconf_nid(NULL, NULL, NID_issuing_distribution_point,
							 users ? "onlyuser:TRUE" : rows[i].value);
		X509_CRL *crl;

		assert_non_null(e);
		X509_EXTENSION_set_critical(e, 1);
		pki_crl("list.pem", "ca", "a-1.pem", -60, 3600);
		f = fopen(pki_path("list.pem"), "r");
		crl = PEM_read_X509_CRL(f, NULL, NULL, NULL);
		fclose(f);
		X509_CRL_add_ext(crl, e, -1);
		assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
		f = fopen(pki_path("list.pem"), "w");
		PEM_write_X509_CRL(f, crl);
		fclose(f);
		if (users) {
			assert_int_equal(ask("list.pem", a1), REVOCATION_REVOKED);
			assert_int_equal(ask("list.pem", a2), REVOCATION_GOOD);
			assert_int_equal(ask("list.pem", ca), REVOCATION_MISSING);
		} else {
			assert_refused("list.pem", E_CONFIG, "not understood");
		}
		X509_CRL_free(crl);
		X509_EXTENSION_free(e);
	}
	EVP_PKEY_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_list),      cmocka_unit_test(test_foreign_list),
					    cmocka_unit_test(test_response),  cmocka_unit_test(test_signers),
					    cmocka_unit_test(test_folder),    cmocka_unit_test(test_bad_files),
					    cmocka_unit_test(test_partial_lists) };
	int failed;

	pki_make();
	load_certificates();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	X509_free(ca);
	X509_free(a1);
	X509_free(a2);
	X509_free(foreign_ca);
	X509_free(foreign_a1);
	return failed;
}
