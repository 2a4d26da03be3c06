/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Reads a decomposition problem on stdin, prints its solution: the way oracle_decompose.py asks the library.
 * In:  n step_ms / n × target_w weight_ppm / stations: count, then id limit_w / vehicles: count, then
 *      id station arrival_ms departure_ms max_w need_wh before_wh   (times from the start of control)
 * Out: vehicle id energy reachable_wh planned_wh first count powers… / total powers… / deviation / bound /
 *      feasible 0|1 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "compute/decompose.h"

static int64_t number(void)
{
	int64_t v;

	if (scanf("%" SCNd64, &v) != 1) {
		fputs("decompose_probe: expected a number\n", stderr);
		exit(2);
	}
	return v;
}

static size_t count(void)
{
	int64_t n = number();

	if (n < 0 || n > 100000) {
		fputs("decompose_probe: count out of range\n", stderr);
		exit(2);
	}
	return (size_t)n;
}

static char *word(struct arena *a)
{
	char s[65];

	if (scanf("%64s", s) != 1) {
		fputs("decompose_probe: expected an id\n", stderr);
		exit(2);
	}
	return arena_strdup(a, s);
}

static void read_curves(struct arena *a, struct decompose_problem *p)
{
	size_t n = count();
	int64_t *target = ARENA_ARRAY(a, n, int64_t), *weight = ARENA_ARRAY(a, n, int64_t);

	p->grid = (struct timegrid){ 0, (int32_t)number(), (int32_t)n };
	for (size_t t = 0; t < n; t++) {
		target[t] = number();
		weight[t] = number();
	}
	p->target_w = target;
	p->weight_ppm = weight;
}

static void read_items(struct arena *a, struct decompose_problem *p)
{
	struct decompose_station *s = ARENA_ARRAY(a, p->n_stations = count(), struct decompose_station);

	p->station = s;
	for (size_t i = 0; i < p->n_stations; i++) {
		s[i].id = word(a);
		s[i].limit_w = number();
	}
	struct decompose_vehicle *v = ARENA_ARRAY(a, p->n_vehicles = count(), struct decompose_vehicle);
	p->vehicle = v;
	for (size_t i = 0; i < p->n_vehicles; i++) {
		v[i].id = word(a);
		v[i].station = count();
		v[i].arrival_ms = number();
		v[i].departure_ms = number();
		v[i].max_w = number();
		v[i].need_wh = number();
		v[i].before_wh = number();
	}
}

static void print(const struct decompose_problem *p, const struct decompose_schedule *s,
		  const struct decompose_certificate *c)
{
	for (size_t i = 0; i < p->n_vehicles; i++) {
		const struct decompose_plan *q = &s->plan[i];
		printf("vehicle %s %" PRId64 " %" PRId64 " %" PRId64 " %d %d", p->vehicle[i].id, q->energy,
		       q->reachable_wh, q->planned_wh,
		       q->first, q->count);
		for (int32_t d = 0; d < q->count; d++)
			printf(" %d", s->power_w[q->offset + (size_t)d]);
		putchar('\n');
	}
	fputs("total", stdout);
	for (int t = 0; t < p->grid.n; t++)
		printf(" %" PRId64, s->total_w[t]);
	printf("\ndeviation %.9f\nbound %.9f\nfeasible %d\n", s->deviation_w, s->bound_w, c->feasible);
}

int main(void)
{
	struct arena *a = arena_new(0);
	struct decompose_problem p = { 0 };
	struct decompose_schedule s;
	struct decompose_certificate c;
	int rc;

	read_curves(a, &p);
	read_items(a, &p);
	rc = decompose_run(a, &p, &s);
	if (rc == 0)
		rc = decompose_certify(&p, &s, s.bound_w, &c);
	if (rc == 0)
		print(&p, &s, &c);
	else
		fprintf(stderr, "decompose_probe: error %d\n", rc);
	arena_free(a);
	return rc == 0 ? 0 : 1;
}
