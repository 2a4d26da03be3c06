/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Marks and what frames add up to. */
#include "base/error.h"
#include "store/minute.h"
#include "store/telemetry.h"

/* -- marks */
int telemetry_mark(struct db *db, uint32_t aggregator_no, int64_t begin_ms, int64_t ts_ms)
{
	int64_t untold = ts_ms == VALUE_NONE ? 0 : minute_bit(begin_ms, ts_ms);

	return db_exec(db, "INSERT INTO interval_state (aggregator_no, begin_ms, dirty, untold) VALUES (?, ?, 1, ?) ON DUPLICATE"
			" KEY UPDATE dirty = 1, untold = untold | VALUES(untold)",
			DB_ARGS(DB_INT(aggregator_no), DB_INT(begin_ms), DB_INT(untold)));
}

int telemetry_lock_marks(struct arena *a, struct db *db, int64_t until_ms, size_t most, struct telemetry_marks *marks)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT aggregator_no, begin_ms FROM interval_state WHERE dirty = 1 AND begin_ms <= ?"
			" ORDER BY begin_ms, aggregator_no LIMIT ? FOR UPDATE",
			DB_ARGS(DB_INT(until_ms), DB_INT((int64_t)most)), &rows);

	if (rc < 0)
		return rc;
	marks->n = 0;
	marks->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct telemetry_mark);
	while ((rc = db_next(rows)) > 0)
		marks->item[marks->n++] = (struct telemetry_mark){ (uint32_t)db_int(rows, 0), db_int(rows, 1) };
	db_rows_done(rows);
	return rc;
}

int telemetry_clear_marks(struct arena *a, struct db *db, const struct telemetry_marks *marks)
{
	int64_t *aggregator = ARENA_ARRAY(a, marks->n, int64_t), *begin = ARENA_ARRAY(a, marks->n, int64_t);

	for (size_t i = 0; i < marks->n; i++) {
		aggregator[i] = marks->item[i].aggregator_no;
		begin[i] = marks->item[i].begin_ms;
	}
	return db_exec_bulk(db, "UPDATE interval_state SET dirty = IF(untold = 0, 0, 2) WHERE aggregator_no = ? AND begin_ms = ?",
			marks->n, DB_COLUMNS(DB_COLUMN_INT(aggregator), DB_COLUMN_INT(begin)));
}

int telemetry_count_marks(struct db *db, int64_t from_ms, int64_t to_ms, int64_t *n)
{
	return db_query_int(db, "SELECT COUNT(*) FROM interval_state WHERE dirty = 1 AND begin_ms >= ? AND begin_ms <"
			" ?", DB_ARGS(DB_INT(from_ms), DB_INT(to_ms)), n);
}

/* -- pile intervals */
int telemetry_put_intervals(struct arena *a, struct db *db, const struct telemetry_interval *row, size_t n)
{
	int64_t *begin = ARENA_ARRAY(a, n, int64_t), *pile = ARENA_ARRAY(a, n, int64_t);
	int64_t *stored = ARENA_ARRAY(a, n, int64_t), *sum = ARENA_ARRAY(a, n, int64_t);

	for (size_t i = 0; i < n; i++) {
		begin[i] = row[i].begin_ms;
		pile[i] = row[i].pile_no;
		stored[i] = row[i].stored;
		sum[i] = row[i].sum_w;
	}
	return db_exec_bulk(db, "INSERT INTO pile_interval (begin_ms, pile_no, stored, sum_w) VALUES (?, ?, ?, ?) ON"
			" DUPLICATE KEY UPDATE stored = VALUES(stored), sum_w = VALUES(sum_w)", n,
			DB_COLUMNS(DB_COLUMN_INT(begin), DB_COLUMN_INT(pile), DB_COLUMN_INT(stored),
				DB_COLUMN_INT(sum)));
}

static int read_intervals(struct arena *a, struct db_rows *rows, struct telemetry_intervals *intervals)
{
	int rc;

	intervals->n = 0;
	intervals->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct telemetry_interval);
	while ((rc = db_next(rows)) > 0)
		intervals->item[intervals->n++] = (struct telemetry_interval){
			.begin_ms = db_int(rows, 0), .pile_no = (uint32_t)db_int(rows, 1), .stored = db_int(rows, 2),
			.sum_w = db_int(rows, 3)
		};
	db_rows_done(rows);
	return rc;
}

#define COLUMNS "SELECT i.begin_ms, i.pile_no, i.stored, i.sum_w FROM pile_interval i"
#define RANGE "i.begin_ms >= ? AND i.begin_ms < ?"

int telemetry_load_intervals(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms,
		struct telemetry_intervals *intervals)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, COLUMNS " WHERE " RANGE " ORDER BY i.begin_ms, i.pile_no",
			DB_ARGS(DB_INT(from_ms), DB_INT(to_ms)), &rows);

	return rc < 0 ? rc : read_intervals(a, rows, intervals);
}

int telemetry_load_intervals_of(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms,
		struct telemetry_intervals *intervals)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, COLUMNS " JOIN pile p ON p.pile_no = i.pile_no JOIN station s ON s.station_no ="
			" p.station_no WHERE s.aggregator_no = ? AND " RANGE " ORDER BY i.begin_ms, i.pile_no",
			DB_ARGS(DB_INT(aggregator_no), DB_INT(from_ms), DB_INT(to_ms)), &rows);

	return rc < 0 ? rc : read_intervals(a, rows, intervals);
}

/* (2·|sum| + stored) DIV (2·stored) is |sum| / stored rounded half away from zero, in whole numbers. */
int telemetry_load_totals(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms,
		struct telemetry_totals *totals)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT i.begin_ms, s.aggregator_no, SUM(i.stored), SUM(SIGN(i.sum_w) * ((2 *"
			" ABS(i.sum_w) + i.stored) DIV (2 * i.stored))) FROM pile_interval i JOIN pile p ON p.pile_no"
			" = i.pile_no JOIN station s ON s.station_no = p.station_no WHERE i.stored > 0 AND " RANGE
			" GROUP BY i.begin_ms, s.aggregator_no ORDER BY i.begin_ms, s.aggregator_no",
			DB_ARGS(DB_INT(from_ms), DB_INT(to_ms)), &rows);

	if (rc < 0)
		return rc;
	totals->n = 0;
	totals->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct telemetry_total);
	while ((rc = db_next(rows)) > 0)
		totals->item[totals->n++] = (struct telemetry_total){
			.begin_ms = db_int(rows, 0), .aggregator_no = (uint32_t)db_int(rows, 1), .stored = db_int(rows,
			2), .load_w = db_int(rows, 3)
		};
	db_rows_done(rows);
	return rc;
}
