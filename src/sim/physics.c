/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/error.h"
#include "sim/physics.h"

enum {
	MINUTE_S = 60, WS_PER_WH = 3600,
	TAPER_PART = 50,                /* the last 1/50 of the need */
	TAPER_FLOOR = 10,               /* but never below 1/10 of max_w */
	UNCONTROLLED = -1,
	NIGHT_FIRST = 48, NIGHT_END = 72        /* 00:00 to 06:00 */
};

struct vehicle {
	size_t pile;
	enum world_behaviour behaviour;
	int32_t from_s, to_s;           /* the stay, from the day's start */
	int64_t need_ws, energy_ws, max_w;
	int64_t power_w;                /* at the end of the last minute */
	/* commanded up to the end of the present interval, less taken since under control */
	int64_t owed_ws;
	int32_t interval;               /* the last one that was commanded */
	int32_t *control_w;             /* by interval, NULL: never under control */
};

struct physics {
	struct arena *arena;
	const struct world *world;
	struct vehicle *vehicle;
	size_t n;
	size_t *member, *first;         /* vehicles by station: member[first[i]] … member[first[i + 1] − 1] */
	struct want *want;
	size_t minute;
};

/* One vehicle's part of the present minute. end_w: its power at the minute's end, for one that leaves before it what
 * the ramp would reach there. As all ramps are straight, a sum of end powers within the limit at both ends of a
 * minute is within it throughout; one that arrives within the minute stays below the straight line from zero. */
struct want { size_t vehicle; int32_t on_s; bool leaves; int64_t end_w; };

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t clamp(int64_t x, int64_t low, int64_t high) { return x < low ? low : least(x, high); }

static void group_by_station(struct physics *p)
{
	const struct world *w = p->world;
	size_t *next = ARENA_ARRAY(p->arena, w->n_stations, size_t);

	p->first = ARENA_ARRAY(p->arena, w->n_stations + 1, size_t);
	p->member = ARENA_ARRAY(p->arena, p->n, size_t);
	for (size_t i = 0; i < p->n; i++)
		p->first[w->pile[p->vehicle[i].pile].station + 1]++;
	for (size_t i = 0; i < w->n_stations; i++) {
		next[i] = p->first[i];
		p->first[i + 1] += p->first[i];
	}
	for (size_t i = 0; i < p->n; i++)
		p->member[next[w->pile[p->vehicle[i].pile].station]++] = i;
}

struct physics *physics_new(struct arena *a, const struct world *w, const struct world_session *s, size_t n)
{
	struct physics *p = ARENA_NEW(a, struct physics);

	*p = (struct physics){ .arena = a, .world = w, .n = n, .vehicle = ARENA_ARRAY(a, n, struct vehicle),
			       .want = ARENA_ARRAY(a, n, struct want) };
	for (size_t i = 0; i < n; i++)
		p->vehicle[i] = (struct vehicle){
			.pile = s[i].pile,
			.behaviour = w->aggregator[w->station[w->pile[s[i].pile].station].aggregator].behaviour,
			.from_s = (int32_t)((s[i].arrival_ms - w->grid.start_ms) / MS_SECOND),
			.to_s = (int32_t)((s[i].departure_ms - w->grid.start_ms) / MS_SECOND),
			.need_ws = s[i].need_wh * WS_PER_WH, .max_w = s[i].max_w, .interval = -1
		};
	group_by_station(p);
	return p;
}

int physics_set_control(struct physics *p, size_t session, size_t first_interval, size_t n, const int64_t *values_w)
{
	struct vehicle *v;

	if (session >= p->n || first_interval > WORLD_STEPS || n > WORLD_STEPS - first_interval)
		return E_RANGE;
	for (size_t k = 0; k < n; k++)
		if (values_w[k] < 0 || values_w[k] > INT32_MAX)
			return E_RANGE;
	v = &p->vehicle[session];
	if (!v->control_w) {
		v->control_w = ARENA_ARRAY(p->arena, WORLD_STEPS, int32_t);
		for (size_t k = 0; k < WORLD_STEPS; k++)
			v->control_w[k] = UNCONTROLLED;
	}
	for (size_t k = 0; k < n; k++)
		if ((first_interval + k) * WORLD_STEP_S >= p->minute * MINUTE_S)
			v->control_w[first_interval + k] = (int32_t)values_w[k];
	return 0;
}

/* The energy this vehicle means to take in interval t, given its aggregator's behaviour. */
static int64_t commanded_ws(const struct vehicle *v, int32_t t)
{
	int64_t told_ws = (int64_t)v->control_w[t] * WORLD_STEP_S;
	int64_t from_s = v->from_s > t * WORLD_STEP_S ? v->from_s : t * WORLD_STEP_S;
	int64_t most_ws = v->max_w * (least(v->to_s, (t + 1) * WORLD_STEP_S) - from_s);

	int64_t at_once_ws = least(most_ws, v->need_ws - v->energy_ws);

	if (v->behaviour == WORLD_HALF_BACK)
		return (told_ws + at_once_ws) / 2;
	if (v->behaviour == WORLD_OVER_FILLS && t >= NIGHT_FIRST && t < NIGHT_END && told_ws < at_once_ws)
		return told_ws + (at_once_ws - told_ws) / 4;
	return told_ws;
}

/* What the battery takes at most at its present charge. */
static int64_t taper_w(const struct vehicle *v)
{
	int64_t left_ws = v->need_ws - v->energy_ws;
	int64_t most_w = (int64_t)((__int128)v->max_w * left_ws * TAPER_PART / v->need_ws);
	int64_t floor_w = v->max_w / TAPER_FLOOR > 0 ? v->max_w / TAPER_FLOOR : 1;

	return clamp(most_w, floor_w, v->max_w);
}

/* The power at the end of the `on_s` seconds from begin_s on that, held until the end of its interval or stay, takes
 * just what is owed: owed = (power + x)/2 · on + x · (rest − on). */
static int64_t controlled_w(struct vehicle *v, int32_t begin_s, int32_t on_s)
{
	int32_t t = begin_s / WORLD_STEP_S;
	int64_t rest_s = least(v->to_s, (t + 1) * WORLD_STEP_S) - begin_s;

	if (v->interval != t) {
		v->interval = t;
		v->owed_ws += commanded_ws(v, t);
	}
	return (2 * v->owed_ws - v->power_w * on_s) / (2 * rest_s - on_s);
}

static bool is_controlled(const struct vehicle *v, int32_t begin_s)
{
	return v->control_w && v->control_w[begin_s / WORLD_STEP_S] != UNCONTROLLED;
}

/* What a vehicle wants in the minute that begins at now_s; false: it is not there or full. */
static bool vehicle_want(struct vehicle *v, int32_t now_s, struct want *want)
{
	int32_t begin_s = v->from_s > now_s ? v->from_s : now_s;
	int32_t end_s = (int32_t)least(v->to_s, now_s + MINUTE_S), on_s = end_s - begin_s;
	int64_t left_ws = v->need_ws - v->energy_ws, most_w, step_w, end_w;

	if (on_s <= 0 || left_ws <= 0) {
		v->power_w = 0;
		return false;
	}
	most_w = taper_w(v);
	end_w = is_controlled(v, begin_s) ? controlled_w(v, begin_s, on_s) : most_w;
	end_w = clamp(least(end_w, 2 * left_ws / on_s - v->power_w), 0, most_w);
	step_w = v->max_w * on_s / MINUTE_S;
	end_w = clamp(end_w, v->power_w - step_w, v->power_w + step_w);
	want->on_s = on_s;
	want->leaves = end_s < now_s + MINUTE_S;
	if (want->leaves)
		end_w = clamp(v->power_w + (end_w - v->power_w) * MINUTE_S / on_s, 0, v->max_w);
	want->end_w = end_w;
	return true;
}

/* Lives the minute to power end_w; returns the minute's mean in W as the energy register shows it. */
static int64_t vehicle_live(struct vehicle *v, const struct want *want, int64_t end_w, bool controlled)
{
	int64_t at_w = want->leaves ? v->power_w + (end_w - v->power_w) * want->on_s / MINUTE_S : end_w;
	int64_t taken_ws = least((v->power_w + at_w) * want->on_s / 2, v->need_ws - v->energy_ws);
	int64_t before = decimal_div(v->energy_ws, MINUTE_S);

	v->energy_ws += taken_ws;
	v->power_w = at_w;
	if (controlled)
		v->owed_ws -= taken_ws;
	return decimal_div(v->energy_ws, MINUTE_S) - before;
}

static void station_minute(struct physics *p, size_t station, int32_t now_s, int64_t *power_w)
{
	int64_t limit_w = p->world->station[station].limit_w, sum_w = 0;
	size_t n = 0;

	for (size_t i = p->first[station]; i < p->first[station + 1]; i++) {
		struct want *want = &p->want[n];

		want->vehicle = p->member[i];
		if (vehicle_want(&p->vehicle[want->vehicle], now_s, want)) {
			sum_w += want->end_w;
			n++;
		}
	}
	for (size_t k = 0; k < n; k++) {
		struct vehicle *v = &p->vehicle[p->want[k].vehicle];
		int64_t end_w = sum_w > limit_w ? p->want[k].end_w * limit_w / sum_w : p->want[k].end_w;
		int32_t begin_s = v->from_s > now_s ? v->from_s : now_s;

		power_w[v->pile] = vehicle_live(v, &p->want[k], end_w, is_controlled(v, begin_s));
	}
}

int physics_minute(struct physics *p, size_t minute, int64_t *power_w)
{
	if (minute != p->minute || minute >= WORLD_MINUTES)
		return E_TIME_ORDER;
	memset(power_w, 0, p->world->n_piles * sizeof(*power_w));
	for (size_t i = 0; i < p->world->n_stations; i++)
		station_minute(p, i, (int32_t)minute * MINUTE_S, power_w);
	p->minute++;
	return 0;
}

int64_t physics_energy_ws(const struct physics *p, size_t session) { return p->vehicle[session].energy_ws; }
int64_t physics_energy_wh(const struct physics *p, size_t session)
{
	return decimal_div(p->vehicle[session].energy_ws, WS_PER_WH);
}
