/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/replay.h"
#include <stdlib.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "endpoint/outgoing.h"
#include "endpoint/passage.h"
#include "handler/alarm.h"
#include "store/replayed.h"
#include "store/spool.h"

enum { BATCH_BYTES = 1 << 20 };

struct replay {
	const struct endpoint *e;
	struct endpoint_worker *worker;
	struct arena *arena;
	struct spool_record record[ENDPOINT_BATCH];
	struct endpoint_exchange x[ENDPOINT_BATCH];
	struct bytes answer[ENDPOINT_BATCH];
	uint64_t done, refused, aside;
};

int replay_new(const struct endpoint *e, struct replay **replay)
{
	struct replay *r = calloc(1, sizeof *r);
	int rc = r ? endpoint_worker_new(e, &r->worker) : E_MEMORY;
	if (rc) {
		free(r);
		return rc;
	}
	r->e = e;
	r->arena = arena_new(0);
	*replay = r;
	return 0;
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	endpoint_worker_free(r->worker);
	arena_free(r->arena);
	for (size_t i = 0; i < ENDPOINT_BATCH; i++)
		bytes_done(&r->answer[i]);
	free(r);
}

static void told(struct endpoint_exchange *x) { (void)x; }

static void prepare(struct replay *r, size_t i)
{
	const struct spool_record *m = &r->record[i];
	bytes_clear(&r->answer[i]);
	r->x[i] = (struct endpoint_exchange){ .m = { .service = (enum service)m->service,
		.content_type = soap_content_type((enum soap_version)m->version), .body = m->body, .n = m->body_n,
		.peer_fingerprint = m->fingerprint, .peer_address = m->address, .received_us = m->received_us, .replayed = m },
		.alone = true, .answer = &r->answer[i], .done = told };
}

static int refuse(struct replay *r, const struct spool_record *m, int error)
{
	log_warn("replay-refused", "sender=%s message=%s operation=%s code=%s", m->sender, m->message_id, m->operation, error_code(error));
	int rc = replayed_refuse(r->worker->db, &(struct replayed){ .sender = m->sender, .message_id = m->message_id,
		.digest = m->digest, .operation = m->operation, .trace_id = m->trace_id, .received_us = m->received_us,
		.code = error_code(error) });
	if (rc)
		return rc;
	spool_done(r->e->hub->spool, m->no);
	r->refused++;
	r->done++;
	return 0;
}

static int alarm_of(struct replay *r, const struct spool_record *m, int error)
{
	struct db *db = r->worker->db;
	struct work w = { .arena = r->arena, .db = db, .hub = r->worker->hub, .now_ms = clock_business_ms(), .trace_id = m->trace_id,
			  .seq = VALUE_NONE, .encode = outgoing_encode, .codec = r->worker->out_codec };
	int rc = db_begin(db);
	if (rc)
		return rc;
	rc = alarm_raise(&w, "replay-aside", m->sender, m->message_id, arena_printf(r->arena, "%s received before could not be stored: %s",
		m->operation, error_code(error)));
	return db_end(db, rc);
}

/* Without the alarm, if it comes to that: the log, the files and the next start tell of it. */
static int set_aside(struct replay *r, const struct spool_record *m, int error)
{
	int rc = spool_set_aside(r->e->hub->spool, m->no, error_code(error));
	if (rc) {
		log_error("replay-stuck", "sender=%s message=%s code=%s cannot be set aside: %s", m->sender, m->message_id,
			error_code(error), error_code(rc));
		return rc;
	}
	r->aside++;
	r->done++;
	if ((rc = alarm_of(r, m, error)))
		log_error("replay-aside", "sender=%s message=%s code=%s without alarm: %s", m->sender, m->message_id, error_code(error),
			error_code(rc));
	return 0;
}

/* Whether it is over with the message; if not, why. */
static int settle(struct replay *r, size_t i)
{
	const struct spool_record *m = &r->record[i];
	int rc = r->x[i].rc, kept;
	if (!rc) {
		spool_done(r->e->hub->spool, m->no);
		r->done++;
		return 0;
	}
	if (error_kind(rc) == ERROR_KIND_RETRY)
		return rc;
	if ((kept = worker_database(r->worker)))        /* then nothing said of the message is to be believed */
		return kept;
	return error_kind(rc) == ERROR_KIND_INTERNAL ? set_aside(r, m, rc) : refuse(r, m, rc);
}

static int some(struct replay *r)
{
	size_t n;
	arena_reset(r->arena);
	int rc = spool_oldest(r->e->hub->spool, r->arena, ENDPOINT_BATCH, BATCH_BYTES, r->record, &n), first = 0;
	if (rc || n == 0)
		return rc ? rc : E_STORE_AWAY;  /* one that is just being written waits for the next time */
	for (size_t i = 0; i < n; i++)
		prepare(r, i);
	endpoint_serve_many(r->worker, r->x, n);
	for (size_t i = 0; i < n; i++) {
		rc = settle(r, i);
		first = first ? first : rc;
	}
	return first;
}

int replay_all(struct replay *r, bool (*stop)(void *arg), void *arg)
{
	struct spool *spool = r->e->hub->spool;
	int rc = 0;
	while (!rc && spool_waiting(spool) > 0)
		rc = stop && stop(arg) ? E_STOPPING : worker_database(r->worker) ? E_STORE_AWAY : some(r);
	if (r->done && !rc) {
		log_notice("replayed", "messages=%llu refused=%llu aside=%llu", (unsigned long long)r->done, (unsigned long long)r->refused, (unsigned long long)r->aside);
		r->done = r->refused = r->aside = 0;
	}
	return rc;
}
