/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/said.h"
#include <string.h>
#include "base/bytes.h"
#include "base/error.h"
#include "base/log.h"
#include "base/timegrid.h"
#include "store/telemetry.h"

/* -- samples of a pile */
static bool sample_of(const struct telemetry_frame *f, int64_t pile_no, struct said *s)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->pile_no[i] != pile_no)
			continue;
		*s = (struct said){ .kind = "power", .of_ms = f->ts_ms, .value = f->raw_w[i], .filtered_w = f->filtered_w[i],
			.quality = f->quality[i], .revision = f->revision, .known_ms = f->known_ms, .seq = f->seq };
		return true;
	}
	return false;
}

static int add_samples(struct arena *a, struct db *db, const char *resource_id, int64_t ts_ms, struct said_list *list)
{
	struct telemetry_frames parts = { NULL, 0 };
	struct db_rows *rows = NULL;
	int64_t pile_no = 0;
	int rc = db_query(db, "SELECT p.pile_no, s.aggregator_no FROM pile p JOIN station s ON s.station_no = p.station_no"
		" WHERE p.pile_id = ?", DB_ARGS(DB_TEXT(resource_id)), &rows);

	if (rc < 0)
		return rc;
	if ((rc = db_next(rows)) > 0) {
		pile_no = db_int(rows, 0);
		rc = telemetry_load_parts(a, db, (uint32_t)db_int(rows, 1), (ts_ms + MS_MINUTE - 1) / MS_MINUTE * MS_MINUTE, &parts);
	}
	db_rows_done(rows);
	list->item = ARENA_ARRAY(a, parts.n, struct said);
	for (size_t i = 0; rc == 0 && i < parts.n; i++)
		list->n += sample_of(&parts.item[i], pile_no, &list->item[list->n]);
	return rc;
}

/* -- what is reported of any resource. Columns: kind, time, revision, known, seq, value, or the curve and the place in it. */
#define OF_CURVES(KIND, COLUMN, TABLE) " UNION ALL SELECT " KIND " AS kind, c.start_ms AS start_ms, c.revision, c.known_ms, c.seq," \
	" NULL, c." COLUMN ", (? - c.start_ms) DIV (c.step_min * 60000), c.step_min FROM aggregator a JOIN " TABLE " c" \
	" ON c.aggregator_no = a.aggregator_no AND c.resource_id = ? AND c.start_ms <= ? AND c.start_ms + c.n * c.step_min * 60000 > ?"

static const char reports[] =
	"SELECT 'operation' AS kind, o.at_ms AS start_ms, o.revision AS revision, o.known_ms, o.seq AS seq, o.power_w, NULL, 0, 0"
	" FROM aggregator a JOIN operation o ON o.aggregator_no = a.aggregator_no AND o.resource_id = ? AND o.at_ms = (SELECT MAX(l.at_ms)"
	" FROM operation l WHERE l.aggregator_no = a.aggregator_no AND l.resource_id = ? AND l.at_ms <= ? AND l.at_ms > ?)"
	OF_CURVES("IF(c.horizon = 0, 'plan-day-ahead', 'plan-real-time')", "power_w", "plan")
	OF_CURVES("'capability-up'", "up_w", "capability") OF_CURVES("'capability-down'", "down_w", "capability")
	" ORDER BY kind, start_ms, revision, seq";

static int read_report(struct arena *a, const struct db_rows *row, struct said *s)
{
	size_t size, place = (size_t)db_int(row, 7);
	const char *curve = db_bytes(row, 6, &size);

	*s = (struct said){ .kind = arena_strdup(a, db_text(row, 0)), .of_ms = db_int(row, 1), .revision = db_int(row, 2),
		.known_ms = db_int(row, 3), .seq = db_int(row, 4), .value = db_int(row, 5), .filtered_w = VALUE_NONE, .quality = VALUE_NONE };
	if (curve == NULL)
		return 0;
	if (size < 4 * (place + 1)) {
		log_error("curve-damaged", "%s of journal row %lld", s->kind, (long long)s->seq);
		return E_INTERNAL;
	}
	s->of_ms += (int64_t)place * db_int(row, 8) * MS_MINUTE;
	s->value = (int32_t)bytes_get_u32(curve + 4 * place);
	return 0;
}

/* Room for so many more. */
static void grow(struct arena *a, struct said_list *list, size_t more)
{
	struct said *item = ARENA_ARRAY(a, list->n + more, struct said);

	if (list->n > 0)
		memcpy(item, list->item, list->n * sizeof *item);
	list->item = item;
}

static int add_reports(struct arena *a, struct db *db, const char *resource_id, int64_t ts_ms, struct said_list *list)
{
	const struct db_arg id = DB_TEXT(resource_id), at = DB_INT(ts_ms), from = DB_INT(ts_ms - MS_HOUR);
	const struct db_arg arg[] = { id, id, at, from, at, id, at, at, at, id, at, at, at, id, at, at };
	struct db_rows *rows = NULL;
	int rc = db_query_at(db, reports, (struct db_args){ arg, sizeof arg / sizeof *arg }, &rows);

	if (rc < 0)
		return rc;
	grow(a, list, (size_t)db_rows_count(rows));
	while ((rc = db_next(rows)) > 0 && (rc = read_report(a, rows, &list->item[list->n])) == 0)
		list->n++;
	db_rows_done(rows);
	return rc;
}

/* -- batteries of the vehicles at a pile. A report stands or falls as a whole. */
static const struct { const char *kind; enum said_unit unit; } battery_value[] = { { "battery-soc", SAID_PPM },
	{ "battery-capacity", SAID_WH }, { "battery-charge", SAID_W }, { "battery-discharge", SAID_W }, { "battery-least-soc", SAID_PPM },
	{ "battery-target-soc", SAID_PPM }, { "battery-health", SAID_PPM } };
enum { BATTERY_VALUES = sizeof battery_value / sizeof *battery_value, BATTERY_FIRST = 6 };

/* Columns: session, time, revision, known, seq, whether in force, then the values in the order of battery_value. */
static const char batteries[] =
	"SELECT s.session_id, b.at_ms, b.revision, b.known_ms, b.seq, b.revision = (SELECT MAX(n.revision) FROM battery n"
	" WHERE n.session_no = b.session_no AND n.at_ms = b.at_ms), b.soc_ppm, b.capacity_wh, b.charge_w, b.discharge_w, b.least_soc_ppm,"
	" b.target_soc_ppm, b.health_ppm FROM pile p JOIN session s ON s.pile_no = p.pile_no AND s.arrival_ms <= ? AND s.departure_ms > ?"
	" JOIN battery b ON b.session_no = s.session_no AND b.at_ms = (SELECT MAX(l.at_ms) FROM battery l"
	" WHERE l.session_no = s.session_no AND l.at_ms <= ? AND l.at_ms > ?) WHERE p.pile_id = ? ORDER BY s.session_no, b.revision";

static void read_battery(struct arena *a, const struct db_rows *row, struct said_list *list)
{
	const struct said all = { .session_id = arena_strdup(a, db_text(row, 0)), .of_ms = db_int(row, 1), .revision = db_int(row, 2),
		.known_ms = db_int(row, 3), .seq = db_int(row, 4), .in_force = db_int(row, 5) == 1, .filtered_w = VALUE_NONE,
		.quality = VALUE_NONE };

	for (unsigned i = 0; i < BATTERY_VALUES; i++) {
		struct said *s = &list->item[list->n];

		*s = all;
		s->kind = battery_value[i].kind;
		s->unit = battery_value[i].unit;
		s->value = db_int(row, BATTERY_FIRST + i);
		list->n += s->value != VALUE_NONE;
	}
}

static int add_batteries(struct arena *a, struct db *db, const char *resource_id, int64_t ts_ms, struct said_list *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query_at(db, batteries, DB_ARGS(DB_INT(ts_ms), DB_INT(ts_ms), DB_INT(ts_ms), DB_INT(ts_ms - MS_HOUR),
		DB_TEXT(resource_id)), &rows);

	if (rc < 0)
		return rc;
	grow(a, list, (size_t)db_rows_count(rows) * BATTERY_VALUES);
	while ((rc = db_next(rows)) > 0)
		read_battery(a, rows, list);
	db_rows_done(rows);
	return rc;
}

/* -- by which message */
static int add_message(struct arena *a, struct db *db, struct said *s)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT sender, message_id, trace_id, received_us FROM message WHERE seq = ?", DB_ARGS(DB_INT(s->seq)), &rows);

	s->sender = s->message_id = s->trace_id = NULL;
	s->received_us = VALUE_NONE;
	if (rc < 0)
		return rc;
	if ((rc = db_next(rows)) > 0) {
		s->sender = arena_strdup(a, db_text(rows, 0));
		s->message_id = arena_strdup(a, db_text(rows, 1));
		s->trace_id = arena_strdup(a, db_text(rows, 2));
		s->received_us = db_int(rows, 3);
	}
	db_rows_done(rows);
	return rc < 0 ? rc : 0;
}

int said_of(struct arena *a, struct db *db, const char *resource_id, int64_t ts_ms, struct said_list *list)
{
	*list = (struct said_list){ NULL, 0 };
	int rc = add_samples(a, db, resource_id, ts_ms, list);

	if (rc == 0)
		rc = add_reports(a, db, resource_id, ts_ms, list);
	for (size_t i = 0; rc == 0 && i < list->n; i++) {
		struct said *s = &list->item[i];

		s->in_force = i + 1 == list->n || strcmp(s[1].kind, s->kind) != 0 || s[1].of_ms != s->of_ms;
	}
	if (rc == 0)
		rc = add_batteries(a, db, resource_id, ts_ms, list);
	for (size_t i = 0; rc == 0 && i < list->n; i++)
		rc = add_message(a, db, &list->item[i]);
	return rc;
}
