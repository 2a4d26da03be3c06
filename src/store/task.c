/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/task.h"
#include "base/clock.h"
#include "base/error.h"

#define SELECT \
	"SELECT task_id, state, business_date, clearing_id, sender, start_ms, step_min, n, revision, told_revision," \
	" accepted_ms, planned_deviation_w, least_deviation_w, proportional_deviation_w, proportional_missed_wh," \
	" proportional_short, measured_deviation_w, seq FROM task"

#define NOT_PARKED(JOB) " AND NOT EXISTS (SELECT 1 FROM parked p WHERE p.name = '" JOB "' AND p.due_key = task_id AND p.next_try_us > ?)"
#define EARLIEST " ORDER BY start_ms, task_id LIMIT 1 FOR UPDATE"

/* -- writing */

static int save_points(struct arena *a, struct db *db, const struct task_row *task)
{
	size_t n = (size_t)task->grid.n;
	int64_t *column = ARENA_ARRAY(a, 5 * n, int64_t);
	const char **id = ARENA_ARRAY(a, n, const char *);

	for (size_t i = 0; i < n; i++) {
		id[i] = task->task_id;
		column[i] = (int64_t)i;
		column[n + i] = (int64_t)task->point[i].window;
		column[2 * n + i] = task->point[i].target_w;
		column[3 * n + i] = task->point[i].weight_ppm;
		column[4 * n + i] = task->point[i].price_e5;
	}
	return db_exec_bulk(db,
		"INSERT INTO task_point (task_id, no, window, target_w, weight_ppm, price_e5) VALUES (?, ?, ?,"
		" ?, ?, ?)",
		n,
		DB_COLUMNS(DB_COLUMN_TEXT(id), DB_COLUMN_INT(column), DB_COLUMN_INT(column + n),
			DB_COLUMN_INT(column + 2 * n), DB_COLUMN_INT(column + 3 * n), DB_COLUMN_INT(column + 4 * n)));
}

int task_save(struct arena *a, struct db *db, const struct task_row *t)
{
	int rc = db_exec(db, "DELETE FROM task_point WHERE task_id = ?", DB_ARGS(DB_TEXT(t->task_id)));

	if (rc == 0)
		rc = db_exec(db, "DELETE FROM task WHERE task_id = ?", DB_ARGS(DB_TEXT(t->task_id)));
	if (rc == 0)
		rc = db_exec(db,
			"INSERT INTO task (task_id, state, business_date, clearing_id, sender, start_ms,"
			" step_min, n, revision,"
			" told_revision, accepted_ms, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			DB_ARGS(DB_TEXT(t->task_id), DB_INT((int64_t)t->state), DB_DATE(t->business_date),
				DB_TEXT(t->clearing_id), DB_TEXT(t->sender), DB_INT(t->grid.start_ms),
				DB_INT(t->grid.step_ms / MS_MINUTE), DB_INT(t->grid.n), DB_INT(t->revision),
				DB_INT(t->told_revision), DB_INT(t->accepted_ms), DB_INT(t->seq)));
	return rc == 0 ? save_points(a, db, t) : rc;
}

static int set_planned(struct arena *a, struct db *db, const char *task_id, const int64_t *planned_w, size_t n)
{
	int64_t *no = ARENA_ARRAY(a, n, int64_t);
	const char **id = ARENA_ARRAY(a, n, const char *);

	for (size_t i = 0; i < n; i++) {
		id[i] = task_id;
		no[i] = (int64_t)i;
	}
	return db_exec_bulk(db, "UPDATE task_point SET planned_w = ? WHERE task_id = ? AND no = ?", n,
		DB_COLUMNS(DB_COLUMN_INT(planned_w), DB_COLUMN_TEXT(id), DB_COLUMN_INT(no)));
}

int task_start(struct arena *a, struct db *db, const char *task_id, const struct task_plan *plan,
	const int64_t *planned_w, size_t n)
{
	int rc = db_matched_one(db,
		db_exec(db,
			"UPDATE task SET state = ?, revision = 1, planned_deviation_w = ?, least_deviation_w = ?,"
			" proportional_deviation_w = ?, proportional_missed_wh = ?, proportional_short = ? WHERE"
			" task_id = ? AND state = ?",
			DB_ARGS(DB_INT(TASK_STATE_STARTED), DB_INT(plan->planned_deviation_w),
				DB_INT(plan->least_deviation_w), DB_INT(plan->proportional_deviation_w),
				DB_INT(plan->proportional_missed_wh), DB_INT(plan->proportional_short),
				DB_TEXT(task_id), DB_INT(TASK_STATE_ACCEPTED))));

	return rc < 0 ? rc : set_planned(a, db, task_id, planned_w, n);
}

int task_revise(struct arena *a, struct db *db, const char *task_id, int32_t revision, const int64_t *planned_w,
	size_t n)
{
	int rc = task_set_revision(db, task_id, revision);

	return rc < 0 ? rc : set_planned(a, db, task_id, planned_w, n);
}

int task_set_revision(struct db *db, const char *task_id, int32_t revision)
{
	return db_matched_one(db, db_exec(db, "UPDATE task SET revision = ? WHERE task_id = ?",
		DB_ARGS(DB_INT(revision), DB_TEXT(task_id))));
}

int task_shorten(struct db *db, const char *task_id, int32_t n)
{
	return db_matched_one(db, db_exec(db, "UPDATE task SET n = ? WHERE task_id = ?", DB_ARGS(DB_INT(n), DB_TEXT(task_id))));
}

int task_set_measured(struct db *db, const char *task_id, int64_t measured_deviation_w)
{
	return db_matched_one(db, db_exec(db, "UPDATE task SET measured_deviation_w = ? WHERE task_id = ?",
		DB_ARGS(DB_INT(measured_deviation_w), DB_TEXT(task_id))));
}

int task_set_state(struct db *db, const char *task_id, enum task_state state)
{
	return db_matched_one(db, db_exec(db, "UPDATE task SET state = ? WHERE task_id = ?",
		DB_ARGS(DB_INT((int64_t)state), DB_TEXT(task_id))));
}

/* -- reading */

static void read_row(struct arena *a, const struct db_rows *rows, struct task_row *t)
{
	*t = (struct task_row){ .task_id = arena_strdup(a, db_text(rows, 0)),
		.state = (enum task_state)db_int(rows, 1),
		.business_date = db_date(rows, 2),
		.clearing_id = arena_strdup(a, db_text(rows, 3)),
		.sender = arena_strdup(a, db_text(rows, 4)),
		.grid = { db_int(rows, 5), (int32_t)(db_int(rows, 6) * MS_MINUTE), (int32_t)db_int(rows, 7) },
		.revision = (int32_t)db_int(rows, 8),
		.told_revision = (int32_t)db_int(rows, 9),
		.accepted_ms = db_int(rows, 10),
		.plan = { db_int(rows, 11), db_int(rows, 12), db_int(rows, 13), db_int(rows, 14), db_int(rows, 15) },
		.measured_deviation_w = db_int(rows, 16),
		.seq = db_int(rows, 17) };
}

/* The points of a task before `end`. */
static int query_points(struct arena *a, struct db *db, const char *task_id, int end, struct task_point_row **point, int *n)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		"SELECT window, target_w, weight_ppm, price_e5, planned_w FROM task_point WHERE task_id = ? AND no < ?"
		" ORDER BY no",
		DB_ARGS(DB_TEXT(task_id), DB_INT(end)), &rows);

	*n = 0;
	if (rc < 0)
		return rc;
	*point = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct task_point_row);
	while ((rc = db_next(rows)) > 0)
		(*point)[(*n)++] = (struct task_point_row){ .window = (enum window)db_int(rows, 0),
			.target_w = db_int(rows, 1),
			.weight_ppm = db_int(rows, 2),
			.price_e5 = db_int(rows, 3),
			.planned_w = db_int(rows, 4) };
	db_rows_done(rows);
	return rc;
}

static int read_points(struct arena *a, struct db *db, struct task_row *task)
{
	int n, rc = query_points(a, db, task->task_id, task->grid.n, &task->point, &n);

	return rc == 0 && n != task->grid.n ? E_INTERNAL : rc;
}

int task_told(struct arena *a, struct db *db, const char *task_id, struct task_point_row **point, int *n)
{
	return query_points(a, db, task_id, INT32_MAX, point, n);
}

/* The one row of a query, with its points. Ends rows. */
static int read_one(struct arena *a, struct db *db, struct db_rows *rows, struct task_row *task)
{
	int rc = db_next(rows);

	if (rc > 0)
		read_row(a, rows, task);
	db_rows_done(rows);
	if (rc <= 0)
		return rc < 0 ? rc : E_NOTHING;
	return read_points(a, db, task);
}

int task_find(struct arena *a, struct db *db, const char *task_id, struct task_row *task)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " WHERE task_id = ?", DB_ARGS(DB_TEXT(task_id)), &rows);

	return rc < 0 ? rc : read_one(a, db, rows, task);
}

int task_lock(struct arena *a, struct db *db, const char *task_id, struct task_row *task)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " WHERE task_id = ? FOR UPDATE", DB_ARGS(DB_TEXT(task_id)), &rows);

	return rc < 0 ? rc : read_one(a, db, rows, task);
}

int task_lock_to_start(struct arena *a, struct db *db, int64_t now_ms, struct task_row *task)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " WHERE state = ? AND start_ms <= ?" NOT_PARKED(TASK_START_JOB) EARLIEST,
			  DB_ARGS(DB_INT(TASK_STATE_ACCEPTED), DB_INT(now_ms), DB_INT(clock_machine_us())), &rows);

	return rc < 0 ? rc : read_one(a, db, rows, task);
}

int task_lock_to_settle(struct arena *a, struct db *db, int32_t date, struct task_row *task)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db,
		SELECT " WHERE state = ? AND business_date < ?" NOT_PARKED(TASK_SETTLE_JOB) EARLIEST,
		DB_ARGS(DB_INT(TASK_STATE_STARTED), DB_DATE(date), DB_INT(clock_machine_us())), &rows);

	return rc < 0 ? rc : read_one(a, db, rows, task);
}

int task_of_day(struct arena *a, struct db *db, int32_t business_date, struct task_rows *tasks)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT " WHERE business_date = ? ORDER BY start_ms, task_id",
		DB_ARGS(DB_DATE(business_date)), &rows);

	*tasks = (struct task_rows){ NULL, 0 };
	if (rc < 0)
		return rc;
	tasks->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct task_row);
	while ((rc = db_next(rows)) > 0)
		read_row(a, rows, &tasks->item[tasks->n++]);
	db_rows_done(rows);
	for (size_t i = 0; i < tasks->n && rc == 0; i++)
		rc = read_points(a, db, &tasks->item[i]);
	return rc;
}

int task_lock_day(struct db *db, int32_t business_date)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT aggregator_no FROM baseline WHERE business_date = ? FOR UPDATE",
			  DB_ARGS(DB_DATE(business_date)), &rows);

	db_rows_done(rows);
	return rc;
}
