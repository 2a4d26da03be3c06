/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/battery.h"
#include <stdlib.h>
#include "base/error.h"

/* Every column, in their order in the statements. */
#define FIELDS(F) F(session_no) F(at_ms) F(known_ms) F(soc_ppm) F(capacity_wh) F(charge_w) F(discharge_w) F(least_soc_ppm) F(target_soc_ppm) \
	F(health_ppm) F(revision) F(seq)
#define COLUMNS "b.session_no, b.at_ms, b.known_ms, b.soc_ppm, b.capacity_wh, b.charge_w, b.discharge_w, b.least_soc_ppm," \
	" b.target_soc_ppm, b.health_ppm, b.revision, b.seq"

#define POINTER(NAME) int64_t *NAME;
struct columns { FIELDS(POINTER) };

int battery_put(struct arena *a, struct db *db, const struct battery_row *row, size_t n)
{
	struct columns c;

#define MAKE(NAME) c.NAME = ARENA_ARRAY(a, n, int64_t);
	FIELDS(MAKE)
	for (size_t i = 0; i < n; i++) {
#define SET(NAME) c.NAME[i] = row[i].NAME;
		FIELDS(SET)
	}
#define BIND(NAME) DB_COLUMN_INT(c.NAME),
	return db_exec_bulk(db, "INSERT INTO battery (session_no, at_ms, known_ms, soc_ppm, capacity_wh, charge_w, discharge_w,"
		" least_soc_ppm, target_soc_ppm, health_ppm, revision, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", n, DB_COLUMNS(FIELDS(BIND)));
}

int battery_load(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms,
		 struct battery_rows *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT " COLUMNS " FROM session s JOIN battery b ON b.session_no = s.session_no"
		" WHERE s.aggregator_no = ? AND b.at_ms >= ? AND b.at_ms < ? AND b.revision = (SELECT MAX(r.revision) FROM battery r"
		" WHERE r.session_no = b.session_no AND r.at_ms = b.at_ms) ORDER BY b.session_no, b.at_ms",
		DB_ARGS(DB_INT(aggregator_no), DB_INT(from_ms), DB_INT(to_ms)), &rows);

	if (rc < 0)
		return rc;
	*list = (struct battery_rows){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct battery_row), 0 };
	while ((rc = db_next(rows)) > 0)
		list->item[list->n++] = (struct battery_row){ (uint32_t)db_int(rows, 0), db_int(rows, 1), db_int(rows, 2),
			db_int(rows, 3), db_int(rows, 4), db_int(rows, 5), db_int(rows, 6), db_int(rows, 7), db_int(rows, 8),
			db_int(rows, 9), db_int(rows, 10), db_int(rows, 11) };
	db_rows_done(rows);
	return rc;
}

static int by_session_and_time(const void *a, const void *b)
{
	const struct battery_row *x = a, *y = b;

	if (x->session_no != y->session_no)
		return x->session_no < y->session_no ? -1 : 1;
	return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

int64_t battery_find(const struct battery_rows *rows, uint32_t session_no, int64_t at_ms)
{
	struct battery_row key = { .session_no = session_no, .at_ms = at_ms };
	const struct battery_row *found = rows->n == 0 ? NULL
		: bsearch(&key, rows->item, rows->n, sizeof key, by_session_and_time);

	return found == NULL ? -1 : found - rows->item;
}
