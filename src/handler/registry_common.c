/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "handler/registry_common.h"

static int by_id_then_place(const void *a, const void *b, void *context)
{
	const char *const *id = context;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int order = strcmp(id[x], id[y]);

	return order != 0 ? order : (x > y) - (x < y);
}

void registry_repeats(struct arena *a, const char *const *id, size_t n, bool *repeat)
{
	size_t *order = ARENA_ARRAY(a, n, size_t);

	for (size_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof *order, by_id_then_place, (void *)(uintptr_t)id);
	for (size_t i = 0; i < n; i++)
		repeat[order[i]] = i > 0 && strcmp(id[order[i]], id[order[i - 1]]) == 0;
}

int registry_time(const struct work *w, int64_t begin_ms, int64_t end_ms)
{
	const struct rules_telemetry *t = &w->hub->rules->telemetry;

	if (begin_ms > w->now_ms + t->plan_ahead_days * MS_DAY)
		return E_TIME_FUTURE;
	if (end_ms < w->now_ms - t->history_oldest_days * MS_DAY)
		return E_TIME_ANCIENT;
	return 0;
}
