/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/series.h"

struct grid *series_grid(struct arena *a, const struct timegrid *g, enum curve_reference reference)
{
	struct grid *grid = ARENA_NEW(a, struct grid);

	*grid = (struct grid){ { g->start_ms }, { g->step_ms / MS_MINUTE }, { g->n }, CURVE_VALUE_MEAN, reference, POLARITY_LOAD };
	return grid;
}

struct watt_list series_watts(struct arena *a, const int64_t *power_w, int n)
{
	struct watt_list list = { n, ARENA_ARRAY(a, (size_t)n, struct watt) };

	for (int i = 0; i < n; i++)
		list.item[i].v = power_w[i];
	return list;
}
