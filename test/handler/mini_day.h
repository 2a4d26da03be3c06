/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A small business day, 2026-06-10 12:00 to 06-11 12:00, for the tests of dispatch and settlement: two aggregators,
 * three stations, eleven piles and thirteen sessions; flat history; a notice, bids and a clearing. Everything comes in
 * through the handlers of the other workflows but for most of the telemetry, which is put into the intervals
 * themselves. */
#ifndef TEST_HANDLER_MINI_DAY_H
#define TEST_HANDLER_MINI_DAY_H
#include "handler/desk.h"
#include "handler/forecast.h"
#include "handler/market.h"
#include "handler/meter.h"
#include "handler/registry.h"
#include "handler/telemetry.h"
#include "store/potential.h"
#include "store/session.h"
#include "store/telemetry.h"

#define MINI_DATE (date_from_civil(2026, 6, 10))
enum {
	MINI_N = 96, MINI_FIRST = 24, MINI_POINTS = MINI_N - MINI_FIRST,        /* control from 18:00 to noon */
	MINI_SHAVE_END = 8, MINI_FILL = 24, MINI_FILL_END = 48,                 /* points of the task */
	MINI_CLEARED_SHAVE = 4000, MINI_CLEARED_FILL = 3000,
	MINI_PILES = 11, MINI_SESSIONS = 13, MINI_STATIONS = 3
};
#define MINI_SHAVE_E5 350000
#define MINI_FILL_E5 40000

static const struct { const char *id, *aggregator; int64_t limit_w, baseline_w; } mini_station[MINI_STATIONS] = {
	{ "a-s1", "agg-a", 15000, 10000 }, { "a-s2", "agg-a", 11000, 6000 }, { "b-s1", "agg-b", 20000, 10000 },
};
static const struct { const char *id; int station; int64_t rated_w;
} mini_pile[MINI_PILES] = {
	{ "a1", 0, 7000 },
	{ "a2", 0, 7000 },
	{ "a3", 0, 7000 },
	{ "a4", 0, 7000 },
	{ "a5", 1, 11000 },
	{ "a6", 1, 11000 },
	{ "a7", 1, 11000 },
	{ "b1", 2, 7000 },
	{ "b2", 2, 7000 },
	{ "b3", 2, 7000 },
	{ "b4", 2, 7000 },
};
/* Both aggregators number theirs alike. a/s01 and b/s01 are gone before control; a/s07 asks for more than it can get.
 */
static const struct mini_session { const char *id; int pile; const char *arrival, *departure; int64_t need_wh, max_w;
} mini_session[MINI_SESSIONS] = {
	{ "s01", 0, "06-10T12:30", "06-10T17:10", 12000, 7000 },
	{ "s02", 0, "06-10T17:40", "06-11T07:00", 30000, 7000 },
	{ "s03", 1, "06-10T18:05", "06-11T06:30", 25000, 7000 },
	{ "s04", 2, "06-10T19:20", "06-10T23:50", 20000, 6600 },
	{ "s05", 3, "06-10T16:50", "06-11T08:00", 28000, 7000 },
	{ "s06", 4, "06-10T17:00", "06-11T09:00", 40000, 11000 },
	{ "s07", 5, "06-10T17:30", "06-10T20:15", 60000, 11000 },
	{ "s08", 6, "06-10T22:10", "06-11T05:00", 20000, 7400 },
	{ "s01", 7, "06-10T13:00", "06-10T15:00", 10000, 7000 },
	{ "s02", 8, "06-10T17:15", "06-11T07:20", 30000, 7000 },
	{ "s03", 9, "06-10T20:40", "06-11T06:00", 24000, 7000 },
	{ "s04", 10, "06-11T00:10", "06-11T08:00", 30000, 7000 },
	{ "s05", 7, "06-10T16:07", "06-10T18:07", 9000, 7000 },
};

static inline const char *mini_owner(int pile)
{
	return mini_station[mini_pile[pile].station].aggregator;
}

static inline struct timegrid mini_grid(void)
{
	return rules_grid(&desk.rules, MINI_DATE);
}

/* Stands for the codec: what it was given, as words. */
static inline int mini_encode(void *codec, enum outgoing kind, const void *message, struct bytes *out)
{
	const struct dsk_push_task_progress *m = message;

	(void)codec;
	if (kind == OUTGOING_DELIVER_CONTROL) {
		const struct control *control = ((const struct acb_deliver_control *)message)->control;

		return bytes_printf(out, "%s sessions=%d fallback=%d", control->control_id, control->n_session,
			(int)control->fallback);
	}
	if (kind != OUTGOING_PUSH_TASK_PROGRESS)
		return bytes_printf(out, "%d", (int)kind);
	return bytes_printf(out, "%s %s state=%d at=%lld planned=%lld least=%lld measured=%lld", m->header->message_id,
		m->task_id, (int)m->state, (long long)m->at.v, (long long)m->planned_deviation_w.v,
		(long long)m->least_deviation_w.v, (long long)m->measured_deviation_w.v);
}

/* What every call of mini_begin encodes with. */
static encode_fn *mini_encoder = mini_encode;

static inline struct call *mini_begin(const char *principal, const char *now, int32_t revision)
{
	struct call *c = desk_begin(principal, now, revision);

	c->w.encode = mini_encoder;
	return c;
}

/* -- ledger and sessions */

static inline void mini_ledger(const char *aggregator)
{
	struct call *c = mini_begin(aggregator, "06-10T11:00", 1);
	struct party party = { arena_strdup(desk.arena, aggregator), arena_strdup(desk.arena, "n"),
		arena_strdup(desk.arena, "a"), NULL, NULL };
	struct station station[MINI_STATIONS];
	struct agg_report_ledger m = { .header = &desk.header, .aggregator = &party, .station = station };

	for (int i = 0; i < MINI_STATIONS; i++) {
		struct station *s = &station[m.n_station];

		if (strcmp(mini_station[i].aggregator, aggregator) != 0)
			continue;
		*s = (struct station){ .id = arena_strdup(desk.arena, mini_station[i].id),
			.name = party.name,
			.limit_w = { mini_station[i].limit_w },
			.meter_no = arena_printf(desk.arena, "m-%s", mini_station[i].id),
			.pile = ARENA_ARRAY(desk.arena, MINI_PILES, struct pile) };
		for (int k = 0; k < MINI_PILES; k++)
			if (mini_pile[k].station == i)
				s->pile[s->n_pile++] = (struct pile){ .id = arena_strdup(desk.arena, mini_pile[k].id),
					.kind = PILE_KIND_AC, .rated_w = { mini_pile[k].rated_w }, .connectors = { 1 },
					.state = RESOURCE_STATE_IN_SERVICE };
		m.n_station++;
	}
	assert_int_equal(desk_end(registry_report_ledger(c, &m)), 0);
	assert_int_equal(c->diag.n, 0);
}

static inline void mini_report_sessions(const char *aggregator, bool backwards)
{
	struct call *c = mini_begin(aggregator, "06-10T17:00", 1);
	struct session list[MINI_SESSIONS];
	struct agg_report_sessions m = { &desk.header, 0, list };

	for (int i = 0; i < MINI_SESSIONS; i++) {
		const struct mini_session *s = &mini_session[backwards ? MINI_SESSIONS - 1 - i : i];

		if (strcmp(mini_owner(s->pile), aggregator) == 0)
			list[m.n_session++] = (struct session){ .id = arena_strdup(desk.arena, s->id),
				.pile_id = arena_strdup(desk.arena, mini_pile[s->pile].id),
				.arrival = { desk_at(s->arrival) }, .departure = { desk_at(s->departure) },
				.need_wh = { s->need_wh }, .max_w = { s->max_w }, .wish_wh = { VALUE_NONE },
				.wish_departure = { VALUE_NONE } };
	}
	assert_items(desk_end(registry_report_sessions(c, &m)), m.n_session, m.n_session);
}

/* -- history: every station's load is flat on all days */

static inline void mini_history(void)
{
	struct call *c = mini_begin("trading", "06-10T12:00", 1);
	struct meter_series series[MINI_STATIONS];
	struct trd_submit_meter_data m = { &desk.header, MINI_STATIONS, series };
	enum { DAYS = 9 };

	for (int i = 0; i < MINI_STATIONS; i++) {
		series[i] = (struct meter_series){ arena_printf(desk.arena, "m-%s", mini_station[i].id),
			{ rules_grid(&desk.rules, MINI_DATE - DAYS).start_ms }, { 15 },
			{ DAYS * MINI_N, ARENA_ARRAY(desk.arena, DAYS * MINI_N, struct watt) } };
		for (int t = 0; t < DAYS * MINI_N; t++)
			series[i].mean_w.item[t].v = mini_station[i].baseline_w;
	}
	assert_items(desk_end(meter_submit(c, &m)), MINI_STATIONS * DAYS * MINI_N, MINI_STATIONS * DAYS * MINI_N);
}

/* -- market */

static inline int64_t mini_from(enum window window)
{
	return desk_at(window == WINDOW_SHAVE ? "06-10T18:00" : "06-11T00:00");
}

static inline int64_t mini_to(enum window window)
{
	return desk_at(window == WINDOW_SHAVE ? "06-10T20:00" : "06-11T06:00");
}

static inline void mini_notice(void)
{
	struct call *c = mini_begin("trading", "06-10T13:00", 1);
	struct notice_period period[2] = {
		{ { mini_from(WINDOW_SHAVE) }, { mini_to(WINDOW_SHAVE) }, WINDOW_SHAVE, { 50000 }, { 500000 } },
		{ { mini_from(WINDOW_FILL) }, { mini_to(WINDOW_FILL) }, WINDOW_FILL, { 50000 }, { 500000 } },
	};
	struct notice notice = { .notice_id = arena_strdup(desk.arena, "notice-1"),
		.product = arena_strdup(desk.arena, "p"),
		.title = arena_strdup(desk.arena, "t"),
		.trade_date = { MINI_DATE },
		.gate_close = { desk_at("06-10T14:30") },
		.n_period = 2,
		.period = period };
	struct trd_publish_market_notice m = { &desk.header, &notice };

	assert_items(desk_end(market_publish_notice(c, &m)), 2, 2);
}

static inline void mini_bid(const char *aggregator)
{
	struct call *c = mini_begin(aggregator, "06-10T14:00", 1);
	struct bid_segment segment = { { 1 }, { 15000 }, { 30000 } };
	struct bid_period period[2] = {
		{ { mini_from(WINDOW_SHAVE) }, { mini_to(WINDOW_SHAVE) }, WINDOW_SHAVE, 1, &segment },
		{ { mini_from(WINDOW_FILL) }, { mini_to(WINDOW_FILL) }, WINDOW_FILL, 1, &segment },
	};
	struct agg_submit_bid m = { &desk.header, arena_printf(desk.arena, "bid-%s", aggregator),
		arena_strdup(desk.arena, "notice-1"), 2, period };

	assert_items(desk_end(market_submit_bid(c, &m)), 2, 2);
}

static inline void mini_clear(const char *clearing_id, const char *now, int64_t shave_w, int64_t fill_w)
{
	struct call *c = mini_begin("trading", now, 1);
	struct cleared_period period[2] = {
		{ { mini_from(WINDOW_SHAVE) }, { mini_to(WINDOW_SHAVE) }, WINDOW_SHAVE, { shave_w },
			{ MINI_SHAVE_E5 } },
		{ { mini_from(WINDOW_FILL) }, { mini_to(WINDOW_FILL) }, WINDOW_FILL, { fill_w }, { MINI_FILL_E5 } },
	};
	struct trd_submit_clearing_result m = { &desk.header, arena_strdup(desk.arena, "notice-1"),
		arena_strdup(desk.arena, clearing_id), 2, period };

	assert_items(desk_end(market_submit_clearing(c, &m)), 2, 2);
}

static inline void mini_potential(const char *now)
{
	struct dsp_query_potential m = { &desk.header };
	struct dsp_query_potential_response answer = { 0 };
	struct call *c = mini_begin("dispatch", now, 1);

	assert_int_equal(desk_end(forecast_query_potential(c, &m, &answer)), 0);
	assert_int_equal(answer.n_point, MINI_N);
}

static inline struct potential_told mini_told(void)
{
	struct potential_told told;

	assert_int_equal(potential_last_told(desk.arena, desk.db, MINI_DATE, &told), 0);
	assert_int_equal(told.grid.n, MINI_N);
	return told;
}

/* -- telemetry */

/* At-once power of a pile before control: mean over interval t, whatever fills it. */
static inline int64_t mini_before_w(int pile, int t)
{
	struct timegrid grid = mini_grid();

	for (int i = 0; i < MINI_SESSIONS; i++) {
		const struct mini_session *s = &mini_session[i];
		int64_t had_w = 0, share_ms, w = 0;

		if (s->pile != pile || timegrid_overlap(&grid, t, desk_at(s->arrival), desk_at(s->departure)) == 0)
			continue;
		for (int k = 0; k <= t; k++) {
			share_ms = timegrid_overlap(&grid, k, desk_at(s->arrival), desk_at(s->departure));
			w = s->max_w * 2 / 3 * share_ms / grid.step_ms;
			if (w > s->need_wh * 4 - had_w)
				w = s->need_wh * 4 - had_w;
			had_w += w;
		}
		return w;
	}
	return 0;
}

/* Puts intervals [from, to) of all piles: stored samples of each, and their mean by mean_w. */
static inline void mini_put_all(int from, int to, int64_t stored, int64_t (*mean_w)(int pile, int t))
{
	struct timegrid grid = mini_grid();
	struct telemetry_interval *row = ARENA_ARRAY(
		desk.arena, (size_t)(to - from) * MINI_PILES, struct telemetry_interval);
	struct ledger ledger;
	size_t n = 0;

	assert_int_equal(ledger_load(desk.arena, desk.db, &ledger), 0);
	for (int pile = 0; pile < MINI_PILES; pile++) {
		int64_t i = ledger_pile(&ledger, mini_pile[pile].id);

		assert_true(i >= 0);
		for (int t = from; t < to; t++)
			row[n++] = (struct telemetry_interval){ timegrid_begin(&grid, t), ledger.pile[i].no, stored,
				stored * mean_w(pile, t) };
	}
	assert_int_equal(telemetry_put_intervals(desk.arena, desk.db, row, n), 0);
}

/* Puts one interval of one pile in place of what stands there. */
static inline void mini_put(int pile, int t, int64_t stored, int64_t sum_w)
{
	struct timegrid grid = mini_grid();
	struct telemetry_interval row = { .begin_ms = timegrid_begin(&grid, t), .stored = stored, .sum_w = sum_w };
	struct ledger ledger;
	int64_t i;

	assert_int_equal(ledger_load(desk.arena, desk.db, &ledger), 0);
	i = ledger_pile(&ledger, mini_pile[pile].id);
	assert_true(i >= 0);
	row.pile_no = ledger.pile[i].no;
	assert_int_equal(telemetry_put_intervals(desk.arena, desk.db, &row, 1), 0);
}

/* One aggregator's frame of a minute, through the handler. */
static inline void mini_frame(const char *aggregator, int64_t at_ms)
{
	struct timegrid grid = mini_grid();
	struct call *c = mini_begin(aggregator, "06-10T18:00", 1);
	char *id[MINI_PILES];
	struct watt power[MINI_PILES];
	struct count quality[MINI_PILES] = { { 0 } };
	int n = 0;

	for (int i = 0; i < MINI_PILES; i++)
		if (strcmp(mini_owner(i), aggregator) == 0) {
			id[n] = arena_strdup(desk.arena, mini_pile[i].id);
			power[n++].v = mini_before_w(i, timegrid_index_of_stamp(&grid, at_ms));
		}
	c->w.now_ms = at_ms;
	assert_items(desk_end(telemetry_report_frame(c,
			     &(struct agg_report_frame){ &desk.header, { at_ms }, { 60 }, POLARITY_LOAD, { n, id },
				     { n, power }, { n, quality } })),
		n, n);
}

/* All before control: intervals up to 17:45, the frames of the last quarter but the last one. */
static inline void mini_before(void)
{
	int64_t start_ms = desk_at("06-10T18:00");

	mini_put_all(0, MINI_FIRST - 1, 15, mini_before_w);
	for (int minute = 14; minute > 0; minute--) {
		mini_frame("agg-a", start_ms - minute * (int64_t)MS_MINUTE);
		mini_frame("agg-b", start_ms - minute * (int64_t)MS_MINUTE);
	}
}

/* -- the whole */

static inline void mini_empty(void)
{
	static const char *const tables[] = { "aggregator", "pile_operator", "station", "pile", "session",
		"session_result", "frame", "interval_state", "minute_told", "pile_interval", "meter_series", "notice", "notice_period",
		"bid", "bid_segment", "clearing", "clearing_period", "potential", "baseline", "baseline_day", "task",
		"task_point", "schedule", "control", "task_revision", "share_return", "event", "assessment", "settlement", "settlement_line", "outbox", "job", "parked",
		"message", "operation", "plan", "battery", "upload_answer" };
	char text[80];

	assert_int_equal(db_begin(desk.db), 0);
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		int n = snprintf(text, sizeof text, "DELETE FROM %s", tables[i]);

		assert_int_equal(db_run(desk.db, text, (size_t)n), 0);
	}
	assert_int_equal(db_commit(desk.db), 0);
}

/* The day up to 17:40, its telemetry up to the last minute before 18:00. backwards: everything is told the other way
 * round. */
static inline void mini_day(bool backwards)
{
	const char *first = backwards ? "agg-b" : "agg-a", *second = backwards ? "agg-a" : "agg-b";

	mini_empty();
	mini_ledger(first);
	mini_ledger(second);
	mini_history();
	mini_notice();
	mini_bid(first);
	mini_bid(second);
	mini_clear("clearing-1", "06-10T15:00", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);
	mini_report_sessions(first, backwards);
	mini_report_sessions(second, backwards);
	mini_potential("06-10T17:35");
	mini_before();
}

static inline void mini_open(void)
{
	desk_open("sichuan-2023");
	desk.hub.dispatch_peer = "dispatch";
	desk.hub.sample_past_ms = MS_DAY;
	desk.hub.sample_future_ms = MS_MINUTE;
}

static inline int mini_set_up(void **state)
{
	(void)state;
	mini_open();
	return 0;
}

/* A scheduled job at this instant, as the scheduler does it. */
static inline int mini_job_at(int (*due)(struct work *w), int64_t now_ms)
{
	struct call *c = mini_begin("scheduler", "06-10T18:00", 1);
	int rc;

	c->w.now_ms = now_ms;
	c->w.seq = VALUE_NONE;
	rc = due(&c->w);
	if (rc > 0)
		assert_int_equal(db_commit(desk.db), 0);
	else
		db_rollback(desk.db);
	return rc;
}

static inline int mini_job(int (*due)(struct work *w), const char *now)
{
	return mini_job_at(due, desk_at(now));
}

/* All rows of a query, as a text to be compared. */
static inline const char *mini_rows(const char *sql)
{
	struct db_rows *rows = NULL;
	struct bytes text = BYTES_INIT;
	const char *kept;

	assert_int_equal(db_query_at(desk.db, sql, DB_NO_ARGS, &rows), 0);
	while (db_next(rows) > 0) {
		const char *row = db_text(rows, 0);

		assert_int_equal(bytes_printf(&text, "%s\n", row == NULL ? "-" : row), 0);
	}
	db_rows_done(rows);
	kept = arena_strdup(desk.arena, text.p == NULL ? "" : text.p);
	bytes_done(&text);
	return kept;
}
#endif
