/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Decomposition of a dispatch task onto charging vehicles (F3): whole-watt charging power for every vehicle and
 * interval, so that the sum follows the target as closely as the vehicles' needs, stays and limits and the stations'
 * limits allow.
 *
 * Given are n intervals from the start of control on, a target P and a weight per interval, stations with a limit,
 * vehicles with a stay, a maximum power and a need. In interval t vehicle i takes 0 ≤ x[i][t] ≤ cap, cap = max_w ×
 * connected share of the interval rounded to whole W; the vehicles of a station together at most its limit.
 *
 * Two steps, each with one answer:
 * 1. Reachable energy. Of what the vehicles of a station still need they get together the most that is possible (a
 *    maximum flow). If that is not everything, the order of service decides who goes short: who departs first is
 *    served first, then who arrived first, then the smaller id (strcmp). Each in that order gets the most it can
 *    without taking any energy from those before it.
 * 2. Among all schedules with exactly these energies, one with the least Σ weight·(P − target)². The optimum over
 *    whole watts is found exactly (see balance.h), energies, caps and limits are kept to the watt. If several total
 *    curves were equally good (they differ by single watts), the one that puts a contested watt into the earlier
 *    interval is taken: the total curve is unique.
 * Which vehicle charges when within the total is settled by the same order: stations by id, vehicles in the order of
 * service, and where two vehicles of a station could swap, the one that is served first charges earlier. So the answer
 * depends on the problem alone, not on the order of its rows, on threads or on earlier runs.
 *
 * Power is W, energy Wh, or W·intervals where named `energy` (W × number of intervals; Wh × intervals an hour), times
 * UTC ms. All arithmetic that decides is in integers; doubles only carry the statistics. All functions are pure and
 * thread-safe. */
#ifndef VGI_COMPUTE_DECOMPOSE_H
#define VGI_COMPUTE_DECOMPOSE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/timegrid.h"

enum { DECOMPOSE_INTERVALS = 288, DECOMPOSE_ITEMS = 4000000 };  /* most intervals; most vehicles, most stations */
#define DECOMPOSE_POWER INT64_C(1000000000000)          /* most |target|, limit, Σ max_w, W; of a vehicle 1/1000 */
#define DECOMPOSE_ENERGY INT64_C(1000000000000)         /* most need and before, Wh */
#define DECOMPOSE_WEIGHT INT64_C(1000000000)            /* most weight, 1e-6 */

struct decompose_station {
	const char *id;                 /* unique */
	int64_t limit_w;                /* 0 … DECOMPOSE_POWER */
};

struct decompose_vehicle {
	const char *id;                 /* unique */
	size_t station;                 /* index into the problem's stations */
	int64_t arrival_ms, departure_ms;       /* any, arrival ≤ departure; only the part inside the grid counts */
	int64_t max_w;                  /* lesser of vehicle and pile, ≥ 0 */
	int64_t need_wh, before_wh;     /* asked for at the meter; measured before the start of control; both ≥ 0 */
};

struct decompose_problem {
	struct timegrid grid;           /* from the start of control on; 1 … DECOMPOSE_INTERVALS steps, each 1/k hour */
	const int64_t *target_w;        /* [n], absolute power of all vehicles, any sign */
	const int64_t *weight_ppm;      /* [n], 1 … DECOMPOSE_WEIGHT */
	const struct decompose_station *station;
	size_t n_stations;
	const struct decompose_vehicle *vehicle;
	size_t n_vehicles;
};

/* One vehicle's part of a schedule: `count` powers from interval `first` on, at power_w + offset. These are exactly the
 * intervals the vehicle touches, zeros included; count 0 (first 0) if its stay lies outside the grid. */
struct decompose_plan {
	int32_t first, count;
	size_t offset;
	int64_t energy;                 /* to be had from the start of control on, W·intervals */
	int64_t reachable_wh;           /* before + energy, to whole Wh */
	int64_t planned_wh;             /* before + Σ of its powers, to whole Wh */
};

struct decompose_schedule {
	struct decompose_plan *plan;    /* [n_vehicles], in the order of the problem's vehicles */
	int32_t *power_w;               /* [n_powers] */
	size_t n_powers;
	int64_t *total_w;               /* [n], Σ of all vehicles */
	double deviation_w;             /* √(Σ weight·(total − target)² / Σ weight) */
	double bound_w;                 /* no schedule with these energies deviates less; see decompose_bound */
	uint32_t parts, searches;       /* how many levels the curve has; breadth-first searches that took */
};

/* Steps 1 and 2 and the bound. The schedule's arrays come from `a`: 4 bytes a power and 48 a vehicle. Scratch memory,
 * about 80 bytes a vehicle, 8 a station and interval and 22 more where its limit can bind, is freed before the return.
 * Time grows with powers × searches (dozens), and with the square of the vehicles at one station whose limit binds.
 * 0; E_TOO_MANY (intervals, items), E_TIME_GRID (step), E_TIME_ORDER (departure before arrival), E_NEGATIVE, E_RANGE (a
 * bound above), E_UNKNOWN_RESOURCE (station index), E_DUPLICATE_ITEM (equal station ids; equal vehicle ids with the
 * same station and stay, the case in which the order would be open). */
int decompose_run(struct arena *a, const struct decompose_problem *p, struct decompose_schedule *s);

/* Intervals an hour, by which Wh become W·intervals. 0 if the step does not divide the hour. */
int64_t decompose_per_hour(const struct timegrid *g);
/* Most that vehicle v can take in interval t, W. */
int64_t decompose_cap(const struct timegrid *g, const struct decompose_vehicle *v, int t);
/* The intervals that vehicle v touches: `count` of them from `first` on; 0 and 0 if its stay lies outside the grid. */
void decompose_stay(const struct timegrid *g, const struct decompose_vehicle *v, int32_t *first, int32_t *count);
/* Sums a schedule by key[vehicle] < n_keys (a station's or aggregator's index): load_w[key * n + t]. */
void decompose_sum(const struct decompose_problem *p, const struct decompose_schedule *s, const size_t *key,
		   size_t n_keys, int64_t *load_w);

/* ---- certificate: its own code, sharing only decompose_cap with the solver */

/* Weighted rms of load − target over the intervals, W. */
double decompose_deviation(const struct decompose_problem *p, const int64_t *load_w);

/* A proven lower bound on the deviation of every schedule of p, in whole watts or not, that gives each vehicle
 * plan[].energy. With d = reference − target and ⟨·,·⟩ the weighted product, Cauchy-Schwarz gives for every load P
 *   ‖P − target‖ ≥ ⟨d, P − target⟩ / ‖d‖,
 * and the right side is least for the loads that a greedy finds which fills the intervals in the order of weight·d (a
 * vertex of a polymatroid, Edmonds 1970). reference_w [n] may be any curve of at most ±2·DECOMPOSE_POWER; the nearer
 * to the optimum, the tighter the bound, and at the optimum both agree but for rounding to watts. 0 with *bound_w ≥ 0;
 * E_RANGE if the energies cannot be had together. */
int decompose_bound(const struct decompose_problem *p, const struct decompose_plan *plan, const int64_t *reference_w,
		    double *bound_w);

enum decompose_fault {
	DECOMPOSE_FAULT_STAY,           /* first, count or offset are not those of the vehicle's stay */
	DECOMPOSE_FAULT_CAP,            /* a power is negative or above the vehicle's cap */
	DECOMPOSE_FAULT_ENERGY,         /* the powers do not sum to the energy, or it is above the need */
	DECOMPOSE_FAULT_PRINTED,        /* reachable_wh or planned_wh is not what the energies say */
	DECOMPOSE_FAULT_STATION,        /* a station's limit is exceeded */
	DECOMPOSE_FAULT_SHORT,          /* a station could have met more of its vehicles' needs */
	DECOMPOSE_FAULT_TOTAL           /* total_w is not the sum of the vehicles */
};
struct decompose_violation {
	enum decompose_fault fault;
	size_t item;                    /* vehicle or station index; 0 for TOTAL */
	int32_t interval;               /* -1 where none is meant */
	int64_t have, allowed;          /* W, Wh or W·intervals as the fault says */
};
enum { DECOMPOSE_VIOLATIONS = 16 };
struct decompose_certificate {
	bool feasible;                  /* no violation */
	size_t n_violations;            /* all of them; the first DECOMPOSE_VIOLATIONS are kept */
	struct decompose_violation violation[DECOMPOSE_VIOLATIONS];
	double deviation_w;             /* recomputed from the powers */
	double bound_w, gap_w;          /* as given; deviation − bound */
};

/* Recomputes everything about any schedule of p from the powers alone and compares. bound_w: from decompose_bound or
 * decompose_run. p as decompose_run accepts it. 0, also when violations were found; E_RANGE (grid, station index). */
int decompose_certify(const struct decompose_problem *p, const struct decompose_schedule *s, double bound_w,
		      struct decompose_certificate *c);
#endif
