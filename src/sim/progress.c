/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/timegrid.h"
#include "sim/progress.h"
#include "sim/world.h"

enum { BAR = 40, REDRAW_US = 100000, LINE_EVERY_MIN = 180 };

struct progress {
	pthread_mutex_t lock;
	bool quiet, terminal;
	bool drawn;             /* a bar stands on the present line */
	int64_t redrawn_us;
};

struct progress *progress_new(bool quiet)
{
	struct progress *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	p->quiet = quiet;
	p->terminal = isatty(STDOUT_FILENO) == 1;
	return p;
}

/* With the lock held: what is written next stands on a line of its own. */
static void clear_bar(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stdout);
	p->drawn = false;
	fflush(stdout);
}

void progress_free(struct progress *p)
{
	if (!p)
		return;
	clear_bar(p);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static void put_clock(int64_t business_ms)
{
	char text[32];

	/* 2026-06-10T18:15:00+08:00 */
	time_format(business_ms, WORLD_OFFSET_MIN, text);
	printf("%.5s %.5s  ", text + 5, text + 11);
}

void progress_event(struct progress *p, int64_t business_ms, const char *format, ...)
{
	va_list ap;

	if (p->quiet)
		return;
	va_start(ap, format);
	pthread_mutex_lock(&p->lock);
	clear_bar(p);
	put_clock(business_ms);
	vprintf(format, ap);
	putchar('\n');
	fflush(stdout);
	pthread_mutex_unlock(&p->lock);
	va_end(ap);
}

static void draw_bar(struct progress *p, int64_t business_ms, int minute, int minutes, int64_t frames, int64_t retries)
{
	int full = minutes > 0 ? minute * BAR / minutes : 0;

	clear_bar(p);
	put_clock(business_ms);
	putchar('[');
	for (int i = 0; i < BAR; i++)
		putchar(i < full ? '#' : '.');
	printf("] %" PRId64 " frames, %" PRId64 " retries", frames, retries);
	fflush(stdout);
	p->drawn = true;
}

void progress_minute(struct progress *p, int64_t business_ms, int minute, int minutes, int64_t frames, int64_t retries)
{
	int64_t now_us = clock_monotonic_us();

	if (p->quiet)
		return;
	pthread_mutex_lock(&p->lock);
	if (p->terminal && (now_us - p->redrawn_us >= REDRAW_US || minute == minutes)) {
		draw_bar(p, business_ms, minute, minutes, frames, retries);
		p->redrawn_us = now_us;
	}
	if (!p->terminal && minute % LINE_EVERY_MIN == 0) {
		put_clock(business_ms);
		printf("%" PRId64 " frames, %" PRId64 " retries\n", frames, retries);
		fflush(stdout);
	}
	pthread_mutex_unlock(&p->lock);
}

void progress_problem(struct progress *p, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	pthread_mutex_lock(&p->lock);
	clear_bar(p);
	fputs("vgisim: ", stderr);
	vfprintf(stderr, format, ap);
	putc('\n', stderr);
	pthread_mutex_unlock(&p->lock);
	va_end(ap);
}

void progress_print(struct progress *p, const char *format, ...)
{
	va_list ap;

	if (p->quiet)
		return;
	va_start(ap, format);
	pthread_mutex_lock(&p->lock);
	clear_bar(p);
	vprintf(format, ap);
	pthread_mutex_unlock(&p->lock);
	va_end(ap);
}
