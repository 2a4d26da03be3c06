/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Writing the ledger: columns for the bulk statements. New rows and standing ones are written by different statements:
 * with ON DUPLICATE KEY a row of another aggregator could be taken over. */
#include <string.h>
#include "base/error.h"
#include "store/ledger.h"

/* -- the aggregator */
int ledger_lock(struct db *db, const char *aggregator_id, uint32_t *no, int64_t *revision)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT aggregator_no, revision FROM aggregator WHERE aggregator_id = ? FOR UPDATE",
			DB_ARGS(DB_TEXT(aggregator_id)), &rows);

	if (rc < 0)
		return rc;
	rc = db_next(rows);
	if (rc > 0) {
		*no = (uint32_t)db_int(rows, 0);
		*revision = db_int(rows, 1);
	}
	db_rows_done(rows);
	return rc > 0 ? 0 : rc < 0 ? rc : E_NOTHING;
}

int ledger_lock_all(struct db *db)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT aggregator_no FROM aggregator ORDER BY aggregator_no FOR UPDATE", DB_NO_ARGS,
			&rows);

	db_rows_done(rows);
	return rc;
}

int ledger_put_aggregator(struct db *db, const struct party *p, const struct ledger_contact *sealed, int64_t revision,
		int64_t seq, uint32_t *no)
{
	const struct octets *contact = &sealed->contact, *phone = &sealed->phone;
	int64_t before;
	int rc = ledger_lock(db, p->id, no, &before);

	if (rc == 0)
		return db_exec(db, "UPDATE aggregator SET name = ?, address = ?, contact = NULL, phone = NULL,"
				" contact_sealed = ?, phone_sealed = ?, revision = ?, seq = ? WHERE aggregator_no = ?",
				DB_ARGS(DB_TEXT(p->name), DB_TEXT(p->address), DB_BYTES(contact->p, contact->n),
					DB_BYTES(phone->p, phone->n), DB_INT(revision), DB_INT(seq), DB_INT(*no)));
	if (rc != E_NOTHING)
		return rc;
	rc = db_exec(db, "INSERT INTO aggregator (aggregator_id, name, address, contact_sealed, phone_sealed, revision,"
			" seq) VALUES (?, ?, ?, ?, ?, ?, ?)",
			DB_ARGS(DB_TEXT(p->id), DB_TEXT(p->name), DB_TEXT(p->address), DB_BYTES(contact->p, contact->n),
				DB_BYTES(phone->p, phone->n), DB_INT(revision), DB_INT(seq)));
	*no = (uint32_t)db_insert_id(db);
	return rc;
}

int ledger_set_fallback(struct db *db, uint32_t aggregator_no, int fallback)
{
	return db_exec(db, "UPDATE aggregator SET fallback = ? WHERE aggregator_no = ?",
			DB_ARGS(DB_INT(fallback < 0 ? VALUE_NONE : fallback), DB_INT(aggregator_no)));
}

int ledger_fallback(struct db *db, const char *aggregator_id, int *fallback)
{
	int64_t value = -1;
	int rc = db_query_int(db, "SELECT COALESCE(fallback, -1) FROM aggregator WHERE aggregator_id = ?",
			DB_ARGS(DB_TEXT(aggregator_id)), &value);

	*fallback = (int)value;
	return rc;
}

struct operator_columns {
	int64_t *owner;
	const char **id, **name, **address;
	const void **contact, **phone;
	size_t *contact_n, *phone_n;
};

static struct operator_columns operator_columns_of(struct arena *a, uint32_t aggregator_no, const struct party *const *p,
		const struct ledger_contact *sealed, size_t n)
{
	const char **text = ARENA_ARRAY(a, 3 * n, const char *);
	const void **value = ARENA_ARRAY(a, 2 * n, const void *);
	size_t *length = ARENA_ARRAY(a, 2 * n, size_t);
	struct operator_columns c = {
		.owner = ARENA_ARRAY(a, n, int64_t), .id = text, .name = text + n, .address = text + 2 * n,
		.contact = value, .phone = value + n, .contact_n = length, .phone_n = length + n
	};

	for (size_t i = 0; i < n; i++) {
		c.owner[i] = aggregator_no;
		c.id[i] = p[i]->id;
		c.name[i] = p[i]->name;
		c.address[i] = p[i]->address;
		c.contact[i] = sealed[i].contact.p;
		c.contact_n[i] = sealed[i].contact.n;
		c.phone[i] = sealed[i].phone.p;
		c.phone_n[i] = sealed[i].phone.n;
	}
	return c;
}

int ledger_put_operators(struct arena *a, struct db *db, uint32_t aggregator_no, const struct party *const *p,
		const struct ledger_contact *sealed, size_t n)
{
	struct operator_columns c = operator_columns_of(a, aggregator_no, p, sealed, n);

	return db_exec_bulk(db, "INSERT INTO pile_operator (aggregator_no, operator_id, name, address, contact_sealed,"
			" phone_sealed) VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE name = VALUES(name), address ="
			" VALUES(address), contact = NULL, phone = NULL, contact_sealed = VALUES(contact_sealed),"
			" phone_sealed = VALUES(phone_sealed)", n,
			DB_COLUMNS(DB_COLUMN_INT(c.owner), DB_COLUMN_TEXT(c.id), DB_COLUMN_TEXT(c.name),
				DB_COLUMN_TEXT(c.address), DB_COLUMN_BYTES(c.contact, c.contact_n),
				DB_COLUMN_BYTES(c.phone, c.phone_n)));
}

/* -- stations */
struct station_columns {
	const char **id, **operator_id, **name, **address, **meter_no, **transformer_area, **feeder, **substation, **zone;
	int64_t *longitude, *latitude, *coordinates, *limit_w, *state, *location, *mode, *voltage, *seq, *owner;
};

static struct station_columns station_columns_new(struct arena *a, size_t n)
{
	const char **text = ARENA_ARRAY(a, 9 * n, const char *);
	int64_t *number = ARENA_ARRAY(a, 10 * n, int64_t);

	return (struct station_columns){
		.id = text, .operator_id = text + n, .name = text + 2 * n, .address = text + 3 * n,
		.meter_no = text + 4 * n, .transformer_area = text + 5 * n, .feeder = text + 6 * n,
		.substation = text + 7 * n, .zone = text + 8 * n, .longitude = number, .latitude = number + n,
		.coordinates = number + 2 * n, .limit_w = number + 3 * n, .state = number + 4 * n, .seq = number + 5 * n,
		.owner = number + 6 * n, .location = number + 7 * n, .mode = number + 8 * n, .voltage = number + 9 * n
	};
}

/* What an optional enumeration says. */
#define TOLD(POINTER) ((POINTER) == NULL ? VALUE_NONE : (int64_t)*(POINTER))

static void station_columns_set(struct station_columns *c, size_t i, const struct station *s)
{
	const struct position *p = s->position;

	c->id[i] = s->id;
	c->operator_id[i] = s->operator_id;
	c->name[i] = s->name;
	c->address[i] = s->address;
	c->meter_no[i] = s->meter_no;
	c->transformer_area[i] = s->transformer_area;
	c->feeder[i] = s->feeder;
	c->substation[i] = s->substation;
	c->longitude[i] = p == NULL ? VALUE_NONE : p->longitude.v;
	c->latitude[i] = p == NULL ? VALUE_NONE : p->latitude.v;
	c->coordinates[i] = p == NULL ? VALUE_NONE : (int64_t)p->coordinate_system;
	c->limit_w[i] = s->limit_w.v;
	c->state[i] = (int64_t)s->state;
	c->location[i] = TOLD(s->location);
	c->mode[i] = TOLD(s->mode);
	c->zone[i] = s->zone;
	c->voltage[i] = TOLD(s->voltage_level);
}

static struct station_columns station_columns_of(struct arena *a, const struct station *const *s, size_t n,
		uint32_t owner, int64_t seq)
{
	struct station_columns c = station_columns_new(a, n);

	for (size_t i = 0; i < n; i++) {
		station_columns_set(&c, i, s[i]);
		c.seq[i] = seq;
		c.owner[i] = owner;
	}
	return c;
}

int ledger_add_stations(struct arena *a, struct db *db, uint32_t aggregator_no, const struct station *const *s,
		size_t n, int64_t seq)
{
	struct station_columns c = station_columns_of(a, s, n, aggregator_no, seq);

	return db_exec_bulk(db, "INSERT INTO station (aggregator_no, operator_id, name, address, longitude_e7,"
			" latitude_e7, coordinate_system, limit_w, meter_no, transformer_area, feeder, substation,"
			" state, location, mode, zone, voltage_level, seq, station_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
			" ?, ?, ?, ?, ?, ?, ?, ?, ?)", n,
			DB_COLUMNS(DB_COLUMN_INT(c.owner), DB_COLUMN_TEXT(c.operator_id), DB_COLUMN_TEXT(c.name),
				DB_COLUMN_TEXT(c.address), DB_COLUMN_INT(c.longitude), DB_COLUMN_INT(c.latitude),
				DB_COLUMN_INT(c.coordinates), DB_COLUMN_INT(c.limit_w), DB_COLUMN_TEXT(c.meter_no),
				DB_COLUMN_TEXT(c.transformer_area), DB_COLUMN_TEXT(c.feeder),
				DB_COLUMN_TEXT(c.substation), DB_COLUMN_INT(c.state), DB_COLUMN_INT(c.location),
				DB_COLUMN_INT(c.mode), DB_COLUMN_TEXT(c.zone), DB_COLUMN_INT(c.voltage),
				DB_COLUMN_INT(c.seq), DB_COLUMN_TEXT(c.id)));
}

int ledger_renew_stations(struct arena *a, struct db *db, const struct station *const *s, size_t n, int64_t seq)
{
	struct station_columns c = station_columns_of(a, s, n, 0, seq);

	return db_exec_bulk(db, "UPDATE station SET operator_id = ?, name = ?, address = ?, longitude_e7 = ?,"
			" latitude_e7 = ?, coordinate_system = ?, limit_w = ?, meter_no = ?, transformer_area = ?,"
			" feeder = ?, substation = ?, state = ?, location = ?, mode = ?, zone = ?, voltage_level = ?, seq = ?"
			" WHERE station_id = ?", n,
			DB_COLUMNS(DB_COLUMN_TEXT(c.operator_id), DB_COLUMN_TEXT(c.name), DB_COLUMN_TEXT(c.address),
				DB_COLUMN_INT(c.longitude), DB_COLUMN_INT(c.latitude), DB_COLUMN_INT(c.coordinates),
				DB_COLUMN_INT(c.limit_w), DB_COLUMN_TEXT(c.meter_no),
				DB_COLUMN_TEXT(c.transformer_area), DB_COLUMN_TEXT(c.feeder),
				DB_COLUMN_TEXT(c.substation), DB_COLUMN_INT(c.state), DB_COLUMN_INT(c.location),
				DB_COLUMN_INT(c.mode), DB_COLUMN_TEXT(c.zone), DB_COLUMN_INT(c.voltage),
				DB_COLUMN_INT(c.seq), DB_COLUMN_TEXT(c.id)));
}

/* -- piles */
struct pile_columns { const char **id; int64_t *station, *kind, *rated_w, *connectors, *state, *location, *mode, *seq; };

static struct pile_columns pile_columns_of(struct arena *a, const struct pile *const *p, const uint32_t *station_no,
		size_t n, int64_t seq)
{
	int64_t *number = ARENA_ARRAY(a, 8 * n, int64_t);
	struct pile_columns c = {
		.id = ARENA_ARRAY(a, n, const char *), .station = number, .kind = number + n, .rated_w = number + 2 * n,
		.connectors = number + 3 * n, .state = number + 4 * n, .seq = number + 5 * n, .location = number + 6 * n,
		.mode = number + 7 * n
	};

	for (size_t i = 0; i < n; i++) {
		c.id[i] = p[i]->id;
		c.station[i] = station_no[i];
		c.kind[i] = (int64_t)p[i]->kind;
		c.rated_w[i] = p[i]->rated_w.v;
		c.connectors[i] = p[i]->connectors.v;
		c.state[i] = (int64_t)p[i]->state;
		c.location[i] = TOLD(p[i]->location);
		c.mode[i] = TOLD(p[i]->mode);
		c.seq[i] = seq;
	}
	return c;
}

int ledger_add_piles(struct arena *a, struct db *db, const struct pile *const *p, const uint32_t *station_no, size_t n,
		int64_t seq)
{
	struct pile_columns c = pile_columns_of(a, p, station_no, n, seq);

	return db_exec_bulk(db, "INSERT INTO pile (station_no, kind, rated_w, connectors, state, location, mode, seq, pile_id)"
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", n,
			DB_COLUMNS(DB_COLUMN_INT(c.station), DB_COLUMN_INT(c.kind), DB_COLUMN_INT(c.rated_w),
				DB_COLUMN_INT(c.connectors), DB_COLUMN_INT(c.state), DB_COLUMN_INT(c.location),
				DB_COLUMN_INT(c.mode), DB_COLUMN_INT(c.seq), DB_COLUMN_TEXT(c.id)));
}

int ledger_renew_piles(struct arena *a, struct db *db, const struct pile *const *p, const uint32_t *station_no,
		size_t n, int64_t seq)
{
	struct pile_columns c = pile_columns_of(a, p, station_no, n, seq);

	return db_exec_bulk(db, "UPDATE pile SET station_no = ?, kind = ?, rated_w = ?, connectors = ?, state = ?,"
			" location = ?, mode = ?, seq = ? WHERE pile_id = ?", n,
			DB_COLUMNS(DB_COLUMN_INT(c.station), DB_COLUMN_INT(c.kind), DB_COLUMN_INT(c.rated_w),
				DB_COLUMN_INT(c.connectors), DB_COLUMN_INT(c.state), DB_COLUMN_INT(c.location),
				DB_COLUMN_INT(c.mode), DB_COLUMN_INT(c.seq), DB_COLUMN_TEXT(c.id)));
}

/* -- retirement */
static int64_t *repeated(struct arena *a, int64_t value, size_t n)
{
	int64_t *column = ARENA_ARRAY(a, n, int64_t);

	for (size_t i = 0; i < n; i++)
		column[i] = value;
	return column;
}

static int64_t *widened(struct arena *a, const uint32_t *no, size_t n)
{
	int64_t *column = ARENA_ARRAY(a, n, int64_t);

	for (size_t i = 0; i < n; i++)
		column[i] = no[i];
	return column;
}

int ledger_retire_stations(struct arena *a, struct db *db, const uint32_t *station_no, size_t n, int64_t seq)
{
	return db_exec_bulk(db, "UPDATE station SET state = 3, seq = ? WHERE station_no = ?", n,
			DB_COLUMNS(DB_COLUMN_INT(repeated(a, seq, n)), DB_COLUMN_INT(widened(a, station_no, n))));
}

int ledger_retire_piles(struct arena *a, struct db *db, const uint32_t *pile_no, size_t n, int64_t seq)
{
	return db_exec_bulk(db, "UPDATE pile SET state = 3, seq = ? WHERE pile_no = ?", n,
			DB_COLUMNS(DB_COLUMN_INT(repeated(a, seq, n)), DB_COLUMN_INT(widened(a, pile_no, n))));
}

/* -- who has an id already: in groups, the rest of the last one NULL */
enum { GROUP = 16 };
#define PLACES "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

static const char *const taken_sql[] = {
	[LEDGER_STATION_ID] = "SELECT station_id FROM station WHERE station_id IN " PLACES,
	[LEDGER_METER_NO] = "SELECT meter_no FROM station WHERE meter_no IN " PLACES,
	[LEDGER_PILE_ID] = "SELECT pile_id FROM pile WHERE pile_id IN " PLACES
};

static int taken_group(struct db *db, const char *sql, const char *const *id, size_t n, bool *taken)
{
	struct db_arg arg[GROUP];
	struct db_rows *rows = NULL;
	int rc;

	for (size_t i = 0; i < GROUP; i++)
		arg[i] = (struct db_arg){ .type = DB_TYPE_TEXT, .p = i < n ? id[i] : NULL };
	rc = db_query_at(db, sql, (struct db_args){ arg, GROUP }, &rows);
	if (rc < 0)
		return rc;
	while ((rc = db_next(rows)) > 0)
		for (size_t i = 0; i < n; i++)
			taken[i] = taken[i] || strcmp(id[i], db_text(rows, 0)) == 0;
	db_rows_done(rows);
	return rc;
}

int ledger_taken(struct db *db, enum ledger_key key, const char *const *id, size_t n, bool *taken)
{
	int rc = 0;

	memset(taken, 0, n * sizeof *taken);
	for (size_t i = 0; rc == 0 && i < n; i += GROUP)
		rc = taken_group(db, taken_sql[key], id + i, n - i < GROUP ? n - i : GROUP, taken + i);
	return rc;
}
