/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/schedule.h"
#include "base/error.h"
#include "store/curve.h"

#define SELECT \
	"SELECT c.session_no, c.first_no, c.n, c.power_w, c.before_wh, c.reachable_wh, c.planned_wh," \
	" s.aggregator_no, s.pile_no," \
	" a.aggregator_id, s.session_id, p.pile_id FROM schedule c JOIN session s ON s.session_no = c.session_no" \
	" JOIN aggregator a ON a.aggregator_no = s.aggregator_no JOIN pile p ON p.pile_no = s.pile_no" \
	" WHERE c.task_id = ? AND c.revision = ?"
#define ORDER " ORDER BY s.session_id, a.aggregator_id"

/* A row a session; blob: its packed powers. */
struct columns {
	const char **task;
	const void **blob;
	size_t *size;
	int64_t *session, *first, *n, *before, *reachable, *planned;
};

static struct columns columns_of(struct arena *a, const char *task_id, const struct schedule_row *row, size_t n)
{
	int64_t *number = ARENA_ARRAY(a, 6 * n, int64_t);
	struct columns c = { .task = ARENA_ARRAY(a, n, const char *),
		.blob = ARENA_ARRAY(a, n, const void *),
		.size = ARENA_ARRAY(a, n, size_t),
		.session = number,
		.first = number + n,
		.n = number + 2 * n,
		.before = number + 3 * n,
		.reachable = number + 4 * n,
		.planned = number + 5 * n };

	for (size_t i = 0; i < n; i++) {
		c.task[i] = task_id;
		c.session[i] = row[i].session_no;
		c.first[i] = row[i].first;
		c.n[i] = row[i].n;
		c.blob[i] = curve_pack(a, row[i].power_w, (size_t)row[i].n);
		c.size[i] = curve_size((size_t)row[i].n);
		c.before[i] = row[i].before_wh;
		c.reachable[i] = row[i].reachable_wh;
		c.planned[i] = row[i].planned_wh;
	}
	return c;
}

int schedule_save(
	struct arena *a, struct db *db, const char *task_id, int32_t revision, const struct schedule_row *row, size_t n)
{
	struct columns c = columns_of(a, task_id, row, n);
	int64_t *revisions = ARENA_ARRAY(a, n, int64_t);

	for (size_t i = 0; i < n; i++)
		revisions[i] = revision;
	return db_exec_bulk(db,
		"INSERT INTO schedule (task_id, revision, session_no, first_no, n, power_w, before_wh,"
		" reachable_wh, planned_wh)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		n,
		DB_COLUMNS(DB_COLUMN_TEXT(c.task), DB_COLUMN_INT(revisions), DB_COLUMN_INT(c.session),
			DB_COLUMN_INT(c.first), DB_COLUMN_INT(c.n), DB_COLUMN_BYTES(c.blob, c.size),
			DB_COLUMN_INT(c.before), DB_COLUMN_INT(c.reachable), DB_COLUMN_INT(c.planned)));
}

static int read_row(struct arena *a, const struct db_rows *rows, struct schedule_row *r)
{
	int64_t *power_w = NULL;
	size_t size;
	const void *blob = db_bytes(rows, 3, &size);
	int rc = curve_unpack(a, blob, size, (size_t)db_int(rows, 2), &power_w);

	*r = (struct schedule_row){ .session_no = (uint32_t)db_int(rows, 0),
		.first = (int32_t)db_int(rows, 1),
		.n = (int32_t)db_int(rows, 2),
		.power_w = power_w,
		.before_wh = db_int(rows, 4),
		.reachable_wh = db_int(rows, 5),
		.planned_wh = db_int(rows, 6),
		.aggregator_no = (uint32_t)db_int(rows, 7),
		.pile_no = (uint32_t)db_int(rows, 8),
		.aggregator_id = arena_strdup(a, db_text(rows, 9)),
		.session_id = arena_strdup(a, db_text(rows, 10)),
		.pile_id = arena_strdup(a, db_text(rows, 11)) };
	return rc;
}

/* Ends rows. */
static int read_rows(struct arena *a, struct db_rows *rows, struct schedule *schedule)
{
	int rc;

	*schedule = (struct schedule){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct schedule_row), 0 };
	while ((rc = db_next(rows)) > 0 && (rc = read_row(a, rows, &schedule->item[schedule->n])) == 0)
		schedule->n++;
	db_rows_done(rows);
	return rc;
}

int schedule_load(struct arena *a, struct db *db, const char *task_id, int32_t revision, struct schedule *schedule)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT ORDER, DB_ARGS(DB_TEXT(task_id), DB_INT(revision)), &rows);

	return rc < 0 ? rc : read_rows(a, rows, schedule);
}

int schedule_load_of(struct arena *a, struct db *db, const char *task_id, int32_t revision, uint32_t aggregator_no,
		struct schedule *schedule)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " AND s.aggregator_no = ?" ORDER,
			  DB_ARGS(DB_TEXT(task_id), DB_INT(revision), DB_INT(aggregator_no)), &rows);

	return rc < 0 ? rc : read_rows(a, rows, schedule);
}
