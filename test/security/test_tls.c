/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* TLS contexts: what they refuse to load, and handshakes in memory between two of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/error.h"
#include "security/revocation.h"
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

/* As after an orderly end, or the session would count as broken. */
static void part(struct pair *p)
{
	SSL_set_shutdown(p->server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_set_shutdown(p->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
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

/* A second connection with what the first one was given. Returns whether it took hold; `ok` whether anything did. */
static bool resume(struct tls *server, struct tls *client, int version, SSL_SESSION *session, bool *ok)
{
	struct pair p = join(server, client, "localhost");
	bool reused;

	SSL_set_max_proto_version(p.client, version);
	SSL_set_session(p.client, session);
	*ok = talk(&p);
	reused = SSL_session_reused(p.server);
	part(&p);
	return reused;
}

static SSL_SESSION *session_of(struct tls *server, struct tls *client, int version)
{
	struct pair p = join(server, client, "localhost");
	SSL_SESSION *session;

	SSL_set_max_proto_version(p.client, version);
	assert_true(talk(&p));
	assert_false(SSL_session_reused(p.server));
	session = SSL_get1_session(p.client);
	part(&p);
	return session;
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

/* Sessions are resumed in either version, unless the policy says no, or the context was renewed meanwhile, or it is the
 * context of another zone. */
static void test_resumption(void **state)
{
	const struct tls_policy none = { .resumption = false };
	struct tls *hub = pki_server("hub"), *other = pki_server("hub"), *a1 = pki_client("a-1"), *strict;
	struct tls_files f = pki_files("hub");
	struct tls_error error;
	bool ok;

	(void)state;
	f.policy = &none;
	assert_int_equal(tls_server_new(&f, &strict, &error), 0);
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session = session_of(hub, a1, versions[i]), *empty = session_of(strict, a1, versions[i]);

		assert_true(resume(hub, a1, versions[i], session, &ok));
		assert_true(ok);
		assert_false(resume(other, a1, versions[i], session, &ok));
		assert_true(ok);
		assert_false(resume(strict, a1, versions[i], empty, &ok));
		assert_true(ok);
		tls_renew(hub, pki_server("hub"));
		assert_false(resume(hub, a1, versions[i], session, &ok));
		assert_true(ok);
		SSL_SESSION_free(session);
		SSL_SESSION_free(empty);
	}
	tls_free(strict);
	tls_free(hub);
	tls_free(other);
	tls_free(a1);
}

/* A handle that is renewed shows the new certificate to those who come, and does not disturb those who are there. */
static void test_renewal(void **state)
{
	struct tls *hub = pki_server("foreign/hub"), *a1 = pki_client("a-1");
	uint64_t before = tls_generation(hub);
	const char *why;
	struct pair p;

	(void)state;
	assert_false(meet(hub, a1, "localhost"));
	tls_renew(hub, pki_server("hub"));
	assert_true(tls_generation(hub) > before);
	p = join(hub, a1, "localhost");
	assert_true(talk(&p));
	assert_int_equal(tls_check_peer(hub, p.server, &why), 0);
	tls_renew(hub, pki_server("a-2"));
	assert_true(talk(&p));
	assert_int_equal(tls_check_peer(hub, p.server, &why), 0);
	{
		struct tls_files f = pki_files("hub");
		struct tls_error error;
		struct tls *elsewhere;

		f.trust = pki_path("foreign/ca.pem");           /* who is there is believed no more */
		assert_int_equal(tls_server_new(&f, &elsewhere, &error), 0);
		tls_renew(hub, elsewhere);
	}
	assert_int_equal(tls_check_peer(hub, p.server, &why), E_TLS);
	assert_true(talk(&p));
	part(&p);
	assert_false(meet(hub, a1, "localhost"));
	tls_free(hub);
	tls_free(a1);
}

static void test_policy(void **state)
{
	static const struct { struct tls_policy policy; const char *word; } wrong[] = {
		{ { .suites_12 = "AES128-GCM-SHA256" }, "forward secrecy" },            /* RSA key exchange */
		{ { .suites_12 = "ECDHE-ECDSA-AES128-SHA" }, "AEAD" },
		{ { .suites_12 = "ADH-AES128-GCM-SHA256:@SECLEVEL=0" }, "certificates" },
		{ { .suites_12 = "none-such" }, "TLS 1.2" },
		{ { .suites_13 = "TLS_NONE" }, "TLS 1.3" },
		{ { .groups = "P-1" }, "groups" },
		{ { .signatures = "RSA+SHA1:ECDSA+SHA256" }, "SHA-1" },
		{ { .signatures = "x" }, "signature" },
	};
	const struct tls_policy narrow = { .only_13 = true, .suites_13 = "TLS_CHACHA20_POLY1305_SHA256", .groups = "P-384" };
	struct tls *a1 = pki_client("a-1"), *hub;
	struct tls_files f = pki_files("hub");
	struct tls_error error;
	struct pair p;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		f.policy = &wrong[i].policy;
		assert_refused(&f, E_CONFIG, "", wrong[i].word);
	}
	f.policy = &narrow;
	assert_int_equal(tls_server_new(&f, &hub, &error), 0);
	p = join(hub, a1, "localhost");
	assert_true(talk(&p));
	assert_string_equal(SSL_get_cipher_name(p.server), "TLS_CHACHA20_POLY1305_SHA256");
	part(&p);
	p = join(hub, a1, "localhost");
	SSL_set_max_proto_version(p.client, TLS1_2_VERSION);
	assert_false(talk(&p));
	part(&p);
	tls_free(hub);
	tls_free(a1);
}

/* ---- revocation */

/* In full handshakes, for sessions to be resumed, and for connections that live. */
static void test_revoked(void **state)
{
	struct tls *a1 = pki_client("a-1"), *a2 = pki_client("a-2"), *hub;
	struct tls_files f = pki_files("hub");
	struct revocation_error problem;
	struct revocations *set;
	struct tls_error error;
	const char *why;
	bool ok;

	(void)state;
	f.revoked = pki_path("crl.pem");
	pki_crl("crl.pem", "ca", NULL, -60, 3600);
	assert_int_equal(tls_server_new(&f, &hub, &error), 0);
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *first = session_of(hub, a1, versions[i]), *second = session_of(hub, a2, versions[i]);
		struct pair p = join(hub, a1, "localhost");

		assert_true(talk(&p));
		assert_int_equal(tls_check_peer(hub, p.server, &why), 0);
		pki_crl("crl.pem", "ca", "a-1.pem", -60, 3600);
		assert_int_equal(revocations_load(f.revoked, &set, &problem), 0);
		tls_set_revocations(hub, set);
		revocations_free(set);
		assert_int_equal(tls_check_peer(hub, p.server, &why), E_CERTIFICATE_REVOKED);
		assert_string_equal(why, "certificate revoked");
		part(&p);
		assert_false(resume(hub, a1, versions[i], first, &ok));
		assert_false(ok);
		assert_true(resume(hub, a2, versions[i], second, &ok));
		assert_true(ok);
		assert_false(meet(hub, a1, "localhost"));
		assert_true(meet(hub, a2, "localhost"));
		tls_set_revocations(hub, NULL);
		assert_true(resume(hub, a1, versions[i], first, &ok));
		assert_true(ok);
		SSL_SESSION_free(first);
		SSL_SESSION_free(second);
	}
	tls_free(hub);
	tls_free(a1);
	tls_free(a2);
}

/* Without a list that is in force: refused, or accepted where the policy says so. */
static void test_unknown(void **state)
{
	static const struct { int from_s, until_s; bool of_ca; } lists[] = { { -7200, -3600, true }, { 3600, 7200, true },
									     { -60, 3600, false } };
	const struct tls_policy soft = { .accept_unknown = true };
	struct tls *a1 = pki_client("a-1"), *hub;
	struct tls_files f = pki_files("hub");
	struct tls_error error;

	(void)state;
	f.revoked = pki_path("crl.pem");
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		for (int lenient = 0; lenient < 2; lenient++) {
			pki_crl("crl.pem", lists[i].of_ca ? "ca" : "foreign/ca", NULL, lists[i].from_s, lists[i].until_s);
			f.policy = lenient ? &soft : NULL;
			assert_int_equal(tls_server_new(&f, &hub, &error), 0);
			assert_int_equal(meet(hub, a1, "localhost"), lenient);
			tls_free(hub);
		}
	tls_free(a1);
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
					    cmocka_unit_test(test_versions), cmocka_unit_test(test_resumption),
					    cmocka_unit_test(test_renewal),  cmocka_unit_test(test_policy),
					    cmocka_unit_test(test_revoked),  cmocka_unit_test(test_unknown),
					    cmocka_unit_test(test_references) };

	pki_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
