/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/bid.h"
#include <string.h>
#include "base/error.h"

/* The columns of bid_segment, a row a segment. */
struct columns { int64_t *bid_no, *start_ms, *no, *end_ms, *window, *volume_w, *price_e5; size_t n; };

static struct columns columns_of(struct arena *a, const struct bid_row *bid, int64_t bid_no)
{
	size_t room = 0;
	struct columns c;
	int64_t *column;

	for (size_t i = 0; i < bid->n_period; i++)
		room += (size_t)bid->period[i].n_segment;
	column = ARENA_ARRAY(a, 7 * room, int64_t);
	c = (struct columns){ column, column + room, column + 2 * room, column + 3 * room, column + 4 * room,
		column + 5 * room, column + 6 * room, 0 };
	for (size_t i = 0; i < bid->n_period; i++) {
		const struct bid_period *p = &bid->period[i];

		for (int k = 0; k < p->n_segment; k++, c.n++) {
			c.bid_no[c.n] = bid_no;
			c.start_ms[c.n] = p->start.v;
			c.no[c.n] = p->segment[k].no.v;
			c.end_ms[c.n] = p->end.v;
			c.window[c.n] = (int64_t)p->window;
			c.volume_w[c.n] = p->segment[k].volume_w.v;
			c.price_e5[c.n] = p->segment[k].price_e5.v;
		}
	}
	return c;
}

int bid_save(struct arena *a, struct db *db, const struct bid_row *bid)
{
	struct columns c;
	int rc = db_exec(db,
		"INSERT INTO bid (aggregator_no, notice_id, bid_id, revision, submitted_ms, seq)"
		" VALUES (?, ?, ?, ?, ?, ?)",
		DB_ARGS(DB_INT(bid->aggregator_no), DB_TEXT(bid->notice_id), DB_TEXT(bid->bid_id),
			DB_INT(bid->revision), DB_INT(bid->submitted_ms), DB_INT(bid->seq)));

	if (rc < 0)
		return rc;
	c = columns_of(a, bid, db_insert_id(db));
	return db_exec_bulk(db,
		"INSERT INTO bid_segment (bid_no, start_ms, no, end_ms, window, volume_w, price_e5)"
		" VALUES (?, ?, ?, ?, ?, ?, ?)", c.n,
		DB_COLUMNS(DB_COLUMN_INT(c.bid_no), DB_COLUMN_INT(c.start_ms), DB_COLUMN_INT(c.no),
			DB_COLUMN_INT(c.end_ms), DB_COLUMN_INT(c.window), DB_COLUMN_INT(c.volume_w),
			DB_COLUMN_INT(c.price_e5)));
}

int bid_revision(struct db *db, uint32_t aggregator_no, const char *notice_id, int32_t *revision)
{
	int64_t v;
	int rc = db_query_int(db, "SELECT MAX(revision) FROM bid WHERE aggregator_no = ? AND notice_id = ?",
			      DB_ARGS(DB_INT(aggregator_no), DB_TEXT(notice_id)), &v);

	if (rc < 0)
		return rc;
	if (v == VALUE_NONE)
		return E_NOTHING;
	*revision = (int32_t)v;
	return 0;
}

/* -- bids in force */

static struct offer *offer_of(struct arena *a, const struct db_rows *rows, struct bid_offers *offers)
{
	const char *aggregator_id = db_text(rows, 0);
	struct offer *o = offers->n > 0 ? &offers->item[offers->n - 1] : NULL;

	if (o != NULL && strcmp(o->aggregator_id, aggregator_id) == 0)
		return o;
	o = &offers->item[offers->n++];
	*o = (struct offer){
		.bid_id = arena_strdup(a, db_text(rows, 1)), .aggregator_id = arena_strdup(a, aggregator_id),
		.revision = { (int32_t)db_int(rows, 2) }, .submitted_at = { db_int(rows, 3) },
	};
	return o;
}

/* Rows come by offer, period and segment: those of one offer stand one behind the other in their arrays. */
static void add_row(const struct db_rows *rows, struct offer *o, struct offer_period **period,
		    struct offer_segment **segment)
{
	struct offer_period *p = o->n_period > 0 ? &o->period[o->n_period - 1] : NULL;

	if (p == NULL || p->start.v != db_int(rows, 4)) {
		p = (*period)++;
		*p = (struct offer_period){
			.start = { db_int(rows, 4) }, .end = { db_int(rows, 5) }, 
			.window = (enum window)db_int(rows, 6), .segment = *segment,
		};
		if (o->n_period++ == 0)
			o->period = p;
	}
	*(*segment)++ = (struct offer_segment){
		.no = { (int32_t)db_int(rows, 7) }, .volume_w = { db_int(rows, 8) }, .price_e5 = { db_int(rows, 9) },
	};
	p->n_segment++;
}

int bid_in_force(struct arena *a, struct db *db, const char *notice_id, struct bid_offers *offers)
{
	struct db_rows *rows = NULL;
	struct offer_period *period;
	struct offer_segment *segment;
	size_t n;
	int rc = db_query(db,
		"SELECT a.aggregator_id, b.bid_id, b.revision, b.submitted_ms, s.start_ms, s.end_ms, s.window, s.no,"
		" s.volume_w, s.price_e5 FROM bid b JOIN aggregator a ON a.aggregator_no = b.aggregator_no"
		" JOIN bid_segment s ON s.bid_no = b.bid_no JOIN notice_period p ON p.notice_id = b.notice_id"
		" AND p.start_ms = s.start_ms AND p.end_ms = s.end_ms AND p.window = s.window"
		" AND s.price_e5 <= p.price_cap_e5 WHERE b.notice_id = ? AND b.revision = (SELECT MAX(l.revision) FROM"
		" bid l WHERE l.aggregator_no = b.aggregator_no AND l.notice_id = b.notice_id)"
		" ORDER BY a.aggregator_id, s.start_ms, s.no", DB_ARGS(DB_TEXT(notice_id)), &rows);

	*offers = (struct bid_offers){ NULL, 0 };
	if (rc < 0)
		return rc;
	n = (size_t)db_rows_count(rows);
	offers->item = ARENA_ARRAY(a, n, struct offer);
	period = ARENA_ARRAY(a, n, struct offer_period);
	segment = ARENA_ARRAY(a, n, struct offer_segment);
	while ((rc = db_next(rows)) > 0)
		add_row(rows, offer_of(a, rows, offers), &period, &segment);
	db_rows_done(rows);
	return rc;
}

int64_t bid_volume_w(const struct bid_offers *offers, int64_t start_ms)
{
	int64_t sum = 0;

	for (size_t i = 0; i < offers->n; i++) {
		for (int p = 0; p < offers->item[i].n_period; p++) {
			const struct offer_period *period = &offers->item[i].period[p];

			for (int k = 0; period->start.v == start_ms && k < period->n_segment; k++)
				if (__builtin_add_overflow(sum, period->segment[k].volume_w.v, &sum))
					return INT64_MAX;
		}
	}
	return sum;
}
