/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/notice.h"
#include "base/error.h"

static int save_periods(struct db *db, const struct notice *notice)
{
	int rc = 0;

	for (int i = 0; i < notice->n_period && rc == 0; i++) {
		const struct notice_period *p = &notice->period[i];

		rc = db_exec(db,
			"INSERT INTO notice_period (notice_id, start_ms, end_ms, window, demand_w, price_cap_e5)"
			" VALUES (?, ?, ?, ?, ?, ?)",
			DB_ARGS(DB_TEXT(notice->notice_id), DB_INT(p->start.v), DB_INT(p->end.v),
				DB_INT((int64_t)p->window), DB_INT(p->demand_w.v), DB_INT(p->price_cap_e5.v)));
	}
	return rc;
}

int notice_save(struct db *db, const struct notice_row *row)
{
	const struct notice *n = &row->notice;
	int rc = db_exec(db, "DELETE FROM notice_period WHERE notice_id = ?", DB_ARGS(DB_TEXT(n->notice_id)));

	if (rc == 0)
		rc = db_exec(db, "DELETE FROM notice WHERE notice_id = ?", DB_ARGS(DB_TEXT(n->notice_id)));
	if (rc == 0)
		rc = db_exec(db,
			"INSERT INTO notice (notice_id, product, title, text, trade_date, gate_close_ms, published_ms,"
			" revision, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			DB_ARGS(DB_TEXT(n->notice_id), DB_TEXT(n->product), DB_TEXT(n->title), DB_TEXT(n->text),
				DB_DATE(n->trade_date.v), DB_INT(n->gate_close.v), DB_INT(row->published_ms),
				DB_INT(row->revision), DB_INT(row->seq)));
	return rc == 0 ? save_periods(db, n) : rc;
}

/* -- reading */

#define NOTICE_COLUMNS "notice_id, product, title, text, trade_date, gate_close_ms, published_ms, revision, seq"

static void read_row(struct arena *a, const struct db_rows *rows, struct notice_row *row)
{
	*row = (struct notice_row){
		.notice = {
			.notice_id = arena_strdup(a, db_text(rows, 0)), .product = arena_strdup(a, db_text(rows, 1)),
			.title = arena_strdup(a, db_text(rows, 2)), .text = arena_strdup(a, db_text(rows, 3)),
			.trade_date = { db_date(rows, 4) }, .gate_close = { db_int(rows, 5) },
		},
		.published_ms = db_int(rows, 6), .revision = (int32_t)db_int(rows, 7), .seq = db_int(rows, 8),
	};
}

static int read_periods(struct arena *a, struct db *db, struct notice *notice)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		"SELECT start_ms, end_ms, window, demand_w, price_cap_e5 FROM notice_period WHERE notice_id = ?"
		" ORDER BY start_ms", DB_ARGS(DB_TEXT(notice->notice_id)), &rows);

	if (rc < 0)
		return rc;
	notice->period = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct notice_period);
	while ((rc = db_next(rows)) > 0)
		notice->period[notice->n_period++] = (struct notice_period){
			.start = { db_int(rows, 0) }, .end = { db_int(rows, 1) }, 
			.window = (enum window)db_int(rows, 2), .demand_w = { db_int(rows, 3) },
			.price_cap_e5 = { db_int(rows, 4) },
		};
	db_rows_done(rows);
	return rc;
}

/* Takes over rows, whatever comes of it; at most one is expected. */
static int read_one(struct arena *a, struct db *db, struct db_rows *rows, struct notice_row *row)
{
	int rc = db_next(rows);

	if (rc > 0)
		read_row(a, rows, row);
	db_rows_done(rows);
	if (rc <= 0)
		return rc < 0 ? rc : E_NOTHING;
	return read_periods(a, db, &row->notice);
}

int notice_find(struct arena *a, struct db *db, const char *notice_id, struct notice_row *row)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT " NOTICE_COLUMNS " FROM notice WHERE notice_id = ?",
			  DB_ARGS(DB_TEXT(notice_id)), &rows);

	return rc == 0 ? read_one(a, db, rows, row) : rc;
}

int notice_lock(struct arena *a, struct db *db, const char *notice_id, struct notice_row *row)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT " NOTICE_COLUMNS " FROM notice WHERE notice_id = ? FOR UPDATE",
			  DB_ARGS(DB_TEXT(notice_id)), &rows);

	return rc == 0 ? read_one(a, db, rows, row) : rc;
}

int notice_list(struct arena *a, struct db *db, int64_t since_ms, size_t most, struct notice_rows *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		"SELECT " NOTICE_COLUMNS " FROM notice WHERE published_ms >= ? ORDER BY published_ms, notice_id LIMIT ?",
		DB_ARGS(DB_INT(since_ms == VALUE_NONE ? INT64_MIN + 1 : since_ms), DB_INT((int64_t)most)), &rows);

	*list = (struct notice_rows){ NULL, 0 };
	if (rc < 0)
		return rc;
	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct notice_row);
	while ((rc = db_next(rows)) > 0)
		read_row(a, rows, &list->item[list->n++]);
	db_rows_done(rows);
	for (size_t i = 0; i < list->n && rc == 0; i++)
		rc = read_periods(a, db, &list->item[i].notice);
	return rc;
}
