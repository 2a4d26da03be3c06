/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/clearing.h"
#include <string.h>
#include "base/error.h"

static int save_periods(struct db *db, const struct clearing_row *row)
{
	int rc = 0;

	for (size_t i = 0; i < row->n_period && rc == 0; i++) {
		const struct cleared_period *p = &row->period[i];

		rc = db_exec(db,
			"INSERT INTO clearing_period (clearing_id, start_ms, end_ms, window, cleared_w, price_e5)"
			" VALUES (?, ?, ?, ?, ?, ?)",
			DB_ARGS(DB_TEXT(row->clearing_id), DB_INT(p->start.v), DB_INT(p->end.v),
				DB_INT((int64_t)p->window), DB_INT(p->cleared_w.v), DB_INT(p->price_e5.v)));
	}
	return rc;
}

int clearing_save(struct db *db, const struct clearing_row *row)
{
	int rc = db_exec(db, "DELETE FROM clearing_period WHERE clearing_id = ?", DB_ARGS(DB_TEXT(row->clearing_id)));

	if (rc == 0)
		rc = db_exec(db, "DELETE FROM clearing WHERE clearing_id = ?", DB_ARGS(DB_TEXT(row->clearing_id)));
	if (rc == 0)
		rc = db_exec(db,
			"INSERT INTO clearing (clearing_id, notice_id, revision, received_ms, seq)"
			" VALUES (?, ?, ?, ?, ?)",
			DB_ARGS(DB_TEXT(row->clearing_id), DB_TEXT(row->notice_id), DB_INT(row->revision),
				DB_INT(row->received_ms), DB_INT(row->seq)));
	return rc == 0 ? save_periods(db, row) : rc;
}

/* -- reading */

static void read_row(struct arena *a, const struct db_rows *rows, struct clearing_row *row)
{
	*row = (struct clearing_row){
		.clearing_id = arena_strdup(a, db_text(rows, 0)), .notice_id = arena_strdup(a, db_text(rows, 1)),
		.revision = (int32_t)db_int(rows, 2), .received_ms = db_int(rows, 3), .seq = db_int(rows, 4),
	};
}

static int read_periods(struct arena *a, struct db *db, struct clearing_row *row)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		"SELECT start_ms, end_ms, window, cleared_w, price_e5 FROM clearing_period WHERE clearing_id = ?"
		" ORDER BY start_ms", DB_ARGS(DB_TEXT(row->clearing_id)), &rows);

	if (rc < 0)
		return rc;
	row->period = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct cleared_period);
	while ((rc = db_next(rows)) > 0)
		row->period[row->n_period++] = (struct cleared_period){
			.start = { db_int(rows, 0) }, .end = { db_int(rows, 1) }, 
			.window = (enum window)db_int(rows, 2), .cleared_w = { db_int(rows, 3) },
			.price_e5 = { db_int(rows, 4) },
		};
	db_rows_done(rows);
	return rc;
}

int clearing_find(struct arena *a, struct db *db, const char *clearing_id, struct clearing_row *row)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		"SELECT clearing_id, notice_id, revision, received_ms, seq FROM clearing WHERE clearing_id = ?",
		DB_ARGS(DB_TEXT(clearing_id)), &rows);

	if (rc < 0)
		return rc;
	rc = db_next(rows);
	if (rc > 0)
		read_row(a, rows, row);
	db_rows_done(rows);
	if (rc <= 0)
		return rc < 0 ? rc : E_NOTHING;
	return read_periods(a, db, row);
}

int clearing_in_force(struct arena *a, struct db *db, int32_t trade_date, struct clearing_rows *list)
{
	struct db_rows *rows = NULL;
	struct clearing_row row;
	int rc = db_query(db,
		"SELECT c.clearing_id, c.notice_id, c.revision, c.received_ms, c.seq FROM notice n"
		" JOIN clearing c ON c.notice_id = n.notice_id WHERE n.trade_date = ?"
		" ORDER BY c.notice_id, c.received_ms DESC, c.revision DESC, c.clearing_id DESC",
		DB_ARGS(DB_DATE(trade_date)), &rows);

	*list = (struct clearing_rows){ NULL, 0 };
	if (rc < 0)
		return rc;
	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct clearing_row);
	while ((rc = db_next(rows)) > 0) {
		read_row(a, rows, &row);
		if (list->n == 0 || strcmp(list->item[list->n - 1].notice_id, row.notice_id) != 0)
			list->item[list->n++] = row;
	}
	db_rows_done(rows);
	for (size_t i = 0; i < list->n && rc == 0; i++)
		rc = read_periods(a, db, &list->item[i]);
	return rc;
}

const struct cleared_period *clearing_period_at(const struct clearing_row *row, int64_t begin_ms, int64_t end_ms)
{
	for (size_t i = 0; i < row->n_period; i++)
		if (row->period[i].start.v <= begin_ms && end_ms <= row->period[i].end.v)
			return &row->period[i];
	return NULL;
}
