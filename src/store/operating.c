/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/operating.h"
#include "base/error.h"

/* Every figure, in the order of the columns. */
#define FIGURES(F) F(service) F(control) F(location) F(mode) F(up_blocked) F(down_blocked) F(power_w) F(up_w) \
	F(up_rate_w_min) F(up_minutes) F(down_w) F(down_rate_w_min) F(down_minutes) F(least_w) F(most_w)
#define KEYS(F) F(aggregator_no) F(at_ms) F(known_ms) F(revision) F(seq)

#define COLUMNS "service, control, location, mode, up_blocked, down_blocked, power_w, up_w, up_rate_w_min, up_minutes," \
	" down_w, down_rate_w_min, down_minutes, least_w, most_w"

#define POINTER(NAME) int64_t *NAME;
struct columns { const char **resource_id; KEYS(POINTER) FIGURES(POINTER) };

int operating_put(struct arena *a, struct db *db, const struct operating_row *row, size_t n)
{
	struct columns c = { .resource_id = ARENA_ARRAY(a, n, const char *) };

#define MAKE(NAME) c.NAME = ARENA_ARRAY(a, n, int64_t);
	KEYS(MAKE) FIGURES(MAKE)
	for (size_t i = 0; i < n; i++) {
#define SET(NAME) c.NAME[i] = row[i].NAME;
		KEYS(SET) FIGURES(SET)
		c.resource_id[i] = row[i].resource_id;
	}
#define BIND(NAME) , DB_COLUMN_INT(c.NAME)
	return db_exec_bulk(db, "INSERT INTO operation (resource_id, aggregator_no, at_ms, known_ms, revision, seq, " COLUMNS ")"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", n,
		DB_COLUMNS(DB_COLUMN_TEXT(c.resource_id) KEYS(BIND) FIGURES(BIND)));
}

static int read_rows(struct arena *a, struct db_rows *rows, struct operating_rows *list)
{
	int rc;

	*list = (struct operating_rows){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct operating_row), 0 };
	while ((rc = db_next(rows)) > 0) {
		struct operating_row *r = &list->item[list->n++];
		unsigned col = 6;

		*r = (struct operating_row){ .resource_id = arena_strdup(a, db_text(rows, 0)),
			.aggregator_no = (uint32_t)db_int(rows, 1), .at_ms = db_int(rows, 2), .known_ms = db_int(rows, 3),
			.revision = db_int(rows, 4), .seq = db_int(rows, 5) };
#define GET(NAME) r->NAME = db_int(rows, col++);
		FIGURES(GET)
	}
	db_rows_done(rows);
	return rc;
}

int operating_standing(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms, struct standing *stands)
{
	return standing_load(a, db, "SELECT resource_id, at_ms, MAX(revision) FROM operation"
		" WHERE aggregator_no = ? AND at_ms >= ? AND at_ms < ? GROUP BY resource_id, at_ms ORDER BY resource_id, at_ms",
		DB_ARGS(DB_INT(aggregator_no), DB_INT(from_ms), DB_INT(to_ms)), stands);
}

int operating_latest(struct arena *a, struct db *db, int64_t from_ms, struct operating_rows *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT o.resource_id, o.aggregator_no, o.at_ms, o.known_ms, o.revision, o.seq, " COLUMNS
		" FROM operation o JOIN (SELECT aggregator_no, resource_id, MAX(at_ms) AS at_ms FROM operation WHERE at_ms >= ?"
		" GROUP BY aggregator_no, resource_id) l ON o.aggregator_no = l.aggregator_no AND o.resource_id = l.resource_id"
		" AND o.at_ms = l.at_ms WHERE o.revision = (SELECT MAX(r.revision) FROM operation r WHERE"
		" r.aggregator_no = o.aggregator_no AND r.resource_id = o.resource_id AND r.at_ms = o.at_ms)"
		" ORDER BY o.aggregator_no, o.resource_id", DB_ARGS(DB_INT(from_ms)), &rows);

	return rc < 0 ? rc : read_rows(a, rows, list);
}
