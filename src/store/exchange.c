/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/exchange.h"
#include <string.h>
#include "base/error.h"

#define OF_THE_DAY " created_ms >= ? AND created_ms < ? AND (business_date IS NULL OR business_date = ? OR operation = 'SubmitMeterData')"
#define OF_THE_SPAN " created_ms >= ? AND created_ms < ? AND channel <> 'file'"

/* Columns: peer, operation, sent, accepted, rejected, acked, items_sent, items_stored, waiting, expired. Ends rows. */
static int read_counts(struct arena *a, struct db_rows *rows, struct exchange_counts *counts)
{
	int rc;
	*counts = (struct exchange_counts){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct exchange_count), 0 };
	while ((rc = db_next(rows)) > 0)
		counts->item[counts->n++] = (struct exchange_count){
			.peer = arena_strdup(a, db_text(rows, 0)), .operation = arena_strdup(a, db_text(rows, 1)),
			.sent = db_int(rows, 2), .accepted = db_int(rows, 3), .rejected = db_int(rows, 4), .acked = db_int(rows, 5),
			.items_sent = db_int(rows, 6), .items_stored = db_int(rows, 7), .waiting = db_int(rows, 8),
			.expired = db_int(rows, 9) };
	db_rows_done(rows);
	return rc;
}

int exchange_count_in(struct arena *a, struct db *db, const struct exchange_span *span, struct exchange_counts *counts)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT sender, operation, COUNT(*), SUM(status IN ('accepted', 'partly')), SUM(status = 'rejected'), COUNT(*),"
			  " SUM(items_in), SUM(items_stored), 0, 0 FROM message WHERE" OF_THE_DAY
			  " GROUP BY sender, operation ORDER BY sender, operation",
			  DB_ARGS(DB_INT(span->from_ms), DB_INT(span->to_ms), DB_DATE(span->date)), &rows);
	return rc ? rc : read_counts(a, rows, counts);
}

int exchange_count_out(struct arena *a, struct db *db, const struct exchange_span *span, struct exchange_counts *counts)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT peer, operation, SUM(attempts > 0), SUM(state = 'accepted'), SUM(state = 'rejected'),"
			  " SUM(state IN ('accepted', 'rejected')), SUM(IF(attempts > 0, items, 0)), COALESCE(SUM(answer_items_stored), 0),"
			  " SUM(state IN ('queued', 'delivered')), SUM(state = 'expired') FROM outbox WHERE" OF_THE_SPAN " GROUP BY peer, operation ORDER BY peer, operation",
			  DB_ARGS(DB_INT(span->from_ms), DB_INT(span->to_ms)), &rows);
	return rc ? rc : read_counts(a, rows, counts);
}

/* Columns: operation, us; operations in order, each copied once. Ends rows. */
static int read_times(struct arena *a, struct db_rows *rows, struct exchange_times *times)
{
	const char *last = NULL;
	int rc;
	*times = (struct exchange_times){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct exchange_time), 0 };
	while ((rc = db_next(rows)) > 0) {
		const char *operation = db_text(rows, 0);
		if (!last || strcmp(last, operation))
			last = arena_strdup(a, operation);
		times->item[times->n++] = (struct exchange_time){ last, db_int(rows, 1) };
	}
	db_rows_done(rows);
	return rc;
}

int exchange_times_in(struct arena *a, struct db *db, const struct exchange_span *span, struct exchange_times *times)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT operation, answered_us - received_us FROM message WHERE" OF_THE_DAY
			  " AND answered_us > 0 ORDER BY operation",
			  DB_ARGS(DB_INT(span->from_ms), DB_INT(span->to_ms), DB_DATE(span->date)), &rows);
	return rc ? rc : read_times(a, rows, times);
}

int exchange_times_out(struct arena *a, struct db *db, const struct exchange_span *span, struct exchange_times *times)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT operation, answered_us - IF(channel = 'push', first_sent_us, created_us) FROM outbox WHERE" OF_THE_SPAN
			  " AND answered_us IS NOT NULL AND (channel <> 'push' OR first_sent_us IS NOT NULL) ORDER BY operation",
			  DB_ARGS(DB_INT(span->from_ms), DB_INT(span->to_ms)), &rows);
	return rc ? rc : read_times(a, rows, times);
}

int exchange_frames(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, struct exchange_frames *frames)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT ts_ms, received_us FROM frame WHERE ts_ms > ? AND ts_ms <= ? ORDER BY ts_ms",
			  DB_ARGS(DB_INT(from_ms), DB_INT(to_ms)), &rows);
	if (rc)
		return rc;
	*frames = (struct exchange_frames){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct exchange_frame), 0 };
	while ((rc = db_next(rows)) > 0)
		frames->item[frames->n++] = (struct exchange_frame){ db_int(rows, 0), db_int(rows, 1) };
	db_rows_done(rows);
	return rc;
}

int exchange_queued(struct arena *a, struct db *db, const char *operation, const struct exchange_span *span,
		struct exchange_queue *queue)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT message_id, created_us FROM outbox WHERE" OF_THE_SPAN " AND operation = ? ORDER BY message_id",
			  DB_ARGS(DB_INT(span->from_ms), DB_INT(span->to_ms), DB_TEXT(operation)), &rows);
	if (rc)
		return rc;
	*queue = (struct exchange_queue){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct exchange_queued), 0 };
	while ((rc = db_next(rows)) > 0)
		queue->item[queue->n++] = (struct exchange_queued){ arena_strdup(a, db_text(rows, 0)), db_int(rows, 1) };
	db_rows_done(rows);
	return rc;
}

int exchange_day_without(struct db *db, const char *job, int32_t *date)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT t.business_date FROM task t WHERE t.state = 4"
			  " AND NOT EXISTS (SELECT 1 FROM task o WHERE o.business_date = t.business_date AND o.state <> 4)"
			  " AND NOT EXISTS (SELECT 1 FROM job j WHERE j.name = ? AND j.state = 'done' AND"
			  " j.due_key = CONVERT(DATE_FORMAT(t.business_date, '%Y-%m-%d') USING ascii) COLLATE ascii_bin)"
			  " ORDER BY t.business_date LIMIT 1", DB_ARGS(DB_TEXT(job)), &rows);
	if (rc)
		return rc;
	if ((rc = db_next(rows)) > 0)
		*date = db_date(rows, 0);
	db_rows_done(rows);
	return rc < 0 ? rc : rc ? 0 : E_NOTHING;
}
