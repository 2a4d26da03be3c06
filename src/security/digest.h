/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* SHA-256 and random names. Thread-safe. */
#ifndef VGI_SECURITY_DIGEST_H
#define VGI_SECURITY_DIGEST_H
#include <stddef.h>

enum { DIGEST_SIZE = 32, RANDOM_NAME = 33 };

/* 0 or E_INTERNAL. */
int digest_sha256(const void *p, size_t n, unsigned char digest[DIGEST_SIZE]);
/* 32 lower-case hex digits from OpenSSL's generator and a NUL. 0 or E_INTERNAL. */
int random_name(char name[RANDOM_NAME]);
#endif
