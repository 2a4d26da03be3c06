/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Closing of intervals: frames in, sums a pile out. Each is added up from its frames alone, so it may be done again. */
#include <stdlib.h>
#include "base/error.h"
#include "compute/aggregate.h"
#include "handler/telemetry.h"
#include "store/telemetry.h"

enum { MARKS_A_CALL = 64 };

/* The piles named in the frames, rising, each once. */
struct piles { uint32_t *no; size_t n; };

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static struct piles piles_of(struct arena *a, const struct telemetry_frames *frames)
{
	struct piles piles = { 0 };
	size_t samples = 0, n = 0;

	for (size_t i = 0; i < frames->n; i++)
		samples += frames->item[i].n;
	piles.no = ARENA_ARRAY(a, samples, uint32_t);
	for (size_t i = 0; i < frames->n; i++)
		for (size_t k = 0; k < frames->item[i].n; k++)
			piles.no[n++] = frames->item[i].pile_no[k];
	qsort(piles.no, n, sizeof *piles.no, by_number);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || piles.no[i] != piles.no[i - 1])
			piles.no[piles.n++] = piles.no[i];
	return piles;
}

/* Both rise, so the places are found in one walk. */
static uint32_t *places_of(struct arena *a, const struct telemetry_frame *f, const struct piles *piles)
{
	uint32_t *place = ARENA_ARRAY(a, f->n, uint32_t), at = 0;

	for (size_t i = 0; i < f->n; i++) {
		while (piles->no[at] != f->pile_no[i])
			at++;
		place[i] = at;
	}
	return place;
}

static int add_up(struct work *w, const struct telemetry_mark *mark, const struct telemetry_frames *frames)
{
	struct timegrid grid = { mark->begin_ms, (int32_t)(w->hub->rules->calendar.step_min * MS_MINUTE), 1 };
	struct piles piles = piles_of(w->arena, frames);
	struct aggregate_cell *cell = ARENA_ARRAY(w->arena, piles.n, struct aggregate_cell);
	struct telemetry_interval *row = ARENA_ARRAY(w->arena, piles.n, struct telemetry_interval);

	for (size_t i = 0; i < frames->n; i++) {
		const struct telemetry_frame *f = &frames->item[i];
		struct aggregate_frame part = {
			.ts_ms = f->ts_ms, .samples = f->n, .pile = places_of(w->arena, f, &piles), .raw_w = f->raw_w,
			.quality = f->quality
		};

		if (aggregate_add(cell, piles.n, &grid, &part) < 0)
			return E_INTERNAL;
	}
	for (size_t i = 0; i < piles.n; i++)
		row[i] = (struct telemetry_interval){ mark->begin_ms, piles.no[i], cell[i].stored, cell[i].sum_w };
	return telemetry_put_intervals(w->arena, w->db, row, piles.n);
}

static int close_interval(struct work *w, const struct telemetry_mark *mark)
{
	int64_t step_ms = w->hub->rules->calendar.step_min * MS_MINUTE;
	struct telemetry_frames frames;
	int rc = telemetry_frames_of(w->arena, w->db, mark->aggregator_no, mark->begin_ms, mark->begin_ms + step_ms,
			&frames);

	return rc < 0 ? rc : add_up(w, mark, &frames);
}

int telemetry_close_intervals(struct work *w)
{
	int64_t step_ms = w->hub->rules->calendar.step_min * MS_MINUTE;
	struct telemetry_marks marks;
	int rc = telemetry_lock_marks(w->arena, w->db, w->now_ms - w->hub->settle_ms - step_ms, MARKS_A_CALL, &marks);

	for (size_t i = 0; rc == 0 && i < marks.n; i++)
		rc = close_interval(w, &marks.item[i]);
	if (rc == 0)
		rc = telemetry_clear_marks(w->arena, w->db, &marks);
	return rc < 0 ? rc : (int)marks.n;
}
