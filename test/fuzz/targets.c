/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "fuzz/targets.h"
#include <string.h>

void fuzz_seed(struct fuzz_seeds *s, const void *p, size_t n)
{
	HOLDS(s->n < sizeof s->item / sizeof *s->item);
	s->item[s->n] = (struct bytes)BYTES_INIT;
	HOLDS(!bytes_add(&s->item[s->n++], p, n));
}

const struct fuzz_target fuzz_targets[] = {
	{ "http", fuzz_http, http_seeds, http_words, 20000 },
	{ "gzip", fuzz_gzip, gzip_seeds, http_words, 10000 },
	{ "guard", fuzz_guard, message_seeds, xml_words, 2000 },
	{ "aggregator", fuzz_aggregator, message_seeds, xml_words, 3000 },
	{ "trading", fuzz_trading, message_seeds, xml_words, 2000 },
	{ "dispatch", fuzz_dispatch, message_seeds, xml_words, 2000 },
	{ "dispatch-sink", fuzz_dispatch_sink, message_seeds, xml_words, 2000 },
	{ "answer", fuzz_answer, answer_seeds, xml_words, 2000 },
	{ "frame", fuzz_frame, frame_seeds, frame_words, 3000 },
	{ "mtom", fuzz_mtom, mtom_seeds, mtom_words, 10000 },
	{ "wss", fuzz_wss, wss_seeds, wss_words, 2000 },
	{ "parcel", fuzz_parcel, parcel_seeds, parcel_words, 5000 },
};
const size_t fuzz_targets_n = sizeof fuzz_targets / sizeof *fuzz_targets;

const struct fuzz_target *fuzz_target(const char *name)
{
	for (size_t i = 0; i < fuzz_targets_n; i++)
		if (!strcmp(fuzz_targets[i].name, name))
			return &fuzz_targets[i];
	return NULL;
}
