/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Seeded pseudo-random numbers for trials, tests and benchmarks: SplitMix64 seeding xoshiro256** (Blackman and Vigna,
 * 2018). Never for keys. The same seed gives the same numbers on every machine. */
#ifndef VGI_BASE_RNG_H
#define VGI_BASE_RNG_H
#include <stdint.h>

struct rng { uint64_t s[4]; };

void rng_seed(struct rng *r, uint64_t seed);
/* A generator of its own for a named purpose, so that drawing more for one thing never changes another. */
void rng_seed_named(struct rng *r, uint64_t seed, const char *purpose);
uint64_t rng_next(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t n);                  /* uniform in 0..n-1, no modulo bias; n ≥ 1 */
int64_t rng_between(struct rng *r, int64_t low, int64_t high);  /* uniform, inclusive */
double rng_unit(struct rng *r);                                 /* [0, 1) with 53 bits */
#endif
