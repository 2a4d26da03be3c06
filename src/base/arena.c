/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/arena.h"
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 16384, ALIGN = alignof(max_align_t) };

struct block {
	struct block *next;
	size_t size, used;
	max_align_t data[];
};

/* The list starts with the block that is being filled; the first block ever made survives a reset. */
struct arena {
	struct block *filling, *first;
	size_t block_size, used;
};

static _Noreturn void out_of_memory(size_t n)
{
	fprintf(stderr, "out of memory: an arena needs %zu bytes more\n", n);
	abort();
}

static struct block *block_new(size_t size)
{
	struct block *b = size <= SIZE_MAX - sizeof *b ? malloc(sizeof *b + size) : NULL;

	if (!b)
		out_of_memory(size);
	b->next = NULL;
	b->size = size;
	b->used = 0;
	return b;
}

struct arena *arena_new(size_t block_size)
{
	struct arena *a = malloc(sizeof *a);

	if (!a)
		out_of_memory(sizeof *a);
	a->block_size = block_size ? block_size : BLOCK_SIZE;
	a->used = 0;
	a->filling = a->first = block_new(a->block_size);
	return a;
}

static void free_all_but(struct block *b, const struct block *kept)
{
	while (b) {
		struct block *next = b->next;

		if (b != kept)
			free(b);
		b = next;
	}
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	free_all_but(a->filling, NULL);
	free(a);
}

void arena_reset(struct arena *a)
{
	free_all_but(a->filling, a->first);
	a->filling = a->first;
	a->first->next = NULL;
	a->first->used = 0;
	a->used = 0;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}

/* A block with room for n bytes. What does not fit a common block gets one of its own behind the one being filled,
 * whose rest stays in use. */
static struct block *block_for(struct arena *a, size_t n)
{
	struct block *b = a->filling;

	if (n <= b->size - b->used)
		return b;
	if (n > a->block_size) {
		b = block_new(n);
		b->next = a->filling->next;
		a->filling->next = b;
		return b;
	}
	b = block_new(a->block_size);
	b->next = a->filling;
	return a->filling = b;
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t rounded;
	struct block *b;
	char *p;

	if (n > SIZE_MAX - ALIGN)
		out_of_memory(n);
	rounded = (n + ALIGN - 1) / ALIGN * ALIGN;
	b = block_for(a, rounded);
	p = (char *)b->data + b->used;
	b->used += rounded;
	a->used += n;
	return memset(p, 0, rounded);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all))
		out_of_memory(SIZE_MAX);
	return arena_alloc(a, all);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	size_t length;
	char *copy;

	if (!s)
		return NULL;
	length = strnlen(s, n);
	copy = arena_alloc(a, length + 1);
	memcpy(copy, s, length);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *format, va_list ap)
{
	va_list again;
	int n;
	char *text;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	if (n < 0)
		n = 0;          /* a format the C library refuses (a wide character it cannot convert): empty text */
	text = arena_alloc(a, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	return text;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap;
	char *text;

	va_start(ap, format);
	text = arena_vprintf(a, format, ap);
	va_end(ap);
	return text;
}
