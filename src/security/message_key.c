/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/message_key.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/error.h"

struct message_key {
	pthread_mutex_t lock;
	EVP_PKEY *key;
	X509 *certificate;
	EVP_PKEY *former;               /* opens what was encrypted before the last renewal, until former_until_us; NULL: none */
	int64_t former_until_us;
};

static int refuse(struct tls_error *error, int rc, const char *path, const char *why)
{
	snprintf(error->text, sizeof error->text, "%s: %s", path, why);
	ERR_clear_error();
	return rc;
}

static int read_certificate(const char *path, X509 **certificate, struct tls_error *error)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return refuse(error, E_IO, path, strerror(errno));
	*certificate = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	return *certificate ? 0 : refuse(error, E_CONFIG, path, "no usable certificate");
}

/* Nobody is asked for a pass phrase. */
static int no_phrase(char *buf, int size, int writing, void *arg)
{
	(void)buf; (void)size; (void)writing; (void)arg;
	return -1;
}

static int read_key(const char *path, EVP_PKEY **key, struct tls_error *error)
{
	struct stat st;
	FILE *f = fopen(path, "re");
	if (!f)
		return refuse(error, E_IO, path, strerror(errno));
	int rc = fstat(fileno(f), &st) || !S_ISREG(st.st_mode) ? refuse(error, E_CONFIG, path, "is not a file") : 0;
	if (!rc && (st.st_mode & 077))
		rc = refuse(error, E_CONFIG, path, "a private key must be for its owner alone; use chmod 600");
	if (!rc && !(*key = PEM_read_PrivateKey(f, NULL, no_phrase, NULL)))
		rc = refuse(error, E_CONFIG, path, "no usable private key");
	fclose(f);
	return rc;
}

static int read_both(const char *certificate, const char *key, struct message_key *fresh, struct tls_error *error)
{
	error->text[0] = '\0';
	int rc = read_certificate(certificate, &fresh->certificate, error);
	if (!rc)
		rc = read_key(key, &fresh->key, error);
	if (!rc && X509_check_private_key(fresh->certificate, fresh->key) != 1)
		rc = refuse(error, E_CONFIG, key, "not the key of the certificate");
	if (!rc)
		return 0;
	message_key_give(fresh->key, fresh->certificate);
	fresh->key = NULL;
	fresh->certificate = NULL;
	return rc;
}

int message_key_new(const char *certificate, const char *key, struct message_key **mk, struct tls_error *error)
{
	struct message_key *fresh = calloc(1, sizeof *fresh);
	if (!fresh)
		return refuse(error, E_MEMORY, key, "out of memory");
	int rc = read_both(certificate, key, fresh, error);
	if (rc) {
		free(fresh);
		return rc;
	}
	pthread_mutex_init(&fresh->lock, NULL);
	*mk = fresh;
	return 0;
}

void message_key_renew(struct message_key *mk, struct message_key *fresh, int64_t former_until_us)
{
	EVP_PKEY *old = NULL;
	X509 *certificate = NULL;
	pthread_mutex_lock(&mk->lock);
	if (EVP_PKEY_eq(mk->key, fresh->key) != 1) {    /* the same key read again is no renewal of it */
		old = mk->former;
		mk->former = mk->key;
		mk->former_until_us = former_until_us;
	} else {
		old = mk->key;
	}
	certificate = mk->certificate;
	mk->key = fresh->key;
	mk->certificate = fresh->certificate;
	pthread_mutex_unlock(&mk->lock);
	ERR_clear_error();
	fresh->key = NULL;
	fresh->certificate = NULL;
	message_key_give(old, certificate);
	message_key_free(fresh);
}

void message_key_free(struct message_key *mk)
{
	if (!mk)
		return;
	message_key_give(mk->key, mk->certificate);
	EVP_PKEY_free(mk->former);
	pthread_mutex_destroy(&mk->lock);
	free(mk);
}

EVP_PKEY *message_key_former(struct message_key *mk, int64_t now_us)
{
	EVP_PKEY *former = NULL;
	pthread_mutex_lock(&mk->lock);
	if (mk->former && now_us < mk->former_until_us && EVP_PKEY_up_ref(mk->former))
		former = mk->former;
	pthread_mutex_unlock(&mk->lock);
	return former;
}

bool message_key_opens(struct message_key *mk)
{
	pthread_mutex_lock(&mk->lock);
	bool opens = EVP_PKEY_is_a(mk->key, "RSA");
	pthread_mutex_unlock(&mk->lock);
	return opens;
}

void message_key_take(struct message_key *mk, EVP_PKEY **key, X509 **certificate)
{
	pthread_mutex_lock(&mk->lock);
	EVP_PKEY_up_ref(mk->key);
	X509_up_ref(mk->certificate);
	*key = mk->key;
	*certificate = mk->certificate;
	pthread_mutex_unlock(&mk->lock);
}

void message_key_give(EVP_PKEY *key, X509 *certificate)
{
	EVP_PKEY_free(key);
	X509_free(certificate);
}
