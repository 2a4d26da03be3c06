/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "daemon/scheduler.h"
#include <pthread.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "codec/soap/envelope.h"
#include "endpoint/answered.h"
#include "endpoint/outgoing.h"
#include "handler/control.h"
#include "handler/dispatch.h"
#include "handler/report.h"
#include "handler/settlement.h"
#include "handler/telemetry.h"
#include "security/digest.h"
#include "store/business_clock.h"
#include "store/ledger.h"

enum { CONFLICT_TRIES = 5 };

/* In the order in which what is due at the same instant must be done. Each does one piece: 1 done, look again; 0 nothing is
 * due; negative error. */
static const struct { const char *name; int (*due)(struct work *w); } jobs[] = {
	{ "close-intervals", telemetry_close_intervals },
	{ "push-operation", telemetry_push_operation },
	{ "start-task", dispatch_start_due },
	{ "settle-task", settlement_due },
	{ "expire-outbox", control_expire_due },
	{ "report-day", report_due },
};

struct scheduler {
	struct db_target target;
	const struct hub *hub;
	struct answered *answered;
	int64_t tick_ms;
	pthread_t thread;
	pthread_mutex_t lock;           /* one pass at a time; guards what follows */
	pthread_cond_t wake;
	bool stop;
	struct db *db;
	struct codec *codec;
	struct arena *arena;
	struct ledger_cache *ledger;
};

static int ensure(struct scheduler *s)
{
	return s->db ? db_ensure(s->db) : db_open(&s->target, &s->db);
}

static int run_piece(struct scheduler *s, size_t job)
{
	char trace[RANDOM_NAME];
	int rc = random_name(trace);
	arena_reset(s->arena);
	log_set_trace(trace);
	if (!rc)
		rc = db_begin(s->db);
	if (rc)
		return rc;
	struct work w = { .arena = s->arena, .db = s->db, .hub = s->hub, .now_ms = clock_business_ms(), .trace_id = trace,
			  .seq = VALUE_NONE, .encode = outgoing_encode, .codec = s->codec,
			  .ledger = s->ledger };
	int done = jobs[job].due(&w);
	if (done <= 0) {
		db_rollback(s->db);
		return done;
	}
	if (s->hub->checkpoint)
		s->hub->checkpoint(jobs[job].name);
	rc = db_commit(s->db);
	return rc ? rc : done;
}

/* All pieces of a job. A piece whose commit is uncertain is looked for again: it is either marked done or still due. */
static int run_job(struct scheduler *s, size_t job)
{
	int rc, conflicts = 0;
	while ((rc = run_piece(s, job)) != 0) {
		if (rc > 0)
			continue;
		if ((rc == E_STORE_CONFLICT || rc == E_STORE_UNCERTAIN) && ++conflicts < CONFLICT_TRIES)
			continue;
		log_error("job-failed", "job=%s code=%s", jobs[job].name, error_code(rc));
		return rc;
	}
	return 0;
}

/* A job that fails does not hold up the others, unless it is the database that does not answer. The first error. */
static int pass_locked(struct scheduler *s)
{
	int rc = ensure(s), first = 0;
	if (rc)
		return rc;
	for (size_t i = 0; rc != E_STORE_AWAY && i < sizeof jobs / sizeof *jobs; i++) {
		rc = run_job(s, i);
		first = first ? first : rc;
	}
	return first;
}

int scheduler_pass(struct scheduler *s)
{
	pthread_mutex_lock(&s->lock);
	int rc = pass_locked(s);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int scheduler_set_time(struct scheduler *s, int64_t ts_ms)
{
	pthread_mutex_lock(&s->lock);
	int rc = ts_ms < clock_business_ms() ? E_TIME_ORDER : ensure(s);
	if (!rc && ts_ms > clock_business_ms())
		rc = business_clock_save(s->db, ts_ms);
	if (!rc)
		rc = clock_business_set(ts_ms);
	if (!rc)
		rc = pass_locked(s);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

static void note_answered(struct scheduler *s)
{
	if (ensure(s) == 0)
		answered_note(s->answered, s->db);
}

static void *run(void *arg)
{
	struct scheduler *s = arg;
	log_set_principal("scheduler");
	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		pass_locked(s);
		note_answered(s);
		int64_t until_us = clock_machine_us() + s->tick_ms * 1000;
		struct timespec until = { until_us / 1000000, until_us % 1000000 * 1000 };
		if (!s->stop)
			pthread_cond_timedwait(&s->wake, &s->lock, &until);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

int scheduler_start(const struct db_target *target, const struct hub *hub, struct answered *answered, int64_t tick_ms,
		    struct scheduler **scheduler)
{
	struct scheduler *s = calloc(1, sizeof *s);
	if (!s)
		return E_MEMORY;
	s->target = *target;
	s->hub = hub;
	s->answered = answered;
	s->tick_ms = tick_ms;
	s->arena = arena_new(0);
	s->codec = codec_new(NULL);
	s->ledger = ledger_cache_new();
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	if (!s->codec || !s->ledger || pthread_create(&s->thread, NULL, run, s)) {
		codec_free(s->codec);
		ledger_cache_free(s->ledger);
		arena_free(s->arena);
		free(s);
		return E_MEMORY;
	}
	*scheduler = s;
	return 0;
}

void scheduler_stop(struct scheduler *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	note_answered(s);
	db_close(s->db);
	db_thread_end();
	codec_free(s->codec);
	ledger_cache_free(s->ledger);
	arena_free(s->arena);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->wake);
	free(s);
}
