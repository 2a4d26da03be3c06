/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "compute/aggregate.h"
#include "base/decimal.h"
#include "base/error.h"
#include "compute/quality.h"

int64_t aggregate_add(struct aggregate_cell *cell, size_t piles, const struct timegrid *grid,
		const struct aggregate_frame *frame)
{
	int interval = timegrid_index_of_stamp(grid, frame->ts_ms);
	int64_t counted = 0;
	for (size_t i = 0; i < frame->samples; i++)
		if (frame->pile[i] >= piles)
			return E_RANGE;
	for (size_t i = 0; interval >= 0 && i < frame->samples; i++) {
		struct aggregate_cell *c = &cell[(size_t)frame->pile[i] * (size_t)grid->n + (size_t)interval];
		if (frame->quality && frame->quality[i] & QUALITY_REFUSED)
			continue;
		c->sum_w += frame->raw_w[i];
		c->stored++;
		counted++;
	}
	return counted;
}

int64_t aggregate_mean_w(const struct aggregate_cell *cell)
{
	return cell->stored > 0 ? decimal_div(cell->sum_w, cell->stored) : VALUE_NONE;
}

void aggregate_group(const struct aggregate_cell *cell, size_t n, const uint32_t *member, size_t members,
		int64_t *load_w, int64_t *stored)
{
	for (size_t i = 0; i < n; i++) {
		load_w[i] = 0;
		if (stored)
			stored[i] = 0;
	}
	for (size_t m = 0; m < members; m++) {
		const struct aggregate_cell *row = cell + (size_t)member[m] * n;
		for (size_t i = 0; i < n; i++) {
			if (row[i].stored > 0)
				load_w[i] += aggregate_mean_w(&row[i]);
			if (stored)
				stored[i] += row[i].stored;
		}
	}
}

int64_t aggregate_energy_wh(const int64_t *load_w, size_t n, int64_t step_min)
{
	__int128 sum = 0;
	for (size_t i = 0; i < n; i++)
		if (load_w[i] != VALUE_NONE)
			sum += load_w[i];
	return decimal_div(sum * step_min, 60);
}
