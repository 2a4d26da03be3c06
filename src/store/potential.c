/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/potential.h"
#include "base/error.h"
#include "store/curve.h"

int potential_tell(struct arena *a, struct db *db, const struct potential_told *t)
{
	size_t n = (size_t)t->grid.n, size = curve_wide_size(n);

	return db_exec(db,
		"INSERT INTO potential (business_date, told_ms, told_to, start_ms, step_min, n, baseline_w, up_w,"
		" down_w, needs_known) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		DB_ARGS(DB_DATE(t->business_date), DB_INT(t->told_ms), DB_TEXT(t->told_to), DB_INT(t->grid.start_ms),
			DB_INT(t->grid.step_ms / MS_MINUTE), DB_INT((int64_t)n),
			DB_BYTES(curve_wide_pack(a, t->baseline_w, n), size), DB_BYTES(curve_wide_pack(a, t->up_w, n), size),
			DB_BYTES(curve_wide_pack(a, t->down_w, n), size),
			DB_INT(t->needs_known)));
}

static int read_curve(struct arena *a, const struct db_rows *rows, unsigned col, size_t n, const int64_t **curve)
{
	int64_t *value = NULL;
	size_t size;
	const void *blob = db_bytes(rows, col, &size);
	int rc = curve_wide_unpack(a, blob, size, n, &value);

	*curve = value;
	return rc;
}

static int read_told(struct arena *a, const struct db_rows *rows, struct potential_told *t)
{
	size_t n = (size_t)db_int(rows, 4);
	int rc;

	t->told_ms = db_int(rows, 0);
	t->told_to = arena_strdup(a, db_text(rows, 1));
	t->grid = (struct timegrid){ db_int(rows, 2), (int32_t)(db_int(rows, 3) * MS_MINUTE), (int32_t)n };
	t->needs_known = db_int(rows, 5) != 0;
	rc = read_curve(a, rows, 6, n, &t->baseline_w);
	if (rc == 0)
		rc = read_curve(a, rows, 7, n, &t->up_w);
	return rc == 0 ? read_curve(a, rows, 8, n, &t->down_w) : rc;
}

int potential_last_told(struct arena *a, struct db *db, int32_t business_date, struct potential_told *told)
{
	struct db_rows *rows = NULL;
	/* at one instant the row made last: business time may stand still */
	int rc = db_query(db,
		"SELECT told_ms, told_to, start_ms, step_min, n, needs_known, baseline_w, up_w, down_w FROM potential"
		" WHERE business_date = ? ORDER BY told_ms DESC, potential_no DESC LIMIT 1",
		DB_ARGS(DB_DATE(business_date)), &rows);

	if (rc < 0)
		return rc;
	*told = (struct potential_told){ .business_date = business_date };
	rc = db_next(rows);
	if (rc > 0)
		rc = read_told(a, rows, told);
	else if (rc == 0)
		rc = E_NOTHING;
	db_rows_done(rows);
	return rc;
}

int potential_told_between(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, size_t most,
			   struct potential_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		"SELECT told_ms, told_to, start_ms, step_min, n, needs_known, baseline_w, up_w, down_w, business_date FROM potential"
		" WHERE told_ms >= ? AND told_ms < ? ORDER BY told_ms, potential_no LIMIT ?",
		DB_ARGS(DB_INT(from_ms), DB_INT(to_ms), DB_INT((int64_t)most)), &rows);

	if (rc < 0)
		return rc;
	*list = (struct potential_list){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct potential_told), 0 };
	while ((rc = db_next(rows)) > 0 && (rc = read_told(a, rows, &list->item[list->n])) == 0)
		list->item[list->n++].business_date = db_date(rows, 9);
	db_rows_done(rows);
	return rc;
}
