/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/settlement.h"
#include "base/error.h"

struct columns {
	int32_t *date;
	int64_t *revision, *aggregator, *end, *item, *window, *asked, *delivered, *energy, *price, *amount;
};

static struct columns columns_of(struct arena *a, const struct settlement_row *s)
{
	size_t n = s->n_lines;
	int64_t *number = ARENA_ARRAY(a, 10 * n, int64_t);
	struct columns c = {
		.date = ARENA_ARRAY(a, n, int32_t), .revision = number, .aggregator = number + n, .end = number + 2 * n,
		.item = number + 3 * n, .window = number + 4 * n, .asked = number + 5 * n, .delivered = number + 6 * n,
		.energy = number + 7 * n, .price = number + 8 * n, .amount = number + 9 * n
	};

	for (size_t i = 0; i < n; i++) {
		c.date[i] = s->business_date;
		c.revision[i] = s->revision;
		c.aggregator[i] = s->line[i].aggregator_no;
		c.end[i] = s->line[i].period_end_ms;
		c.item[i] = (int64_t)s->line[i].item;
		c.window[i] = (int64_t)s->line[i].window;
		c.asked[i] = s->line[i].asked_wh;
		c.delivered[i] = s->line[i].delivered_wh;
		c.energy[i] = s->line[i].energy_wh;
		c.price[i] = s->line[i].price_e5;
		c.amount[i] = s->line[i].amount_fen;
	}
	return c;
}

int settlement_save(struct arena *a, struct db *db, const struct settlement_row *s)
{
	struct columns c = columns_of(a, s);
	int rc = db_exec(db,
		"INSERT INTO settlement (business_date, revision, task_id, rule_set, settled_ms) VALUES (?, ?,"
		" ?, ?, ?)",
		DB_ARGS(DB_DATE(s->business_date), DB_INT(s->revision), DB_TEXT(s->task_id), DB_TEXT(s->rule_set),
			DB_INT(s->settled_ms)));

	if (rc < 0)
		return rc;
	return db_exec_bulk(db,
		"INSERT INTO settlement_line (business_date, revision, aggregator_no, period_end_ms, item,"
		" window, asked_wh,"
		" delivered_wh, energy_wh, price_e5, amount_fen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		s->n_lines,
		DB_COLUMNS(DB_COLUMN_DATE(c.date), DB_COLUMN_INT(c.revision), DB_COLUMN_INT(c.aggregator),
			DB_COLUMN_INT(c.end), DB_COLUMN_INT(c.item), DB_COLUMN_INT(c.window), DB_COLUMN_INT(c.asked),
			DB_COLUMN_INT(c.delivered), DB_COLUMN_INT(c.energy), DB_COLUMN_INT(c.price),
			DB_COLUMN_INT(c.amount)));
}

static int read_lines(struct arena *a, struct db *db, struct settlement_row *s)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		"SELECT l.aggregator_no, a.aggregator_id, l.period_end_ms, l.item, l.window, l.asked_wh,"
		" l.delivered_wh, l.energy_wh,"
		" l.price_e5, l.amount_fen FROM settlement_line l JOIN aggregator a ON a.aggregator_no ="
		" l.aggregator_no"
		" WHERE l.business_date = ? AND l.revision = ? ORDER BY a.aggregator_id, l.period_end_ms,"
		" l.window, l.item",
		DB_ARGS(DB_DATE(s->business_date), DB_INT(s->revision)), &rows);

	if (rc < 0)
		return rc;
	s->line = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct settlement_line_row);
	while ((rc = db_next(rows)) > 0)
		s->line[s->n_lines++] = (struct settlement_line_row){ .aggregator_no = (uint32_t)db_int(rows, 0),
			.aggregator_id = arena_strdup(a, db_text(rows, 1)),
			.period_end_ms = db_int(rows, 2),
			.item = (enum settlement_item)db_int(rows, 3),
			.window = (enum window)db_int(rows, 4),
			.asked_wh = db_int(rows, 5),
			.delivered_wh = db_int(rows, 6),
			.energy_wh = db_int(rows, 7),
			.price_e5 = db_int(rows, 8),
			.amount_fen = db_int(rows, 9) };
	db_rows_done(rows);
	return rc;
}

int settlement_find(struct arena *a, struct db *db, int32_t business_date, struct settlement_row *s)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		"SELECT revision, task_id, rule_set, settled_ms FROM settlement WHERE business_date = ? ORDER BY"
		" revision DESC LIMIT 1",
		DB_ARGS(DB_DATE(business_date)), &rows);

	if (rc < 0)
		return rc;
	rc = db_next(rows);
	if (rc > 0)
		*s = (struct settlement_row){
			.business_date = business_date, .revision = (int32_t)db_int(rows, 0),
			.task_id = arena_strdup(a, db_text(rows, 1)), .rule_set = arena_strdup(a, db_text(rows, 2)),
			.settled_ms = db_int(rows, 3)
		};
	db_rows_done(rows);
	if (rc <= 0)
		return rc < 0 ? rc : E_NOTHING;
	return read_lines(a, db, s);
}

int settlement_revision(struct db *db, int32_t business_date, int32_t *revision)
{
	int64_t v;
	int rc = db_query_int(db, "SELECT COALESCE(MAX(revision), 0) FROM settlement WHERE business_date = ?",
			      DB_ARGS(DB_DATE(business_date)), &v);

	*revision = rc == 0 ? (int32_t)v : 0;
	return rc;
}
