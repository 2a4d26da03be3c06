/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/meter.h"
#include "base/error.h"
#include "store/curve.h"

static int64_t length_ms(int64_t n, int64_t step_min)
{
	return n * step_min * MS_MINUTE;
}

/* Longest run there can be (steps are 5 or 15 min), so that the primary key finds what touches a span. */
static const int64_t longest_ms = (int64_t)METER_RUN_MAX * 15 * MS_MINUTE;

static int lock_station(struct db *db, uint32_t station_no)
{
	int64_t no;

	return db_query_int(db, "SELECT station_no FROM station WHERE station_no = ? FOR UPDATE",
			    DB_ARGS(DB_INT(station_no)), &no);
}

int meter_lock(struct arena *a, struct db *db, uint32_t station_no, int64_t from_ms, int64_t to_ms,
	       struct meter_runs *runs)
{
	struct db_rows *rows = NULL;
	int rc = lock_station(db, station_no);

	*runs = (struct meter_runs){ NULL, 0 };
	if (rc == 0)
		rc = db_query(db,
			"SELECT start_ms, step_min, n, seq FROM meter_series WHERE station_no = ? AND start_ms > ? AND"
			" start_ms < ? ORDER BY start_ms",
			DB_ARGS(DB_INT(station_no), DB_INT(from_ms - longest_ms), DB_INT(to_ms)), &rows);
	if (rc < 0)
		return rc;
	runs->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct meter_run);
	while ((rc = db_next(rows)) > 0) {
		if (db_int(rows, 0) + length_ms(db_int(rows, 2), db_int(rows, 1)) > from_ms)
			runs->item[runs->n++] = (struct meter_run){ .station_no = station_no,
				.start_ms = db_int(rows, 0),
				.step_min = (int32_t)db_int(rows, 1), .n = (size_t)db_int(rows, 2),
				.seq = db_int(rows, 3) };
	}
	db_rows_done(rows);
	return rc;
}

int meter_delete(struct arena *a, struct db *db, const struct meter_run *run, size_t n)
{
	int64_t *station = ARENA_ARRAY(a, n, int64_t), *start = ARENA_ARRAY(a, n, int64_t);

	for (size_t i = 0; i < n; i++) {
		station[i] = run[i].station_no;
		start[i] = run[i].start_ms;
	}
	return db_exec_bulk(db, "DELETE FROM meter_series WHERE station_no = ? AND start_ms = ?", n,
			    DB_COLUMNS(DB_COLUMN_INT(station), DB_COLUMN_INT(start)));
}

int meter_save(struct arena *a, struct db *db, const struct meter_run *run, size_t n)
{
	int64_t *number = ARENA_ARRAY(a, 5 * n, int64_t);
	int64_t *station = number, *start = number + n, *step = number + 2 * n, *count = number + 3 * n,
		*seq = number + 4 * n;
	const void **blob = ARENA_ARRAY(a, n, const void *);
	size_t *size = ARENA_ARRAY(a, n, size_t);

	for (size_t i = 0; i < n; i++) {
		station[i] = run[i].station_no;
		start[i] = run[i].start_ms;
		step[i] = run[i].step_min;
		count[i] = (int64_t)run[i].n;
		seq[i] = run[i].seq;
		blob[i] = curve_pack(a, run[i].mean_w, run[i].n);
		size[i] = curve_size(run[i].n);
	}
	return db_exec_bulk(db,
		"INSERT INTO meter_series (station_no, start_ms, step_min, n, mean_w, seq) VALUES (?, ?, ?, ?, ?, ?)",
		n, DB_COLUMNS(DB_COLUMN_INT(station), DB_COLUMN_INT(start), DB_COLUMN_INT(step), DB_COLUMN_INT(count),
			   DB_COLUMN_BYTES(blob, size), DB_COLUMN_INT(seq)));
}

int meter_earliest(struct db *db, int64_t from_ms, int32_t step_min, int64_t *start_ms)
{
	int rc = db_query_int(db,
		"SELECT start_ms FROM meter_series WHERE start_ms > ? AND step_min = ? AND start_ms + n * step_min * 60000"
		" > ? ORDER BY start_ms LIMIT 1",
		DB_ARGS(DB_INT(from_ms - longest_ms), DB_INT(step_min), DB_INT(from_ms)), start_ms);

	if (rc == E_NOTHING) {
		*start_ms = VALUE_NONE;
		rc = 0;
	} else if (rc == 0 && *start_ms < from_ms) {
		*start_ms = from_ms;
	}
	return rc;
}

static int use_rows(struct arena *scratch, struct db_rows *rows, int32_t step_min, meter_use_fn *use, void *context)
{
	int rc;

	while ((rc = db_next(rows)) > 0) {
		struct meter_run run = { .station_no = (uint32_t)db_int(rows, 0), .start_ms = db_int(rows, 1),
			.step_min = step_min, .n = (size_t)db_int(rows, 2), .seq = db_int(rows, 3) };
		size_t size;
		const void *blob = db_bytes(rows, 4, &size);
		int64_t *mean_w;

		arena_reset(scratch);
		rc = curve_unpack(scratch, blob, size, run.n, &mean_w);
		if (rc < 0)
			break;
		run.mean_w = mean_w;
		use(context, &run);
	}
	return rc;
}

int meter_read(struct db *db, int64_t from_ms, int64_t to_ms, int32_t step_min, meter_use_fn *use, void *context)
{
	struct db_rows *rows = NULL;
	struct arena *scratch;
	int rc = db_query(db,
		"SELECT station_no, start_ms, n, seq, mean_w FROM meter_series WHERE step_min = ? AND start_ms > ?"
		" AND start_ms < ? AND start_ms + n * step_min * 60000 > ?",
		DB_ARGS(DB_INT(step_min), DB_INT(from_ms - longest_ms), DB_INT(to_ms), DB_INT(from_ms)), &rows);

	if (rc < 0)
		return rc;
	scratch = arena_new(0);
	rc = use_rows(scratch, rows, step_min, use, context);
	arena_free(scratch);
	db_rows_done(rows);
	return rc;
}
