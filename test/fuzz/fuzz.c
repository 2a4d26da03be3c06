/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* One target under libFuzzer, which has main: fuzz --target=NAME --seeds=DIR DIR [libFuzzer's options]. Seeds are written into DIR
 * first, without the folder being emptied: what earlier runs found stays. See fuzz.sh. */
#include <string.h>
#include "fuzz/targets.h"

static const struct fuzz_target *target;

static void write_seeds(const char *folder)
{
	static struct fuzz_seeds s;
	char path[600];
	target->seeds(&s);
	for (size_t i = 0; i < s.n; i++) {
		snprintf(path, sizeof path, "%s/seed-%zu", folder, i);
		HOLDS(!bytes_write_file(&s.item[i], path));
		bytes_done(&s.item[i]);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char target_is[] = "--target=", seeds_are[] = "--seeds=";
	const char *folder = NULL;
	for (int i = 1; i < *argc; i++) {
		if (!strncmp((*argv)[i], target_is, sizeof target_is - 1))
			target = fuzz_target((*argv)[i] + sizeof target_is - 1);
		if (!strncmp((*argv)[i], seeds_are, sizeof seeds_are - 1))
			folder = (*argv)[i] + sizeof seeds_are - 1;
	}
	if (!target) {
		fprintf(stderr, "fuzz: --target= of:");
		for (size_t i = 0; i < fuzz_targets_n; i++)
			fprintf(stderr, " %s", fuzz_targets[i].name);
		fprintf(stderr, "\n");
		exit(64);
	}
	if (folder)
		write_seeds(folder);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	target->run(p, n);
	return 0;
}
