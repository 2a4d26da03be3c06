/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <stdio.h>
#include <string.h>
#include "base/decimal.h"
#include "base/error.h"
#include "base/timegrid.h"
#include "sim/sources.h"
#include "sim/table.h"

enum {
	WORK_W = 7000, FAST_W = 50000, HOME_LEAST_W = 3600,
	STAY_LEAST_S = 900, STAY_MOST_S = 10 * 86400,
	ENERGY_LEAST_WH = 500, ENERGY_MOST_WH = 300000,
	VEHICLE_MOST_W = 1000000,
	NOON_MS = 12 * MS_HOUR,
	FRACTION_MOST = 9
};
static const char fast_station[] = "2-39-81-4550";

struct loading { struct arena *arena; struct source_set *work, *fast; };

/* A decimal in 10^-digits, rounded. Some figures were printed from binary fractions, with sixteen decimals: those
 * after the ninth must be digits and are left out. */
static int parse_scaled(const char *s, int digits, int64_t *value)
{
	const char *point = strchr(s, '.');
	size_t n = strlen(s);
	int error;

	if (point && strspn(point + 1, "0123456789") == strlen(point + 1) && strlen(point) > FRACTION_MOST + 1)
		n = (size_t)(point - s) + FRACTION_MOST + 1;
	error = decimal_parse_n(s, n, FRACTION_MOST, value);
	if (!error)
		*value = decimal_div(*value, decimal_pow10(FRACTION_MOST - digits));
	return error;
}

/* "2019-12-11 17:03:00" (a clock without zone) or "2019-12-11T17:03:00Z", as if it were UTC. */
static int parse_clock(const char *s, int64_t *ms)
{
	char text[32];

	if (strlen(s) < 19 || (s[10] != ' ' && s[10] != 'T') || (s[19] != 0 && strcmp(s + 19, "Z") != 0))
		return E_FORMAT;
	snprintf(text, sizeof(text), "%.10sT%.8sZ", s, s + 11);
	return time_parse(text, ms);
}

static int32_t nth_sunday(int year, int month, int nth)
{
	int32_t first = date_from_civil(year, month, 1);

	return first + (7 - date_weekday(first)) + 7 * (nth - 1);
}

/* Los Angeles by the rule in force since 2007: summer time from the second Sunday of March, 2:00 standard time (10:00
 * UTC), to the first Sunday of November, 2:00 summer time (9:00 UTC). */
static int64_t los_angeles(int64_t utc_ms)
{
	int year, month, day;
	int64_t begin, end;

	date_to_civil((int32_t)(utc_ms / MS_DAY), &year, &month, &day);
	begin = (int64_t)nth_sunday(year, 3, 2) * MS_DAY + 10 * MS_HOUR;
	end = (int64_t)nth_sunday(year, 11, 1) * MS_DAY + 9 * MS_HOUR;
	return utc_ms - (utc_ms >= begin && utc_ms < end ? 7 : 8) * (int64_t)MS_HOUR;
}

static void set_add(struct arena *a, struct source_set *set, const struct source_row *row)
{
	if (set->n == set->room) {
		size_t room = set->room ? 2 * set->room : 1024;
		struct source_row *bigger = ARENA_ARRAY(a, room, struct source_row);

		if (set->n)
			memcpy(bigger, set->row, set->n * sizeof(*bigger));
		set->row = bigger;
		set->room = room;
	}
	set->row[set->n++] = *row;
}

/* Adds a readable row, its times on a local clock, if it can be played. E_TIME_ORDER, E_RANGE: it makes no sense. */
static int take_session(struct arena *a, struct source_set *set, int64_t from_ms, int64_t to_ms, struct source_row *row)
{
	int64_t noon_ms = from_ms - NOON_MS, stay_s = (to_ms - from_ms) / MS_SECOND;

	if (stay_s <= 0 || noon_ms < 0)
		return E_TIME_ORDER;
	if (row->energy_wh < 0 || row->vehicle_w <= 0 || row->vehicle_w > VEHICLE_MOST_W)
		return E_RANGE;
	if (stay_s < STAY_LEAST_S || stay_s > STAY_MOST_S || row->energy_wh < ENERGY_LEAST_WH ||
	    row->energy_wh > ENERGY_MOST_WH) {
		set->short_rows++;
		return 0;
	}
	row->day = (int32_t)(noon_ms / MS_DAY);
	row->arrival_s = (int32_t)(noon_ms % MS_DAY / MS_SECOND);
	row->stay_s = (int32_t)stay_s;
	set_add(a, set, row);
	return 0;
}

static int home_row(void *context, const char *const *field)
{
	struct loading *l = context;
	struct source_row row = { .wish_wh = VALUE_NONE };
	int64_t from_ms, to_ms;

	if (parse_clock(field[0], &from_ms) || parse_clock(field[1], &to_ms) ||
	    parse_scaled(field[2], 3, &row.energy_wh))
		return E_FORMAT;
	if (to_ms <= from_ms)
		return E_TIME_ORDER;
	if (*field[3]) {
		if (parse_scaled(field[3], 3, &row.vehicle_w))
			return E_FORMAT;
	} else {
		row.vehicle_w = decimal_div((__int128)row.energy_wh * 105 * MS_HOUR, 100 * (to_ms - from_ms));
		if (row.vehicle_w < HOME_LEAST_W)
			row.vehicle_w = HOME_LEAST_W;
	}
	return take_session(l->arena, l->work, from_ms, to_ms, &row);
}

static int acn_row(void *context, const char *const *field)
{
	struct loading *l = context;
	struct source_row row = { .wish_wh = VALUE_NONE };
	struct source_set *set = l->work;
	int64_t from_ms, to_ms, wish_ms;

	if (parse_clock(field[1], &from_ms) || parse_clock(field[2], &to_ms) ||
	    parse_scaled(field[3], 3, &row.energy_wh))
		return E_FORMAT;
	if (*field[4] && (parse_scaled(field[4], 3, &row.wish_wh) || row.wish_wh <= 0 || row.wish_wh > ENERGY_MOST_WH))
		row.wish_wh = VALUE_NONE;
	if (*field[5] && parse_clock(field[5], &wish_ms) == 0 && wish_ms > from_ms &&
	    wish_ms - from_ms <= (int64_t)STAY_MOST_S * MS_SECOND)
		row.wish_stay_s = (int32_t)((wish_ms - from_ms) / MS_SECOND);
	row.vehicle_w = WORK_W;
	if (strcmp(field[0], fast_station) == 0) {
		row.vehicle_w = FAST_W;
		set = l->fast;
	}
	return take_session(l->arena, set, los_angeles(from_ms), los_angeles(from_ms) + to_ms - from_ms, &row);
}

static int workplace_row(void *context, const char *const *field)
{
	struct loading *l = context;
	struct source_row row = { .wish_wh = VALUE_NONE, .vehicle_w = WORK_W };
	int64_t from_ms, to_ms;

	if (parse_clock(field[0], &from_ms) || parse_clock(field[1], &to_ms) ||
	    parse_scaled(field[2], 3, &row.energy_wh))
		return E_FORMAT;
	return take_session(l->arena, l->work, from_ms, to_ms, &row);
}

/* Rows and skipped lines of a file are counted at the first set given. */
static int load(const char *path, const char *const *names, size_t n, table_row *row, struct loading *l)
{
	size_t rows, skipped;
	int error = table_read(path, names, n, row, l, &rows, &skipped);

	l->work->rows += rows;
	l->work->skipped += skipped;
	return error;
}

int source_home(struct arena *a, const char *path, struct source_set *home)
{
	static const char *const names[] = { "plugin_local", "plugout_local", "energy_kwh", "charger_kw" };
	struct loading l = { a, home, NULL };

	return load(path, names, sizeof(names) / sizeof(*names), home_row, &l);
}

int source_acn(struct arena *a, const char *path, struct source_set *work, struct source_set *fast)
{
	static const char *const names[] = { "station_id", "connection_utc", "disconnect_utc", "kwh_delivered",
		"kwh_requested", "requested_departure_utc" };
	struct loading l = { a, work, fast };

	return load(path, names, sizeof(names) / sizeof(*names), acn_row, &l);
}

int source_workplace(struct arena *a, const char *path, struct source_set *work)
{
	static const char *const names[] = { "created_local", "ended_local", "kwh_total" };
	struct loading l = { a, work, NULL };

	return load(path, names, sizeof(names) / sizeof(*names), workplace_row, &l);
}

struct stations { struct arena *arena; struct source_station *station; size_t n, room; };

static int station_row(void *context, const char *const *field)
{
	struct stations *s = context;
	struct source_station row;

	if (decimal_parse(field[0], 0, &row.id) || parse_scaled(field[1], 6, &row.longitude_e6) ||
	    parse_scaled(field[2], 6, &row.latitude_e6) || decimal_parse(field[3], 0, &row.piles) ||
	    decimal_parse(field[4], 0, &row.zone))
		return E_FORMAT;
	if (row.id <= 0 || row.id > 999999999999 || row.piles < 0 || row.zone < 0 || row.zone > 999999)
		return E_RANGE;
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 1024;
		struct source_station *bigger = ARENA_ARRAY(s->arena, room, struct source_station);

		if (s->n)
			memcpy(bigger, s->station, s->n * sizeof(*bigger));
		s->station = bigger;
		s->room = room;
	}
	s->station[s->n++] = row;
	return 0;
}

int source_stations(struct arena *a, const char *path, struct source_station **station, size_t *n, size_t *skipped)
{
	static const char *const names[] = { "station_id", "longitude", "latitude", "charge_count", "TAZID" };
	struct stations s = { .arena = a };
	size_t rows;
	int error = table_read(path, names, sizeof(names) / sizeof(*names), station_row, &s, &rows, skipped);

	*station = s.station;
	*n = s.n;
	return error;
}
