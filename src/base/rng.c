/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/rng.h"

/* SplitMix64, as its authors give it for seeding: Steele, Lea and Flood, OOPSLA 2014. */
static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15U;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return z ^ z >> 31;
}

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

void rng_seed(struct rng *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		r->s[i] = splitmix(&seed);
}

void rng_seed_named(struct rng *r, uint64_t seed, const char *purpose)
{
	uint64_t hash = 0xcbf29ce484222325U;    /* FNV-1a, 64 bits */

	for (const unsigned char *p = (const unsigned char *)purpose; *p; p++)
		hash = (hash ^ *p) * 0x100000001b3U;
	rng_seed(r, splitmix(&seed) ^ hash);
}

/* xoshiro256**: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018. */
uint64_t rng_next(struct rng *r)
{
	uint64_t *s = r->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
	uint64_t unfair = (0 - n) % n, x;       /* 2^64 mod n: as many of the lowest numbers are drawn again */

	do
		x = rng_next(r);
	while (x < unfair);
	return x % n;
}

int64_t rng_between(struct rng *r, int64_t low, int64_t high)
{
	uint64_t span = (uint64_t)high - (uint64_t)low;
	uint64_t x = span == UINT64_MAX ? rng_next(r) : rng_below(r, span + 1);

	return (int64_t)((uint64_t)low + x);
}

double rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1.0p-53;
}
