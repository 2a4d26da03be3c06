/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/tls.h"
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/error.h"

/* AEAD and ephemeral keys only; TLS 1.3 has nothing else by itself. */
#define SUITES_TLS12 "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"
static const unsigned char session_context[] = "vgihub";

struct tls {
	SSL_CTX *ctx;
	atomic_int references;
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
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	X509_LOOKUP *lookup;
	int rc;

	if (!f->revoked)
		return 0;
	if ((rc = check_file(f->revoked, false, error)))
		return rc;
	lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
	if (!lookup || X509_load_crl_file(lookup, f->revoked, X509_FILETYPE_PEM) < 1)
		return refuse_openssl(error, f->revoked, "no usable revocation list");
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return 0;
}

static int set_policy(SSL_CTX *ctx, bool server, struct tls_error *error)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
			    SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 || SSL_CTX_set_cipher_list(ctx, SUITES_TLS12) != 1)
		return refuse_openssl(error, "TLS", "the policy cannot be set");
	if (server && (SSL_CTX_set_num_tickets(ctx, 0) != 1 ||
		       SSL_CTX_set_session_id_context(ctx, session_context, sizeof session_context - 1) != 1))
		return refuse_openssl(error, "TLS", "the policy cannot be set");
	return 0;
}

static int make(const struct tls_files *files, bool server, struct tls **tls, struct tls_error *error)
{
	struct tls *t = calloc(1, sizeof *t);
	int rc = E_MEMORY;

	*tls = NULL;
	error->text[0] = 0;
	ERR_clear_error();
	if (!t || !(t->ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()))) {
		rc = refuse(error, E_MEMORY, "TLS", "out of memory");
		goto out;
	}
	atomic_init(&t->references, 1);
	if ((rc = set_policy(t->ctx, server, error)) || (rc = load_trust(t->ctx, files, server, error)))
		goto out;
	if ((server || files->certificate || files->key) && (rc = load_identity(t->ctx, files, error)))
		goto out;
	rc = load_revoked(t->ctx, files, error);
out:
	if (rc && t) {
		SSL_CTX_free(t->ctx);
		free(t);
	} else if (!rc) {
		*tls = t;
	}
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
	free(tls);
}

SSL *tls_server_session(struct tls *tls)
{
	return SSL_new(tls->ctx);
}

static bool is_address(const char *host)
{
	unsigned char raw[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1;
}

SSL *tls_client_session(struct tls *tls, const char *host)
{
	SSL *ssl = SSL_new(tls->ctx);
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
