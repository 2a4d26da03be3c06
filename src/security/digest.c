/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/digest.h"
#include <openssl/evp.h>
#include <openssl/rand.h>
#include "base/error.h"

int digest_sha256(const void *p, size_t n, unsigned char digest[DIGEST_SIZE])
{
	return EVP_Digest(p, n, digest, NULL, EVP_sha256(), NULL) == 1 ? 0 : E_INTERNAL;
}

int random_name(char name[RANDOM_NAME])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char raw[16];
	if (RAND_bytes(raw, sizeof raw) != 1)
		return E_INTERNAL;
	for (size_t i = 0; i < sizeof raw; i++) {
		name[2 * i] = hex[raw[i] >> 4];
		name[2 * i + 1] = hex[raw[i] & 15];
	}
	name[32] = '\0';
	return 0;
}
