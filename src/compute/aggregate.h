/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* From samples of piles to interval means, and from piles to groups of any kind (F4, P5). Pure; any thread, one table
 * by one at a time.
 *
 * A table has piles × n cells, cell[pile * n + interval]; the interval of a sample is the one in which it ends
 * (begin < stamp ≤ end: timegrid_index_of_stamp). */
#ifndef VGI_COMPUTE_AGGREGATE_H
#define VGI_COMPUTE_AGGREGATE_H
#include <stddef.h>
#include <stdint.h>
#include "base/timegrid.h"

struct aggregate_cell { int64_t sum_w; int64_t stored; };       /* {0} at first */

/* One frame: samples of one stamp, column by column. Each (pile, stamp) comes once: repeats are the store's to drop. */
struct aggregate_frame {
	int64_t ts_ms;
	size_t samples;
	const uint32_t *pile;           /* row in the table */
	const int64_t *raw_w;
	const uint16_t *quality;        /* samples with QUALITY_REFUSED are passed over; NULL: none is */
};

/* Adds the frame. The number of samples counted; 0 if the stamp lies outside the grid; E_RANGE, and nothing is added,
 * if a pile is ≥ piles. */
int64_t aggregate_add(struct aggregate_cell *cell, size_t piles, const struct timegrid *grid,
		const struct aggregate_frame *frame);
/* Mean of the stored raw values, rounded; VALUE_NONE if there are none. */
int64_t aggregate_mean_w(const struct aggregate_cell *cell);

/* Sums over a group: load_w[i] = Σ of its piles' means (none counts 0), stored[i] = Σ stored, i < n. members: rows of
 * the table, none twice. Arrays by the caller; stored may be NULL. Due are members × samples an interval. */
void aggregate_group(const struct aggregate_cell *cell, size_t n, const uint32_t *member, size_t members,
		int64_t *load_w, int64_t *stored);
/* Σ of interval means as energy in Wh, rounded once; VALUE_NONE counts 0. */
int64_t aggregate_energy_wh(const int64_t *load_w, size_t n, int64_t step_min);
#endif
