/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Encrypted documents: none opens but what was sealed, byte for byte. Keys are made anew in each process. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fuzz/targets.h"
#include "security/parcel.h"

const char *const parcel_words[] = { "VGI-DOC\n", "\x01", "\x02", "\xff\xff\xff\xff", "\xff\xff\xff\x7f", "\x10", "\x40", "hub", "day.E", "\x30\x81", NULL };

enum { KINDS = 2, SEEDS = 8, NOW_S = 1780000000 };
static struct parcel_key *own[KINDS];           /* RSA; SM2, where OpenSSL has it */
static struct bytes good[SEEDS];
static size_t n_good;

static void write_pem(const char *certificate, const char *key, EVP_PKEY *k, X509 *x)
{
	FILE *f = fopen(certificate, "w");
	HOLDS(f && PEM_write_X509(f, x) == 1 && !fclose(f));
	f = fopen(key, "w");
	HOLDS(f && PEM_write_PrivateKey(f, k, NULL, NULL, 0, NULL, NULL) == 1 && !fclose(f) && !chmod(key, 0600));
}

static struct parcel_key *make_key(EVP_PKEY *k, const EVP_MD *md)
{
	char folder[] = "/tmp/vgiparcel.XXXXXX", certificate[64], key[64];
	struct parcel_key *made = NULL;
	struct cms_error error;
	X509 *x = X509_new();
	HOLDS(k && x && mkdtemp(folder) && ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 && ASN1_TIME_set(X509_getm_notBefore(x), NOW_S - 60) &&
	      ASN1_TIME_set(X509_getm_notAfter(x), NOW_S + 60) && X509_set_pubkey(x, k) == 1 && X509_sign(x, k, md) > 0);
	snprintf(certificate, sizeof certificate, "%s/c", folder);
	snprintf(key, sizeof key, "%s/k", folder);
	write_pem(certificate, key, k, x);
	HOLDS(!parcel_opener(certificate, key, NOW_S * INT64_C(1000), &made, &error));
	HOLDS(!unlink(certificate) && !unlink(key) && !rmdir(folder));
	X509_free(x);
	EVP_PKEY_free(k);
	return made;
}

static void get_ready(void)
{
	const char *missing;
	if (own[0])
		return;
	own[0] = make_key(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048), EVP_sha256());
	if (suite_available(SUITE_CHINESE, &missing))
		own[1] = make_key(EVP_PKEY_Q_keygen(NULL, NULL, "SM2"), EVP_sm3());
}

static bool is_good(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n_good; i++)
		if (good[i].n == n && !memcmp(good[i].p, p, n))
			return true;
	return false;
}

/* 1 also for what was refused by nothing but its tag: nothing that was changed can get further. */
int fuzz_parcel(const uint8_t *p, size_t n)
{
	int far = 0;
	get_ready();
	for (int i = 0; i < KINDS && own[i]; i++) {
		struct parcel parcel;
		const char *why = NULL;
		int rc = parcel_open(own[i], p, n, 1 << 20, &parcel, &why);
		HOLDS(rc ? why && *why && !parcel.text.p : is_good(p, n));
		far |= !rc || !strcmp(why, "it is not as it was sealed");
		bytes_done(&parcel.text);
	}
	return far;
}

void parcel_seeds(struct fuzz_seeds *s)
{
	static const char text[] = "<! Entity=VGI !>\nday 2026-06-10\n";
	get_ready();
	for (int i = 0; i < SEEDS && own[i % KINDS]; i++) {
		HOLDS(!parcel_seal(own[i % KINDS], "hub", "day.E", text, sizeof text - 1 - (size_t)i * 4, &good[n_good]));
		fuzz_seed(s, good[n_good].p, good[n_good].n);
		n_good++;
	}
}
