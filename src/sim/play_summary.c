/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The last words: what was said, and how long the hub took to answer. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "sim/scene.h"

static int by_size(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* NULL: it is not played. */
static const struct link *link_of(const struct play *p, size_t i)
{
	if (i < WORLD_AGGREGATORS)
		return p->agent[i].link;
	return i == WORLD_AGGREGATORS ? p->dispatch.link : p->trading.link;
}

/* All links' times of one operation, sorted; 0 if it was not called, or memory is out. */
static size_t gather(const struct play *p, enum operation_id id, int32_t **all)
{
	const int32_t *us;
	size_t n = 0, at = 0;

	for (size_t i = 0; i < WORLD_AGGREGATORS + 2; i++)
		n += link_of(p, i) ? link_times(link_of(p, i), id, &us) : 0;
	*all = n ? malloc(n * sizeof(**all)) : NULL;
	if (!*all)
		return 0;
	for (size_t i = 0; i < WORLD_AGGREGATORS + 2; i++) {
		size_t k = link_of(p, i) ? link_times(link_of(p, i), id, &us) : 0;

		if (k)
			memcpy(*all + at, us, k * sizeof(*us));
		at += k;
	}
	qsort(*all, n, sizeof(**all), by_size);
	return n;
}

static void put_ms(int32_t us, char text[24]) { decimal_format(us, 3, text); }

/* The least of the sorted times that at least this share of all does not exceed. */
static int32_t quantile(const int32_t *us, size_t n, size_t percent) { return us[(n * percent + 99) / 100 - 1]; }

static void print_operation(struct play *p, enum operation_id id)
{
	int32_t *us;
	size_t n = gather(p, id, &us);
	char median[24], high[24], longest[24];

	if (!n)
		return;
	put_ms(quantile(us, n, 50), median);
	put_ms(quantile(us, n, 99), high);
	put_ms(us[n - 1], longest);
	progress_print(p->progress, "  %-22s %8zu %12s %12s %12s\n", operation_of(id)->name, n, median, high, longest);
	free(us);
}

void summary_print(struct play *p)
{
	progress_print(p->progress, "\n  %-22s %8s %12s %12s %12s\n", "answers of the hub", "number", "median ms",
		       "99 % ms", "longest ms");
	for (int id = 0; id < OPERATION_N; id++)
		print_operation(p, (enum operation_id)id);
	progress_print(p->progress, "  sent again: %" PRId64 " messages, %" PRId64 " clock moves; "
		       "totals told to dispatch: %" PRId64 "\n", atomic_load(&p->common.retries),
		       timekeeper_retries(p->timekeeper), p->sink ? sink_minutes(p->sink) : 0);
}
