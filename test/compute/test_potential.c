/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/decimal.h"
#include "base/error.h"
#include "base/rng.h"
#include "compute/potential.h"

enum { STEP = 15 * MS_MINUTE, N = 4, MOST_N = 12, MOST_VEHICLES = 24, STATIONS = 3, ROOM = 4096 };

/* -- history */

static const struct rules_potential RULES = { .flexible_ppm = 500000, .reach_min = 60, .sustain_min = 30,
	.quantile_ppm = 100000 };

static void test_history(void **state)
{
	const int64_t a[5] = { 800, 800, 800, 800, 800 }, b[5] = { 1200, 1000, 1200, 900, 1000 };
	const int64_t baseline[5] = { 1001, 1000, 1000, 1000, 1000 };
	const int64_t *const days[] = { b, a };
	int64_t up[5], down[5], room[2 + 5];
	struct potential_curves c = { baseline, up, down };

	(void)state;
	potential_history(&RULES, 15, 5, days, 2, VALUE_NONE, room, &c);
	/* By hand: 800 W × 15 min × (45, 45 + 30, 45 + 30 + 15 of 60 min) × 0.5 / 30 min. */
	assert_int_equal(up[0], 0);
	assert_int_equal(up[1], 150);
	assert_int_equal(up[2], 250);
	assert_int_equal(up[3], 300);
	assert_int_equal(up[4], 300);
	assert_int_equal(down[0], 500);                 /* 500.5: no more than is there */
	assert_int_equal(down[1], 500);
	potential_history(&RULES, 15, 5, days, 2, 1200, room, &c);
	assert_int_equal(up[2], 200);
	potential_history(&RULES, 15, 5, days, 2, 900, room, &c);
	assert_int_equal(up[2], 0);
}

/* -- one vehicle, by hand */

struct curves { int64_t baseline[MOST_N], up[MOST_N], down[MOST_N]; };

static struct potential_curves of(struct curves *c)
{
	return (struct potential_curves){ c->baseline, c->up, c->down };
}

static const struct timegrid GRID = { 0, STEP, N };

static int envelope(const struct timegrid *grid, int first, const struct potential_vehicle *v, size_t n,
		const int64_t *limit_w, size_t stations, struct curves *c)
{
	const struct potential_fleet fleet = { grid, first, v, n, limit_w, stations };
	struct potential_curves curves = of(c);
	int64_t room[ROOM];

	assert_true(potential_envelope_room(&fleet) <= ROOM);
	return potential_envelope(&fleet, room, &curves);
}

static void expect(const int64_t *got, const int64_t *want, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (got[i] != want[i])
			fail_msg("interval %zu: %lld, want %lld", i, (long long)got[i], (long long)want[i]);
}

static void test_one_vehicle(void **state)
{
	const int64_t limit[] = { 100000 };
	struct potential_vehicle v = { 0, 0, N * STEP, 4000, 2000, 0 };         /* two of four intervals at full power */
	struct curves c = { .baseline = { 4000, 4000, 0, 0 } };

	(void)state;
	assert_int_equal(envelope(&GRID, 0, &v, 1, limit, 1, &c), 0);
	expect(c.up, (const int64_t[]){ 0, 0, 4000, 4000 }, N);
	expect(c.down, (const int64_t[]){ 4000, 4000, 0, 0 }, N);
	v.need_wh = 3500;                                                       /* 2000 W must flow in each interval */
	assert_int_equal(envelope(&GRID, 0, &v, 1, limit, 1, &c), 0);
	expect(c.down, (const int64_t[]){ 2000, 2000, 0, 0 }, N);
	v.before_wh = 3000;                                                     /* 500 Wh are left: at most 2000 W */
	assert_int_equal(envelope(&GRID, 0, &v, 1, limit, 1, &c), 0);
	expect(c.up, (const int64_t[]){ 0, 0, 2000, 2000 }, N);
	v.before_wh = 3500;
	assert_int_equal(envelope(&GRID, 0, &v, 1, limit, 1, &c), 0);
	expect(c.up, (const int64_t[N]){ 0 }, N);
}

static void test_stay_and_first(void **state)
{
	const int64_t limit[] = { 100000 };
	struct potential_vehicle v = { 0, STEP / 2, 3 * STEP, 4000, 9000, 0 };  /* unreachable: all is forced */
	struct curves c = { .baseline = { 1000, 1000, 1000, 5000 } };

	(void)state;
	assert_int_equal(envelope(&GRID, 0, &v, 1, limit, 1, &c), 0);
	expect(c.up, (const int64_t[]){ 1000, 3000, 3000, 0 }, N);
	expect(c.down, (const int64_t[]){ 0, 0, 0, 5000 }, N);
	assert_int_equal(envelope(&GRID, 2, &v, 1, limit, 1, &c), 0);
	expect(c.up, (const int64_t[]){ 0, 0, 3000, 0 }, N);
	expect(c.down, (const int64_t[]){ 0, 0, 0, 5000 }, N);
}

/* Two vehicles of 4 kW behind 4 kW: of each alone nothing is forced. Together three of four intervals' energy forces
 * nothing either, half an interval more forces 2 kW, all four force everything. */
static void test_station_limit(void **state)
{
	const int64_t limit[] = { 4000 };
	struct potential_vehicle v[] = { { 0, 0, N * STEP, 4000, 2000, 0 }, { 0, 0, N * STEP, 4000, 1000, 0 } };
	struct curves c = { .baseline = { 4000, 4000, 4000, 0 } };

	(void)state;
	assert_int_equal(envelope(&GRID, 0, v, 2, limit, 1, &c), 0);
	expect(c.up, (const int64_t[]){ 0, 0, 0, 4000 }, N);
	expect(c.down, (const int64_t[]){ 4000, 4000, 4000, 0 }, N);
	v[1].need_wh = 1500;
	assert_int_equal(envelope(&GRID, 0, v, 2, limit, 1, &c), 0);
	expect(c.down, (const int64_t[]){ 2000, 2000, 2000, 0 }, N);
	v[1].need_wh = 3000;
	assert_int_equal(envelope(&GRID, 0, v, 2, limit, 1, &c), 0);
	expect(c.down, (const int64_t[]){ 0, 0, 0, 0 }, N);
	v[1].station = 1;
	assert_int_equal(envelope(&GRID, 0, v, 2, limit, 1, &c), E_RANGE);
}

static void test_sustain_by_hand(void **state)
{
	const int64_t limit[] = { 100000 };
	const struct potential_vehicle v = { 0, 0, N * STEP, 4000, 3000, 0 };
	const struct potential_fleet fleet = { &GRID, 0, &v, 1, limit, 1 };
	struct curves c = { .baseline = { 3000, 3000, 3000, 3000 } };
	struct potential_curves curves = of(&c);
	int64_t room[ROOM], up[N], down[N];

	(void)state;
	assert_int_equal(envelope(&GRID, 0, &v, 1, limit, 1, &c), 0);
	expect(c.down, (const int64_t[]){ 3000, 3000, 3000, 3000 }, N);
	potential_sustain(&fleet, 2, &curves, room, up, down);          /* of two intervals 1000 Wh must flow: 2 kW */
	expect(down, (const int64_t[]){ 1000, 1000, 1000, 3000 }, N);
	expect(up, (const int64_t[]){ 1000, 1000, 1000, 1000 }, N);
	potential_sustain(&fleet, 4, &curves, room, up, down);          /* of four all: nothing can be shifted out or in */
	assert_int_equal(down[0], 0);
	assert_int_equal(up[0], 0);
	assert_int_equal(up[1], 1000);                                  /* three at 4 kW */
}

/* A vehicle that arrives in a run's last interval counts in the run. */
static void test_sustain_with_late_arrival(void **state)
{
	const int64_t limit[] = { 100000 };
	const struct potential_vehicle v[] = { { 0, 0, 2 * STEP, 4000, 1000, 0 }, { 0, STEP, 2 * STEP, 4000, 1000, 0 } };
	const struct potential_fleet fleet = { &GRID, 0, v, 2, limit, 1 };
	struct curves c = { .baseline = { 0 } };
	struct potential_curves curves = of(&c);
	int64_t room[ROOM], up[N], down[N];

	(void)state;
	assert_int_equal(envelope(&GRID, 0, v, 2, limit, 1, &c), 0);
	expect(c.up, (const int64_t[]){ 4000, 8000, 0, 0 }, N);
	potential_sustain(&fleet, 2, &curves, room, up, down);
	expect(up, (const int64_t[]){ 4000, 0, 0, 0 }, N);
}

/* Half a watt over: neither direction is promised more than is there. */
static void test_rounding(void **state)
{
	const int64_t limit[] = { 100000 };
	const struct potential_vehicle v = { 0, STEP / 2, 2 * STEP, 4001, 9000, 0 };
	struct curves c = { .baseline = { 3000, 0, 0, 0 } };

	(void)state;
	assert_int_equal(envelope(&GRID, 0, &v, 1, limit, 1, &c), 0);
	assert_int_equal(c.down[0], 999);                               /* 2000.5 W are forced */
	c.baseline[0] = 1000;
	assert_int_equal(envelope(&GRID, 0, &v, 1, limit, 1, &c), 0);
	assert_int_equal(c.up[0], 1000);
}

/* -- properties on random fleets: any schedule that keeps the rules lies within what is told */

struct world {
	struct timegrid grid;
	struct potential_vehicle vehicle[MOST_VEHICLES];
	int64_t limit[STATIONS];
	size_t vehicles;
};

static void draw(struct rng *rng, struct world *w)
{
	w->grid = (struct timegrid){ 1000 * (int64_t)STEP, STEP, (int)rng_between(rng, 1, MOST_N) };
	w->vehicles = (size_t)rng_between(rng, 1, MOST_VEHICLES);
	for (int s = 0; s < STATIONS; s++)
		w->limit[s] = rng_between(rng, 4000, 30000);
	for (size_t i = 0; i < w->vehicles; i++) {
		int64_t arrival = w->grid.start_ms + rng_between(rng, -2 * STEP, w->grid.n * (int64_t)STEP - 1);

		w->vehicle[i] = (struct potential_vehicle){ (uint32_t)rng_below(rng, STATIONS), arrival,
			arrival + rng_between(rng, STEP / 4, MOST_N * (int64_t)STEP), rng_between(rng, 1000, 11000), 0, 0 };
	}
}

/* A schedule drawn at random within powers, stays and station limits, in whole Wh of an interval; needs become what it
 * gives. */
static void charge(struct rng *rng, struct world *w, int64_t *load_w)
{
	int64_t used[STATIONS][MOST_N] = { { 0 } };

	memset(load_w, 0, MOST_N * sizeof *load_w);
	for (size_t i = 0; i < w->vehicles; i++) {
		struct potential_vehicle *v = &w->vehicle[i];

		for (int t = 0; t < w->grid.n; t++) {
			int64_t cap = v->max_w * timegrid_overlap(&w->grid, t, v->arrival_ms, v->departure_ms) / MS_HOUR;
			int64_t left = w->limit[v->station] / 4 - used[v->station][t];
			int64_t wh = rng_between(rng, 0, cap < left ? cap : left);

			if (rng_below(rng, 3) == 0)
				wh = cap < left ? cap : left;
			used[v->station][t] += wh;
			v->need_wh += wh;
			load_w[t] += 4 * wh;
		}
		v->before_wh = rng_between(rng, 0, 5000);
		v->need_wh += v->before_wh;
	}
}

static void check_schedule(struct rng *rng, struct world *w)
{
	const struct potential_fleet fleet = { &w->grid, 0, w->vehicle, w->vehicles, w->limit, STATIONS };
	int64_t load[MOST_N], room[ROOM], up[MOST_N], down[MOST_N];
	int run = (int)rng_between(rng, 1, w->grid.n);
	struct curves c;
	struct potential_curves curves = of(&c);

	charge(rng, w, load);
	for (int t = 0; t < w->grid.n; t++)
		c.baseline[t] = rng_between(rng, 0, load[t] * 2);
	assert_int_equal(envelope(&w->grid, 0, w->vehicle, w->vehicles, w->limit, STATIONS, &c), 0);
	potential_sustain(&fleet, run, &curves, room, up, down);
	for (int t = 0; t < w->grid.n; t++) {
		int64_t more = INT64_MAX, less = INT64_MAX;

		for (int s = t; s < w->grid.n && s < t + run; s++) {
			int64_t change = load[s] - c.baseline[s];

			assert_true(change <= c.up[s] && -change <= c.down[s]);
			more = change < more ? change : more;
			less = -change < less ? -change : less;
		}
		assert_true(more <= up[t] && up[t] <= c.up[t] && up[t] >= 0);
		assert_true(less <= down[t] && down[t] <= c.down[t] && down[t] >= 0);
	}
}

static void test_every_schedule_lies_within(void **state)
{
	struct rng rng;
	struct world w;

	(void)state;
	rng_seed(&rng, 5);
	for (int i = 0; i < 3000; i++) {
		draw(&rng, &w);
		check_schedule(&rng, &w);
	}
}

static void test_order_does_not_matter(void **state)
{
	struct rng rng;
	struct world w;
	int64_t load[MOST_N];

	(void)state;
	rng_seed(&rng, 6);
	for (int i = 0; i < 200; i++) {
		struct curves one = { .baseline = { 3000, 9000, 1000 } }, two = one;

		draw(&rng, &w);
		charge(&rng, &w, load);
		envelope(&w.grid, 0, w.vehicle, w.vehicles, w.limit, STATIONS, &one);
		for (size_t k = 0; k < w.vehicles / 2; k++) {
			struct potential_vehicle keep = w.vehicle[k];

			w.vehicle[k] = w.vehicle[w.vehicles - 1 - k];
			w.vehicle[w.vehicles - 1 - k] = keep;
		}
		envelope(&w.grid, 0, w.vehicle, w.vehicles, w.limit, STATIONS, &two);
		expect(two.up, one.up, (size_t)w.grid.n);
		expect(two.down, one.down, (size_t)w.grid.n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_history), cmocka_unit_test(test_one_vehicle), cmocka_unit_test(test_stay_and_first),
		cmocka_unit_test(test_station_limit), cmocka_unit_test(test_sustain_by_hand),
		cmocka_unit_test(test_sustain_with_late_arrival), cmocka_unit_test(test_rounding),
		cmocka_unit_test(test_every_schedule_lies_within), cmocka_unit_test(test_order_does_not_matter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
