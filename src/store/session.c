/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/error.h"
#include "store/session.h"

#define COLUMNS "s.session_no, s.aggregator_no, s.pile_no, s.session_id, s.arrival_ms, s.departure_ms," \
	" s.need_wh, s.max_w, s.wish_wh, s.wish_departure_ms, s.seq"
#define TOUCHING "s.departure_ms > ? AND s.arrival_ms < ?"
#define ORDER " ORDER BY s.session_id, a.aggregator_id"
#define FROM " FROM session s JOIN aggregator a ON a.aggregator_no = s.aggregator_no WHERE "

static int read_rows(struct arena *a, struct db_rows *rows, struct session_list *list)
{
	int rc;

	list->n = 0;
	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct session_row);
	while ((rc = db_next(rows)) > 0)
		list->item[list->n++] = (struct session_row){
			.no = (uint32_t)db_int(rows, 0), .aggregator_no = (uint32_t)db_int(rows, 1),
			.pile_no = (uint32_t)db_int(rows, 2), .id = arena_strdup(a, db_text(rows, 3)),
			.arrival_ms = db_int(rows, 4), .departure_ms = db_int(rows, 5), .need_wh = db_int(rows, 6),
			.max_w = db_int(rows, 7), .wish_wh = db_int(rows, 8),
			.wish_departure_ms = db_int(rows, 9), .seq = db_int(rows, 10)
		};
	db_rows_done(rows);
	return rc;
}

int session_load(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, struct session_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT " COLUMNS FROM TOUCHING ORDER, DB_ARGS(DB_INT(from_ms), DB_INT(to_ms)), &rows);

	return rc < 0 ? rc : read_rows(a, rows, list);
}

int session_load_of(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms,
		struct session_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT " COLUMNS FROM "s.aggregator_no = ? AND " TOUCHING ORDER,
			DB_ARGS(DB_INT(aggregator_no), DB_INT(from_ms), DB_INT(to_ms)), &rows);

	return rc < 0 ? rc : read_rows(a, rows, list);
}

int64_t session_find(const struct session_list *list, uint32_t aggregator_no, const char *id)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(list->item[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < list->n && strcmp(list->item[low].id, id) == 0; low++)
		if (list->item[low].aggregator_no == aggregator_no)
			return (int64_t)low;
	return -1;
}

struct columns {
	int64_t *aggregator, *pile, *arrival, *departure, *need, *max, *wish, *wish_departure, *seq;
	const char **id;
};

static struct columns columns_of(struct arena *a, const struct session_row *row, size_t n)
{
	int64_t *number = ARENA_ARRAY(a, 9 * n, int64_t);
	struct columns c = {
		.aggregator = number, .pile = number + n, .arrival = number + 2 * n, .departure = number + 3 * n,
		.need = number + 4 * n, .max = number + 5 * n, .wish = number + 6 * n, .wish_departure = number + 7 * n,
		.seq = number + 8 * n,
		.id = ARENA_ARRAY(a, n, const char *)
	};

	for (size_t i = 0; i < n; i++) {
		c.aggregator[i] = row[i].aggregator_no;
		c.pile[i] = row[i].pile_no;
		c.id[i] = row[i].id;
		c.arrival[i] = row[i].arrival_ms;
		c.departure[i] = row[i].departure_ms;
		c.need[i] = row[i].need_wh;
		c.max[i] = row[i].max_w;
		c.wish[i] = row[i].wish_wh;
		c.wish_departure[i] = row[i].wish_departure_ms;
		c.seq[i] = row[i].seq;
	}
	return c;
}

int session_put(struct arena *a, struct db *db, const struct session_row *row, size_t n)
{
	struct columns c = columns_of(a, row, n);

	return db_exec_bulk(db, "INSERT INTO session (aggregator_no, session_id, pile_no, arrival_ms, departure_ms,"
			" need_wh, max_w, wish_wh, wish_departure_ms, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON"
			" DUPLICATE KEY UPDATE pile_no = VALUES(pile_no), arrival_ms = VALUES(arrival_ms),"
			" departure_ms = VALUES(departure_ms), need_wh = VALUES(need_wh), max_w = VALUES(max_w),"
			" wish_wh = VALUES(wish_wh), wish_departure_ms = VALUES(wish_departure_ms), seq = VALUES(seq),"
			" vehicle_sealed = NULL, plate_sealed = NULL, user_pseudonym = NULL",
			n,
			DB_COLUMNS(DB_COLUMN_INT(c.aggregator), DB_COLUMN_TEXT(c.id), DB_COLUMN_INT(c.pile),
				DB_COLUMN_INT(c.arrival), DB_COLUMN_INT(c.departure), DB_COLUMN_INT(c.need),
				DB_COLUMN_INT(c.max), DB_COLUMN_INT(c.wish), DB_COLUMN_INT(c.wish_departure),
				DB_COLUMN_INT(c.seq)));
}

static const void **octets_of(struct arena *a, const struct session_personal *row, size_t n, size_t offset, size_t **length)
{
	const void **p = ARENA_ARRAY(a, n, const void *);

	*length = ARENA_ARRAY(a, n, size_t);
	for (size_t i = 0; i < n; i++) {
		struct octets o;

		memcpy(&o, (const char *)&row[i] + offset, sizeof o);
		p[i] = o.p;
		(*length)[i] = o.n;
	}
	return p;
}

int session_put_personal(struct arena *a, struct db *db, uint32_t aggregator_no, const struct session_personal *row, size_t n)
{
	size_t *vehicle_n, *plate_n, *user_n;
	const void **vehicle = octets_of(a, row, n, offsetof(struct session_personal, vehicle), &vehicle_n);
	const void **plate = octets_of(a, row, n, offsetof(struct session_personal, plate), &plate_n);
	const void **user = octets_of(a, row, n, offsetof(struct session_personal, user), &user_n);
	const char **id = ARENA_ARRAY(a, n, const char *);
	int64_t *owner = ARENA_ARRAY(a, n, int64_t);

	for (size_t i = 0; i < n; i++) {
		id[i] = row[i].id;
		owner[i] = aggregator_no;
	}
	return db_exec_bulk(db, "UPDATE session SET vehicle_sealed = ?, plate_sealed = ?, user_pseudonym = ? WHERE"
			" aggregator_no = ? AND session_id = ?", n,
			DB_COLUMNS(DB_COLUMN_BYTES(vehicle, vehicle_n), DB_COLUMN_BYTES(plate, plate_n),
				DB_COLUMN_BYTES(user, user_n), DB_COLUMN_INT(owner), DB_COLUMN_TEXT(id)));
}

/* -- which are scheduled: in groups, the rest of the last one NULL */
enum { GROUP = 16 };

static int scheduled_group(struct db *db, uint32_t aggregator_no, const char *const *id, size_t n, bool *scheduled)
{
	struct db_arg arg[1 + GROUP] = { DB_INT(aggregator_no) };
	struct db_rows *rows = NULL;
	int rc;

	for (size_t i = 0; i < GROUP; i++)
		arg[1 + i] = (struct db_arg){ .type = DB_TYPE_TEXT, .p = i < n ? id[i] : NULL };
	rc = db_query_at(db, "SELECT DISTINCT s.session_id FROM session s STRAIGHT_JOIN schedule c ON c.session_no ="
			" s.session_no WHERE s.aggregator_no = ? AND s.session_id IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
			" ?, ?, ?, ?, ?)", (struct db_args){ arg, 1 + GROUP }, &rows);
	if (rc < 0)
		return rc;
	while ((rc = db_next(rows)) > 0)
		for (size_t i = 0; i < n; i++)
			scheduled[i] = scheduled[i] || strcmp(id[i], db_text(rows, 0)) == 0;
	db_rows_done(rows);
	return rc;
}

int session_scheduled(struct db *db, uint32_t aggregator_no, const char *const *id, size_t n, bool *scheduled)
{
	int rc = 0;

	memset(scheduled, 0, n * sizeof *scheduled);
	for (size_t i = 0; rc == 0 && i < n; i += GROUP)
		rc = scheduled_group(db, aggregator_no, id + i, n - i < GROUP ? n - i : GROUP, scheduled + i);
	return rc;
}

/* -- results */
int session_put_results(struct arena *a, struct db *db, const struct session_result *r, size_t n)
{
	int64_t *no = ARENA_ARRAY(a, n, int64_t), *before = ARENA_ARRAY(a, n, int64_t);
	int64_t *delivered = ARENA_ARRAY(a, n, int64_t), *outcome = ARENA_ARRAY(a, n, int64_t);

	for (size_t i = 0; i < n; i++) {
		no[i] = r[i].session_no;
		before[i] = r[i].before_wh;
		delivered[i] = r[i].delivered_wh;
		outcome[i] = (int64_t)r[i].outcome;
	}
	return db_exec_bulk(db, "INSERT INTO session_result (session_no, before_wh, delivered_wh, outcome) VALUES (?,"
			" ?, ?, ?) ON DUPLICATE KEY UPDATE before_wh = VALUES(before_wh), delivered_wh ="
			" VALUES(delivered_wh), outcome = VALUES(outcome)", n,
			DB_COLUMNS(DB_COLUMN_INT(no), DB_COLUMN_INT(before), DB_COLUMN_INT(delivered),
				DB_COLUMN_INT(outcome)));
}

/* The list's sessions lie within [from, to): read the results of that range and deal them out by number. */
static void range_of(const struct session_list *list, int64_t *from_ms, int64_t *to_ms)
{
	*from_ms = INT64_MAX;
	*to_ms = INT64_MIN + 1;
	for (size_t i = 0; i < list->n; i++) {
		const struct session_row *s = &list->item[i];

		*from_ms = s->arrival_ms < *from_ms ? s->arrival_ms : *from_ms;
		*to_ms = s->departure_ms > *to_ms ? s->departure_ms : *to_ms;
	}
}

int session_load_results(struct arena *a, struct db *db, const struct session_list *list,
		struct session_result **result)
{
	struct session_result *out = ARENA_ARRAY(a, list->n, struct session_result);
	struct db_rows *rows = NULL;
	int64_t from_ms, to_ms;
	int rc;

	range_of(list, &from_ms, &to_ms);
	rc = db_query(db, "SELECT s.aggregator_no, s.session_id, r.session_no, r.before_wh, r.delivered_wh, r.outcome"
			" FROM session_result r JOIN session s ON s.session_no = r.session_no WHERE " TOUCHING,
			DB_ARGS(DB_INT(from_ms), DB_INT(to_ms)), &rows);
	if (rc < 0)
		return rc;
	while ((rc = db_next(rows)) > 0) {
		int64_t i = session_find(list, (uint32_t)db_int(rows, 0), db_text(rows, 1));

		if (i >= 0)
			out[i] = (struct session_result){
				.session_no = (uint32_t)db_int(rows, 2), .before_wh = db_int(rows, 3),
				.delivered_wh = db_int(rows, 4),
				.outcome = (enum session_outcome)db_int(rows, 5)
			};
	}
	db_rows_done(rows);
	*result = out;
	return rc;
}
