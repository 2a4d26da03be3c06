/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "sim/play.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "security/tls.h"
#include "sim/record.h"
#include "sim/scene.h"

enum {
	ARENA_BLOCK = 1 << 20, SCRATCH_BLOCK = 1 << 16,
	LEDGER_BEFORE_NOON_MIN = 60,
	CONTROL_MINUTE = WORLD_CONTROL_STEP * WORLD_STEP_S / 60,
	SETTLE_S = 5,                   /* so long after a minute the hub makes its totals */
	OUTBOX_WAIT_MS = 20000, OUTBOX_PAUSE_MS = 20
};

/* ---- shared by the parts */

struct message_from office_from(struct play *p, const struct office *o)
{
	arena_reset(p->scratch);
	return (struct message_from){ p->scratch, p->world, o->name, p->now_ms };
}

struct header *question(const struct message_from *from, int64_t *polls)
{
	return message_header(from, arena_printf(from->arena, "Q-%s-%s-%" PRId64, from->sender,
						 message_day(from->arena, from->world->date), ++*polls));
}

static int tell(struct play *p, int rc, const char *what)
{
	if (rc)
		progress_problem(p->progress, "%s: %s", what, error_text_en(rc));
	return rc;
}

int play_set_clock(struct play *p, int64_t ts_ms)
{
	int rc = timekeeper_set(p->timekeeper, ts_ms);

	if (rc == E_TIME_ORDER)
		progress_problem(p->progress, "the hub's clock is ahead: a day was played on it before");
	else if (rc && rc != E_STOPPING)
		tell(p, rc, p->options->clock);
	if (!rc)
		p->now_ms = ts_ms;
	return rc;
}

static int64_t minute_ms(const struct play *p, int minute)
{
	return p->world->grid.start_ms + (int64_t)minute * MS_MINUTE;
}

/* ---- scenes */

static int everybody(struct play *p, crew_fn *fn) { return crew_run(p->crew, fn, p); }

static int publish_and_fetch(struct play *p)
{
	int rc = trading_publish(p);

	return rc ? rc : everybody(p, agent_fetch_notice);
}

static int bid(struct play *p) { return everybody(p, agent_bid); }

static int report_needs(struct play *p)
{
	int rc = tell(p, record_sessions(p->options->sent, p->world), "sessions.csv");

	if (!rc)
		rc = everybody(p, agent_report_sessions);
	if (!rc)
		progress_event(p->progress, p->now_ms, "needs of %zu vehicles reported", p->world->n_sessions);
	return rc;
}

/* The clock stands until everybody has its curves. */
static int take_control(struct play *p)
{
	int64_t rows = 0;
	int rc = everybody(p, agent_fetch_control);

	if (!rc)
		rc = agents_follow(p);
	if (!rc)
		rc = everybody(p, agent_acknowledge_control);
	for (size_t i = 0; i < WORLD_AGGREGATORS; i++)
		rows += p->agent[i].rows;
	if (!rc)
		progress_event(p->progress, p->now_ms, "control curves fetched and acknowledged, %" PRId64 " values",
			       rows);
	return rc;
}

/* What happens when the frames of a minute of the day are answered. */
static const struct scene { int minute; int (*play)(struct play *p); } scenes[] = {
	{ 50, dispatch_ask_potential },         /* 12:50 */
	{ 60, publish_and_fetch },              /* 13:00 */
	{ 120, bid },                           /* 14:00 */
	{ 180, trading_clear },                 /* 15:00 */
	{ 330, report_needs },                  /* 17:30 */
	{ 335, dispatch_ask_potential },        /* 17:35 */
	{ 340, dispatch_set_tasks },            /* 17:40 */
	{ CONTROL_MINUTE, take_control },       /* 18:00 */
};

static int play_scenes(struct play *p)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(scenes) / sizeof(*scenes) && !rc; i++)
		if (scenes[i].minute == p->minute)
			rc = scenes[i].play(p);
	return rc;
}

/* ---- the course of the day */

/* 11:00: who there is, and what the meters showed on all days but the last, which ends at noon. */
static int morning(struct play *p)
{
	int rc = play_set_clock(p, p->world->grid.start_ms - (int64_t)LEDGER_BEFORE_NOON_MIN * MS_MINUTE);

	if (!rc)
		rc = tell(p, record_ledger(p->options->sent, p->world), "ledger.csv");
	if (!rc)
		rc = everybody(p, agent_report_ledger);
	if (!rc)
		progress_event(p->progress, p->now_ms, "ledger of %zu piles at %zu stations reported",
			       p->world->n_piles, p->world->n_stations);
	if (!rc)
		rc = tell(p, record_history(p->options->sent, p->world), "history.csv");
	return rc ? rc : trading_send_history(p, WORLD_HISTORY_DAYS, 2);
}

/* 12:00: the last day of the history is over; now aggregators can say what they are able to. */
static int noon(struct play *p)
{
	int rc = play_set_clock(p, p->world->grid.start_ms);

	if (!rc)
		rc = trading_send_history(p, 1, 1);
	if (!rc)
		progress_event(p->progress, p->now_ms, "meter values of %d days sent", WORLD_HISTORY_DAYS);
	return rc ? rc : everybody(p, agent_report_capability);
}

/* The batteries live until the end of this minute. */
static int live(struct play *p, int minute)
{
	int rc = 0;

	while (p->lived < (size_t)minute && !rc) {
		rc = tell(p, physics_minute(p->physics, p->lived, p->power_w[(p->lived + 1) % 2]), "batteries");
		p->lived++;
	}
	return rc;
}

/* Frames go out while the batteries live the next minute; not into control that is not known yet. */
static int send_frames(struct play *p)
{
	int rc = live(p, p->minute), sent;

	if (rc)
		return rc;
	crew_start(p->crew, agent_report_frame, p);
	if (p->minute != CONTROL_MINUTE && p->minute < WORLD_MINUTES)
		rc = live(p, p->minute + 1);
	sent = crew_wait(p->crew);
	for (size_t i = 0; i < WORLD_AGGREGATORS; i++)
		p->frames += !world_is_silent(p->world, i, p->now_ms);
	return sent ? sent : rc;
}

static int play_minute(struct play *p)
{
	int rc = play_set_clock(p, minute_ms(p, p->minute));

	if (!rc)
		rc = send_frames(p);
	if (!rc)
		rc = play_scenes(p);
	if (!rc)
		rc = play_set_clock(p, minute_ms(p, p->minute) + (int64_t)SETTLE_S * MS_SECOND);
	return rc;
}

static int play_minutes(struct play *p)
{
	int rc = 0;

	for (p->minute = 1; p->minute <= WORLD_MINUTES && !rc; p->minute++) {
		if (atomic_load(p->options->stop))
			return E_STOPPING;
		rc = play_minute(p);
		if (!rc)
			progress_minute(p->progress, minute_ms(p, p->minute), p->minute, WORLD_MINUTES, p->frames,
					atomic_load(&p->common.retries) + timekeeper_retries(p->timekeeper));
	}
	return rc;
}

/* What the hub still has to tell the dispatch system, it tells within a while. */
static int await_outbox(struct play *p)
{
	for (int waited = 0; waited < OUTBOX_WAIT_MS; waited += OUTBOX_PAUSE_MS) {
		if (sink_minutes(p->sink) == WORLD_MINUTES && sink_heard(p->sink, p->task_id, TASK_STATE_SETTLED))
			return 0;
		clock_sleep_ms(OUTBOX_PAUSE_MS);
	}
	progress_problem(p->progress, "dispatch was told %" PRId64 " of %d minutes and %s the end of the task",
			 sink_minutes(p->sink), WORLD_MINUTES,
			 sink_heard(p->sink, p->task_id, TASK_STATE_SETTLED) ? "heard" : "not");
	return E_TIMEOUT;
}

static int evening(struct play *p)
{
	int rc = tell(p, record_batteries(p->options->sent, p->world, p->physics), "batteries.csv");

	if (!rc)
		rc = dispatch_await_settled(p);
	if (!rc)
		rc = everybody(p, agent_ask_results);
	if (!rc)
		rc = dispatch_ask_assessment(p);
	if (!rc)
		rc = trading_compare_statements(p);
	return rc ? rc : await_outbox(p);
}

static int course(struct play *p)
{
	int rc = morning(p);

	if (!rc)
		rc = noon(p);
	if (!rc)
		rc = play_minutes(p);
	return rc ? rc : evening(p);
}

/* ---- setting the stage */

static int load_tls(struct play *p, const char *name, struct tls **tls)
{
	struct tls_error why = { "" };
	const char *pki = p->options->pki;
	struct tls_files files = { .certificate = arena_printf(p->arena, "%s/%s.pem", pki, name),
		.key = arena_printf(p->arena, "%s/%s.key", pki, name), .trust = arena_printf(p->arena, "%s/ca.pem", pki) };
	int rc = tls_client_new(&files, tls, &why);

	if (rc)
		progress_problem(p->progress, "%s", why.text);
	return rc;
}

static int open_office(struct play *p, struct office *o, const char *name, const struct link_address *at,
	enum service service)
{
	int rc = load_tls(p, name, &o->tls);

	o->name = name;
	return rc ? rc : tell(p, link_new(&p->common, o->tls, at, service, name, &o->link), name);
}

static int open_agent(struct play *p, size_t number)
{
	struct agent *g = &p->agent[number];
	int rc;

	g->play = p;
	g->number = number;
	g->is = &p->world->aggregator[number];
	g->arena = arena_new(SCRATCH_BLOCK);
	g->scratch = arena_new(SCRATCH_BLOCK);
	message_frame_init(&g->frame, g->arena, p->world, number);
	rc = load_tls(p, g->is->id, &g->tls);
	if (!rc)
		rc = tell(p, link_new(&p->common, g->tls, &p->options->aggregator, SERVICE_AGGREGATOR, g->is->id,
				      &g->link), g->is->id);
	return rc;
}

static int draw_world(struct play *p)
{
	const struct world_options from = { p->options->trial_dir, p->options->data_dir };
	const char *problem = NULL;
	int rc = world_new(p->arena, p->options->seed, &from, &p->world, &problem);

	if (rc)
		return tell(p, rc, problem ? problem : "world");
	p->physics = physics_new(p->arena, p->world, p->world->session, p->world->n_sessions);
	p->power_w[0] = ARENA_ARRAY(p->arena, p->world->n_piles, int64_t);
	p->power_w[1] = ARENA_ARRAY(p->arena, p->world->n_piles, int64_t);
	return 0;
}

static int open_dispatch(struct play *p)
{
	struct sink_error why = { "" };
	int rc = open_office(p, &p->dispatch, MESSAGE_DISPATCH, &p->options->dispatch, SERVICE_DISPATCH);

	if (rc)
		return rc;
	rc = sink_start(SERVICE_DISPATCH_SINK, &p->options->sink, p->options->pki, MESSAGE_DISPATCH, p->counts, &p->sink, &why);
	if (!rc && *p->options->trading_sink.host)
		rc = sink_start(SERVICE_TRADING_PLATFORM, &p->options->trading_sink, p->options->pki, MESSAGE_TRADING, p->counts,
				&p->trading_sink, &why);
	if (rc)
		progress_problem(p->progress, "%s", why.text);
	return rc;
}

/* The folder of the own record, without what an earlier play left in it. */
static int make_folder(struct play *p)
{
	static const char *const files[] = { "ledger.csv", "history.csv", "sessions.csv", "target.csv", "batteries.csv",
		"messages.csv" };
	const char *folder = p->options->sent;
	bool failed = mkdir(folder, 0777) && errno != EEXIST;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && !failed; i++)
		failed = unlink(arena_printf(p->arena, "%s/%s", folder, files[i])) && errno != ENOENT;
	if (!failed)
		return 0;
	progress_problem(p->progress, "%s: %s", folder, strerror(errno));
	return E_IO;
}

static int open_play(struct play *p)
{
	int rc = make_folder(p);

	if (!rc)
		rc = draw_world(p);
	if (!rc)
		rc = tell(p, timekeeper_new(p->options->clock, p->options->patience_s * 1000, p->options->stop,
					    &p->timekeeper), p->options->clock);
	if (!rc)
		rc = open_dispatch(p);
	if (!rc)
		rc = open_office(p, &p->trading, MESSAGE_TRADING, &p->options->trading, SERVICE_TRADING);
	for (size_t i = 0; i < WORLD_AGGREGATORS && !rc; i++)
		rc = open_agent(p, i);
	return rc ? rc : tell(p, crew_new(WORLD_AGGREGATORS, &p->crew), "threads");
}

static void close_office(struct office *o)
{
	link_free(o->link);
	tls_free(o->tls);
}

static void close_play(struct play *p)
{
	crew_free(p->crew);
	for (size_t i = 0; i < WORLD_AGGREGATORS; i++) {
		link_free(p->agent[i].link);
		tls_free(p->agent[i].tls);
		arena_free(p->agent[i].arena);
		arena_free(p->agent[i].scratch);
	}
	close_office(&p->dispatch);
	close_office(&p->trading);
	sink_free(p->sink);
	sink_free(p->trading_sink);
	timekeeper_free(p->timekeeper);
	counts_free(p->counts);
	progress_free(p->progress);
	arena_free(p->arena);
	arena_free(p->scratch);
	free(p);
}

/* The counts are written however the play ended; after a good end they are complete. */
static int perform(struct play *p)
{
	int rc = open_play(p), written;

	if (rc)
		return rc;
	rc = course(p);
	written = tell(p, counts_write(p->counts, p->options->sent), "messages.csv");
	if (rc == E_STOPPING)
		progress_problem(p->progress, "interrupted");
	if (!rc)
		summary_print(p);
	return rc ? rc : written;
}

enum play_result play_day(const struct play_options *options)
{
	struct play *p = calloc(1, sizeof(*p));
	enum play_result result = PLAY_FAILED;

	if (!p)
		return PLAY_FAILED;
	p->options = options;
	p->arena = arena_new(ARENA_BLOCK);
	p->scratch = arena_new(SCRATCH_BLOCK);
	p->progress = progress_new(options->quiet);
	p->counts = counts_new();
	p->common.patience_ms = options->patience_s * 1000;
	p->common.stop = options->stop;
	p->common.counts = p->counts;
	p->common.progress = p->progress;
	if (p->progress && p->counts)
		result = perform(p) == 0 ? PLAY_DONE : p->refused ? PLAY_TASK_REFUSED : PLAY_FAILED;
	close_play(p);
	return result;
}
