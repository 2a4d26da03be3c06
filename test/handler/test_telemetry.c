/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Frames: what is taken, what is refused and where, and what is made of values that cannot be. */
#include "handler/frames.h"
#include "base/rng.h"
#include "compute/quality.h"

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

/* -- frames */
static void frame_comes_back(void **state)
{
	struct telemetry_frame f;

	(void)state;
	frames_quality[1].v = QUALITY_SB | 0x0200;       /* a sender may tell the low byte only */
	frames_power[2].v = 7;                        /* zero drift */
	frames_power[3].v = 8000;                     /* above the rating, below 1.2 × */
	assert_items(frames_report("a"), FRAMES_PILES, FRAMES_PILES);
	assert_int_equal(desk.call.diag.n, 0);
	f = stored(frames_a, frames_message.at.v);
	assert_int_equal(f.n, FRAMES_PILES);
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
	assert_int_equal(desk_count("SELECT LENGTH(payload) FROM frame"), FRAMES_PILES * 14);
	assert_int_equal(desk_count("SELECT begin_ms FROM interval_state WHERE dirty = 1"), desk_at("06-10T18:00"));
}

static void quality_may_be_missing_and_order_is_free(void **state)
{
	struct telemetry_frame f;
	char *first = frames_id[0];

	(void)state;
	frames_message.quality = (struct count_list){ 0, NULL };
	frames_id[0] = frames_id[3];
	frames_id[3] = first;
	assert_items(frames_report("a"), FRAMES_PILES, FRAMES_PILES);
	f = stored(frames_a, frames_message.at.v);
	assert_int_equal(f.raw_w[place_of(&f, "a-4")], 1000);
	assert_int_equal(f.raw_w[place_of(&f, "a-1")], 4000);
}

static void polarity_is_turned(void **state)
{
	struct telemetry_frame f;

	(void)state;
	frames_reset("b", desk_at("06-10T18:01"));
	frames_message.polarity = POLARITY_GEN;
	frames_power[0].v = -6000;            /* charging */
	frames_power[1].v = 5000;             /* a V2G pile gives back */
	assert_items(frames_report("b"), FRAMES_PILES, FRAMES_PILES);
	f = stored(frames_b, frames_message.at.v);
	assert_int_equal(f.raw_w[place_of(&f, "b-1")], 6000);
	assert_int_equal(f.raw_w[place_of(&f, "b-2")], -5000);
	frames_reset("a", desk_at("06-10T18:01"));
	frames_message.polarity = POLARITY_GEN;  /* the same numbers: all piles would discharge */
	assert_items(frames_report("a"), FRAMES_PILES, 0);
	assert_diag(0, E_NEGATIVE, "powerKw[1]");
}

static void expect_refused(int64_t now_ms, int error, const char *path)
{
	const char *before = frames_content();

	assert_refused(frames_report_at("a", now_ms), error, path);
	assert_string_equal(frames_content(), before);
	frames_reset("a", desk_at("06-10T18:01"));
}

static void frames_refused_whole(void **state)
{
	int64_t now_ms = frames_message.at.v;
	struct watt *column = ARENA_ARRAY(desk.arena, TELEMETRY_SAMPLES_MAX + 1, struct watt);
	char **names = ARENA_ARRAY(desk.arena, TELEMETRY_SAMPLES_MAX + 1, char *);

	(void)state;
	frames_message.power_w.n = FRAMES_PILES - 1;
	expect_refused(now_ms, E_COLUMN_LENGTH, "powerKw");
	frames_message.quality.n = FRAMES_PILES + 1;
	expect_refused(now_ms, E_COLUMN_LENGTH, "quality");
	frames_message.quality = (struct count_list){ 0, frames_quality };
	expect_refused(now_ms, E_COLUMN_LENGTH, "quality");
	frames_message.pile_id = (struct id_list){ TELEMETRY_SAMPLES_MAX + 1, names };
	frames_message.power_w = (struct watt_list){ TELEMETRY_SAMPLES_MAX + 1, column };
	frames_message.quality = (struct count_list){ 0, NULL };
	expect_refused(now_ms, E_TOO_MANY, "pileId");
	frames_message.period_s.v = 30;
	expect_refused(now_ms, E_RANGE, "periodS");
	frames_message.at.v += 1;
	expect_refused(now_ms, E_TIME_GRID, "at");
	expect_refused(now_ms + 24 * (int64_t)MS_HOUR + 1, E_TIME_ANCIENT, "at");
	expect_refused(now_ms - MS_MINUTE - 1, E_TIME_FUTURE, "at");
	assert_items(frames_report_at("a", now_ms - MS_MINUTE), FRAMES_PILES, FRAMES_PILES);
	frames_reset("a", desk_at("06-10T18:02"));
	assert_items(frames_report_at("a", frames_message.at.v + 24 * (int64_t)MS_HOUR), FRAMES_PILES, FRAMES_PILES);
}

/* Once a day is settled what was measured on it stands; before that, and on the next day, frames are taken. */
static void settled_day_takes_no_frame(void **state)
{
	const char *before;

	(void)state;
	frames_empty("settlement");
	frames_reset("a", desk_at("06-11T11:58"));
	assert_items(frames_report_at("a", desk_at("06-11T12:01")), FRAMES_PILES, FRAMES_PILES);
	assert_int_equal(db_exec(desk.db, "INSERT INTO settlement (business_date, revision, task_id, rule_set,"
			" settled_ms) VALUES ('2026-06-10', 1, 't', 'r', 0)", DB_NO_ARGS), 0);
	before = frames_content();
	frames_message.at.v = desk_at("06-11T12:00");
	assert_refused(frames_report_at("a", desk_at("06-11T12:01")), E_TIME_ANCIENT, "at");
	assert_string_equal(frames_content(), before);
	frames_message.at.v = desk_at("06-11T12:01");
	assert_items(frames_report_at("a", desk_at("06-11T12:01")), FRAMES_PILES, FRAMES_PILES);
	frames_empty("settlement");
}

static void samples_refused(void **state)
{
	struct telemetry_frame f;

	(void)state;
	frames_id[0] = arena_strdup(desk.arena, "b-1");       /* another's: as unknown */
	frames_id[1] = arena_strdup(desk.arena, "nothing");
	frames_power[2].v = -1;
	frames_power[3].v = 8401;                             /* above 1.2 × 7 kW */
	assert_items(frames_report("a"), FRAMES_PILES, 0);
	assert_int_equal(desk.call.diag.n, 4);
	assert_diag(0, E_UNKNOWN_RESOURCE, "pileId[1]");
	assert_diag(1, E_UNKNOWN_RESOURCE, "pileId[2]");
	assert_string_equal(desk.call.diag.item[0].detail == NULL ? "" : desk.call.diag.item[0].detail,
		desk.call.diag.item[1].detail == NULL ? "" : desk.call.diag.item[1].detail);
	assert_diag(2, E_NEGATIVE, "powerKw[3]");
	assert_diag(3, E_ABOVE_RATING, "powerKw[4]");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM frame"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM interval_state"), 0);
	frames_reset("a", desk_at("06-10T18:01"));
	frames_id[2] = frames_id[0];
	frames_power[2].v = 6000;
	frames_power[3].v = 8400;
	assert_items(frames_report("a"), FRAMES_PILES, 3);
	assert_diag(0, E_DUPLICATE_ITEM, "pileId[3]");
	f = stored(frames_a, frames_message.at.v);
	assert_int_equal(f.n, 3);
	assert_int_equal(f.raw_w[place_of(&f, "a-1")], 1000);
	assert_int_equal(place_of(&f, "a-3"), -1);
}

static void sender_without_ledger(void **state)
{
	(void)state;
	assert_items(frames_report("c"), FRAMES_PILES, 0);
	assert_int_equal(desk.call.diag.n, FRAMES_PILES);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM frame"), 0);
}

static void second_message_completes_the_frame(void **state)
{
	struct telemetry_frame f;

	(void)state;
	frames_message.pile_id.n = frames_message.power_w.n = frames_message.quality.n = 3;
	assert_items(frames_report("a"), 3, 3);
	frames_reset("a", desk_at("06-10T18:01"));
	frames_id[0] = frames_id[3];
	frames_power[0].v = 500;
	frames_power[1].v = 2222;
	frames_message.pile_id.n = frames_message.power_w.n = frames_message.quality.n = 2;
	assert_items(frames_report("a"), 2, 2);
	f = stored(frames_a, frames_message.at.v);
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
	assert_items(frames_report_at("a", frames_message.at.v + 181 * (int64_t)MS_SECOND), FRAMES_PILES, FRAMES_PILES);
	f = stored(frames_a, frames_message.at.v);
	assert_int_equal(f.quality[0], QUALITY_LATE);
	assert_int_equal(f.filtered_w[0], f.raw_w[0]);
}

/* One pile of b, minute by minute. With a ramp this slow a change of direction is steeper than a pile can be. */
static void expect_filtered(int minute, int64_t raw_w, int64_t filtered_w, uint16_t code)
{
	struct telemetry_frame f;
	int at;

	frames_reset("b", frames_after("06-10T18:00", minute));
	frames_power[0].v = raw_w;
	assert_items(frames_report("b"), FRAMES_PILES, FRAMES_PILES);
	f = stored(frames_b, frames_message.at.v);
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
		struct quality_sample sample = { .raw_w = raw_w, .ts_ms = frames_after("06-10T18:00", m) };
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
	frames_fresh(state);
	desk.rules.quality.ramp_s = 36000;
	expect_filtered(1, -7000, -7000, 0);
	expect_filtered(62, 7000, 7000, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(frame_comes_back, frames_fresh),
		cmocka_unit_test_setup(quality_may_be_missing_and_order_is_free, frames_fresh),
		cmocka_unit_test_setup(polarity_is_turned, frames_fresh),
		cmocka_unit_test_setup(frames_refused_whole, frames_fresh),
		cmocka_unit_test_setup(settled_day_takes_no_frame, frames_fresh),
		cmocka_unit_test_setup(samples_refused, frames_fresh),
		cmocka_unit_test_setup(sender_without_ledger, frames_fresh),
		cmocka_unit_test_setup(second_message_completes_the_frame, frames_fresh),
		cmocka_unit_test_setup(late_sample_is_coded, frames_fresh),
		cmocka_unit_test_setup(jumps_are_held_until_believed, frames_fresh),
		cmocka_unit_test_setup(past_is_as_if_it_was_kept, frames_fresh),
		cmocka_unit_test_setup(an_hour_forgets, frames_fresh),
	};

	return cmocka_run_group_tests(tests, desk_set_up, desk_tear_down);
}
