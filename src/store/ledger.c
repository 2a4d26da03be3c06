/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Loading and look-ups. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "store/ledger.h"

/* The same three statements for everybody and for one aggregator; the first value is the greatest state wanted. */
struct statements { const char *aggregators, *stations, *piles; };

#define AGGREGATORS "SELECT a.aggregator_no, a.aggregator_id, a.name, a.revision, a.seq FROM aggregator a"
#define STATIONS "SELECT s.station_no, s.aggregator_no, s.station_id, s.meter_no, s.limit_w, s.state FROM station s"
#define PILES "SELECT p.pile_no, p.station_no, p.pile_id, p.rated_w, p.kind, p.state FROM pile p"
#define OWNED " JOIN aggregator a ON a.aggregator_no = s.aggregator_no"

static const struct statements of_all = {
	AGGREGATORS " ORDER BY a.aggregator_id",
	STATIONS " WHERE s.state <= ? ORDER BY s.station_id",
	PILES " WHERE p.state <= ? ORDER BY p.pile_id"
};
static const struct statements of_one = {
	AGGREGATORS " WHERE a.aggregator_id = ?",
	STATIONS OWNED " WHERE s.state <= ? AND a.aggregator_id = ? ORDER BY s.station_id",
	PILES " JOIN station s ON s.station_no = p.station_no" OWNED
		" WHERE p.state <= ? AND a.aggregator_id = ? ORDER BY p.pile_id"
};

/* The same of a day: what is not retired, and what is retired now but was measured or scheduled then. Values: from, to, from, to. */
#define OF_THE_DAY "(p.pile_no IN (SELECT i.pile_no FROM pile_interval i WHERE i.begin_ms >= ? AND i.begin_ms < ?) OR p.pile_no IN" \
	" (SELECT n.pile_no FROM session n JOIN schedule d ON d.session_no = n.session_no WHERE n.departure_ms > ? AND n.arrival_ms < ?))"
static const struct statements of_day = {
	AGGREGATORS " ORDER BY a.aggregator_id",
	STATIONS " WHERE s.state <> 3 OR EXISTS (SELECT 1 FROM pile p WHERE p.station_no = s.station_no AND " OF_THE_DAY ")"
		" ORDER BY s.station_id",
	PILES " JOIN station s ON s.station_no = p.station_no WHERE (p.state <> 3 AND s.state <> 3) OR " OF_THE_DAY
		" ORDER BY p.pile_id"
};

/* -- look-ups */
static int64_t find_text(const void *base, size_t n, size_t size, size_t offset, const char *id)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const void *at = (const char *)base + middle * size + offset;
		int order = strcmp(*(const char *const *)at, id);

		if (order == 0)
			return (int64_t)middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

int64_t ledger_aggregator(const struct ledger *l, const char *id)
{
	return find_text(l->aggregator, l->n_aggregators, sizeof *l->aggregator, offsetof(struct ledger_aggregator, id),
			id);
}

int64_t ledger_station(const struct ledger *l, const char *id)
{
	return find_text(l->station, l->n_stations, sizeof *l->station, offsetof(struct ledger_station, id), id);
}

int64_t ledger_pile(const struct ledger *l, const char *id)
{
	return find_text(l->pile, l->n_piles, sizeof *l->pile, offsetof(struct ledger_pile, id), id);
}

int64_t ledger_meter(const struct ledger *l, const char *meter_no)
{
	size_t low = 0, high = l->n_stations;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(l->station[l->station_by_meter[middle]].meter_no, meter_no);

		if (order == 0)
			return l->station_by_meter[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

/* by_no holds the indices of n records of `size` bytes, whose first member is their number. */
static uint32_t number_at(const void *base, size_t size, uint32_t index)
{
	uint32_t no;

	memcpy(&no, (const char *)base + index * size, sizeof no);
	return no;
}

static int64_t find_number(const void *base, size_t n, size_t size, const uint32_t *by_no, uint32_t no)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t found = number_at(base, size, by_no[middle]);

		if (found == no)
			return by_no[middle];
		if (found < no)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

int64_t ledger_aggregator_no(const struct ledger *l, uint32_t no)
{
	return find_number(l->aggregator, l->n_aggregators, sizeof *l->aggregator, l->aggregator_by_no, no);
}

int64_t ledger_station_no(const struct ledger *l, uint32_t no)
{
	return find_number(l->station, l->n_stations, sizeof *l->station, l->station_by_no, no);
}

int64_t ledger_pile_no(const struct ledger *l, uint32_t no)
{
	return find_number(l->pile, l->n_piles, sizeof *l->pile, l->pile_by_no, no);
}

/* -- orders */
struct records { const void *base; size_t size; };

static int by_number(const void *a, const void *b, void *context)
{
	const struct records *r = context;
	uint32_t x = number_at(r->base, r->size, *(const uint32_t *)a);
	uint32_t y = number_at(r->base, r->size, *(const uint32_t *)b);

	return (x > y) - (x < y);
}

static uint32_t *number_order(struct arena *a, const void *base, size_t n, size_t size)
{
	struct records r = { base, size };
	uint32_t *order = ARENA_ARRAY(a, n, uint32_t);

	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, n, sizeof *order, by_number, &r);
	return order;
}

static int by_meter(const void *a, const void *b, void *context)
{
	const struct ledger_station *s = context;

	return strcmp(s[*(const uint32_t *)a].meter_no, s[*(const uint32_t *)b].meter_no);
}

/* Indices of stations and piles, grouped by aggregator: counted, then dealt in order. */
static void group(struct arena *a, struct ledger *l)
{
	uint32_t station = 0, pile = 0;

	l->station_of = ARENA_ARRAY(a, l->n_stations, uint32_t);
	l->pile_of = ARENA_ARRAY(a, l->n_piles, uint32_t);
	for (size_t i = 0; i < l->n_stations; i++)
		l->aggregator[l->station[i].aggregator].n_stations++;
	for (size_t i = 0; i < l->n_piles; i++)
		l->aggregator[l->pile[i].aggregator].n_piles++;
	for (size_t i = 0; i < l->n_aggregators; i++) {
		struct ledger_aggregator *g = &l->aggregator[i];

		g->first_station = station;
		g->first_pile = pile;
		station += g->n_stations;
		pile += g->n_piles;
		g->n_stations = g->n_piles = 0;
	}
	for (uint32_t i = 0; i < l->n_stations; i++) {
		struct ledger_aggregator *g = &l->aggregator[l->station[i].aggregator];

		l->station_of[g->first_station + g->n_stations++] = i;
	}
	for (uint32_t i = 0; i < l->n_piles; i++) {
		struct ledger_aggregator *g = &l->aggregator[l->pile[i].aggregator];

		l->pile_of[g->first_pile + g->n_piles++] = i;
	}
}

/* -- loading. A row whose owner is not there any more (its state changed between two statements) is left out. */
static int load_aggregators(struct arena *a, struct db *db, const struct statements *sql, const char *id,
		struct ledger *l)
{
	struct db_rows *rows = NULL;
	int rc = db_query_at(db, sql->aggregators, id == NULL ? DB_NO_ARGS : DB_ARGS(DB_TEXT(id)), &rows);

	if (rc < 0)
		return rc;
	l->aggregator = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct ledger_aggregator);
	while ((rc = db_next(rows)) > 0)
		l->aggregator[l->n_aggregators++] = (struct ledger_aggregator){
			.no = (uint32_t)db_int(rows, 0), .id = arena_strdup(a, db_text(rows, 1)),
			.name = arena_strdup(a, db_text(rows, 2)),
			.revision = db_int(rows, 3), .seq = db_int(rows, 4)
		};
	db_rows_done(rows);
	l->aggregator_by_no = number_order(a, l->aggregator, l->n_aggregators, sizeof *l->aggregator);
	return rc;
}

static struct db_args state_args(struct db_arg arg[2], const char *id, enum resource_state most)
{
	arg[0] = (struct db_arg)DB_INT(most);
	arg[1] = (struct db_arg){ .type = DB_TYPE_TEXT, .p = id };
	return (struct db_args){ arg, id == NULL ? 1 : 2 };
}

static int load_stations(struct arena *a, struct db *db, const char *sql, struct db_args args, struct ledger *l)
{
	struct db_rows *rows = NULL;
	int rc = db_query_at(db, sql, args, &rows);

	if (rc < 0)
		return rc;
	l->station = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct ledger_station);
	while ((rc = db_next(rows)) > 0) {
		int64_t owner = ledger_aggregator_no(l, (uint32_t)db_int(rows, 1));

		if (owner >= 0)
			l->station[l->n_stations++] = (struct ledger_station){
				.no = (uint32_t)db_int(rows, 0), .aggregator = (uint32_t)owner,
				.id = arena_strdup(a, db_text(rows, 2)), .meter_no = arena_strdup(a, db_text(rows, 3)),
				.limit_w = db_int(rows, 4),
				.state = (enum resource_state)db_int(rows, 5)
			};
	}
	db_rows_done(rows);
	l->station_by_no = number_order(a, l->station, l->n_stations, sizeof *l->station);
	l->station_by_meter = ARENA_ARRAY(a, l->n_stations, uint32_t);
	for (uint32_t i = 0; i < l->n_stations; i++)
		l->station_by_meter[i] = i;
	qsort_r(l->station_by_meter, l->n_stations, sizeof *l->station_by_meter, by_meter, l->station);
	return rc;
}

static void add_pile(struct arena *a, const struct db_rows *row, uint32_t station, struct ledger *l)
{
	const struct ledger_station *s = &l->station[station];
	struct ledger_pile *p = &l->pile[l->n_piles++];

	*p = (struct ledger_pile){
		.no = (uint32_t)db_int(row, 0), .station = station, .aggregator = s->aggregator,
		.id = arena_strdup(a, db_text(row, 2)), .rated_w = db_int(row, 3),
		.kind = (enum pile_kind)db_int(row, 4),
		.state = (enum resource_state)db_int(row, 5)
	};
	p->in_service = p->state == RESOURCE_STATE_IN_SERVICE && s->state == RESOURCE_STATE_IN_SERVICE;
}

static int load_piles(struct arena *a, struct db *db, const char *sql, struct db_args args, struct ledger *l)
{
	struct db_rows *rows = NULL;
	int rc = db_query_at(db, sql, args, &rows);

	if (rc < 0)
		return rc;
	l->pile = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct ledger_pile);
	while ((rc = db_next(rows)) > 0) {
		int64_t station = ledger_station_no(l, (uint32_t)db_int(rows, 1));

		if (station >= 0)
			add_pile(a, rows, (uint32_t)station, l);
	}
	db_rows_done(rows);
	l->pile_by_no = number_order(a, l->pile, l->n_piles, sizeof *l->pile);
	return rc;
}

static int load_by(struct arena *a, struct db *db, const struct statements *sql, struct db_args args, const char *aggregator_id,
		struct ledger *l)
{
	int rc;

	*l = (struct ledger){ 0 };
	rc = load_aggregators(a, db, sql, aggregator_id, l);
	if (rc == 0)
		rc = load_stations(a, db, sql->stations, args, l);
	if (rc == 0)
		rc = load_piles(a, db, sql->piles, args, l);
	if (rc == 0)
		group(a, l);
	return rc;
}

static int load(struct arena *a, struct db *db, const char *aggregator_id, enum resource_state most, struct ledger *l)
{
	struct db_arg arg[2];
	struct db_args args = state_args(arg, aggregator_id, most);

	return load_by(a, db, aggregator_id == NULL ? &of_all : &of_one, args, aggregator_id, l);
}

int ledger_load_day(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, struct ledger *l)
{
	return load_by(a, db, &of_day, DB_ARGS(DB_INT(from_ms), DB_INT(to_ms), DB_INT(from_ms), DB_INT(to_ms)), NULL, l);
}

int ledger_load(struct arena *a, struct db *db, struct ledger *l)
{
	return load(a, db, NULL, RESOURCE_STATE_STOPPED, l);
}

int ledger_load_all(struct arena *a, struct db *db, struct ledger *l)
{
	return load(a, db, NULL, RESOURCE_STATE_RETIRED, l);
}

int ledger_load_of(struct arena *a, struct db *db, const char *aggregator_id, struct ledger *l)
{
	return load(a, db, aggregator_id, RESOURCE_STATE_STOPPED, l);
}

int ledger_load_all_of(struct arena *a, struct db *db, const char *aggregator_id, struct ledger *l)
{
	return load(a, db, aggregator_id, RESOURCE_STATE_RETIRED, l);
}
