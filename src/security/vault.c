/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/vault.h"
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

enum { LOOK_US = 1000000 };

struct vault {
	char *path;
	enum suite suite;
	unsigned char pseudonym[SUITE_MAC];
	pthread_mutex_t lock;           /* guards what follows */
	struct vault_key key[KEYFILE_KEYS];
	size_t n;
	struct stat seen;               /* the file the keys are from */
	int64_t looked_us;              /* monotonic */
};

static int derive(const struct keyfile_key *from, struct vault_key *key)
{
	const char *missing;
	int rc;

	key->id = from->id;
	rc = suite_derive(SUITE_INTERNATIONAL, from->secret, KEYFILE_SECRET, "vgihub seal AES-256-GCM", key->aes, sizeof key->aes);
	if (rc || !suite_available(SUITE_CHINESE, &missing))
		return rc;
	rc = suite_derive(SUITE_CHINESE, from->secret, KEYFILE_SECRET, "vgihub seal SM4-CBC", key->sm4, sizeof key->sm4);
	return rc ? rc : suite_derive(SUITE_CHINESE, from->secret, KEYFILE_SECRET, "vgihub seal HMAC-SM3", key->mac, sizeof key->mac);
}

/* All keys of the file in place of those at hand, or none. */
static int take_up(struct vault *v, const struct keyfile *file)
{
	struct vault_key key[KEYFILE_KEYS];
	int rc = 0;

	memset(key, 0, sizeof key);
	for (size_t i = 0; i < file->n && !rc; i++)
		rc = derive(&file->key[i], &key[i]);
	if (!rc) {
		memcpy(v->key, key, sizeof key);
		v->n = file->n;
	}
	OPENSSL_cleanse(key, sizeof key);
	return rc;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
		a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int read_file(struct vault *v, struct keyfile *file, struct keyfile_error *error)
{
	if (stat(v->path, &v->seen))
		memset(&v->seen, 0, sizeof v->seen);    /* keyfile_read says why */
	return keyfile_read(v->path, file, error);
}

int vault_open(const char *path, enum suite suite, struct vault **vault, struct keyfile_error *error)
{
	struct vault *v = calloc(1, sizeof *v);
	struct keyfile file = { .n = 0 };
	const char *missing;
	int rc = 0;

	error->text[0] = '\0';
	if (!v || !(v->path = strdup(path)) || pthread_mutex_init(&v->lock, NULL)) {
		if (v)
			free(v->path);
		free(v);
		return E_MEMORY;
	}
	v->suite = suite;
	if (!suite_available(suite, &missing)) {
		snprintf(error->text, sizeof error->text, "suite %s: this OpenSSL has no %s", suite_name(suite), missing);
		rc = E_CONFIG;
	}
	if (!rc && !(rc = read_file(v, &file, error))) {
		rc = suite_derive(suite, file.pseudonym, KEYFILE_SECRET, "vgihub pseudonym", v->pseudonym, sizeof v->pseudonym);
		if (!rc)
			rc = take_up(v, &file);
		if (rc)
			snprintf(error->text, sizeof error->text, "%s: keys cannot be derived", path);
		v->looked_us = clock_monotonic_us();
	}
	keyfile_done(&file);
	if (rc) {
		vault_close(v);
		return rc;
	}
	*vault = v;
	return 0;
}

void vault_close(struct vault *v)
{
	if (!v)
		return;
	pthread_mutex_destroy(&v->lock);
	free(v->path);
	OPENSSL_cleanse(v, sizeof *v);
	free(v);
}

/* Locked. Looks whether the file is another one. */
static void look(struct vault *v, bool at_once)
{
	struct stat st;
	struct keyfile file;
	struct keyfile_error why;
	int64_t now_us = clock_monotonic_us();

	if (!at_once && now_us - v->looked_us < LOOK_US)
		return;
	v->looked_us = now_us;
	if (stat(v->path, &st) == 0 && is_same(&st, &v->seen))
		return;
	if (read_file(v, &file, &why)) {
		memset(&v->seen, 0, sizeof v->seen);    /* look again next time */
		log_error("keyfile-unreadable", "%s; the keys stay as they were", why.text);
		return;
	}
	if (take_up(v, &file) == 0)
		log_notice("keyfile-read", "keys=%zu newest=%u", v->n, v->key[v->n - 1].id);
	keyfile_done(&file);
}

enum suite vault_suite(const struct vault *v)
{
	return v->suite;
}

const unsigned char *vault_pseudonym(const struct vault *v)
{
	return v->pseudonym;
}

void vault_newest(struct vault *v, struct vault_key *key)
{
	pthread_mutex_lock(&v->lock);
	look(v, false);
	*key = v->key[v->n - 1];
	pthread_mutex_unlock(&v->lock);
}

static int find(const struct vault *v, uint32_t id, struct vault_key *key)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->key[i].id == id) {
			*key = v->key[i];
			return 0;
		}
	return E_NOTHING;
}

int vault_find(struct vault *v, uint32_t id, struct vault_key *key)
{
	int rc;

	pthread_mutex_lock(&v->lock);
	rc = find(v, id, key);
	if (rc) {
		look(v, true);
		rc = find(v, id, key);
	}
	pthread_mutex_unlock(&v->lock);
	return rc;
}

uint32_t vault_key(struct vault *v)
{
	uint32_t id;

	pthread_mutex_lock(&v->lock);
	look(v, false);
	id = v->key[v->n - 1].id;
	pthread_mutex_unlock(&v->lock);
	return id;
}
