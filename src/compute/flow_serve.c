/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Step 1 of a decomposition: who gets how much. The energy vectors a station can serve are the independent vectors of
 * a polymatroid on its vehicles, so serving them one after the other, each as far as it goes, reaches the maximum flow
 * and is the lexicographically greatest answer in their order (Edmonds 1970). A vehicle that finds a cell full may
 * push another one's charging to a later or earlier interval, but never takes energy from it: augmenting paths keep
 * what was served. */
#include <string.h>
#include "compute/flow.h"

struct serve {
	struct flow *f;
	uint32_t k;             /* tight station */
	int64_t *cell;          /* its cells' loads */
	uint32_t *entered;      /* [n] vehicle that would take more in this interval; NONE: not visited */
	uint32_t *left;         /* [members] interval in which this vehicle would take less; NONE: not visited */
	uint32_t *queue;        /* [n] intervals */
	bool *closed;           /* [n] no room can be reached from this interval, now or later */
	uint32_t end;
};
#define NONE UINT32_MAX

static inline int32_t *power(const struct serve *s, uint32_t i, uint32_t t)
{
	const struct flow_vehicle *v = &s->f->vehicle[i];

	return &s->f->x[v->offset + t - v->first];
}

/* Fills from the earliest interval on, as far as caps and cells (NULL: no limit) allow; returns what is left. */
static int64_t fill_early(struct flow *f, const struct flow_vehicle *v, int64_t want, int64_t *cell, int64_t limit)
{
	for (uint32_t t = v->first; t < (uint32_t)v->first + v->count && want > 0; t++) {
		int64_t q = flow_cap(v, t);
		if (q > want)
			q = want;
		if (cell && q > limit - cell[t])
			q = limit - cell[t];
		f->x[v->offset + t - v->first] = (int32_t)q;
		if (cell)
			cell[t] += q;
		want -= q;
	}
	return want;
}

/* Queues the intervals in which vehicle i could take more; returns the first in which the station has room, NONE if
 * there is none. */
static uint32_t enter_from(struct serve *s, uint32_t i)
{
	const struct flow_vehicle *v = &s->f->vehicle[i];

	for (uint32_t t = v->first; t < (uint32_t)v->first + v->count; t++) {
		if (s->entered[t] != NONE || s->closed[t] || *power(s, i, t) >= flow_cap(v, t))
			continue;
		s->entered[t] = i;
		if (s->cell[t] < s->f->limit[s->k])
			return t;
		s->queue[s->end++] = t;
	}
	return NONE;
}

/* Breadth first from vehicle i to an interval in which the station has room; NONE if there is none. Then the intervals
 * seen are all full and lead only to each other. No later path can leave them, so none needs to enter: they are closed
 * for good. */
static uint32_t find_room(struct serve *s, uint32_t i)
{
	uint32_t begin = s->f->begin[s->k], members = s->f->begin[s->k + 1] - begin, found;

	for (uint32_t t = 0; t < s->f->n; t++)
		s->entered[t] = NONE;
	for (uint32_t j = 0; j < members; j++)
		s->left[j] = NONE;
	s->end = 0;
	s->left[i - begin] = 0;
	found = enter_from(s, i);
	for (uint32_t head = 0; head < s->end && found == NONE; head++) {
		uint32_t t = s->queue[head];
		for (uint32_t j = 0; j < members && found == NONE; j++) {
			const struct flow_vehicle *v = &s->f->vehicle[begin + j];
			if (s->left[j] != NONE || !flow_covers(v, t) || *power(s, begin + j, t) == 0)
				continue;
			s->left[j] = t;
			found = enter_from(s, begin + j);
		}
	}
	for (uint32_t head = 0; head < s->end && found == NONE; head++)
		s->closed[s->queue[head]] = true;
	return found;
}

/* Moves at most want along the path that ends at interval `last`; returns what moved. */
static int64_t move(struct serve *s, uint32_t i, uint32_t last, int64_t want)
{
	uint32_t begin = s->f->begin[s->k];
	int64_t q = s->f->limit[s->k] - s->cell[last];

	q = q < want ? q : want;
	for (uint32_t t = last, j; ; t = s->left[j - begin]) {
		j = s->entered[t];
		int64_t room = flow_cap(&s->f->vehicle[j], t) - *power(s, j, t);
		q = q < room ? q : room;
		if (j == i)
			break;
		int64_t had = *power(s, j, s->left[j - begin]);
		q = q < had ? q : had;
	}
	for (uint32_t t = last, j; ; t = s->left[j - begin]) {
		j = s->entered[t];
		*power(s, j, t) += (int32_t)q;
		if (j == i)
			break;
		*power(s, j, s->left[j - begin]) -= (int32_t)q;
	}
	s->cell[last] += q;
	return q;
}

static int64_t serve_one(struct serve *s, uint32_t i, int64_t want)
{
	int64_t left = fill_early(s->f, &s->f->vehicle[i], want, s->cell, s->f->limit[s->k]);

	while (left > 0) {
		uint32_t t = find_room(s, i);
		if (t == NONE)
			break;
		left -= move(s, i, t, left);
	}
	return want - left;
}

void flow_serve(struct arena *scratch, struct flow *f, const int64_t *want, int64_t *got)
{
	struct serve s = { .f = f };
	uint32_t most = 0;

	for (uint32_t k = 0; k < f->n_tight; k++)
		if (most < f->begin[k + 1] - f->begin[k])
			most = f->begin[k + 1] - f->begin[k];
	s.entered = ARENA_ARRAY(scratch, f->n, uint32_t);
	s.queue = ARENA_ARRAY(scratch, f->n, uint32_t);
	s.closed = ARENA_ARRAY(scratch, f->n, bool);
	s.left = ARENA_ARRAY(scratch, most, uint32_t);
	for (uint32_t i = 0; i < f->n_free; i++)
		got[i] = want[i] - fill_early(f, &f->vehicle[i], want[i], NULL, 0);
	for (s.k = 0; s.k < f->n_tight; s.k++) {
		s.cell = f->cell + (size_t)s.k * f->n;
		memset(s.closed, 0, f->n * sizeof *s.closed);
		for (uint32_t i = f->begin[s.k]; i < f->begin[s.k + 1]; i++)
			got[i] = serve_one(&s, i, want[i]);
	}
	for (uint32_t i = 0; i < f->n_vehicles; i++)
		for (uint32_t d = 0; d < f->vehicle[i].count; d++)
			f->load[f->vehicle[i].first + d] += f->x[f->vehicle[i].offset + d];
}
