/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Frames: what is taken, what is refused and where; intervals added up from them; totals pushed to dispatch. */
#include "handler/desk.h"
#include "base/rng.h"
#include "compute/quality.h"
#include "handler/telemetry.h"
#include "store/outbox.h"
#include "store/telemetry.h"

enum { PILES = 4, MOST = 8 };

static uint32_t aggregator_a, aggregator_b;

/* -- what a handler wrote, as a text to be compared */
static const char *content(void)
{
	struct db_rows *rows = NULL;
	const char *text = "";

	assert_int_equal(db_query(desk.db, "CHECKSUM TABLE frame, interval_state, pile_interval, job, outbox EXTENDED",
			DB_NO_ARGS, &rows), 0);
	while (db_next(rows) > 0)
		text = arena_printf(desk.arena, "%s %lld", text, (long long)db_int(rows, 1));
	db_rows_done(rows);
	return text;
}

/* -- one frame of aggregator "a" (piles a-1 … a-4, 7 kW) or "b" */
static char *ids[MOST];
static struct watt powers[MOST];
static struct count codes[MOST];
static struct agg_report_frame frame;

static int64_t minutes_after(const char *when, int minutes)
{
	return desk_at(when) + minutes * (int64_t)MS_MINUTE;
}

static void reset_frame(const char *aggregator, int64_t at_ms)
{
	for (int i = 0; i < PILES; i++) {
		ids[i] = arena_printf(desk.arena, "%s-%d", aggregator, i + 1);
		powers[i].v = 1000 * (i + 1);
		codes[i].v = 0;
	}
	frame = (struct agg_report_frame){ &desk.header, { at_ms }, { 60 }, POLARITY_LOAD, { PILES, ids }, { PILES,
			powers },
		{ PILES, codes } };
}

static int report_at(const char *principal, int64_t now_ms)
{
	struct call *c = desk_begin(principal, "06-10T18:00", 1);

	c->w.now_ms = now_ms;
	c->received_us = 1000 + desk.seq;
	return desk_end(telemetry_report_frame(c, &frame));
}

static int report(const char *principal)
{
	return report_at(principal, frame.at.v);
}

/* A good frame of these values. */
static void send(const char *aggregator, int64_t at_ms, const int64_t w[PILES])
{
	reset_frame(aggregator, at_ms);
	for (int i = 0; i < PILES; i++)
		powers[i].v = w[i];
	assert_items(report(aggregator), PILES, PILES);
}

static struct telemetry_frame stored(uint32_t aggregator_no, int64_t at_ms)
{
	struct telemetry_frame f;

	assert_int_equal(telemetry_lock_frame(desk.arena, desk.db, aggregator_no, at_ms, &f), 0);
	return f;
}

/* Index of a pile of an aggregator's in a frame; -1: not in it. */
static int place_of(const struct telemetry_frame *f, const char *pile_id)
{
	struct ledger l;
	int64_t pile;

	assert_int_equal(ledger_load(desk.arena, desk.db, &l), 0);
	pile = ledger_pile(&l, pile_id);
	assert_true(pile >= 0);
	for (size_t i = 0; i < f->n; i++)
		if (f->pile_no[i] == l.pile[pile].no)
			return (int)i;
	return -1;
}

static void empty(const char *table)
{
	char text[80];
	int n = snprintf(text, sizeof text, "DELETE FROM %s", table);

	assert_int_equal(db_run(desk.db, text, (size_t)n), 0);
}

static int setup(void **state)
{
	static const char *const tables[] = { "aggregator", "station", "pile", "frame", "interval_state",
			"pile_interval", "job", "outbox" };

	(void)state;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		empty(tables[i]);
	desk.hub.sample_past_ms = 24 * (int64_t)MS_HOUR;
	desk.hub.sample_future_ms = MS_MINUTE;
	desk.hub.dispatch_peer = "dispatch";
	desk.rules.quality.ramp_s = 60;
	aggregator_a = desk_aggregator("a", PILES, PILE_KIND_AC, 100000);
	aggregator_b = desk_aggregator("b", PILES, PILE_KIND_V2G, 100000);
	reset_frame("a", desk_at("06-10T18:01"));
	return 0;
}

/* -- frames */
static void frame_comes_back(void **state)
{
	struct telemetry_frame f;

	(void)state;
	codes[1].v = QUALITY_SB | 0x0200;       /* a sender may tell the low byte only */
	powers[2].v = 7;                        /* zero drift */
	powers[3].v = 8000;                     /* above the rating, below 1.2 × */
	assert_items(report("a"), PILES, PILES);
	assert_int_equal(desk.call.diag.n, 0);
	f = stored(aggregator_a, frame.at.v);
	assert_int_equal(f.n, PILES);
	assert_int_equal(f.seq, desk.seq);
	assert_int_equal(f.received_us, 1000 + desk.seq);
	assert_int_equal(f.raw_w[place_of(&f, "a-1")], 1000);
	assert_int_equal(f.quality[place_of(&f, "a-1")], 0);
	assert_int_equal(f.quality[place_of(&f, "a-2")], QUALITY_SB);
	assert_int_equal(f.raw_w[place_of(&f, "a-3")], 7);
	assert_int_equal(f.filtered_w[place_of(&f, "a-3")], 0);
	assert_int_equal(f.quality[place_of(&f, "a-3")], QUALITY_ZEROED);
	assert_int_equal(f.filtered_w[place_of(&f, "a-4")], 8000);
	assert_int_equal(f.quality[place_of(&f, "a-4")], QUALITY_ABOVE_RATING);
	for (size_t i = 1; i < f.n; i++)
		assert_true(f.pile_no[i - 1] < f.pile_no[i]);
	assert_int_equal(desk_count("SELECT total_w FROM frame"), 1000 + 2000 + 7 + 8000);
	assert_int_equal(desk_count("SELECT LENGTH(payload) FROM frame"), PILES * 14);
	assert_int_equal(desk_count("SELECT begin_ms FROM interval_state WHERE dirty = 1"), desk_at("06-10T18:00"));
}

static void quality_may_be_missing_and_order_is_free(void **state)
{
	struct telemetry_frame f;
	char *first = ids[0];

	(void)state;
	frame.quality = (struct count_list){ 0, NULL };
	ids[0] = ids[3];
	ids[3] = first;
	assert_items(report("a"), PILES, PILES);
	f = stored(aggregator_a, frame.at.v);
	assert_int_equal(f.raw_w[place_of(&f, "a-4")], 1000);
	assert_int_equal(f.raw_w[place_of(&f, "a-1")], 4000);
}

static void polarity_is_turned(void **state)
{
	struct telemetry_frame f;

	(void)state;
	reset_frame("b", desk_at("06-10T18:01"));
	frame.polarity = POLARITY_GEN;
	powers[0].v = -6000;            /* charging */
	powers[1].v = 5000;             /* a V2G pile gives back */
	assert_items(report("b"), PILES, PILES);
	f = stored(aggregator_b, frame.at.v);
	assert_int_equal(f.raw_w[place_of(&f, "b-1")], 6000);
	assert_int_equal(f.raw_w[place_of(&f, "b-2")], -5000);
	reset_frame("a", desk_at("06-10T18:01"));
	frame.polarity = POLARITY_GEN;  /* the same numbers: all piles would discharge */
	assert_items(report("a"), PILES, 0);
	assert_diag(0, E_NEGATIVE, "powerKw[1]");
}

static void expect_refused(int64_t now_ms, int error, const char *path)
{
	const char *before = content();

	assert_refused(report_at("a", now_ms), error, path);
	assert_string_equal(content(), before);
	reset_frame("a", desk_at("06-10T18:01"));
}

static void frames_refused_whole(void **state)
{
	int64_t now_ms = frame.at.v;
	struct watt *column = ARENA_ARRAY(desk.arena, TELEMETRY_SAMPLES_MAX + 1, struct watt);
	char **names = ARENA_ARRAY(desk.arena, TELEMETRY_SAMPLES_MAX + 1, char *);

	(void)state;
	frame.power_w.n = PILES - 1;
	expect_refused(now_ms, E_COLUMN_LENGTH, "powerKw");
	frame.quality.n = PILES + 1;
	expect_refused(now_ms, E_COLUMN_LENGTH, "quality");
	frame.quality = (struct count_list){ 0, codes };
	expect_refused(now_ms, E_COLUMN_LENGTH, "quality");
	frame.pile_id = (struct id_list){ TELEMETRY_SAMPLES_MAX + 1, names };
	frame.power_w = (struct watt_list){ TELEMETRY_SAMPLES_MAX + 1, column };
	frame.quality = (struct count_list){ 0, NULL };
	expect_refused(now_ms, E_TOO_MANY, "pileId");
	frame.period_s.v = 30;
	expect_refused(now_ms, E_RANGE, "periodS");
	frame.at.v += 1;
	expect_refused(now_ms, E_TIME_GRID, "at");
	expect_refused(now_ms + 24 * (int64_t)MS_HOUR + 1, E_TIME_ANCIENT, "at");
	expect_refused(now_ms - MS_MINUTE - 1, E_TIME_FUTURE, "at");
	assert_items(report_at("a", now_ms - MS_MINUTE), PILES, PILES);
	reset_frame("a", desk_at("06-10T18:02"));
	assert_items(report_at("a", frame.at.v + 24 * (int64_t)MS_HOUR), PILES, PILES);
}

/* Once a day is settled what was measured on it stands; before that, and on the next day, frames are taken. */
static void settled_day_takes_no_frame(void **state)
{
	const char *before;

	(void)state;
	empty("settlement");
	reset_frame("a", desk_at("06-11T11:58"));
	assert_items(report_at("a", desk_at("06-11T12:01")), PILES, PILES);
	assert_int_equal(db_exec(desk.db, "INSERT INTO settlement (business_date, revision, task_id, rule_set,"
			" settled_ms) VALUES ('2026-06-10', 1, 't', 'r', 0)", DB_NO_ARGS), 0);
	before = content();
	frame.at.v = desk_at("06-11T12:00");
	assert_refused(report_at("a", desk_at("06-11T12:01")), E_TIME_ANCIENT, "at");
	assert_string_equal(content(), before);
	frame.at.v = desk_at("06-11T12:01");
	assert_items(report_at("a", desk_at("06-11T12:01")), PILES, PILES);
	empty("settlement");
}

static void samples_refused(void **state)
{
	struct telemetry_frame f;

	(void)state;
	ids[0] = arena_strdup(desk.arena, "b-1");       /* another's: as unknown */
	ids[1] = arena_strdup(desk.arena, "nothing");
	powers[2].v = -1;
	powers[3].v = 8401;                             /* above 1.2 × 7 kW */
	assert_items(report("a"), PILES, 0);
	assert_int_equal(desk.call.diag.n, 4);
	assert_diag(0, E_UNKNOWN_RESOURCE, "pileId[1]");
	assert_diag(1, E_UNKNOWN_RESOURCE, "pileId[2]");
	assert_string_equal(desk.call.diag.item[0].detail == NULL ? "" : desk.call.diag.item[0].detail,
		desk.call.diag.item[1].detail == NULL ? "" : desk.call.diag.item[1].detail);
	assert_diag(2, E_NEGATIVE, "powerKw[3]");
	assert_diag(3, E_ABOVE_RATING, "powerKw[4]");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM frame"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM interval_state"), 0);
	reset_frame("a", desk_at("06-10T18:01"));
	ids[2] = ids[0];
	powers[2].v = 6000;
	powers[3].v = 8400;
	assert_items(report("a"), PILES, 3);
	assert_diag(0, E_DUPLICATE_ITEM, "pileId[3]");
	f = stored(aggregator_a, frame.at.v);
	assert_int_equal(f.n, 3);
	assert_int_equal(f.raw_w[place_of(&f, "a-1")], 1000);
	assert_int_equal(place_of(&f, "a-3"), -1);
}

static void sender_without_ledger(void **state)
{
	(void)state;
	assert_items(report("c"), PILES, 0);
	assert_int_equal(desk.call.diag.n, PILES);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM frame"), 0);
}

static void second_message_completes_the_frame(void **state)
{
	struct telemetry_frame f;

	(void)state;
	frame.pile_id.n = frame.power_w.n = frame.quality.n = 3;
	assert_items(report("a"), 3, 3);
	reset_frame("a", desk_at("06-10T18:01"));
	ids[0] = ids[3];
	powers[0].v = 500;
	powers[1].v = 2222;
	frame.pile_id.n = frame.power_w.n = frame.quality.n = 2;
	assert_items(report("a"), 2, 2);
	f = stored(aggregator_a, frame.at.v);
	assert_int_equal(f.n, 4);
	assert_int_equal(f.seq, desk.seq);
	assert_int_equal(f.raw_w[place_of(&f, "a-1")], 1000);
	assert_int_equal(f.raw_w[place_of(&f, "a-2")], 2222);
	assert_int_equal(f.raw_w[place_of(&f, "a-3")], 3000);
	assert_int_equal(f.raw_w[place_of(&f, "a-4")], 500);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM frame"), 1);
	assert_int_equal(desk_count("SELECT total_w FROM frame"), 1000 + 2222 + 3000 + 500);
}

static void late_sample_is_coded(void **state)
{
	struct telemetry_frame f;

	(void)state;
	assert_items(report_at("a", frame.at.v + 181 * (int64_t)MS_SECOND), PILES, PILES);
	f = stored(aggregator_a, frame.at.v);
	assert_int_equal(f.quality[0], QUALITY_LATE);
	assert_int_equal(f.filtered_w[0], f.raw_w[0]);
}

/* One pile of b, minute by minute. With a ramp this slow a change of direction is steeper than a pile can be. */
static void expect_filtered(int minute, int64_t raw_w, int64_t filtered_w, uint16_t code)
{
	struct telemetry_frame f;
	int at;

	reset_frame("b", minutes_after("06-10T18:00", minute));
	powers[0].v = raw_w;
	assert_items(report("b"), PILES, PILES);
	f = stored(aggregator_b, frame.at.v);
	at = place_of(&f, "b-1");
	assert_int_equal(f.raw_w[at], raw_w);
	assert_int_equal(f.filtered_w[at], filtered_w);
	assert_int_equal(f.quality[at], code);
}

static void jumps_are_held_until_believed(void **state)
{
	(void)state;
	desk.rules.quality.ramp_s = 600;
	expect_filtered(1, -7000, -7000, 0);
	expect_filtered(2, 7000, -7000, QUALITY_JUMP);
	expect_filtered(3, -6900, -6900, 0);            /* a single one was none */
	expect_filtered(4, 7000, -6900, QUALITY_JUMP);
	expect_filtered(5, 6900, -6900, QUALITY_JUMP);
	expect_filtered(6, 7000, 7000, 0);              /* the third that agrees */
	expect_filtered(7, 6800, 6800, 0);
	expect_filtered(8, -7000, 6800, QUALITY_JUMP);
	expect_filtered(9, -1500, 6800, QUALITY_JUMP);
	expect_filtered(10, -7000, 6800, QUALITY_JUMP); /* no two of these agree */
	expect_filtered(11, 0, 0, 0);                   /* switched off */
}

/* What is taken from stored frames is what a state kept from sample to sample would be: random changes of direction. */
static void past_is_as_if_it_was_kept(void **state)
{
	struct quality_point point = { .rated_w = 7000, .bidirectional = true };
	struct quality_state kept = { 0 };
	struct rng rng;
	int jumps = 0;

	(void)state;
	desk.rules.quality.ramp_s = 600;
	rng_seed(&rng, 11);
	for (int m = 1; m <= 80; m++) {
		int64_t raw_w = (rng_below(&rng, 2) ? 1 : -1) * rng_between(&rng, 6900, 7000);
		struct quality_sample sample = { .raw_w = raw_w, .ts_ms = minutes_after("06-10T18:00", m) };
		struct quality_result result;

		assert_int_equal(quality_check(&desk.rules, &point, &kept, &sample, sample.ts_ms, &result), 0);
		expect_filtered(m, raw_w, result.filtered_w, result.code);
		jumps += result.code == QUALITY_JUMP;
	}
	assert_in_range(jumps, 20, 60);
}

static void an_hour_forgets(void **state)
{
	desk.rules.quality.ramp_s = 36000;
	expect_filtered(1, -7000, -7000, 0);
	expect_filtered(61, 7000, -7000, QUALITY_JUMP);
	setup(state);
	desk.rules.quality.ramp_s = 36000;
	expect_filtered(1, -7000, -7000, 0);
	expect_filtered(62, 7000, 7000, 0);
}

/* -- intervals */
static struct work job_at(int64_t now_ms)
{
	arena_reset(desk.arena);
	return (struct work){ .arena = desk.arena, .db = desk.db, .hub = &desk.hub, .now_ms = now_ms, .trace_id = "t",
			.seq = VALUE_NONE };
}

static int close_at(int64_t now_ms)
{
	struct work w = job_at(now_ms);
	int rc;

	assert_int_equal(db_begin(desk.db), 0);
	rc = telemetry_close_intervals(&w);
	if (rc > 0)
		assert_int_equal(db_commit(desk.db), 0);
	else
		db_rollback(desk.db);
	return rc;
}

static struct telemetry_interval interval_of(const char *begin, const char *pile_id)
{
	struct telemetry_intervals list;
	struct ledger l;

	assert_int_equal(ledger_load(desk.arena, desk.db, &l), 0);
	assert_int_equal(telemetry_load_intervals(desk.arena, desk.db, desk_at(begin), desk_at(begin) + 1, &list), 0);
	for (size_t i = 0; i < list.n; i++)
		if (list.item[i].pile_no == l.pile[ledger_pile(&l, pile_id)].no)
			return list.item[i];
	return (struct telemetry_interval){ 0 };
}

static void interval_is_added_up(void **state)
{
	struct telemetry_interval x;

	(void)state;
	for (int m = 0; m <= 16; m++)           /* 18:00 belongs to the interval before, 18:16 to the one after */
		send("a", minutes_after("06-10T18:00", m), (int64_t[]){ 100 * (m + 1), 1000, 2000, 0 });
	assert_int_equal(close_at(desk_at("06-10T18:15") + desk.hub.settle_ms - 1), 1);     /* 17:45 only */
	assert_int_equal(close_at(desk_at("06-10T18:15") + desk.hub.settle_ms - 1), 0);
	assert_int_equal(close_at(desk_at("06-10T18:15") + desk.hub.settle_ms), 1);
	assert_int_equal(close_at(desk_at("06-10T18:15") + desk.hub.settle_ms), 0);
	x = interval_of("06-10T18:00", "a-1");
	assert_int_equal(x.stored, 15);
	assert_int_equal(x.sum_w, 100 * (16 * 17 / 2 - 1));
	x = interval_of("06-10T18:00", "a-3");
	assert_int_equal(x.sum_w, 15 * 2000);
	x = interval_of("06-10T17:45", "a-1");
	assert_int_equal(x.stored, 1);
	assert_int_equal(x.sum_w, 100);
	assert_int_equal(interval_of("06-10T18:15", "a-1").stored, 0);
}

/* The stamp 12:00 ends a business day. */
static void day_ends_at_its_stamp(void **state)
{
	(void)state;
	send("a", desk_at("06-11T12:00"), (int64_t[]){ 1, 2, 3, 4 });
	send("a", desk_at("06-11T12:01"), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(close_at(desk_at("06-11T13:00")), 2);
	assert_int_equal(interval_of("06-11T11:45", "a-4").sum_w, 4);
	assert_int_equal(interval_of("06-11T12:00", "a-4").stored, 1);
}

static void late_frame_opens_its_interval_again(void **state)
{
	int64_t n, late_ms = minutes_after("06-10T18:00", 7), now_ms = desk_at("06-10T19:00");

	(void)state;
	for (int m = 1; m <= 15; m++)
		if (m != 7)
			send("a", minutes_after("06-10T18:00", m), (int64_t[]){ 1000, 1000, 1000, 1000 });
	assert_int_equal(close_at(now_ms), 1);
	assert_int_equal(interval_of("06-10T18:00", "a-2").stored, 14);
	assert_int_equal(telemetry_count_marks(desk.db, 0, INT64_MAX, &n), 0);
	assert_int_equal(n, 0);
	reset_frame("a", late_ms);
	assert_items(report_at("a", now_ms), PILES, PILES);
	assert_int_equal(telemetry_count_marks(desk.db, desk_at("06-10T18:00"), desk_at("06-10T18:15"), &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(close_at(now_ms), 1);
	assert_int_equal(interval_of("06-10T18:00", "a-2").stored, 15);
	assert_int_equal(interval_of("06-10T18:00", "a-2").sum_w, 14 * 1000 + 2000);
	assert_int_equal(close_at(now_ms), 0);
}

/* An uncommitted frame is not added up, and its mark survives the closing that waits beside it. */
static void frame_beside_a_closing_is_not_lost(void **state)
{
	struct db *other = mariadb_connect();
	int64_t now_ms = desk_at("06-10T19:00");
	struct telemetry_marks marks;
	struct work w;

	(void)state;
	send("a", minutes_after("06-10T18:00", 1), (int64_t[]){ 1000, 1000, 1000, 1000 });
	assert_int_equal(db_begin(other), 0);
	w = job_at(now_ms);
	w.db = other;
	assert_int_equal(telemetry_lock_marks(desk.arena, other, now_ms, 10, &marks), 0);
	assert_int_equal(marks.n, 1);
	/* the closer is about to read frames: whoever marks now must wait for it */
	assert_int_equal(db_exec(desk.db, "SET innodb_lock_wait_timeout = 1", DB_NO_ARGS), 0);
	assert_int_equal(db_begin(desk.db), 0);
	assert_int_equal(telemetry_mark(desk.db, aggregator_a, desk_at("06-10T18:00")), E_STORE_CONFLICT);
	db_rollback(desk.db);
	assert_int_equal(telemetry_close_intervals(&w), 1);
	assert_int_equal(db_commit(other), 0);
	db_close(other);
	reset_frame("a", minutes_after("06-10T18:00", 2));
	assert_items(report_at("a", now_ms), PILES, PILES);
	assert_int_equal(db_begin(desk.db), 0);
	assert_int_equal(telemetry_lock_marks(desk.arena, desk.db, now_ms, 10, &marks), 0);
	db_rollback(desk.db);
	assert_int_equal(marks.n, 1);
	assert_int_equal(close_at(now_ms), 1);
	assert_int_equal(interval_of("06-10T18:00", "a-1").stored, 2);
}

static void undone_closing_leaves_nothing(void **state)
{
	const char *before;
	struct work w;

	(void)state;
	send("a", minutes_after("06-10T18:00", 1), (int64_t[]){ 1000, 1000, 1000, 1000 });
	before = strdup(content());
	assert_int_equal(db_begin(desk.db), 0);
	w = job_at(desk_at("06-10T19:00"));
	assert_int_equal(telemetry_close_intervals(&w), 1);
	db_rollback(desk.db);
	assert_string_equal(content(), before);
	free((void *)(uintptr_t)before);
	assert_int_equal(close_at(desk_at("06-10T19:00")), 1);
}

/* Random values of two aggregators: Σ of rounded means a interval, against sums made here. */
static void totals_are_sums_of_rounded_means(void **state)
{
	int64_t sum[2][PILES] = { { 0 } }, load[2] = { 0 };
	struct telemetry_totals totals;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7);
	for (int m = 1; m <= 14; m++)
		for (int g = 0; g < 2; g++) {
			int64_t w[PILES];

			for (int i = 0; i < PILES; i++) {
				w[i] = rng_between(&rng, g == 0 ? 0 : -7000, 7000);
				sum[g][i] += w[i];
			}
			send(g == 0 ? "a" : "b", minutes_after("06-10T18:00", m), w);
		}
	for (int g = 0; g < 2; g++)
		for (int i = 0; i < PILES; i++)
			load[g] += (sum[g][i] < 0 ? -1 : 1) * ((2 * llabs(sum[g][i]) + 14) / 28);
	assert_int_equal(close_at(desk_at("06-10T19:00")), 2);
	assert_int_equal(telemetry_load_totals(desk.arena, desk.db, desk_at("06-10T18:00"), desk_at("06-10T18:15"),
			&totals), 0);
	assert_int_equal(totals.n, 2);
	assert_int_equal(totals.item[0].aggregator_no, aggregator_a);
	for (int g = 0; g < 2; g++) {
		assert_int_equal(totals.item[g].stored, 14 * PILES);
		assert_int_equal(totals.item[g].load_w, load[g]);
	}
}

static void closing_is_bounded(void **state)
{
	(void)state;
	for (int k = 0; k < 70; k++)
		send("a", minutes_after("06-10T00:00", 1 + 15 * k), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(close_at(desk_at("06-10T19:00")), 64);
	assert_int_equal(close_at(desk_at("06-10T19:00")), 6);
	assert_int_equal(close_at(desk_at("06-10T19:00")), 0);
}

static void one_aggregators_intervals(void **state)
{
	struct telemetry_intervals list;

	(void)state;
	send("a", minutes_after("06-10T18:00", 1), (int64_t[]){ 1, 2, 3, 4 });
	send("b", minutes_after("06-10T18:00", 1), (int64_t[]){ 5, 6, 7, 8 });
	assert_int_equal(close_at(desk_at("06-10T19:00")), 2);
	assert_int_equal(telemetry_load_intervals_of(desk.arena, desk.db, aggregator_b, 0, INT64_MAX, &list), 0);
	assert_int_equal(list.n, PILES);
	for (size_t i = 0; i < list.n; i++)
		assert_true(list.item[i].sum_w >= 5);
}

/* -- totals to dispatch; the encoder writes what it is given as a line a point */
static int encode_failure;

static int encode(void *codec, enum outgoing kind, const void *message, struct bytes *out)
{
	const struct dsk_push_operation *m = message;
	char created[32], at[32];

	(void)codec;
	assert_int_equal(kind, OUTGOING_PUSH_OPERATION);
	assert_true(m->full);
	assert_int_equal(m->polarity, POLARITY_LOAD);
	bytes_printf(out, "%s %s %s %s %d\n", m->header->message_id, m->header->sender,
			time_format(m->header->created_at.v, 480, created),
		time_format(m->at.v, 480, at), m->header->revision.v);
	for (int i = 0; i < m->n_point; i++)
		bytes_printf(out, "%s %lld %d %d/%d\n", m->point[i].resource_id, (long long)m->point[i].power_w.v,
		m->point[i].quality.v,
			m->point[i].heard.v, m->point[i].members.v);
	return encode_failure;
}

static int push_at(int64_t now_ms)
{
	struct work w = job_at(now_ms);
	int rc;

	w.encode = encode;
	assert_int_equal(db_begin(desk.db), 0);
	rc = telemetry_push_operation(&w);
	if (rc > 0)
		assert_int_equal(db_commit(desk.db), 0);
	else
		db_rollback(desk.db);
	return rc;
}

static int64_t due(const char *minute)
{
	return desk_at(minute) + desk.hub.settle_ms;
}

static const char *pushed(const char *message_id)
{
	struct outbox_message m;

	assert_int_equal(outbox_find(desk.arena, desk.db, message_id, &m), 0);
	assert_string_equal(m.peer, "dispatch");
	assert_string_equal(m.operation, "PushOperation");
	assert_int_equal(m.channel, OUTBOX_PUSH);
	assert_int_equal(m.items, 3);
	assert_int_equal(m.caused_by_seq, VALUE_NONE);
	return arena_strndup(desk.arena, m.body, m.body_n);
}

static void minute_is_pushed_once_it_is_due(void **state)
{
	(void)state;
	send("a", desk_at("06-10T18:01"), (int64_t[]){ 1000, 2000, 3000, 0 });
	send("b", desk_at("06-10T18:01"), (int64_t[]){ -4000, 0, 0, 1 });
	assert_int_equal(push_at(due("06-10T18:01") - 1), 0);
	assert_int_equal(push_at(due("06-10T18:01")), 1);
	assert_int_equal(push_at(due("06-10T18:01")), 0);
	assert_string_equal(pushed("OP-20260610T1801"),
			"OP-20260610T1801 hub 2026-06-10T18:01:30+08:00 2026-06-10T18:01:00+08:00 1\n"
		"* 2001 0 8/8\na 6000 0 4/4\nb -3999 0 4/4\n");
}

static void nothing_before_the_first_frame(void **state)
{
	(void)state;
	assert_int_equal(push_at(desk_at("06-11T12:00")), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 0);
}

static void nothing_without_a_peer(void **state)
{
	(void)state;
	send("a", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	desk.hub.dispatch_peer = NULL;
	assert_int_equal(push_at(due("06-10T18:01")), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM job"), 0);
}

static void silent_aggregator_is_told(void **state)
{
	(void)state;
	send("a", desk_at("06-10T18:01"), (int64_t[]){ 1000, 2000, 3000, 0 });
	assert_int_equal(push_at(due("06-10T18:02")), 2);
	assert_string_equal(pushed("OP-20260610T1801"),
			"OP-20260610T1801 hub 2026-06-10T18:01:30+08:00 2026-06-10T18:01:00+08:00 1\n"
		"* 6000 64 4/8\na 6000 0 4/4\nb 0 64 0/4\n");
	assert_string_equal(pushed("OP-20260610T1802"),
			"OP-20260610T1802 hub 2026-06-10T18:02:30+08:00 2026-06-10T18:02:00+08:00 1\n"
		"* 0 64 0/8\na 0 64 0/4\nb 0 64 0/4\n");
}

/* Piles out of service count neither as members nor with what they report. */
static void members_are_piles_in_service(void **state)
{
	(void)state;
	assert_int_equal(db_exec(desk.db, "UPDATE pile SET state = 1 WHERE pile_id = 'a-2'", DB_NO_ARGS), 0);
	send("a", desk_at("06-10T18:01"), (int64_t[]){ 1000, 2000, 3000, 0 });
	assert_int_equal(push_at(due("06-10T18:01")), 1);
	assert_string_equal(pushed("OP-20260610T1801"),
			"OP-20260610T1801 hub 2026-06-10T18:01:30+08:00 2026-06-10T18:01:00+08:00 1\n"
		"* 4000 64 3/7\na 4000 0 3/3\nb 0 64 0/4\n");
}

/* An hour of silence is told minute by minute; then nothing until the next frame. */
static void silent_hub_falls_silent(void **state)
{
	(void)state;
	send("a", desk_at("06-10T18:01"), (int64_t[]){ 1000, 2000, 3000, 0 });
	assert_int_equal(push_at(desk_at("06-12T00:00")), 60);
	assert_int_equal(push_at(desk_at("06-12T00:00")), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE message_id = 'OP-20260610T1900'"), 1);
	send("a", desk_at("06-11T05:00"), (int64_t[]){ 1000, 2000, 3000, 0 });
	assert_int_equal(push_at(desk_at("06-11T05:00")), 0);
	assert_int_equal(push_at(due("06-11T05:02")), 3);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 63);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE message_id = 'OP-20260611T0500'"), 1);
}

static void catching_up_is_bounded_and_in_order(void **state)
{
	(void)state;
	for (int m = 1; m <= 70; m++)
		send("a", minutes_after("06-10T18:00", m), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(push_at(due("06-10T19:10")), 60);
	assert_int_equal(push_at(due("06-10T19:10")), 10);
	assert_int_equal(push_at(due("06-10T19:10")), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox o JOIN outbox n ON n.seq > o.seq AND n.message_id <="
	" o.message_id"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM job WHERE name = 'push-operation' AND state = 'done'"), 70);
	/* P7: from a frame to its push, by minute */
	assert_int_equal(desk_count("SELECT COUNT(*) FROM frame f JOIN job j ON j.name = 'push-operation' AND j.due_key"
	" = f.ts_ms"
		" WHERE j.done_us >= f.received_us"), 70);
}

static void late_frame_is_not_pushed_again(void **state)
{
	(void)state;
	send("a", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(push_at(due("06-10T18:01")), 1);
	send("b", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	send("a", desk_at("06-10T18:00"), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(push_at(due("06-10T18:01")), 0);
}

static void failing_encoder_leaves_nothing(void **state)
{
	char *before;

	(void)state;
	send("a", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	before = strdup(content());
	encode_failure = E_TOO_LARGE;
	assert_int_equal(push_at(due("06-10T18:01")), E_TOO_LARGE);
	encode_failure = 0;
	assert_string_equal(content(), before);
	free(before);
	assert_int_equal(push_at(due("06-10T18:01")), 1);
}

static void same_push_whatever_the_cache(void **state)
{
	struct work w;

	(void)state;
	send("a", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	w = job_at(due("06-10T18:01"));
	w.encode = encode;
	w.ledger = ledger_cache_new();
	assert_int_equal(db_begin(desk.db), 0);
	assert_int_equal(telemetry_push_operation(&w), 1);
	assert_int_equal(db_commit(desk.db), 0);
	ledger_cache_free(w.ledger);
	assert_string_equal(pushed("OP-20260610T1801"),
			"OP-20260610T1801 hub 2026-06-10T18:01:30+08:00 2026-06-10T18:01:00+08:00 1\n"
		"* 10 64 4/8\na 10 0 4/4\nb 0 64 0/4\n");
}

/* -- completeness of a minute */
static void minute_is_complete_when_all_reported(void **state)
{
	struct work w = job_at(desk_at("06-10T18:02"));
	int64_t ts_ms = desk_at("06-10T18:01");

	(void)state;
	assert_int_equal(telemetry_minute_complete(&w, ts_ms), 0);
	send("a", ts_ms, (int64_t[]){ 1, 2, 3, 4 });
	send("b", ts_ms + MS_MINUTE, (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(telemetry_minute_complete(&w, ts_ms), 0);
	send("b", ts_ms, (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(telemetry_minute_complete(&w, ts_ms), 1);
	assert_int_equal(telemetry_minute_complete(&w, ts_ms + MS_MINUTE), 0);
	assert_int_equal(db_exec(desk.db, "UPDATE pile SET state = 2 WHERE pile_id LIKE 'a-%'", DB_NO_ARGS), 0);
	assert_int_equal(telemetry_minute_complete(&w, ts_ms + MS_MINUTE), 1);   /* a has none in service */
}

static int begin(void **state)
{
	(void)state;
	desk_open("sichuan-2023");
	return 0;
}

static int end(void **state)
{
	(void)state;
	desk_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(frame_comes_back, setup),
		cmocka_unit_test_setup(quality_may_be_missing_and_order_is_free, setup),
		cmocka_unit_test_setup(polarity_is_turned, setup),
		cmocka_unit_test_setup(frames_refused_whole, setup),
		cmocka_unit_test_setup(settled_day_takes_no_frame, setup),
		cmocka_unit_test_setup(samples_refused, setup),
		cmocka_unit_test_setup(sender_without_ledger, setup),
		cmocka_unit_test_setup(second_message_completes_the_frame, setup),
		cmocka_unit_test_setup(late_sample_is_coded, setup),
		cmocka_unit_test_setup(jumps_are_held_until_believed, setup),
		cmocka_unit_test_setup(past_is_as_if_it_was_kept, setup),
		cmocka_unit_test_setup(an_hour_forgets, setup),
		cmocka_unit_test_setup(interval_is_added_up, setup),
		cmocka_unit_test_setup(day_ends_at_its_stamp, setup),
		cmocka_unit_test_setup(late_frame_opens_its_interval_again, setup),
		cmocka_unit_test_setup(frame_beside_a_closing_is_not_lost, setup),
		cmocka_unit_test_setup(undone_closing_leaves_nothing, setup),
		cmocka_unit_test_setup(totals_are_sums_of_rounded_means, setup),
		cmocka_unit_test_setup(closing_is_bounded, setup),
		cmocka_unit_test_setup(one_aggregators_intervals, setup),
		cmocka_unit_test_setup(minute_is_pushed_once_it_is_due, setup),
		cmocka_unit_test_setup(nothing_before_the_first_frame, setup),
		cmocka_unit_test_setup(nothing_without_a_peer, setup),
		cmocka_unit_test_setup(silent_aggregator_is_told, setup),
		cmocka_unit_test_setup(members_are_piles_in_service, setup),
		cmocka_unit_test_setup(silent_hub_falls_silent, setup),
		cmocka_unit_test_setup(catching_up_is_bounded_and_in_order, setup),
		cmocka_unit_test_setup(late_frame_is_not_pushed_again, setup),
		cmocka_unit_test_setup(failing_encoder_leaves_nothing, setup),
		cmocka_unit_test_setup(same_push_whatever_the_cache, setup),
		cmocka_unit_test_setup(minute_is_complete_when_all_reported, setup),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
