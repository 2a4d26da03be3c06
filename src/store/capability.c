/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/capability.h"
#include "store/curve.h"

struct columns {
	int64_t *aggregator, *start, *step, *n, *up_rate, *down_rate, *up_minutes, *down_minutes, *known, *revision, *seq;
	const char **resource;
	const void **up, **down;
	size_t *size;
};

static struct columns columns_new(struct arena *a, size_t n)
{
	int64_t *number = ARENA_ARRAY(a, 11 * n, int64_t);

	return (struct columns){
		.aggregator = number, .start = number + n, .step = number + 2 * n, .n = number + 3 * n,
		.up_rate = number + 4 * n, .down_rate = number + 5 * n, .up_minutes = number + 6 * n,
		.down_minutes = number + 7 * n, .revision = number + 8 * n, .seq = number + 9 * n, .known = number + 10 * n,
		.resource = ARENA_ARRAY(a, n, const char *), .up = ARENA_ARRAY(a, n, const void *),
		.down = ARENA_ARRAY(a, n, const void *), .size = ARENA_ARRAY(a, n, size_t)
	};
}

static void columns_set(struct arena *a, struct columns *c, size_t i, const struct capability_row *r)
{
	c->aggregator[i] = r->aggregator_no;
	c->resource[i] = r->resource_id;
	c->start[i] = r->start_ms;
	c->step[i] = r->step_min;
	c->n[i] = (int64_t)r->n;
	c->up[i] = curve_pack(a, r->up_w, r->n);
	c->down[i] = curve_pack(a, r->down_w, r->n);
	c->size[i] = curve_size(r->n);
	c->up_rate[i] = r->up_rate_w_min;
	c->down_rate[i] = r->down_rate_w_min;
	c->up_minutes[i] = r->up_minutes;
	c->down_minutes[i] = r->down_minutes;
	c->known[i] = r->known_ms;
	c->revision[i] = r->revision;
	c->seq[i] = r->seq;
}

int capability_put(struct arena *a, struct db *db, const struct capability_row *row, size_t n)
{
	struct columns c = columns_new(a, n);

	for (size_t i = 0; i < n; i++)
		columns_set(a, &c, i, &row[i]);
	return db_exec_bulk(db, "INSERT INTO capability (aggregator_no, resource_id, start_ms, step_min, n, up_w, down_w, up_rate_w_min,"
			" down_rate_w_min, up_minutes, down_minutes, known_ms, revision, seq)"
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", n,
			DB_COLUMNS(DB_COLUMN_INT(c.aggregator), DB_COLUMN_TEXT(c.resource), DB_COLUMN_INT(c.start),
				DB_COLUMN_INT(c.step), DB_COLUMN_INT(c.n), DB_COLUMN_BYTES(c.up, c.size),
				DB_COLUMN_BYTES(c.down, c.size), DB_COLUMN_INT(c.up_rate), DB_COLUMN_INT(c.down_rate),
				DB_COLUMN_INT(c.up_minutes), DB_COLUMN_INT(c.down_minutes), DB_COLUMN_INT(c.known),
				DB_COLUMN_INT(c.revision), DB_COLUMN_INT(c.seq)));
}

/* -- reading */
static int read_curve(struct arena *a, const struct db_rows *row, unsigned col, size_t n, const int64_t **curve)
{
	size_t size;
	const void *blob = db_bytes(row, col, &size);
	int64_t *value = NULL;
	int rc = curve_unpack(a, blob, size, n, &value);

	*curve = value;
	return rc;
}

static int read_one(struct arena *a, const struct db_rows *row, struct capability_row *r)
{
	*r = (struct capability_row){
		.resource_id = arena_strdup(a, db_text(row, 0)), .aggregator_no = (uint32_t)db_int(row, 1),
		.start_ms = db_int(row, 2), .step_min = (int32_t)db_int(row, 3), .n = (size_t)db_int(row, 4),
		.up_rate_w_min = db_int(row, 5), .down_rate_w_min = db_int(row, 6), .up_minutes = db_int(row, 7),
		.down_minutes = db_int(row, 8), .known_ms = db_int(row, 9), .revision = db_int(row, 10), .seq = db_int(row, 11)
	};
	int rc = read_curve(a, row, 12, r->n, &r->up_w);

	return rc < 0 ? rc : read_curve(a, row, 13, r->n, &r->down_w);
}

int capability_load(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms,
		    struct capability_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT resource_id, aggregator_no, start_ms, step_min, n, up_rate_w_min, down_rate_w_min, up_minutes,"
		" down_minutes, known_ms, revision, seq, up_w, down_w FROM capability c WHERE aggregator_no = ? AND start_ms >= ?"
		" AND start_ms < ? AND revision = (SELECT MAX(r.revision) FROM capability r WHERE r.aggregator_no = c.aggregator_no"
		" AND r.resource_id = c.resource_id AND r.start_ms = c.start_ms) ORDER BY resource_id, start_ms",
		DB_ARGS(DB_INT(aggregator_no), DB_INT(from_ms), DB_INT(to_ms)), &rows);

	if (rc < 0)
		return rc;
	*list = (struct capability_list){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct capability_row), 0 };
	while ((rc = db_next(rows)) > 0 && (rc = read_one(a, rows, &list->item[list->n])) == 0)
		list->n++;
	db_rows_done(rows);
	return rc;
}

int capability_standing(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms, struct standing *stands)
{
	return standing_load(a, db, "SELECT resource_id, start_ms, MAX(revision) FROM capability WHERE aggregator_no = ?"
		" AND start_ms >= ? AND start_ms < ? GROUP BY resource_id, start_ms ORDER BY resource_id, start_ms",
		DB_ARGS(DB_INT(aggregator_no), DB_INT(from_ms), DB_INT(to_ms)), stands);
}
