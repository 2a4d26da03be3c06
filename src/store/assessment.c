/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/assessment.h"

#define SELECT \
	"SELECT s.aggregator_no, a.aggregator_id, s.no, s.window, s.asked_w, s.measured_w, s.valid, s.delivered_w" \
	" FROM assessment s JOIN aggregator a ON a.aggregator_no = s.aggregator_no WHERE s.task_id = ?"
#define ORDER " ORDER BY a.aggregator_id, s.no"

struct columns { const char **task; int64_t *aggregator, *no, *window, *asked, *measured, *valid, *delivered; };

static struct columns columns_of(struct arena *a, const char *task_id, const struct assessment_row *row, size_t n)
{
	int64_t *number = ARENA_ARRAY(a, 7 * n, int64_t);
	struct columns c = { .task = ARENA_ARRAY(a, n, const char *),
		.aggregator = number,
		.no = number + n,
		.window = number + 2 * n,
		.asked = number + 3 * n,
		.measured = number + 4 * n,
		.valid = number + 5 * n,
		.delivered = number + 6 * n };

	for (size_t i = 0; i < n; i++) {
		c.task[i] = task_id;
		c.aggregator[i] = row[i].aggregator_no;
		c.no[i] = row[i].no;
		c.window[i] = (int64_t)row[i].window;
		c.asked[i] = row[i].asked_w;
		c.measured[i] = row[i].measured_w;
		c.valid[i] = row[i].valid;
		c.delivered[i] = row[i].delivered_w;
	}
	return c;
}

int assessment_save(struct arena *a, struct db *db, const char *task_id, const struct assessment_row *row, size_t n)
{
	struct columns c = columns_of(a, task_id, row, n);
	int rc = db_exec(db, "DELETE FROM assessment WHERE task_id = ?", DB_ARGS(DB_TEXT(task_id)));

	if (rc < 0)
		return rc;
	return db_exec_bulk(db,
		"INSERT INTO assessment (task_id, aggregator_no, no, window, asked_w, measured_w, valid, delivered_w)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		n,
		DB_COLUMNS(DB_COLUMN_TEXT(c.task), DB_COLUMN_INT(c.aggregator), DB_COLUMN_INT(c.no),
			DB_COLUMN_INT(c.window), DB_COLUMN_INT(c.asked), DB_COLUMN_INT(c.measured),
			DB_COLUMN_INT(c.valid), DB_COLUMN_INT(c.delivered)));
}

/* Ends rows. */
static int read_rows(struct arena *a, struct db_rows *rows, struct assessment_rows *list)
{
	int rc;

	*list = (struct assessment_rows){ ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct assessment_row), 0 };
	while ((rc = db_next(rows)) > 0)
		list->item[list->n++] = (struct assessment_row){ .aggregator_no = (uint32_t)db_int(rows, 0),
			.aggregator_id = arena_strdup(a, db_text(rows, 1)),
			.no = (int32_t)db_int(rows, 2),
			.window = (enum window)db_int(rows, 3),
			.asked_w = db_int(rows, 4),
			.measured_w = db_int(rows, 5),
			.valid = db_int(rows, 6) != 0,
			.delivered_w = db_int(rows, 7) };
	db_rows_done(rows);
	return rc;
}

int assessment_load(struct arena *a, struct db *db, const char *task_id, struct assessment_rows *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT ORDER, DB_ARGS(DB_TEXT(task_id)), &rows);

	return rc < 0 ? rc : read_rows(a, rows, list);
}

int assessment_load_of(
	struct arena *a, struct db *db, const char *task_id, const char *aggregator_id, struct assessment_rows *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(
		db, SELECT " AND a.aggregator_id = ?" ORDER, DB_ARGS(DB_TEXT(task_id), DB_TEXT(aggregator_id)), &rows);

	return rc < 0 ? rc : read_rows(a, rows, list);
}
