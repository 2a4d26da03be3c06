/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Every target over its seeds, which are good, and over seeded mutations of them. A failure repeats with the same VGI_FUZZ_SEED;
 * VGI_FUZZ_ROUNDS goes further. `make fuzz` runs the same targets under libFuzzer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "fuzz/corpus.h"
#include "fuzz/targets.h"

/* In a piece of memory that is exactly so long, so that a byte read behind it is seen. */
static int run(const struct fuzz_target *t, const struct bytes *b)
{
	uint8_t *exact = malloc(b->n ? b->n : 1);
	if (b->n)
		memcpy(exact, b->p, b->n);
	int taken = t->run(exact, b->n);
	free(exact);
	return taken;
}

/* A target of one service takes the messages of that service only. */
static int run_seeds(const struct fuzz_target *t, struct fuzz_seeds *s)
{
	int taken = 0;
	t->seeds(s);
	for (size_t i = 0; i < s->n; i++)
		taken += run(t, &s->item[i]);
	return taken;
}

static void test_target(void **state)
{
	static struct fuzz_seeds s;
	const struct fuzz_target *t = *state;
	struct bytes b = BYTES_INIT;
	struct rng rng;
	int taken, rounds = corpus_rounds(t->rounds);
	s.n = 0;
	taken = run_seeds(t, &s);
	assert_true(t->seeds == message_seeds && t->run != fuzz_guard ? taken > 0 : taken == (int)s.n);
	run(t, &b);                                     /* nothing at all */
	rng_seed(&rng, corpus_seed());
	for (int i = taken = 0; i < rounds; i++) {
		corpus_mutate(&rng, &s.item[rng_below(&rng, s.n)], &s.item[rng_below(&rng, s.n)], t->words, &b);
		taken += run(t, &b);
	}
	print_message("# %s: %d rounds, %d taken\n", t->name, rounds, taken);
	assert_true(taken > rounds / 1000);             /* the mutations reach what lies behind the first check */
	for (size_t i = 0; i < s.n; i++)
		bytes_done(&s.item[i]);
	bytes_done(&b);
}

/* Each service's message is taken by its own service and by no other. */
static void test_services(void **state)
{
	static struct fuzz_seeds s;
	static const char *const service[] = { "aggregator", "trading", "dispatch", "dispatch-sink" };
	(void)state;
	s.n = 0;
	message_seeds(&s);
	for (size_t i = 0; i < s.n; i++) {
		int taken = 0;
		for (size_t k = 0; k < sizeof service / sizeof *service; k++)
			taken += run(fuzz_target(service[k]), &s.item[i]);
		assert_int_equal(taken, 1);
		bytes_done(&s.item[i]);
	}
}

int main(void)
{
	struct CMUnitTest tests[32] = { cmocka_unit_test(test_services) };
	for (size_t i = 0; i < fuzz_targets_n; i++)
		tests[i + 1] = (struct CMUnitTest){ .name = fuzz_targets[i].name, .test_func = test_target,
			.initial_state = (void *)(uintptr_t)&fuzz_targets[i] };
	return _cmocka_run_group_tests("targets", tests, fuzz_targets_n + 1, NULL, NULL);
}
