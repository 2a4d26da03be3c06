/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <pthread.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "store/journal.h"

enum { ANSWER_MOST = (1 << 24) - 1,     /* MEDIUMBLOB */
       BLOCK = 4096 };                  /* numbers taken from the database at a time; a restart skips what is left of them */

/* -- numbers */
struct journal_numbers {
	pthread_mutex_t lock;
	int64_t next, end;
};

struct journal_numbers *journal_numbers_new(void)
{
	struct journal_numbers *numbers = calloc(1, sizeof *numbers);

	if (numbers != NULL)
		pthread_mutex_init(&numbers->lock, NULL);
	return numbers;
}

void journal_numbers_free(struct journal_numbers *numbers)
{
	if (numbers == NULL)
		return;
	pthread_mutex_destroy(&numbers->lock);
	free(numbers);
}

/* Another daemon at the same database takes other blocks: the row is locked between the two statements. */
static int take_block(struct db *db, int64_t *next)
{
	int rc = db_begin(db);

	if (rc < 0)
		return rc;
	rc = db_query_int(db, "SELECT next FROM journal_number WHERE id = 1 FOR UPDATE", DB_NO_ARGS, next);
	if (rc == 0)
		rc = db_matched_one(db, db_exec(db, "UPDATE journal_number SET next = ? WHERE id = 1", DB_ARGS(DB_INT(*next + BLOCK))));
	rc = db_end(db, rc);
	if (rc != E_NOTHING)
		return rc;
	log_error("db-misuse", "journal_number has no row");
	return E_INTERNAL;
}

int journal_numbers_take(struct journal_numbers *numbers, struct db *db, int64_t n, int64_t *first)
{
	int64_t next;
	int rc = 0;

	pthread_mutex_lock(&numbers->lock);
	if (numbers->end - numbers->next < n) {
		rc = take_block(db, &next);
		if (rc == E_STORE_UNCERTAIN)    /* the block is lost or was never taken: either is well */
			rc = E_STORE_AWAY;
		if (rc == 0) {
			numbers->next = next;
			numbers->end = next + BLOCK;
		}
	}
	*first = numbers->next;
	if (rc == 0)
		numbers->next += n;
	pthread_mutex_unlock(&numbers->lock);
	return rc;
}

/* -- rows */
#define INSERT "INSERT INTO message (seq, sender, message_id, service, operation, revision, digest, conversation_id, correlation_id," \
	" trace_id, business_date, created_ms, received_us, checked_us, bytes_in, status, items_in, items_stored, answer, stored_us)" \
	" VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"

static int insert_one(struct db *db, const struct journal_row *row, int64_t now_us)
{
	const struct journal_message *m = &row->message;
	const struct journal_result *r = &row->result;

	return db_exec(db, INSERT,
		DB_ARGS(DB_INT(row->seq), DB_TEXT(m->sender), DB_TEXT(m->message_id), DB_TEXT(m->service), DB_TEXT(m->operation),
			DB_INT(m->revision), DB_BYTES(m->digest, JOURNAL_DIGEST), DB_TEXT(m->conversation_id),
			DB_TEXT(m->correlation_id), DB_TEXT(m->trace_id), DB_DATE(m->business_date), DB_INT(m->created_ms),
			DB_INT(m->received_us), DB_INT(m->checked_us), DB_INT(m->bytes_in), DB_TEXT(journal_status_name(r->status)),
			DB_INT(r->items_in), DB_INT(r->items_stored), DB_BYTES(r->answer, r->answer_n), DB_INT(now_us)));
}

/* One array a column. */
struct columns {
	int64_t seq[JOURNAL_BATCH], revision[JOURNAL_BATCH], created_ms[JOURNAL_BATCH], received_us[JOURNAL_BATCH], checked_us[JOURNAL_BATCH],
		bytes_in[JOURNAL_BATCH], items_in[JOURNAL_BATCH], items_stored[JOURNAL_BATCH], stored_us[JOURNAL_BATCH];
	const char *sender[JOURNAL_BATCH], *message_id[JOURNAL_BATCH], *service[JOURNAL_BATCH], *operation[JOURNAL_BATCH],
		*conversation_id[JOURNAL_BATCH], *correlation_id[JOURNAL_BATCH], *trace_id[JOURNAL_BATCH], *status[JOURNAL_BATCH];
	const void *digest[JOURNAL_BATCH], *answer[JOURNAL_BATCH];
	size_t digest_n[JOURNAL_BATCH], answer_n[JOURNAL_BATCH];
	int32_t business_date[JOURNAL_BATCH];
};

static void put_row(struct columns *c, size_t i, const struct journal_row *row, int64_t now_us)
{
	const struct journal_message *m = &row->message;
	const struct journal_result *r = &row->result;

	c->seq[i] = row->seq;
	c->sender[i] = m->sender;
	c->message_id[i] = m->message_id;
	c->service[i] = m->service;
	c->operation[i] = m->operation;
	c->revision[i] = m->revision;
	c->digest[i] = m->digest;
	c->digest_n[i] = JOURNAL_DIGEST;
	c->conversation_id[i] = m->conversation_id;
	c->correlation_id[i] = m->correlation_id;
	c->trace_id[i] = m->trace_id;
	c->business_date[i] = m->business_date;
	c->created_ms[i] = m->created_ms;
	c->received_us[i] = m->received_us;
	c->checked_us[i] = m->checked_us;
	c->bytes_in[i] = m->bytes_in;
	c->status[i] = journal_status_name(r->status);
	c->items_in[i] = r->items_in;
	c->items_stored[i] = r->items_stored;
	c->answer[i] = r->answer;
	c->answer_n[i] = r->answer_n;
	c->stored_us[i] = now_us;
}

static int insert_many(struct arena *a, struct db *db, const struct journal_row *row, size_t n, int64_t now_us)
{
	struct columns *c = ARENA_NEW(a, struct columns);

	for (size_t i = 0; i < n; i++)
		put_row(c, i, &row[i], now_us);
	return db_exec_bulk(db, INSERT, n, DB_COLUMNS(
		DB_COLUMN_INT(c->seq), DB_COLUMN_TEXT(c->sender), DB_COLUMN_TEXT(c->message_id), DB_COLUMN_TEXT(c->service),
		DB_COLUMN_TEXT(c->operation), DB_COLUMN_INT(c->revision), DB_COLUMN_BYTES(c->digest, c->digest_n),
		DB_COLUMN_TEXT(c->conversation_id), DB_COLUMN_TEXT(c->correlation_id), DB_COLUMN_TEXT(c->trace_id),
		DB_COLUMN_DATE(c->business_date), DB_COLUMN_INT(c->created_ms), DB_COLUMN_INT(c->received_us),
		DB_COLUMN_INT(c->checked_us), DB_COLUMN_INT(c->bytes_in), DB_COLUMN_TEXT(c->status), DB_COLUMN_INT(c->items_in),
		DB_COLUMN_INT(c->items_stored), DB_COLUMN_BYTES(c->answer, c->answer_n), DB_COLUMN_INT(c->stored_us)));
}

int journal_write(struct arena *a, struct db *db, const struct journal_row *row, size_t n)
{
	int64_t now_us = clock_machine_us();
	int rc;

	if (!db_in_transaction(db) || n > JOURNAL_BATCH) {
		log_error("db-misuse", "journal_write without a transaction, or of %zu rows", n);
		return E_INTERNAL;
	}
	for (size_t i = 0; i < n; i++)
		if (row[i].result.answer_n > ANSWER_MOST)
			return E_TOO_LARGE;
	rc = n == 1 ? insert_one(db, row, now_us) : insert_many(a, db, row, n, now_us);
	return rc == E_DUPLICATE_KEY ? E_STORE_CONFLICT : rc;
}
