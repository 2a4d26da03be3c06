/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/error.h"
#include "compute/fill.h"

static inline bool has(const struct fill_member *m, int t) { return t >= m->first && t < m->first + m->count; }
static inline int32_t *at(const struct fill *f, int32_t *a, size_t i, int t)
{
	return &a[f->member[i].offset + (size_t)(t - f->member[i].first)];
}

static inline bool has_room(const struct fill *f, size_t i, int t)
{
	return has(&f->member[i], t) && *at(f, f->x, i, t) < *at(f, f->cap, i, t);
}

/* What the members with unused energy can take in interval t at once. */
static void fill_direct(struct fill *f, int t)
{
	for (size_t i = 0; i < f->m && f->load[t] < f->limit; i++) {
		struct fill_member *m = &f->member[i];
		if (m->left == 0 || !has(m, t))
			continue;
		int64_t q = *at(f, f->cap, i, t) - *at(f, f->x, i, t);
		q = q < m->left ? q : m->left;
		q = q < f->limit - f->load[t] ? q : f->limit - f->load[t];
		*at(f, f->x, i, t) += (int32_t)q;
		m->left -= q;
		f->load[t] += q;
	}
}

/* A member that has energy left and could take it in interval u; SIZE_MAX if none. */
static size_t find_end(struct fill *f, int u)
{
	for (size_t i = 0; i < f->m; i++)
		if (f->member[i].left > 0 && has_room(f, i, u))
			return i;
	return SIZE_MAX;
}

/* Queues the intervals in which member i could give up power, until one is found in which the chain ends. */
static size_t visit_given(struct fill *f, size_t i, int *end)
{
	for (int u = f->member[i].first; u < f->member[i].first + f->member[i].count; u++) {
		size_t last;
		if (f->giver[u] != SIZE_MAX || f->closed[u] || *at(f, f->x, i, u) == 0)
			continue;
		f->giver[u] = i;
		last = find_end(f, u);
		if (last != SIZE_MAX) {
			f->member[last].takes = u;
			return last;
		}
		f->queue[(*end)++] = u;
	}
	return SIZE_MAX;
}

/* A chain from interval t, in which no member can take more at once: one takes more in it and gives up what it had in
 * another, where the next one takes more …, until one with energy left. Returns that member, or SIZE_MAX: then the
 * intervals seen lead only to each other and to no energy left, now or later, and are closed. */
static size_t find_chain(struct fill *f, int t)
{
	size_t last = SIZE_MAX;
	int end = 0;

	for (int u = 0; u < f->n; u++)
		f->giver[u] = SIZE_MAX;
	for (size_t i = 0; i < f->m; i++)
		f->member[i].takes = -1;
	f->giver[t] = f->m;
	f->queue[end++] = t;
	for (int head = 0; head < end && last == SIZE_MAX; head++)
		for (size_t i = 0; i < f->m && last == SIZE_MAX; i++) {
			int u = f->queue[head];
			if (f->member[i].takes >= 0 || !has_room(f, i, u))
				continue;
			f->member[i].takes = u;
			last = visit_given(f, i, &end);
		}
	for (int head = 0; head < end && last == SIZE_MAX; head++)
		f->closed[f->queue[head]] = true;
	return last;
}

static void follow_chain(struct fill *f, int t, size_t last)
{
	int64_t q = f->limit - f->load[t];

	q = q < f->member[last].left ? q : f->member[last].left;
	for (size_t i = last; ; i = f->giver[f->member[i].takes]) {
		int u = f->member[i].takes;
		int64_t room = *at(f, f->cap, i, u) - *at(f, f->x, i, u);
		q = q < room ? q : room;
		if (u == t)
			break;
		int64_t given = *at(f, f->x, f->giver[u], u);
		q = q < given ? q : given;
	}
	f->member[last].left -= q;
	for (size_t i = last; ; i = f->giver[f->member[i].takes]) {
		int u = f->member[i].takes;
		*at(f, f->x, i, u) += (int32_t)q;
		if (u == t)
			break;
		*at(f, f->x, f->giver[u], u) -= (int32_t)q;
	}
	f->load[t] += q;
}

int64_t fill_run(struct fill *f, const int *order)
{
	int64_t left = 0, all;

	for (size_t i = 0; i < f->m; i++)
		left += f->member[i].left;
	all = left;
	for (int k = 0; k < f->n && left > 0; k++) {
		int t = order[k];
		fill_direct(f, t);
		while (f->load[t] < f->limit) {
			size_t last = find_chain(f, t);
			if (last == SIZE_MAX)
				break;
			follow_chain(f, t, last);
		}
		left -= f->load[t];
	}
	return all - left;
}

int fill_stay(const struct decompose_problem *p, const struct decompose_vehicle *v, int *first)
{
	int count = 0;

	for (int t = p->grid.n; t-- > 0; )
		if (timegrid_overlap(&p->grid, t, v->arrival_ms, v->departure_ms) > 0) {
			*first = t;
			count++;
		}
	return count;
}

static void group(struct arena *scratch, struct fill *f)
{
	const struct decompose_problem *p = f->p;
	size_t *next = ARENA_ARRAY(scratch, p->n_stations + 1, size_t);

	f->begin = ARENA_ARRAY(scratch, p->n_stations + 1, size_t);
	f->vehicle = ARENA_ARRAY(scratch, p->n_vehicles, size_t);
	for (size_t i = 0; i < p->n_vehicles; i++)
		f->begin[p->vehicle[i].station + 1]++;
	for (size_t k = 0; k < p->n_stations; k++) {
		f->m = f->m > f->begin[k + 1] ? f->m : f->begin[k + 1];
		f->begin[k + 1] += f->begin[k];
		next[k] = f->begin[k];
	}
	for (size_t i = 0; i < p->n_vehicles; i++)
		f->vehicle[next[p->vehicle[i].station]++] = i;
}

int fill_init(struct arena *scratch, struct fill *f, const struct decompose_problem *p)
{
	size_t n = (size_t)p->grid.n;

	*f = (struct fill){ .p = p, .n = p->grid.n };
	if (p->grid.n < 1 || p->grid.n > DECOMPOSE_INTERVALS || decompose_per_hour(&p->grid) == 0)
		return E_RANGE;
	for (size_t i = 0; i < p->n_vehicles; i++)
		if (p->vehicle[i].station >= p->n_stations)
			return E_RANGE;
	group(scratch, f);
	f->member = ARENA_ARRAY(scratch, f->m, struct fill_member);
	f->cap = ARENA_ARRAY(scratch, f->m * n, int32_t);
	f->x = ARENA_ARRAY(scratch, f->m * n, int32_t);
	f->load = ARENA_ARRAY(scratch, n, int64_t);
	f->giver = ARENA_ARRAY(scratch, n, size_t);
	f->closed = ARENA_ARRAY(scratch, n, bool);
	f->queue = ARENA_ARRAY(scratch, n, int);
	return 0;
}

void fill_enter(struct fill *f, size_t k)
{
	size_t offset = 0;

	f->m = f->begin[k + 1] - f->begin[k];
	f->limit = f->p->station[k].limit_w;
	memset(f->load, 0, (size_t)f->n * sizeof *f->load);
	memset(f->closed, 0, (size_t)f->n * sizeof *f->closed);
	for (size_t i = 0; i < f->m; i++) {
		const struct decompose_vehicle *v = &f->p->vehicle[f->vehicle[f->begin[k] + i]];
		f->member[i] = (struct fill_member){ .offset = offset };
		f->member[i].count = fill_stay(f->p, v, &f->member[i].first);
		for (int d = 0; d < f->member[i].count; d++)
			f->cap[offset++] = (int32_t)decompose_cap(&f->p->grid, v, f->member[i].first + d);
	}
	memset(f->x, 0, offset * sizeof *f->x);
}
