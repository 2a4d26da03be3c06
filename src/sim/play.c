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
	OUTBOX_WAIT_MS = 20000, OUTBOX_PAUSE_MS = 20, PUSH_PAUSE_MS = 150
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

int play_tell(struct play *p, int rc, const char *what)
{
	if (rc)
		progress_problem(p->progress, "%s: %s", what, error_text_en(rc));
	return rc;
}

int play_set_clock(struct play *p, int64_t ts_ms)
{
	int rc = timekeeper_set(p->timekeeper, ts_ms);

	if (rc == E_TIME_ORDER)
		progress_problem(p->progress, "the hub's clock is past this step of the day: a day was played on it, or it was set; begin with a new trial");
	else if (rc && rc != E_STOPPING)
		play_tell(p, rc, p->options->clock);
	if (!rc)
		p->now_ms = ts_ms;
	return rc;
}

static int64_t minute_ms(const struct play *p, int minute)
{
	return p->world->grid.start_ms + (int64_t)minute * MS_MINUTE;
}

/* ---- scenes */

static int in_scene(void *context, size_t member)
{
	struct play *p = context;

	return play_has(p, (int)member) ? p->scene(p, member) : 0;
}

static int everybody(struct play *p, crew_fn *fn)
{
	p->scene = fn;
	return crew_run(p->crew, in_scene, p);
}

static int publish_and_fetch(struct play *p)
{
	int rc = play_has(p, CAST_TRADING) ? trading_publish(p) : 0;

	return rc ? rc : everybody(p, agent_fetch_notice);
}

static int bid(struct play *p) { return everybody(p, agent_bid); }
static int clear(struct play *p) { return play_has(p, CAST_TRADING) ? trading_clear(p) : 0; }
static int ask_potential(struct play *p) { return play_has(p, CAST_DISPATCH) ? dispatch_ask_potential(p) : 0; }
static int set_tasks(struct play *p) { return play_has(p, CAST_DISPATCH) ? dispatch_set_tasks(p) : 0; }

static int report_needs(struct play *p)
{
	int rc = play_tell(p, record_sessions(p->options->sent, p->world), "sessions.csv");
	size_t n = 0;

	for (size_t i = 0; i < p->world->n_sessions; i++)
		n += play_has(p, (int)p->world->station[p->world->pile[p->world->session[i].pile].station].aggregator);
	if (!rc)
		rc = everybody(p, agent_report_sessions);
	if (!rc && n)
		progress_event(p->progress, p->now_ms, "needs of %zu vehicles reported", n);
	return rc;
}

/* The clock stands until everybody has its curves; beside others' software they are seen to as they come. */
static int take_control(struct play *p)
{
	int64_t rows = 0;
	int rc;

	if (play_is_mock(p))
		return 0;
	rc = everybody(p, agent_fetch_control);
	if (!rc)
		rc = agents_follow(p);
	for (size_t i = 0; i < WORLD_AGGREGATORS && !rc; i++) {
		counts_taken(p->counts, p->agent[i].is->id, "Control", true, p->agent[i].rows);
		rows += p->agent[i].rows;
	}
	if (!rc)
		rc = everybody(p, agent_acknowledge_control);
	if (!rc)
		progress_event(p->progress, p->now_ms, "control curves fetched and acknowledged, %" PRId64 " values",
			       rows);
	return rc;
}

/* What happens when the frames of a minute of the day are answered. */
static const struct scene { int minute; int (*play)(struct play *p); } scenes[] = {
	{ 50, ask_potential },                  /* 12:50 */
	{ 60, publish_and_fetch },              /* 13:00 */
	{ 120, bid },                           /* 14:00 */
	{ 180, clear },                         /* 15:00 */
	{ 330, report_needs },                  /* 17:30 */
	{ 335, ask_potential },                 /* 17:35 */
	{ 340, set_tasks },                     /* 17:40 */
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

/* The ledgers of those that are played. */
static int report_ledgers(struct play *p)
{
	size_t piles = 0, stations = 0;
	int rc = everybody(p, agent_report_ledger);

	for (int i = 0; i < WORLD_AGGREGATORS; i++)
		if (play_has(p, i)) {
			piles += p->world->aggregator[i].n_piles;
			stations += p->world->aggregator[i].n_stations;
		}
	if (!rc && piles)
		progress_event(p->progress, p->now_ms, "ledger of %zu piles at %zu stations reported", piles, stations);
	return rc;
}

/* 11:00: who there is, and what the meters showed on all days but the last, which ends at noon. */
static int morning(struct play *p)
{
	int rc = play_set_clock(p, p->world->grid.start_ms - (int64_t)LEDGER_BEFORE_NOON_MIN * MS_MINUTE);

	p->minute = -LEDGER_BEFORE_NOON_MIN;
	if (!rc)
		rc = play_tell(p, record_ledger(p->options->sent, p->world), "ledger.csv");
	if (!rc)
		rc = report_ledgers(p);
	if (!rc)
		rc = play_tell(p, record_history(p->options->sent, p->world), "history.csv");
	return rc || !play_has(p, CAST_TRADING) ? rc : trading_send_history(p, WORLD_HISTORY_DAYS, 2);
}

/* 12:00: the last day of the history is over; now aggregators can say what they are able to. */
static int noon(struct play *p)
{
	int rc = play_set_clock(p, p->world->grid.start_ms);

	p->minute = 0;
	if (!rc)
		rc = stage_services(p);
	if (!rc && play_has(p, CAST_TRADING))
		rc = trading_send_history(p, 1, 1);
	if (!rc && play_has(p, CAST_TRADING))
		progress_event(p->progress, p->now_ms, "meter values of %d days sent", WORLD_HISTORY_DAYS);
	return rc ? rc : everybody(p, agent_report_capability);
}

/* The batteries live until the end of this minute. */
static int live(struct play *p, int minute)
{
	int rc = 0;

	while (p->lived < (size_t)minute && !rc) {
		rc = play_tell(p, physics_minute(p->physics, p->lived, p->power_w[(p->lived + 1) % 2]), "batteries");
		p->lived++;
	}
	return rc;
}

/* Frames go out while the batteries live the next minute; not into control that is not known yet. Beside others' software it
 * never is. */
static int send_frames(struct play *p)
{
	int rc = live(p, p->minute), sent;

	if (rc)
		return rc;
	p->scene = agent_report_frame;
	crew_start(p->crew, in_scene, p);
	if (!play_is_mock(p) && p->minute != CONTROL_MINUTE && p->minute < WORLD_MINUTES)
		rc = live(p, p->minute + 1);
	sent = crew_wait(p->crew);
	for (size_t i = 0; i < WORLD_AGGREGATORS; i++)
		p->frames += play_has(p, (int)i) && !world_is_silent(p->world, i, p->now_ms);
	return sent ? sent : rc;
}

/* Whether the hub may be about to call somebody: new curves are made when an interval begins, a rejected one is given again. */
static bool is_call_due(struct play *p)
{
	bool interval = p->minute * 60 % WORLD_STEP_S == 0, due = false;

	for (size_t i = 0; i < WORLD_AGGREGATORS; i++) {
		struct agent *g = &p->agent[i];

		due = due || (g->sink && (interval || g->owed > 0));
		g->owed -= g->owed > 0;
	}
	return due;
}

/* What the hub had to do at this instant it has queued; what it pushes comes a moment later. */
static int attend(struct play *p)
{
	int rc;

	if (is_call_due(p))
		clock_sleep_ms(PUSH_PAUSE_MS);
	rc = everybody(p, agent_attend);
	return rc ? rc : agents_follow(p);
}

static int play_minute(struct play *p)
{
	int64_t begin_us = clock_monotonic_us(), left_ms;
	int rc = play_set_clock(p, minute_ms(p, p->minute));

	if (!rc)
		rc = stage_services(p);
	if (!rc)
		rc = send_frames(p);
	if (!rc)
		rc = play_scenes(p);
	if (!rc)
		rc = play_set_clock(p, minute_ms(p, p->minute) + (int64_t)SETTLE_S * MS_SECOND);
	if (!rc && play_is_mock(p) && p->minute >= CONTROL_MINUTE)
		rc = attend(p);
	left_ms = p->options->pace_ms - (clock_monotonic_us() - begin_us) / 1000;
	if (!rc && left_ms > 0)
		clock_sleep_ms(left_ms);
	return rc;
}

static int play_minutes(struct play *p)
{
	int rc = 0;

	for (p->minute = 1; p->minute <= p->options->until && !rc; p->minute++) {
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

/* What can be known of the end beside others' software. */
static int mock_evening(struct play *p)
{
	int rc = p->task_id && play_has(p, CAST_DISPATCH) ? dispatch_await_settled(p) : 0;

	if (!rc)
		rc = everybody(p, agent_ask_results);
	for (size_t i = 0; i < WORLD_AGGREGATORS && !rc; i++)
		if (!is_none(p->agent[i].total_fen)) {
			char text[24];

			decimal_format(p->agent[i].total_fen, 2, text);
			progress_event(p->progress, p->now_ms, "%s was told its statement: %s CNY", p->agent[i].is->id, text);
		}
	return rc;
}

static int evening(struct play *p)
{
	int rc = play_tell(p, record_batteries(p->options->sent, p->world, p->physics), "batteries.csv");

	if (rc || play_is_mock(p))
		return rc ? rc : mock_evening(p);
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
	return rc || p->options->until < WORLD_MINUTES ? rc : evening(p);
}

/* ---- the whole */

/* The counts are written however the play ended; after a good end they are complete. */
static int perform(struct play *p)
{
	int rc = stage_open(p), written;

	if (rc)
		return rc;
	rc = course(p);
	written = play_tell(p, counts_write(p->counts, p->options->sent), "messages.csv");
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
	stage_close(p);
	free(p);
	return result;
}
