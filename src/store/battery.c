/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/battery.h"

/* Every column, in their order in the statements. */
#define FIELDS(F) F(session_no) F(at_ms) F(known_ms) F(soc_ppm) F(capacity_wh) F(charge_w) F(discharge_w) F(least_soc_ppm) F(target_soc_ppm) \
	F(health_ppm) F(revision) F(seq)

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

int battery_standing(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms, struct standing *stands)
{
	return standing_load(a, db, "SELECT s.session_id, b.at_ms, MAX(b.revision) FROM session s JOIN battery b ON b.session_no = s.session_no"
		" WHERE s.aggregator_no = ? AND b.at_ms >= ? AND b.at_ms < ? GROUP BY s.session_id, b.at_ms ORDER BY s.session_id, b.at_ms",
		DB_ARGS(DB_INT(aggregator_no), DB_INT(from_ms), DB_INT(to_ms)), stands);
}
