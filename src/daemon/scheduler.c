/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "daemon/scheduler.h"
#include <pthread.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "channel/rounds.h"
#include "codec/soap/envelope.h"
#include "endpoint/answered.h"
#include "endpoint/outgoing.h"
#include "endpoint/replay.h"
#include "handler/alarm.h"
#include "handler/control.h"
#include "handler/dispatch.h"
#include "handler/hub_book.h"
#include "handler/ledger_request.h"
#include "handler/potential_push.h"
#include "handler/report.h"
#include "handler/settlement.h"
#include "handler/telemetry.h"
#include "security/digest.h"
#include "store/business_clock.h"
#include "store/ledger.h"

enum { CONFLICT_TRIES = 5, SELDOM_MS = 1000, TOLD_AGAIN_US = 60000000,
       TURN_MS = 1000 };        /* business time, which a trial holds still: then the other jobs have their turn, and this one in the next round */

/* In the order in which what is due at the same instant must be done. Each does one piece: 1 done, look again; 0 nothing is
 * due; negative error. */
static const struct { const char *name; int (*due)(struct work *w); } jobs[] = {
	{ "close-intervals", telemetry_close_intervals },
	{ "push-operation", telemetry_push_operation },
	{ "push-potential", potential_push_due },
	{ "start-task", dispatch_start_due },
	{ "expire-outbox", control_expire_due },
	{ "tell-parked", alarm_parked_due },
	{ "request-ledger", ledger_request_due },
	{ "follow-controls", control_follow_due },
	{ "revise-task", dispatch_revise_due },
	{ "settle-task", settlement_due },
	{ "report-day", report_due },
};

/* What was logged last of a job's failures, so that one that stays is not told at every tick. */
struct failure { int error; int64_t told_us; };

struct scheduler {
	struct scheduler_config config;
	struct rounds *rounds;
	pthread_mutex_t lock;           /* one pass at a time; guards what follows */
	const struct hub *hub;          /* of this round */
	struct db *db;
	struct codec *codec;
	struct arena *arena;
	struct ledger_cache *ledger;
	struct replay *replay;
	struct failure failure[sizeof jobs / sizeof *jobs];
};

static int ensure(struct scheduler *s)
{
	return s->db ? db_ensure(s->db) : db_open(&s->config.target, &s->db);
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
			  .seq = VALUE_NONE, .encode = outgoing_encode, .codec = s->codec, .ledger = s->ledger };
	int done = jobs[job].due(&w);
	if (done <= 0) {
		db_rollback(s->db);
		return done;
	}
	if (s->hub->checkpoint)
		s->hub->checkpoint(jobs[job].name);
	rc = db_commit(s->db);
	if (!rc && s->config.committed)
		s->config.committed(s->config.committed_arg);
	return rc ? rc : done;
}

/* Once when it begins, then once a minute; and when it is over. */
static void tell(struct scheduler *s, size_t job, int rc)
{
	struct failure *f = &s->failure[job];
	int64_t now_us = clock_monotonic_us();
	if (rc == f->error && (!rc || now_us - f->told_us < TOLD_AGAIN_US))
		return;
	if (rc)
		log_error("job-failed", "job=%s code=%s", jobs[job].name, error_code(rc));
	else
		log_notice("job-recovered", "job=%s code=%s", jobs[job].name, error_code(f->error));
	*f = (struct failure){ rc, now_us };
}

/* All pieces of a job, or what it does in its turn, counted in *done. A piece whose commit is uncertain is looked for again: it is either marked done or still due. */
static int run_job(struct scheduler *s, size_t job, int64_t *done)
{
	int64_t until_ms = clock_business_ms() + TURN_MS;
	int rc = 1, conflicts = 0;
	while (rc && !rounds_ended(s->rounds) && clock_business_ms() < until_ms) {
		rc = run_piece(s, job);
		if (rc > 0) {
			conflicts = 0;
			++*done;
		} else if (rc < 0 && ((rc != E_STORE_CONFLICT && rc != E_STORE_UNCERTAIN) || ++conflicts == CONFLICT_TRIES))
			break;
	}
	if (rc <= 0)
		tell(s, job, rc);
	log_set_trace(NULL);
	return rounds_ended(s->rounds) ? E_STOPPING : rc > 0 ? 0 : rc;
}

static bool ended(void *arg) { return rounds_ended(((struct scheduler *)arg)->rounds); }

/* A job that fails does not hold up the others, unless it is the database that does not answer. The first error. */
static int run_jobs(struct scheduler *s, int64_t *done)
{
	int rc = 0, first = 0;
	for (size_t i = 0; rc != E_STORE_AWAY && rc != E_STOPPING && i < sizeof jobs / sizeof *jobs; i++) {
		rc = run_job(s, i, done);
		first = first ? first : rc;
	}
	return first;
}

static int run_round(struct scheduler *s, int64_t *done)
{
	*done = 0;
	s->hub = s->config.book ? hub_book_take(s->config.book, s->hub) : s->config.hub;
	int rc = s->replay ? replay_all(s->replay, ended, s) : 0;       /* what came before the outage ended comes before what is due now */
	if (rc)
		return rc;
	rc = run_jobs(s, done);
	int noted = rc == E_STORE_AWAY ? 0 : answered_note(s->config.answered, s->db);
	return rc ? rc : noted;
}

/* A job may make work for one before it: rounds, until one finds nothing; while messages come that make work, that may be long. Answer
 * times are noted here too, so that nothing changes any more once a pass is over and no message comes. */
static int pass_locked(struct scheduler *s)
{
	int rc = ensure(s);
	for (int64_t done = 1; !rc && done;)
		rc = run_round(s, &done);
	return rc;
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
	int rc = ts_ms < clock_business_ms() ? E_TIME_ORDER : ts_ms > CLOCK_LATEST_MS ? E_RANGE : ensure(s);
	if (!rc && ts_ms > clock_business_ms())
		rc = business_clock_save(s->db, ts_ms);
	if (!rc)
		rc = clock_business_set(ts_ms);
	if (!rc)
		rc = pass_locked(s);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

/* A pass does all that is due. */
static bool pass(void *arg)
{
	scheduler_pass(arg);
	return false;
}

static void release(struct scheduler *s)
{
	if (s->config.book)
		hub_book_give(s->config.book, s->hub);
	db_close(s->db);
	codec_free(s->codec);
	ledger_cache_free(s->ledger);
	replay_free(s->replay);
	arena_free(s->arena);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int scheduler_start(const struct scheduler_config *config, struct scheduler **scheduler)
{
	struct scheduler *s = calloc(1, sizeof *s);
	if (!s)
		return E_MEMORY;
	s->config = *config;
	s->arena = arena_new(0);
	s->codec = codec_new(NULL);
	s->ledger = ledger_cache_new();
	pthread_mutex_init(&s->lock, NULL);
	int rc = config->endpoint ? replay_new(config->endpoint, &s->replay) : 0;
	if (rc || !s->codec || !s->ledger || rounds_start("scheduler", pass, s, config->tick_ms, SELDOM_MS, &s->rounds)) {
		release(s);
		return E_MEMORY;
	}
	*scheduler = s;
	return 0;
}

void scheduler_wake(struct scheduler *s)
{
	rounds_ring(s->rounds);
}

void scheduler_stop(struct scheduler *s)
{
	if (!s)
		return;
	rounds_stop(s->rounds);
	if (!ensure(s))
		answered_note(s->config.answered, s->db);       /* of the last messages before the drain */
	release(s);
}
