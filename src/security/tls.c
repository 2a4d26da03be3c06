/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/tls.h"
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/error.h"
#include "security/certificate.h"
#include "security/revocation.h"
#include "security/tls_verify.h"

static const unsigned char session_context[] = "vgihub";

/* A handle: ctx can be exchanged, and sessions keep the one they were made of alive. */
struct tls {
	pthread_mutex_t lock;           /* guards ctx */
	SSL_CTX *ctx;
	atomic_int references;
	atomic_uint_fast64_t generation;
};

const char *tls_last_error(char *text, unsigned room)
{
	unsigned long code = ERR_peek_last_error();

	if (code && ERR_reason_error_string(code))
		snprintf(text, room, "%s", ERR_reason_error_string(code));
	else if (code)
		ERR_error_string_n(code, text, room);
	else
		snprintf(text, room, "no reason given");
	ERR_clear_error();
	return text;
}

static int refuse(struct tls_error *error, int rc, const char *path, const char *why)
{
	snprintf(error->text, sizeof error->text, "%s: %s", path, why);
	return rc;
}

static int refuse_openssl(struct tls_error *error, const char *path, const char *what)
{
	char why[200];

	snprintf(error->text, sizeof error->text, "%s: %s: %s", path, what, tls_last_error(why, sizeof why));
	return E_CONFIG;
}

/* OpenSSL says "system lib" for a missing file: look first, and say it ourselves. */
static int check_file(const char *path, bool secret, struct tls_error *error)
{
	struct stat st;
	char why[100];

	if (!path || !path[0])
		return refuse(error, E_CONFIG, secret ? "private key" : "certificate file", "no path given");
	if (stat(path, &st))
		return refuse(error, E_IO, path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(error, E_CONFIG, path, "is not a file");
	if (secret && (st.st_mode & 077)) {
		snprintf(why, sizeof why, "a private key must be for its owner alone, but has mode %04o; use chmod 600",
			 (unsigned)st.st_mode & 07777);
		return refuse(error, E_CONFIG, path, why);
	}
	return 0;
}

static int load_identity(SSL_CTX *ctx, const struct tls_files *f, struct tls_error *error)
{
	int rc;

	if ((rc = check_file(f->certificate, false, error)) || (rc = check_file(f->key, true, error)))
		return rc;
	if (SSL_CTX_use_certificate_chain_file(ctx, f->certificate) != 1)
		return refuse_openssl(error, f->certificate, "no usable certificate");
	if (SSL_CTX_use_PrivateKey_file(ctx, f->key, SSL_FILETYPE_PEM) != 1)
		return refuse_openssl(error, f->key, "no usable private key of this certificate");
	if (SSL_CTX_check_private_key(ctx) != 1)
		return refuse_openssl(error, f->key, "not the key of this certificate");
	return 0;
}

/* OpenSSL reads the extensions of an authority when it first needs them: let that be now, before threads share it. */
static void read_extensions(X509_STORE *store)
{
	const STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(store);

	for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
		X509 *cert = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));

		if (cert)
			X509_check_purpose(cert, -1, 0);
	}
}

static int load_trust(SSL_CTX *ctx, const struct tls_files *f, bool server, struct tls_error *error)
{
	STACK_OF(X509_NAME) *names;
	int rc = check_file(f->trust, false, error);

	if (rc)
		return rc;
	if (SSL_CTX_load_verify_locations(ctx, f->trust, NULL) != 1)
		return refuse_openssl(error, f->trust, "no usable authorities");
	read_extensions(SSL_CTX_get_cert_store(ctx));
	if (!server)
		return 0;
	names = SSL_load_client_CA_file(f->trust);
	if (!names)
		return refuse_openssl(error, f->trust, "no usable authorities");
	SSL_CTX_set_client_CA_list(ctx, names);
	return 0;
}

static int load_revoked(SSL_CTX *ctx, const struct tls_files *f, struct tls_error *error)
{
	struct revocation_error why;
	struct revocations *set;
	int rc;

	if (!f->revoked)
		return 0;
	rc = revocations_load(f->revoked, &set, &why);
	if (rc) {
		snprintf(error->text, sizeof error->text, "%s", why.text);
		return rc;
	}
	verify_set(ctx, set);
	revocations_free(set);
	return 0;
}

/* ---- policy */

static const char *or_else(const char *text, const char *fallback)
{
	return text && *text ? text : fallback;
}

/* Whatever is asked for: AEAD, a key exchange that is forgotten, somebody who signs. */
static int check_suites(SSL_CTX *ctx, struct tls_error *error)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);

	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *c = sk_SSL_CIPHER_value(all, i);
		int kx = SSL_CIPHER_get_kx_nid(c), auth = SSL_CIPHER_get_auth_nid(c);

		if (!SSL_CIPHER_is_aead(c) || (kx != NID_kx_ecdhe && kx != NID_kx_dhe && kx != NID_kx_any) ||
		    auth == NID_auth_null || auth == NID_auth_psk)
			return refuse(error, E_CONFIG, SSL_CIPHER_get_name(c),
				      "a cipher suite without AEAD, forward secrecy or certificates");
	}
	return 0;
}

static int set_algorithms(SSL_CTX *ctx, const struct tls_policy *p, struct tls_error *error)
{
	const struct { const char *name, *value; int (*set)(SSL_CTX *, const char *); } rows[] = {
		{ "cipher suites of TLS 1.2", or_else(p->suites_12, TLS_SUITES_12), SSL_CTX_set_cipher_list },
		{ "cipher suites of TLS 1.3", or_else(p->suites_13, TLS_SUITES_13), SSL_CTX_set_ciphersuites },
	};
	const char *groups = or_else(p->groups, TLS_GROUPS), *signatures = or_else(p->signatures, TLS_SIGNATURES);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].set(ctx, rows[i].value) != 1)
			return refuse_openssl(error, rows[i].name, rows[i].value);
	if (SSL_CTX_set1_groups_list(ctx, groups) != 1)
		return refuse_openssl(error, "groups", groups);
	if (SSL_CTX_set1_sigalgs_list(ctx, signatures) != 1)
		return refuse_openssl(error, "signature algorithms", signatures);
	if (strstr(signatures, "SHA1") || strstr(signatures, "sha1"))
		return refuse(error, E_CONFIG, "signature algorithms", "SHA-1 is not accepted");
	return check_suites(ctx, error);
}

static int set_sessions(SSL_CTX *ctx, const struct tls_policy *p, bool server, struct tls_error *error)
{
	bool tickets = server && p->resumption;

	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_timeout(ctx, p->session_s > 0 ? p->session_s : 1);
	if (!p->resumption)
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	if (server && (SSL_CTX_set_num_tickets(ctx, tickets ? 1 : 0) != 1 ||
		       SSL_CTX_set_session_id_context(ctx, session_context, sizeof session_context - 1) != 1))
		return refuse_openssl(error, "TLS", "the policy cannot be set");
	return 0;
}

static int set_policy(SSL_CTX *ctx, const struct tls_policy *p, bool server, struct tls_error *error)
{
	int rc;

	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
	if (SSL_CTX_set_min_proto_version(ctx, p->only_13 ? TLS1_3_VERSION : TLS1_2_VERSION) != 1)
		return refuse_openssl(error, "TLS", "the policy cannot be set");
	if ((rc = set_algorithms(ctx, p, error)) || (rc = set_sessions(ctx, p, server, error)))
		return rc;
	return verify_install(ctx, server, p->accept_unknown) ? refuse(error, E_MEMORY, "TLS", "out of memory") : 0;
}

/* ---- life */

static int fill(SSL_CTX *ctx, const struct tls_files *files, bool server, struct tls_error *error)
{
	const struct tls_policy usual = TLS_POLICY;
	int rc = set_policy(ctx, files->policy ? files->policy : &usual, server, error);

	if (!rc)
		rc = load_trust(ctx, files, server, error);
	if (!rc && (server || files->certificate || files->key))
		rc = load_identity(ctx, files, error);
	return rc ? rc : load_revoked(ctx, files, error);
}

static int make(const struct tls_files *files, bool server, struct tls **tls, struct tls_error *error)
{
	struct tls *t = calloc(1, sizeof *t);
	int rc;

	*tls = NULL;
	error->text[0] = 0;
	ERR_clear_error();
	if (!t || !(t->ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()))) {
		free(t);
		return refuse(error, E_MEMORY, "TLS", "out of memory");
	}
	pthread_mutex_init(&t->lock, NULL);
	atomic_init(&t->references, 1);
	atomic_init(&t->generation, 1);
	rc = fill(t->ctx, files, server, error);
	if (rc)
		tls_free(t);
	else
		*tls = t;
	return rc;
}

int tls_server_new(const struct tls_files *files, struct tls **tls, struct tls_error *error)
{
	return make(files, true, tls, error);
}

int tls_client_new(const struct tls_files *files, struct tls **tls, struct tls_error *error)
{
	return make(files, false, tls, error);
}

struct tls *tls_ref(struct tls *tls)
{
	atomic_fetch_add_explicit(&tls->references, 1, memory_order_relaxed);
	return tls;
}

void tls_free(struct tls *tls)
{
	if (!tls || atomic_fetch_sub_explicit(&tls->references, 1, memory_order_acq_rel) != 1)
		return;
	SSL_CTX_free(tls->ctx);
	pthread_mutex_destroy(&tls->lock);
	free(tls);
}

/* With a reference, to be given back with SSL_CTX_free. */
static SSL_CTX *context_of(struct tls *tls)
{
	SSL_CTX *ctx;

	pthread_mutex_lock(&tls->lock);
	ctx = tls->ctx;
	SSL_CTX_up_ref(ctx);
	pthread_mutex_unlock(&tls->lock);
	return ctx;
}

void tls_renew(struct tls *tls, struct tls *fresh)
{
	SSL_CTX *ctx = context_of(fresh), *old;

	pthread_mutex_lock(&tls->lock);
	old = tls->ctx;
	tls->ctx = ctx;
	pthread_mutex_unlock(&tls->lock);
	atomic_fetch_add(&tls->generation, 1);
	SSL_CTX_free(old);
	tls_free(fresh);
}

void tls_set_revocations(struct tls *tls, struct revocations *set)
{
	SSL_CTX *ctx = context_of(tls);

	verify_set(ctx, set);
	atomic_fetch_add(&tls->generation, 1);
	SSL_CTX_free(ctx);
}

uint64_t tls_generation(struct tls *tls)
{
	return atomic_load(&tls->generation);
}

int64_t tls_expiry(struct tls *tls)
{
	SSL_CTX *ctx = context_of(tls);
	const X509 *cert = SSL_CTX_get0_certificate(ctx);
	int64_t end_s = 0;

	if (cert && certificate_validity(cert, NULL, &end_s))
		end_s = 0;
	SSL_CTX_free(ctx);
	return end_s;
}

/* ---- sessions */

SSL *tls_server_session(struct tls *tls)
{
	SSL_CTX *ctx = context_of(tls);
	SSL *ssl = SSL_new(ctx);

	SSL_CTX_free(ctx);
	return ssl;
}

int tls_check_peer(struct tls *tls, SSL *session, const char **why)
{
	SSL_CTX *ctx = context_of(tls);
	X509 *cert = SSL_get0_peer_certificate(session);
	int code = cert ? verify_now(ctx, cert, SSL_get_peer_cert_chain(session)) : X509_V_ERR_UNSPECIFIED;

	SSL_CTX_free(ctx);
	*why = cert ? X509_verify_cert_error_string(code) : "no certificate";
	return code == X509_V_OK ? 0 : code == X509_V_ERR_CERT_REVOKED ? E_CERTIFICATE_REVOKED : E_TLS;
}

static bool is_address(const char *host)
{
	unsigned char raw[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1;
}

SSL *tls_client_session(struct tls *tls, const char *host)
{
	SSL *ssl = tls_server_session(tls);     /* alike so far */
	bool ok;

	if (!ssl)
		return NULL;
	if (is_address(host)) {
		ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	} else {
		SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
		ok = SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
	}
	if (!ok) {
		SSL_free(ssl);
		ERR_clear_error();
		return NULL;
	}
	return ssl;
}
