/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Decomposition at 2 k, 20 k and 200 k vehicles: time, CPU a vehicle, gap to the proven bound, peak memory; and the
 * same problems by projected coordinate descent (each vehicle in turn refills its own energy against the rest, in
 * doubles), the usual way, stopped at a gap of 0.1 %. One thread.
 * Usage: bench_decompose [VEHICLES …] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "base/clock.h"
#include "base/rng.h"
#include "compute/decompose.h"

enum { STATION = 11, STEPS = 72, SWEEPS = 40, PEER_MOST = 20000 };      /* PEER_MOST: above, the peer takes minutes */

struct fleet { struct decompose_problem p; int64_t target[STEPS], weight[STEPS]; double asked_w; };

/* Overnight stays from 18:00 on: arrive 15–22 h, leave 6–9 h, 3.6–7 kW, 5–25 kWh; the station's limit is 35 % of its
 * piles' 7 kW. */
static void draw_vehicles(struct arena *a, struct rng *r, struct decompose_problem *p, size_t n)
{
	struct decompose_vehicle *v = ARENA_ARRAY(a, n, struct decompose_vehicle);
	struct decompose_station *s = ARENA_ARRAY(a, (n + STATION - 1) / STATION, struct decompose_station);

	p->n_vehicles = n;
	p->n_stations = (n + STATION - 1) / STATION;
	for (size_t k = 0; k < p->n_stations; k++)
		s[k] = (struct decompose_station){ arena_printf(a, "S%07zu", k), STATION * 7000 * 35 / 100 };
	for (size_t i = 0; i < n; i++) {
		int64_t charged;
		v[i].id = arena_printf(a, "V%07zu", i);
		v[i].station = i / STATION;
		v[i].arrival_ms = rng_between(r, -3 * MS_HOUR, 4 * MS_HOUR);
		v[i].departure_ms = rng_between(r, 12 * MS_HOUR, 15 * MS_HOUR);
		v[i].max_w = rng_between(r, 3600, 7000);
		v[i].need_wh = rng_between(r, 5000, 25000);
		charged = v[i].arrival_ms < 0 ? v[i].max_w * -v[i].arrival_ms / MS_HOUR : 0;
		v[i].before_wh = (charged < v[i].need_wh ? charged : v[i].need_wh) / 2;
	}
	p->station = s;
	p->vehicle = v;
}

static int64_t at_once(const struct decompose_problem *p, int t)
{
	int64_t sum = 0;

	for (size_t i = 0; i < p->n_vehicles; i++) {
		const struct decompose_vehicle *v = &p->vehicle[i];
		int64_t from = (v->arrival_ms > 0 ? v->arrival_ms : 0) / (15 * MS_MINUTE);
		int64_t intervals = (v->need_wh - v->before_wh) * 4 / v->max_w;
		sum += t >= from && t < from + intervals ? v->max_w : 0;
	}
	return sum;
}

/* 40 % of the at-once load from 18 to 20 h, the energy missed spread from 0 to 6 h, the load itself elsewhere. */
static void draw_target(struct fleet *f)
{
	int64_t cut = 0;
	double asked = 0, weight = 0;

	for (int t = 0; t < STEPS; t++) {
		int64_t base = at_once(&f->p, t);
		bool shave = t < 8, fill = t >= 24 && t < 48;
		f->target[t] = shave ? base * 2 / 5 : fill ? base + cut / 24 : base;
		f->weight[t] = shave || fill ? 1000000 : 50000;
		cut += shave ? base - f->target[t] : 0;
		asked += shave || fill ? pow((double)(f->target[t] - base), 2) : 0;
		weight += (double)f->weight[t] / 1e6;
	}
	f->asked_w = sqrt(asked / weight);
	f->p.target_w = f->target;
	f->p.weight_ppm = f->weight;
}

static void draw(struct arena *a, struct fleet *f, size_t n, uint64_t seed)
{
	struct rng r;

	rng_seed_named(&r, seed, "bench-decompose");
	memset(f, 0, sizeof *f);
	f->p.grid = (struct timegrid){ 0, 15 * MS_MINUTE, STEPS };
	draw_vehicles(a, &r, &f->p, n);
	draw_target(f);
}

/* ---- peer: coordinate descent by vehicle */

struct peer {
	const struct decompose_problem *p;
	const struct decompose_schedule *s;
	double *x, load[STEPS], *station;       /* packed like the schedule; [n_stations × STEPS] */
};

/* Water level by bisection: x = clamp(level / weight − pull, 0, cap) with the given sum. */
static void refill(struct peer *d, size_t i)
{
	const struct decompose_plan *plan = &d->s->plan[i];
	const struct decompose_vehicle *v = &d->p->vehicle[i];
	double *x = d->x + plan->offset, *room = d->station + v->station * STEPS + plan->first;
	double pull[STEPS], cap[STEPS], inverse[STEPS], sum = 0, low = 1e18, high = -1e18;

	for (int k = 0; k < plan->count; k++) {
		int t = plan->first + k;
		double limit = (double)d->p->station[v->station].limit_w - room[k] + x[k];
		sum += x[k];
		pull[k] = d->load[t] - x[k] - (double)d->p->target_w[t];
		cap[k] = fmin(limit, (double)decompose_cap(&d->p->grid, v, t));
		inverse[k] = 1e6 / (double)d->p->weight_ppm[t];
		low = fmin(low, pull[k] / inverse[k]);
		high = fmax(high, (pull[k] + cap[k]) / inverse[k]);
	}
	for (int step = 0; step < 40; step++) {
		double level = (low + high) / 2, got = 0;
		for (int k = 0; k < plan->count; k++)
			got += fmin(fmax(level * inverse[k] - pull[k], 0), cap[k]);
		if (got < sum) low = level; else high = level;
	}
	for (int k = 0; k < plan->count; k++) {
		double new = fmin(fmax(high * inverse[k] - pull[k], 0), cap[k]), change = new - x[k];
		x[k] = new;
		room[k] += change;
		d->load[plan->first + k] += change;
	}
}

static double peer_deviation(const struct peer *d)
{
	double sum = 0, weight = 0;

	for (int t = 0; t < STEPS; t++) {
		sum += (double)d->p->weight_ppm[t] * pow(d->load[t] - (double)d->p->target_w[t], 2);
		weight += (double)d->p->weight_ppm[t];
	}
	return sqrt(sum / weight);
}

/* Earliest first within caps and limits; the energy that this start leaves over is missing from the peer's schedule, a
 * leniency in its favour. */
static void peer_start(struct peer *d)
{
	for (size_t i = 0; i < d->p->n_vehicles; i++) {
		const struct decompose_vehicle *v = &d->p->vehicle[i];
		const struct decompose_plan *plan = &d->s->plan[i];
		double left = (double)plan->energy, *room = d->station + v->station * STEPS + plan->first;
		for (int k = 0; k < plan->count; k++) {
			double free = (double)d->p->station[v->station].limit_w - room[k];
			double q = fmin(fmin(left, (double)decompose_cap(&d->p->grid, v, plan->first + k)), free);
			d->x[plan->offset + (size_t)k] = q;
			room[k] += q;
			d->load[plan->first + k] += q;
			left -= q;
		}
	}
}

static int peer_run(struct arena *a, struct fleet *f, const struct decompose_schedule *s, double *deviation)
{
	struct peer d = { .p = &f->p, .s = s, .x = ARENA_ARRAY(a, s->n_powers, double) };
	int sweep = 0;

	d.station = ARENA_ARRAY(a, f->p.n_stations * STEPS, double);
	peer_start(&d);
	do {
		for (size_t i = 0; i < f->p.n_vehicles; i++)
			refill(&d, i);
		*deviation = peer_deviation(&d);
	} while (++sweep < SWEEPS && *deviation - s->bound_w > 0.001 * f->asked_w);
	return sweep;
}

static void compare(struct arena *a, struct fleet *f, const struct decompose_schedule *s, int64_t cpu)
{
	double deviation;
	int64_t peer = clock_thread_cpu_us();
	int sweeps = peer_run(a, f, s, &deviation);

	peer = clock_thread_cpu_us() - peer;
	printf("        coordinate descent: %8.3f s CPU, %d sweeps, deviation %.3f kW, gap %.4f %% of asked; "
	       "takes %.2f times as long\n", (double)peer / 1e6, sweeps, deviation / 1e3,
	       100 * (deviation - s->bound_w) / f->asked_w, (double)peer / (double)cpu);
}

static void run(size_t n)
{
	struct arena *a = arena_new(1 << 20);
	struct fleet f;
	struct decompose_schedule s;
	struct decompose_certificate c;
	struct rusage use;
	int64_t wall, cpu;
	int rc;

	draw(a, &f, n, 1);
	wall = clock_monotonic_us();
	cpu = clock_thread_cpu_us();
	rc = decompose_run(a, &f.p, &s);
	cpu = clock_thread_cpu_us() - cpu;
	wall = clock_monotonic_us() - wall;
	if (rc == 0)
		rc = decompose_certify(&f.p, &s, s.bound_w, &c);
	if (rc < 0 || !c.feasible) {
		fprintf(stderr, "bench_decompose: %zu vehicles: error %d\n", n, rc);
		exit(1);
	}
	getrusage(RUSAGE_SELF, &use);
	printf("%7zu vehicles: %8.3f s, %6.2f us CPU a vehicle, deviation %.3f kW, gap %.6f kW (asked %.3f kW), "
	       "%u parts, %u searches, %ld MB\n", n, (double)wall / 1e6, (double)cpu / (double)n, c.deviation_w / 1e3,
	       c.gap_w / 1e3, f.asked_w / 1e3, s.parts, s.searches, use.ru_maxrss / 1024);
	if (n <= PEER_MOST)
		compare(a, &f, &s, cpu);
	fflush(stdout);
	arena_free(a);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		for (size_t n = 2000; n <= 200000; n *= 10)
			run(n);
	for (int i = 1; i < argc; i++)
		run(strtoul(argv[i], NULL, 10));
	return 0;
}
