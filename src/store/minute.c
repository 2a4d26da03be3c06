/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/error.h"
#include "base/timegrid.h"
#include "store/minute.h"

/* -- what was told */
int minute_lock(struct db *db, int64_t ts_ms, struct minute_told *told)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT revision, digest FROM minute_told WHERE ts_ms = ? FOR UPDATE", DB_ARGS(DB_INT(ts_ms)), &rows);
	size_t n;

	*told = (struct minute_told){ 0 };
	if (rc < 0)
		return rc;
	rc = db_next(rows);
	if (rc > 0) {
		const void *digest = db_bytes(rows, 1, &n);

		told->revision = (int32_t)db_int(rows, 0);
		told->known = digest != NULL && n == MINUTE_DIGEST;
		if (told->known)
			memcpy(told->digest, digest, MINUTE_DIGEST);
	}
	db_rows_done(rows);
	return rc < 0 ? rc : 0;
}

int minute_put(struct db *db, int64_t ts_ms, const struct minute_told *told)
{
	const void *digest = told->known ? told->digest : NULL;
	int rc;

	if (told->revision > 1)
		return db_exec(db, "UPDATE minute_told SET revision = ?, digest = ? WHERE ts_ms = ?",
			DB_ARGS(DB_INT(told->revision), DB_BYTES(digest, MINUTE_DIGEST), DB_INT(ts_ms)));
	rc = db_exec(db, "INSERT INTO minute_told (ts_ms, revision, digest) VALUES (?, ?, ?)",
		DB_ARGS(DB_INT(ts_ms), DB_INT(told->revision), DB_BYTES(digest, MINUTE_DIGEST)));
	return rc == E_DUPLICATE_KEY ? E_STORE_CONFLICT : rc;
}

uint32_t minute_bit(int64_t begin_ms, int64_t ts_ms)
{
	return (uint32_t)1 << ((ts_ms - begin_ms) / MS_MINUTE - 1);
}

/* -- marks. Rows that were closed and have none are not looked at: their dirty is 0. */
int minute_marks(struct arena *a, struct db *db, int64_t until_ms, size_t most, struct minute_marks *marks)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT begin_ms, CAST(BIT_OR(untold) AS SIGNED) FROM interval_state WHERE dirty IN (1, 2) AND begin_ms < ?"
		" AND untold <> 0 GROUP BY begin_ms ORDER BY begin_ms LIMIT ?", DB_ARGS(DB_INT(until_ms), DB_INT((int64_t)most)), &rows);

	if (rc < 0)
		return rc;
	*marks = (struct minute_marks){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct minute_mark), 0 };
	while ((rc = db_next(rows)) > 0)
		marks->item[marks->n++] = (struct minute_mark){ db_int(rows, 0), (uint32_t)db_int(rows, 1) };
	db_rows_done(rows);
	return rc;
}

int minute_take(struct db *db, const struct minute_mark *mark)
{
	int64_t keep = (uint32_t)~mark->minutes;

	return db_exec(db, "UPDATE interval_state SET dirty = IF(dirty = 2 AND untold & ? = 0, 0, dirty), untold = untold & ?"
		" WHERE dirty IN (1, 2) AND begin_ms = ?", DB_ARGS(DB_INT(keep), DB_INT(keep), DB_INT(mark->begin_ms)));
}
