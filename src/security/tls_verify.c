/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/tls_verify.h"
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/error.h"
#include "security/revocation.h"

/* Belongs to an SSL_CTX and ends with it, so that a session outlives a renewal of what it came from. */
struct trust {
	pthread_mutex_t lock;                   /* guards set */
	struct revocations *set;
	bool server, accept_unknown;
};

static int trust_index = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_trust(void *parent, void *p, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
	struct trust *t = p;

	(void)parent; (void)data; (void)index; (void)argl; (void)argp;
	if (!t)
		return;
	revocations_free(t->set);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static void make_index(void)
{
	trust_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_trust);
}

static struct trust *trust_of(SSL_CTX *ctx)
{
	return SSL_CTX_get_ex_data(ctx, trust_index);
}

static struct revocations *set_of(struct trust *t)
{
	struct revocations *set;

	pthread_mutex_lock(&t->lock);
	set = revocations_ref(t->set);
	pthread_mutex_unlock(&t->lock);
	return set;
}

void verify_set(SSL_CTX *ctx, struct revocations *set)
{
	struct trust *t = trust_of(ctx);
	struct revocations *old;

	revocations_ref(set);
	pthread_mutex_lock(&t->lock);
	old = t->set;
	t->set = set;
	pthread_mutex_unlock(&t->lock);
	revocations_free(old);
}

/* ---- a chain whose signatures, validity and purpose have been found good */

static int code_of(const struct trust *t, enum revocation r)
{
	switch (r) {
	case REVOCATION_GOOD: return X509_V_OK;
	case REVOCATION_REVOKED: return X509_V_ERR_CERT_REVOKED;
	case REVOCATION_STALE: return t->accept_unknown ? X509_V_OK : X509_V_ERR_CRL_HAS_EXPIRED;
	case REVOCATION_MISSING: break;
	}
	return t->accept_unknown ? X509_V_OK : X509_V_ERR_UNABLE_TO_GET_CRL;
}

/* The last of a chain is trusted by itself. */
static int check_revocation(struct trust *t, STACK_OF(X509) *chain)
{
	struct revocations *set = set_of(t);
	int64_t now_s = clock_machine_ms() / 1000;
	int code = X509_V_OK;

	for (int i = 0; set && i + 1 < sk_X509_num(chain) && code == X509_V_OK; i++)
		code = code_of(t, revocations_check(set, sk_X509_value(chain, i), sk_X509_value(chain, i + 1), now_s));
	revocations_free(set);
	return code;
}

/* In a handshake, in place of OpenSSL's own verification, of which it is the first part. */
static int on_verify(X509_STORE_CTX *c, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(c, SSL_get_ex_data_X509_STORE_CTX_idx());
	int code;

	(void)arg;
	if (X509_verify_cert(c) != 1)
		return 0;
	code = check_revocation(trust_of(SSL_get_SSL_CTX(ssl)), X509_STORE_CTX_get0_chain(c));
	if (code == X509_V_OK)
		return 1;
	X509_STORE_CTX_set_error(c, code);
	return 0;
}

int verify_now(SSL_CTX *ctx, X509 *cert, STACK_OF(X509) *untrusted)
{
	struct trust *t = trust_of(ctx);
	X509_STORE_CTX *c = X509_STORE_CTX_new();
	int code = X509_V_ERR_OUT_OF_MEM;

	if (c && X509_STORE_CTX_init(c, SSL_CTX_get_cert_store(ctx), cert, untrusted) == 1 &&
	    X509_STORE_CTX_set_default(c, t->server ? "ssl_client" : "ssl_server") == 1) {
		X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(c), SSL_CTX_get_security_level(ctx));
		if (X509_verify_cert(c) == 1)
			code = check_revocation(t, X509_STORE_CTX_get0_chain(c));
		else
			code = X509_STORE_CTX_get_error(c) == X509_V_OK ? X509_V_ERR_UNSPECIFIED : X509_STORE_CTX_get_error(c);
	}
	X509_STORE_CTX_free(c);
	ERR_clear_error();
	return code;
}

/* ---- sessions to be resumed */

/* A ticket holds the client's certificate, which nobody would look at again. If it would not be believed now, or its chain
 * needs certificates that the ticket has not, the ticket is worth nothing and the handshake a full one, with all checks and an
 * alert that says why. */
static SSL_TICKET_RETURN on_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t n,
				   SSL_TICKET_STATUS status, void *arg)
{
	X509 *cert;

	(void)name; (void)n; (void)arg;
	if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW)
		return SSL_TICKET_RETURN_IGNORE_RENEW;
	cert = SSL_SESSION_get0_peer(session);
	if (!cert || verify_now(SSL_get_SSL_CTX(ssl), cert, NULL) != X509_V_OK)
		return SSL_TICKET_RETURN_IGNORE_RENEW;
	return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

int verify_install(SSL_CTX *ctx, bool server, bool accept_unknown)
{
	struct trust *t;

	pthread_once(&once, make_index);
	if (trust_index < 0 || !(t = calloc(1, sizeof *t)))
		return E_MEMORY;
	pthread_mutex_init(&t->lock, NULL);
	t->server = server;
	t->accept_unknown = accept_unknown;
	if (SSL_CTX_set_ex_data(ctx, trust_index, t) != 1) {
		free_trust(NULL, t, NULL, 0, 0, NULL);
		return E_MEMORY;
	}
	SSL_CTX_set_cert_verify_callback(ctx, on_verify, NULL);
	if (server && SSL_CTX_set_session_ticket_cb(ctx, NULL, on_ticket, NULL) != 1)
		return E_MEMORY;
	return 0;
}
