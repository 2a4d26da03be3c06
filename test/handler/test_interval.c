/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Intervals added up from frames, in whatever order they come. */
#include "handler/frames.h"
#include "base/rng.h"

static int close_at(int64_t now_ms)
{
	struct work w = frames_job_at(now_ms);
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
		frames_send("a", frames_after("06-10T18:00", m), (int64_t[]){ 100 * (m + 1), 1000, 2000, 0 });
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
	frames_send("a", desk_at("06-11T12:00"), (int64_t[]){ 1, 2, 3, 4 });
	frames_send("a", desk_at("06-11T12:01"), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(close_at(desk_at("06-11T13:00")), 2);
	assert_int_equal(interval_of("06-11T11:45", "a-4").sum_w, 4);
	assert_int_equal(interval_of("06-11T12:00", "a-4").stored, 1);
}

static void late_frame_opens_its_interval_again(void **state)
{
	int64_t n, late_ms = frames_after("06-10T18:00", 7), now_ms = desk_at("06-10T19:00");

	(void)state;
	for (int m = 1; m <= 15; m++)
		if (m != 7)
			frames_send("a", frames_after("06-10T18:00", m), (int64_t[]){ 1000, 1000, 1000, 1000 });
	assert_int_equal(close_at(now_ms), 1);
	assert_int_equal(interval_of("06-10T18:00", "a-2").stored, 14);
	assert_int_equal(telemetry_count_marks(desk.db, 0, INT64_MAX, &n), 0);
	assert_int_equal(n, 0);
	frames_reset("a", late_ms);
	assert_items(frames_report_at("a", now_ms), FRAMES_PILES, FRAMES_PILES);
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
	frames_send("a", frames_after("06-10T18:00", 1), (int64_t[]){ 1000, 1000, 1000, 1000 });
	assert_int_equal(db_begin(other), 0);
	w = frames_job_at(now_ms);
	w.db = other;
	assert_int_equal(telemetry_lock_marks(desk.arena, other, now_ms, 10, &marks), 0);
	assert_int_equal(marks.n, 1);
	/* the closer is about to read frames: whoever marks now must wait for it */
	assert_int_equal(db_exec(desk.db, "SET innodb_lock_wait_timeout = 1", DB_NO_ARGS), 0);
	assert_int_equal(db_begin(desk.db), 0);
	assert_int_equal(telemetry_mark(desk.db, frames_a, desk_at("06-10T18:00"), VALUE_NONE), E_STORE_CONFLICT);
	db_rollback(desk.db);
	assert_int_equal(telemetry_close_intervals(&w), 1);
	assert_int_equal(db_commit(other), 0);
	db_close(other);
	frames_reset("a", frames_after("06-10T18:00", 2));
	assert_items(frames_report_at("a", now_ms), FRAMES_PILES, FRAMES_PILES);
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
	frames_send("a", frames_after("06-10T18:00", 1), (int64_t[]){ 1000, 1000, 1000, 1000 });
	before = strdup(frames_content());
	assert_int_equal(db_begin(desk.db), 0);
	w = frames_job_at(desk_at("06-10T19:00"));
	assert_int_equal(telemetry_close_intervals(&w), 1);
	db_rollback(desk.db);
	assert_string_equal(frames_content(), before);
	free((void *)(uintptr_t)before);
	assert_int_equal(close_at(desk_at("06-10T19:00")), 1);
}

/* Random values of two aggregators: Σ of rounded means a interval, against sums made here. */
static void totals_are_sums_of_rounded_means(void **state)
{
	int64_t sum[2][FRAMES_PILES] = { { 0 } }, load[2] = { 0 };
	struct telemetry_totals totals;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7);
	for (int m = 1; m <= 14; m++)
		for (int g = 0; g < 2; g++) {
			int64_t w[FRAMES_PILES];

			for (int i = 0; i < FRAMES_PILES; i++) {
				w[i] = rng_between(&rng, g == 0 ? 0 : -7000, 7000);
				sum[g][i] += w[i];
			}
			frames_send(g == 0 ? "a" : "b", frames_after("06-10T18:00", m), w);
		}
	for (int g = 0; g < 2; g++)
		for (int i = 0; i < FRAMES_PILES; i++)
			load[g] += (sum[g][i] < 0 ? -1 : 1) * ((2 * llabs(sum[g][i]) + 14) / 28);
	assert_int_equal(close_at(desk_at("06-10T19:00")), 2);
	assert_int_equal(telemetry_load_totals(desk.arena, desk.db, desk_at("06-10T18:00"), desk_at("06-10T18:15"),
			&totals), 0);
	assert_int_equal(totals.n, 2);
	assert_int_equal(totals.item[0].aggregator_no, frames_a);
	for (int g = 0; g < 2; g++) {
		assert_int_equal(totals.item[g].stored, 14 * FRAMES_PILES);
		assert_int_equal(totals.item[g].load_w, load[g]);
	}
}

static void closing_is_bounded(void **state)
{
	(void)state;
	for (int k = 0; k < 70; k++)
		frames_send("a", frames_after("06-10T00:00", 1 + 15 * k), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(close_at(desk_at("06-10T19:00")), 64);
	assert_int_equal(close_at(desk_at("06-10T19:00")), 6);
	assert_int_equal(close_at(desk_at("06-10T19:00")), 0);
}

static void one_aggregators_intervals(void **state)
{
	struct telemetry_intervals list;

	(void)state;
	frames_send("a", frames_after("06-10T18:00", 1), (int64_t[]){ 1, 2, 3, 4 });
	frames_send("b", frames_after("06-10T18:00", 1), (int64_t[]){ 5, 6, 7, 8 });
	assert_int_equal(close_at(desk_at("06-10T19:00")), 2);
	assert_int_equal(telemetry_load_intervals_of(desk.arena, desk.db, frames_b, 0, INT64_MAX, &list), 0);
	assert_int_equal(list.n, FRAMES_PILES);
	for (size_t i = 0; i < list.n; i++)
		assert_true(list.item[i].sum_w >= 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(interval_is_added_up, frames_fresh),
		cmocka_unit_test_setup(day_ends_at_its_stamp, frames_fresh),
		cmocka_unit_test_setup(late_frame_opens_its_interval_again, frames_fresh),
		cmocka_unit_test_setup(frame_beside_a_closing_is_not_lost, frames_fresh),
		cmocka_unit_test_setup(undone_closing_leaves_nothing, frames_fresh),
		cmocka_unit_test_setup(totals_are_sums_of_rounded_means, frames_fresh),
		cmocka_unit_test_setup(closing_is_bounded, frames_fresh),
		cmocka_unit_test_setup(one_aggregators_intervals, frames_fresh),
	};

	return cmocka_run_group_tests(tests, desk_set_up, desk_tear_down);
}
