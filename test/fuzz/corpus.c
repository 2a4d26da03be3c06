/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "fuzz/corpus.h"
#include <stdlib.h>
#include <string.h>

enum { EDITS = 6, PIECE = 200 };

static size_t place(struct rng *rng, const struct bytes *b) { return (size_t)rng_below(rng, b->n + 1); }

static size_t piece(struct rng *rng, const struct bytes *b, size_t at)
{
	size_t n = (size_t)rng_below(rng, rng_below(rng, 4) ? 8 : PIECE) + 1;
	return n < b->n - at ? n : b->n - at;
}

/* out[at, at + cut) gives way to p[0, n). */
static void replace(struct bytes *out, size_t at, size_t cut, const char *p, size_t n)
{
	struct bytes rest = BYTES_INIT, put = BYTES_INIT;
	bytes_add(&put, p, n);
	bytes_add(&rest, out->p + at + cut, out->n - at - cut);
	out->n = at;
	bytes_add(out, put.p, put.n);
	bytes_add(out, rest.p, rest.n);
	bytes_done(&rest);
	bytes_done(&put);
}

static void edit(struct rng *rng, struct bytes *out, const struct bytes *other, const char *const *word)
{
	size_t at = place(rng, out), n = piece(rng, out, at), words = 0;
	char byte = (char)rng_below(rng, 256);
	while (word[words])
		words++;
	switch (rng_below(rng, 7)) {
	case 0:
		replace(out, at, at < out->n, &byte, 1);
		break;
	case 1:
		replace(out, at, n, "", 0);
		break;
	case 2:
		replace(out, at, 0, out->p + at, n);
		break;
	case 3: {
		size_t from = place(rng, other);
		replace(out, at, n, other->p + from, piece(rng, other, from));
		break;
	}
	default: {
		const char *w = word[rng_below(rng, words)];
		replace(out, at, rng_below(rng, 2) ? 0 : n, w, strlen(w));
	}
	}
}

void corpus_mutate(struct rng *rng, const struct bytes *in, const struct bytes *other, const char *const *word, struct bytes *out)
{
	size_t edits = (size_t)rng_below(rng, EDITS) + 1;
	bytes_clear(out);
	bytes_add(out, in->p, in->n);
	for (size_t i = 0; i < edits && out->n < 4 * in->n + 4096; i++)
		edit(rng, out, other, word);
}

static long from_environment(const char *name, long otherwise)
{
	const char *s = getenv(name);
	long v = s ? strtol(s, NULL, 10) : 0;
	return v > 0 ? v : otherwise;
}

int corpus_rounds(int usual) { return (int)from_environment("VGI_FUZZ_ROUNDS", usual); }
unsigned long corpus_seed(void) { return (unsigned long)from_environment("VGI_FUZZ_SEED", 1); }
