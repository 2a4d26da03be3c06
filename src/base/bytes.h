/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A growable byte buffer with a cap, and bounds-checked reading of packed columns. Always NUL-terminated behind its
 * content (the NUL does not count). Zero-initialise with BYTES_INIT or {0}; release with bytes_done. */
#ifndef VGI_BASE_BYTES_H
#define VGI_BASE_BYTES_H
#include <stddef.h>
#include <stdint.h>

struct bytes { char *p; size_t n, room, most; };        /* most: cap in bytes, 0 = none */
#define BYTES_INIT { 0, 0, 0, 0 }
struct octets { const unsigned char *p; size_t n; };    /* bytes that belong to somebody else; p NULL: none */

void bytes_done(struct bytes *b);                       /* frees, leaves an empty buffer */
void bytes_clear(struct bytes *b);                      /* n = 0, memory kept */
/* All adding: 0, E_TOO_LARGE (cap), E_MEMORY; after an error the content is what it was. What is added must not lie
 * in b. */
int bytes_add(struct bytes *b, const void *p, size_t n);
int bytes_adds(struct bytes *b, const char *s);
int bytes_printf(struct bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Bytes of the UTF-8 character that begins at s[n]: 1..4; 0 if none does (torn, not the shortest form, a surrogate, above
 * U+10FFFF; n 0). */
size_t bytes_character(const char *s, size_t n);
/* Adds s with &, <, >, " and ' escaped for XML text or attribute; control characters that XML 1.0 forbids become '?',
 * and so does each byte that is no UTF-8. */
int bytes_add_xml(struct bytes *b, const char *s);
int bytes_add_u32(struct bytes *b, uint32_t v);         /* little endian */
uint32_t bytes_get_u32(const void *p);                  /* little endian, any alignment */

/* Whole small file into b (at most b->most, or 64 MiB if 0) in place of what it held; empty after an error. 0, E_IO
 * (errno says why), E_TOO_LARGE, E_MEMORY. */
int bytes_read_file(struct bytes *b, const char *path);
/* The same in a folder where others may write, at any time: follows no link at the end of path and waits for nobody. E_RANGE: it is no
 * regular file. */
int bytes_read_foreign(struct bytes *b, const char *path);
/* Writes path.tmp-PID-n beside path, fsyncs, renames, fsyncs the folder: whoever reads path sees all or nothing. Mode
 * 0640, less the umask. 0 or E_IO (errno says why); any thread at any time, the last rename wins. */
int bytes_write_file(const struct bytes *b, const char *path);
#endif
