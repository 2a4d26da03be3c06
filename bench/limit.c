/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "bench/limit.h"
#include "security/tls.h"

/* ---- disk */

enum { FILE_BYTES = 64 << 20, MOST_THREADS = 64 };

struct log_file {
	int fd;
	size_t bytes;
	const char *block;
	int64_t until_us;
	pthread_mutex_t lock;
	pthread_cond_t synced;
	bool syncing, failed;
	int64_t written, durable, syncs;        /* appends so far */
};

/* With the lock held: returns when append number `mine` is on disk. */
static void wait_durable(struct log_file *f, int64_t mine)
{
	while (f->durable < mine && !f->failed) {
		int64_t covers = f->written;

		if (f->syncing) {
			pthread_cond_wait(&f->synced, &f->lock);
			continue;
		}
		f->syncing = true;
		pthread_mutex_unlock(&f->lock);
		int rc = fdatasync(f->fd);
		pthread_mutex_lock(&f->lock);
		f->syncing = false;
		f->failed = f->failed || rc != 0;
		f->durable = covers;
		f->syncs++;
		pthread_cond_broadcast(&f->synced);
	}
}

static void *append(void *arg)
{
	struct log_file *f = arg;

	while (clock_monotonic_us() < f->until_us) {
		pthread_mutex_lock(&f->lock);
		off_t at = (off_t)((size_t)f->written * f->bytes % (FILE_BYTES - f->bytes));
		if (pwrite(f->fd, f->block, f->bytes, at) != (ssize_t)f->bytes)
			f->failed = true;
		wait_durable(f, ++f->written);
		bool failed = f->failed;
		pthread_mutex_unlock(&f->lock);
		if (failed)
			break;
	}
	return NULL;
}

static int make_file(struct log_file *f, const char *dir, char path[PLACE_PATH])
{
	size_t step = 1 << 20;
	char *zeros = calloc(1, step);
	int rc = zeros ? 0 : E_MEMORY;

	if (snprintf(path, PLACE_PATH, "%s/append", dir) >= PLACE_PATH)
		rc = E_TOO_LARGE;
	f->fd = rc ? -1 : open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	if (!rc && f->fd < 0)
		rc = E_IO;
	for (size_t n = 0; n < FILE_BYTES && !rc; n += step)
		rc = write(f->fd, zeros, step) == (ssize_t)step ? 0 : E_IO;
	if (!rc && fsync(f->fd))
		rc = E_IO;
	free(zeros);
	return rc;
}

static void append_all(struct log_file *f, int threads)
{
	pthread_t thread[MOST_THREADS];
	int n = 0;

	while (n < threads && n < MOST_THREADS && !pthread_create(&thread[n], NULL, append, f))
		n++;
	while (n > 0)
		pthread_join(thread[--n], NULL);
}

int limit_append(const char *dir, int threads, size_t bytes, int64_t most_us, struct limit_appends *rate)
{
	struct log_file f = { .fd = -1, .bytes = bytes };
	char path[PLACE_PATH] = "", *block = malloc(bytes);
	int64_t begin_us;
	int rc = block ? make_file(&f, dir, path) : E_MEMORY;

	if (rc)
		goto out;
	memset(block, 'x', bytes);
	f.block = block;
	pthread_mutex_init(&f.lock, NULL);
	pthread_cond_init(&f.synced, NULL);
	begin_us = clock_monotonic_us();
	f.until_us = begin_us + most_us;
	append_all(&f, threads);
	double took_s = (double)(clock_monotonic_us() - begin_us) / 1e6;
	*rate = (struct limit_appends){ (double)f.durable / took_s, (double)f.syncs / took_s };
	pthread_cond_destroy(&f.synced);
	pthread_mutex_destroy(&f.lock);
	rc = f.failed ? E_IO : 0;
out:
	if (f.fd >= 0) {
		close(f.fd);
		unlink(path);
	}
	free(block);
	if (rc)
		fprintf(stderr, "bench_hub: %s: %s\n", path, error_text_en(rc));
	return rc;
}

/* ---- handshakes */

static int one_handshake(const struct place *p, struct tls *server_tls, int64_t *server_us, int64_t *client_us)
{
	int64_t begin_us = clock_thread_cpu_us();
	SSL *server = tls_server_session(server_tls), *client = tls_client_session(p->tls[0], "127.0.0.3");
	BIO *here = NULL, *there = NULL;
	int rc = server && client && BIO_new_bio_pair(&here, 0, &there, 0) == 1 ? 0 : E_MEMORY;

	if (!rc) {
		SSL_set_bio(server, here, here);
		SSL_set_bio(client, there, there);
		SSL_set_accept_state(server);
		SSL_set_connect_state(client);
	}
	for (int step = 0; !rc && step < 20 && !(SSL_is_init_finished(server) && SSL_is_init_finished(client)); step++) {
		int64_t middle_us;

		SSL_do_handshake(client);
		middle_us = clock_thread_cpu_us();
		SSL_do_handshake(server);
		*client_us += middle_us - begin_us;
		begin_us = clock_thread_cpu_us();
		*server_us += begin_us - middle_us;
	}
	if (!rc && !(SSL_is_init_finished(server) && SSL_is_init_finished(client)))
		rc = E_TLS;
	SSL_free(server);
	SSL_free(client);
	return rc;
}

int limit_handshake(const struct place *p, int64_t most_us, struct limit_handshake *cost)
{
	char certificate[PLACE_PATH + 16], key[PLACE_PATH + 16], trust[PLACE_PATH + 16];
	struct tls_error why = { "" };
	struct tls *server = NULL;
	int64_t begin_us = clock_monotonic_us(), server_us = 0, client_us = 0, n = 0;
	int rc;

	snprintf(certificate, sizeof(certificate), "%s/hub.pem", p->pki);
	snprintf(key, sizeof(key), "%s/hub.key", p->pki);
	snprintf(trust, sizeof(trust), "%s/ca.pem", p->pki);
	rc = tls_server_new(&(struct tls_files){ .certificate = certificate, .key = key, .trust = trust }, &server, &why);
	for (; !rc && clock_monotonic_us() - begin_us < most_us; n++)
		rc = one_handshake(p, server, &server_us, &client_us);
	tls_free(server);
	if (rc) {
		char said[200];
		fprintf(stderr, "bench_hub: handshake in memory: %s\n", *why.text ? why.text : tls_last_error(said, sizeof(said)));
		return rc;
	}
	*cost = (struct limit_handshake){ (double)server_us / (double)n, (double)client_us / (double)n };
	return 0;
}
