/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A small day put into the store as the handlers leave it, for the tests of export and report: two aggregators with a station
 * of two piles each, five vehicles of which one cannot be met for its stay and one for the station's limit, history with an
 * event and an outlier, a task from 18:00, telemetry minute by minute; A does as it is told, B charges at once, an hour of B's
 * samples is missing in part. Assessed and settled by the handlers. */
#ifndef TEST_HANDLER_PLAYED_DAY_H
#define TEST_HANDLER_PLAYED_DAY_H
#include "desk.h"
#include "base/clock.h"
#include "compute/baseline.h"
#include "compute/decompose.h"
#include "handler/settlement.h"
#include "store/baseline.h"
#include "store/control.h"
#include "store/journal.h"
#include "store/outbox.h"
#include "store/schedule.h"
#include "store/session.h"
#include "store/task.h"
#include "store/telemetry.h"

enum { PLAYED_DAYS = 8, PLAYED_SESSIONS = 5, PLAYED_STEPS = 96, PLAYED_FIRST = 24, PLAYED_POINTS = 72 };
#define PLAYED_TASK "T-1"

static struct played {
	int32_t date;
	struct timegrid grid, control;
	uint32_t aggregator_no[2];
	struct ledger ledger;
	struct session_list sessions;
	struct task_row task;
	int64_t total_baseline_w[PLAYED_STEPS];
	int64_t frames[2];              /* samples stored of each aggregator */
	int64_t points[2];              /* rows of its schedules */
} played;

#define OK(CALL) assert_string_equal(error_code(CALL), "ok")

static inline void played_sessions(void)
{
	static const struct { const char *id, *pile, *arrival, *departure; int64_t need_wh, max_w; } want[PLAYED_SESSIONS] = {
		{ "s1", "A-1", "06-10T17:00", "06-11T07:07", 22000, 7000 },
		{ "s2", "A-2", "06-10T18:31", "06-10T20:15", 11000, 7000 },
		{ "s3", "A-2", "06-10T20:30", "06-10T22:00", 10000, 7000 },
		{ "s4", "B-1", "06-10T17:30", "06-10T19:00", 15000, 7000 },
		{ "s5", "B-2", "06-10T22:00", "06-11T06:30", 18000, 6000 } };
	struct session_row row[PLAYED_SESSIONS];
	OK(ledger_load(desk.arena, desk.db, &played.ledger));
	for (int i = 0; i < PLAYED_SESSIONS; i++) {
		const struct ledger_pile *p = &played.ledger.pile[ledger_pile(&played.ledger, want[i].pile)];
		row[i] = (struct session_row){ .aggregator_no = played.ledger.aggregator[p->aggregator].no, .pile_no = p->no, .id = want[i].id,
			.arrival_ms = desk_at(want[i].arrival), .departure_ms = desk_at(want[i].departure), .need_wh = want[i].need_wh,
			.max_w = want[i].max_w, .wish_wh = VALUE_NONE, .wish_departure_ms = VALUE_NONE, .seq = 1 };
	}
	OK(session_put(desk.arena, desk.db, row, PLAYED_SESSIONS));
	OK(session_load(desk.arena, desk.db, played.grid.start_ms, timegrid_end(&played.grid, PLAYED_STEPS - 1), &played.sessions));
	assert_int_equal(played.sessions.n, PLAYED_SESSIONS);
}

static inline void played_history_of(int a, struct baseline_row *row, struct baseline_day_row *to)
{
	struct baseline_day day[PLAYED_DAYS];
	bool used[PLAYED_DAYS];
	int64_t *mean = ARENA_ARRAY(desk.arena, PLAYED_STEPS, int64_t), *base = ARENA_ARRAY(desk.arena, PLAYED_STEPS, int64_t);
	struct baseline_result result = { used, mean, base, 0 };
	enum day_class class_ = calendar_class(&desk.rules.calendar, played.date);
	for (int d = 0; d < PLAYED_DAYS; d++) {
		int64_t *load = ARENA_ARRAY(desk.arena, PLAYED_STEPS, int64_t);
		int32_t date = played.date - PLAYED_DAYS + d;
		for (int t = 0; t < PLAYED_STEPS; t++)
			load[t] = (t >= 20 && t < 40 ? 7001 : 1003) + 13 * t + 101 * d + (date == played.date - 2 ? 2300 : 0) + 500 * a;
		day[d] = (struct baseline_day){ date, calendar_class(&desk.rules.calendar, date), calendar_is_event(&desk.rules.calendar, date),
			d == 1 ? 190 : 192, 192, load };
	}
	OK(baseline_run(&desk.rules.baseline, class_, day, PLAYED_DAYS, PLAYED_STEPS, NULL, &result));
	*row = (struct baseline_row){ .aggregator_no = played.aggregator_no[a], .rule_set = "sichuan-2023-1", .day_class = class_,
		.factor_ppm = result.factor_ppm, .mean_w = mean, .baseline_w = base };
	for (int d = 0; d < PLAYED_DAYS; d++)
		to[d] = (struct baseline_day_row){ .aggregator_no = played.aggregator_no[a], .day = day[d].date, .day_class = day[d].day_class,
			.event = day[d].event, .used = used[d], .stored = day[d].stored, .due = day[d].due, .load_w = day[d].load_w };
	for (int t = 0; t < PLAYED_STEPS; t++)
		played.total_baseline_w[t] += base[t];
}

static inline void played_history(void)
{
	struct baseline_row row[2];
	struct baseline_day_row day[2 * PLAYED_DAYS];
	struct baseline_set set = { PLAYED_STEPS, row, 2 };
	struct baseline_days days = { PLAYED_STEPS, day, 2 * PLAYED_DAYS };
	memset(played.total_baseline_w, 0, sizeof played.total_baseline_w);
	for (int a = 0; a < 2; a++)
		played_history_of(a, &row[a], day + a * PLAYED_DAYS);
	OK(db_begin(desk.db));
	OK(baseline_save(desk.arena, desk.db, played.date, &set, &days));
	OK(db_commit(desk.db));
}

static inline void played_task(void)
{
	struct task_row *t = &played.task;
	*t = (struct task_row){ .task_id = PLAYED_TASK, .state = TASK_STATE_ACCEPTED, .business_date = played.date, .sender = "dispatch",
		.grid = played.control, .told_revision = 1, .accepted_ms = desk_at("06-10T17:40"), .seq = 1,
		.plan = { VALUE_NONE, VALUE_NONE, VALUE_NONE, VALUE_NONE, VALUE_NONE }, .measured_deviation_w = VALUE_NONE,
		.point = ARENA_ARRAY(desk.arena, PLAYED_POINTS, struct task_point_row) };
	for (int i = 0; i < PLAYED_POINTS; i++) {
		int64_t base = played.total_baseline_w[PLAYED_FIRST + i];
		enum window w = i < 8 ? WINDOW_SHAVE : i >= 24 && i < 48 ? WINDOW_FILL : WINDOW_HOLD;
		t->point[i] = (struct task_point_row){ w, w == WINDOW_SHAVE ? base * 4 / 10 : w == WINDOW_FILL ? base + 2000 : base,
			w == WINDOW_HOLD ? 50000 : 1000000, w == WINDOW_SHAVE ? 350000 : w == WINDOW_FILL ? 40000 : VALUE_NONE, VALUE_NONE };
	}
	OK(db_begin(desk.db));
	OK(task_save(desk.arena, desk.db, t));
	OK(db_commit(desk.db));
}

/* What every session has drawn by interval, W: charging at once, or as scheduled. */
static int64_t played_power_w[PLAYED_SESSIONS][PLAYED_STEPS];

static inline bool played_is_of(int i, int a) { return played.sessions.item[i].aggregator_no == played.aggregator_no[a]; }

static inline int64_t played_at_once(int i, int first, int64_t had)
{
	const struct session_row *s = &played.sessions.item[i];
	struct decompose_vehicle v = { .arrival_ms = s->arrival_ms, .departure_ms = s->departure_ms, .max_w = s->max_w };
	for (int t = first; t < PLAYED_STEPS; t++) {
		int64_t w = decompose_cap(&played.grid, &v, t), left = s->need_wh * 4 - had;
		played_power_w[i][t] = w < left ? w : left;
		had += played_power_w[i][t];
	}
	return had;
}

static inline int64_t played_before(int i)
{
	int64_t had = 0;
	for (int t = 0; t < PLAYED_FIRST; t++)
		had += played_power_w[i][t];
	return had;
}

static inline void played_store_schedule(const struct decompose_schedule *s, const struct decompose_vehicle *v)
{
	struct schedule_row row[PLAYED_SESSIONS];
	for (int i = 0; i < PLAYED_SESSIONS; i++) {
		const struct decompose_plan *p = &s->plan[i];
		int64_t *power = ARENA_ARRAY(desk.arena, (size_t)p->count, int64_t);
		for (int k = 0; k < p->count; k++) {
			power[k] = s->power_w[p->offset + (size_t)k];
			if (played_is_of(i, 0))
				played_power_w[i][PLAYED_FIRST + p->first + k] = power[k];
		}
		row[i] = (struct schedule_row){ .session_no = played.sessions.item[i].no, .first = p->first, .n = p->count, .power_w = power,
			.before_wh = v[i].before_wh, .reachable_wh = p->reachable_wh, .planned_wh = p->planned_wh };
		played.points[played_is_of(i, 1)] += p->count;
	}
	OK(schedule_save(desk.arena, desk.db, PLAYED_TASK, 1, row, PLAYED_SESSIONS));
}

static inline void played_decompose(void)
{
	struct decompose_station station[2] = { { "A-s", 9000 }, { "B-s", 14000 } };
	struct decompose_vehicle vehicle[PLAYED_SESSIONS];
	int64_t target[PLAYED_POINTS], weight[PLAYED_POINTS], planned[PLAYED_POINTS];
	struct decompose_schedule s;
	for (int i = 0; i < PLAYED_POINTS; i++) {
		target[i] = played.task.point[i].target_w;
		weight[i] = played.task.point[i].weight_ppm;
	}
	for (int i = 0; i < PLAYED_SESSIONS; i++) {
		const struct session_row *r = &played.sessions.item[i];
		played_at_once(i, 0, 0);
		vehicle[i] = (struct decompose_vehicle){ r->id, played_is_of(i, 1), r->arrival_ms, r->departure_ms, r->max_w, r->need_wh,
			decimal_div(played_before(i), 4) };
		if (played_is_of(i, 0))
			memset(&played_power_w[i][PLAYED_FIRST], 0, PLAYED_POINTS * sizeof(int64_t));
	}
	struct decompose_problem p = { played.control, target, weight, station, 2, vehicle, PLAYED_SESSIONS };
	OK(decompose_run(desk.arena, &p, &s));
	for (int i = 0; i < PLAYED_POINTS; i++)
		planned[i] = s.total_w[i];
	OK(db_begin(desk.db));
	played_store_schedule(&s, vehicle);
	OK(task_start(desk.arena, desk.db, PLAYED_TASK, &(struct task_plan){ (int64_t)(s.deviation_w + 0.5), (int64_t)s.bound_w, 4321, 1500, 2 },
		planned, PLAYED_POINTS));
	OK(db_commit(desk.db));
}

/* Interval rows of a pile: 15 samples each, but 10 for B between 00:00 and 01:00. */
static inline void played_telemetry(void)
{
	struct telemetry_interval row[4 * PLAYED_STEPS];
	size_t n = 0;
	for (size_t p = 0; p < 4; p++)
		for (int t = 0; t < PLAYED_STEPS; t++) {
			int a = played.ledger.pile[p].aggregator == 1;
			int64_t w = 0, stored = a && t >= 48 && t < 52 ? 10 : 15;
			for (int i = 0; i < PLAYED_SESSIONS; i++)
				w += played.sessions.item[i].pile_no == played.ledger.pile[p].no ? played_power_w[i][t] : 0;
			row[n++] = (struct telemetry_interval){ timegrid_begin(&played.grid, t), played.ledger.pile[p].no, stored, w * stored };
			played.frames[a] += stored;
		}
	OK(db_begin(desk.db));
	OK(telemetry_put_intervals(desk.arena, desk.db, row, n));
	OK(db_commit(desk.db));
}

static inline void played_journal(const char *sender, const char *id, const char *operation, int32_t date, const char *created, int64_t items)
{
	struct journal_numbers *numbers = journal_numbers_new();
	struct journal_row row;
	unsigned char digest[JOURNAL_DIGEST] = { 1 };
	int64_t us = clock_machine_us();
	row = (struct journal_row){ .message = { .sender = sender, .message_id = id, .service = "aggregator",
		.operation = operation, .revision = 1, .digest = digest, .trace_id = id, .business_date = date, .created_ms = desk_at(created),
		.received_us = us, .checked_us = us, .bytes_in = 10 }, .result = { JOURNAL_ACCEPTED, items, items, "a", 1 } };
	OK(journal_numbers_take(numbers, desk.db, 1, &row.seq));
	OK(db_begin(desk.db));
	OK(journal_write(desk.arena, desk.db, &row, 1));
	OK(db_commit(desk.db));
	us += 2500;
	OK(journal_note_answered(desk.db, 1, &row.seq, &row.seq, &us));
	journal_numbers_free(numbers);
}

static inline void played_control(int a, const char *id, const char *peer)
{
	int64_t seq;
	OK(outbox_put(desk.db, &(struct outbox_message){ .peer = peer, .operation = CONTROL_OPERATION, .message_id = id, .trace_id = id,
		.caused_by_seq = VALUE_NONE, .channel = OUTBOX_FETCH, .body = "x", .body_n = 1, .items = played.points[a],
		.created_ms = desk_at("06-10T18:00"), .expires_ms = VALUE_NONE }, &seq));
	OK(outbox_delivered(desk.db, seq, clock_machine_us()));
	OK(outbox_answered(desk.db, seq, true, played.points[a], NULL, 0, clock_machine_us()));
}

static inline void played_messages(void)
{
	played_journal("A", "A-l", "ReportLedger", DATE_NONE, "06-10T11:00", 2);
	played_journal("A", "A-s", "ReportSessions", played.date, "06-10T17:30", 3);
	played_journal("B", "B-s", "ReportSessions", played.date, "06-10T17:30", 2);
	played_journal("A", "A-f", "ReportFrame", played.date, "06-11T12:00", played.frames[0]);
	played_journal("B", "B-f", "ReportFrame", DATE_NONE, "06-10T18:00", played.frames[1]);
	/* of the days around: not counted */
	played_journal("A", "A-f0", "ReportFrame", played.date - 1, "06-10T11:30", 7);
	played_journal("A", "A-f2", "ReportFrame", played.date + 1, "06-11T12:10", 7);
	played_journal("A", "A-s0", "ReportSessions", DATE_NONE, "06-10T10:59", 7);
	/* readings of earlier days count where they are sent */
	played_journal("trading", "m1", "SubmitMeterData", played.date - 5, "06-10T11:00", 96);
	played_control(0, "c-A", "A");
	played_control(1, "c-B", "B");
}

/* Before played_settle nothing has been assessed. */
static inline void played_make(void)
{
	memset(&played, 0, sizeof played);
	memset(played_power_w, 0, sizeof played_power_w);
	OK(date_parse("2026-06-10", &played.date));
	played.grid = rules_grid(&desk.rules, played.date);
	played.control = (struct timegrid){ timegrid_begin(&played.grid, PLAYED_FIRST), played.grid.step_ms, PLAYED_POINTS };
	played.aggregator_no[0] = desk_aggregator("A", 2, PILE_KIND_AC, 9000);
	played.aggregator_no[1] = desk_aggregator("B", 2, PILE_KIND_AC, 14000);
	played_sessions();
	played_history();
	played_task();
	played_decompose();
	played_telemetry();
	played_messages();
}

static inline struct work played_work(const char *now)
{
	return (struct work){ .arena = desk.arena, .db = desk.db, .hub = &desk.hub, .now_ms = desk_at(now), .trace_id = "t", .seq = VALUE_NONE };
}

static inline void played_settle(void)
{
	struct work w = played_work("06-11T12:01");
	OK(db_begin(desk.db));
	assert_int_equal(settlement_due(&w), 1);
	OK(db_commit(desk.db));
}
#endif
