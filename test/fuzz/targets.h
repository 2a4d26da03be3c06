/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Readers of what comes from outside, each as a function of a buffer and its length: run by test_targets over seeded mutations in
 * `make check`, by libFuzzer in `make fuzz`. Each aborts when something that must hold does not; memory errors are for the
 * sanitizers. Results: 1 the input was taken as good, 0 it was refused. */
#ifndef VGI_TEST_FUZZ_TARGETS_H
#define VGI_TEST_FUZZ_TARGETS_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/bytes.h"

struct fuzz_seeds { struct bytes item[256]; size_t n; };
void fuzz_seed(struct fuzz_seeds *s, const void *p, size_t n);

int fuzz_http(const uint8_t *p, size_t n);              /* head and body of requests and answers, chunked or not, coded or not */
int fuzz_gzip(const uint8_t *p, size_t n);
int fuzz_guard(const uint8_t *p, size_t n);             /* scan, XML, schema, and the fault that tells what it found */
int fuzz_aggregator(const uint8_t *p, size_t n);        /* requests of a service, through guard and decoder and back */
int fuzz_trading(const uint8_t *p, size_t n);
int fuzz_dispatch(const uint8_t *p, size_t n);
int fuzz_dispatch_sink(const uint8_t *p, size_t n);
int fuzz_answer(const uint8_t *p, size_t n);            /* what a peer answers to a pushed message */
int fuzz_frame(const uint8_t *p, size_t n);             /* the columns of a frame of telemetry, a line each */
int fuzz_mtom(const uint8_t *p, size_t n);              /* a package; its first line is the content type */
int fuzz_parcel(const uint8_t *p, size_t n);            /* an encrypted document */
int fuzz_wss(const uint8_t *p, size_t n);               /* the WS-Security header */

struct fuzz_target {
	const char *name;
	int (*run)(const uint8_t *p, size_t n);
	void (*seeds)(struct fuzz_seeds *s);            /* good inputs: real messages, made by our own writers */
	const char *const *words;                       /* what mutations put in; ends in NULL */
	int rounds;                                     /* in `make check` */
};
extern const struct fuzz_target fuzz_targets[];
extern const size_t fuzz_targets_n;
const struct fuzz_target *fuzz_target(const char *name);        /* NULL: none of this name */

/* Of one file each, for the table. */
void http_seeds(struct fuzz_seeds *s);
void gzip_seeds(struct fuzz_seeds *s);
void message_seeds(struct fuzz_seeds *s);
void answer_seeds(struct fuzz_seeds *s);
void frame_seeds(struct fuzz_seeds *s);
void wss_seeds(struct fuzz_seeds *s);
void parcel_seeds(struct fuzz_seeds *s);
void mtom_seeds(struct fuzz_seeds *s);
extern const char *const http_words[], *const xml_words[], *const frame_words[], *const wss_words[], *const mtom_words[], *const parcel_words[];

#define HOLDS(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s: does not hold: %s\n", __FILE__, __LINE__, __func__, #condition); \
			abort(); \
		} \
	} while (0)
#endif
