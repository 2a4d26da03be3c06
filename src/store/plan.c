/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/plan.h"
#include "store/curve.h"

int plan_put(struct arena *a, struct db *db, const struct plan_row *row, size_t n)
{
	int64_t *number = ARENA_ARRAY(a, 8 * n, int64_t);
	int64_t *aggregator = number, *horizon = number + n, *start = number + 2 * n, *step = number + 3 * n,
		*points = number + 4 * n, *known = number + 5 * n, *revision = number + 6 * n, *seq = number + 7 * n;
	const char **resource = ARENA_ARRAY(a, n, const char *);
	const void **curve = ARENA_ARRAY(a, n, const void *);
	size_t *size = ARENA_ARRAY(a, n, size_t);

	for (size_t i = 0; i < n; i++) {
		const struct plan_row *r = &row[i];

		resource[i] = r->resource_id;
		aggregator[i] = r->aggregator_no;
		horizon[i] = r->horizon;
		start[i] = r->start_ms;
		step[i] = r->step_min;
		points[i] = (int64_t)r->n;
		known[i] = r->known_ms;
		revision[i] = r->revision;
		seq[i] = r->seq;
		curve[i] = curve_pack(a, r->power_w, r->n);
		size[i] = curve_size(r->n);
	}
	return db_exec_bulk(db, "INSERT INTO plan (aggregator_no, resource_id, horizon, start_ms, revision, known_ms, step_min, n,"
		" power_w, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", n,
		DB_COLUMNS(DB_COLUMN_INT(aggregator), DB_COLUMN_TEXT(resource), DB_COLUMN_INT(horizon), DB_COLUMN_INT(start),
			DB_COLUMN_INT(revision), DB_COLUMN_INT(known), DB_COLUMN_INT(step), DB_COLUMN_INT(points),
			DB_COLUMN_BYTES(curve, size), DB_COLUMN_INT(seq)));
}

#define READ "SELECT resource_id, aggregator_no, horizon, start_ms, step_min, n, known_ms, revision, seq, power_w FROM plan p WHERE "

static int read_one(struct arena *a, const struct db_rows *rows, struct plan_row *r)
{
	int64_t *power_w = NULL;
	size_t size;
	const void *blob;
	int rc;

	*r = (struct plan_row){ .resource_id = arena_strdup(a, db_text(rows, 0)), .aggregator_no = (uint32_t)db_int(rows, 1),
		.horizon = (int)db_int(rows, 2), .start_ms = db_int(rows, 3), .step_min = (int32_t)db_int(rows, 4),
		.n = (size_t)db_int(rows, 5), .known_ms = db_int(rows, 6), .revision = db_int(rows, 7), .seq = db_int(rows, 8) };
	blob = db_bytes(rows, 9, &size);
	rc = curve_unpack(a, blob, size, r->n, &power_w);
	r->power_w = power_w;
	return rc;
}

static int read_rows(struct arena *a, struct db_rows *rows, struct plan_rows *list)
{
	int rc;

	*list = (struct plan_rows){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct plan_row), 0 };
	while ((rc = db_next(rows)) > 0 && (rc = read_one(a, rows, &list->item[list->n])) == 0)
		list->n++;
	db_rows_done(rows);
	return rc;
}

int plan_load(struct arena *a, struct db *db, uint32_t aggregator_no, int horizon, int64_t from_ms, int64_t to_ms,
	      struct plan_rows *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, READ "aggregator_no = ? AND horizon = ? AND start_ms >= ? AND start_ms < ? AND revision ="
		" (SELECT MAX(q.revision) FROM plan q WHERE q.aggregator_no = p.aggregator_no AND q.resource_id = p.resource_id"
		" AND q.horizon = p.horizon AND q.start_ms = p.start_ms) ORDER BY resource_id, start_ms",
		DB_ARGS(DB_INT(aggregator_no), DB_INT(horizon), DB_INT(from_ms), DB_INT(to_ms)), &rows);

	return rc < 0 ? rc : read_rows(a, rows, list);
}

int plan_standing(struct arena *a, struct db *db, uint32_t aggregator_no, int horizon, int64_t from_ms, int64_t to_ms,
		  struct standing *stands)
{
	return standing_load(a, db, "SELECT resource_id, start_ms, MAX(revision) FROM plan WHERE aggregator_no = ? AND horizon = ?"
		" AND start_ms >= ? AND start_ms < ? GROUP BY resource_id, start_ms ORDER BY resource_id, start_ms",
		DB_ARGS(DB_INT(aggregator_no), DB_INT(horizon), DB_INT(from_ms), DB_INT(to_ms)), stands);
}

int plan_messages(struct arena *a, struct db *db, int64_t aggregator_no, int64_t from_ms, int64_t to_ms, size_t most,
		  struct plan_messages *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT aggregator_no, seq, known_ms FROM plan WHERE known_ms >= ? AND known_ms < ?"
		" AND (aggregator_no = ? OR ? < 0) GROUP BY seq, aggregator_no, known_ms ORDER BY seq LIMIT ?",
		DB_ARGS(DB_INT(from_ms), DB_INT(to_ms), DB_INT(aggregator_no), DB_INT(aggregator_no), DB_INT((int64_t)most)), &rows);

	if (rc < 0)
		return rc;
	*list = (struct plan_messages){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct plan_message), 0 };
	while ((rc = db_next(rows)) > 0)
		list->item[list->n++] = (struct plan_message){ (uint32_t)db_int(rows, 0), db_int(rows, 1), db_int(rows, 2) };
	db_rows_done(rows);
	return rc;
}

int plan_of_message(struct arena *a, struct db *db, int64_t seq, struct plan_rows *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, READ "seq = ? ORDER BY resource_id, start_ms", DB_ARGS(DB_INT(seq)), &rows);

	return rc < 0 ? rc : read_rows(a, rows, list);
}
