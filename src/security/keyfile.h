/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The key file: the secrets that personal fields are sealed under (D10, S3) and that users' names are hashed with. Text, one
 * record a line:
 *
 *     vgihub-keys 1
 *     pseudonym HEX64
 *     key 1 2026-06-10T00:00:00Z HEX64
 *
 * The key with the greatest number seals; the others only open what was sealed before a rotation. The pseudonym secret
 * never changes, or one user would become two. The file is for its owner alone (mode 0600): anything else is refused. */
#ifndef VGI_SECURITY_KEYFILE_H
#define VGI_SECURITY_KEYFILE_H
#include <stddef.h>
#include <stdint.h>

enum { KEYFILE_SECRET = 32, KEYFILE_KEYS = 64 };

struct keyfile_key {
	uint32_t id;                    /* 1, 2 … */
	int64_t made_ms;                /* machine time, UTC */
	unsigned char secret[KEYFILE_SECRET];
};
/* Keys by rising id, at least one. Wipe it with keyfile_done. */
struct keyfile {
	unsigned char pseudonym[KEYFILE_SECRET];
	struct keyfile_key key[KEYFILE_KEYS];
	size_t n;
};
/* File and what is wrong with it, never a secret. */
struct keyfile_error { char text[512]; };

/* 0; E_IO (not readable), E_CONFIG (open to others, not a file, not this form), E_INTERNAL; then *file is wiped. */
int keyfile_read(const char *path, struct keyfile *file, struct keyfile_error *error);
void keyfile_done(struct keyfile *file);
/* A new file with one new key. E_CONFIG if path exists already: what was sealed under it would be lost. */
int keyfile_create(const char *path, struct keyfile_error *error);
/* Adds a key, which seals from then on; *id: its number. Whoever reads the file sees the old or the new one. Owner and mode
 * stay. E_CONFIG too if the file is full or another change is under way (PATH.new exists). */
int keyfile_add(const char *path, uint32_t *id, struct keyfile_error *error);
/* Takes a key out. E_CONFIG if it is the one that seals, or not there. Values still sealed under it are lost: look first. */
int keyfile_remove(const char *path, uint32_t id, struct keyfile_error *error);
#endif
