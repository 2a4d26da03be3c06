/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "compute/balance.h"
#include "compute/level.h"

struct balance {
	struct flow *f;
	const int64_t *target, *weight, *most;
	uint16_t *at;           /* [n] intervals of one part */
	/* [n] by part: the new part of its nodes beyond the cut, its own number if it is not cut */
	uint16_t *twin;
	uint32_t parts;
};

static void set_goal(struct balance *b, uint16_t part)
{
	struct flow *f = b->f;
	int64_t sum = 0;
	uint32_t m = 0;

	for (uint32_t t = 0; t < f->n; t++)
		if (f->part[t] == part) {
			b->at[m++] = (uint16_t)t;
			sum += f->load[t];
		}
	level_fill(b->at, m, b->target, b->weight, b->most, sum, f->goal);
}

/* After a search: gives each part whose surplus can reach no deficit a twin. Returns whether any surplus is left. */
static bool find_cuts(struct balance *b, bool *cut)
{
	struct flow *f = b->f;
	bool surplus = false;

	*cut = false;
	for (uint32_t p = 0; p < b->parts; p++)
		b->twin[p] = (uint16_t)p;
	for (uint32_t t = 0, before = b->parts; t < f->n; t++) {
		uint16_t p = f->part[t];
		if (f->load[t] <= f->goal[t])
			continue;
		surplus = true;
		if (f->stop[p] != INT32_MAX || b->twin[p] >= before)
			continue;
		b->twin[p] = (uint16_t)b->parts++;
		*cut = true;
	}
	return surplus;
}

/* Splits: what can reach a deficit leaves for the twin; both get their own goals. */
static void split(struct balance *b, uint32_t before)
{
	struct flow *f = b->f;

	for (uint32_t node = 0; node < f->n_nodes; node++)
		if (f->level[node] != FLOW_UNREACHED)
			f->part[node] = b->twin[f->part[node]];
	for (uint32_t p = 0; p < before; p++)
		if (b->twin[p] != p) {
			set_goal(b, (uint16_t)p);
			set_goal(b, b->twin[p]);
		}
}

/* Withdraws the levels of parts just split: they belong to the old goals. */
static void forget_levels(struct balance *b, uint32_t before)
{
	struct flow *f = b->f;

	for (uint32_t t = 0; t < f->n; t++)
		if (f->part[t] >= before || b->twin[f->part[t]] != f->part[t])
			f->level[t] = FLOW_UNREACHED;
}

void balance_run(struct arena *scratch, struct flow *f, const int64_t *target, const int64_t *weight,
		 const int64_t *most, uint32_t *parts, uint32_t *searches)
{
	struct balance b = { .f = f, .target = target, .weight = weight, .most = most, .parts = 1 };
	bool cut;

	b.at = ARENA_ARRAY(scratch, f->n, uint16_t);
	b.twin = ARENA_ARRAY(scratch, f->n, uint16_t);
	set_goal(&b, 0);
	for (*searches = 1; ; ++*searches) {
		uint32_t before = b.parts;
		flow_search(f);
		if (!find_cuts(&b, &cut))
			break;
		if (cut) {
			split(&b, before);
			forget_levels(&b, before);
		}
		flow_push(f);
	}
	*parts = b.parts;
}
