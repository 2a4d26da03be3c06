/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Memory that is freed all at once: one arena a request, a job or a report. Not thread-safe; nothing allocated from an
 * arena may outlive arena_free or arena_reset. Comes first in the argument list of whatever allocates from it. */
#ifndef VGI_BASE_ARENA_H
#define VGI_BASE_ARENA_H
#include <stddef.h>
#include <stdarg.h>

struct arena;

/* A new arena that gets memory in blocks of at least block_size bytes (0: 16 KiB). Aborts when memory is out: the
 * arenas' sum is bounded by the limits on messages, so this is a mis-sized machine, not an input. */
struct arena *arena_new(size_t block_size);
void arena_free(struct arena *a);               /* NULL allowed */
void arena_reset(struct arena *a);              /* forget everything, keep the first block */
size_t arena_used(const struct arena *a);       /* bytes handed out since new or reset */

/* aligned for any type, zeroed, never NULL; n = 0 allowed */
void *arena_alloc(struct arena *a, size_t n);
void *arena_array(struct arena *a, size_t n, size_t size);      /* n * size with overflow check, zeroed */
char *arena_strdup(struct arena *a, const char *s);             /* NULL stays NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))
#endif
