/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/baseline.h"
#include "store/curve.h"

/* -- writing */

static int save_set(struct arena *a, struct db *db, int32_t date, const struct baseline_set *set)
{
	size_t size = curve_wide_size(set->n);
	int rc = 0;

	for (size_t i = 0; i < set->n_items && rc == 0; i++) {
		const struct baseline_row *b = &set->item[i];

		rc = db_exec(db,
			"INSERT INTO baseline (business_date, aggregator_no, rule_set, day_class, factor_ppm, mean_w,"
			" baseline_w) VALUES (?, ?, ?, ?, ?, ?, ?)",
			DB_ARGS(DB_DATE(date), DB_INT(b->aggregator_no), DB_TEXT(b->rule_set), DB_INT(b->day_class),
				DB_INT(b->factor_ppm), DB_BYTES(curve_wide_pack(a, b->mean_w, set->n), size),
				DB_BYTES(curve_wide_pack(a, b->baseline_w, set->n), size)));
	}
	return rc;
}

static int save_days(struct arena *a, struct db *db, int32_t date, const struct baseline_days *days)
{
	size_t n = days->n_items, *size = ARENA_ARRAY(a, n, size_t);
	int32_t *business = ARENA_ARRAY(a, n, int32_t), *day = ARENA_ARRAY(a, n, int32_t);
	int64_t *number = ARENA_ARRAY(a, 6 * n, int64_t);
	int64_t *aggregator = number, *class = number + n, *event = number + 2 * n;
	int64_t *stored = number + 3 * n, *due = number + 4 * n, *used = number + 5 * n;
	const void **load = ARENA_ARRAY(a, n, const void *);

	for (size_t i = 0; i < n; i++) {
		const struct baseline_day_row *d = &days->item[i];

		business[i] = date;
		day[i] = d->day;
		aggregator[i] = d->aggregator_no;
		class[i] = d->day_class;
		event[i] = d->event;
		stored[i] = d->stored;
		due[i] = d->due;
		used[i] = d->used;
		load[i] = curve_wide_pack(a, d->load_w, days->n);
		size[i] = curve_wide_size(days->n);
	}
	return db_exec_bulk(db,
		"INSERT INTO baseline_day (business_date, aggregator_no, day, day_class, event, stored, due, used,"
		" load_w) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", n,
		DB_COLUMNS(DB_COLUMN_DATE(business), DB_COLUMN_INT(aggregator), DB_COLUMN_DATE(day),
			   DB_COLUMN_INT(class), DB_COLUMN_INT(event), DB_COLUMN_INT(stored), DB_COLUMN_INT(due),
			   DB_COLUMN_INT(used),
			   DB_COLUMN_BYTES(load, size)));
}

int baseline_save(struct arena *a, struct db *db, int32_t date, const struct baseline_set *set,
		  const struct baseline_days *days)
{
	int rc = db_exec(db, "DELETE FROM baseline_day WHERE business_date = ?", DB_ARGS(DB_DATE(date)));

	if (rc == 0)
		rc = db_exec(db, "DELETE FROM baseline WHERE business_date = ?", DB_ARGS(DB_DATE(date)));
	if (rc == 0)
		rc = save_set(a, db, date, set);
	return rc == 0 ? save_days(a, db, date, days) : rc;
}

int baseline_set_factor(struct arena *a, struct db *db, int32_t date, size_t n, const struct baseline_row *row)
{
	int rc = db_exec(db,
		"UPDATE baseline SET factor_ppm = ?, baseline_w = ? WHERE business_date = ? AND aggregator_no = ?",
		DB_ARGS(DB_INT(row->factor_ppm), DB_BYTES(curve_wide_pack(a, row->baseline_w, n), curve_wide_size(n)),
			DB_DATE(date), DB_INT(row->aggregator_no)));

	return db_matched_one(db, rc);
}

/* -- reading */

/* The curve in column col, of *n points; the first one read (*n == 0) says how many. */
static int read_curve(struct arena *a, const struct db_rows *rows, unsigned col, size_t *n, const int64_t **curve)
{
	int64_t *value = NULL;
	size_t size;
	const void *blob = db_bytes(rows, col, &size);
	int rc;

	if (*n == 0)
		*n = size / curve_wide_size(1);
	rc = curve_wide_unpack(a, blob, size, *n, &value);
	*curve = value;
	return rc;
}

static int read_row(struct arena *a, const struct db_rows *rows, struct baseline_set *set)
{
	struct baseline_row *b = &set->item[set->n_items++];
	int rc;

	b->aggregator_no = (uint32_t)db_int(rows, 0);
	b->aggregator_id = arena_strdup(a, db_text(rows, 1));
	b->rule_set = arena_strdup(a, db_text(rows, 2));
	b->day_class = (int32_t)db_int(rows, 3);
	b->factor_ppm = db_int(rows, 4);
	rc = read_curve(a, rows, 5, &set->n, &b->mean_w);
	return rc == 0 ? read_curve(a, rows, 6, &set->n, &b->baseline_w) : rc;
}

int baseline_load(struct arena *a, struct db *db, int32_t date, struct baseline_set *set)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		"SELECT b.aggregator_no, a.aggregator_id, b.rule_set, b.day_class, b.factor_ppm, b.mean_w, b.baseline_w"
		" FROM baseline b JOIN aggregator a ON a.aggregator_no = b.aggregator_no WHERE b.business_date = ?"
		" ORDER BY a.aggregator_id", DB_ARGS(DB_DATE(date)), &rows);

	*set = (struct baseline_set){ 0, NULL, 0 };
	if (rc < 0)
		return rc;
	set->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct baseline_row);
	while ((rc = db_next(rows)) > 0 && (rc = read_row(a, rows, set)) == 0)
		continue;
	db_rows_done(rows);
	return rc;
}

static int read_day(struct arena *a, const struct db_rows *rows, struct baseline_days *days)
{
	struct baseline_day_row *d = &days->item[days->n_items++];

	d->aggregator_no = (uint32_t)db_int(rows, 0);
	d->aggregator_id = arena_strdup(a, db_text(rows, 1));
	d->day = db_date(rows, 2);
	d->day_class = (int32_t)db_int(rows, 3);
	d->event = db_int(rows, 4) != 0;
	d->stored = db_int(rows, 5);
	d->due = db_int(rows, 6);
	d->used = db_int(rows, 7) != 0;
	return read_curve(a, rows, 8, &days->n, &d->load_w);
}

int baseline_load_days(struct arena *a, struct db *db, int32_t date, struct baseline_days *days)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		"SELECT d.aggregator_no, a.aggregator_id, d.day, d.day_class, d.event, d.stored, d.due, d.used,"
		" d.load_w FROM baseline_day d JOIN aggregator a ON a.aggregator_no = d.aggregator_no"
		" WHERE d.business_date = ?"
		" ORDER BY a.aggregator_id, d.day", DB_ARGS(DB_DATE(date)), &rows);

	*days = (struct baseline_days){ 0, NULL, 0 };
	if (rc < 0)
		return rc;
	days->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct baseline_day_row);
	while ((rc = db_next(rows)) > 0 && (rc = read_day(a, rows, days)) == 0)
		continue;
	db_rows_done(rows);
	return rc;
}

int baseline_is_final(struct db *db, int32_t date, bool *final)
{
	int64_t n = 0;
	int rc = db_query_int(db,
		"SELECT EXISTS (SELECT 1 FROM task WHERE business_date = ?) AND EXISTS (SELECT 1 FROM baseline WHERE"
		" business_date = ?)", DB_ARGS(DB_DATE(date), DB_DATE(date)), &n);

	*final = n != 0;
	return rc;
}
