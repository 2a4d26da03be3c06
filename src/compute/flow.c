/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "compute/flow.h"

static inline uint32_t vehicle_node(const struct flow *f, uint32_t i) { return f->n + i; }
static inline uint32_t cell_node(const struct flow *f, uint32_t cell) { return f->n + f->n_vehicles + cell; }
static inline bool is_interval(const struct flow *f, uint32_t node) { return node < f->n; }
static inline bool is_vehicle(const struct flow *f, uint32_t node) { return node - f->n < f->n_vehicles; }
static inline uint32_t cell_of(const struct flow *f, uint32_t node) { return node - f->n - f->n_vehicles; }
static inline int32_t *edge(const struct flow *f, const struct flow_vehicle *v, uint32_t t)
{
	return &f->x[v->offset + t - v->first];
}

/* Node at the other end of a vehicle's first edge; those of the next intervals follow it. */
static inline uint32_t first_end(const struct flow *f, const struct flow_vehicle *v)
{
	return v->station == FLOW_FREE ? v->first : cell_node(f, v->station * f->n + v->first);
}

void flow_init(struct arena *a, struct flow *f)
{
	size_t cells = (size_t)f->n_tight * f->n;

	f->n_nodes = (uint32_t)(f->n + f->n_vehicles + cells);
	f->cell = ARENA_ARRAY(a, cells, int64_t);
	f->load = ARENA_ARRAY(a, f->n, int64_t);
	f->goal = ARENA_ARRAY(a, f->n, int64_t);
	f->part = ARENA_ARRAY(a, f->n_nodes, uint16_t);
	f->level = ARENA_ARRAY(a, f->n_nodes, int32_t);
	f->arc = ARENA_ARRAY(a, f->n_nodes, uint32_t);
	f->queue = ARENA_ARRAY(a, (size_t)f->n_nodes + 1, uint32_t);
	f->stop = ARENA_ARRAY(a, f->n, int32_t);
}

/* ---- search: backward along edges with room, so that the push forward finds few dead ends */

struct search { struct flow *f; uint32_t end; };

static inline void reach(struct search *s, uint32_t node, uint32_t from)
{
	struct flow *f = s->f;

	if (f->level[node] != FLOW_UNREACHED || f->part[node] != f->part[from])
		return;
	f->level[node] = f->level[from] + 1;
	f->queue[s->end++] = node;
	if (is_interval(f, node) && f->load[node] > f->goal[node] && f->stop[f->part[node]] > f->level[node])
		f->stop[f->part[node]] = f->level[node];
}

static inline void reach_vehicle_with_room(struct search *s, uint32_t i, uint32_t t, uint32_t from)
{
	const struct flow_vehicle *v = &s->f->vehicle[i];

	if (flow_covers(v, t) && *edge(s->f, v, t) < flow_cap(v, t))
		reach(s, vehicle_node(s->f, i), from);
}

static void search_interval(struct search *s, uint32_t t)
{
	struct flow *f = s->f;

	for (uint32_t i = 0; i < f->n_free; i++)
		if (f->level[vehicle_node(f, i)] == FLOW_UNREACHED)
			reach_vehicle_with_room(s, i, t, t);
	for (uint32_t k = 0; k < f->n_tight; k++)
		if (f->cell[k * f->n + t] < f->limit[k])
			reach(s, cell_node(f, k * f->n + t), t);
}

static void search_cell(struct search *s, uint32_t node)
{
	struct flow *f = s->f;
	uint32_t c = cell_of(f, node), k = c / f->n, t = c % f->n;

	if (f->cell[c] > 0)
		reach(s, t, node);
	for (uint32_t i = f->begin[k]; i < f->begin[k + 1]; i++)
		reach_vehicle_with_room(s, i, t, node);
}

static void search_vehicle(struct search *s, uint32_t node)
{
	struct flow *f = s->f;
	const struct flow_vehicle *v = &f->vehicle[node - f->n];
	uint32_t base = first_end(f, v);

	for (uint32_t d = 0; d < v->count; d++)
		if (f->x[v->offset + d] > 0)
			reach(s, base + d, node);
}

void flow_search(struct flow *f)
{
	struct search s = { f, 0 };

	for (uint32_t node = 0; node < f->n_nodes; node++)
		f->level[node] = FLOW_UNREACHED;
	for (uint32_t t = 0; t < f->n; t++) {
		f->stop[t] = INT32_MAX;
		if (f->load[t] >= f->goal[t])
			continue;
		f->level[t] = 0;
		f->queue[s.end++] = t;
	}
	for (uint32_t head = 0; head < s.end; head++) {
		uint32_t node = f->queue[head];
		if (f->level[node] >= f->stop[f->part[node]])
			continue;
		if (is_interval(f, node))
			search_interval(&s, node);
		else if (is_vehicle(f, node))
			search_vehicle(&s, node);
		else
			search_cell(&s, node);
	}
}

/* ---- push: depth first, forward, one level down at each step; queue holds the path */

#define NO_NODE UINT32_MAX

static inline bool below(const struct flow *f, uint32_t node, uint32_t from)
{
	return f->level[node] == f->level[from] - 1 && f->part[node] == f->part[from];
}

static inline bool gives(const struct flow *f, uint32_t i, uint32_t t, uint32_t from)
{
	const struct flow_vehicle *v = &f->vehicle[i];

	return below(f, vehicle_node(f, i), from) && flow_covers(v, t) && *edge(f, v, t) > 0;
}

static uint32_t next_of_interval(struct flow *f, uint32_t t)
{
	uint32_t *arc = &f->arc[t];

	for (; *arc < f->n_free; ++*arc)
		if (gives(f, *arc, t, t))
			return vehicle_node(f, *arc);
	for (; *arc < f->n_free + f->n_tight; ++*arc) {
		uint32_t c = (*arc - f->n_free) * f->n + t;
		if (below(f, cell_node(f, c), t) && f->cell[c] > 0)
			return cell_node(f, c);
	}
	return NO_NODE;
}

static uint32_t next_of_cell(struct flow *f, uint32_t node)
{
	uint32_t c = cell_of(f, node), k = c / f->n, t = c % f->n, members = f->begin[k + 1] - f->begin[k];
	uint32_t *arc = &f->arc[node];

	if (*arc == 0 && below(f, t, node) && f->cell[c] < f->limit[k])
		return t;
	for (*arc += *arc == 0; *arc <= members; ++*arc)
		if (gives(f, f->begin[k] + *arc - 1, t, node))
			return vehicle_node(f, f->begin[k] + *arc - 1);
	return NO_NODE;
}

static uint32_t next_of_vehicle(struct flow *f, uint32_t node)
{
	const struct flow_vehicle *v = &f->vehicle[node - f->n];
	uint32_t base = first_end(f, v), *arc = &f->arc[node];

	for (; *arc < v->count; ++*arc)
		if (below(f, base + *arc, node) && f->x[v->offset + *arc] < flow_cap(v, v->first + *arc))
			return base + *arc;
	return NO_NODE;
}

static uint32_t next_node(struct flow *f, uint32_t node)
{
	if (is_interval(f, node))
		return next_of_interval(f, node);
	return is_vehicle(f, node) ? next_of_vehicle(f, node) : next_of_cell(f, node);
}

/* Interval of an interval or cell node. */
static inline uint32_t time_of(const struct flow *f, uint32_t node)
{
	return is_interval(f, node) ? node : cell_of(f, node) % f->n;
}

/* Room on the edge from → to; with q ≠ 0, moves q along it. */
static int64_t edge_move(struct flow *f, uint32_t from, uint32_t to, int64_t q)
{
	if (is_vehicle(f, from)) {
		const struct flow_vehicle *v = &f->vehicle[from - f->n];
		uint32_t t = time_of(f, to);
		*edge(f, v, t) += (int32_t)q;
		return flow_cap(v, t) - *edge(f, v, t);
	}
	if (is_vehicle(f, to)) {
		int32_t *x = edge(f, &f->vehicle[to - f->n], time_of(f, from));
		*x -= (int32_t)q;
		return *x;
	}
	if (is_interval(f, from))
		return f->cell[cell_of(f, to)] -= q;
	f->cell[cell_of(f, from)] += q;
	return f->limit[cell_of(f, from) / f->n] - f->cell[cell_of(f, from)];
}

/* Moves what fits along path[0 … depth] and returns the depth at which to go on: the tail of the first full edge. */
static uint32_t augment(struct flow *f, const uint32_t *path, uint32_t depth)
{
	uint32_t t = path[0], u = path[depth], full = depth - 1;
	int64_t q = f->load[t] - f->goal[t];

	if (q > f->goal[u] - f->load[u])
		q = f->goal[u] - f->load[u];
	for (uint32_t d = 0; d < depth; d++) {
		int64_t room = edge_move(f, path[d], path[d + 1], 0);
		q = q < room ? q : room;
	}
	for (uint32_t d = depth; d-- > 0; )
		if (edge_move(f, path[d], path[d + 1], q) == 0)
			full = d;
	f->load[t] -= q;
	f->load[u] += q;
	if (f->load[u] == f->goal[u])
		f->level[u] = FLOW_UNREACHED;           /* filled: no longer an end */
	return full;
}

static void push_from(struct flow *f, uint32_t t)
{
	uint32_t *path = f->queue, depth = 0;

	path[0] = t;
	while (f->load[t] > f->goal[t]) {
		uint32_t node = path[depth], next;
		if (depth > 0 && f->level[node] == 0) {
			depth = augment(f, path, depth);
			continue;
		}
		next = next_node(f, node);
		if (next != NO_NODE) {
			path[++depth] = next;
			continue;
		}
		f->level[node] = FLOW_UNREACHED;        /* a dead end until the next search */
		if (depth-- == 0)
			return;
	}
}

void flow_push(struct flow *f)
{
	for (uint32_t node = 0; node < f->n_nodes; node++)
		f->arc[node] = 0;
	for (uint32_t t = 0; t < f->n; t++)
		if (f->load[t] > f->goal[t] && f->level[t] > 0)
			push_from(f, t);
}
