/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Seeds and mutations that the fuzz tests share. Everything is drawn from one seed, so that a failure repeats. */
#ifndef VGI_TEST_FUZZ_CORPUS_H
#define VGI_TEST_FUZZ_CORPUS_H
#include <stddef.h>
#include "base/bytes.h"
#include "base/rng.h"

/* Changes `in` into `out` (cleared first) by one to six edits: bytes flipped, cut out, doubled or replaced; words of `word`
 * (ending in NULL) put in; pieces of `other` spliced in. At most 4 × its size + 4 KiB. */
void corpus_mutate(struct rng *rng, const struct bytes *in, const struct bytes *other, const char *const *word, struct bytes *out);
/* Rounds for a test: VGI_FUZZ_ROUNDS, else `usual`. */
int corpus_rounds(int usual);
/* VGI_FUZZ_SEED, else 1. */
unsigned long corpus_seed(void);
#endif
