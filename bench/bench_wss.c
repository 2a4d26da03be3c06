/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What WS-Security costs a message: CPU µs to verify a signed request, to sign an answer, to open and to write an encrypted one, by
 * key and size. One thread.
 *   bench_wss [SECONDS]         of each figure (default 1) */
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "codec/wss/wss.h"

struct pair { const char *name; EVP_PKEY *key; X509 *certificate; unsigned char *der; int der_n; };
static struct arena *arena;

static int make(struct pair *p)
{
	p->certificate = X509_new();
	if (!p->key || !p->certificate)
		return E_MEMORY;
	X509_time_adj_ex(X509_getm_notBefore(p->certificate), -1, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(p->certificate), 1, 0, NULL);
	if (X509_set_pubkey(p->certificate, p->key) != 1 || X509_sign(p->certificate, p->key, EVP_sha256()) <= 0)
		return E_INTERNAL;
	p->der_n = i2d_X509(p->certificate, &p->der);
	return p->der_n > 0 ? 0 : E_INTERNAL;
}

static bool anybody(void *arg, const char *fingerprint) { (void)arg; (void)fingerprint; return true; }

/* A frame of about this many bytes. */
static int write_message(struct bytes *b, size_t size)
{
	int rc = bytes_adds(b, "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:a=\"urn:vgi:aggregator:1\"><S:Body><a:ReportFrame>");
	while (!rc && b->n < size)
		rc = bytes_printf(b, "<a:sample><a:pileId>A1-S%zu</a:pileId><a:powerKw>7.000</a:powerKw></a:sample>", b->n);
	return rc ? rc : bytes_adds(b, "</a:ReportFrame></S:Body></S:Envelope>");
}

static int close_once(const struct wss_seal *seal, const struct bytes *plain, struct bytes *out)
{
	bytes_clear(out);
	int rc = wss_close(arena, seal, plain->p, plain->n, out);
	arena_reset(arena);
	return rc;
}

static int open_once(const struct wss_policy *policy, const struct bytes *message)
{
	struct wss_result r;
	const char *why;
	int rc = wss_open(arena, policy, message->p, message->n, &r, &why);
	arena_reset(arena);
	return rc;
}

/* CPU µs of one; negative: what failed. */
static double cost(const struct wss_seal *seal, const struct wss_policy *policy, const struct bytes *plain, struct bytes *message, int64_t most_us)
{
	int64_t n = 0, from = clock_thread_cpu_us(), spent = 0;
	for (; spent < most_us; n++) {
		int rc = policy ? open_once(policy, message) : close_once(seal, plain, message);
		if (rc)
			return rc;
		spent = clock_thread_cpu_us() - from;
	}
	return (double)spent / (double)n;
}

static int figures(struct pair *p, struct pair *recipient, size_t size, int64_t most_us)
{
	struct bytes plain = BYTES_INIT, message = BYTES_INIT;
	int64_t now_us = clock_machine_us();
	struct wss_seal seal = { .key = p->key, .certificate = p->certificate, .now_us = now_us, .life_us = 300000000,
		.recipient = recipient ? recipient->der : NULL, .recipient_n = recipient ? (size_t)recipient->der_n : 0,
		.wrap = recipient ? WSS_WRAP_OAEP_SHA256 : WSS_WRAP_NONE };
	struct wss_policy policy = { .most = 64 << 20, .depth = 32, .elements = 10000000, .now_us = now_us, .life_us = 300000000,
		.skew_us = 60000000, .may_sign = anybody, .key = recipient ? recipient->key : NULL };
	int rc = write_message(&plain, size);
	if (!rc) {
		double closed = cost(&seal, NULL, &plain, &message, most_us), opened = cost(NULL, &policy, &plain, &message, most_us);
		printf("%-10s %8zu %-10s %10.0f %10.0f %10zu\n", p->name, plain.n, recipient ? "yes" : "no", opened, closed, message.n);
		rc = closed < 0 || opened < 0 ? E_INTERNAL : 0;
	}
	bytes_done(&plain);
	bytes_done(&message);
	return rc;
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = { 1000, 10000, 1000000 };
	struct pair pair[] = { { .name = "EC P-256" }, { .name = "RSA 2048" }, { .name = "RSA 3072" } };
	int64_t most_us = (argc > 1 ? strtol(argv[1], NULL, 10) : 1) * INT64_C(1000000);
	pair[0].key = EVP_EC_gen("P-256");
	pair[1].key = EVP_RSA_gen(2048);
	pair[2].key = EVP_RSA_gen(3072);
	arena = arena_new(0);
	int rc = 0;
	printf("%-10s %8s %-10s %10s %10s %10s\n", "key", "bytes", "encrypted", "open us", "close us", "on wire");
	for (size_t i = 0; !rc && i < 3; i++)
		rc = make(&pair[i]);
	for (size_t s = 0; !rc && s < 3; s++)
		for (size_t i = 0; !rc && i < 4; i++)
			rc = i < 3 ? figures(&pair[i], NULL, sizes[s], most_us) : figures(&pair[1], &pair[1], sizes[s], most_us);
	if (rc)
		fprintf(stderr, "bench_wss: %s\n", error_text_en(rc));
	for (size_t i = 0; i < 3; i++) {
		EVP_PKEY_free(pair[i].key);
		X509_free(pair[i].certificate);
		OPENSSL_free(pair[i].der);
	}
	arena_free(arena);
	return rc ? 1 : 0;
}
