/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* TLS contexts: what they refuse to load, and handshakes in memory between two of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/error.h"
#include "security/pki.h"
#include "security/tls.h"

/* ---- files */

static void assert_refused(const struct tls_files *files, int rc, const char *file, const char *text)
{
	struct tls_error error;
	struct tls *tls;

	assert_int_equal(tls_server_new(files, &tls, &error), rc);
	assert_null(tls);
	if (!strstr(error.text, file) || !strstr(error.text, text))
		fail_msg("%s (%s): %s", file, text, error.text);
	assert_int_equal(tls_client_new(files, &tls, &error), rc);
	assert_null(tls);
}

static void test_files(void **state)
{
	const struct tls_files good = pki_files("hub");
	struct tls_files f;

	(void)state;
	f = good;
	f.certificate = pki_path("nowhere.pem");
	assert_refused(&f, E_IO, "nowhere.pem", "No such file");
	f = good;
	f.trust = pki_path("");
	assert_refused(&f, E_CONFIG, "", "is not a file");
	f = good;
	f.trust = pki_path("hub.key");
	assert_refused(&f, E_CONFIG, "hub.key", "no usable authorities");
	f = good;
	f.certificate = pki_path("hub.key");
	assert_refused(&f, E_CONFIG, "hub.key", "no usable certificate");
	f = good;
	f.key = pki_path("a-1.key");
	assert_refused(&f, E_CONFIG, "a-1.key", "private key of this certificate");
	f = good;
	f.key = NULL;
	assert_refused(&f, E_CONFIG, "private key", "no path");
	f = good;
	f.revoked = pki_path("hub.pem");
	assert_refused(&f, E_CONFIG, "hub.pem", "no usable revocation list");
}

static void test_key_of_others(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0644, 0601 };
	struct tls_files f = pki_files("a-2");

	(void)state;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		assert_int_equal(chmod(f.key, modes[i]), 0);
		assert_refused(&f, E_CONFIG, "a-2.key", "for its owner alone");
	}
	assert_int_equal(chmod(f.key, 0400), 0);
	tls_free(pki_server("a-2"));
	assert_int_equal(chmod(f.key, 0600), 0);
}

/* ---- handshakes: two sessions joined in memory */

struct pair { SSL *server, *client; };

static struct pair join(struct tls *server, struct tls *client, const char *host)
{
	struct pair p = { tls_server_session(server), tls_client_session(client, host) };
	BIO *a, *b;

	assert_non_null(p.server);
	assert_non_null(p.client);
	assert_int_equal(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	SSL_set_bio(p.server, a, a);
	SSL_set_bio(p.client, b, b);
	SSL_set_accept_state(p.server);
	SSL_set_connect_state(p.client);
	return p;
}

static void part(struct pair *p)
{
	SSL_free(p->server);
	SSL_free(p->client);
	ERR_clear_error();
}

/* Both in turn until both are done or one has failed; then a byte each way, because in TLS 1.3 a client thinks itself
 * done before the server has looked at its certificate. */
static bool talk(struct pair *p)
{
	char c = 0;

	for (int i = 0; i < 20; i++) {
		int a = SSL_do_handshake(p->client), b = SSL_do_handshake(p->server);

		if ((a != 1 && SSL_get_error(p->client, a) != SSL_ERROR_WANT_READ) ||
		    (b != 1 && SSL_get_error(p->server, b) != SSL_ERROR_WANT_READ))
			return false;
		if (a == 1 && b == 1)
			break;
	}
	return SSL_write(p->client, "q", 1) == 1 && SSL_read(p->server, &c, 1) == 1 && c == 'q' &&
	       SSL_write(p->server, "a", 1) == 1 && SSL_read(p->client, &c, 1) == 1 && c == 'a';
}

static bool meet(struct tls *server, struct tls *client, const char *host)
{
	struct pair p = join(server, client, host);
	bool ok = talk(&p);

	part(&p);
	return ok;
}

static void test_mutual(void **state)
{
	struct tls *hub = pki_server("hub"), *a1 = pki_client("a-1"), *nobody = pki_client(NULL),
		   *foreign = pki_foreign_client();
	struct pair p;

	(void)state;
	p = join(hub, a1, "127.0.0.1");
	assert_true(talk(&p));
	assert_int_equal(SSL_version(p.server), TLS1_3_VERSION);
	assert_non_null(SSL_get0_peer_certificate(p.server));
	assert_int_equal(SSL_get_verify_result(p.server), X509_V_OK);
	part(&p);
	assert_false(meet(hub, nobody, "127.0.0.1"));
	assert_false(meet(hub, foreign, "127.0.0.1"));
	tls_free(hub);
	hub = pki_server("foreign/hub");                /* signed by the other authority */
	assert_false(meet(hub, a1, "127.0.0.1"));
	tls_free(hub);
	tls_free(a1);
	tls_free(nobody);
	tls_free(foreign);
}

static void test_host(void **state)
{
	struct tls *hub = pki_server("hub"), *a1 = pki_client("a-1");

	(void)state;
	assert_true(meet(hub, a1, "127.0.0.3"));
	assert_true(meet(hub, a1, "localhost"));
	assert_false(meet(hub, a1, "127.0.0.4"));
	assert_false(meet(hub, a1, "::1"));
	assert_false(meet(hub, a1, "localhost.example"));
	assert_false(meet(hub, a1, "hub"));             /* the common name names no host */
	assert_null(tls_client_session(a1, ""));
	tls_free(hub);
	tls_free(a1);
}

static void test_versions(void **state)
{
	struct tls *hub = pki_server("hub"), *a1 = pki_client("a-1");
	struct pair p = join(hub, a1, "localhost");

	(void)state;
	assert_int_equal(SSL_get_min_proto_version(p.client), TLS1_2_VERSION);
	assert_int_equal(SSL_set_max_proto_version(p.client, TLS1_2_VERSION), 1);
	assert_true(talk(&p));
	assert_int_equal(SSL_version(p.server), TLS1_2_VERSION);
	/* renegotiation is refused by the server */
	SSL_clear_options(p.client, SSL_OP_NO_RENEGOTIATION);
	assert_int_equal(SSL_renegotiate(p.client), 1);
	SSL_do_handshake(p.client);
	for (int i = 0; i < 5; i++) {
		char c;

		SSL_read(p.server, &c, 1);
		SSL_read(p.client, &c, 1);
	}
	assert_int_equal(SSL_total_renegotiations(p.server), 0);
	part(&p);
	/* an old client, which no longer minds security levels */
	p = join(hub, a1, "localhost");
	SSL_set_security_level(p.client, 0);
	assert_int_equal(SSL_set_min_proto_version(p.client, TLS1_VERSION), 1);
	assert_int_equal(SSL_set_max_proto_version(p.client, TLS1_1_VERSION), 1);
	assert_int_equal(SSL_set_cipher_list(p.client, "ALL:@SECLEVEL=0"), 1);
	assert_false(talk(&p));
	part(&p);
	/* CBC suites without AEAD */
	p = join(hub, a1, "localhost");
	assert_int_equal(SSL_set_max_proto_version(p.client, TLS1_2_VERSION), 1);
	assert_int_equal(SSL_set_cipher_list(p.client, "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384"), 1);
	assert_false(talk(&p));
	part(&p);
	tls_free(hub);
	tls_free(a1);
}

/* Each connection is checked anew: nothing to resume with is given out, in either version. */
static void test_no_resumption(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct tls *hub = pki_server("hub"), *a1 = pki_client("a-1");

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct pair p = join(hub, a1, "localhost");
		SSL_SESSION *session;

		SSL_set_max_proto_version(p.client, versions[i]);
		assert_true(talk(&p));
		session = SSL_get1_session(p.client);
		part(&p);
		p = join(hub, a1, "localhost");
		SSL_set_max_proto_version(p.client, versions[i]);
		SSL_set_session(p.client, session);
		assert_true(talk(&p));
		assert_false(SSL_session_reused(p.server));
		part(&p);
		SSL_SESSION_free(session);
	}
	tls_free(hub);
	tls_free(a1);
}

/* ---- revocation */

static void *read_pem(const char *file, bool key)
{
	FILE *f = fopen(pki_path(file), "r");
	void *p;

	assert_non_null(f);
	p = key ? (void *)PEM_read_PrivateKey(f, NULL, NULL, NULL) : (void *)PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	assert_non_null(p);
	return p;
}

/* A list of ca that revokes the certificate in `file` (NULL: nothing). */
static void write_crl(const char *path, const char *file)
{
	X509 *ca = read_pem("ca.pem", false), *cert;
	EVP_PKEY *key = read_pem("ca.key", true);
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *now = X509_gmtime_adj(NULL, -60), *later = X509_gmtime_adj(NULL, 3600);
	FILE *f = fopen(path, "w");

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca));
	X509_CRL_set1_lastUpdate(crl, now);
	X509_CRL_set1_nextUpdate(crl, later);
	if (file) {
		X509_REVOKED *revoked = X509_REVOKED_new();

		cert = read_pem(file, false);
		X509_REVOKED_set_serialNumber(revoked, X509_get_serialNumber(cert));
		X509_REVOKED_set_revocationDate(revoked, now);
		X509_CRL_add0_revoked(crl, revoked);
		X509_free(cert);
	}
	assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
	assert_non_null(f);
	assert_int_equal(PEM_write_X509_CRL(f, crl), 1);
	fclose(f);
	ASN1_TIME_free(now);
	ASN1_TIME_free(later);
	X509_CRL_free(crl);
	EVP_PKEY_free(key);
	X509_free(ca);
}

static void test_revoked(void **state)
{
	struct tls *a1 = pki_client("a-1"), *a2 = pki_client("a-2"), *hub;
	struct tls_files f = pki_files("hub");
	struct tls_error error;

	(void)state;
	f.revoked = pki_path("crl.pem");
	write_crl(f.revoked, "a-1.pem");
	assert_int_equal(tls_server_new(&f, &hub, &error), 0);
	assert_false(meet(hub, a1, "localhost"));
	assert_true(meet(hub, a2, "localhost"));
	tls_free(hub);
	write_crl(f.revoked, NULL);
	assert_int_equal(tls_server_new(&f, &hub, &error), 0);
	assert_true(meet(hub, a1, "localhost"));
	tls_free(hub);
	tls_free(a1);
	tls_free(a2);
}

/* A context lives as long as its last reference, a session longer still. */
static void test_references(void **state)
{
	struct tls *hub = pki_server("hub"), *a1 = pki_client("a-1");
	struct pair p;

	(void)state;
	assert_ptr_equal(tls_ref(hub), hub);
	tls_free(hub);
	p = join(hub, a1, "localhost");
	tls_free(hub);
	tls_free(a1);
	assert_true(talk(&p));
	part(&p);
	tls_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_files),    cmocka_unit_test(test_key_of_others),
					    cmocka_unit_test(test_mutual),   cmocka_unit_test(test_host),
					    cmocka_unit_test(test_versions), cmocka_unit_test(test_no_resumption),
					    cmocka_unit_test(test_revoked),  cmocka_unit_test(test_references) };

	pki_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
