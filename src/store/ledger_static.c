/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/ledger_static.h"
#include <stdlib.h>
#include <string.h>
#include "base/error.h"

/* A station with whose it is and its number, before all is put in order. */
struct found { uint32_t no; const char *aggregator_id; struct static_station station; };
struct finds { struct found *item; size_t n; };

static char *text(struct arena *a, const struct db_rows *rows, unsigned col)
{
	const char *s = db_text(rows, col);

	return s == NULL ? NULL : arena_strdup(a, s);
}

static struct position *position(struct arena *a, const struct db_rows *rows, unsigned col)
{
	struct position *p;

	if (db_is_null(rows, col))
		return NULL;
	p = ARENA_NEW(a, struct position);
	p->longitude.v = db_int(rows, col);
	p->latitude.v = db_int(rows, col + 1);
	p->coordinate_system = (enum coordinate_system)db_int(rows, col + 2);
	return p;
}

static enum voltage_level *voltage(struct arena *a, const struct db_rows *rows, unsigned col)
{
	enum voltage_level *v;

	if (db_is_null(rows, col))
		return NULL;
	v = ARENA_NEW(a, enum voltage_level);
	*v = (enum voltage_level)db_int(rows, col);
	return v;
}

static void read_station(struct arena *a, const struct db_rows *rows, struct found *f)
{
	f->no = (uint32_t)db_int(rows, 0);
	f->aggregator_id = text(a, rows, 1);
	f->station = (struct static_station){ .id = text(a, rows, 2), .name = text(a, rows, 3), .operator_id = text(a, rows, 4),
		.address = text(a, rows, 5), .position = position(a, rows, 6), .limit_w = { db_int(rows, 9) },
		.meter_no = text(a, rows, 10), .transformer_area = text(a, rows, 11), .feeder = text(a, rows, 12),
		.substation = text(a, rows, 13), .voltage_level = voltage(a, rows, 14),
		.state = (enum resource_state)db_int(rows, 15) };
}

/* One more than wanted is asked for, to tell whether there are more. */
static int load_stations(struct arena *a, struct db *db, const struct ledger_wanted *wanted, struct finds *finds, bool *more)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT s.station_no, g.aggregator_id, s.station_id, s.name, s.operator_id, s.address, s.longitude_e7,"
		" s.latitude_e7, s.coordinate_system, s.limit_w, s.meter_no, s.transformer_area, s.feeder, s.substation,"
		" s.voltage_level, s.state FROM station s JOIN aggregator g ON g.aggregator_no = s.aggregator_no WHERE s.state < ?"
		" AND (? IS NULL OR g.aggregator_id = ?) AND (? IS NULL OR s.station_id = ?) AND (? IS NULL OR s.station_id > ?)"
		" ORDER BY s.station_id LIMIT ?",
		DB_ARGS(DB_INT(RESOURCE_STATE_RETIRED), DB_TEXT(wanted->aggregator_id), DB_TEXT(wanted->aggregator_id),
			DB_TEXT(wanted->station_id), DB_TEXT(wanted->station_id), DB_TEXT(wanted->after), DB_TEXT(wanted->after),
			DB_INT((int64_t)wanted->most + 1)), &rows);

	if (rc < 0)
		return rc;
	*finds = (struct finds){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct found), 0 };
	*more = false;
	while ((rc = db_next(rows)) > 0) {
		if (finds->n == wanted->most)
			*more = true;
		else
			read_station(a, rows, &finds->item[finds->n++]);
	}
	db_rows_done(rows);
	return rc;
}

static int by_no(const void *x, const void *y)
{
	const struct found *a = x, *b = y;

	return (a->no > b->no) - (a->no < b->no);
}

static int by_owner(const void *x, const void *y)
{
	const struct found *a = x, *b = y;
	int order = strcmp(a->aggregator_id, b->aggregator_id);

	return order != 0 ? order : strcmp(a->station.id, b->station.id);
}

/* Piles come by station number and id: finds must be in that order. */
static int add_piles(struct arena *a, struct finds *finds, struct db_rows *rows)
{
	size_t i = 0, left = (size_t)db_rows_count(rows);
	struct static_pile *pile = ARENA_ARRAY(a, left, struct static_pile);
	int rc;

	while ((rc = db_next(rows)) > 0) {
		uint32_t station = (uint32_t)db_int(rows, 0);

		while (i < finds->n && finds->item[i].no < station)
			i++;
		if (i == finds->n || finds->item[i].no != station)
			continue;
		*pile = (struct static_pile){ text(a, rows, 1), (enum pile_kind)db_int(rows, 2), { db_int(rows, 3) },
			{ (int32_t)db_int(rows, 4) }, (enum resource_state)db_int(rows, 5) };
		if (finds->item[i].station.n_pile++ == 0)
			finds->item[i].station.pile = pile;
		finds->item[i].station.rated_w.v += pile->rated_w.v;
		pile++;
	}
	return rc;
}

static int load_piles(struct arena *a, struct db *db, struct finds *finds)
{
	struct db_rows *rows = NULL;
	int rc;

	if (finds->n == 0)
		return 0;
	qsort(finds->item, finds->n, sizeof *finds->item, by_no);
	rc = db_query(db, "SELECT station_no, pile_id, kind, rated_w, connectors, state FROM pile WHERE station_no >= ? AND"
		" station_no <= ? AND state < ? ORDER BY station_no, pile_id",
		DB_ARGS(DB_INT(finds->item[0].no), DB_INT(finds->item[finds->n - 1].no), DB_INT(RESOURCE_STATE_RETIRED)), &rows);
	if (rc == 0)
		rc = add_piles(a, finds, rows);
	db_rows_done(rows);
	return rc;
}

/* The aggregators with their stations hung in. */
static int load_aggregators(struct arena *a, struct db *db, const struct ledger_wanted *wanted, struct finds *finds,
			    struct ledger_static *list)
{
	struct static_station *station = ARENA_ARRAY(a, finds->n, struct static_station);
	struct db_rows *rows = NULL;
	size_t k = 0;
	int rc = db_query(db, "SELECT aggregator_id, name, address FROM aggregator WHERE (? IS NULL OR aggregator_id = ?)"
		" ORDER BY aggregator_id", DB_ARGS(DB_TEXT(wanted->aggregator_id), DB_TEXT(wanted->aggregator_id)), &rows);

	if (rc < 0)
		return rc;
	qsort(finds->item, finds->n, sizeof *finds->item, by_owner);
	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct static_aggregator);
	while ((rc = db_next(rows)) > 0) {
		struct static_aggregator *g = &list->item[list->n];

		*g = (struct static_aggregator){ .id = text(a, rows, 0), .name = text(a, rows, 1), .address = text(a, rows, 2),
			.station = &station[k] };
		for (; k < finds->n && strcmp(finds->item[k].aggregator_id, g->id) == 0; k++)
			g->station[g->n_station++] = finds->item[k].station;
		list->n += g->n_station > 0 || wanted->aggregator_id != NULL;
	}
	db_rows_done(rows);
	return rc;
}

int ledger_static_load(struct arena *a, struct db *db, const struct ledger_wanted *wanted, struct ledger_static *list)
{
	struct finds finds;
	int rc;

	*list = (struct ledger_static){ NULL, 0, false };
	rc = load_stations(a, db, wanted, &finds, &list->more);
	if (rc == 0)
		rc = load_piles(a, db, &finds);
	return rc == 0 ? load_aggregators(a, db, wanted, &finds, list) : rc;
}
